"""Trucks, loads and villages: what is spared, and by what law."""

import numpy as np
import pytest
from scipy.special import expit, logit

from citysim.errors import PolicyError
from citysim.policy.programmes import BuildingWaste, MuckTrucks, RuralWaste
from citysim.prevention.waste import ANSWERED, BY_MISS, ESCAPES, OFFENCES, PER_KM, SENSITIVE, VIDEO
from citysim.units import YEAR
from tests.prevention.places import assert_share, assert_superset, assert_untouched, city, rows_of, spared, under

TRUCKS = city("zhatu_truck_violation", "waste_illegal_dumping", weeks=52, often=60_000.0)


def test_certainty_of_punishment_spares_what_the_poisson_law_says() -> None:
    """E[r^N1 / r^N0] with N1 - N0 Poisson: exp(-offences x more certainty x t x (1 - r)), mean over the year.

    Trucks are few, so the mean over them is only near it.
    """
    strict = MuckTrucks(detection=0.9, evidence=0.95)
    t = TRUCKS.incidents.occurred[rows_of(TRUCKS, "zhatu_truck_violation")] / YEAR
    more = strict.certainty - MuckTrucks().certainty
    expected = 1.0 - np.exp(-OFFENCES * more * t * (1.0 - strict.after)).mean()

    assert spared(TRUCKS, "zhatu_truck_violation", muck_trucks=strict) == pytest.approx(expected, rel=0.2)
    assert spared(TRUCKS, "waste_illegal_dumping", muck_trucks=strict) == 0.0


def test_more_certainty_and_a_higher_fine_spare_supersets_and_certainty_does_more() -> None:
    mild, sure = MuckTrucks(detection=0.6), MuckTrucks(detection=0.9)
    dear = MuckTrucks(detection=0.6, fine=6_000.0)
    assert_superset(TRUCKS, {"muck_trucks": mild}, {"muck_trucks": sure})
    assert_superset(TRUCKS, {"muck_trucks": mild}, {"muck_trucks": dear})
    fined = spared(TRUCKS, "zhatu_truck_violation", muck_trucks=MuckTrucks(fine=4_000.0))
    caught = spared(TRUCKS, "zhatu_truck_violation", muck_trucks=MuckTrucks(detection=0.8))
    assert caught > fined > 0.0


def test_cameras_see_trucks_sooner() -> None:
    noticing = under(TRUCKS, muck_trucks=MuckTrucks(detection=0.8)).noticing
    assert (noticing[rows_of(TRUCKS, "zhatu_truck_violation"), VIDEO] == 2.0).all()
    assert (noticing[rows_of(TRUCKS, "waste_illegal_dumping")] == 1.0).all()


def test_loads_follow_the_logit_of_what_each_way_costs() -> None:
    """15 km less, there and back: 180 yuan less for the licensed way."""
    left = expit(logit(ESCAPES) - 2 * 15 * PER_KM / SENSITIVE) / ESCAPES
    assert_share(TRUCKS, "waste_illegal_dumping", 1.0 - left, building_waste=BuildingWaste(km=10.0))
    for weak, strong in (({"km": 20.0}, {"km": 5.0}), ({"capacity": 1.2}, {"capacity": 3.0}), ({"price": 80.0},
                         {"price": 0.0}), ({"checks": 0.03}, {"checks": 0.2})):  # fmt: skip
        arms = [{"building_waste": BuildingWaste(**levers)} for levers in (weak, strong)]
        assert_superset(TRUCKS, *arms)


def test_villages_by_care_rounds_and_sensors() -> None:
    world = city("rural_waste_missed", weeks=52, rural=True)
    kind = "rural_waste_missed"
    assert_share(world, kind, 0.75 * BY_MISS, rural_waste=RuralWaste(missed=0.01))
    assert_share(world, kind, 0.5 * (1.0 - BY_MISS), rural_waste=RuralWaste(every_days=1.75))
    assert_share(world, kind, 0.5 * ANSWERED, rural_waste=RuralWaste(sensors=0.5))
    assert_superset(world, {"rural_waste": RuralWaste(missed=0.03)}, {"rural_waste": RuralWaste(missed=0.01)})
    with pytest.raises(PolicyError, match="missed"):
        RuralWaste(missed=0.0)


def test_as_now_nothing_changes() -> None:
    as_now = under(TRUCKS, muck_trucks=MuckTrucks(), building_waste=BuildingWaste(yuan_per_check=1.0))
    assert_untouched(as_now, TRUCKS)
