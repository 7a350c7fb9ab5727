"""Streets that stay hot: the district keeps its rate, the luck is keyed, and cuts leave no trace."""

import dataclasses

import numpy as np
import pytest

from citysim.errors import ScenarioError
from citysim.units import WEEK
from citysim.world.hotspots import VISITED, hospital_streets, street_weights
from citysim.world.incidents import COLUMNS
from citysim.world.sample import rates_per_hour, sample_world
from citysim.world.scenario import Scenario, load_scenario
from citysim.world.unfold import Unfolding
from citysim.yamlfile import Document


def with_ratio(scenario: Scenario, ratio: float) -> Scenario:
    return dataclasses.replace(
        scenario, surroundings=dataclasses.replace(scenario.surroundings, hot_streets_90_10=ratio)
    )


def test_each_district_keeps_the_rate_of_each_type(central: Scenario) -> None:
    even, hot = with_ratio(central, 1.0), with_ratio(central, 3.0)
    owner, n = central.city.district_of_street, central.city.n_districts
    for kind in central.kinds:
        before, after = rates_per_hour(even, kind), rates_per_hour(hot, kind)
        np.testing.assert_allclose(np.bincount(owner, after, n), np.bincount(owner, before, n), rtol=1e-12)
        if before.any():
            assert (before != after).any()


def test_the_90_percent_street_has_so_many_times_as_much_as_the_10_percent_street(central: Scenario) -> None:
    groups = {kind.group for kind in central.kinds}
    ratios = [np.divide(*np.quantile(street_weights(central.city, group, 2.5), [0.9, 0.1])) for group in sorted(groups)]
    assert np.mean(ratios) == pytest.approx(2.5, rel=0.1)


def test_a_street_is_hot_for_a_group_and_not_for_all(central: Scenario) -> None:
    gas, road = (street_weights(central.city, group, 2.5) for group in ("gas", "road"))
    assert abs(np.corrcoef(gas, road)[0, 1]) < 0.3
    np.testing.assert_array_equal(street_weights(central.city, "gas", 2.5), gas)


def test_streets_that_are_alike_leave_the_world_as_it_was_and_hot_ones_do_not(toy: Scenario) -> None:
    """Rates of one are the rates of residents to the bit, so every draw is what it was before there was the lever."""
    assert toy.surroundings.hot_streets_90_10 == 1.0
    kind = toy.kinds[0]
    np.testing.assert_array_equal(
        rates_per_hour(toy, kind), kind.rate_per_100k_year / 1e5 / 8_760 * toy.city.street_population
    )
    one, hot = (sample_world(with_ratio(toy, ratio), seed=1, replication=0, weeks=1) for ratio in (1.0, 3.0))
    whole = sample_world(toy, seed=1, replication=0, weeks=1)
    np.testing.assert_array_equal(one.incidents.luck, whole.incidents.luck)
    assert not np.array_equal(hot.incidents.luck, whole.incidents.luck)


def test_a_world_with_hot_streets_is_the_same_whole_or_by_weeks(toy: Scenario) -> None:
    scenario = with_ratio(toy, 3.0)
    whole = sample_world(scenario, seed=3, replication=1, weeks=4)
    unfolding = Unfolding(scenario, seed=3, replication=1, weeks=4)
    parts = [unfolding.next(week * WEEK) for week in (1, 2, 3, 4)]
    for name in COLUMNS:
        together = np.concatenate([getattr(part.world.incidents, name) for part in parts])
        np.testing.assert_array_equal(together, getattr(whole.incidents, name), err_msg=name)


def test_a_patch_of_a_city_has_the_same_hot_streets(scenario_folder: object) -> None:
    path = f"{scenario_folder}/million.yaml"
    base, patched = load_scenario(path), load_scenario(path, Document("p.yaml", {"name": "other"}, {}, ScenarioError))
    assert base.surroundings.hot_streets_90_10 > 1.0
    np.testing.assert_array_equal(street_weights(base.city, "gas", 2.5), street_weights(patched.city, "gas", 2.5))


def test_a_ratio_below_one_is_refused(scenario_folder: object) -> None:
    patch = Document("p.yaml", {"surroundings": {"hot_streets_90_10": 0.5}}, {}, ScenarioError)
    with pytest.raises(ScenarioError, match=r"hot_streets_90_10 = 0\.5, must be >= 1 and <= 100"):
        load_scenario(f"{scenario_folder}/million.yaml", patch)


def with_visitors(scenario: Scenario, visitors: float) -> Scenario:
    return dataclasses.replace(
        scenario, surroundings=dataclasses.replace(scenario.surroundings, hospital_visitors=visitors)
    )


def test_hospitals_draw_people_from_the_other_streets_of_the_district(central: Scenario) -> None:
    """Two visitors for each resident in one street of five: 3 times as much as in a street without a hospital."""
    city = central.city
    owner, has = city.district_of_street, hospital_streets(city) == 1
    usual, drawn = with_ratio(central, 1.0), with_visitors(with_ratio(central, 1.0), 2.0)
    for kind in central.kinds:
        before, after = rates_per_hour(usual, kind), rates_per_hour(drawn, kind)
        np.testing.assert_allclose(np.bincount(owner, after), np.bincount(owner, before), rtol=1e-12)
        if kind.group not in VISITED or kind.rural_only:
            np.testing.assert_array_equal(after, before)
            continue
        factor = after / before
        for district in range(city.n_districts):
            here = owner == district
            assert factor[here & has] == pytest.approx(3.0 * factor[here & ~has][0])
    assert has.sum() == sum(max(round(0.2 * district.n_streets), 1) for district in city.districts)


def test_hospitals_and_hot_streets_together_keep_the_rate_of_a_district(central: Scenario) -> None:
    kind = next(kind for kind in central.kinds if kind.id == "illegal_parking")
    owner = central.city.district_of_street
    hot, both = (rates_per_hour(with_visitors(central, visitors), kind) for visitors in (0.0, 1.0))
    np.testing.assert_allclose(np.bincount(owner, both), np.bincount(owner, hot), rtol=1e-12)
    assert (both != hot).all()


def test_without_visitors_a_city_is_the_one_that_it_was(toy: Scenario) -> None:
    assert with_visitors(toy, 0.0).digest == toy.digest != with_visitors(toy, 0.5).digest
    one, drawn = (sample_world(with_visitors(toy, visitors), seed=1, replication=0, weeks=1) for visitors in (0.0, 1.0))
    whole = sample_world(toy, seed=1, replication=0, weeks=1)
    np.testing.assert_array_equal(one.incidents.luck, whole.incidents.luck)
    assert not np.array_equal(drawn.incidents.luck, whole.incidents.luck)


def test_fewer_than_no_visitors_are_refused(scenario_folder: object) -> None:
    patch = Document("p.yaml", {"surroundings": {"hospital_visitors": -1}}, {}, ScenarioError)
    with pytest.raises(ScenarioError, match=r"hospital_visitors = -1, must be >= 0 and <= 10"):
        load_scenario(f"{scenario_folder}/million.yaml", patch)
