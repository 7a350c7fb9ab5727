"""Licensed sites for building waste: a queue of loads in each district from day to day, which turns loads away if full.

Who is turned away, or whom road, queue and price cost too much, tips the load by the road.
"""

import numpy as np
from scipy.special import expit, logit

from citysim.policy.programmes.waste import BuildingWaste
from citysim.streams import STEP, FloatArray, derive, purpose_code
from citysim.units import DAY
from citysim.world.almanac import weekday
from citysim.world.sample import World
from citysim.world.weather import normals

ESCAPES = 0.05
"""Share of the loads that are dumped by the road at the usual costs (0.01-0.10, brief item 45 asm)."""
PER_KM, PER_HOUR = 6.0, 120.0
"""Yuan for a kilometre and for an hour of truck and driver [asm]."""
BUSY, OPEN_HOURS = 0.9, 10.0
"""Loads of a day against what the sites take in a day as now; hours that they are open [asm]."""
ROOM = 2.0
"""Days of work of a site that may wait before it; what comes then is turned away [asm]."""
OF_DAYS = 0.35
"""Spread of the loads of a day (of the logarithm) [asm]."""
SUNDAY, REST = 6, 0.5
"""Loads on a Sunday against other days [asm]."""
TURNED_AWAY = 0.5
"""Share of the loads turned away that are dumped as now; the others come back another day, to another site [asm]."""
DUMPING_FINE = 5_000.0
"""Yuan for a load that is caught [asm]."""
SENSITIVE = 150.0
"""Yuan of difference that move the odds of dumping by a factor e [asm]."""
USUAL_WAIT = 2.0
"""Hours in the queue at which the share above is dumped [asm]."""


def loads(world: World, days: int) -> FloatArray:
    """Loads that come to the sites of each district on the first days, as now; in days of work of the sites."""
    calendar = weekday(world.scenario.almanac.days(days))
    week = np.where(calendar == SUNDAY, REST, 1.0) * 7.0 / (6.0 + REST)
    codes = np.array([purpose_code(district.id) for district in world.scenario.city.districts], np.uint64)
    with np.errstate(over="ignore"):
        entities = codes + np.uint64(STEP) * np.arange(days, dtype=np.uint64)[:, None]
    chance = np.exp(OF_DAYS * normals(derive(world.key, "sites"), entities, "loads of day") - OF_DAYS**2 / 2.0)
    coming: FloatArray = BUSY * week[:, None] * chance
    return coming


def queues(coming: FloatArray, capacity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Hours of waiting at the end of each day, and share of its loads turned away; shapes (days, districts).

    What a site cannot take in a day waits for the next one, up to ROOM.

    Args:
        coming: loads of each day. capacity: loads taken in each day; shape (days,).
    """
    wait, turned = np.empty_like(coming), np.empty_like(coming)
    queue = np.zeros(coming.shape[1])
    for day, takes in enumerate(capacity):
        queue = np.maximum(queue + coming[day] - takes, 0.0)
        over = np.maximum(queue - ROOM * takes, 0.0)
        queue = queue - over
        wait[day], turned[day] = queue / takes * OPEN_HOURS, over
    return wait, np.divide(turned, coming, out=np.zeros_like(turned), where=coming > 0.0)


def queues_under(world: World, waste: BuildingWaste, days: int, begun: int) -> tuple[FloatArray, FloatArray]:
    """`queues` of a world whose sites are as now until the second `begun` and under a programme from then on."""
    runs = np.arange(days) * DAY >= begun
    coming = loads(world, days) * np.where(runs, 1.0 - waste.reused, 1.0)[:, None]
    return queues(coming, np.where(runs, waste.capacity, 1.0))


def dumped(waste: BuildingWaste, wait: FloatArray, turned: FloatArray) -> FloatArray:
    """Share of what is waste as now that is dumped by the road, where drivers wait so long and so many are turned away.

    Source: logit choice between two ways; as now, and with the usual wait, it is ESCAPES.
    """
    now = BuildingWaste()
    way = 2.0 * (waste.km - now.km) * PER_KM + (wait - USUAL_WAIT) * PER_HOUR + waste.price - now.price
    risk = (waste.checks - now.checks) * DUMPING_FINE
    tempted = expit(logit(ESCAPES) + (way - risk) / SENSITIVE)
    sent_off = np.maximum(expit(logit(TURNED_AWAY) - risk / SENSITIVE), tempted)
    share: FloatArray = (1.0 - waste.reused) * ((1.0 - turned) * tempted + turned * sent_off)
    return share
