"""Does the weather follow its normals, and the calendar its dates?"""

from datetime import date

import numpy as np

from citysim.world.almanac import HOTSPOT_HOLIDAY, NO_FESTIVAL, SPRING_FESTIVAL, Almanac, month, weekday
from citysim.world.scenario import Scenario
from citysim.world.weather import HOURS_OF_MONTH, Weather, sample_weather

YEARS = 30


def long_weather(scenario: Scenario, key: int = 11) -> tuple[Weather, np.ndarray]:
    days = scenario.almanac.days(365 * YEARS)
    return sample_weather(scenario.climate, scenario.almanac, days, key), np.repeat(month(days), 24)


def test_rain_temperature_and_wind_follow_the_monthly_normals(toy: Scenario) -> None:
    weather, months = long_weather(toy)
    climate = toy.climate
    for m in range(12):
        here = months == m
        per_month = HOURS_OF_MONTH[m] / here.sum()
        assert abs((weather.rain_mm_per_hour[here] > 0).sum() * per_month / climate.rain_hours[m] - 1) < 0.2
        assert abs(weather.rain_mm_per_hour[here].sum() * per_month / climate.rain_mm[m] - 1) < 0.35
        assert abs(weather.temperature_c[here].mean() - climate.temperature_c[m]) < 1
    assert abs(weather.rain_mm_per_hour.sum() / YEARS / sum(climate.rain_mm) - 1) < 0.05
    assert abs(weather.has_wind_warning.sum() / YEARS / sum(climate.wind_warning_hours) - 1) < 0.25


def test_downpours_come_in_summer_and_heat_reaches_forty_degrees(toy: Scenario) -> None:
    weather, months = long_weather(toy)

    downpour = weather.rain_mm_per_hour > 20
    assert 1 < downpour.sum() / YEARS < 8
    assert np.isin(months[downpour], [3, 4, 5, 6, 7, 8, 9]).mean() > 0.85
    daily_peak = weather.temperature_c.reshape(-1, 24).max(axis=1)
    assert 15 < (daily_peak > 35).sum() / YEARS < 40
    assert 0 < (daily_peak > 40).sum() / YEARS < 5


def test_rain_comes_in_spells_of_the_given_mean_length(toy: Scenario) -> None:
    wet = long_weather(toy)[0].rain_mm_per_hour > 0

    spells = (np.diff(wet.astype(int)) == 1).sum()
    assert abs(wet.sum() / spells / toy.climate.wet_spell_hours - 1) < 0.05


def test_the_afternoon_is_warmer_than_the_morning(toy: Scenario) -> None:
    by_hour = long_weather(toy)[0].temperature_c.reshape(-1, 24).mean(axis=0)

    assert by_hour.argmax() == 15
    assert by_hour.argmin() == 3


def test_a_longer_series_begins_with_the_shorter_one(toy: Scenario) -> None:
    long = sample_weather(toy.climate, toy.almanac, toy.almanac.days(200), 4)
    short = sample_weather(toy.climate, toy.almanac, toy.almanac.days(31), 4)

    for name in short.__dataclass_fields__:
        assert np.array_equal(getattr(long, name)[: len(short)], getattr(short, name)), name


def test_two_keys_give_two_weathers(toy: Scenario) -> None:
    assert not np.array_equal(long_weather(toy, 1)[0].temperature_c, long_weather(toy, 2)[0].temperature_c)


def test_the_almanac_knows_weekdays_school_days_and_festivals() -> None:
    almanac = Almanac(
        start=date(2026, 2, 9),
        holidays=(date(2026, 2, 10),),
        school_terms=((date(2026, 2, 9), date(2026, 2, 16)),),
        spring_festivals=((date(2026, 2, 17), date(2026, 2, 18)),),
        hotspot_holidays=((date(2026, 2, 18), date(2026, 2, 19)),),
    )
    days = almanac.days(12)

    assert weekday(days).tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4]
    assert set(month(days)) == {1}
    assert almanac.is_school_day(days).tolist() == [1, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert almanac.festival(days).tolist() == (
        [NO_FESTIVAL] * 8 + [SPRING_FESTIVAL] * 2 + [HOTSPOT_HOLIDAY] + [NO_FESTIVAL]
    )
