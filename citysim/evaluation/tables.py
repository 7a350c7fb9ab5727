"""Two further readings of the scores: over all cases of all worlds together, and how worlds differ from one another.

A mean over worlds weighs a world with three serious cases like one with thirty. The pooled mean weighs cases alike; its
interval is the jackknife's over worlds, as a ratio of sums is biased. A quantile over worlds says what a bad world is
like; its interval lies between order statistics and assumes no distribution.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.judging.scorecard import BY_ID
from citysim.statistics.intervals import NAN, Interval, QuantileInterval, quantile_interval, ratio_interval

POOLED = tuple(
    name
    for name, indicator in BY_ID.items()
    if indicator.of in ("cases", "desk")
    and indicator.counted is not None
    and (indicator.unit == "share" or name.endswith("_mean") or name == "mean_dispatches")
    and name not in ("on_time_gap", "return_rate")
)
"""Indicators that are a sum over the cases they count, divided by the number of these cases."""

SHARES = (0.1, 0.5, 0.9)

Scores = Mapping[str, npt.NDArray[Any]]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Pooled:
    """A mean over all cases of all worlds of one design.

    Args:
        cases: in all worlds; worlds: that have any. interval: the mean over cases, with the limits of the jackknife,
            for shares within 0 and 1. of_worlds: mean over the worlds that have a value, for comparison.
    """

    indicator: str
    stratum: str
    group: str
    design: str
    cases: int
    worlds: int
    interval: Interval
    of_worlds: float


@dataclass(frozen=True)
class Quantile:
    """A quantile of one indicator over the worlds of one design; share 0.9: nine worlds of ten have no more."""

    indicator: str
    stratum: str
    group: str
    design: str
    share: float
    interval: QuantileInterval


def pooled(scores: Scores, designs: Sequence[str], level: float) -> tuple[Pooled, ...]:
    """The indicators of POOLED over all cases, by stratum and group, design by design."""
    return tuple(
        _pooled(key, design, value, count, level) for key, design, value, count in _columns(scores, designs, POOLED)
    )


def quantiles(
    scores: Scores, designs: Sequence[str], level: float, shares: Sequence[float] = SHARES, stratum: str = "all"
) -> tuple[Quantile, ...]:
    """Quantiles over worlds of every indicator of a stratum, design by design.

    Raises:
        DataError: a share or the level is not within (0, 1).
    """
    return tuple(
        Quantile(*key, design, share, quantile_interval(value, share, level))
        for key, design, value, _ in _columns(scores, designs, tuple(BY_ID))
        if key[1] == stratum
        for share in shares
    )


def difference_quantiles(
    scores: Scores, designs: Sequence[str], level: float, shares: Sequence[float] = SHARES, stratum: str = "all"
) -> tuple[Quantile, ...]:
    """The same of the difference from the first design, world by world, for each of the others.

    Raises:
        DataError: a share or the level is not within (0, 1).
    """
    found = {(key, design): values for key, design, values in _by_world(scores, designs, tuple(BY_ID))}
    return tuple(
        Quantile(*key, design, share, quantile_interval(_differences(found, key, design, designs[0]), share, level))
        for key, design in found
        if key[1] == stratum and design != designs[0]
        for share in shares
    )


def _differences(
    found: Mapping[tuple[Key, str], Mapping[int, tuple[float, float]]], key: Key, design: str, baseline: str
) -> npt.NDArray[np.float64]:
    """Of the worlds that both went through; nan where either has no value."""
    own, other = found[key, design], found[key, baseline]
    return np.array([own[world][0] - other[world][0] for world in sorted(own.keys() & other.keys())], dtype=np.float64)


def _pooled(key: Key, design: str, value: Any, count: Any, level: float) -> Pooled:
    known = ~np.isnan(value) & (count > 0)
    sums = value[known] * count[known]
    n, cases = int(known.sum()), float(count[known].sum())
    plain = float(sums.sum()) / cases if n else NAN
    found = ratio_interval(sums, count[known], level)
    low, high = (found.low, found.high) if n > 1 else (NAN, NAN)
    if BY_ID[key[0]].unit == "share":
        low, high = float(np.clip(low, 0.0, 1.0)), float(np.clip(high, 0.0, 1.0))  # nan stays nan
    of_worlds = float(value[known].mean()) if n else NAN
    return Pooled(*key, design, int(cases), n, Interval(n, plain, low, high), of_worlds)


def _columns(
    scores: Scores, designs: Sequence[str], indicators: Sequence[str]
) -> Iterator[tuple[Key, str, npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Values and counts of each indicator, group and design over the worlds, in order of the worlds."""
    for key, design, of in _by_world(scores, designs, indicators):
        rows = np.array([of[world] for world in sorted(of)], dtype=np.float64).reshape(-1, 2)
        yield key, design, rows[:, 0], rows[:, 1]


def _by_world(
    scores: Scores, designs: Sequence[str], indicators: Sequence[str]
) -> Iterator[tuple[Key, str, dict[int, tuple[float, float]]]]:
    """Value and count of each indicator, group and design in each world."""
    wanted = set(indicators)
    found: dict[Key, dict[str, dict[int, tuple[float, float]]]] = {}
    names = ("indicator", "stratum", "group", "design", "replication", "value", "n")
    for indicator, stratum, group, design, number, value, n in zip(*(scores[c].tolist() for c in names), strict=True):
        if indicator in wanted:
            found.setdefault((indicator, stratum, group), {}).setdefault(design, {})[number] = value, n
    for key, by_design in found.items():
        for design in designs:
            yield key, design, by_design.get(design, {})
