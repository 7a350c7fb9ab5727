"""One unit behind an incident: programmes that renew, maintain and inspect it read the same age and condition."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from citysim.policy.programmes import (
    Cavities,
    HealthCheck,
    HighRise,
    Maintenance,
    Manholes,
    Renewal,
    RiskList,
    SepticCleaning,
)
from citysim.prevention.assets import LATENT, overhauled, since_renewed
from citysim.prevention.rows import BoolArray
from citysim.prevention.units import units_at
from citysim.units import YEAR
from citysim.world.assets import CLASSES, AssetAges
from citysim.world.sample import World, sample_world
from tests.prevention.places import assert_share, assert_superset, city, rows_of, spared, under

SEWERS = city("sewer_structural_defect")
BRIDGES = city("bridge_tunnel_abnormal")


def aged(world: World, weeks: int, **ages: AssetAges) -> World:
    return sample_world(replace(world.scenario, asset_ages=ages), seed=7, replication=0, weeks=weeks)


YOUNG = aged(city("gas_leak_outdoor"), 156, gas=AssetAges((0.0,), (6.0,)))
LIFTS = aged(city("elevator_entrapment"), 156, lift=AssetAges((0.0,), (20.0,), shape=2.0))


@pytest.mark.parametrize("name", ["gas", "water", "sewer", "cavity", "manhole", "septic", "lift", "slope", "bridge"])
def test_what_fails_is_spread_evenly_over_the_places_of_its_class(name: str) -> None:
    kind = CLASSES[name].types[0]
    world = aged(city(kind), 52, **{name: AssetAges((5.0,), (30.0,))})
    rows = rows_of(world, kind)
    units = units_at(world, rows, name)

    assert ((units.years > 5.0) & (units.years < 31.0)).all()
    for share in (units.older, units.worse, units.place):
        for border in (0.1, 0.5, 0.9):
            assert abs((share < border).mean() - border) < 4.0 * (border * (1.0 - border) / len(rows)) ** 0.5


def test_of_two_units_the_older_and_worse_has_the_earlier_place() -> None:
    units = units_at(YOUNG, rows_of(YOUNG, "gas_leak_outdoor"), "gas")
    by_age, by_condition = np.argsort(-units.age - 1e-9 * units.unlike), np.argsort(-units.unlike)
    both = np.maximum(np.argsort(by_age), np.argsort(by_condition)) < 200
    neither = np.minimum(np.argsort(by_age), np.argsort(by_condition)) > len(both) // 2

    assert both.any()
    assert units.place[both].max() < units.place[neither].min()


def test_renewal_and_overhaul_of_one_unit_spare_what_the_better_of_them_spares() -> None:
    """Renewed at t with chance d = 0.02 t: 0.85. Else overhauled with chance q = min(2 t, 1): 1 - 0.5^1.2 = 0.56."""
    years = SEWERS.incidents.occurred[rows_of(SEWERS, "sewer_structural_defect")] / YEAR
    d, q = 0.02 * years, np.minimum(years / 0.5, 1.0)
    gain = 1.0 - 0.5 ** (CLASSES["sewer"].shape - 1.0)
    expected = float((0.85 * d + (1.0 - d) * q * gain).mean())
    programmes = {"renewal": Renewal(share=0.02, choice="with_digs"), "maintenance": Maintenance(interval_months=6.0)}

    assert_share(SEWERS, "sewer_structural_defect", expected, **programmes)


def gone(world: World, **programmes: object) -> BoolArray:
    return ~under(world, **programmes).happens


def test_several_programmes_spare_the_union_of_what_each_spares_and_less_than_if_they_were_independent() -> None:
    programmes = {
        "maintenance": Maintenance(interval_months=3.0, by="condition"),
        "health_check": HealthCheck(surveyed=1.0, repairs=1.0),
        "risk_list": RiskList(inspectors=40.0, points=400.0),
    }
    rows = rows_of(BRIDGES, "bridge_tunnel_abnormal")
    each = [gone(BRIDGES, **{name: programme})[rows] for name, programme in programmes.items()]
    together = gone(BRIDGES, **programmes)[rows]
    independent = 1.0 - np.prod([1.0 - one.mean() for one in each])

    assert (together == np.any(each, axis=0)).all()
    assert together.mean() < independent - 0.05


def test_latent_defects_and_what_shows_are_the_same_units() -> None:
    """All that has been mended or inspected away was in the worst condition, so 0.4 of it is never reached."""
    check, turns = (
        HealthCheck(surveyed=1.0, repairs=1.0),
        Maintenance(interval_months=1.0, by="condition", shows=LATENT),
    )
    both = gone(BRIDGES, health_check=check, maintenance=turns)
    rows = rows_of(BRIDGES, "bridge_tunnel_abnormal")
    worse = units_at(BRIDGES, rows, "bridge").worse

    assert both[rows][worse < LATENT].mean() > 0.8
    assert not both[rows][worse >= LATENT].any()


def test_renewed_pipes_fail_again_at_the_rate_of_their_new_age() -> None:
    """Shape 2, ages even over 0 to 6, 0.2 a year, oldest first: what is new at r was 6 (1 - 0.2 r) at the start."""
    effects = under(YOUNG, renewal=Renewal(share=0.2, choice="oldest"))
    rows = rows_of(YOUNG, "gas_leak_outdoor")
    since, years = effects.since_renewed[rows], YOUNG.incidents.occurred[rows] / YEAR
    for low, high in ((0.0, 0.2), (0.9, 1.1), (1.8, 2.2)):
        some = (since >= low) & (since < high)
        built = 6.0 * (1.0 - 0.2 * (years[some] - since[some])) + years[some]
        left = 0.15 + 0.85 * since[some] / built
        error = (left.mean() * (1.0 - left.mean()) / some.sum()) ** 0.5
        assert some.sum() > 500
        assert abs(effects.happens[rows][some].mean() - left.mean()) < 4.0 * error


def test_renewal_begins_again_after_the_last_pipe_and_waits_for_what_was_mended() -> None:
    rank, years = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]), np.array([2.0, 4.0, 8.0, 4.0, 4.0, 4.0])
    mended = np.array([inf, inf, inf, 2.0, 1.8, 0.3])
    since = since_renewed(rank, 0.2, years, mended)
    np.testing.assert_allclose(since, [inf, 1.5, 0.5, 1.0, 0.8, 1.5])  # its turns: 2.5 and 7.5
    assert since_renewed(rank[:1], 0.2, np.array([2.6]), np.array([0.5]))[0] == inf


def test_a_mended_unit_ages_again() -> None:
    """Mended at the rate 0.5, shape 2: of those mended y ago and x old, y / x fail; ages even over t to 20 + t."""
    t = LIFTS.incidents.occurred[rows_of(LIFTS, "elevator_entrapment")] / YEAR
    mended, ago = 1.0 - np.exp(-0.5 * t), (1.0 - np.exp(-0.5 * t) * (1.0 + 0.5 * t)) / 0.5
    over_age = 20.0 / (((20.0 + t) ** 2 - t**2) / 2.0)
    expected = LATENT * float((mended - ago * over_age).mean())

    assert_share(LIFTS, "elevator_entrapment", expected, health_check=HealthCheck(surveyed=1.0, repairs=1.0))
    weak, strong = HealthCheck(surveyed=0.3, repairs=1.0), HealthCheck(surveyed=0.6, repairs=1.0)
    assert_superset(LIFTS, {"health_check": weak}, {"health_check": strong})


def test_what_is_new_needs_no_overhaul() -> None:
    """Half the interval, shape 2, and a turn that would be half a year ago: new for years, 4 months, and one month."""
    luck = np.full(3, 0.25)
    left = overhauled(luck, 2.0, 0.5, np.array([inf, 4.0, 1.0]) / np.array([1.0, 12.0, 12.0]))
    np.testing.assert_allclose(left, [0.5, 0.75, 1.0])


def test_a_tank_fills_from_the_day_on_which_it_was_built() -> None:
    """Of age m months, built as the run begins; half the interval leaves min(a / 2, m) / min(a, m), a ~ 2 a / 144.

    That spares 7/6 of (m / 12)^2 where the first turn has come, which it has with chance m / 6.
    """
    tanks = aged(city("septic_overflow", often=100_000.0), 26, septic=AssetAges((0.0,), (0.0,)))
    t = tanks.incidents.occurred[rows_of(tanks, "septic_overflow")] / YEAR

    expected = float((2.0 * t * t**2 * 7.0 / 6.0).mean())
    assert_share(tanks, "septic_overflow", expected, septic_cleaning=SepticCleaning(interval_months=6.0))


def test_nothing_that_is_made_new_has_a_higher_hazard_than_it_had() -> None:
    units = units_at(YOUNG, rows_of(YOUNG, "gas_leak_outdoor"), "gas")
    assert (units.hazard_when(units.years + 1.0) == 1.0).all()
    np.testing.assert_allclose(units.hazard_when(0.25 * units.years), 0.25)  # shape 2
    assert (units.hazard_when(np.zeros(len(units.years))) == 0.0).all()


def test_the_oldest_in_the_worst_condition_come_first_on_every_list() -> None:
    """Covers that were loose, fire water put right, roads of high risk, points on the list."""
    world = city("manhole_missing", "slope_deformation", "highrise_fire", "road_collapse")
    for kind, name, programmes in (
        ("manhole_missing", "manhole", {"manholes": Manholes(checks=26.0)}),
        ("slope_deformation", "slope", {"risk_list": RiskList(inspectors=40.0, points=200.0)}),
    ):
        rows = rows_of(world, kind)
        place = units_at(world, rows, name).place
        assert 0.0 < spared(world, kind, **programmes) < 0.7
        assert place[gone(world, **programmes)[rows]].max() < 0.61
    fires = np.flatnonzero(under(world, high_rise=HighRise(water=0.3)).severity != world.incidents.severity)
    assert len(fires)
    assert units_at(world, fires, "fire_water").place.max() < 0.3
    rows = rows_of(world, "road_collapse")
    found = gone(world, cavities=Cavities(surveys=1.0, graded=True))[rows]
    risky = units_at(world, rows, "cavity").place < 0.6
    assert found[risky].mean() > 2.0 * found[~risky].mean()
