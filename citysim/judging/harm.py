"""Danger as weighted hours: one number for what delay does to people. Weights are assumptions, here in one place."""

import numpy as np

from citysim.judging.summaries import ratio
from citysim.judging.view import View
from citysim.streams import FloatArray

HARM_WEIGHTS = (1000.0, 100.0, 10.0, 1.0)
"""Weight of one unsafe hour at severity I-IV [asm]: a decade a grade. With the escalation factors 8, 4, 2, 1 routine
cases (99.6 % of all) would be nearly the whole sum, and the proxy a second report-to-close."""
HARM_CAP_HOURS = 72.0
"""Hours after which another unsafe hour adds nothing [asm]: people have left, fenced it off or got used to it."""


def harm_hours(view: View) -> FloatArray:
    """Weighted unsafe hours of each case: weight of the true severity x min(onset to safe so far, cap)."""
    weights = np.array(HARM_WEIGHTS)[view.severity]
    weighted: FloatArray = weights * np.minimum(view.onset_to_safe_so_far, HARM_CAP_HOURS)
    return weighted


def harm_proxy(view: View) -> float:
    """Weighted unsafe hours per 100,000 residents and week; nan if the residents are not known.

    sum over cases of weight(true severity) x min(min(made safe, until) - occurred, cap) / (residents / 1e5 x weeks).
    Source: the delay term of domain brief 5.6, with the weights above [asm]. An incident that nobody has reported
    by the end of the run is not in it.
    """
    return ratio(float(harm_hours(view).sum()), view.residents / 1e5 * view.weeks)


def harm_total(view: View) -> float:
    """Weighted unsafe hours per week in all: `harm_proxy` before it is divided by residents."""
    return ratio(float(harm_hours(view).sum()), view.weeks)
