"""Do aftershocks follow their branching ratio and lag, and does a type keep its rate?"""

import dataclasses
from math import sqrt

import numpy as np
import pytest

from citysim.units import HOUR, WEEK, YEAR
from citysim.world.clusters import first_share
from citysim.world.incidents import AFTERSHOCK, ESCALATION, FIRST, Excitation
from citysim.world.sample import World, sample_world
from citysim.world.scenario import Scenario

Z_LIMIT = 4.0


def early_parents(world: World, generations: int, hours: float) -> np.ndarray:
    """Rows whose direct offspring would all have come before the horizon, and may have some at all."""
    incidents = world.incidents
    in_time = incidents.occurred < world.horizon - 20 * hours * HOUR
    return np.flatnonzero(in_time & (incidents.generation < generations) & ~incidents.is_latent)


@pytest.mark.parametrize(("ratio", "hours"), [(0.05, 24.0), (0.3, 12.0), (0.8, 2.0)])
def test_the_branching_ratio_is_recovered_from_the_clusters(ratio: float, hours: float, plain_kind, plain_city) -> None:
    scenario = plain_city(plain_kind("plain", excitation=Excitation(ratio, hours)))
    world = sample_world(scenario, seed=1, replication=0)
    incidents, parents = world.incidents, early_parents(world, 3, hours)

    counts = np.bincount(incidents.parent[incidents.link == AFTERSHOCK], minlength=len(incidents))[parents]
    n = len(parents)
    assert abs(counts.mean() - ratio) / sqrt(ratio / n) < Z_LIMIT
    assert abs(counts.var() / ratio - 1) < Z_LIMIT * sqrt((2 + 1 / ratio) / n)  # Poisson: the variance is the mean


def test_offspring_come_after_exponential_lags_of_the_same_type_in_the_same_street(plain_kind, plain_city) -> None:
    scenario = plain_city(plain_kind("other"), plain_kind("plain", excitation=Excitation(0.5, 6.0)))
    world = sample_world(scenario, seed=1, replication=0)
    incidents = world.incidents
    parents = early_parents(world, 3, 6.0)
    child = np.flatnonzero((incidents.link == AFTERSHOCK) & np.isin(incidents.parent, parents))
    parent = incidents.parent[child]

    lag = (incidents.occurred[child] - incidents.occurred[parent]) / HOUR
    n = len(child)
    assert abs(lag.mean() - 6.0) / (6.0 / sqrt(n)) < Z_LIMIT
    for hours in (1.0, 6.0, 18.0):
        share = 1 - np.exp(-hours / 6.0)
        assert abs((lag <= hours).mean() - share) / sqrt(share * (1 - share) / n) < Z_LIMIT
    for name in ("kind", "street"):
        assert np.array_equal(getattr(incidents, name)[child], getattr(incidents, name)[parent])
    assert (incidents.kind[child] == 1).all()
    assert np.array_equal(incidents.generation[child], incidents.generation[parent] + 1)
    assert not incidents.is_latent[child].any()


def test_spread_sends_a_share_to_other_streets_of_the_district(central: Scenario, plain_kind) -> None:
    kind = plain_kind("flood", rate_per_100k_year=2_000.0, excitation=Excitation(0.5, 6.0, spread=0.6))
    world = sample_world(dataclasses.replace(central, kinds=(kind,)), seed=1, replication=0)
    incidents = world.incidents
    child = np.flatnonzero(incidents.link == AFTERSHOCK)
    street, before = incidents.street[child], incidents.street[incidents.parent[child]]

    district = central.city.district_of_street
    assert np.array_equal(district[street], district[before])
    n = len(child)
    assert abs((street != before).mean() - 0.6) / sqrt(0.24 / n) < Z_LIMIT
    moved = np.bincount(street[street != before], minlength=central.city.n_streets)
    assert (moved > 0).all(), "every street is reached"


def test_no_chain_is_longer_than_the_cap(plain_kind, plain_city) -> None:
    scenario = plain_city(plain_kind("plain", excitation=Excitation(0.9, 1.0)), generations=2)
    incidents = sample_world(scenario, seed=1, replication=0).incidents

    assert incidents.generation.max() == 2
    assert first_share(0.9, 2) == pytest.approx(1 / (1 + 0.9 + 0.81))


@pytest.mark.parametrize("changes", [{}, {"excitation": Excitation(0.3, 48.0)}, {"recurrence_chance": 0.4}])
def test_a_type_keeps_its_rate_from_the_first_day_on(changes: dict, plain_kind, plain_city) -> None:
    """Whatever breeds it; escalations come on top and are none here."""
    scenario = plain_city(plain_kind("plain", **changes), recurrence_median_days=3.0)
    counts = []
    for replication in range(40):
        incidents = sample_world(scenario, seed=2, replication=replication).incidents
        assert not (incidents.link == ESCALATION).any()
        counts.append(np.bincount(incidents.occurred // WEEK, minlength=4))
    expected = 40_000 * 1.8 * WEEK / YEAR
    mean, error = np.mean(counts, axis=0), np.std(counts, axis=0, ddof=1) / sqrt(40)
    # three links at most leave out 0.4**4 of the recurrences; the profile takes clusters begun before time 0 as they
    # would be without a cap: both below half a percent of the rate here
    assert (np.abs(mean - expected) < Z_LIMIT * error + 0.01 * expected).all(), (mean, expected)
    total, spread = np.sum(counts, axis=1), np.std(np.sum(counts, axis=1), ddof=1) / sqrt(40)
    assert abs(total.mean() - 4 * expected) < Z_LIMIT * spread + 0.01 * 4 * expected


def test_a_type_without_excitation_has_first_incidents_only(toy: Scenario) -> None:
    incidents = sample_world(toy, seed=3, replication=0).incidents
    quiet = [p for p, kind in enumerate(toy.kinds) if kind.excitation.ratio == 0]

    assert not (incidents.link[np.isin(incidents.kind, quiet)] == AFTERSHOCK).any()
    assert (incidents.link == FIRST).sum() > (incidents.link == AFTERSHOCK).sum() > 0


def test_one_more_excited_type_moves_nobody(plain_kind, plain_city) -> None:
    one = plain_kind("plain", excitation=Excitation(0.4, 12.0))
    few, more = plain_city(one), plain_city(plain_kind("more", excitation=Excitation(0.9, 12.0)), one)
    before, after = (sample_world(s, seed=3, replication=0).incidents for s in (few, more))

    assert np.array_equal(before.luck, after.luck[after.kind == 1])
    assert np.array_equal(before.occurred, after.occurred[after.kind == 1])
