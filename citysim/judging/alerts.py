"""How reports become cases, and how many were about nothing; for views of all cases. Source: domain brief 5.5."""

import numpy as np

from citysim.judging.clocks import BoolArray
from citysim.judging.summaries import count, ratio, share
from citysim.judging.view import View
from citysim.log import never
from citysim.units import CHANNELS

FILING_LIMIT_HOURS = 1.0
"""Time within which a report should be filed, plausible 0.25-4 [asm]; published limits differ by city."""
AUTOMATIC = tuple(CHANNELS.index(name) for name in ("sensor", "video"))


def filing_rate(view: View) -> float:
    """Share of the reports that were filed as a case (立案率): filed / received, repeats left out.

    A false alarm that is recognised is not filed, and rightly so: 1 is not the aim.
    """
    return share(view.was_filed, ~view.repeat)


def filing_on_time(view: View) -> float:
    """Share of the filed cases that were filed within FILING_LIMIT_HOURS of the report (按期立案率); no repeats."""
    return share(view.report_to_filing <= FILING_LIMIT_HOURS, view.was_filed & ~view.repeat)


def alert_precision(view: View) -> float:
    """Share of the alerts of sensors and video behind which there was an incident (预警命中): TP / (TP + FP)."""
    return share(view.real, automatic(view))


def false_alarm_share(view: View) -> float:
    """Share of everything on the desks behind which there was no incident: the false-alarm load."""
    return share(~view.real, np.ones(len(view), dtype=bool))


def trips_in_vain(view: View) -> float:
    """Crews per week that went out to a false alarm: not genuine and arrived."""
    return ratio(count(~view.real & ~never(view.arrived)), view.weeks)


def automatic(view: View) -> BoolArray:
    """Cases that a sensor or a camera reported first."""
    return np.isin(view.channel, AUTOMATIC)
