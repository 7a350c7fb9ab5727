"""Lifelines: what each arc of their loop (监管防处评) does better once the lessons of cases go round.

Each arc acts where its gate is read (judging/lifelines.py): two on single incidents, three on all cases of a type,
since orders, repairs and root causes are drawn from numbers of the type.
"""

from collections.abc import Mapping

import numpy as np

from citysim.policy.programmes import LifelineLoop, Programmes
from citysim.policy.sensors import ASSETS
from citysim.prevention.effects import Effects
from citysim.prevention.rows import BoolArray, luck_of, spare
from citysim.streams import FloatArray
from citysim.units import CHANNELS
from citysim.world.sample import World

ARCS = ("monitor", "manage", "prevent", "dispose", "evaluate")
"""监、管、防、处、评."""
SENSOR = CHANNELS.index("sensor")
WATCHED = 4.0
"""Factor on the hazard that a sensor notices what happens at a place that is watched for its lessons [asm, 2-10]."""
SPARED = 0.4
"""Share of what would come back or spring from a lifeline case that a lesson handed on spares [asm, 0.2-0.7]."""
QUICKER = 0.4
"""Share of the work on site that a plan and the right equipment save [asm, 0.1-0.5]."""


def hand_round(world: World, loop: LifelineLoop, effects: Effects) -> None:
    """Monitor: sensors look where it happened before. Prevent: spare what would come back or spring from a case."""
    if not loop.closed:
        return
    rows = np.flatnonzero(_of_lifeline(world)[world.incidents.kind])
    watched = luck_of(world, rows, "lesson handed on: monitor") < loop.monitor
    effects.noticing[rows[watched], SENSOR] *= WATCHED
    bred = rows[world.incidents.is_latent[rows]]
    spare(effects, bred, luck_of(world, bred, "lesson handed on: prevent") < SPARED * loop.prevent)


def types_under(world: World, programmes: Programmes) -> Mapping[str, FloatArray]:
    """Factors on the columns of the incident types (world/kinds.py), by name; one entry for each type.

    Manage: the share of orders that go by a list of who owns what cannot go wrong. Dispose: repairs
    go by a plan, and that share of the cases that would be shelved is not.
    Evaluate: that share of the root causes that would be left is mended after all.
    """
    loop = programmes.lifeline_loop
    if not loop.closed:
        return {}
    of_lifeline = _of_lifeline(world)
    left = {
        "difficulty": loop.manage,
        "work_median": QUICKER * loop.dispose,
        "put_off": loop.dispose,
        "unrooted": loop.evaluate,
    }
    return {name: np.where(of_lifeline, 1.0 - part, 1.0) for name, part in left.items()}


def _of_lifeline(world: World) -> BoolArray:
    return np.array([kind.group in ASSETS for kind in world.scenario.kinds], dtype=np.bool_)
