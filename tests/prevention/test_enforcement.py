"""One crew for matters of several departments: the list, the matrix of skills, and cases that no crew can do."""

from dataclasses import replace
from functools import cache
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citysim.errors import PolicyError
from citysim.policy.programmes import Enforcement
from citysim.units import DAY, HOUR, WEEK
from citysim.world.sample import World, sample_world
from citysim.world.scenario import load_scenario
from tests.prevention.places import assert_untouched, city, rows_of, under

BUILDINGS = city("illegal_building_new", "illegal_building_stock", weeks=52)
MILLION = Path(__file__).parents[2] / "scenarios" / "million.yaml"


def test_a_trained_crew_needs_one_department_less_and_takes_longer() -> None:
    effects = under(BUILDINGS, enforcement=Enforcement(degree=5.0, slower=0.2))
    rows = rows_of(BUILDINGS, "illegal_building_stock", link=9)
    joint = rows[BUILDINGS.incidents.n_support[rows] > 0]
    fewer = effects.supports[joint] == -1

    assert fewer.mean() == pytest.approx(1.0 - exp(-4.0), abs=0.01)
    assert set(effects.slower[joint[fewer]].tolist()) == {round(0.2 * 30.0 * 3_600)}
    assert not effects.slower[joint[~fewer]].any()


def test_matters_come_on_the_list_when_it_says_so() -> None:
    listed = Enforcement(degree=3.0, matters="illegal_building_new", from_week=20)
    effects = under(BUILDINGS, enforcement=listed)
    before = BUILDINGS.incidents.occurred < 20 * WEEK

    assert not effects.supports[before].any()
    assert effects.supports[rows_of(BUILDINGS, "illegal_building_new", link=9)].any()
    assert not effects.supports[rows_of(BUILDINGS, "illegal_building_stock", link=9)].any()
    with pytest.raises(PolicyError, match="matters"):
        Enforcement(matters=" , ")


def test_matters_come_on_the_list_one_after_the_other_each_with_its_own_loss_of_speed() -> None:
    """The stock (30 h of work) from week 10 on, 6 % slower; new buildings (10 h) from week 30 on, 20 % slower."""
    listed = Enforcement(
        degree=5.0,
        matters="illegal_building_stock, illegal_building_new",
        from_week=10,
        every_weeks=20,
        slower=0.2,
        losses="illegal_building_stock 0.06",
    )
    effects = under(BUILDINGS, enforcement=listed)
    week = BUILDINGS.incidents.occurred // WEEK
    for kind, first, seconds in (("illegal_building_stock", 10, 6_480), ("illegal_building_new", 30, 7_200)):
        rows = rows_of(BUILDINGS, kind, link=9)
        asked = rows[effects.supports[rows] == -1]
        assert week[asked].min() == first
        assert set(effects.slower[asked].tolist()) == {seconds}

    everything = under(BUILDINGS, enforcement=replace(listed, from_week=0, every_weeks=0))
    assert (everything.supports <= effects.supports).all()


@pytest.mark.parametrize(
    ("levers", "said"),
    [
        ({"matters": "order, zhatu, order"}, "once"),
        ({"losses": "gas 0.1"}, "losses = 'gas'"),
        ({"losses": "order 0.9"}, "within 0..0.5"),
        ({"losses": "order much"}, "within 0..0.5"),
        ({"losses": 0.1}, "must be text"),
        ({"skills": "gas 0.1"}, "skills = 'gas 0.1', must be a matter of the list"),
        ({"skills": "order 1.1"}, "a share within 0..1"),
        ({"skills": "order"}, "skills = 'order'"),
        ({"skills": "order toy x 0.5"}, "skills = 'order toy x 0.5'"),
        ({"skills": "order 0.5, order 0.6"}, "once"),
        ({"skills": 0.5}, "must be text"),
        ({"weeks": "order 2.5"}, "a week within 0..520"),
        ({"weeks": "order 8", "ends": "order 8"}, "ends = 'order 8', must be later"),
        ({"from_week": 9, "ends": "order a 9"}, "ends = 'order a 9', must be later"),
        ({"unskilled": "ignored"}, "department, slower, sent_up, waits"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(levers: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        Enforcement(**levers)


@cache
def three_districts() -> World:
    """A year of new illegal buildings (10 h of work) and muck trucks (2 h) in three districts."""
    million = load_scenario(MILLION)
    chosen = ("illegal_building_new", "zhatu_truck_violation")
    kinds = tuple(replace(kind, rate_per_100k_year=1_000.0) for kind in million.kinds if kind.id in chosen)
    return sample_world(replace(million, kinds=kinds), seed=7, replication=0, weeks=52)


def joint(world: World, kind: str, district: int) -> np.ndarray:
    """Cases of a type in a district that need a second department."""
    rows = rows_of(world, kind, link=9)
    here = world.scenario.city.district_of_street[world.incidents.street[rows]] == district
    return rows[here & (world.incidents.n_support[rows] > 0)]


def test_the_matrix_says_who_has_which_skill_where() -> None:
    """Trucks: 0.9 of the crews, 0.2 in the first district; buildings: none but half in the second."""
    world = three_districts()
    first, second, third = (district.id for district in world.scenario.city.districts)
    skills = f"zhatu 0.9, zhatu {first} 0.2, illegal_build {second} 0.5"
    effects = under(world, enforcement=Enforcement(skills=skills))
    expected = {
        "zhatu_truck_violation": (0.2, 0.9, 0.9),
        "illegal_building_new": (0.0, 0.5, 0.0),
    }
    for kind, shares in expected.items():
        for district, share in enumerate(shares):
            fewer = effects.supports[joint(world, kind, district)] == -1
            assert abs(fewer.mean() - share) < 4.0 * (share * (1.0 - share) / len(fewer)) ** 0.5 + 1e-9
    assert third not in skills


def test_the_list_changes_week_by_week_and_district_by_district() -> None:
    """Trucks come on it in week 8, in the first district in week 20, and are off it again from week 40 on."""
    world = three_districts()
    first = world.scenario.city.districts[0].id
    listed = Enforcement(skills="zhatu 1.0", weeks=f"zhatu 8, zhatu {first} 20", ends="zhatu 40")
    supports = under(world, enforcement=listed).supports
    week = world.incidents.occurred // WEEK
    for district, begins in enumerate((20, 8, 8)):
        rows = joint(world, "zhatu_truck_violation", district)
        assert ((supports[rows] == -1) == ((week[rows] >= begins) & (week[rows] < 40))).all()


def test_crews_are_trained_one_after_the_other_after_the_matter_has_come_on_the_list() -> None:
    """From week 10 on, within 20 weeks: in week 10 + w a share of 0.8 x w / 20 has the skill."""
    world = three_districts()
    listed = Enforcement(skills="zhatu 0.8", weeks="zhatu 10", training_weeks=20)
    rows = rows_of(world, "zhatu_truck_violation", link=9)
    rows = rows[world.incidents.n_support[rows] > 0]
    able = under(world, enforcement=listed).supports[rows] == -1
    at_once = under(world, enforcement=replace(listed, training_weeks=0)).supports[rows] == -1
    expected = 0.8 * np.clip((world.incidents.occurred[rows] / WEEK - 10.0) / 20.0, 0.0, 1.0)

    for low, high in ((10, 20), (20, 30), (30, 52)):
        now = (world.incidents.occurred[rows] >= low * WEEK) & (world.incidents.occurred[rows] < high * WEEK)
        error = (expected[now] * (1.0 - expected[now])).sum() ** 0.5
        assert abs(able[now].sum() - expected[now].sum()) < 4.0 * error
    assert not (able & ~at_once).any()
    assert (at_once & ~able).any()


@pytest.mark.parametrize(
    ("unskilled", "supports", "slower", "waits"),
    [
        ("department", 0, 0, (0, 0)),
        ("slower", -1, 3_600, (0, 0)),
        ("sent_up", 0, 0, (36 * HOUR, 36 * HOUR)),
        ("waits", -1, 0, (0, 4 * DAY)),
    ],
)
def test_a_case_on_the_list_without_a_skilled_crew_is_worked_as_it_says(
    unskilled: str, supports: int, slower: int, waits: tuple[int, int]
) -> None:
    """Trucks (2 h of work) are on the list and nobody has the skill; buildings are not on it."""
    world = three_districts()
    levers = {"unskilled_loss": 0.5, "sent_up_hours": 36.0, "visit_days": 4.0}
    listed = Enforcement(matters="zhatu", skills="zhatu 0.0", unskilled=unskilled, **levers)
    effects = under(world, enforcement=listed)
    rows = rows_of(world, "zhatu_truck_violation", link=9)
    rows = rows[world.incidents.n_support[rows] > 0]

    assert set(effects.supports[rows].tolist()) == {supports}
    assert set(effects.slower[rows].tolist()) == {slower}
    assert waits[0] <= effects.clearance[rows].min() <= effects.clearance[rows].max() <= waits[1]
    assert effects.clearance[rows].mean() == pytest.approx(sum(waits) / 2.0, rel=0.05)
    assert not effects.supports[rows_of(world, "illegal_building_new", link=9)].any()


def test_who_knows_more_matters_takes_longer_for_each() -> None:
    """Two of four further matters: half of the loss. 10 h x 0.2 x 2 / 4 = 1 h."""
    world = three_districts()
    listed = Enforcement(matters="zhatu, illegal_build", skills="zhatu 1, illegal_build 1", slower=0.2)
    effects = under(world, enforcement=listed)
    rows = np.concatenate([joint(world, "illegal_building_new", district) for district in range(3)])

    assert set(effects.slower[rows].tolist()) == {HOUR}


def test_a_district_that_the_city_does_not_have_is_refused() -> None:
    with pytest.raises(PolicyError, match="'atlantis', must be a district of"):
        under(three_districts(), enforcement=Enforcement(skills="zhatu atlantis 0.5"))


def test_training_is_paid_for_by_matter_and_district() -> None:
    listed = Enforcement(skills="zhatu 0.5, zhatu a 0.75, order b 1", yuan_per_training=500.0, yuan_per_district=4e5)
    assert listed.yuan_a_year(1e6) == pytest.approx(0.5 * 500.0 * 1e3 + (0.25 + 1.0) * 4e5)
    assert Enforcement(unskilled="sent_up").yuan_a_year(1e6) == 0.0


def test_as_now_nothing_changes() -> None:
    assert_untouched(under(BUILDINGS, enforcement=Enforcement(training_weeks=8, weeks="order 4")), BUILDINGS)
