"""Do latent escalations strike when their hazards say, and is the world the same whatever else is in it?"""

import dataclasses
from math import exp, sqrt

import numpy as np
import pytest

from citysim.intake import SIGNALS
from citysim.units import DAY, HOUR, NEVER
from citysim.world.incidents import ESCALATION, FIRST, RECURRENCE, SEVERITY_UPGRADE, Escalation
from citysim.world.sample import World, sample_world

Z_LIMIT = 4.0
WINDOW = 168.0


def early(world: World, kind: int = 0) -> np.ndarray:
    """First incidents of a kind whose window ends before the horizon."""
    incidents = world.incidents
    in_time = incidents.occurred < world.horizon - WINDOW * HOUR - 2
    return np.flatnonzero(in_time & (incidents.kind == kind) & (incidents.link == FIRST))


def hours_to_children(world: World, parents: np.ndarray, link: int = ESCALATION, kind: int | None = None) -> np.ndarray:
    """Hours from the onset of each parent to that of its child; infinite where there is none."""
    incidents = world.incidents
    child = incidents.link == link
    child = np.flatnonzero(child if kind is None else child & (incidents.kind == kind))
    hours = np.full(len(incidents), np.inf)
    hours[incidents.parent[child]] = (incidents.occurred[child] - incidents.occurred[incidents.parent[child]]) / HOUR
    return hours[parents]


def assert_survival(hours: np.ndarray, at: dict[float, float]) -> None:
    """The share that has not happened by each time must be the given one."""
    n = len(hours)
    for moment, share in at.items():
        assert abs((hours > moment).mean() - share) < Z_LIMIT * sqrt(share * (1 - share) / n) + 1e-9, moment


@pytest.mark.parametrize(("severity", "factor"), [(0, 8.0), (1, 4.0), (2, 2.0), (3, 1.0)])
def test_a_child_strikes_at_the_hazard_times_the_factor_of_the_severity(
    severity: int, factor: float, plain_kind, plain_city
) -> None:
    shares = tuple(float(s == severity) for s in range(4))
    parent = plain_kind("parent", severity=shares, escalations=(Escalation("child", 0.01),))
    world = sample_world(plain_city(parent, plain_kind("child", rate_per_100k_year=1.0)), seed=1, replication=0)

    rate = 0.01 * factor
    hours = hours_to_children(world, early(world))
    assert_survival(hours, {t: exp(-rate * t) for t in (1.0, 10.0, 60.0, 167.9)})
    assert hours[np.isfinite(hours)].max() <= WINDOW + 1 / HOUR, "nothing later than the window"


def test_a_buffer_lets_nothing_through_before_it_is_empty(plain_kind, plain_city) -> None:
    parent = plain_kind("parent", escalations=(Escalation("child", 1.0, (2.0, 6.0)),))
    world = sample_world(plain_city(parent, plain_kind("child", rate_per_100k_year=1.0)), seed=1, replication=0)

    hours = hours_to_children(world, early(world))
    # survival at t of U(2, 6) + Exp(1): for t in [2, 6] the mean over b of exp(-(t - b)+)
    at_4 = (2.0 + (1 - exp(-2.0))) / 4.0
    assert hours.min() >= 2.0
    assert_survival(hours, {2.0: 1.0, 4.0: at_4, 8.0: (exp(-2.0) - exp(-6.0)) / 4.0})


def test_an_incident_that_worsens_escalates_faster_from_then_on(plain_kind, plain_city) -> None:
    """Two exponential stages: hazard u of worsening, h before and 2h after it (severity IV to III)."""
    arrows = (Escalation(SEVERITY_UPGRADE, 0.1), Escalation("child", 0.05))
    city = plain_city(plain_kind("parent", escalations=arrows), plain_kind("child", rate_per_100k_year=1.0))
    world = sample_world(city, seed=1, replication=0)
    incidents, parents = world.incidents, early(world)

    worsens = np.where(incidents.worsens == NEVER, np.inf, (incidents.worsens - incidents.occurred) / HOUR)[parents]
    assert_survival(worsens, {t: exp(-0.1 * t) for t in (2.0, 10.0, 30.0)})

    def survival(t: float) -> float:
        return exp(-0.15 * t) + 0.1 * exp(-0.1 * t) * (1 - exp(-0.05 * t)) / 0.05

    hours = hours_to_children(world, parents)
    assert_survival(hours, {t: survival(t) for t in (1.0, 5.0, 20.0, 40.0)})
    later = hours[(worsens < 5.0)] - worsens[worsens < 5.0]
    later = later[later > 0]
    assert abs(later.mean() - 10.0) < Z_LIMIT * 10.0 / sqrt(len(later))


def test_a_red_incident_cannot_worsen(plain_kind, plain_city) -> None:
    kind = plain_kind("fire", severity=(1.0, 0.0, 0.0, 0.0), escalations=(Escalation(SEVERITY_UPGRADE, 5.0),))
    incidents = sample_world(plain_city(kind), seed=1, replication=0).incidents

    assert (incidents.worsens == NEVER).all()


def test_chains_stop_after_three_links_even_in_a_ring(plain_kind, plain_city) -> None:
    one = plain_kind("one", rate_per_100k_year=4_000.0, escalations=(Escalation("two", 5.0),))
    two = plain_kind("two", rate_per_100k_year=1.0, escalations=(Escalation("one", 5.0),), recurrence_chance=0.5)
    world = sample_world(plain_city(one, two), seed=1, replication=0)
    incidents = world.incidents

    assert set(incidents.generation[incidents.is_latent].tolist()) == {1, 2, 3}
    child = np.flatnonzero(incidents.is_latent)
    parent = incidents.parent[child]
    assert (incidents.occurred[child] > incidents.occurred[parent]).all()
    assert np.array_equal(incidents.generation[child], incidents.generation[parent] + 1)


def test_a_child_is_in_the_street_of_its_parent_unless_it_spreads_within_the_district(central) -> None:
    world = sample_world(central, seed=1, replication=0)
    incidents, kinds = world.incidents, [kind.id for kind in central.kinds]
    child = np.flatnonzero(incidents.link == ESCALATION)
    parent = incidents.parent[child]

    district = central.city.district_of_street
    assert np.array_equal(district[incidents.street[child]], district[incidents.street[parent]])
    moved = incidents.street[child] != incidents.street[parent]
    spreads = {
        (kind.id, arrow.target): arrow.spread for kind in central.kinds for arrow in kind.escalations if arrow.spread
    }
    pairs = np.array([(kinds[p], kinds[c]) for p, c in zip(incidents.kind[parent], incidents.kind[child], strict=True)])
    for pair in {tuple(pair) for pair in pairs.tolist()}:
        here = (pairs == pair).all(axis=1)
        share, n = spreads.get(pair, 0.0), int(here.sum())
        assert abs(moved[here].mean() - share) <= Z_LIMIT * sqrt(share * (1 - share) / n), pair


def test_what_comes_back_is_the_same_type_at_the_same_place_after_a_lognormal_time(plain_kind, plain_city) -> None:
    city = plain_city(plain_kind("plain", recurrence_chance=0.3), recurrence_median_days=2.0, recurrence_sigma=0.5)
    world = sample_world(city, seed=1, replication=0)
    incidents = world.incidents
    parents = np.flatnonzero((incidents.link == FIRST) & (incidents.occurred < world.horizon - 20 * DAY))

    hours = hours_to_children(world, parents, RECURRENCE)
    came = np.isfinite(hours)
    n = len(parents)
    assert abs(came.mean() - 0.3) / sqrt(0.21 / n) < Z_LIMIT
    z = np.log(hours[came] / 48.0) / 0.5
    assert abs(z.mean()) < Z_LIMIT / sqrt(came.sum())
    assert abs(z.std() - 1.0) < Z_LIMIT / sqrt(2 * came.sum())
    child = np.flatnonzero(incidents.link == RECURRENCE)
    for name in ("kind", "street", "exposed"):
        assert np.array_equal(getattr(incidents, name)[child], getattr(incidents, name)[incidents.parent[child]]), name


def test_flags_are_signals_at_their_hazard_and_no_incidents(plain_kind, plain_city) -> None:
    kind = plain_kind("burst", escalations=(Escalation("traffic_disruption_flag", 0.02),))
    world = sample_world(plain_city(kind), seed=1, replication=0)
    signals = world.signals

    assert not world.incidents.is_latent.any()
    assert set(signals.signal.tolist()) == {SIGNALS.index("traffic")}
    assert (np.diff(signals.at) >= 0).all()
    assert len(np.unique(signals.cause)) == len(signals)
    hours = np.full(len(world.incidents), np.inf)
    hours[signals.cause] = (signals.at - world.incidents.occurred[signals.cause]) / HOUR
    assert_survival(hours[early(world)], {t: exp(-0.02 * t) for t in (5.0, 50.0, 160.0)})


def test_a_further_arrow_moves_no_other_child(plain_kind, plain_city) -> None:
    """Not even where it stands before the others."""
    children = [plain_kind(f"child-{k}", rate_per_100k_year=1.0) for k in range(2)]
    one = plain_kind("parent", recurrence_chance=0.2, escalations=(Escalation("child-0", 0.02),))
    two = dataclasses.replace(one, escalations=(Escalation("child-1", 0.5), *one.escalations))
    before, after = (
        sample_world(plain_city(parent, *children), seed=3, replication=0).incidents for parent in (one, two)
    )
    kept = after.kind != 2
    own = before.kind != 2
    for name in ("luck", "occurred", "street", "severity", "kind", "link", "generation"):
        assert np.array_equal(getattr(before, name)[own], getattr(after, name)[kept]), name
    assert (~kept).sum() > 2 * (~own).sum()


def test_an_incident_more_moves_no_child_of_the_others(central) -> None:
    """A type with thousands of incidents is added: the others have the same children, row by row."""
    ids = ("power_outage_local", "elevator_entrapment", "secondary_supply_failure", "fire_water_fault")
    kinds = tuple(kind for kind in central.kinds if kind.id in ids)
    garbage = next(kind for kind in central.kinds if kind.id == "exposed_garbage")
    few = sample_world(dataclasses.replace(central, kinds=kinds), seed=3, replication=0).incidents
    many = sample_world(dataclasses.replace(central, kinds=(garbage, *kinds)), seed=3, replication=0).incidents

    kept = many.kind > 0
    assert np.array_equal(many.luck[kept], few.luck)
    assert np.array_equal(many.occurred[kept], few.occurred)
    parent = [np.where(i.parent >= 0, i.luck[i.parent], 0) for i in (few, many)]
    assert np.array_equal(parent[1][kept], parent[0])


def test_a_longer_horizon_only_adds_children_and_signals(central) -> None:
    short, longer = (sample_world(central, seed=4, replication=0, weeks=weeks) for weeks in (2, 5))

    n = len(short.incidents)
    assert np.array_equal(longer.incidents.luck[:n], short.incidents.luck)
    assert np.array_equal(longer.incidents.worsens[:n], short.incidents.worsens)
    assert np.array_equal(longer.incidents.parent[:n], short.incidents.parent)
    m = len(short.signals)
    for name in ("at", "cause", "signal"):
        assert np.array_equal(getattr(longer.signals, name)[:m], getattr(short.signals, name)), name


def test_no_generation_means_no_child(central) -> None:
    alone = dataclasses.replace(central, cascades=dataclasses.replace(central.cascades, generations=0))
    incidents = sample_world(alone, seed=4, replication=0, weeks=1).incidents

    assert (incidents.link == FIRST).all()
    assert (incidents.parent == -1).all()
