"""Extensions, notices, whistles, pretence: what supervision did and what it met. Source: domain brief 5.5 and item 11.

All are read off the counters of cases; a counter that a design has no block for is 0.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.judging.summaries import ratio, share
from citysim.judging.view import View


def extension_rate(view: View) -> float:
    """Share of the due cases that were granted an extension (延期率): extended / due.

    due: reported + limit inside the run, as first set; an extension moves the official deadline, not this one.
    """
    return share(view.extensions > 0, view.due_true)


def shelve_rate(view: View) -> float:
    """Share of the due cases that were shelved (缓办率): shelved / due; due as for `extension_rate`."""
    return share(view.shelvings > 0, view.due_true)


def notices_per_case(view: View) -> float:
    """Notices of supervision for each case: reminder, formal, listed, criticism (督办)."""
    return ratio(_sum(view.notices), len(view))


def noticed_share(view: View) -> float:
    """Share of cases that drew at least one notice of supervision."""
    return share(view.notices > 0, np.ones(len(view), dtype=bool))


def whistles(view: View) -> float:
    """Whistles per week with which streets called departments together (吹哨报到)."""
    return ratio(_sum(view.whistles), view.weeks)


def conflicts(view: View) -> float:
    """Orders per week that collided with those of another level."""
    return ratio(_sum(view.conflicts), view.weeks)


def callouts(view: View) -> float:
    """Times per week that people were called in because a line was long."""
    return ratio(_sum(view.callouts), view.weeks)


def wrong_merge_rate(view: View) -> float:
    """Share of cases that were merged into another one by mistake, and so lost until somebody noticed."""
    return share(view.wrong_merges > 0, np.ones(len(view), dtype=bool))


def false_closure_rate(view: View) -> float:
    """Share of dispatched cases that a unit reported done without having done it (虚假办结)."""
    return share(view.false_closures > 0, view.was_dispatched)


def false_closures_caught(view: View) -> float:
    """Share of false closures that verification found: sum(min(false closures, failed verifications)) / false closures.

    A little too high: a failed verification may also be of honest work on the same case.
    """
    caught = np.minimum(view.false_closures, view.reworks)
    return ratio(_sum(caught), _sum(view.false_closures))


def _sum(counter: npt.NDArray[np.integer[Any]]) -> float:
    return float(counter.sum(dtype=np.int64))
