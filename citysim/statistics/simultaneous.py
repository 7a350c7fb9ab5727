"""Several designs against one baseline at once: all intervals together hold with the probability asked for."""

from functools import lru_cache
from math import log, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv, ndtr

from citysim.errors import DataError, whole_number
from citysim.statistics.intervals import FloatArray, Interval, complete, proportion, t_interval, t_quantile, table

NODES = 128
"""Points of each Gauss-Legendre sum; three times as many move a critical point by less than 1e-10 of itself."""

NORMAL_END = 9.0
"""A standard normal lies beyond with probability 2e-19."""

CHI_TAIL = 1e-12
"""Probability of the spreads left out at each end of the sum."""


def bonferroni(matrix: npt.ArrayLike, level: float = 0.95) -> tuple[Interval, ...]:
    """Design - baseline for each design, paired: t intervals at 1 - (1 - level) / designs each.

    For designs that met the same worlds with the same luck; holds together with probability at least `level` however
    the designs hang together. A world in which either has no value (nan) is left out of that difference.

    Args:
        matrix: shape (replications, designs); the first column is the baseline.

    Raises:
        DataError: matrix has fewer than two columns or infinite values, or level is not within (0, 1).

    Source: Law, Simulation Modeling and Analysis (5th ed., 2015), 10.3.1.
    """
    found = _with_baseline(table("matrix", matrix))
    each = 1 - (1 - proportion("level", level)) / (found.shape[1] - 1)
    return tuple(t_interval(column - found[:, 0], each) for column in found.T[1:])


def dunnett(matrix: npt.ArrayLike, level: float = 0.95) -> tuple[Interval, ...]:
    """Design - baseline for each design, unpaired: mean difference ± d · s · √(2 / replications).

    For designs that each met worlds of their own, with values normally distributed around each design's mean by one
    common spread s, which is pooled over all designs. Then exact. On common worlds it would be far too wide.

    Args:
        matrix: shape (replications, designs), none missing; the first column is the baseline.

    Raises:
        DataError: matrix has fewer than two columns or rows, or a value that is nan or infinite, or level is not
            within (0, 1).

    Source: Dunnett (1955), Journal of the American Statistical Association 50, 1096-1121.
    """
    found = complete("matrix", _with_baseline(table("matrix", matrix)))
    n, designs = found.shape
    if n < 2:
        raise DataError(f"matrix has {n} rows, must have at least 2 replications")
    freedom = designs * (n - 1)
    pooled = sqrt(float(found.var(axis=0, ddof=1).mean()))
    half = dunnett_critical(designs - 1, freedom, level) * pooled * sqrt(2 / n)
    means = (found.mean(axis=0) - found[:, 0].mean())[1:].tolist()
    return tuple(Interval(n, mean, mean - half, mean + half) for mean in means)


@lru_cache(maxsize=256)
def dunnett_critical(designs: int, freedom: int, level: float = 0.95) -> float:
    """The d that the greatest of |T1| .. |Tk| does not exceed with probability `level`.

    T are Student's t of `freedom` degrees with correlation 1/2 between any two, as they share baseline and spread.

    Args:
        designs: k, the baseline not counted.

    Raises:
        DataError: designs or freedom is not a whole number >= 1, or level is not within (0, 1).

    Source: Dunnett (1964), Biometrics 20, 482-491 (tables, and the double integral).
    """
    from scipy.optimize import brentq  # a quarter of a second to import

    k = whole_number("designs", designs, 1, 10**6, DataError)
    df = whole_number("freedom", freedom, 1, 10**9, DataError)
    outside = 1 - proportion("level", level)
    spread, weight = _spreads(df)
    # One comparison alone bounds d from below, and Bonferroni from above.
    low, high = t_quantile(df, 1 - outside / 2), t_quantile(df, 1 - outside / 2 / k)
    if k == 1:
        return low
    return float(brentq(lambda d: weight @ _all_within(d * spread, k) - level, 0.999 * low, 1.001 * high, xtol=1e-10))


def _all_within(distance: FloatArray, k: int) -> FloatArray:
    """P(|Zi - Z0| <= √2 · distance for all i = 1 .. k), Z standard normal and independent, for each distance."""
    at, weight = _nodes()
    baseline = NORMAL_END * at
    density = NORMAL_END * weight * np.exp(-(baseline**2) / 2) / sqrt(2 * np.pi)
    reach = sqrt(2) * distance[:, None]
    inside: FloatArray = (ndtr(baseline + reach) - ndtr(baseline - reach)) ** k @ density
    return inside


def _spreads(freedom: int) -> tuple[FloatArray, FloatArray]:
    """Points and weights of the law of √(chi² / freedom): the estimated spread where the true one is 1."""
    half = freedom / 2
    low, high = (log(float(gammaincinv(half, p)) / half) / 2 for p in (CHI_TAIL, 1 - CHI_TAIL))
    at, weight = _nodes()
    power = (high + low) / 2 + (high - low) / 2 * at  # evenly over log s: few degrees of freedom reach far down
    # Density of log s: s^freedom exp(-freedom s² / 2), up to a factor.
    logs = freedom * power - half * np.exp(2 * power)
    density = weight * np.exp(logs - logs.max())
    return np.exp(power), density / density.sum()


@lru_cache(maxsize=1)
def _nodes() -> tuple[FloatArray, FloatArray]:
    """Points and weights of a Gauss-Legendre sum over -1 .. 1."""
    return np.polynomial.legendre.leggauss(NODES)


def _with_baseline(matrix: FloatArray) -> FloatArray:
    if matrix.shape[1] < 2:
        raise DataError(f"matrix has shape {matrix.shape}, must be (replications, designs) with a baseline and others")
    return matrix
