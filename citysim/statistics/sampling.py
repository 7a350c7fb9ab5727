"""Where to look: designs of experiments over several factors, as points of one row each."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError, whole_number
from citysim.statistics.intervals import FloatArray

MOST_POINTS = 2**20
"""A million designs: more than anyone can run; a greater number is a slip of the pen."""

MOST_FACTORS = 1000


@dataclass(frozen=True)
class Factor:
    """One thing that may be varied: any number from low to high, or only its levels.

    Args:
        levels: ascending, all within [low, high]; none means every number in between.

    Raises:
        DataError: no name, low is not below high, or levels are fewer than two, out of order or out of range.
    """

    name: str
    low: float
    high: float
    levels: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise DataError(f"name = {self.name!r}, must be some text")
        if not (isfinite(self.low) and isfinite(self.high) and self.low < self.high):
            raise DataError(f"{self.name}: low, high = {self.low!r}, {self.high!r}, must be finite, low below high")
        ordered = all(a < b for a, b in zip(self.levels, self.levels[1:], strict=False))
        if self.levels and not (
            len(self.levels) > 1 and ordered and self.low <= self.levels[0] and self.levels[-1] <= self.high
        ):
            raise DataError(
                f"{self.name}: levels = {self.levels!r}, must be two or more, ascending, within {self.low}..{self.high}"
            )


def latin_hypercube(factors: Sequence[Factor], n: int, seed: int) -> FloatArray:
    """n points that fall into each n-th of every factor's range exactly once.

    What a factor's column holds depends on its name, n and seed alone, not on which other factors there are or in what
    order. A factor with levels gets each of them equally often, if n is a multiple of their number.

    Raises:
        DataError: two factors share a name, n is not within 1..MOST_POINTS, or seed is negative.

    Source: McKay, Beckman and Conover (1979), Technometrics 21, 239-245.
    """
    from scipy.stats import qmc

    named = distinct(factors)
    whole_number("n", n, 1, MOST_POINTS, DataError)
    whole_number("seed", seed, 0, 2**63 - 1, DataError)
    columns = [
        qmc.LatinHypercube(1, rng=np.random.default_rng([seed, *factor.name.encode()])).random(n) for factor in named
    ]
    return scaled(named, np.hstack(columns))


def sobol_points(factors: Sequence[Factor], n: int, seed: int) -> FloatArray:
    """The first n points of a scrambled Sobol' sequence, which fill the space more evenly than chance.

    The first n points of a longer design are the same, so a design may be extended. Columns depend on the order of the
    factors.

    Raises:
        DataError: two factors share a name, n is no power of 2 within 1..MOST_POINTS (others would lose the balance
            that is the point of the sequence), or seed is negative.

    Source: Sobol' (1967); Owen (2020), On dropping the first Sobol' point, arXiv:2008.08051.
    """
    from scipy.stats import qmc

    named = distinct(factors)
    power_of_two("n", n)
    whole_number("seed", seed, 0, 2**63 - 1, DataError)
    return scaled(named, qmc.Sobol(len(named), rng=np.random.default_rng(seed)).random(n))


def scaled(factors: Sequence[Factor], unit: npt.ArrayLike) -> FloatArray:
    """Points of the unit cube as values of the factors; levels share the unit interval equally.

    Raises:
        DataError: the columns are not one for each factor, or a coordinate is not within 0..1.
    """
    cube = np.asarray(unit, dtype=np.float64)
    if cube.ndim != 2 or cube.shape[1] != len(factors):
        raise DataError(f"unit has shape {cube.shape}, must be (points, {len(factors)})")
    if not ((cube >= 0) & (cube <= 1)).all():
        raise DataError(f"unit = {cube.min()}..{cube.max()}, must be within 0..1")
    points = np.empty_like(cube)
    for j, factor in enumerate(factors):
        if factor.levels:
            count = len(factor.levels)
            points[:, j] = np.array(factor.levels)[np.minimum((cube[:, j] * count).astype(int), count - 1)]
        else:  # clipped, as rounding may lead a speck outside
            between = factor.low + (factor.high - factor.low) * cube[:, j]
            points[:, j] = np.clip(between, factor.low, factor.high)
    return points


def distinct(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    """The factors, if there are any and no two of them share a name.

    Raises:
        DataError: there are none, more than MOST_FACTORS, or two of the same name.
    """
    names = [factor.name for factor in factors]
    if not 1 <= len(names) <= MOST_FACTORS or len(set(names)) < len(names):
        raise DataError(f"factors = {names!r:.200}, must be 1..{MOST_FACTORS} of different names")
    return tuple(factors)


def power_of_two(what: str, value: int) -> int:
    """A power of 2 from 1 to MOST_POINTS.

    Raises:
        DataError: it is none.
    """
    number = whole_number(what, value, 1, MOST_POINTS, DataError)
    if number & (number - 1):
        raise DataError(f"{what} = {number}, must be a power of 2: {2 ** (number.bit_length() - 1)} or twice that")
    return number
