"""What incidents became: worse ones, other ones, the same again, and trouble for others. Domain brief 5.5, 4.2."""

import numpy as np

from citysim.intake import SIGNALS
from citysim.judging.clocks import BoolArray
from citysim.judging.summaries import count, ratio, share
from citysim.judging.view import View


def escalation_rate(view: View) -> float:
    """Share of incidents that became one severity worse before they were contained (升级率): upgraded / incidents."""
    return share(view.upgraded > 0, _all(view))


def cascade_rate(view: View) -> float:
    """Children for each incident (级联率): cases that another one caused, and that did not merely return / incidents.

    Self-excitation (one more of the same nearby) counts too: it has a cause that was not contained.
    """
    return ratio(count(view.bred), len(view))


def recurrence_rate(view: View) -> float:
    """Incidents that came back for each one closed (复发率): same type and street, caused by it, after it was closed.

    Returns that fall beyond the end of the run are not seen, so compare runs of one length.
    """
    return ratio(count(view.returned), count(view.closed))


def signals_per_week(view: View, signal: str) -> float:
    """Incidents per week that gave off a signal of intake.SIGNALS: stopped traffic, blinded sensors, hurt somebody."""
    return ratio(count((view.signals >> SIGNALS.index(signal) & 1) == 1), view.weeks)


def _all(view: View) -> BoolArray:
    return np.ones(len(view), dtype=bool)
