"""Parking by occupancy, bikes by overflow and quota, gates of schools and hospitals by their hours."""

import numpy as np

from citysim.policy.programmes.traffic import Bikes, Hospitals, Parking, Schools
from citysim.prevention.car_parks import FULL, OF_PLACES, as_now, guided, mean_occupancy, with_more_spaces
from citysim.prevention.effects import Effects
from citysim.prevention.rows import BoolArray, beginnings, luck_of, rows_of, spare, years_at
from citysim.streams import FloatArray
from citysim.units import DAY, HOUR, IntArray
from citysim.world.sample import World
from citysim.world.weather import normals

EVENED = 0.5
"""How much of the unevenness between places of a street guidance takes away if all drivers follow [asm]."""

OVERFULL = 1.3
"""A place with so many times the bikes that it has room for is a case (1.3-2, brief item 52)."""
TAIL = 3.0
"""Exponent of the Pareto law of how overfull such places are [asm]."""
OPERATORS = np.array([1.0, 0.5, 1.0 / 6.0])
"""Three operators: how much of `quota_cut` each loses a month, by its score [asm]."""
MONTH_YEARS = 1.0 / 12.0

EASED = 0.5
"""Share of the disorder at a gate that comes of having no place to stop [asm]."""
POSTED = 0.6
"""Share of what arises at a peak that somebody posted there settles before it is a case [asm]."""
PEAKS = ((7.0, 8.5), (15.5, 18.0))
"""Hours of the day between which posts stand [asm]."""

POOL = 0.15
"""Spaces within 500 m that a hospital gains by sharing, against its own [asm]."""
CROWDED = 0.30
"""Mean excess of cars over spaces, as a share of the spaces, where the access is blocked; exponential [asm]."""


def manage_parking(world: World, parking: Parking, effects: Effects) -> None:
    """Spare wrong parking where the car parks around were full and now are not; habit stays.

    Sharing adds spaces by the hour and small lots at all hours. Guidance evens out the places of a street and leads
    cars from full streets to others of the district, which get fuller by them, so that fewer are spared there. Who is
    led away to a place that is full as well parks wrongly there: his case stays.
    """
    if parking == Parking():
        return
    rows = beginnings(world, ("illegal_parking",))
    hours, at = np.unique(world.incidents.occurred[rows] // HOUR, return_inverse=True)
    street, district = world.incidents.street[rows], world.scenario.city.district_of_street.astype(np.int64)
    around = OF_PLACES * normals(world.key, world.incidents.luck[rows], "parking around")
    evened = 1.0 - EVENED * parking.guidance
    now = as_now(world, hours)
    more = with_more_spaces(world, hours, now, parking)
    led = guided(more, parking.guidance, district)
    before = now.occupancy[at, street] + around
    unled = more.occupancy[at, street] + around * evened
    after = led.occupancy[at, street] + around * evened
    there = OF_PLACES * normals(world.key, world.incidents.luck[rows], "place led to") * evened
    moves_on = (unled > FULL) & (mean_occupancy(more, district)[at, street] + there > FULL)
    spare(effects, rows, (before > FULL) & (after <= FULL) & ~moves_on)


def rein_in_bikes(world: World, bikes: Bikes, effects: Effects) -> None:
    """Spare heaps of bikes that are no longer overfull once some are moved and the fleet is smaller.

    The quota follows the score month by month, so an operator's fleet shrinks as (1 - cut)^months.
    """
    if bikes == Bikes():
        return
    rows = beginnings(world, ("shared_bike_cluster",))
    overfull = OVERFULL * (1.0 - luck_of(world, rows, "overfull")) ** (-1.0 / TAIL)
    operator = np.minimum((3.0 * luck_of(world, rows, "operator")).astype(np.int64), 2)
    months = np.floor(years_at(world, rows, effects) / MONTH_YEARS)
    fleet = np.maximum((1.0 - bikes.quota_cut * OPERATORS[operator]) ** months, bikes.least)
    spare(effects, rows, overfull * fleet * (1.0 - bikes.moved) <= OVERFULL)


def guard_schools(world: World, schools: Schools, effects: Effects) -> None:
    """Spare disorder at gates with room to stop, and at peaks where somebody stands."""
    if schools == Schools():
        return
    rows = beginnings(world, ("school_gate_disorder",))
    built = luck_of(world, rows, "bays of school") < schools.bays
    no_room = luck_of(world, rows, "no room to stop") < EASED
    posted = (luck_of(world, rows, "post at school") < schools.posts) & at_peak(world, rows)
    settled = luck_of(world, rows, "settled by post") < POSTED
    spare(effects, rows, (built & no_room) | (posted & settled))


def at_peak(world: World, rows: IntArray) -> BoolArray:
    """Whether each incident happens while posts stand."""
    hour = (world.incidents.occurred[rows] % DAY) / HOUR
    return np.any([(hour >= begin) & (hour < end) for begin, end in PEAKS], axis=0)  # type: ignore[no-any-return]


def open_hospitals(world: World, hospitals: Hospitals, effects: Effects) -> None:
    """Spare blocked accesses where more spaces take the excess of cars.

    What still is blocked is one grade milder where a lane is kept free, since ambulances get through.
    """
    if hospitals == Hospitals():
        return
    rows = beginnings(world, ("hospital_access_block",))
    pooled = luck_of(world, rows, "hospital of pool") < hospitals.pooled
    excess: FloatArray = -CROWDED * np.log1p(-luck_of(world, rows, "excess of cars"))
    spare(effects, rows, excess <= np.where(pooled, POOL, 0.0) + hospitals.spaces)
    if hospitals.lane == 0.0:
        return
    blocked = rows_of(world, ("hospital_access_block",))
    free = blocked[luck_of(world, blocked, "lane of hospital") < hospitals.lane]
    effects.severity[free] = np.minimum(effects.severity[free] + 1, 3)
