"""Programmes that begin in mid-run, and that act in some districts more than in others."""

from dataclasses import fields, replace

import numpy as np

from citysim.prevention.effects import Effects
from citysim.prevention.rows import BoolArray
from citysim.streams import purpose_code, uniforms
from citysim.world.sample import World

CARRIED = ("begun", "since")
"""Fields of the effects that are not one entry for each incident."""


def before_turn(effects: Effects) -> Effects:
    """A copy to go back to."""
    copies = {f.name: getattr(effects, f.name).copy() for f in fields(effects) if f.name not in CARRIED}
    return replace(effects, **copies)


def undo(effects: Effects, before: Effects, rows: BoolArray) -> None:
    """Take back at these incidents what has changed since."""
    for field in fields(effects):
        if field.name not in CARRIED:
            getattr(effects, field.name)[rows] = getattr(before, field.name)[rows]


def out_of_reach(world: World, name: str, strength: tuple[float, ...] | None) -> BoolArray:
    """The incidents that a programme does not reach; the stronger it is in a district, the fewer.

    Args:
        strength: share of the incidents of each district that it reaches; None = all.
    """
    if strength is None:
        return np.zeros(len(world.incidents), np.bool_)
    luck = uniforms(world.key, world.incidents.luck, purpose_code(f"reached by {name}"))
    district = world.scenario.city.district_of_street[world.incidents.street]
    missed: BoolArray = luck >= np.asarray(strength)[district]
    return missed
