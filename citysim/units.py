"""Time and the two clocks. All times are int64 seconds since the scenario's first Monday, 00:00 local time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

MINUTE = 60
HOUR = 3_600
DAY = 86_400
WEEK = 604_800
YEAR = 365 * DAY
NEVER = -1
"""Marks a moment that has not come (a milestone not reached, a case not closed)."""

GRADES = ("red", "orange", "yellow", "blue")
"""Risk grades I-IV, worst first; a grade is stored as its position in this tuple."""

CHANNELS = ("sensor", "video", "hotline", "patrol")
"""Ways in which an incident is first noticed; stored as positions in this tuple."""

LEVELS = ("city", "district", "street")
"""The three levels of operation centers; stored as positions in this tuple."""

CALENDAR, WORKING = 0, 1
"""Deadline clocks: every hour counts, or only the hours of the working week."""


@dataclass(frozen=True)
class WorkingWeek:
    """The hours of a week that count on the working clock: `days` (0 = Monday) from `start` to `end`, second of day."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    start: int = 8 * HOUR
    end: int = 18 * HOUR

    def __post_init__(self) -> None:
        if not (0 <= self.start < self.end <= DAY) or not self.days or not set(self.days) <= set(range(7)):
            raise ValueError(f"working week {self} needs days within 0..6 and 0 <= start < end <= {DAY}")

    def elapsed(self, times: IntArray) -> IntArray:
        """Working seconds from time 0 to each time; any shape. Negative times count backwards from 0."""
        times = np.asarray(times, dtype=np.int64)
        length = self.end - self.start
        weeks, rest = np.divmod(times, WEEK)
        day, second = np.divmod(rest, DAY)
        open_before = np.array([sum(d in self.days for d in range(k)) for k in range(7)], dtype=np.int64)
        is_open = np.array([d in self.days for d in range(7)], dtype=np.int64)
        today = np.clip(second - self.start, 0, length) * is_open[day]
        return (weeks * len(self.days) + open_before[day]) * length + today

    def between(self, begin: IntArray, end: IntArray) -> IntArray:
        """Working seconds from `begin` to `end`, element by element."""
        return self.elapsed(end) - self.elapsed(begin)

    def add(self, time: int, seconds: int) -> int:
        """The first moment at which `seconds` working seconds have passed since `time`."""
        if seconds <= 0:
            return time
        length = self.end - self.start
        weeks, left = divmod(seconds, len(self.days) * length)
        if left == 0:
            weeks, left = weeks - 1, len(self.days) * length
        now = time + weeks * WEEK
        while True:
            day, second = divmod(now % WEEK, DAY)
            if day in self.days and second < self.end:
                begin = max(second, self.start)
                if self.end - begin >= left:
                    return now - second + begin + left
                left -= self.end - begin
            now += DAY - second
