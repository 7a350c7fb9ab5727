"""Under what conditions does it happen? A small tree of yes-or-no questions about factors, each leaf a rule.

Source: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees (1984), chapters 2 to 4.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError, whole_number
from citysim.statistics.intervals import FloatArray, complete, line, table


@dataclass(frozen=True)
class Leaf:
    """Points alike enough: mean probability of being of interest, and how many they are."""

    probability: float
    points: int


@dataclass(frozen=True)
class Question:
    """Is the factor at or below `at`? probability, points: of all that are asked. gain: impurity it takes away."""

    factor: int
    at: float
    yes: "Question | Leaf"
    no: "Question | Leaf"
    probability: float
    points: int
    gain: float


@dataclass(frozen=True)
class Rule:
    """A leaf and what leads there: for each factor asked about, the limits above the first and at most the second."""

    limits: tuple[tuple[int, float, float], ...]
    probability: float
    points: int


def tree(
    points: npt.ArrayLike, belongs: npt.ArrayLike, least: int = 20, deepest: int = 4, cost: float = 0.0
) -> Question | Leaf:
    """The tree that grows by the best question at each step, cut back where a leaf is not worth its cost.

    Impurity is n · 2 p (1 - p) (Gini) of n points with mean probability p, so a point that belongs by half weighs half
    on either side. Among equally good questions the first factor and the lowest value win.

    Args:
        points: shape (points, factors). belongs: probability of each point, as `prim.membership` says.
        least: fewest points of a leaf. deepest: most questions one after another; 0 makes a single leaf.
        cost: what each further leaf must take off the impurity, as a share of that of all points together.

    Raises:
        DataError: shapes do not fit, a value is missing, a probability is not within 0..1, or an argument out of range.
    """
    where, share = complete("points", table("points", points)), complete("belongs", line("belongs", belongs))
    if len(where) != len(share):
        raise DataError(f"points and belongs have {len(where)} and {len(share)} rows, must be the same")
    if not ((share >= 0) & (share <= 1)).all():
        raise DataError(f"belongs = {share.min()}..{share.max()}, must be within 0..1")
    whole_number("least", least, 1, 10**9, DataError)
    whole_number("deepest", deepest, 0, 20, DataError)
    if not 0 <= cost < inf:
        raise DataError(f"cost = {cost!r}, must be a number, at least 0")
    return _pruned(_grown(where, share, least, deepest), cost * float(_impurity(share.sum(), len(share))))[0]


def rules(of: Question | Leaf) -> tuple[Rule, ...]:
    """All leaves, the most probable first; every point fits exactly one."""
    return tuple(sorted(_rules(of, {}), key=lambda rule: (-rule.probability, -rule.points)))


def _grown(points: FloatArray, share: FloatArray, least: int, deepest: int) -> Question | Leaf:
    leaf = Leaf(float(share.mean()), len(share))
    asked = [_question(column, share, least) for column in points.T]
    gain, at = max(asked, key=lambda found: found[0])
    if deepest == 0 or gain <= 1e-12 * len(share):  # rounding alone makes no question
        return leaf
    factor = asked.index((gain, at))
    yes = points[:, factor] <= at
    below, above = (_grown(points[side], share[side], least, deepest - 1) for side in (yes, ~yes))
    return Question(factor, at, below, above, leaf.probability, leaf.points, gain)


def _question(values: FloatArray, share: FloatArray, least: int) -> tuple[float, float]:
    """Greatest gain of a question about one factor, and the value it asks for; no gain if none leaves enough points."""
    order = np.argsort(values, kind="stable")
    ordered, sums, n = values[order], share[order].cumsum(), len(share)
    below = np.arange(1, n)
    gains = _impurity(sums[-1], n) - _impurity(sums[:-1], below) - _impurity(sums[-1] - sums[:-1], n - below)
    gains[(ordered[1:] == ordered[:-1]) | (below < least) | (n - below < least)] = 0.0
    if not len(gains) or gains.max() <= 0:
        return 0.0, float("nan")
    best = int(gains.argmax())
    return float(gains[best]), float((ordered[best] + ordered[best + 1]) / 2)


def _impurity(belonging: Any, n: Any) -> Any:
    """Of numbers, or of arrays of them."""
    return 2 * belonging * (1 - belonging / n)


def _pruned(of: Question | Leaf, cost: float) -> tuple[Question | Leaf, float, int]:
    """The subtree least in impurity + cost · leaves, with its impurity and leaves; the smaller of two equals."""
    alone = float(_impurity(of.probability * of.points, of.points))
    if isinstance(of, Leaf):
        return of, alone, 1
    (yes, at_yes, some), (no, at_no, others) = _pruned(of.yes, cost), _pruned(of.no, cost)
    if alone + cost <= at_yes + at_no + cost * (some + others):
        return Leaf(of.probability, of.points), alone, 1
    return replace(of, yes=yes, no=no), at_yes + at_no, some + others


def _rules(of: Question | Leaf, limits: dict[int, tuple[float, float]]) -> Iterator[Rule]:
    if isinstance(of, Leaf):
        yield Rule(tuple((j, low, high) for j, (low, high) in sorted(limits.items())), of.probability, of.points)
        return
    low, high = limits.get(of.factor, (-inf, inf))
    yield from _rules(of.yes, limits | {of.factor: (low, of.at)})
    yield from _rules(of.no, limits | {of.factor: (of.at, high)})
