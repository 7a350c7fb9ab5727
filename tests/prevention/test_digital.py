"""The digital base: a second site, second links, records."""

import numpy as np
import pytest

from citysim.errors import PolicyError
from citysim.policy.programmes import AS_NOW, Programmes
from citysim.policy.programmes.digital import DataLibrary, Network, SecondSite
from citysim.policy.sensors import Sensing
from citysim.prevention import effects_of, settings_under
from citysim.prevention.digital import without_outage
from citysim.sensing import sense
from citysim.streams import FloatArray
from citysim.units import CHANNELS
from tests.prevention.small import toy, without_cloud

SENSOR = CHANNELS.index("sensor")


def left(takes_over: float, minutes: float) -> FloatArray:
    """Hours without the cloud, under a second site, where it fails a hundred times a year."""
    site = SecondSite(takes_over=takes_over, failover_minutes=minutes)
    return settings_under(without_cloud(100.0), Programmes(second_site=site))["cloud_down"]


def test_a_second_site_at_once_leaves_no_hour_without_the_cloud() -> None:
    assert without_cloud(100.0).settings["cloud_down"].sum() > 30
    assert left(1.0, 0.0).sum() == 0


def test_failover_of_an_hour_leaves_the_first_hour_of_each_outage() -> None:
    down = without_cloud(100.0).settings["cloud_down"]
    begins = (down > 0) & (np.concatenate([np.zeros((1, 1)), down[:-1]]) == 0)

    assert np.array_equal(left(1.0, 60.0), begins.astype(float))


@pytest.mark.parametrize(("less", "more"), [((0.5, 20.0), (0.9, 20.0)), ((0.7, 90.0), (0.7, 10.0))])
def test_a_site_that_takes_over_more_or_sooner_spares_all_that_a_weaker_one_spares(
    less: tuple[float, float], more: tuple[float, float]
) -> None:
    down, weak, strong = without_cloud(100.0).settings["cloud_down"], left(*less), left(*more)

    assert (strong <= weak).all()
    assert (weak <= down).all()
    assert strong.sum() < weak.sum() < down.sum()


def test_without_a_second_site_the_hours_are_the_worlds() -> None:
    world = without_cloud(100.0)

    assert without_outage(world, SecondSite(), world.settings["cloud_down"]) is world.settings["cloud_down"]


def test_sensors_with_a_second_link_are_not_silent_and_more_links_keep_those_of_fewer() -> None:
    world = toy()
    silent = []
    for redundant in (0.0, 0.4, 0.9):
        intake = sense(world, Sensing(), Programmes(network=Network(redundant=redundant)))
        by_sensor = (intake.channel == SENSOR) & (intake.genuine == 1)
        silent.append(set(intake.luck[by_sensor & (intake.columns["heard_later"] > 0)].tolist()))

    assert silent[2] < silent[1] < silent[0]
    assert len(silent[2]) / len(silent[0]) == pytest.approx(0.1, abs=0.03)


def test_worse_records_make_crews_search_or_wait_and_only_more_of_them() -> None:
    world = toy()
    found = []
    for error in (0.05, 0.10, 0.15):
        effects = effects_of(world, Programmes(data_library=DataLibrary(error=error)))
        found.append((effects.search > 0) | (effects.clearance > 0))
        assert not ((effects.search > 0) & (effects.clearance > 0)).any()

    assert not found[0].any()
    assert (found[2] >= found[1]).all()
    assert found[2].sum() > found[1].sum() > 0
    worse = DataLibrary(error=0.15).wrong - DataLibrary().wrong
    assert found[2].mean() == pytest.approx(worse, abs=0.01)


def test_older_records_are_wrong_more_often_and_one_group_may_be_meant() -> None:
    world = toy()
    effects = effects_of(world, Programmes(data_library=DataLibrary(freshness_days=90.0, of="order")))
    touched = (effects.search > 0) | (effects.clearance > 0)
    groups = {world.scenario.kinds[k].group for k in world.incidents.kind[touched].tolist()}

    assert groups == {"order"}


def test_better_records_spare_the_search_for_points_that_are_on_no_map() -> None:
    world, unmapped = toy(), Sensing(unmapped=0.3)
    usual = sense(world, unmapped).columns["search"]
    fresh = sense(world, unmapped, Programmes(data_library=DataLibrary(error=0.0, freshness_days=0.0)))

    assert 0 < (fresh.columns["search"] > 0).sum() < (usual > 0).sum()


def test_what_costs_more_is_asked_for_and_nonsense_is_refused() -> None:
    better = Programmes(data_library=DataLibrary(error=0.01), second_site=SecondSite(takes_over=1.0))

    assert AS_NOW.yuan_per_week(1e6) == 0.0
    assert better.yuan_per_week(1e6) > 0.0
    with pytest.raises(PolicyError, match=r"secondsite\.takes_over = 2"):
        SecondSite(takes_over=2.0)
