"""Parking by occupancy, bikes by overflow and quota, gates of schools and hospitals by their hours."""

import numpy as np

from citysim.policy.programmes.traffic import Bikes, Hospitals, Parking, Schools
from citysim.prevention.car_parks import FULL, OF_PLACES, as_now, guided, mean_occupancy, with_more_spaces
from citysim.prevention.effects import Effects
from citysim.prevention.quotas import HEAPS, OVERFULL, PERIOD, operator_of, overfull_of, quotas_until
from citysim.prevention.rows import BoolArray, beginnings, luck_of, rows_of, spare
from citysim.prevention.zones import served, take_from_patrols
from citysim.streams import FloatArray
from citysim.units import DAY, HOUR, IntArray
from citysim.world.sample import World
from citysim.world.weather import normals

EVENED = 0.5
"""How much of the unevenness between places of a street guidance takes away if all drivers follow [asm]."""

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
    hours, hour = np.unique(world.incidents.occurred[rows] // HOUR, return_inverse=True)
    at, district = (hour, world.incidents.street[rows]), world.scenario.city.district_of_street.astype(np.int64)
    around = OF_PLACES * normals(world.key, world.incidents.luck[rows], "parking around")
    evened = 1.0 - EVENED * parking.guidance
    now = as_now(world, hours)
    more = with_more_spaces(world, hours, now, parking)
    before = now.cars[at] / now.spaces[at] + around
    unled = more.cars[at] / more.spaces[at] + around * evened
    after = guided(more, parking.guidance, district, at) / more.spaces[at] + around * evened
    there = OF_PLACES * normals(world.key, world.incidents.luck[rows], "place led to") * evened
    moves_on = (unled > FULL) & (mean_occupancy(more, district)[hour, district[at[1]]] + there > FULL)
    spare(effects, rows, (before > FULL) & (after <= FULL) & ~moves_on)


def rein_in_bikes(world: World, bikes: Bikes, effects: Effects) -> None:
    """Spare heaps of bikes that are no longer overfull once some are moved and the operator's quota is smaller."""
    rows = beginnings(world, (HEAPS,))
    if bikes == Bikes() or not len(rows):
        return
    luck, occurred = world.incidents.luck[rows], world.incidents.occurred[rows]
    fleet: FloatArray = np.ones(len(rows))
    if bikes.quota_cut:
        quota = quotas_until(world, bikes, effects.begun, int(occurred.max()))
        period = np.maximum(occurred - effects.begun, 0) // PERIOD
        fleet = quota[period, operator_of(world.key, luck)]
    spare(effects, rows, overfull_of(world.key, luck) * fleet * (1.0 - bikes.moved) <= OVERFULL)


def guard_schools(world: World, schools: Schools, effects: Effects) -> None:
    """Spare disorder at gates with room to stop, and at peaks where somebody stands, in the streets that are served.

    Unless they are paid, those who stand there are taken from the patrols of the other streets.
    """
    if schools == Schools():
        return
    inside = served(world, schools.zones, schools.premium)
    if not schools.extra:
        take_from_patrols(world, inside, schools.hours, effects)
    rows = beginnings(world, ("school_gate_disorder",))
    rows = rows[inside[world.incidents.street[rows]]]
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
    """Spare blocked accesses where more spaces take the excess of cars, in the streets that are served.

    What still is blocked is one grade milder where a lane is kept free, since ambulances get through.
    """
    if hospitals == Hospitals():
        return
    inside = served(world, hospitals.zones, hospitals.premium)
    rows = beginnings(world, ("hospital_access_block",))
    rows = rows[inside[world.incidents.street[rows]]]
    pooled = luck_of(world, rows, "hospital of pool") < hospitals.pooled
    excess: FloatArray = -CROWDED * np.log1p(-luck_of(world, rows, "excess of cars"))
    spare(effects, rows, excess <= np.where(pooled, POOL, 0.0) + hospitals.spaces)
    if hospitals.lane == 0.0:
        return
    blocked = rows_of(world, ("hospital_access_block",))
    blocked = blocked[inside[world.incidents.street[blocked]]]
    free = blocked[luck_of(world, blocked, "lane of hospital") < hospitals.lane]
    effects.severity[free] = np.minimum(effects.severity[free] + 1, 3)
