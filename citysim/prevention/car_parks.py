"""How full the car parks of each street are, hour by hour, and where cars go that are led away from full ones."""

from dataclasses import dataclass

import numpy as np

from citysim.policy.programmes.traffic import Parking
from citysim.prevention.rows import BoolArray
from citysim.streams import STEP, FloatArray, derive, purpose_code, uniforms
from citysim.units import IntArray
from citysim.world.almanac import weekday
from citysim.world.incidents import SmallIntArray
from citysim.world.sample import World
from citysim.world.weather import normals

FULL = 0.90
"""Above this occupancy people park where they must not (brief item 50)."""
BY_HOUR = np.array([
    0.86, 0.87, 0.87, 0.87, 0.86, 0.83, 0.79, 0.80, 0.87, 0.91, 0.92, 0.91,
    0.90, 0.90, 0.91, 0.91, 0.90, 0.91, 0.92, 0.93, 0.91, 0.89, 0.87, 0.86,
])  # fmt: skip
"""Mean occupancy around a place where somebody parked wrongly, by hour of a working day [asm]."""
WEEKEND_BY_DAY, WEEKEND_EVENING = -0.02, 0.01
"""Difference at weekends, in office hours and from then until midnight [asm]."""
OFFICE_HOURS = (8, 18)
OF_STREETS, OF_DAYS, OF_PLACES = 0.06, 0.04, 0.095
"""Standard deviations of occupancy between streets, between days in a street, between places in it [asm]."""
CLOSED = 0.25
"""Spaces of offices and housing that could be shared, against those open to all [asm]."""
HOUSING, HOUSING_RANGE = 0.4, 0.2
"""Share of them that belongs to housing, free while people work; mean and range between streets [asm]."""
SATURDAY = 5


@dataclass(frozen=True, eq=False)
class CarParks:
    """Cars and spaces in some hours; shape (hours, streets), in units of the spaces of a street as now."""

    cars: FloatArray
    spaces: FloatArray


def as_now(world: World, hours: IntArray) -> CarParks:
    """The car parks of all streets in these hours of the world, before anybody shares, builds or guides.

    A pattern of the week, plus what is the street's own in all worlds, plus its load of the day.
    """
    codes = np.array([purpose_code(street) for street in world.scenario.city.street_ids], np.uint64)
    own = OF_STREETS * normals(derive(0, "car parks"), codes, "fullness of street")
    days, which = np.unique(hours // 24, return_inverse=True)
    with np.errstate(over="ignore"):
        street_days = codes[None, :] + np.uint64(STEP) * days[:, None].astype(np.uint64)
    load = OF_DAYS * normals(derive(world.key, "car parks"), street_days, "load of the day")
    return CarParks((_pattern(world, hours)[:, None] + own) + load[which], np.ones((len(hours), len(codes))))


def _pattern(world: World, hours: IntArray) -> FloatArray:
    """Mean occupancy by hour of the week."""
    weekend, hour = _is_weekend(world, hours), hours % 24
    by_day = (hour >= OFFICE_HOURS[0]) & (hour < OFFICE_HOURS[1])
    shift = np.where(by_day, WEEKEND_BY_DAY, np.where(hour >= OFFICE_HOURS[1], WEEKEND_EVENING, 0.0))
    pattern: FloatArray = BY_HOUR[hour] + np.where(weekend, shift, 0.0)
    return pattern


def _is_weekend(world: World, hours: IntArray) -> BoolArray:
    days = world.scenario.almanac.days(int(hours.max(initial=0)) // 24 + 1)
    weekend: BoolArray = weekday(days)[hours // 24] >= SATURDAY
    return weekend


def with_more_spaces(world: World, hours: IntArray, now: CarParks, parking: Parking) -> CarParks:
    """The same cars, with small lots, and closed spaces shared in the hours in which their own do not need them."""
    codes = np.array([purpose_code(street) for street in world.scenario.city.street_ids], np.uint64)
    luck = uniforms(derive(0, "car parks"), codes, purpose_code("housing"))
    housing = HOUSING + HOUSING_RANGE * (luck - 0.5)
    hour = hours % 24
    at_work = (hour >= OFFICE_HOURS[0]) & (hour < OFFICE_HOURS[1]) & ~_is_weekend(world, hours)
    free = np.where(at_work[:, None], housing, 1.0 - housing)
    return CarParks(now.cars, now.spaces * (1.0 + parking.lots + CLOSED * parking.shared * free))


def guided(parks: CarParks, guidance: float, district: IntArray, at: tuple[IntArray, SmallIntArray]) -> FloatArray:
    """Cars in the given cells once a share of those that are too many in a street have gone to others of the district.

    They go as far as there is room, to each by the room that it has until it is full; no car appears or vanishes.

    Args:
        district: of each street, from 0 on, rising. at: hours and streets.
    """
    beyond = parks.cars - FULL * parks.spaces
    over = np.maximum(beyond, 0.0)
    wish = _by_district(over, district)
    there = wish - _by_district(beyond, district)
    moved = np.minimum(guidance * wish, there)
    leave = np.divide(moved, wish, out=np.zeros_like(wish), where=wish > 0.0)
    come = np.divide(moved, there, out=np.zeros_like(there), where=there > 0.0)
    cell, into = beyond[at], (at[0], district[at[1]])
    cars: FloatArray = parks.cars[at] - np.maximum(cell, 0.0) * leave[into] + np.maximum(-cell, 0.0) * come[into]
    return cars


def mean_occupancy(parks: CarParks, district: IntArray) -> FloatArray:
    """Occupancy of each district as a whole; shape (hours, districts)."""
    whole: FloatArray = _by_district(parks.cars, district) / _by_district(parks.spaces, district)
    return whole


def _by_district(of_streets: FloatArray, district: IntArray) -> FloatArray:
    """Sums over the streets of each district, row by row (a product of matrices may add in another order)."""
    first = np.flatnonzero(np.diff(district, prepend=-1))
    total: FloatArray = np.add.reduceat(of_streets, first, axis=1)
    return total
