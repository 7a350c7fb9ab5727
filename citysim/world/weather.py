"""Hourly weather of one world, drawn by keyed luck from monthly climate normals; one weather for the whole city."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.streams import FloatArray, derive, purpose_code, uniforms
from citysim.world.almanac import Almanac, DayArray, month

HOURS_OF_MONTH = 24 * np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.float64)


@dataclass(frozen=True)
class Climate:
    """Monthly normals, January first; what the weather generator needs.

    Args:
        rain_mm, rain_hours: total rain and hours with rain of a month.
        rain_sigma: sigma of the logarithm of an hour's rain; wet_spell_hours: mean length of a spell.
        temperature_c: monthly means; daily_amplitude_c: half the span between afternoon and early morning;
            day_sd_c: standard deviation of a day around the mean; day_memory: its correlation from day to day.
        wind_warning_hours: hours under a wind warning in a month; wind_spell_hours: mean length of one.
    """

    rain_mm: tuple[float, ...]
    rain_hours: tuple[float, ...]
    temperature_c: tuple[float, ...]
    daily_amplitude_c: tuple[float, ...]
    wind_warning_hours: tuple[float, ...]
    rain_sigma: float = 1.3
    wet_spell_hours: float = 4.0
    day_sd_c: float = 3.0
    day_memory: float = 0.7
    wind_spell_hours: float = 3.0


@dataclass(frozen=True, eq=False)
class Weather:
    """One value an hour from the scenario's start; read-only arrays of one length.

    Args:
        rain_mm_per_hour, temperature_c: float64; has_wind_warning, is_school_day: 0 or 1.
        festival: almanac.NO_FESTIVAL, HOTSPOT_HOLIDAY or SPRING_FESTIVAL.
    """

    rain_mm_per_hour: FloatArray
    temperature_c: FloatArray
    has_wind_warning: npt.NDArray[np.int8]
    festival: npt.NDArray[np.int8]
    is_school_day: npt.NDArray[np.int8]

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            getattr(self, name).setflags(write=False)

    def __len__(self) -> int:
        return len(self.rain_mm_per_hour)


def sample_weather(climate: Climate, almanac: Almanac, days: DayArray, key: int) -> Weather:
    """Draw the weather of the given days, hour by hour; more days leave the first ones unchanged.

    Args:
        days: the date of each day; only month and calendar flags are read from it, so a year may be repeated.

    Rain is a two-state Markov chain of wet and dry hours with lognormal intensity, temperature a daily cosine around a
    monthly mean with a first-order autoregressive daily anomaly; all shapes are asm.
    """
    key = derive(key, "weather")
    months = np.repeat(month(days), 24)
    hours = np.arange(len(months), dtype=np.int64)
    wet = _spells(key, "rain", hours, months, climate.rain_hours, climate.wet_spell_hours)
    windy = _spells(key, "wind", hours, months, climate.wind_warning_hours, climate.wind_spell_hours)
    return Weather(
        rain_mm_per_hour=_rain(key, climate, hours, months, wet),
        temperature_c=_temperature(key, climate, days),
        has_wind_warning=windy.astype(np.int8),
        festival=np.repeat(almanac.festival(days), 24),
        is_school_day=np.repeat(almanac.is_school_day(days), 24),
    )


def _spells(key: int, name: str, hours: Any, months: Any, monthly: Any, length: float) -> npt.NDArray[np.bool_]:
    """A two-state Markov chain with the given monthly share of hours in the state and mean spell length.

    Each hour stays in the state with chance 1 - 1/length and enters it with the chance that gives the share. One
    uniform decides both, so hours between the two chances keep the state of the hour before: no loop is needed. This
    needs a share of at most `1 - 1 / length`, which the scenario is checked for.
    """
    share = np.asarray(monthly) / HOURS_OF_MONTH
    enter = (share / (1 - share) / length)[months]
    stay = 1 - 1 / length
    luck = uniforms(key, hours, purpose_code(name + " spell"))
    decided = (luck < enter) | (luck >= stay)
    decided[:1] = True
    first_is_on = luck[:1] < share[months[:1]]
    state = np.where(decided, luck < enter, False)
    state[:1] = first_is_on
    last = np.maximum.accumulate(np.where(decided, np.arange(len(luck)), 0))
    result: npt.NDArray[np.bool_] = state[last]
    return result


def _rain(key: int, climate: Climate, hours: Any, months: Any, wet: Any) -> FloatArray:
    mean = np.asarray(climate.rain_mm) / np.maximum(np.asarray(climate.rain_hours), 1e-9)
    rain = np.zeros(len(hours))
    z = normals(key, hours[wet], "rain intensity")
    rain[wet] = mean[months[wet]] * np.exp(climate.rain_sigma * z - climate.rain_sigma**2 / 2)
    return rain


def _temperature(key: int, climate: Climate, days: DayArray) -> FloatArray:
    shocks = normals(key, np.arange(len(days)), "temperature")
    anomaly, keep = np.empty(len(days)), climate.day_memory
    previous, scale = 0.0, 1.0  # the first day is drawn from the long-run distribution
    for day, shock in enumerate(shocks.tolist()):
        previous = keep * previous + scale * shock
        anomaly[day] = previous
        scale = (1 - keep * keep) ** 0.5
    middle = np.asarray(climate.temperature_c)[month(days)] + climate.day_sd_c * anomaly
    swing = np.cos(2 * np.pi * (np.arange(24) - 15) / 24)  # warmest at 15 h
    hourly = middle[:, None] + np.asarray(climate.daily_amplitude_c)[month(days)][:, None] * swing
    return hourly.ravel()


def normals(key: int, entities: npt.ArrayLike, purpose: str) -> FloatArray:
    """Standard normal luck, Box & Muller (1958), Ann. Math. Stat. 29, 610."""
    u = uniforms(key, entities, purpose_code(purpose), 0)
    v = uniforms(key, entities, purpose_code(purpose), 1)
    return np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)
