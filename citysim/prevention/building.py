"""An illegal building: how far it has grown when it is seen, and the legal way from stop-work to demolition."""

import numpy as np

from citysim.policy.programmes.community import IllegalBuilding
from citysim.prevention.rows import BoolArray, luck_of
from citysim.streams import FloatArray
from citysim.units import DAY, WEEK, IntArray
from citysim.world.sample import World
from citysim.world.weather import normals

GROWING_DAYS, GROWING_SIGMA = 20.0, 0.8
"""Median days until an illegal building is finished, and spread of the logarithm [asm]."""
CHEAP_DAYS = 1.0
"""What is seen so soon needs a word only (brief item 54: within 24 h)."""
STAGES = (("stop work", 0.5), ("penalty", 7.0), ("demolition order", 5.0), ("demolition", 20.0))
"""Each with its limit in working days: 4 working hours, 7 and 20 working days (R46); of the order [asm]."""
QUICKEST = 0.4
"""Least share of its limit that a stage takes [asm]."""
CALENDAR = 7.0 / 5.0
"""Days for a working day."""
APPEALED = 0.15
"""Share of the orders that are appealed unless a mediator settles it before [asm]."""
APPEAL_DAYS = (30.0, 60.0)
"""Least and most days for which an appeal holds up the demolition [asm]."""
UPHELD = 0.1
"""Share of the appeals that succeed; the building stays [asm]."""
WORD_HOURS = 2.0
"""Hours of a crew for a word to the builder; the scenario's work is about that of the cheapest finished one [asm]."""
COSTLIER = (5.0, 20.0)
"""How many times that a finished one takes (brief item 54 asm)."""


def days_seen(world: World, rows: IntArray, looks: float) -> FloatArray:
    """Days after which somebody who looks so often a week has seen each building; never without looks."""
    waits = -np.log1p(-luck_of(world, rows, "seen while growing"))
    seen: FloatArray = waits * (WEEK / DAY) / looks if looks else np.full(len(rows), np.inf)
    return seen


def days_growing(world: World, rows: IntArray) -> FloatArray:
    """Days until each building is finished."""
    days: FloatArray = GROWING_DAYS * np.exp(
        GROWING_SIGMA * normals(world.key, world.incidents.luck[rows], "building grows")
    )
    return days


def more_work_hours(world: World, rows: IntArray, built: FloatArray, usual: FloatArray) -> FloatArray:
    """Hours that a crew needs beyond the usual ones for what is built so far.

    Args:
        built: share of the building, 0 to 1. usual: hours of the scenario.
    """
    low, high = COSTLIER
    finished = low + (high - low) * luck_of(world, rows, "costlier")
    more: FloatArray = np.maximum(WORD_HOURS * (1.0 + (finished - 1.0) * built) - usual, 0.0)
    return more


def stage_days(world: World, rows: IntArray) -> FloatArray:
    """Calendar days that each stage takes, shape (rows, stages); each is drawn by itself, within its limit."""
    days = [
        limit * CALENDAR * (QUICKEST + (1.0 - QUICKEST) * luck_of(world, rows, f"stage of {name}"))
        for name, limit in STAGES
    ]
    return np.stack(days, axis=1)


def appeals(world: World, rows: IntArray, policing: IllegalBuilding) -> tuple[FloatArray, BoolArray]:
    """Days for which an appeal against the order holds up each demolition, 0 without one; whether it succeeds."""
    appealed = luck_of(world, rows, "appeals") < APPEALED * (1.0 - policing.mediated)
    low, high = APPEAL_DAYS
    days: FloatArray = np.where(appealed, low + (high - low) * luck_of(world, rows, "appeal takes"), 0.0)
    upheld: BoolArray = appealed & (luck_of(world, rows, "appeal succeeds") < UPHELD)
    return days, upheld
