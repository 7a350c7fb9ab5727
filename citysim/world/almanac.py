"""The calendar of a city: which days are school days and festivals."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

DayArray = npt.NDArray[np.datetime64]
FlagArray = npt.NDArray[np.int8]

NO_FESTIVAL, HOTSPOT_HOLIDAY, SPRING_FESTIVAL = 0, 1, 2
"""What a day means for crowds and fireworks."""

DAYS_A_YEAR = 365
"""One cycle of the calendar patterns; a leap day is not modelled."""


@dataclass(frozen=True)
class Almanac:
    """Dates that matter, from the scenario's first Monday on; windows are (first day, last day), both included.

    Days after the last listed date are ordinary days without school.
    """

    start: date
    holidays: tuple[date, ...] = ()
    school_terms: tuple[tuple[date, date], ...] = ()
    spring_festivals: tuple[tuple[date, date], ...] = ()
    hotspot_holidays: tuple[tuple[date, date], ...] = ()

    def days(self, count: int) -> DayArray:
        """The first `count` days."""
        return np.datetime64(self.start, "D") + np.arange(count)

    def festival(self, days: DayArray) -> FlagArray:
        """NO_FESTIVAL, HOTSPOT_HOLIDAY or SPRING_FESTIVAL for each day; Spring Festival wins."""
        flags = np.full(len(days), NO_FESTIVAL, dtype=np.int8)
        flags[_within(days, self.hotspot_holidays)] = HOTSPOT_HOLIDAY
        flags[_within(days, self.spring_festivals)] = SPRING_FESTIVAL
        return flags

    def is_school_day(self, days: DayArray) -> FlagArray:
        """1 on Monday to Friday of a school term that is not a public holiday."""
        holidays = np.array(self.holidays, dtype="datetime64[D]")
        open_days = _within(days, self.school_terms) & (weekday(days) < 5) & ~np.isin(days, holidays)
        return open_days.astype(np.int8)


def weekday(days: DayArray) -> npt.NDArray[np.int64]:
    """0 = Monday to 6 = Sunday."""
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday


def month(days: DayArray) -> npt.NDArray[np.int64]:
    """0 = January to 11 = December."""
    return days.astype("datetime64[M]").astype(np.int64) % 12


def _within(days: DayArray, windows: tuple[tuple[date, date], ...]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(days), dtype=np.bool_)
    for first, last in windows:
        inside |= (days >= np.datetime64(first)) & (days <= np.datetime64(last))
    return inside
