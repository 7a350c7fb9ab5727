"""High-rise, confined-space, risk-list and depot programmes do what their sentences say."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.engines.simulate import simulate
from citysim.policy.catalog import DESIGNS
from citysim.policy.programmes import AS_NOW, ConfinedSpace, DisasterStocks, HighRise, RiskList
from citysim.policy.programmes.safety import LANE_BLOCKED, WITHOUT_WATER
from citysim.prevention.safety import BLIND, ODDS, UNSAFE_WITH_PERMIT, UNSEEN_BY_METER
from citysim.units import HOUR, WEEK, YEAR
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario
from tests.prevention.places import (
    PATROL,
    TOY,
    assert_share,
    assert_superset,
    assert_untouched,
    city,
    rows_of,
    spared,
    under,
)

FIRES = city("highrise_fire", "other_building_fire", often=60_000.0)
PITS = city("unsafe_confined_space_entry", "confined_space_poisoning", weeks=26)
POINTS = city("bridge_tunnel_abnormal", "slope_deformation", "illegal_parking", weeks=26)
STORMS = city("waterlogging", "power_outage_local", "highrise_fire", weeks=26, km2=300.0)


def serious_share(programme: HighRise) -> float:
    """Share of severity I-III among high-rise fires after the half year that it takes."""
    rows = rows_of(FIRES, "highrise_fire", link=9)
    late = rows[FIRES.incidents.occurred[rows] > 27 * WEEK]
    return float((under(FIRES, high_rise=programme).severity[late] < 3).mean())


def test_fire_water_and_lanes_put_right_lower_the_odds_of_a_serious_fire_as_the_brief_says() -> None:
    """Odds x2 without water, x1.5 with a blocked lane, x3.5 with both; the mean over the buildings is as now."""
    now = serious_share(HighRise())
    water, lane = WITHOUT_WATER, LANE_BLOCKED
    mean = {
        (w, k): sum(
            share * ODDS[state]
            for state, share in (
                (0, (1 - water * (1 - w)) * (1 - lane * (1 - k))),
                (1, (1 - water * (1 - w)) * lane * (1 - k)),
                (2, water * (1 - w) * (1 - lane * (1 - k))),
                (3, water * (1 - w) * lane * (1 - k)),
            )
        )
        for w in (0, 1)
        for k in (0, 1)
    }  # mean odds against those where all is well; odds and chances are nearly the same for so rare a thing
    for w, k in ((1, 0), (0, 1), (1, 1)):
        expected = mean[w, k] / mean[0, 0]
        assert abs(serious_share(HighRise(water=float(w), lanes=float(k))) / now - expected) < 0.03


def test_more_buildings_put_right_make_a_superset_of_fires_milder() -> None:
    def milder(programme: HighRise) -> np.ndarray:
        effects = under(FIRES, high_rise=programme)
        assert effects.happens.all()
        return np.asarray(effects.severity > FIRES.incidents.severity)

    some, all_water, both = (
        milder(HighRise(water=0.4)), milder(HighRise(water=1.0)), milder(HighRise(water=1.0, lanes=1.0)),
    )  # fmt: skip
    assert 0 < some.sum() < all_water.sum() < both.sum()
    assert not (some & ~all_water).any()
    assert not (all_water & ~both).any()
    assert not both[rows_of(FIRES, "other_building_fire", link=9)].any()


def test_permits_and_meters_spare_unsafe_entries_and_poisonings() -> None:
    permit = 1.0 - UNSAFE_WITH_PERMIT
    assert_share(PITS, "unsafe_confined_space_entry", 0.5 * permit, confined_space=ConfinedSpace(permits=0.5))
    assert_share(PITS, "unsafe_confined_space_entry", 0.0, confined_space=ConfinedSpace(meters=1.0))
    assert_share(PITS, "confined_space_poisoning", 1.0 - UNSEEN_BY_METER, confined_space=ConfinedSpace(meters=1.0))
    both = ConfinedSpace(permits=1.0, meters=1.0)
    assert_share(PITS, "confined_space_poisoning", 1.0 - UNSAFE_WITH_PERMIT * UNSEEN_BY_METER, confined_space=both)


def test_more_permits_spare_a_superset() -> None:
    few, many = ConfinedSpace(permits=0.3), ConfinedSpace(permits=0.7)
    assert_superset(PITS, {"confined_space": few}, {"confined_space": many})


def test_nobody_goes_in_blindly_where_crews_can_rescue() -> None:
    effects = under(PITS, confined_space=ConfinedSpace(rescue=0.5))
    rows = rows_of(PITS, "confined_space_poisoning", link=9)
    rows = rows[PITS.incidents.severity[rows] < 3]
    better = effects.severity[rows] - PITS.incidents.severity[rows]

    assert abs(better.mean() - 0.5 * BLIND) < 0.02
    assert effects.happens.all()


def test_inspections_of_job_sites_find_unsafe_entries_sooner() -> None:
    effects = under(PITS, confined_space=ConfinedSpace(inspections=2.0))
    rows = rows_of(PITS, "unsafe_confined_space_entry", link=9)
    kind = next(one for one in PITS.scenario.kinds if one.id == "unsafe_confined_space_entry")
    hidden_days = np.array(kind.mean_hidden_hours)[PITS.incidents.severity[rows]] / 24.0

    assert np.allclose(effects.noticing[rows, PATROL], 1.0 + 2.0 * hidden_days / kind.channel_shares[PATROL])
    assert_untouched(under(PITS, confined_space=ConfinedSpace(yuan_visit=1.0)), PITS)


def test_more_inspectors_spare_a_superset_and_nothing_that_is_not_listed() -> None:
    few, many = RiskList(inspectors=5.0), RiskList(inspectors=20.0)
    assert_superset(POINTS, {"risk_list": few}, {"risk_list": many})
    assert spared(POINTS, "illegal_parking", risk_list=many) == 0.0


def test_a_list_can_be_too_short_and_too_long_for_its_inspectors() -> None:
    short, right, long = (
        spared(POINTS, "slope_deformation", risk_list=RiskList(inspectors=10.0, points=points))
        for points in (20.0, 200.0, 2_000.0)
    )
    assert short < right - 0.05
    assert long < right - 0.05


def test_reviews_can_be_too_shallow_and_too_deep() -> None:
    shallow, right, deep = (
        spared(POINTS, "slope_deformation", risk_list=RiskList(inspectors=8.0, hours=hours))
        for hours in (0.75, 2.0, 20.0)
    )
    assert RiskList(inspectors=8.0, hours=4.0).reviews_a_year == 8.0 * 1_760.0 / 3_200.0
    assert shallow < right - 0.03
    assert deep < right - 0.03


def test_more_depots_and_more_sets_make_a_superset_milder() -> None:
    def milder(**levers: float) -> np.ndarray:
        effects = under(STORMS, disaster_stocks=DisasterStocks(**levers))
        assert effects.happens.all()
        change = effects.severity.astype(int) - STORMS.incidents.severity
        assert set(np.unique(change)) <= {0, 1}
        return np.asarray(change > 0)

    one, four, large = milder(depots=1.0, pumps=1.0), milder(depots=4.0, pumps=1.0), milder(depots=4.0, pumps=4.0)
    assert 0 < one.sum() < four.sum() < large.sum()
    assert not (one & ~four).any()
    assert not (four & ~large).any()
    assert not large[rows_of(STORMS, "highrise_fire", link=9)].any()


def test_stocks_run_out_in_heavy_rain() -> None:
    rows = rows_of(STORMS, "waterlogging", link=9)
    rows = rows[STORMS.incidents.severity[rows] < 3]
    rain = STORMS.weather.rain_mm_per_hour[STORMS.incidents.occurred[rows] // HOUR]
    effects = under(STORMS, disaster_stocks=DisasterStocks(depots=6.0, pumps=2.0))
    helped = effects.severity[rows] > STORMS.incidents.severity[rows]

    assert helped[rain < 10.0].mean() > 1.5 * helped[rain > 25.0].mean()


def test_depots_are_paid_for_by_the_district_that_they_stand_in() -> None:
    """Three districts with two more depots of four sets: each 2 x (500,000 + 4 x 60,000) a year."""
    programmes = replace(AS_NOW, disaster_stocks=DisasterStocks(depots=2.0, pumps=4.0))
    a_week = 2.0 * (500_000.0 + 4.0 * 60_000.0) * WEEK / YEAR

    for residents in (9e5, 9e6):
        assert programmes.yuan_per_week(residents, districts=3) == pytest.approx(3.0 * a_week)
    half_of_one = (("disaster_stocks", (0.5, 1.0, 1.0)),)
    assert programmes.yuan_unreached(half_of_one, (1.0, 2.0, 3.0)) == pytest.approx(0.5 * a_week)


def test_a_log_charges_the_depots_of_its_districts() -> None:
    million = load_scenario(TOY.with_name("million.yaml"))
    world = sample_world(million, seed=1, replication=0, weeks=1)
    policy = DESIGNS["fragmented"].policy()
    one = policy.with_(programmes=replace(AS_NOW, disaster_stocks=DisasterStocks(depots=1.0, pumps=0.0)))

    more = simulate(world, one).overhead_per_week - simulate(world, policy).overhead_per_week
    assert more == pytest.approx(len(million.districts) * 500_000.0 * WEEK / YEAR)
