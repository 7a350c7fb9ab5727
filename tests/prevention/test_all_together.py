"""What holds for every programme: no state, no order, no lever without unit, range and cost."""

from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citysim.errors import PolicyError
from citysim.policy.catalog import load_policy
from citysim.policy.files import dump_policy
from citysim.policy.programmes import (
    AS_NOW,
    Bikes,
    BuildingWaste,
    Cavities,
    ConfinedSpace,
    Corridors,
    Desks,
    Digging,
    DisasterStocks,
    Enforcement,
    HealthCheck,
    HighRise,
    Hospitals,
    IllegalBuilding,
    LifelineLoop,
    Maintenance,
    Manholes,
    MicroRenewal,
    MuckTrucks,
    OneMap,
    Parking,
    PlantNetwork,
    Renewal,
    RiskList,
    RuralWaste,
    Schools,
    SepticCleaning,
)
from citysim.prevention import Effects, effects_of
from citysim.sensing import CITY_NAMES
from citysim.units import DAY, WEEK
from citysim.world.sample import sample_world
from citysim.world.scenario import Scenario, load_scenario
from citysim.world.unfold import Unfolding
from tests.prevention.places import TOY

STRONG: dict[str, Any] = {
    "cavities": Cavities(surveys=3.0, graded=True),
    "confined_space": ConfinedSpace(permits=0.6, meters=0.6, rescue=0.6, inspections=1.0),
    "digging": Digging(window_months=12.0, utilities=5),
    "disaster_stocks": DisasterStocks(depots=4.0),
    "health_check": HealthCheck(surveyed=0.8, repairs=0.5),
    "high_rise": HighRise(water=0.7, lanes=0.7),
    "lifeline_loop": LifelineLoop(closed=True, lessons="street"),
    "maintenance": Maintenance(interval_months=3.0, by="condition"),
    "manholes": Manholes(ledger=0.9, bottom_line=0.5, checks=12.0),
    "one_map": OneMap(ownerless=0.1, surveyed=0.5),
    "plant_network": PlantNetwork(merged=0.7),
    "renewal": Renewal(share=0.03),
    "risk_list": RiskList(inspectors=10.0),
    "bikes": Bikes(moved=0.3, quota_cut=0.2),
    "building_waste": BuildingWaste(km=10.0, capacity=2.0, checks=0.1, reused=0.2),
    "corridors": Corridors(areas=0.3, share=0.34, surveyed=1.0),
    "desks": Desks(hours=20.0, zones=0.67),
    "enforcement": Enforcement(degree=4.0, every_weeks=3, losses="order 0.2", training_weeks=4, unskilled="waits"),
    "hospitals": Hospitals(pooled=0.8, spaces=0.1, lane=0.5),
    "illegal_building": IllegalBuilding(looks=2.0, staged=True, mediated=0.4, cleared=0.3),
    "micro_renewal": MicroRenewal(projects=20.0),
    "muck_trucks": MuckTrucks(closed_hours=7.0, detection=0.9, evidence=0.95, cross_district=0.5, fine=10_000.0),
    "parking": Parking(shared=0.6, guidance=0.5, lots=0.05),
    "rural_waste": RuralWaste(missed=0.01, every_days=2.0, truck_tonnes=7.0, sensors=0.3),
    "schools": Schools(bays=0.6, posts=0.5, zones=0.67, extra=False),
    "septic_cleaning": SepticCleaning(interval_months=6.0, before_festival=0.5),
}
"""One setting of each programme."""


@cache
def busy_city() -> Scenario:
    """The toy city with five times as many incidents of all but the most common types."""
    city = load_scenario(TOY)
    rates = (kind.rate_per_100k_year for kind in city.kinds)
    kinds = tuple(
        replace(kind, rate_per_100k_year=min(5 * rate, 500.0)) for kind, rate in zip(city.kinds, rates, strict=True)
    )
    return replace(city, kinds=kinds)


def parts(effects: Effects) -> list[np.ndarray]:
    return [getattr(effects, field.name) for field in fields(effects) if field.name not in ("begun", "since")]


@pytest.mark.slow
@pytest.mark.parametrize("name", STRONG)
def test_a_world_cut_into_stretches_is_changed_as_the_whole(name: str) -> None:
    programmes = replace(AS_NOW, **{name: STRONG[name]})
    whole = sample_world(busy_city(), seed=2, replication=0, weeks=8)
    expected = effects_of(whole, programmes)
    unfolding, pieces = Unfolding(busy_city(), seed=2, replication=0, weeks=8), []
    for days in (9, 20, 56):
        stretch = unfolding.next(days * DAY).world
        pieces.append((stretch.incidents.luck, *parts(effects_of(stretch, programmes))))
    luck, *found = (np.concatenate(column) for column in zip(*pieces, strict=True))

    assert (luck == whole.incidents.luck).all()
    assert all(np.array_equal(a, b) for a, b in zip(found, parts(expected), strict=True))


def test_a_city_without_the_types_of_a_programme_is_left_as_it_is() -> None:
    city = load_scenario(TOY)
    plain = replace(city, kinds=tuple(kind for kind in city.kinds if kind.id == "street_vending"))
    world = sample_world(plain, seed=2, replication=0, weeks=2)

    assert effects_of(world, replace(AS_NOW, **STRONG)).happens.all()


@pytest.mark.parametrize("name", STRONG)
def test_a_policy_file_holds_the_levers_that_are_not_as_now(name: str, tmp_path: Path) -> None:
    first = tmp_path / "first.yaml"
    first.write_text(f"name: first\nbased_on: unified_command\nprogrammes: {{{name}: {{}}}}\n")
    usual = load_policy(first, CITY_NAMES)
    policy = replace(usual, programmes=replace(AS_NOW, **{name: STRONG[name]}))
    second = tmp_path / "second.yaml"
    second.write_text(dump_policy(policy))

    assert usual.programmes == AS_NOW
    assert load_policy(second, CITY_NAMES).programmes == policy.programmes


@pytest.mark.parametrize("name", STRONG)
def test_what_is_done_more_than_now_costs_more(name: str) -> None:
    programmes = replace(AS_NOW, **{name: STRONG[name]})

    assert programmes.active == (name,)
    assert programmes.yuan_per_week(1e6) > 0.0
    assert programmes.yuan_per_week(2e6, districts=2) == pytest.approx(2 * programmes.yuan_per_week(1e6))


@pytest.mark.parametrize("name", STRONG)
def test_every_number_has_a_unit_a_range_and_a_source(name: str) -> None:
    group = getattr(AS_NOW, name)
    for lever in fields(group):
        value = getattr(group, lever.name)
        assert isinstance(value, str) or all(lever.metadata[key] != "" for key in ("unit", "low", "high", "source"))


@pytest.mark.parametrize("name", STRONG)
def test_a_programme_that_begins_later_does_nothing_before(name: str) -> None:
    world = sample_world(busy_city(), seed=2, replication=0, weeks=8)
    programmes = replace(AS_NOW, **{name: STRONG[name]}, begun=((name, 6),))
    before = world.incidents.occurred < 6 * WEEK

    for field, array, usual in zip(
        fields(Effects), parts(effects_of(world, programmes)), parts(effects_of(world, AS_NOW)), strict=False
    ):
        np.testing.assert_array_equal(array[before], usual[before], err_msg=field.name)


@pytest.mark.parametrize("name", ["begun", "since", "reach"])
def test_when_and_where_a_programme_acts_is_the_committees_and_not_a_files(name: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(f"name: mine\nbased_on: unified_command\nprogrammes: {{{name}: 3}}\n")

    with pytest.raises(PolicyError, match=rf"policy.yaml:3: programmes.{name} is not a known key"):
        load_policy(file, CITY_NAMES)
