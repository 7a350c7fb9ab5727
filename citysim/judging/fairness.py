"""Do some streets wait longer than others? Source: domain brief 5.5 (公平); Liu and Garg (L01) on uneven reporting.

Delays run from the onset, so a street that reports late counts as slow, and are compared with what the same types take
in the whole view (indirect standardisation), so a street with many slow types does not.
Streets differ by chance too: a design with a few very long cases spreads them more than one that is slow throughout, so
compare the gap with its interval.
"""

import numpy as np

from citysim.judging.summaries import quantile, ratio
from citysim.judging.view import View
from citysim.streams import FloatArray
from citysim.world.geography import rank_chosen

LEAST_CASES = 20
"""Streets with fewer cases are left out: their mean would be chance [asm]."""

PREMIUM = 1.0 / 3.0
"""Share of the streets that count as those that are chosen first for corridors, areas and zones [asm]."""


def delay_index(view: View) -> tuple[FloatArray, FloatArray]:
    """For each street with LEAST_CASES: its delay against the usual, smallest first, and its number of cases.

    index = sum of hours from onset to close (or to the end of the run) / sum of the mean hours of the same types.
    """
    hours, kind = view.onset_to_close_so_far, view.kind.astype(np.int64)
    usual = np.bincount(kind, hours) / np.maximum(np.bincount(kind), 1)
    street = view.street.astype(np.int64)
    cases, taken = np.bincount(street), np.bincount(street, hours)
    expected = np.bincount(street, usual[kind])
    enough = (cases >= LEAST_CASES) & (expected > 0)
    index = taken[enough] / expected[enough]
    order = np.argsort(index, kind="stable")
    return index[order], cases[enough][order].astype(np.float64)


def equity_gap(view: View) -> float:
    """How many times as long the slow streets wait as the quick ones: P90 / P10 of the delay index; 1 = equal."""
    index, _ = delay_index(view)
    return ratio(quantile(index, 0.9), quantile(index, 0.1)) if len(index) else float("nan")


def gini_delay(view: View) -> float:
    """Gini of the delay index over streets, each weighted by its cases: 0 = equal, towards 1 = one street bears all."""
    index, weight = delay_index(view)
    if not len(index) or not index.sum():
        return float("nan")
    share = weight / weight.sum()
    borne = np.cumsum(share * index) / np.dot(share, index)
    before = np.concatenate([[0.0], borne[:-1]])
    return float(1.0 - np.dot(share, borne + before))


def premium_gap(view: View) -> float:
    """How many times as long the other streets wait as those that are chosen first for premium zones; 1 = alike.

    The same streets are chosen under every policy (world/geography.py), so a policy's equity cost is the difference
    that it makes to this. Hours from the onset to the close against the usual of the types, summed over each side.
    """
    if "scenario" not in view.log.origin or not len(view.street):
        return float("nan")
    hours, kind = view.onset_to_close_so_far, view.kind.astype(np.int64)
    usual = (np.bincount(kind, hours) / np.maximum(np.bincount(kind), 1))[kind]
    rank = rank_chosen(str(view.log.origin["scenario"]), 1 + int(view.log.case_columns["street"].max()))
    first = (rank < max(round(PREMIUM * len(rank)), 1))[view.street]
    if min(first.sum(), (~first).sum()) < LEAST_CASES:
        return float("nan")
    index = [ratio(float(hours[side].sum()), float(usual[side].sum())) for side in (~first, first)]
    return ratio(*index)
