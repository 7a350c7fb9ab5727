"""Is one design better than another? Paired over replications, so that both are judged on the same worlds.

Differences are taken world by world and get a t interval. Designs are called alike where two one-sided tests say so;
otherwise a difference is called where its interval excludes zero, and else more worlds are needed to tell. All designs
but the baseline share the level (Bonferroni). Source: Law, Simulation Modeling and Analysis (5th ed., 2015), 10.2.1
(paired t) and 10.3 (several systems against a standard); Schuirmann (1987) for equivalence; `citysim.statistics` has
the methods.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError
from citysim.judging.scorecard import BY_ID
from citysim.statistics.intervals import NAN, shared_level, t_interval
from citysim.statistics.pairs import holm, p_value, paired_difference, replications_needed, three_way, variance_factor
from citysim.streams import FloatArray

VERDICTS = (
    "baseline", "better", "worse", "higher", "lower", "no_relevant_difference", "cannot_tell_yet", "unknown",
)  # fmt: skip
"""baseline: the design that the others are compared with. higher, lower: clear, but of an indicator of which neither
way is better. no_relevant_difference: surely less than what matters (two one-sided tests). cannot_tell_yet: neither.
unknown: fewer than LEAST_PAIRS worlds in which both designs have a value; or the same difference in each of the few
worlds that have one, so that the interval has no width (a share of one case a world)."""

RELEVANT = 0.01
"""Smallest difference that matters, as a share of the baseline's mean, unless somebody says otherwise [asm]."""

Key = tuple[str, str, str]
Values = dict[int, float]
"""The value of one design in each replication."""


@dataclass(frozen=True)
class Row:
    """One design by one indicator for one group of cases or pools, and how it differs from the baseline.

    Args:
        indicator, stratum, group, unit, better: as on the scorecard.
        n: replications in which the design has a value; mean, low, high: over these, each at the level asked for.
        pairs: replications in which design and baseline both have one; undefined: worlds both went through, but in
            which at least one of them is nan. difference: mean of design - baseline over the pairs, which is not the
            difference of the two means if pairs < n.
        difference_low, difference_high: all designs but the baseline together at the level asked for (Bonferroni).
        relevant: the smallest difference that matters, in the indicator's unit. verdict: one of VERDICTS.
        p: of no difference, Holm's over all designs but the baseline; nan without an interval.
        needed: replications after which the difference would be clear of zero if it stays what it is, those already run
            included; nan if there is no difference or fewer than two pairs, inf if nobody could run so many.
        variance_factor: (var design + var baseline) / var(design - baseline) over the pairs: how many times more
            independent replications would be needed for the same interval. 1 = pairing gains nothing.
    """

    indicator: str
    stratum: str
    group: str
    unit: str
    better: str
    design: str
    baseline: str
    n: int
    mean: float
    low: float
    high: float
    pairs: int
    undefined: int
    difference: float
    difference_low: float
    difference_high: float
    relevant: float
    verdict: str
    p: float
    needed: float
    variance_factor: float

    @property
    def variance_removed(self) -> float:
        """Share of the variance of the difference that pairing takes away: 1 - 1 / variance factor."""
        return 1 - 1 / self.variance_factor if self.variance_factor > 0 else NAN


def compare(
    scores: Mapping[str, npt.NDArray[np.generic]], designs: Sequence[str], level: float, relevant: float = RELEVANT
) -> tuple[Row, ...]:
    """Compare every design with the first, for each indicator and group, in the order in which scores first name them.

    Args:
        scores: columns design, replication, indicator, stratum, group, value; rows in any order.
        level: of each mean's interval, and of all differences of one indicator and group together.
        relevant: smallest difference that matters, as a share of the baseline's mean.

    Raises:
        DataError: a design has two values for one world, or there is an indicator that this version does not know.
    """
    values = by_key(scores)
    return tuple(row for key in values for row in rows_of(key, values[key], designs, level, relevant))


def verdict(differences: FloatArray, better: str, relevant: float, level: float) -> str:
    """The differences in one word: `three_way`, said by what is better.

    Args:
        differences: design - baseline in each world, nan where either has no value. better: as on the scorecard.
        relevant: smallest difference that matters, >= 0, in the unit of the differences. level: of this one comparison.
    """
    said = three_way(differences, relevant, level)
    if better == "neither" or said not in ("higher", "lower"):
        return said
    return "better" if said == better else "worse"


def by_key(scores: Mapping[str, npt.NDArray[np.generic]]) -> dict[Key, dict[str, Values]]:
    """Values by indicator and group, then design, then replication.

    Raises:
        DataError: as `compare`.
    """
    found: dict[Key, dict[str, Values]] = {}
    names = ("indicator", "stratum", "group", "design", "replication", "value")
    for indicator, stratum, group, design, number, value in zip(*(scores[n].tolist() for n in names), strict=True):
        of_design = found.setdefault((indicator, stratum, group), {}).setdefault(design, {})
        if number in of_design:
            raise DataError(f"scores: {design} has two values of {indicator}, {stratum} {group} in world {number}")
        of_design[number] = value
    unknown = {key[0] for key in found} - set(BY_ID)
    if unknown:
        raise DataError(f"scores: indicator {sorted(unknown)[0]!r} is not one of this version of citysim")
    return found


def rows_of(
    key: Key, by_design: dict[str, Values], designs: Sequence[str], level: float, relevant: float = RELEVANT
) -> Iterator[Row]:
    """The rows of one indicator and group, a row for each design."""
    shared = shared_level(level, max(len(designs) - 1, 1))
    baseline = by_design.get(designs[0], {})
    least = relevant * abs(t_interval(_array(baseline, sorted(baseline)), level).mean)
    pairs = {design: _pairs(by_design.get(design, {}), baseline) for design in designs[1:]}
    found = dict(zip(pairs, holm([p_value(a - b) for a, b in pairs.values()]), strict=True))
    for design in designs:
        own = by_design.get(design, {})
        nobody = np.empty(0), np.empty(0)
        yield _row(
            key, design, designs[0], own, pairs.get(design, nobody), level, shared, least, found.get(design, NAN)
        )


def _pairs(own: Values, baseline: Values) -> tuple[FloatArray, FloatArray]:
    """Values of a design and of the baseline in the worlds that both went through."""
    worlds = sorted(own.keys() & baseline.keys())
    return _array(own, worlds), _array(baseline, worlds)


def _row(
    key: Key,
    design: str,
    baseline: str,
    own: Values,
    pairs: tuple[FloatArray, FloatArray],
    level: float,
    shared: float,
    least: float,
    p: float,
) -> Row:
    mean = t_interval(_array(own, sorted(own)), level)
    difference = paired_difference(*pairs, shared)
    indicator = BY_ID[key[0]]
    undefined = len(pairs[0]) - difference.n
    margin = 0.0 if isnan(least) else least
    is_baseline = design == baseline
    return Row(
        *key,
        unit=indicator.unit,
        better=indicator.better,
        design=design,
        baseline=baseline,
        n=mean.n,
        mean=mean.mean,
        low=mean.low,
        high=mean.high,
        pairs=difference.n,
        undefined=undefined,
        difference=difference.mean,
        difference_low=difference.low,
        difference_high=difference.high,
        relevant=least,
        verdict="baseline" if is_baseline else verdict(pairs[0] - pairs[1], indicator.better, margin, shared),
        p=p,
        needed=_needed(pairs[0] - pairs[1], abs(difference.mean), shared),
        variance_factor=variance_factor(*pairs),
    )


def _needed(differences: FloatArray, half_width: float, level: float) -> float:
    if not half_width > 0 or np.count_nonzero(~np.isnan(differences)) < 2:
        return NAN
    try:
        return float(replications_needed(differences, half_width, level))
    except DataError:  # more than anybody could run
        return float("inf")


def _array(values: Values, worlds: Sequence[int]) -> FloatArray:
    return np.array([values[world] for world in worlds], dtype=np.float64)
