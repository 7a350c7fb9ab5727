"""Bins that fill, routes on which trucks pass them, and whether a truck that goes by fill levels comes in time."""

import numpy as np

from citysim.policy.programmes.twins import BINS_EACH, GarbageTwin
from citysim.prevention.rows import BoolArray, luck_of
from citysim.prevention.villages import ROUND_DAYS, STOPS, stops_of
from citysim.streams import STEP, FloatArray, U64Array, derive, purpose_code, uniforms
from citysim.units import DAY, HOUR, IntArray
from citysim.world.sample import World

FILL_HOURS = 12.0
"""Mean time in which a bin of a street fills from the last emptying, of those that overflow; exponential [asm]."""
LONGEST = 7 * DAY
"""Trips of a route begin somewhere within so many seconds."""


def bins_of(world: World, rows: IntArray, rural: bool) -> tuple[U64Array, U64Array]:
    """Identity of the bin of each overflow and of its route, the same in all worlds; in villages of `stops_of`."""
    if rural:
        stops = stops_of(world, rows)
        return stops.point, stops.route
    city = world.scenario.city
    street = world.incidents.street[rows]
    bins = np.maximum(city.street_population * BINS_EACH, 1.0).astype(np.int64)[street]
    place = np.floor(luck_of(world, rows, "bin of street") * bins).astype(np.int64)
    codes = np.array([purpose_code(name) for name in city.street_ids], np.uint64)[street]
    with np.errstate(over="ignore"):
        return (
            codes + np.uint64(STEP) * place.astype(np.uint64),
            codes + np.uint64(STEP) * (place // STOPS).astype(np.uint64),
        )


def fill_hours(world: World, rows: IntArray, rural: bool) -> FloatArray:
    """How long each bin took to fill; in villages with a density that rises evenly up to the interval of the rounds."""
    luck = luck_of(world, rows, "bin fills")
    hours: FloatArray = ROUND_DAYS * DAY / HOUR * np.sqrt(luck) if rural else -FILL_HOURS * np.log1p(-luck)
    return hours


def reached_in_time(world: World, rows: IntArray, twin: GarbageTwin, rural: bool) -> BoolArray:
    """Whether a truck that goes for what is nearly full came between the call of the bin and its overflow.

    A bin that fills evenly calls when it is full up to the threshold, and is heard a lag later; the trips of its route
    begin every so many hours. A level that is not known, or wrong, calls nobody.
    """
    point, route = bins_of(world, rows, rural)
    key = derive(0, "routes by level")
    known = uniforms(key, point, purpose_code("level known")) < twin.routed
    right = luck_of(world, rows, "level right") < twin.accuracy
    begins = np.floor(uniforms(key, route, purpose_code("first trip")) * LONGEST).astype(np.int64)
    since_trip = (world.incidents.occurred[rows] + begins) % round(twin.trip_hours * HOUR)
    since_call = ((1.0 - twin.threshold) * fill_hours(world, rows, rural) - twin.lag_hours) * HOUR
    reached: BoolArray = known & right & (since_trip < since_call)
    return reached
