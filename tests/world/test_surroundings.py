"""Do settings follow the weather, and outages and exposure their numbers?"""

import dataclasses
from math import sqrt

import numpy as np
import pytest

from citysim.world.sample import World, sample_world
from citysim.world.scenario import Scenario
from citysim.world.series import WeatherSeries
from citysim.world.surroundings import exposed_shares

Z_LIMIT = 4.0


@pytest.fixture(scope="module")
def year(central: Scenario) -> World:
    return sample_world(dataclasses.replace(central, kinds=central.kinds[:1]), seed=5, replication=0, weeks=52)


def given(toy: Scenario, **series: list[float]) -> World:
    """A world whose weather begins with the given hours, calm and dry and mild afterwards."""
    rest = {"rain_mm_per_hour": 0.0, "temperature_c": 20.0, "wind_warning": 0.0}
    whole = {name: (*series.get(name, []), *[value] * 168)[:168] for name, value in rest.items()}
    return sample_world(dataclasses.replace(toy, weather=WeatherSeries(**whole)), seed=1, replication=0, weeks=1)


def test_every_setting_has_an_hour_a_row_and_stays_in_its_range(year: World) -> None:
    ranges = {
        "travel": (1.0, 2.5), "rain": (0.0, 300.0), "heat": (0.0, 2.0), "storm": (0.0, 1.0), "festival": (0.0, 1.0),
        "cloud_down": (0.0, 1.0),
    }  # fmt: skip
    assert set(year.settings) == set(ranges)
    for name, (low, high) in ranges.items():
        values = year.settings[name]
        assert values.shape == (52 * 168, 9 if name == "cloud_down" else 1)
        assert values.dtype == np.float64
        assert low == values.min() < values.max() <= high, name
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1
    for name in ("heat", "storm", "festival", "cloud_down"):
        assert set(np.unique(year.settings[name])) <= {0.0, 1.0, 2.0}
    storm = year.settings["storm"][:, 0] == 1
    assert 1.3 <= year.settings["travel"][storm].min() <= year.settings["travel"][storm].max() <= 2.5
    assert year.settings["travel"][~storm].max() <= 1.3


def test_rain_slows_travel_in_two_pieces_and_wind_on_top(toy: Scenario) -> None:
    settings = given(
        toy, rain_mm_per_hour=[0, 10, 20, 40, 60, 200, 0, 40, 60], wind_warning=[0, 0, 0, 0, 0, 0, 1, 1, 1]
    ).settings

    assert settings["travel"][:10, 0] == pytest.approx([1, 1.15, 1.3, 1.9, 2.5, 2.5, 1.3, 1.9 * 1.3, 2.5, 1])
    assert settings["storm"][:10, 0].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 0]
    assert settings["rain"][:4, 0].tolist() == [0, 10, 20, 40]


def test_heat_has_two_steps(toy: Scenario) -> None:
    settings = given(toy, temperature_c=[20, 35, 35.1, 40, 40.1]).settings

    assert settings["heat"][:5, 0].tolist() == [0, 0, 1, 1, 2]


def test_festivals_are_those_of_the_calendar(toy: Scenario) -> None:
    """The toy city begins on the Dragon Boat Festival."""
    festival = given(toy).settings["festival"][:, 0]

    assert festival[:24].tolist() == [1] * 24
    assert festival[24:].max() == 0


def test_outages_of_the_cloud_come_as_often_and_last_as_long_as_given(central: Scenario) -> None:
    few = dataclasses.replace(central, kinds=central.kinds[:1])
    begun, down = 0, 0.0
    for replication in range(6):
        hours = sample_world(few, seed=6, replication=replication, weeks=52).settings["cloud_down"]
        begun += int((np.diff(hours, axis=0) == 1).sum())
        down += hours.sum()
    years = 6 * 9 * 52 * 168 / 8760
    mean = 4.0 * np.exp(0.8**2 / 2)  # hours of a lognormal with median 4
    # outages below half an hour may leave no mark, and storms of these years differ from the climate's
    assert abs(begun / years - 1.5) < Z_LIMIT * sqrt(1.5 / years) + 0.15
    assert abs(down / years - 1.5 * mean) < Z_LIMIT * mean * sqrt(1.5 * 1.9 / years) + 0.1 * 1.5 * mean


def test_outages_come_more_often_under_a_wind_warning(central: Scenario) -> None:
    few = dataclasses.replace(central, kinds=central.kinds[:1])
    frequent = dataclasses.replace(few, surroundings=dataclasses.replace(few.surroundings, cloud_outages_per_year=100))
    world = sample_world(frequent, seed=6, replication=0, weeks=104)
    begins = np.diff(world.settings["cloud_down"], axis=0) == 1
    windy = world.weather.has_wind_warning[1:] == 1

    assert begins[windy].mean() > 4 * begins[~windy].mean()


def test_a_longer_world_begins_with_the_settings_of_the_shorter_one(toy: Scenario) -> None:
    often = dataclasses.replace(toy, surroundings=dataclasses.replace(toy.surroundings, cloud_outages_per_year=300))
    short, longer = (sample_world(often, seed=1, replication=0, weeks=weeks).settings for weeks in (1, 3))

    assert longer["cloud_down"][:168].sum() > 0
    for name in short:
        assert np.array_equal(short[name], longer[name][:168]), name


def test_dense_districts_have_more_exposed_places(central: Scenario) -> None:
    shares = exposed_shares(central.surroundings, central.city)
    density = np.array([d.population / d.area_km2 for d in central.districts])[central.city.district_of_street]

    assert np.average(shares, weights=central.city.street_population) == pytest.approx(0.15, abs=0.01)
    assert shares[density.argmax()] > 3 * shares[density.argmin()]
    assert shares.max() <= 0.5
    level = dataclasses.replace(central.surroundings, exposed_by_density=0.0)
    assert set(exposed_shares(level, central.city)) == {0.15}


def test_incidents_are_exposed_at_the_share_of_their_street_and_school_gates_always(central: Scenario) -> None:
    incidents = sample_world(central, seed=2, replication=0).incidents
    always = np.array([kind.is_exposed for kind in central.kinds])[incidents.kind]
    first = (incidents.parent < 0) & ~always

    assert incidents.exposed[always].all()
    share = exposed_shares(central.surroundings, central.city)[incidents.street[first]]
    z = (incidents.exposed[first].sum() - share.sum()) / sqrt((share * (1 - share)).sum())
    assert abs(z) < Z_LIMIT
