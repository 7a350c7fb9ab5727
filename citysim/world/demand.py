"""When incidents happen: hourly intensity multipliers with mean 1, built from named patterns.

Calendar patterns are normalised exactly over their week or year. As soon as a kind follows the weather, the product of
all its patterns is divided by its long-run mean under the climate, because rain, heat and season go together.
Multipliers are asm; where one is anchored on a source, its key in scenarios/incident-types.yaml stands beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from citysim.streams import FloatArray, derive
from citysim.world.almanac import DAYS_A_YEAR, HOTSPOT_HOLIDAY, SPRING_FESTIVAL, Almanac, month, weekday
from citysim.world.weather import Climate, Weather, sample_weather

REFERENCE_YEARS = 28
"""Years of weather behind the long-run means; a multiple of 7, so that weekdays meet all dates equally often."""

NIGHT_SEVERITY_ODDS = 4.0
"""Odds of severity I-III of fires between 0 and 6 h over the rest of the day: national fire figures 2024 [R68]."""


@dataclass(frozen=True, eq=False)
class Hours:
    """What patterns look at: the calendar of each hour, and the weather; arrays of one length."""

    hour: npt.NDArray[np.int64]
    weekday: npt.NDArray[np.int64]
    month: npt.NDArray[np.int64]
    weather: Weather


Pattern = Callable[[Hours], FloatArray]


def _by_hour(base: float, **values: float) -> FloatArray:
    """24 values: `base`, and those given as h7=2 or h18_20=2 (from 18:00 to 20:00)."""
    day = np.full(24, base)
    for name, value in values.items():
        first, _, last = name[1:].partition("_")
        day[int(first) : int(last or int(first) + 1)] = value
    return day


# Gas calls peak at breakfast [R126], lift entrapments in the commute [R78], fires between 10 and 20 h [R68].
_DAYS: Mapping[str, FloatArray] = {
    "d_day": _by_hour(0.3, h6_22=1.35),
    "d_meal": _by_hour(1.0, h7=2.0, h12=2.0, h18_20=2.0),
    "d_fire": _by_hour(0.283 / 8, h0_6=0.103 / 6, h10_20=0.614 / 10),
    "d_evening": _by_hour(1.0, h17_23=2.0),
    "d_night": _by_hour(1.0, h21_24=2.2, h0_6=2.2),
    "d_night_haul": _by_hour(1.0, h22_24=2.5, h0_5=2.5),
    "d_commute": _by_hour(1.0, h7_9=2.2, h17_20=2.2),
}
_WORK = np.where(np.arange(7)[:, None] < 6, _by_hour(0.25, h8_18=2.2), 0.25)  # Monday to Saturday
_CLINIC = np.where(np.arange(7)[:, None] < 5, _by_hour(1.0, h8_11=4.0), 1.0)  # Monday to Friday
_SCHOOL = _by_hour(1.0, h7=8.0, h16_18=8.0, h18=4.5)  # 16:00-18:30: the half hour is spread over its hour
_WINTER = np.array([1.5, 1.5] + [1.0] * 9 + [1.5])
_SUMMER = np.array([1.0] * 4 + [2.0] * 4 + [1.0] * 4)  # road collapse: [R75b]
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def _weekly(hours: Hours, week: FloatArray) -> FloatArray:
    result: FloatArray = (week / week.mean())[hours.weekday, hours.hour]
    return result


def _yearly(hours: Hours, months: FloatArray) -> FloatArray:
    result: FloatArray = (months / np.average(months, weights=_MONTH_DAYS))[hours.month]
    return result


def _rain_burst(hours: Hours) -> FloatArray:
    """Known points flood with the rain [R19]: ×0.05 when dry, ×140 at 20 mm/h, at most ×200; the line is asm."""
    return 0.05 + np.minimum(7 * hours.weather.rain_mm_per_hour, 200.0)


def _heat(hours: Hours) -> FloatArray:
    warm = hours.weather.temperature_c
    return np.where(warm > 40, 2.5, np.where(warm > 35, 1.5, 1.0))


def _rain(hours: Hours) -> FloatArray:
    rain = hours.weather.rain_mm_per_hour
    return np.where(rain > 0, 1 + 0.15 * rain, 0.85)


def _on_festival(hours: Hours, spring: float, hotspot: float) -> FloatArray:
    factors = np.array([1.0, 1.0, 1.0])
    factors[[SPRING_FESTIVAL, HOTSPOT_HOLIDAY]] = spring, hotspot
    return factors[hours.weather.festival]


def _same(hours: Hours) -> FloatArray:
    return np.ones(len(hours.hour))


CALENDAR_PATTERNS: Mapping[str, Pattern] = {
    "flat": _same,
    **{name: (lambda hours, day=day: day[hours.hour] / day.mean()) for name, day in _DAYS.items()},  # type: ignore[misc]
    "d_work": lambda hours: _weekly(hours, _WORK),
    "d_clinic": lambda hours: _weekly(hours, _CLINIC),
    "s_winter": lambda hours: _yearly(hours, _WINTER),
    "s_summer": lambda hours: _yearly(hours, _SUMMER),
    "x_excavation": _same,  # no mechanism yet: would follow the active excavations of a street
    "x_pressure": _same,  # no mechanism yet: would follow pump and valve operations
}
"""Patterns that have mean 1 over their week or year by themselves."""

OTHER_PATTERNS: Mapping[str, Pattern] = {
    "d_school": lambda hours: np.where(hours.weather.is_school_day == 1, _SCHOOL[hours.hour], 1.0),
    "w_rain": _rain,
    "w_rain_burst": _rain_burst,
    "w_heat": _heat,
    "w_storm": lambda hours: np.where(hours.weather.has_wind_warning == 1, 10.0, 1.0),
    "x_festival": lambda hours: _on_festival(hours, spring=8.0, hotspot=10.0),
    "x_fireworks": lambda hours: _on_festival(
        hours, spring=15.0, hotspot=1.0
    ),  # crackers thrown into septic tanks [R23]
}
"""Patterns whose mean depends on the dates and the climate of the scenario."""

PATTERNS = (*CALENDAR_PATTERNS, *OTHER_PATTERNS)
"""All names that an incident type may list; several are multiplied."""


def hours_of(almanac: Almanac, weather: Weather) -> Hours:
    """The calendar beside a weather series that begins on the almanac's first day."""
    days = almanac.days(len(weather) // 24)
    return Hours(np.tile(np.arange(24), len(days)), np.repeat(weekday(days), 24), np.repeat(month(days), 24), weather)


def hourly_multiplier(patterns: tuple[str, ...], hours: Hours, climate: Climate, almanac: Almanac) -> FloatArray:
    """How many times its mean intensity a kind has in each hour; long-run mean 1, never negative."""
    raw = _product(patterns, hours)
    return raw if set(patterns) <= set(CALENDAR_PATTERNS) else raw / long_run(patterns, climate, almanac)[0]


def _product(patterns: tuple[str, ...], hours: Hours) -> FloatArray:
    known = {**CALENDAR_PATTERNS, **OTHER_PATTERNS}
    product = np.ones(len(hours.hour))
    for name in patterns:
        product = product * known[name](hours)
    return product


@lru_cache(maxsize=512)
def long_run(patterns: tuple[str, ...], climate: Climate, almanac: Almanac) -> tuple[float, float]:
    """Long-run mean of the product of patterns, and the share of it that falls between 0 and 6 h."""
    hours = _reference_hours(climate, almanac)
    product = _product(patterns, hours)
    return float(product.mean()), float(product[hours.hour < 6].sum() / product.sum())


@lru_cache(maxsize=2)
def _reference_hours(climate: Climate, almanac: Almanac) -> Hours:
    """A long weather sample under the climate: the scenario's first 365 days repeated, weekdays running on.

    School days and festivals stay on the dates, and so on the weekdays, of the first year.
    """
    days = np.tile(almanac.days(DAYS_A_YEAR), REFERENCE_YEARS)
    weather = sample_weather(climate, almanac, days, derive(0, "reference weather"))
    weekdays = (weekday(days[:1]) + np.arange(len(days))) % 7
    return Hours(np.tile(np.arange(24), len(days)), np.repeat(weekdays, 24), np.repeat(month(days), 24), weather)


def night_severity(
    shares: tuple[float, ...], patterns: tuple[str, ...], climate: Climate, almanac: Almanac
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Severity shares by day and in the night (0-6 h), whose mixture over all incidents is `shares`.

    With the `d_fire` pattern the odds of severity I-III are NIGHT_SEVERITY_ODDS times as high in the night; else equal.
    The day share p solves q·4p/(1+3p) + (1-q)·p = s, with q the share of incidents in the night and s that of I-III.
    """
    serious = sum(shares[:3])
    if "d_fire" not in patterns or not 0 < serious < 1:
        return shares, shares
    q, k = long_run(patterns, climate, almanac)[1], NIGHT_SEVERITY_ODDS
    a, b = (1 - q) * (k - 1), q * k + (1 - q) - serious * (k - 1)
    day = (-b + (b * b + 4 * a * serious) ** 0.5) / (2 * a)
    night = k * day / (1 + (k - 1) * day)
    return _scaled(shares, day / serious), _scaled(shares, night / serious)


def _scaled(shares: tuple[float, ...], factor: float) -> tuple[float, ...]:
    worse = tuple(share * factor for share in shares[:3])
    return (*worse, 1 - sum(worse))
