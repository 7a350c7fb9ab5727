"""Twins that foresee: floodings and bins."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.intake import FALSE_ALARM
from citysim.policy.programmes import Programmes
from citysim.policy.programmes.twins import GarbageTwin, SewageTwin
from citysim.policy.sensors import Sensing
from citysim.prevention import effects_of
from citysim.prevention.bins import FILL_HOURS, bins_of
from citysim.prevention.rows import beginnings, rows_of
from citysim.prevention.twins import FLOODS, FROM_BINS, SENSOR
from citysim.sensing import sense
from citysim.units import HOUR
from tests.prevention.places import assert_share, assert_superset, city, under
from tests.prevention.small import toy

WET = {"waterlogging": 40.0, "sewer_blockage_overflow": 2.0}


def floods(**levers: float) -> Programmes:
    return Programmes(sewage_twin=SewageTwin(**levers))


def test_floods_in_rain_are_foreseen_at_the_hit_rate_and_dry_ones_never() -> None:
    world = toy(**WET)
    effects = effects_of(world, floods(hits=0.8))
    rows = rows_of(world, FLOODS)
    wet = world.settings["rain"][world.incidents.occurred[rows] // HOUR, 0] > 0
    expected = effects.noticing[rows, SENSOR] > 1.0

    assert expected[wet].mean() == pytest.approx(0.8, abs=0.08)
    assert not expected[~wet].any()
    assert (~wet).any()
    others = np.ones(len(world.incidents), np.bool_)
    others[rows] = False
    assert (effects.noticing[others] == 1.0).all()


def test_a_longer_lead_makes_more_floods_milder_and_all_that_a_shorter_one_does() -> None:
    world = toy(**WET)
    usual = world.incidents.severity
    short, long = (effects_of(world, floods(hits=0.8, lead_minutes=m)).severity for m in (15.0, 60.0))

    assert (long >= short).all()
    assert (short >= usual).all()
    assert long.sum() > short.sum() > usual.sum()


def test_what_is_foreseen_is_reported_sooner() -> None:
    world = toy(**WET)
    waits = []
    for hits in (0.0, 0.8):
        intake = sense(world, Sensing(), floods(hits=hits))
        is_flood = np.isin(intake.kind, [k for k, kind in enumerate(world.scenario.kinds) if kind.id in FLOODS])
        first = is_flood & (intake.genuine == 1) & (intake.parent < 0)
        waits.append((intake.reported - intake.occurred)[first].mean())

    assert waits[1] < 0.7 * waits[0]


def test_false_forecasts_come_with_the_true_ones_and_more_of_them_keep_the_others() -> None:
    world = toy(**WET)
    lucks = []
    for share in (0.0, 0.2, 0.5):
        intake = sense(world, Sensing(), floods(hits=0.8, false_share=share))
        lucks.append(set(intake.luck[intake.incident == FALSE_ALARM].tolist()))

    assert lucks[0] < lucks[1] < lucks[2]
    hits = (effects_of(world, floods(hits=0.8)).noticing[:, SENSOR] > 1.0) & ~world.incidents.is_latent
    assert len(lucks[2] - lucks[0]) == (hits & (world.incidents.occurred < world.horizon)).sum()


def test_bins_that_are_emptied_in_time_do_not_overflow_and_better_routes_spare_more() -> None:
    world = toy()
    spared = [~effects_of(world, Programmes(garbage_twin=GarbageTwin(spares=s))).happens for s in (0.0, 0.2, 0.5)]
    rows = rows_of(world, ("exposed_garbage",))

    assert not spared[0].any()
    assert (spared[2] >= spared[1]).all()
    assert spared[2][rows].mean() == pytest.approx(0.6 * 0.5 * 0.9, abs=0.03)
    assert spared[2].sum() == spared[2][rows].sum()


def test_old_or_wrong_fill_levels_spare_less() -> None:
    world = toy()

    def spared(**levers: float) -> int:
        return int((~effects_of(world, Programmes(garbage_twin=GarbageTwin(spares=0.5, **levers))).happens).sum())

    assert spared(lag_hours=12.0) < spared() > spared(accuracy=0.5) > 0


GARBAGE = city("exposed_garbage", weeks=26)
VILLAGES = city("rural_waste_missed", weeks=26, rural=True)


@pytest.mark.parametrize(("threshold", "trip_hours", "lag_hours"), [(0.8, 4.0, 0.0), (0.6, 8.0, 2.0), (0.9, 1.0, 0.5)])
def test_bins_are_emptied_if_the_trip_of_their_route_comes_between_call_and_overflow(
    threshold: float, trip_hours: float, lag_hours: float
) -> None:
    """From the call to the overflow: exponential, w = 12 h x (1 - threshold). Less the lag d, the next trip, which is

    up to h hours away, comes in time with probability w / h x exp(-d / w) x (1 - exp(-h / w)).
    """
    twin = GarbageTwin(routed=1.0, threshold=threshold, trip_hours=trip_hours, lag_hours=lag_hours, accuracy=1.0)
    w = FILL_HOURS * (1.0 - threshold)
    in_time = w / trip_hours * np.exp(-lag_hours / w) * (1.0 - np.exp(-trip_hours / w))

    assert_share(GARBAGE, "exposed_garbage", FROM_BINS * in_time, garbage_twin=twin)
    half = GarbageTwin(routed=1.0, threshold=threshold, trip_hours=trip_hours, lag_hours=lag_hours, accuracy=0.5)
    assert_share(GARBAGE, "exposed_garbage", 0.5 * FROM_BINS * in_time, garbage_twin=half)


def test_points_of_villages_are_reached_by_the_same_law_with_their_own_time_to_fill() -> None:
    """84 h x sqrt(u) x 0.1 h from call to overflow against a trip every 24 h: 2/3 x 8.4 / 24, all of them from bins."""
    twin = GarbageTwin(routed=1.0, threshold=0.9, trip_hours=24.0, lag_hours=0.0, accuracy=1.0)
    assert_share(VILLAGES, "rural_waste_missed", 2.0 / 3.0 * 8.4 / 24.0, garbage_twin=twin)


def test_known_levels_belong_to_bins_and_more_of_them_sooner_calls_and_more_trips_spare_supersets() -> None:
    weak = GarbageTwin(routed=0.3, lag_hours=1.0, trip_hours=8.0)
    for better in ({"routed": 0.9}, {"lag_hours": 0.1}, {"threshold": 0.6}, {"trip_hours": 4.0}, {"accuracy": 0.99}):
        assert_superset(GARBAGE, {"garbage_twin": weak}, {"garbage_twin": replace(weak, **better)})
    rows = beginnings(GARBAGE, ("exposed_garbage",))
    point, _ = bins_of(GARBAGE, rows, rural=False)
    gone = ~under(GARBAGE, garbage_twin=replace(weak, routed=0.3)).happens[rows]
    reached = len(np.unique(point[gone])) / len(np.unique(point))
    assert reached == pytest.approx(0.3, abs=0.05)


def test_levels_trips_and_early_stops_are_paid_for() -> None:
    """In a million: 4,000 bins; trips every 4 h past 45 bins, 60 yuan each; a quarter more stops at 0.8."""
    twin = GarbageTwin(routed=0.5)
    assert twin.yuan_a_year(1e6) == pytest.approx(0.8e6 + 0.5 * 4_000 * (2_190 / 45 * 60 + 0.25 * 365))
    assert GarbageTwin().yuan_a_year(1e6) == 0.0
