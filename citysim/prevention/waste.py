"""Trucks that were punished offend less, loads go where it costs less, points are emptied before they overflow."""

import numpy as np
from scipy.special import pdtr

from citysim.policy.programmes.waste import TRUCKS, BuildingWaste, MuckTrucks, RuralWaste
from citysim.prevention.effects import Effects
from citysim.prevention.rows import beginnings, luck_of, spare, years_at
from citysim.prevention.sites import dumped, queues_under
from citysim.prevention.villages import luck_of_points, luck_of_rounds, stops_of
from citysim.streams import FloatArray, derive, purpose_code, uniforms
from citysim.units import CHANNELS, DAY, HOUR, YEAR, IntArray
from citysim.world.sample import World

VIDEO = CHANNELS.index("video")
NOW = MuckTrucks()
OFFENCES = 4.3
"""Offences of a truck in a year: 260 per 100,000 residents over 60 trucks (scenarios; 2-6, brief item 49)."""
MOST_CAUGHT = 60
AWAY = 0.4
"""Share of the offences that a truck commits outside its home district [asm]."""
VALID_AWAY = 0.4
"""How often evidence on a truck from elsewhere stands up, against one of the district, without sharing [asm]."""
DAYS_TO_CLOSE, DAYS_TO_HAND_OVER = 3.0, 14.0
"""Until a case is closed (R10), and until a file that goes by letter has reached the home district [asm]."""
STOPPED = 0.97
"""Factor on a truck's offences each time that it was caught and the evidence did not stand up [asm]."""
HAULED = ("zhatu_truck_violation", "waste_illegal_dumping")
"""What trucks do on their way."""
CONSPICUOUS = 2.0
"""Factor on the hazard that a camera notices a truck when none may run [asm]."""

BY_MISS = 0.7
"""Share of the overflows that come of a round broken off, of those to which a full truck did not lead [asm]."""
ANSWERED = 0.9
"""Share of the full points with a sensor that are emptied in time [asm]."""


def watch_trucks(world: World, trucks: MuckTrucks, effects: Effects) -> None:
    """Spare offences of trucks that were punished before; cameras see the others sooner."""
    if trucks == NOW:
        return
    rows = beginnings(world, ("zhatu_truck_violation",))
    truck, away = trucks_of(world, rows), AWAY if world.scenario.city.n_districts > 1 else 0.0
    years = years_at(world, rows, effects)
    left = _deterred(world, truck, years, trucks, away) / _deterred(world, truck, years, NOW, away)
    spare(effects, rows, luck_of(world, rows, "truck offends") >= left)
    effects.noticing[rows, VIDEO] *= trucks.detection / NOW.detection
    if trucks.closed_hours:
        _close_roads(world, trucks, effects)


def _close_roads(world: World, trucks: MuckTrucks, effects: Effects) -> None:
    """In the hours in which no truck may run those that obey do nothing; cameras see the others sooner.

    The profile of offences over the day sinks in these hours by the share that obeys, and stays as it is in the others.
    """
    rows = beginnings(world, HAULED)
    hour = world.incidents.occurred[rows] % DAY / HOUR
    closed = (hour - trucks.closed_from) % 24.0 < trucks.closed_hours
    obeys = uniforms(derive(world.key, "trucks"), trucks_of(world, rows), purpose_code("obeys")) < trucks.obeys
    spare(effects, rows, closed & obeys)
    effects.noticing[rows[closed], VIDEO] *= CONSPICUOUS


def trucks_of(world: World, rows: IntArray) -> IntArray:
    """The truck of each offence; trucks are counted district by district, and some offend away from home."""
    city = world.scenario.city
    fleet = np.array([max(round(TRUCKS * district.population), 1) for district in city.districts])
    first = np.cumsum(fleet) - fleet
    district = city.district_of_street[world.incidents.street[rows]]
    others = int(fleet.sum()) - fleet[district]
    strange = (luck_of(world, rows, "truck from elsewhere") < AWAY) & (others > 0)
    luck = luck_of(world, rows, "truck")
    own = first[district] + np.floor(luck * fleet[district]).astype(np.int64)
    other = np.floor(luck * others).astype(np.int64)
    other += np.where(other >= first[district], fleet[district], 0)
    truck: IntArray = np.where(strange, other, own)
    return truck


def _deterred(world: World, truck: IntArray, years: FloatArray, trucks: MuckTrucks, away: float) -> FloatArray:
    """Factor on the offences of each truck by what has become of those that were caught, at home and elsewhere.

    How many were caught is read off the truck's own luck, and each has a mark of its own for its evidence: more
    detection catches the same ones and more, better evidence lets the same ones stand up and more.

    Args:
        years: for which the cameras have watched it. away: share of its offences in other districts.
    """
    key, left, shared = derive(world.key, "trucks"), np.ones(len(truck)), trucks.cross_district
    by_letter = np.where(uniforms(key, truck, purpose_code("handed over")) < shared, 0.0, DAYS_TO_HAND_OVER)
    for where, part, valid, delay in (
        ("home", 1.0 - away, trucks.evidence, np.zeros(len(truck))),
        ("away", away, trucks.evidence * (shared + (1.0 - shared) * VALID_AWAY), by_letter),
    ):
        closed = np.maximum(years - (DAYS_TO_CLOSE + delay) * DAY / YEAR, 0.0)
        luck = uniforms(key, truck, purpose_code(f"caught {where}"))
        caught = _poisson(luck, OFFENCES * part * trucks.detection * closed)
        for k in range(int(caught.max(initial=0.0))):
            stands = uniforms(key, truck, purpose_code(f"evidence {where}"), k) < valid
            left *= np.where(caught > k, np.where(stands, trucks.after, STOPPED), 1.0)
    return left


def _poisson(luck: FloatArray, mean: FloatArray) -> FloatArray:
    """Poisson numbers with these means, by inversion: they grow with the mean."""
    number = np.zeros(len(luck))
    for k in range(MOST_CAUGHT):
        further = pdtr(k, mean) <= luck
        if not further.any():
            break
        number += further
    return number


def lead_waste(world: World, waste: BuildingWaste, effects: Effects) -> None:
    """Spare loads that are used again, find room at a site or no longer pay to be dumped; the others are the same."""
    rows = beginnings(world, ("waste_illegal_dumping",))
    if waste == BuildingWaste() or not len(rows):
        return
    day = world.incidents.occurred[rows] // DAY
    at = (day, world.scenario.city.district_of_street[world.incidents.street[rows]])
    will, now = (
        dumped(programme, *(state[at] for state in queues_under(world, programme, int(day.max()) + 1, effects.begun)))
        for programme in (waste, BuildingWaste())
    )
    spare(effects, rows, luck_of(world, rows, "load is dumped") >= will / now)


def collect_rural(world: World, waste: RuralWaste, effects: Effects) -> None:
    """Spare overflows where the truck gets to the stop with room left, the round comes sooner, or a sensor calls.

    A point overflows because the truck was full before it came there; if not, because the crew broke off the round,
    or because it was full before the round. The time until a point is full has a density that rises evenly up to now's
    interval, so a round after a shorter one finds it full with the square of the share of the interval; there are as
    many more rounds, so the rate of overflows falls with the share itself.
    """
    now = RuralWaste()
    rows = beginnings(world, ("rural_waste_missed",))
    if waste == now or not len(rows):
        return
    stops, sooner = stops_of(world, rows), waste.every_days / now.every_days
    truck_full = stops.tonnes > now.truck_tonnes
    stays_full = stops.tonnes * sooner > waste.truck_tonnes
    of_miss = luck_of(world, rows, "stop missed") < BY_MISS
    missed = luck_of_rounds(world, stops, "round broken off") < waste.missed / now.missed
    early = luck_of(world, rows, "overflow left") < sooner
    left = np.where(truck_full, stays_full, np.where(of_miss, missed, early))
    called = luck_of_points(stops, "fill sensor") < waste.sensors
    answered = called & (luck_of(world, rows, "call answered") < ANSWERED)
    spare(effects, rows, ~left | answered)
