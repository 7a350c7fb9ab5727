"""How many replications: run, look, run more, until the interval is as narrow as asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError, whole_number
from citysim.statistics.intervals import (
    NAN,
    Interval,
    complete,
    deviation,
    line,
    positive,
    proportion,
    t_interval,
    t_quantile,
)
from citysim.statistics.pairs import MOST_REPLICATIONS, replications_needed


@dataclass(frozen=True)
class Precision:
    """How narrow the interval of a mean shall be, and how far to go for it.

    Args:
        half_width: of the interval, in the unit of the values; or
        relative: greatest share by which the mean may miss the true one. Exactly one of the two is given.
        start: replications before the first look; 10 or more, as a spread from few is often much too small (Law 2015).
        most: replications after which to stop in any case.
        growth: no look more than multiplies the replications by this, so that one bad guess of the spread costs little.

    Raises:
        DataError: an argument is out of range.
    """

    half_width: float | None = None
    relative: float | None = None
    level: float = 0.95
    start: int = 10
    most: int = 1000
    growth: float = 2.0

    def __post_init__(self) -> None:
        if (self.half_width is None) == (self.relative is None):
            raise DataError(
                f"half_width, relative = {self.half_width}, {self.relative}, must be exactly one of the two"
            )
        if self.half_width is not None:
            positive("half_width", self.half_width)
        if self.relative is not None:
            proportion("relative", self.relative)
        proportion("level", self.level)
        whole_number("start", self.start, 2, MOST_REPLICATIONS, DataError)
        whole_number("most", self.most, self.start, MOST_REPLICATIONS, DataError)
        if positive("growth", self.growth) <= 1:
            raise DataError(f"growth = {self.growth!r}, must be above 1")


@dataclass(frozen=True)
class Step:
    """What the values so far say about going on.

    Args:
        interval: of their mean.
        half_width: half of the interval, nan if there is none; goal: what it must not exceed, nan likewise.
        reached: it does not.
        more: replications to run before the next look; 0 if done, because the goal or `most` is reached.
    """

    interval: Interval
    half_width: float
    goal: float
    reached: bool
    more: int

    @property
    def done(self) -> bool:
        """Whether there is nothing more to run."""
        return self.more == 0


def next_step(values: npt.ArrayLike, precision: Precision) -> Step:
    """Whether the values so far are enough, and if not, how many more replications to run before looking again.

    Stops at the first look with t(n - 1) · s / √n <= goal: half_width itself, or relative / (1 + relative) · |mean|,
    so that the true mean is missed by no more than that share of itself. As it is looked at more than once, the
    coverage is a little below the level for a finite goal, and tends to it as the goal gets narrow.

    Values that never vary give an interval without width. That is no precision (an event of 2 % is absent from ten
    worlds in four cases of five), so it goes on to `most`.

    Args:
        values: one for each replication run so far, nan where it has none; a nan counts as run, but not as known.

    Raises:
        DataError: a value is infinite or no number.

    Source: Chow and Robbins (1965), Annals of Mathematical Statistics 36, 457-462; Law, Simulation Modeling and
    Analysis (5th ed., 2015), 9.4.1 (relative error, start).
    """
    found = line("values", values)
    interval = t_interval(found, precision.level)
    half = (interval.high - interval.low) / 2
    if precision.half_width is not None:
        goal = precision.half_width
    else:
        relative = precision.relative or NAN
        goal = relative / (1 + relative) * abs(interval.mean)
    reached = half <= goal
    run = len(found)
    if run < precision.start:
        return Step(interval, half, goal, reached, precision.start - run)
    if run >= precision.most or (reached and half > 0):
        return Step(interval, half, goal, reached, 0)
    cap = max(1, min(int(run * (precision.growth - 1)), precision.most - run))
    if not half > 0 or half >= goal * sqrt(1 + cap / interval.n):  # no forecast, or one that is beyond the cap
        return Step(interval, half, goal, reached, cap)
    needed = replications_needed(found, goal, precision.level) - interval.n
    return Step(interval, half, goal, reached, max(1, min(cap, needed)))


def until_precise(draw: Callable[[int, int], npt.ArrayLike], precision: Precision) -> tuple[tuple[float, ...], Step]:
    """Replications run until `next_step` is done, and what it says at the end.

    Args:
        draw: of a first number and a count; the values of replications first .. first + count - 1.

    Returns:
        All values, and the last step; its `reached` is False if `most` came first.

    Raises:
        DataError: draw hands back another number of values, or one that is infinite.
    """
    values: list[float] = []
    while not (step := next_step(values, precision)).done:
        fresh = line("draw", draw(len(values), step.more))
        if len(fresh) != step.more:
            raise DataError(f"draw has handed back {len(fresh)} values, must be {step.more}")
        values.extend(fresh.tolist())
    return tuple(values), step


def two_stage(first: npt.ArrayLike, half_width: float, level: float = 0.95) -> int:
    """Replications in total, the first ones included, after which mean ± half_width holds with the level or more.

    Exact for normal values, whatever their spread, which comes from the first stage alone and is never looked at
    again: the price for that is more replications than `until_precise`.

    Args:
        first: at least two values, none of them nan.

    Raises:
        DataError: there are fewer, one is nan or infinite, half_width is not positive, or level is not within (0, 1).

    Source: Stein (1945), Annals of Mathematical Statistics 16, 243-258.
    """
    known = complete("first", line("first", first))
    if len(known) < 2:
        raise DataError(f"first = {known[0]} alone, must be at least 2 values")
    at = (1 + proportion("level", level)) / 2
    standard_errors = t_quantile(len(known) - 1, at) * deviation(known) / positive("half_width", half_width)
    if standard_errors > sqrt(MOST_REPLICATIONS):
        raise DataError(f"half_width = {half_width!r}, must be within reach of {MOST_REPLICATIONS:.0e} replications")
    return max(len(known), int(np.ceil(standard_errors**2)))
