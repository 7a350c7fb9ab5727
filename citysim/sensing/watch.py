"""Where and when a city watches more than usual: streets with more patrols, or with more sensors of a class."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysim.streams import FloatArray
from citysim.units import DAY, HOUR, WEEK, IntArray

TIMES = ("working day", "working night", "weekend day", "weekend night")
"""Four parts of the week; a moment belongs to one of them by its position in this tuple."""
DAYLIGHT = (6 * HOUR, 22 * HOUR)
"""The day is from 06 to 22 h, as for calls (domain brief 4.3, asm); a night belongs to the calendar day it is in."""
WEEKEND = 5
"""Saturday, the first day of the weekend; 0 = Monday."""
_EDGES = np.array([day * DAY + second for day in range(7) for second in (0, *DAYLIGHT)] + [WEEK], np.int64)


def time_of_week(seconds: npt.NDArray[np.integer]) -> IntArray:
    """Which of TIMES each moment lies in."""
    day, second = np.divmod(np.asarray(seconds, np.int64) % WEEK, DAY)
    is_night = (second < DAYLIGHT[0]) | (second >= DAYLIGHT[1])
    return 2 * (day >= WEEKEND).astype(np.int64) + is_night


_PIECES, _PART = np.diff(_EDGES).astype(np.float64), time_of_week(_EDGES[:-1])
HOURS = np.bincount(_PART, _PIECES) / HOUR
"""Hours of the week that each of TIMES has."""


@dataclass(frozen=True)
class Watch:
    """Factors on what notices, by street; all others have 1.

    Args:
        patrols: (position of the street, looks an hour against what the levers of sensing say), mean over the week.
        sensors: (class of assets, position of the street, coverage against what the levers of sensing say).
        rounds: (position of the street, looks an hour at each of TIMES against the mean of its week); others look at
            all times alike.
    """

    patrols: tuple[tuple[int, float], ...] = ()
    sensors: tuple[tuple[str, int, float], ...] = ()
    rounds: tuple[tuple[int, tuple[float, ...]], ...] = ()

    def patrol(self, n_streets: int) -> FloatArray:
        """Factor on patrols of each street, mean over the week."""
        factors = np.ones(n_streets)
        for street, factor in self.patrols:
            factors[street] = factor
        return factors

    def patrolled_until(self, street: npt.NDArray[np.integer], begin: IntArray, seconds: FloatArray) -> FloatArray:
        """How long it takes patrols to look as much as the mean of their week would in so many seconds.

        Where they go at all times alike, that is the same time. Elsewhere the clock of patrols runs by their factor.

        Args:
            street: position of the street of each wait. begin: when it begins. seconds: how long it is; inf stays.
        """
        if not self.rounds:
            return seconds
        lasts = seconds.copy()
        for where, at_times in self.rounds:
            mine = np.flatnonzero((street == where) & np.isfinite(seconds))
            lasts[mine] = _by_clock(np.array(at_times), begin[mine], seconds[mine])
        return lasts

    def sensor(self, name: str, n_streets: int) -> FloatArray:
        """Factor on the sensors of a class in each street; those of other classes have 1."""
        factors = np.ones(n_streets)
        for of, street, factor in self.sensors:
            if of == name:
                factors[street] = factor
        return factors


def _by_clock(at_times: FloatArray, begin: IntArray, seconds: FloatArray) -> FloatArray:
    """Seconds until a clock that runs by a factor at each of TIMES, 1 in the mean of a week, has run so many."""
    run = np.concatenate([[0.0], np.cumsum(at_times[_PART] * _PIECES)])
    week, within = np.divmod(begin, WEEK)
    weeks, rest = np.divmod(np.interp(within, _EDGES, run) + seconds, run[-1])
    until: FloatArray = (weeks + week) * WEEK + np.interp(rest, run, _EDGES) - begin
    return np.maximum(until, 0.0)


EVERYWHERE_ALIKE = Watch()
