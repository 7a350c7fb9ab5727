"""Lifelines: the same trouble does not come back where the lesson of a case has gone round all five arcs."""

import numpy as np

from citysim.policy.programmes import LifelineLoop
from citysim.policy.sensors import ASSETS
from citysim.prevention.effects import Effects
from citysim.prevention.rows import luck_of, spare
from citysim.world.incidents import RECURRENCE
from citysim.world.sample import World

ARCS = ("monitor", "manage", "prevent", "dispose", "evaluate")
"""监、管、防、处、评."""


def hand_round(world: World, loop: LifelineLoop, effects: Effects) -> None:
    """Spare what would come back at the place of a lifeline case whose lesson no arc has lost.

    Each arc hands on a lesson or loses it, by luck of its own; what comes back does so after a case, so no other
    incident is spared.
    """
    if not loop.closed:
        return
    of_lifeline = np.array([kind.group in ASSETS for kind in world.scenario.kinds], dtype=bool)
    rows = np.flatnonzero(of_lifeline[world.incidents.kind] & (world.incidents.link == RECURRENCE))
    arrived = np.ones(len(rows), np.bool_)
    for arc in ARCS:
        arrived &= luck_of(world, rows, f"lesson handed on: {arc}") < getattr(loop, arc)
    spare(effects, rows, arrived)
