"""Collecting points of villages, the routes on which a truck empties them one after the other, and its load."""

from dataclasses import dataclass

import numpy as np

from citysim.policy.programmes.waste import POINTS
from citysim.prevention.rows import luck_of
from citysim.streams import STEP, FloatArray, U64Array, derive, purpose_code, uniforms
from citysim.units import DAY, IntArray
from citysim.world.almanac import month
from citysim.world.sample import World
from citysim.world.weather import normals

STOPS = 45
"""Points on a route [asm]."""
TONNES_A_DAY = 0.00045 / POINTS
"""At a point: 0.45 kg of each of its villagers (0.3-0.6, brief item 56 asm)."""
BY_MONTH = np.array([1.05, 1.3, 1.0, 0.95, 0.95, 1.0, 1.05, 1.05, 0.95, 1.0, 0.9, 0.95])
"""Waste against the mean, January first: people come home for the Spring Festival [asm]."""
OF_ROUNDS = 0.1
"""Spread of the load of a round (of the logarithm) [asm]."""
ROUND_DAYS = 3.5
"""From round to round as now."""


@dataclass(frozen=True, eq=False)
class Stops:
    """Where on which round each overflow lies; arrays over the overflows.

    Args:
        point, route: identities, the same in all worlds. number: of the round, as now. position: on the route, from 1.
        tonnes: on the truck once it has emptied the point, as now.
    """

    point: U64Array
    route: U64Array
    number: IntArray
    position: IntArray
    tonnes: FloatArray


def stops_of(world: World, rows: IntArray) -> Stops:
    """The stop of each overflow: a point of the street's villages, and the round that was due."""
    city = world.scenario.city
    street = world.incidents.street[rows]
    points = np.maximum(city.rural_population * POINTS, 1.0).astype(np.int64)[street]
    place = np.floor(luck_of(world, rows, "point of village") * points).astype(np.int64)
    codes = np.array([purpose_code(name) for name in city.street_ids], np.uint64)[street]
    with np.errstate(over="ignore"):
        point = codes + np.uint64(STEP) * place.astype(np.uint64)
        route = codes + np.uint64(STEP) * (place // STOPS).astype(np.uint64)
    days = world.incidents.occurred[rows] / DAY
    began = uniforms(derive(0, "routes"), route, purpose_code("day of first round"))
    number = np.floor(days / ROUND_DAYS + began).astype(np.int64)
    calendar = world.scenario.almanac.days(int(days.max(initial=0.0)) + 1)
    season = BY_MONTH[month(calendar)][days.astype(np.int64)]
    with np.errstate(over="ignore"):
        round_ = route + np.uint64(STEP) * (number.astype(np.uint64) << np.uint64(32))
    chance = np.exp(OF_ROUNDS * normals(derive(world.key, "routes"), round_, "load of round"))
    position = place % STOPS + 1
    return Stops(point, route, number, position, position * TONNES_A_DAY * ROUND_DAYS * season * chance)


def luck_of_points(stops: Stops, purpose: str) -> FloatArray:
    """The luck of each point, the same in all worlds."""
    return uniforms(derive(0, "routes"), stops.point, purpose_code(purpose))


def luck_of_rounds(world: World, stops: Stops, purpose: str) -> FloatArray:
    """The luck of the round of each overflow, the same for all of its stops."""
    return uniforms(derive(world.key, "routes"), stops.route, purpose_code(purpose), stops.number)
