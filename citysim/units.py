"""Time and the two clocks. All times are int64 seconds since the scenario's first Monday, 00:00 local time."""

from dataclasses import dataclass
from functools import cached_property

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
    """The hours that count on the working clock: `days` (0 = Monday) from `start` to `end`, second of day.

    On `holidays`, days counted from 0 as time is, nobody works. Those before time 0 do not count: negative times know
    no holidays.
    """

    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    start: int = 8 * HOUR
    end: int = 18 * HOUR
    holidays: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not (0 <= self.start < self.end <= DAY) or not self.days or not set(self.days) <= set(range(7)):
            raise ValueError(f"working week {self} needs days within 0..6 and 0 <= start < end <= {DAY}")

    @cached_property
    def lost_days(self) -> IntArray:
        """Holidays that would be working days, as rising day numbers, each once."""
        return np.array(sorted({day for day in self.holidays if day >= 0 and day % 7 in self.days}), dtype=np.int64)

    def elapsed(self, times: IntArray) -> IntArray:
        """Working seconds from time 0 to each time; any shape. Negative times count backwards from 0."""
        times = np.asarray(times, dtype=np.int64)
        length = self.end - self.start
        weeks, rest = np.divmod(times, WEEK)
        day, second = np.divmod(rest, DAY)
        open_before = np.array([sum(d in self.days for d in range(k)) for k in range(7)], dtype=np.int64)
        is_open = np.array([d in self.days for d in range(7)], dtype=np.int64)
        today = np.clip(second - self.start, 0, length) * is_open[day]
        usual = (weeks * len(self.days) + open_before[day]) * length + today
        return usual - self._lost(times) if len(self.lost_days) else usual

    def between(self, begin: IntArray, end: IntArray) -> IntArray:
        """Working seconds from `begin` to `end`, element by element."""
        return self.elapsed(end) - self.elapsed(begin)

    def runs_at(self, time: int) -> bool:
        """Whether the second that begins at `time` counts."""
        day, second = divmod(time, DAY)
        return day % 7 in self.days and self.start <= second < self.end and not (day >= 0 and day in self.holidays)

    def add(self, time: int, seconds: int) -> int:
        """The first moment at which `seconds` working seconds have passed since `time`."""
        end = self._add_usual(time, seconds)
        if seconds <= 0 or not len(self.lost_days):
            return end
        lost = 0  # making good for the holidays crossed so far may lead across further ones
        while (more := int(self._lost(np.int64(end)) - self._lost(np.int64(time)))) > lost:
            end, lost = self._add_usual(end, more - lost), more
        return end

    def _lost(self, times: IntArray | np.int64) -> IntArray:
        """Seconds from time 0 to each time that would count but for holidays; 0 before time 0."""
        length = self.end - self.start
        day, second = np.divmod(times, DAY)
        before = np.searchsorted(self.lost_days, day)
        is_lost = self.lost_days[np.minimum(before, len(self.lost_days) - 1)] == day
        return before * length + np.clip(second - self.start, 0, length) * is_lost

    def _add_usual(self, time: int, seconds: int) -> int:
        """`add` as if there were no holidays."""
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
