"""The agent matrix at work: how strong each family of agents is at a time, and what it does to its own arc of the loop.

The strength of a family is the share that has adopted it (an S-curve) times the share of its answers that are right
(which falls until it is trained again); what the other families find out makes it stronger.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from citysim.policy.programmes.agents import FAMILIES, Agent, Agents
from citysim.prevention.effects import Effects
from citysim.streams import FloatArray, purpose_code, uniforms
from citysim.units import CHANNELS, DAY, HOUR, WEEK
from citysim.world.sample import World

SENSOR, VIDEO, PATROL = (CHANNELS.index(name) for name in ("sensor", "video", "patrol"))
STEEP = 4.0
"""The S-curve is 1 / (1 + exp(-STEEP)) = 98 % done after twice its half time [asm]."""
MONTH_WEEKS = 52.0 / 12.0
TRAVEL = 0.15
"""Share of travel time that full guidance of crews and signals saves [asm]."""
IN_THE_WAY = {"illegal_parking": 0.2, "shared_bike_cluster": 0.5, "transfer_station_odour": 0.4}
"""Share of each type that planned deliveries and collections would spare: vans among the parked cars, bikes that nobody
took away, trucks that wait at the transfer station [asm]."""
LOOKS = 2.0
"""Times the usual looks of cameras that drones and patrol cars add, for what can be seen from outside [asm]."""
OUTSIDE = ("order", "sanitation", "road", "zhatu", "excavation", "illegal_build", "manhole")
DAYLIGHT = (7, 19)
FLYING_RAIN_MM = 1.0
"""Drones stay on the ground by night, in an hour with more rain, and in storms [asm]."""
WATCHED = 4.0
"""Times the usual looks at a place that is under a warning, by its sensors and by people [asm]."""
WARNED = ("structure", "power", "road", "fire")
WARNING_RAIN_MM = 5.0
"""Warnings are given for hours with more rain, for heat and for storms [asm]."""


def strengths(agents: Agents, time: npt.ArrayLike) -> dict[str, FloatArray]:
    """Strength of each family at each time (seconds), on [0, 1]."""
    weeks = np.asarray(time, np.float64) / WEEK
    alone = {name: _alone(getattr(agents, name), weeks) for name in FAMILIES}
    whole = sum(alone.values(), start=np.zeros_like(weeks))
    return {
        name: np.minimum(own * (1.0 + agents.interop * (whole - own) / (len(FAMILIES) - 1)), 1.0)
        for name, own in alone.items()
    }


def _alone(agent: Agent, weeks: FloatArray) -> FloatArray:
    """Strength of a family by itself."""
    since = weeks - agent.starts_weeks
    steps = np.clip(STEEP * (since / agent.half_weeks - 1.0), -500.0, 500.0)
    adopted = np.where(since >= 0.0, agent.adopts / (1.0 + np.exp(-steps)), 0.0)
    months = np.maximum(since, 0.0) % agent.retrain_weeks / MONTH_WEEKS
    return adopted * np.maximum(agent.accuracy - agent.drift * months, 0.0)


def guided(world: World, agents: Agents) -> FloatArray:
    """Factor on travel in each hour, in place of what the world says."""
    usual = world.settings["travel"]
    hour = np.arange(len(usual)) * HOUR
    return usual * (1.0 - TRAVEL * strengths(agents, hour)["traffic"])[:, None]


def put_to_use(world: World, agents: Agents, effects: Effects) -> None:
    """What the families for logistics, inspection and warning do to single incidents, by the time of their onset."""
    if agents == Agents():
        return
    incidents, kinds = world.incidents, world.scenario.kinds
    strong, now = strengths(agents, incidents.occurred), _hours(world)
    spared = np.array([IN_THE_WAY.get(kind.id, 0.0) for kind in kinds])[incidents.kind] * strong["logistics"]
    mark = uniforms(world.key, incidents.luck, purpose_code("out of the way"))
    effects.happens &= mark >= spared
    outside = np.array([kind.group in OUTSIDE for kind in kinds], np.bool_)[incidents.kind]
    by_day = (incidents.occurred % DAY >= DAYLIGHT[0] * HOUR) & (incidents.occurred % DAY < DAYLIGHT[1] * HOUR)
    flying = outside & by_day & (now["rain"] <= FLYING_RAIN_MM) & (now["storm"] == 0.0)
    effects.noticing[:, VIDEO] *= np.where(flying, 1.0 + LOOKS * strong["inspection"], 1.0)
    endangered = np.array([kind.group in WARNED for kind in kinds], np.bool_)[incidents.kind]
    endangered &= (now["rain"] > WARNING_RAIN_MM) | (now["heat"] > 0.0) | (now["storm"] > 0.0)
    looks = np.where(endangered, 1.0 + WATCHED * strong["warning"], 1.0)
    effects.noticing[:, SENSOR] *= looks
    effects.noticing[:, PATROL] *= looks


def _hours(world: World) -> Mapping[str, FloatArray]:
    """Rain, heat and storm in the hour in which each incident happened."""
    hour = np.minimum(world.incidents.occurred // HOUR, len(world.settings["rain"]) - 1)
    return {name: world.settings[name][hour, 0] for name in ("rain", "heat", "storm")}
