"""Two designs on the same worlds: how they differ, how sure that is, and how many more worlds would say so."""

from dataclasses import dataclass
from math import atanh, inf, sqrt, tanh
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtr

from citysim.errors import DataError
from citysim.statistics.intervals import (
    NAN,
    FloatArray,
    Interval,
    deviation,
    line,
    pairs_of,
    positive,
    proportion,
    t_interval,
    t_quantile,
)

Verdict = Literal["higher", "lower", "no_relevant_difference", "cannot_tell_yet", "unknown"]

LEAST_PAIRS = 5
"""With fewer, nothing is said about a difference: a t interval from two or three worlds leans on the assumption that
differences are normally distributed, and nobody can see from so few whether they are."""

MOST_REPLICATIONS = 10**12
"""More than anyone can run; a half-width that needs more is a slip of the pen."""


@dataclass(frozen=True)
class Correlation:
    """Pearson's correlation of two designs over n worlds, and its interval (Fisher 1921).

    Args:
        value: nan if fewer than two pairs, or if either design never varies. low, high: nan below four pairs.
    """

    n: int
    value: float
    low: float
    high: float

    @property
    def pairing_costs(self) -> bool:
        """Whether the same luck clearly drives the two designs apart, so that pairing widens the interval."""
        return self.high < 0


@dataclass(frozen=True)
class Equivalence:
    """Whether two designs are so alike that the rest does not matter.

    Args:
        p: the greater of the two one-sided p-values; nan below two pairs, and then nothing is equivalent.
        equivalent: p < 1 - level; the same as the interval of level 2 · level - 1 lying inside ±within.
    """

    n: int
    p: float
    equivalent: bool


def paired_difference(a: npt.ArrayLike, b: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Mean of a - b with its t interval; pairs with a nan are left out.

    Args:
        a, b: values of two designs; the same position must mean the same world.

    Raises:
        DataError: a and b differ in length, a value is infinite, or level is not within (0, 1).
    """
    first, second = pairs_of("a", a, "b", b)
    return t_interval(first - second, level)


def variance_factor(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """(var a + var b) / var(a - b) over complete pairs; inf if the difference never varies, nan if nothing does."""
    first, second = pairs_of("a", a, "b", b)
    if len(first) < 2:
        return NAN
    apart = deviation(first) ** 2 + deviation(second) ** 2
    paired = deviation(first - second) ** 2
    if paired == 0:
        return inf if apart > 0 else NAN
    return apart / paired


def correlation(a: npt.ArrayLike, b: npt.ArrayLike, level: float = 0.95) -> Correlation:
    """Correlation of two designs over the worlds they share, with its interval; pairs with a nan are left out.

    The limits hold for jointly normal values, tanh(artanh r ± z((1 + level) / 2) / √(n - 3)).

    Raises:
        DataError: a and b differ in length, a value is infinite, or level is not within (0, 1).

    Source: Fisher (1921), Metron 1, 3-32.
    """
    at = (1 + proportion("level", level)) / 2
    first, second = pairs_of("a", a, "b", b)
    n = len(first)
    if n < 2 or deviation(first) == 0 or deviation(second) == 0:
        return Correlation(n, NAN, NAN, NAN)
    left, right = first - first.mean(), second - second.mean()
    r = float(np.clip(left @ right / sqrt((left @ left) * (right @ right)), -1, 1))
    if n < 4:
        return Correlation(n, r, NAN, NAN)
    if abs(r) == 1:
        return Correlation(n, r, r, r)
    half = float(ndtri(at)) / sqrt(n - 3)
    return Correlation(n, r, tanh(atanh(r) - half), tanh(atanh(r) + half))


def p_value(differences: npt.ArrayLike) -> float:
    """Two-sided paired t test of no difference: how often chance alone gives a mean at least as far from zero.

    nan values are left out; nan below two. Where all are equal it is 0, or 1 if they are all zero, as their interval
    without width does or does not exclude zero.
    """
    known = _known(differences)
    if len(known) < 2:
        return NAN
    return 2 * _upper(known, 0.0) if known.mean() > 0 else 2 * _upper(-known, 0.0) if known.mean() < 0 else 1.0


def equivalence(differences: npt.ArrayLike, within: float, level: float = 0.95) -> Equivalence:
    """Two one-sided t tests that the mean difference lies inside ±within, each at 1 - level; nan values are left out.

    If the true difference is ±within or more, "equivalent" comes out with probability at most 1 - level.

    Args:
        within: the greatest difference that would not matter, > 0, in the unit of the values and fixed beforehand.

    Raises:
        DataError: within is not positive, a value is infinite, or level is not within (0, 1).

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
    """
    error = 1 - proportion("level", level)
    bound = positive("within", within)
    known = _known(differences)
    if len(known) < 2:
        return Equivalence(len(known), NAN, False)
    p = max(_upper(known, -bound), _upper(-known, -bound))
    return Equivalence(len(known), p, p < error)


def holm(p_values: npt.ArrayLike) -> tuple[float, ...]:
    """Adjusted p-values, in the order given: all below 0.05 together are wrong anywhere at most once in twenty studies.

    No assumption on how the tests hang together. A nan is a test that was not made: it stays nan and does not count.

    Raises:
        DataError: a p-value is outside [0, 1].

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    found = line("p_values", p_values)
    if ((found < 0) | (found > 1)).any():
        raise DataError(f"p_values = {found[(found < 0) | (found > 1)][0]}, must be within 0..1")
    order = np.argsort(found)[: np.count_nonzero(~np.isnan(found))]  # nan sorts last
    adjusted = np.full(len(found), NAN)
    steps = np.arange(len(order), 0, -1) * found[order]
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return tuple(adjusted.tolist())


def three_way(differences: npt.ArrayLike, relevant: float, level: float) -> Verdict:
    """What the differences from a baseline say: higher, lower, no relevant difference, or more worlds are needed.

    Equivalence (two one-sided tests, each at 1 - level) comes first, also where the interval excludes zero: with enough
    worlds every difference excludes zero, and one known to be too small to matter is no reason to change a city.
    Otherwise a difference is called where its interval of that level excludes zero. "unknown": fewer than LEAST_PAIRS
    differences; or an interval without width while some worlds have no difference, since two worlds with one late case
    each say "100 points worse, always".

    Args:
        differences: design - baseline in each world; nan where either has no value.
        relevant: the smallest difference that matters, >= 0, in the unit of the values; with 0 only differences that
            are all zero are irrelevant.

    Raises:
        DataError: relevant is negative, a value is infinite, or level is not within (0, 1).
    """
    bound = positive("relevant", relevant) if relevant != 0 else 0.0
    every = line("differences", differences)
    found = t_interval(every, level)
    no_width = found.low == found.high
    if found.n < LEAST_PAIRS or (no_width and found.mean != 0 and found.n < len(every)):
        return "unknown"
    if (no_width and found.mean == 0) or (bound and equivalence(every, bound, level).equivalent):
        return "no_relevant_difference"
    if not found.excludes_zero:
        return "cannot_tell_yet"
    return "higher" if found.mean > 0 else "lower"


def replications_needed(differences: npt.ArrayLike, half_width: float, level: float = 0.95) -> int:
    """Smallest i >= n with t(i - 1, (1 + level) / 2) · s / √i <= half_width, s from the n known differences.

    In total, those already run included: n itself means that no more are needed. A forecast, not a promise, as s will
    change: with few differences it may be far off. nan values are left out, and are not made up for.

    Raises:
        DataError: fewer than two differences are known, half_width is not positive or needs more than
            MOST_REPLICATIONS, a value is infinite, or level is not within (0, 1).

    Source: Law, Simulation Modeling and Analysis (5th ed., 2015), 9.4.1, eq. for n*(β).
    """
    at = (1 + proportion("level", level)) / 2
    goal = positive("half_width", half_width)
    known = _known(differences)
    if len(known) < 2:
        raise DataError(f"differences = {len(known)} known values, must be at least 2")
    spread = deviation(known)

    def wide(n: int) -> bool:
        return t_quantile(n - 1, at) * spread > goal * sqrt(n)

    least = len(known)
    if not wide(least):
        return least
    most = 2 * least
    while wide(most):
        if most > MOST_REPLICATIONS:
            raise DataError(
                f"half_width = {half_width!r}, must be within reach of {MOST_REPLICATIONS:.0e} replications"
            )
        least, most = most, 2 * most
    while most - least > 1:  # too wide at least, narrow enough at most: t / √n falls with n
        middle = (least + most) // 2
        least, most = (middle, most) if wide(middle) else (least, middle)
    return most


def _known(differences: npt.ArrayLike) -> FloatArray:
    found = line("differences", differences)
    return found[~np.isnan(found)]


def _upper(known: FloatArray, bound: float) -> float:
    """p-value of the one-sided t test that the mean is above the bound; 0 or 1 if the values never vary."""
    distance = float(known.mean()) - bound
    error = deviation(known) / sqrt(len(known))
    if error == 0:
        return 0.0 if distance > 0 else 1.0
    return float(stdtr(len(known) - 1, -distance / error))
