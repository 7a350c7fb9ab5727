"""Are residents and readiness to report laid out over the streets as promised?"""

import dataclasses

import numpy as np
import pytest

from citysim.world.geography import District, build_city, reporting_factors
from citysim.world.scenario import Scenario

WEST = District("west", "West", "西", 1000, 2.0, 106.0, 29.0, 2, 0.25)
EAST = District("east", "East", "东", 300, 1.0, 106.1, 29.0, 3)


def test_residents_are_split_evenly_over_the_streets_of_a_district() -> None:
    city = build_city("two", (WEST, EAST), {}, 3.0)

    assert city.street_ids == ("west-01", "west-02", "east-01", "east-02", "east-03")
    assert city.district_of_street.tolist() == [0, 0, 1, 1, 1]
    assert city.street_population.tolist() == [500, 500, 100, 100, 100]
    assert city.rural_population.tolist() == [125, 125, 0, 0, 0]
    assert city.district_population.tolist() == [1000, 300]
    assert (city.n_districts, city.n_streets) == (2, 5)


def test_weights_decide_the_split_where_they_are_given() -> None:
    city = build_city("two", (WEST, EAST), {"west": (3.0, 1.0)}, 3.0)

    assert city.street_population.tolist() == [750, 250, 100, 100, 100]


def test_arrays_of_a_city_cannot_be_changed() -> None:
    city = build_city("two", (WEST, EAST), {}, 3.0)

    with pytest.raises(ValueError, match="read-only"):
        city.street_population[0] = 1


def test_reporting_factors_have_mean_one_and_the_given_ratio_of_quantiles() -> None:
    factors = reporting_factors("many", tuple(f"s-{n}" for n in range(20_000)), 3.0)

    low, high = np.quantile(factors, [0.1, 0.9])
    assert factors.mean() == pytest.approx(1, abs=0.015)
    assert high / low == pytest.approx(3, rel=0.05)


def test_a_street_reports_the_same_whatever_streets_there_are() -> None:
    alone = build_city("two", (EAST,), {}, 3.0)
    both = build_city("two", (WEST, EAST), {}, 3.0)

    assert alone.reporting_factor.tolist() == both.reporting_factor[2:].tolist()
    assert build_city("other", (EAST,), {}, 3.0).reporting_factor[0] != alone.reporting_factor[0]


def test_central_chongqing_has_its_nine_districts_and_161_streets_and_towns(central: Scenario) -> None:
    districts = {district.id: district for district in central.districts}

    assert list(districts) == [
        "yuzhong", "dadukou", "jiangbei", "shapingba", "jiulongpo", "nanan", "beibei", "yubei", "banan",
    ]  # fmt: skip
    assert central.city.n_streets == 161
    assert central.city.street_population.sum() == pytest.approx(10_343_462)
    assert (districts["yubei"].population, districts["yubei"].n_streets) == (2_191_493, 30)
    assert dataclasses.astuple(districts["yuzhong"])[4:7] == (23.71, 106.54078, 29.54982)


def test_neighbours_are_the_other_districts_nearest_first() -> None:
    far = District("far", "Far", "远", 300, 1.0, 107.0, 29.0, 1)
    north = District("north", "North", "北", 300, 1.0, 106.0, 29.095, 1)
    city = build_city("four", (far, WEST, EAST, north), {}, 3.0)

    # a tenth of a degree east is nearer than 0.095 degrees north, since cos(29 degrees) = 0.87
    assert city.neighbours.tolist() == [[2, 1, 3], [2, 3, 0], [1, 3, 0], [1, 2, 0]]
    assert build_city("one", (WEST,), {}, 3.0).neighbours.shape == (1, 0)


def test_no_more_than_eight_neighbours_are_kept(central: Scenario) -> None:
    names = central.city.district_ids
    assert central.city.neighbours.shape == (9, 8)
    assert names[central.city.neighbours[names.index("yuzhong"), 0]] in ("nanan", "dadukou", "jiangbei")
    more = (*central.districts, dataclasses.replace(WEST, id="tenth"))
    assert build_city("ten", more, {}, 3.0).neighbours.shape == (10, 8)


def test_another_street_is_any_other_of_the_district_but_itself_where_it_is_alone() -> None:
    alone = District("alone", "Alone", "独", 300, 1.0, 106.0, 29.0, 1)
    city = build_city("three", (WEST, EAST, alone), {}, 3.0)
    luck = np.linspace(0, 1, 600, endpoint=False)

    for street, others in ((0, {1}), (1, {0}), (2, {3, 4}), (3, {2, 4}), (4, {2, 3}), (5, {5})):
        found = city.other_street(np.full(600, street), luck)
        assert set(found.tolist()) == others
        assert len(set(np.bincount(found)[list(others)].tolist())) == 1, "all equally likely"
