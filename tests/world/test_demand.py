"""Do intensity patterns have mean 1 and the profile they promise?"""

import numpy as np
import pytest

from citysim.world.almanac import DAYS_A_YEAR
from citysim.world.demand import (
    CALENDAR_PATTERNS,
    NIGHT_SEVERITY_ODDS,
    OTHER_PATTERNS,
    PATTERNS,
    Hours,
    hourly_multiplier,
    hours_of,
    long_run,
    night_severity,
)
from citysim.world.scenario import Scenario
from citysim.world.weather import sample_weather


@pytest.fixture(scope="module")
def seven_years(central: Scenario) -> Hours:
    """The scenario's first 365 days seven times, so that weekdays and dates meet equally often."""
    days = np.tile(central.almanac.days(DAYS_A_YEAR), 7)
    weather = sample_weather(central.climate, central.almanac, days, 123)
    calendar = hours_of(central.almanac, weather)
    return Hours(calendar.hour, calendar.weekday, np.tile(calendar.month[: 24 * DAYS_A_YEAR], 7), weather)


@pytest.mark.parametrize("name", CALENDAR_PATTERNS)
def test_a_calendar_pattern_has_mean_one_exactly(name: str, seven_years: Hours, central: Scenario) -> None:
    multiplier = hourly_multiplier((name,), seven_years, central.climate, central.almanac)

    assert multiplier.mean() == pytest.approx(1, abs=1e-12)
    assert multiplier.min() > 0


@pytest.mark.parametrize("name", ["d_school", "x_festival", "x_fireworks"])
def test_a_pattern_of_dates_has_mean_one_over_the_first_year(name: str, seven_years: Hours, central: Scenario) -> None:
    multiplier = hourly_multiplier((name,), seven_years, central.climate, central.almanac)

    assert multiplier[: 24 * DAYS_A_YEAR].mean() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", ["w_rain", "w_rain_burst", "w_heat", "w_storm"])
def test_a_weather_pattern_has_mean_about_one_in_weather_it_was_not_normalised_by(
    name: str, seven_years: Hours, central: Scenario
) -> None:
    multiplier = hourly_multiplier((name,), seven_years, central.climate, central.almanac)

    yearly = multiplier.reshape(7, -1).mean(axis=1)
    assert abs(yearly.mean() - 1) < max(4 * yearly.std(ddof=1) / np.sqrt(7), 0.01)


def test_every_kind_keeps_its_yearly_rate_though_rain_heat_and_season_go_together(
    seven_years: Hours, central: Scenario
) -> None:
    for patterns in {kind.patterns for kind in central.kinds}:
        multiplier = hourly_multiplier(patterns, seven_years, central.climate, central.almanac)
        yearly = multiplier.reshape(7, -1).mean(axis=1)
        assert abs(yearly.mean() - 1) < max(4.5 * yearly.std(ddof=1) / np.sqrt(7), 0.015), patterns


def test_fires_have_the_published_shares_of_day_and_night(seven_years: Hours, central: Scenario) -> None:
    """61.4 % between 10 and 20 h, 10.3 % between 0 and 6 h: national fire figures of 2024 [R68]."""
    multiplier = hourly_multiplier(("d_fire",), seven_years, central.climate, central.almanac)
    share = np.bincount(seven_years.hour, multiplier) / multiplier.sum()

    assert share[10:20].sum() == pytest.approx(0.614)
    assert share[:6].sum() == pytest.approx(0.103)


def test_patterns_peak_when_they_say(seven_years: Hours, central: Scenario) -> None:
    def at(name: str, weekday: int, hour: int) -> float:
        """Mean over the first year; later ones repeat its dates on other weekdays."""
        multiplier = hourly_multiplier((name,), seven_years, central.climate, central.almanac)
        here = (seven_years.weekday == weekday) & (seven_years.hour == hour)
        return float(multiplier[: 24 * DAYS_A_YEAR][here[: 24 * DAYS_A_YEAR]].mean())

    assert at("d_day", 0, 12) / at("d_day", 0, 3) == pytest.approx(1.35 / 0.3)
    assert at("d_work", 5, 9) / at("d_work", 6, 9) == pytest.approx(2.2 / 0.25)
    assert at("d_clinic", 4, 10) / at("d_clinic", 5, 10) == pytest.approx(4)
    assert at("d_commute", 2, 8) / at("d_commute", 2, 11) == pytest.approx(2.2)
    assert at("d_night_haul", 2, 23) / at("d_night_haul", 2, 12) == pytest.approx(2.5)
    assert at("d_school", 2, 7) > 3 * at("d_school", 6, 7)


def test_severe_fires_are_four_times_as_likely_at_night_and_the_overall_shares_stay(central: Scenario) -> None:
    fires = [kind for kind in central.kinds if "d_fire" in kind.patterns]
    assert len(fires) == 3
    for kind in fires:
        day, night = night_severity(kind.severity, kind.patterns, central.climate, central.almanac)
        q = long_run(kind.patterns, central.climate, central.almanac)[1]

        odds = [(1 - shares[3]) / shares[3] for shares in (day, night)]
        assert odds[1] / odds[0] == pytest.approx(NIGHT_SEVERITY_ODDS)
        mixed = [q * n + (1 - q) * d for d, n in zip(day, night, strict=True)]
        assert mixed == pytest.approx(kind.severity, abs=1e-12)


def test_other_kinds_are_as_severe_at_night_as_by_day(central: Scenario) -> None:
    shares = (0.1, 0.2, 0.3, 0.4)

    assert night_severity(shares, ("d_night",), central.climate, central.almanac) == (shares, shares)


def test_every_pattern_name_belongs_to_one_kind_of_normalisation() -> None:
    assert len(PATTERNS) == len(set(PATTERNS)) == len(CALENDAR_PATTERNS) + len(OTHER_PATTERNS)
