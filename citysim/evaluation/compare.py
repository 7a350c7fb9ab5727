"""Is one design better than another? Paired over replications, so that both are judged on the same worlds.

Differences are taken world by world and get a t interval. A difference is called only where that interval excludes
zero; otherwise the verdict is that there is no clear difference. Source: Law, Simulation Modeling and Analysis (5th
ed., 2015), 10.2.1 (paired t) and 10.3 (several systems against a standard, Bonferroni).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit  # scipy.stats says the same, but takes a second to import

from citysim.errors import DataError
from citysim.judging.scorecard import BY_ID
from citysim.streams import FloatArray

NAN = float("nan")
VERDICTS = ("baseline", "better", "worse", "higher", "lower", "no_clear_difference", "unknown")
"""baseline: the design that the others are compared with. higher, lower: clear, but of an indicator of which neither
way is better. unknown: fewer than LEAST_PAIRS worlds in which both designs have a value; or the same difference in each
of the few worlds that have one, so that the interval has no width (a share of one case a world)."""

LEAST_PAIRS = 5
"""With fewer, nothing is said about a difference: a t interval from two or three worlds leans on the assumption that
differences are normally distributed, and nobody can see from so few whether they are."""

Key = tuple[str, str, str]
Values = dict[int, float]
"""The value of one design in each replication."""


@dataclass(frozen=True)
class Interval:
    """Mean of n values with its interval; low and high are nan below two values, the mean below one."""

    n: int
    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the interval; no interval excludes nothing."""
        return self.low > 0 or self.high < 0


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
        verdict: one of VERDICTS.
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
    verdict: str
    variance_factor: float

    @property
    def variance_removed(self) -> float:
        """Share of the variance of the difference that pairing takes away: 1 - 1 / variance factor."""
        return 1 - 1 / self.variance_factor if self.variance_factor > 0 else NAN


def t_interval(values: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Mean and two-sided t interval, mean ± t(n - 1, (1 + level) / 2) · s / √n; nan values are left out."""
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    n = len(known)
    if n == 0:
        return Interval(0, NAN, NAN, NAN)
    mean = float(known.mean())
    if n == 1:
        return Interval(1, mean, NAN, NAN)
    half = _t_quantile(n - 1, (1 + level) / 2) * float(known.std(ddof=1)) / n**0.5
    return Interval(n, mean, mean - half, mean + half)


def paired_difference(a: npt.ArrayLike, b: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Mean of a - b with its t interval; pairs with a nan are left out.

    Args:
        a, b: values of two designs; the same position must mean the same world.

    Raises:
        DataError: a and b differ in length.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise DataError(f"paired_difference: {first.shape} and {second.shape} values, must be pairs")
    return t_interval(first - second, level)


def variance_factor(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """(var a + var b) / var(a - b) over complete pairs; inf if the difference never varies, nan if nothing does."""
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    both = ~np.isnan(first - second)
    if np.count_nonzero(both) < 2:
        return NAN
    apart = float(first[both].var(ddof=1) + second[both].var(ddof=1))
    paired = float((first - second)[both].var(ddof=1))
    if paired == 0:
        return float("inf") if apart > 0 else NAN
    return apart / paired


def compare(scores: Mapping[str, npt.NDArray[np.generic]], designs: Sequence[str], level: float) -> tuple[Row, ...]:
    """Compare every design with the first, for each indicator and group, in the order in which scores first name them.

    Args:
        scores: columns design, replication, indicator, stratum, group, value; rows in any order.
        level: of each mean's interval, and of all differences of one indicator and group together.

    Raises:
        DataError: a design has two values for one world, or there is an indicator that this version does not know.
    """
    values = _by_key(scores)
    unknown = {key[0] for key in values} - set(BY_ID)
    if unknown:
        raise DataError(f"scores: indicator {sorted(unknown)[0]!r} is not one of this version of citysim")
    shared = 1 - (1 - level) / max(len(designs) - 1, 1)
    return tuple(
        _row(key, design, designs[0], by_design, level, shared)
        for key, by_design in values.items()
        for design in designs
    )


def verdict(difference: Interval, better: str, undefined: int = 0) -> str:
    """The difference in one word: called only where its interval excludes zero, and rests on enough pairs.

    Args:
        undefined: worlds without a difference. With some, an interval without width is no evidence: two worlds with one
            late case each say "100 points worse, always". A cost by the shift plan has a difference in every world.
    """
    has_no_width = difference.low == difference.high != 0
    if difference.n < LEAST_PAIRS or (undefined and has_no_width):
        return "unknown"
    if not difference.excludes_zero:
        return "no_clear_difference"
    direction = "higher" if difference.mean > 0 else "lower"
    if better == "neither":
        return direction
    return "better" if direction == better else "worse"


def _by_key(scores: Mapping[str, npt.NDArray[np.generic]]) -> dict[Key, dict[str, Values]]:
    """Values by indicator and group, then design, then replication."""
    found: dict[Key, dict[str, Values]] = {}
    names = ("indicator", "stratum", "group", "design", "replication", "value")
    for indicator, stratum, group, design, number, value in zip(*(scores[n].tolist() for n in names), strict=True):
        of_design = found.setdefault((indicator, stratum, group), {}).setdefault(design, {})
        if number in of_design:
            raise DataError(f"scores: {design} has two values of {indicator}, {stratum} {group} in world {number}")
        of_design[number] = value
    return found


def _row(key: Key, design: str, baseline: str, by_design: dict[str, Values], level: float, shared: float) -> Row:
    own, other = by_design.get(design, {}), by_design.get(baseline, {})
    mean = t_interval(_array(own, sorted(own)), level)
    worlds = sorted(own.keys() & other.keys()) if design != baseline else []
    a, b = _array(own, worlds), _array(other, worlds)
    difference = paired_difference(a, b, shared)
    indicator = BY_ID[key[0]]
    undefined = len(worlds) - difference.n
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
        verdict="baseline" if design == baseline else verdict(difference, indicator.better, undefined),
        variance_factor=variance_factor(a, b),
    )


def _array(values: Values, worlds: Sequence[int]) -> FloatArray:
    return np.array([values[world] for world in worlds], dtype=np.float64)


@lru_cache(maxsize=1024)
def _t_quantile(freedom: int, at: float) -> float:
    """Quantile of Student's t distribution."""
    return float(stdtrit(freedom, at))
