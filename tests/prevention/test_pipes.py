"""One operator, clean tanks and the map of owners do what their sentences say."""

import numpy as np

from citysim.policy.programmes import OneMap, PlantNetwork, SepticCleaning
from citysim.prevention.pipes import GATHERS, TOO_MUCH_MM
from citysim.units import HOUR, WEEK
from citysim.world.almanac import SPRING_FESTIVAL
from tests.prevention.places import assert_superset, assert_untouched, city, rows_of, under

SEWERS = city("sewer_blockage_overflow", "waterlogging", "water_leak_hidden")
TANKS = city("septic_gas_alarm", "septic_overflow", "septic_explosion")
FESTIVAL = TANKS.weather.festival == SPRING_FESTIVAL


def at_festival(kind: str) -> np.ndarray:
    rows = rows_of(TANKS, kind)
    return rows[FESTIVAL[TANKS.incidents.occurred[rows] // HOUR]]


def test_one_operator_asks_one_department_less_where_merged() -> None:
    effects = under(SEWERS, plant_network=PlantNetwork(merged=0.5, preventive=0.0))
    rows = rows_of(SEWERS, "sewer_blockage_overflow", link=9)
    joint = SEWERS.incidents.n_support[rows] > 0

    assert abs(effects.supports[rows][joint].mean() + 0.5) < 0.02
    assert not effects.supports[rows][~joint].any()
    assert not effects.supports[rows_of(SEWERS, "water_leak_hidden", link=9)].any()
    assert effects.happens.all()


def test_one_operator_prevents_less_the_more_it_rains() -> None:
    rows = rows_of(SEWERS, "sewer_blockage_overflow")
    gone = ~under(SEWERS, plant_network=PlantNetwork(merged=1.0, preventive=0.3)).happens[rows]
    rain = SEWERS.weather.rain_mm_per_hour[SEWERS.incidents.occurred[rows] // HOUR]

    assert abs(gone[rain == 0.0].mean() - 0.3) < 0.02
    assert not gone[rain >= TOO_MUCH_MM].any()
    assert abs(gone.mean() - 0.3 * np.maximum(1.0 - rain / TOO_MUCH_MM, 0.0).mean()) < 0.02


def test_more_of_the_network_and_more_prevention_spare_supersets() -> None:
    part, whole, eager = PlantNetwork(merged=0.4), PlantNetwork(merged=1.0), PlantNetwork(merged=0.4, preventive=0.3)
    assert_superset(SEWERS, {"plant_network": part}, {"plant_network": whole})
    assert_superset(SEWERS, {"plant_network": part}, {"plant_network": eager})


def late(kind: str, **levers: float) -> float:
    """Share spared after the half year in which each tank has had its first turn."""
    rows = rows_of(TANKS, kind)
    rows = rows[TANKS.incidents.occurred[rows] > 27 * WEEK]
    return float(1.0 - under(TANKS, septic_cleaning=SepticCleaning(**levers)).happens[rows].mean())


def test_a_tank_half_full_overflows_half_as_often() -> None:
    """The hazard of the level grows with 1, so half the interval leaves 1/2."""
    assert abs(late("septic_overflow", interval_months=6.0) - 0.5) < 0.02


def test_gas_needs_a_quiet_time_so_half_the_interval_spares_more_than_the_power_law() -> None:
    assert late("septic_gas_alarm", interval_months=6.0) > 1.0 - 0.5**GATHERS + 0.02


def test_shorter_intervals_and_more_tanks_before_the_festival_spare_supersets() -> None:
    nine, four = SepticCleaning(interval_months=9), SepticCleaning(interval_months=4)
    some, all_tanks = SepticCleaning(before_festival=0.3), SepticCleaning(before_festival=1.0)
    assert_superset(TANKS, {"septic_cleaning": nine}, {"septic_cleaning": four})
    assert_superset(TANKS, {"septic_cleaning": some}, {"septic_cleaning": all_tanks})


def test_the_round_before_the_festival_leaves_hardly_any_explosion_in_it() -> None:
    rows = at_festival("septic_explosion")
    fixed, round_ = SepticCleaning(interval_months=6), SepticCleaning(before_festival=1.0)
    left = [under(TANKS, septic_cleaning=cleaning).happens[rows].mean() for cleaning in (fixed, round_)]

    assert fixed.yuan_a_year(1e6) == round_.yuan_a_year(1e6)
    assert left[1] < 0.05 < left[0]


def test_tanks_known_to_make_gas_come_first_where_the_round_goes_by_risk() -> None:
    rows = at_festival("septic_gas_alarm")
    any_tank, risky = (SepticCleaning(before_festival=0.2, by_risk=by_risk) for by_risk in (False, True))
    gone = [1.0 - under(TANKS, septic_cleaning=cleaning).happens[rows].mean() for cleaning in (any_tank, risky)]

    assert gone[0] < 0.25
    assert gone[1] > 2 * gone[0]


def test_who_owns_it_takes_time_and_one_department_more_unless_surveyed() -> None:
    rows = rows_of(SEWERS, "sewer_blockage_overflow", link=9)
    bare, mapped = (
        under(SEWERS, one_map=OneMap(ownerless=0.1, surveyed=surveyed, unclear_hours=48.0)) for surveyed in (0.0, 0.8)
    )
    unclear = bare.clearance[rows] > 0

    assert abs(unclear.mean() - 0.1) < 0.01
    assert abs(np.median(bare.clearance[rows][unclear]) / HOUR - 48.0) < 5.0
    assert (bare.supports[rows] == unclear).all()
    assert abs((mapped.clearance[rows] > 0).mean() - 0.02) < 0.005
    assert not ((mapped.clearance > 0) & (bare.clearance == 0)).any()
    assert not bare.clearance[rows_of(SEWERS, "water_leak_hidden", link=9)].any()


def test_a_map_of_what_everybody_owns_up_to_changes_nothing() -> None:
    assert_untouched(under(SEWERS, one_map=OneMap(surveyed=1.0)), SEWERS)
