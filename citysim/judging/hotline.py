"""How the hotline serves those who only ask: they come to the same seats as callers who report, and as patiently.

A log does not say of a report whether its caller had hung up before. Those who ask come at moments of their own, so the
share of them that is answered is the share of all calls that is (Poisson arrivals see time averages, Wolff 1982,
Operations Research 30).
"""

from citysim.judging.summaries import ratio, share
from citysim.judging.view import View


def enquiries(view: View) -> float:
    """Calls per week that report nothing; for a view of enquiries."""
    return ratio(len(view), view.weeks)


def calls_answered(view: View) -> float:
    """Share of the calls that a seat answered before the caller hung up (接通率): answered / ended; for enquiries."""
    return share(view.closed, ~view.open)
