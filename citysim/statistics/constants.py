"""Constants of procedures that select the best of k designs, by quadrature."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from math import exp, lgamma, log, pi

import numpy as np
from scipy.special import chdtri, ndtr, stdtr, stdtrit

from citysim.errors import DataError, whole_number
from citysim.statistics.intervals import FloatArray, proportion

NODES = 400
"""Points of each Gauss-Legendre sum; twice as many move no constant below by 1e-9."""

TAIL = 1e-15
"""Probability left out at each end of a law."""
FARTHEST = 1e9
"""Constants beyond this are sought no farther."""


@lru_cache(maxsize=256)
def kn_constants(chance: float, n0: int, k: int) -> tuple[float, float]:
    """(eta, h²) of the fully sequential procedure KN with c = 1.

    Args:
        chance: of a correct selection, above 1/k. n0: worlds before the first screening. k: designs.

    Raises:
        DataError: an argument is out of range.

    Source: Kim and Nelson (2001), ACM Transactions on Modeling and Computer Simulation 11, 251-273.
    """
    freedom = _check(chance, n0, k)
    eta = ((2 * (1 - chance) / (k - 1)) ** (-2 / freedom) - 1) / 2
    return eta, 2 * eta * freedom


@lru_cache(maxsize=256)
def rinott_constant(chance: float, n0: int, k: int) -> float:
    """h of Rinott's two stages: the sample sizes are (h s / indifference)².

    Raises:
        DataError: an argument is out of range.

    Source: Rinott (1978), Communications in Statistics A 7, 799-811; Wilcox (1984), Journal of Quality Technology 16.
    """
    freedom = _check(chance, n0, k)
    low, high = (log(float(chdtri(freedom, p))) for p in (1 - TAIL, TAIL))
    at, weight = _nodes(low, high)
    x = np.exp(at)
    density = weight * np.exp(freedom / 2 * at - x / 2 - freedom / 2 * log(2) - lgamma(freedom / 2))
    scale = 1 / np.sqrt(freedom * (1 / x[:, None] + 1 / x[None, :]))

    def correct(h: float) -> float:
        inner = ndtr(h * scale) @ density
        return float(inner ** (k - 1) @ density)

    return _solved(correct, chance)


@lru_cache(maxsize=256)
def dudewicz_dalal_constant(chance: float, n0: int, k: int) -> float:
    """h1 of the two stages of Dudewicz and Dalal, with weighted means.

    Raises:
        DataError: an argument is out of range.

    Source: Dudewicz and Dalal (1975), Sankhya B 37, 28-78.
    """
    freedom = _check(chance, n0, k)
    constant = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / (freedom * pi) ** 0.5
    end = float(np.arcsinh(-stdtrit(freedom, TAIL)))

    def correct(h: float) -> float:
        """Evenly in asinh, since heavy tails reach far; in pieces, since at -h the others begin to win."""
        found = 0.0
        for low, high in pairwise(sorted({-end, *(x for x in (-float(np.arcsinh(h)), 0.0) if x > -end), end})):
            at, weight = _nodes(low, high)
            t = np.sinh(at)
            density = weight * np.cosh(at) * constant * (1 + t * t / freedom) ** (-(freedom + 1) / 2)
            found += float(stdtr(freedom, t + h) ** (k - 1) @ density)
        return found

    return _solved(correct, chance)


def _solved(correct: Callable[[float], float], chance: float) -> float:
    from scipy.optimize import brentq  # a quarter of a second to import

    high = 4.0
    while correct(high) < chance:
        high *= 2
        if high > FARTHEST:
            raise DataError(f"chance = {chance!r} is too near 1 for so few first worlds: ask for less, or give more")
    return float(brentq(lambda h: correct(h) - chance, 0.0, high, xtol=1e-12))


@lru_cache(maxsize=1)
def _unit_nodes() -> tuple[FloatArray, FloatArray]:
    return np.polynomial.legendre.leggauss(NODES)  # an eigenvalue problem each time


def _nodes(low: float, high: float) -> tuple[FloatArray, FloatArray]:
    at, weight = _unit_nodes()
    half = (high - low) / 2
    return (low + high) / 2 + half * at, half * weight


def _check(chance: float, n0: int, k: int) -> int:
    """Degrees of freedom, if the arguments make sense."""
    designs = whole_number("k", k, 2, 100_000, DataError)
    first = whole_number("n0", n0, 2, 10**6, DataError)
    if not 1 / designs < proportion("chance", chance):
        raise DataError(f"chance = {chance!r}, must be above 1/k = {1 / designs:.4g}: luck alone is as good")
    return first - 1
