"""Trucks that were punished offend less, loads go where it costs less, points are emptied before they overflow."""

import numpy as np
from scipy.special import expit, logit, pdtr

from citysim.policy.programmes.waste import TRUCKS, BuildingWaste, MuckTrucks, RuralWaste
from citysim.prevention.effects import Effects
from citysim.prevention.rows import beginnings, luck_of, spare, years_at
from citysim.streams import FloatArray, derive, purpose_code, uniforms
from citysim.units import CHANNELS
from citysim.world.sample import World

VIDEO = CHANNELS.index("video")
NOW = MuckTrucks()
OFFENCES = 4.3
"""Offences of a truck in a year: 260 per 100,000 residents over 60 trucks (scenarios; 2-6, brief item 49)."""
MOST_PUNISHED = 60

ESCAPES = 0.05
"""Share of the loads that are dumped by the road now (0.01-0.10, brief item 45 asm)."""
PER_KM, PER_HOUR = 6.0, 120.0
"""Yuan for a kilometre and for an hour of truck and driver [asm]."""
BUSY, UNLOADING = 0.9, 0.25
"""How busy the sites are now, and hours to unload; the queue is that of one place with chance arrivals [asm]."""
DUMPING_FINE = 5_000.0
"""Yuan for a load that is caught [asm]."""
SENSITIVE = 150.0
"""Yuan of difference that move the odds of dumping by a factor e [asm]."""

BY_MISS = 0.7
"""Share of the overflows in villages that come of a missed stop; the others were full before the round came [asm]."""
ANSWERED = 0.9
"""Share of the full points with a sensor that are emptied in time [asm]."""


def watch_trucks(world: World, trucks: MuckTrucks, effects: Effects) -> None:
    """Spare offences of trucks that were punished before; cameras see the others sooner.

    By a time t a truck has been punished a Poisson number of times with mean offences x certainty x t: the number is
    read off the truck's own luck, so that more certainty punishes it at least as often.
    """
    if trucks == NOW:
        return
    rows = beginnings(world, ("zhatu_truck_violation",))
    n = max(round(TRUCKS * float(world.scenario.city.street_population.sum())), 1)
    truck = np.minimum((luck_of(world, rows, "truck") * n).astype(np.int64), n - 1)
    luck = uniforms(derive(world.key, "trucks"), truck, purpose_code("punished"))
    exposed = OFFENCES * years_at(world, rows, effects)
    punished, as_now = (_poisson(luck, one.certainty * exposed) for one in (trucks, NOW))
    left = trucks.after**punished / NOW.after**as_now
    spare(effects, rows, luck_of(world, rows, "truck offends") >= left)
    effects.noticing[rows, VIDEO] *= trucks.detection / NOW.detection


def _poisson(luck: FloatArray, mean: FloatArray) -> FloatArray:
    """Poisson numbers with these means, by inversion: they grow with the mean."""
    number = np.zeros(len(luck))
    for k in range(MOST_PUNISHED):
        further = pdtr(k, mean) <= luck
        if not further.any():
            break
        number += further
    return number


def lead_waste(world: World, waste: BuildingWaste, effects: Effects) -> None:
    """Spare loads that no longer pay to be dumped; those that would be dumped still are the same ones."""
    if waste == BuildingWaste():
        return
    rows = beginnings(world, ("waste_illegal_dumping",))
    left = expit(logit(ESCAPES) + (_legal(waste) - _legal(BuildingWaste())) / SENSITIVE)
    left = expit(logit(left) - (waste.checks - BuildingWaste().checks) * DUMPING_FINE / SENSITIVE)
    spare(effects, rows, luck_of(world, rows, "load is dumped") >= left / ESCAPES)


def _legal(waste: BuildingWaste) -> float:
    """Yuan that a load costs the driver on the licensed way: road, queue, price."""
    busy = BUSY / waste.capacity
    queue = UNLOADING * busy / (1.0 - busy)
    return 2.0 * waste.km * PER_KM + (UNLOADING + queue) * PER_HOUR + waste.price


def collect_rural(world: World, waste: RuralWaste, effects: Effects) -> None:
    """Spare overflows where no stop is missed, where the round comes sooner, or where a sensor calls for it.

    The time until a point is full has a density that rises evenly up to now's interval, so a round after a shorter one
    finds it full with the square of the share of the interval; there are as many more rounds, so the rate of overflows
    falls with the share itself.
    """
    now = RuralWaste()
    if waste == now:
        return
    rows = beginnings(world, ("rural_waste_missed",))
    of_miss = luck_of(world, rows, "stop missed") < BY_MISS
    mark = luck_of(world, rows, "overflow left")
    left = np.where(of_miss, waste.missed / now.missed, waste.every_days / now.every_days)
    called = luck_of(world, rows, "fill sensor") < waste.sensors
    answered = called & (luck_of(world, rows, "call answered") < ANSWERED)
    spare(effects, rows, (mark >= left) | answered)
