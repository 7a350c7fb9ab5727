"""Intervals for a mean, a ratio of means and a quantile over independent replications."""

from dataclasses import dataclass
from functools import lru_cache
from math import inf, isnan

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, stdtrit  # scipy.stats says the same, but takes a second to import

from citysim.errors import DataError, whole_number

NAN = float("nan")
FloatArray = npt.NDArray[np.float64]


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
class QuantileInterval:
    """A quantile of n values, and two of the values between which the true one lies.

    Args:
        value: the smallest of the values that at least the asked share of them does not exceed; nan without any.
        low, high: nan if n is below `least_for_quantile`.
        coverage: how often an interval made so holds the true quantile, at least the level asked for, as ranks are
            whole numbers. Exact for a continuous quantity, and a lower bound where values repeat. nan without interval.
    """

    n: int
    value: float
    low: float
    high: float
    coverage: float


def t_interval(values: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Mean and two-sided t interval, mean ± t(n - 1, (1 + level) / 2) · s / √n; nan values are left out.

    Raises:
        DataError: a value is infinite or no number, there is more than one dimension, or level is not within (0, 1).
    """
    known = line("values", values)
    known = known[~np.isnan(known)]
    at = (1 + proportion("level", level)) / 2
    n = len(known)
    if n == 0:
        return Interval(0, NAN, NAN, NAN)
    mean = float(known.mean())
    if n == 1:
        return Interval(1, mean, NAN, NAN)
    half = t_quantile(n - 1, at) * deviation(known) / n**0.5
    return Interval(n, mean, mean - half, mean + half)


def ratio_interval(numerators: npt.ArrayLike, denominators: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Mean of numerators over mean of denominators, by the jackknife: a t interval of n R - (n - 1) R(without one).

    For what is a ratio over the whole future (cost per case, late cases per case), where the mean of each replication's
    own ratio would be another quantity. The mean is the jackknife's estimate, of which the bias falls as 1 / n², not
    the plain ratio R. The coverage is the level only as n grows.

    Args:
        denominators: one for each numerator, of the same replication; a pair with a nan is left out.

    Returns:
        An interval of nan if all denominators are 0; without low and high if all but one are, for then R without that
        one does not exist.

    Raises:
        DataError: lengths differ, a denominator is negative, a value is infinite, or level is not within (0, 1).

    Source: Law, Simulation Modeling and Analysis (5th ed., 2015), 9.5.3 (jackknife); Quenouille (1956), Biometrika 43.
    """
    proportion("level", level)
    above, below = pairs_of("numerators", numerators, "denominators", denominators)
    if (below < 0).any():
        raise DataError(f"denominators = {below.min()}, must be >= 0")
    n, total = len(below), below.sum()
    if n == 0 or total == 0:
        return Interval(n, NAN, NAN, NAN)
    ratio = float(above.sum() / total)
    if n == 1 or np.count_nonzero(below) == 1:
        return Interval(n, ratio, NAN, NAN)
    without = (above.sum() - above) / (total - below)
    return t_interval(n * ratio - (n - 1) * without, level)


def quantile_interval(values: npt.ArrayLike, share: float, level: float = 0.95) -> QuantileInterval:
    """A quantile and its distribution-free interval between two order statistics; nan values are left out.

    Each limit alone is on the wrong side with probability at most (1 - level) / 2, whatever the distribution.

    Args:
        values: independent: one for each replication, never the cases of one replication, which wait for each other.
        share: which quantile; 0.9 is the value that nine tenths do not exceed.

    Raises:
        DataError: a value is infinite or there is more than one dimension; share or level is not within (0, 1).

    Source: Conover, Practical Nonparametric Statistics (3rd ed., 1999), 3.2.
    """
    known = line("values", values)
    known = np.sort(known[~np.isnan(known)])
    proportion("share", share)
    n, tail = len(known), (1 - proportion("level", level)) / 2
    value = float(np.quantile(known, share, method="inverted_cdf")) if n else NAN
    if n < least_for_quantile(share, level):
        return QuantileInterval(n, value, NAN, NAN, NAN)
    at_most = bdtr(np.arange(n), n, share)  # P(at most j of n values lie at or below the quantile), j = 0 .. n - 1
    low = int(np.flatnonzero(at_most <= tail)[-1])  # counted from 0: above the quantile if at most `low` lie below it
    high = int(np.flatnonzero(at_most >= 1 - tail)[0])
    return QuantileInterval(n, value, float(known[low]), float(known[high]), float(at_most[high] - at_most[low]))


def least_for_quantile(share: float, level: float = 0.95) -> int:
    """Fewest values with which `quantile_interval` has two limits: 6 for a median at 95 %, 72 for a 95 % quantile.

    Raises:
        DataError: share or level is not within (0, 1), or so close to an end that no run would have so many values.
    """
    tail = (1 - proportion("level", level)) / 2
    rarer = max(proportion("share", share), 1 - share)  # all n values on this side must be rarer than the tail
    estimate = np.log(tail) / np.log(rarer) if rarer < 1 else inf
    if estimate > 1e9:
        raise DataError(f"share = {share!r}, must be further from 0 and 1: {estimate:.3g} values would be needed")
    n = max(2, int(estimate) - 2)
    while bdtr(0, n, 1 - rarer) > tail or bdtr(n - 1, n, rarer) < 1 - tail:  # both, as they round differently
        n += 1
    return n


def line(what: str, values: npt.ArrayLike) -> FloatArray:
    """Numbers in a row, nan among them.

    Raises:
        DataError: they are none, infinite, or have another number of dimensions than one.
    """
    return _numbers(what, values, 1)


def shared_level(level: float, together: int) -> float:
    """The level of each of several intervals that hold together at `level`, however they hang together (Bonferroni).

    For designs on the same worlds with the same luck: Dunnett's narrower intervals need independent designs of one
    common spread.

    Args:
        together: how many intervals, >= 1.

    Raises:
        DataError: level is not within (0, 1), or together is not a whole number >= 1.

    Source: Law, Simulation Modeling and Analysis (5th ed., 2015), 10.3.1.
    """
    return 1 - (1 - proportion("level", level)) / whole_number("together", together, 1, 10**9, DataError)


def table(what: str, values: npt.ArrayLike) -> FloatArray:
    """Numbers by row and column, nan among them.

    Raises:
        DataError: they are none, infinite, or have another number of dimensions than two.
    """
    return _numbers(what, values, 2)


def complete(what: str, found: FloatArray) -> FloatArray:
    """The same numbers, at least one, if none of them is missing.

    Raises:
        DataError: there are none, or one is nan.
    """
    if not found.size or np.isnan(found).any():
        raise DataError(
            f"{what} has {found.size} values, {np.isnan(found).sum()} of them nan, must have some and no nan"
        )
    return found


def pairs_of(first: str, a: npt.ArrayLike, second: str, b: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The pairs of which both values are known.

    Raises:
        DataError: the lengths differ, or a value is infinite or none.
    """
    left, right = line(first, a), line(second, b)
    if left.shape != right.shape:
        raise DataError(f"{first} and {second} = {left.shape} and {right.shape} values, must be pairs")
    both = ~(np.isnan(left) | np.isnan(right))
    return left[both], right[both]


def proportion(what: str, value: float) -> float:
    """A number above 0 and below 1.

    Raises:
        DataError: it is not.
    """
    return _within(what, value, 0.0, 1.0)


def positive(what: str, value: float) -> float:
    """A finite number above 0.

    Raises:
        DataError: it is not.
    """
    return _within(what, value, 0.0, inf)


def deviation(known: FloatArray) -> float:
    """Standard deviation from n - 1; exactly 0 if all are equal, where the sum of squares may leave a speck."""
    return float(known.std(ddof=1)) if (known != known[0]).any() else 0.0


@lru_cache(maxsize=1024)
def t_quantile(freedom: int, at: float) -> float:
    """Quantile of Student's t distribution."""
    return float(stdtrit(freedom, at))


def _numbers(what: str, values: npt.ArrayLike, dimensions: int) -> FloatArray:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{what} = {values!r:.80}, must be numbers") from None
    if found.ndim != dimensions:
        raise DataError(f"{what} has shape {found.shape}, must have {dimensions} dimensions")
    if np.isinf(found).any():
        raise DataError(f"{what} = {found[np.isinf(found)][0]}, must be finite")
    return found


def _within(what: str, value: float, low: float, high: float) -> float:
    wrong = isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer)
    if wrong or isnan(value) or not low < value < high:
        raise DataError(f"{what} = {value!r}, must be a number above {low:g} and below {high:g}")
    return float(value)
