"""The agent matrix: adoption, drift, complements, and what each family does."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.policy.programmes import Programmes
from citysim.policy.programmes.agents import FAMILIES, Agent, Agents
from citysim.prevention import effects_of, settings_under
from citysim.prevention.agents import PATROL, SENSOR, VIDEO, strengths
from citysim.units import DAY, HOUR, WEEK
from tests.prevention.small import toy

SURE = Agent(adopts=0.8, half_weeks=4.0, accuracy=1.0, drift=0.0)


def matrix(*families: str, agent: Agent = SURE, interop: float = 0.0) -> Agents:
    return Agents(interop=interop, **dict.fromkeys(families, agent))


def strength(agents: Agents, weeks: float, family: str = "traffic") -> float:
    return float(strengths(agents, weeks * WEEK)[family])


def test_half_have_adopted_it_after_the_half_time_and_nobody_before_the_start() -> None:
    later = matrix("traffic", agent=replace(SURE, starts_weeks=10.0))

    assert strength(later, 9.9) == 0.0
    assert strength(later, 14.0) == pytest.approx(0.4)
    assert strength(later, 100.0) == pytest.approx(0.8)
    course = [strength(later, week) for week in range(10, 30)]
    steps = np.diff(course)
    assert (steps > 0).all()
    assert steps.argmax() in (3, 4)


def test_it_drifts_until_it_is_trained_again() -> None:
    drifting = matrix("traffic", agent=Agent(adopts=1.0, half_weeks=0.1, accuracy=0.9, drift=0.03, retrain_weeks=13))

    assert strength(drifting, 12.9) == pytest.approx(0.9 - 0.03 * 12.9 / (52 / 12))
    assert strength(drifting, 13.0) == pytest.approx(0.9)


def test_families_are_complements_where_they_can_use_each_others_output() -> None:
    alone, pair = matrix("traffic", interop=0.9), matrix("traffic", "logistics", interop=0.9)

    assert strength(matrix("traffic", "logistics"), 20.0) == strength(alone, 20.0)
    assert strength(pair, 4.0) == pytest.approx(0.4 * (1 + 0.9 * 0.4 / 3))
    assert strength(alone, 20.0, "logistics") == 0.0


def test_guided_traffic_travels_faster_more_from_week_to_week() -> None:
    world = toy()
    usual = world.settings["travel"][:, 0]
    guided = settings_under(world, Programmes(agents=matrix("traffic")))["travel"][:, 0]

    assert (guided < usual).all()
    assert guided[-1] / usual[-1] == pytest.approx(1 - 0.15 * 0.8, abs=0.01)


def test_planned_deliveries_spare_more_the_more_have_adopted_them() -> None:
    world = toy()
    weak, strong = (
        effects_of(world, Programmes(agents=matrix("logistics", agent=replace(SURE, adopts=share)))).happens
        for share in (0.3, 0.9)
    )
    kinds = {world.scenario.kinds[k].id for k in world.incidents.kind[~strong].tolist()}

    assert (strong <= weak).all()
    assert (~strong).sum() > (~weak).sum() > 0
    assert kinds <= {"illegal_parking", "shared_bike_cluster", "transfer_station_odour"}


def test_drones_look_by_day_in_dry_hours_at_what_is_outside() -> None:
    world = toy()
    effects = effects_of(world, Programmes(agents=matrix("inspection")))
    seen, hour = effects.noticing[:, VIDEO] > 1.0, world.incidents.occurred % DAY // HOUR

    assert seen.any()
    assert ((hour[seen] >= 7) & (hour[seen] < 19)).all()
    assert (world.settings["rain"][world.incidents.occurred[seen] // HOUR, 0] <= 1.0).all()
    assert (effects.noticing[:, [SENSOR, PATROL]] == 1.0).all()


def test_warned_places_are_watched_in_rain_and_heat() -> None:
    world = toy()
    effects = effects_of(world, Programmes(agents=matrix("warning")))
    watched = effects.noticing[:, SENSOR] > 1.0
    hour = world.incidents.occurred[watched] // HOUR
    bad = sum(world.settings[name][hour, 0] > least for name, least in (("rain", 5), ("heat", 0), ("storm", 0)))

    assert watched.any()
    assert (np.asarray(bad) > 0).all()
    assert np.array_equal(effects.noticing[:, SENSOR], effects.noticing[:, PATROL])


def test_without_agents_nothing_changes() -> None:
    world = toy()
    idle = Programmes(agents=replace(matrix(*FAMILIES, agent=Agent()), interop=0.9))

    assert np.array_equal(settings_under(world, idle)["travel"], world.settings["travel"])
    assert effects_of(world, idle).happens.all()
