"""Did the case reach the right hands at once, and was the work good? Source: domain brief 5.5."""

import numpy as np

from citysim.judging.summaries import count, ratio, share
from citysim.judging.view import View
from citysim.units import CHANNELS


def first_dispatch_accuracy(view: View) -> float:
    """Share of dispatched cases that were never handed back (派遣准确率): transfers = 0 / dispatched.

    A joint case counts as right only if none of its departments handed it back.
    """
    return share(view.transfers == 0, view.was_dispatched)


def mean_dispatches(view: View) -> float:
    """Dispatches that a case takes on average, the first one included (平均派遣次数).

    sum(1 + transfers) / dispatched; 1 means that nothing is ever handed back.
    """
    return ratio(_dispatches(view), count(view.was_dispatched))


def return_rate(view: View) -> float:
    """Share of orders that the receiving unit hands back (退单率): sum(transfers) / sum(1 + supports + transfers).

    Orders: one to the lead, one to each supporting department of the case (they refuse too), and one more for each that
    came back. A case that is still open may not have asked all its supports yet, so the share is a little low then.
    """
    returned = float(view.transfers[view.was_dispatched].sum())
    return ratio(returned, _dispatches(view) + float(view.supports[view.was_dispatched].sum()))


def rework_rate(view: View) -> float:
    """Share of handled cases that failed verification at least once (返工率).

    reworks > 0 / handled; handled: fixed once, failed once, or closed.
    """
    return share(view.reworks > 0, view.handled)


def proactive_share(view: View) -> float:
    """Share of cases found first by sensor, video or patrol rather than by a citizen's call (主动发现率)."""
    return share(view.channel != CHANNELS.index("hotline"), np.ones(len(view), dtype=bool))


def _dispatches(view: View) -> float:
    return float((1 + view.transfers[view.was_dispatched].astype(np.int64)).sum())
