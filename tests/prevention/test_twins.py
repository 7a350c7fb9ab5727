"""Twins that foresee: floodings and bins."""

import numpy as np
import pytest

from citysim.intake import FALSE_ALARM
from citysim.policy.programmes import Programmes
from citysim.policy.programmes.twins import GarbageTwin, SewageTwin
from citysim.policy.sensors import Sensing
from citysim.prevention import effects_of
from citysim.prevention.rows import rows_of
from citysim.prevention.twins import FLOODS, SENSOR
from citysim.sensing import sense
from citysim.units import HOUR
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
