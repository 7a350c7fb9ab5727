"""A column of numbers in one number: mean, quantile, share. Nothing to count gives nan, never a guess."""

from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.streams import FloatArray


def in_order(values: FloatArray) -> FloatArray:
    """The values that are there (not nan), smallest first, as the summaries below take them: one sort serves all."""
    return np.sort(values[~np.isnan(values)])


def count(chosen: npt.NDArray[Any]) -> int:
    """How many entries of a yes/no column are yes."""
    return int(np.count_nonzero(chosen))


def mean(ordered: FloatArray) -> float:
    """Arithmetic mean."""
    return float(ordered.mean()) if len(ordered) else float("nan")


def quantile(ordered: FloatArray, at: float) -> float:
    """Quantile, linear between order statistics (Hyndman and Fan 1996, type 7)."""
    if not len(ordered):
        return float("nan")
    low, part = divmod((len(ordered) - 1) * at, 1)
    first, second = float(ordered[int(low)]), float(ordered[min(int(low) + 1, len(ordered) - 1)])
    return first + part * (second - first)


def share(numerator: npt.NDArray[Any], denominator: npt.NDArray[Any]) -> float:
    """Part of the `denominator` cases that are also in `numerator` (both yes/no columns)."""
    return ratio(count(numerator & denominator), count(denominator))


def ratio(numerator: float, denominator: float) -> float:
    """Quotient, nan if the denominator is 0 or not known."""
    return float(numerator / denominator) if denominator else float("nan")


def p50(ordered: FloatArray) -> float:
    """Median."""
    return quantile(ordered, 0.5)


def p90(ordered: FloatArray) -> float:
    """What nine of ten do not exceed."""
    return quantile(ordered, 0.9)


def p99(ordered: FloatArray) -> float:
    """What 99 of 100 do not exceed."""
    return quantile(ordered, 0.99)
