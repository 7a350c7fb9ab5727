"""Which streets a service is given to first, and what the others lose if nobody is paid for it."""

import numpy as np

from citysim.prevention.effects import Effects
from citysim.prevention.rows import PATROL, BoolArray
from citysim.units import IntArray
from citysim.world.geography import rank_chosen
from citysim.world.sample import World

STREET_LIFE = ("sanitation", "order", "livelihood")
"""Groups of incident types that patrols of streets look for."""
PATROL_HOURS = 0.03
"""Of patrols, for each resident and week [asm: 23 people in a street of 31,000]."""


def premium_rank(world: World) -> IntArray:
    """Order in which somebody who wants to show something chooses the streets of the city; the same in all worlds."""
    return rank_chosen(world.scenario.name, len(world.scenario.city.street_population))


def need_rank(world: World) -> IntArray:
    """Order of need: the streets that report least come first."""
    rank: IntArray = np.argsort(np.argsort(world.scenario.city.reporting_factor, kind="stable"))
    return rank


def served(world: World, zones: float, premium: bool) -> BoolArray:
    """Streets that are served; a larger share of them has all of a smaller one, and one street at least."""
    rank = premium_rank(world) if premium else need_rank(world)
    chosen: BoolArray = rank < max(round(zones * len(rank)), 1)
    return chosen


def take_from_patrols(world: World, inside: BoolArray, hours: float, effects: Effects) -> None:
    """Patrols look less in the streets that are not served, or everywhere if all are, as their people stand elsewhere.

    Args:
        inside: streets that are served. hours: a week for each resident of these.
    """
    people = world.scenario.city.street_population
    lose = ~inside if not inside.all() else inside
    taken = hours * float(people[inside].sum()) / (PATROL_HOURS * float(people[lose].sum()))
    groups = np.array([kind.group in STREET_LIFE for kind in world.scenario.kinds])
    rows = groups[world.incidents.kind] & lose[world.incidents.street]
    effects.noticing[rows, PATROL] *= max(1.0 - taken, 0.0)
