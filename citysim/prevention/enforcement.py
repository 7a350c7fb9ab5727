"""Who may enforce what, where and since when: the matrix of matters and districts, and cases that no crew can do."""

from dataclasses import dataclass

import numpy as np

from citysim.errors import PolicyError
from citysim.policy.programmes.enforcement import MATTERS, Cells, Enforcement
from citysim.prevention.effects import Effects
from citysim.prevention.rows import check_known, luck_of
from citysim.streams import FloatArray
from citysim.units import DAY, HOUR, WEEK, IntArray
from citysim.world.sample import World

NEVER = 2**31
"""Week in which what is on no list comes on it."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """The list of matters; arrays by incident type and district.

    Args:
        begins, ends: weeks between which crews of the streets enforce it. share: of the crews that have the skill in
            the end. longer: hours that such a crew needs beyond those of specialists.
    """

    begins: FloatArray
    ends: FloatArray
    share: FloatArray
    longer: FloatArray


def matrix_of(world: World, enforcement: Enforcement) -> Matrix:
    """The list of matters of a city.

    Raises:
        PolicyError: an entry names a matter or a district that the city does not have.
    """
    if enforcement.matters != MATTERS:  # the usual list may name what a small city does not have
        check_known(world, enforcement.names, "enforcement.matters")
    districts = [district.id for district in world.scenario.city.districts]
    if unknown := sorted(enforcement.districts - set(districts)):
        raise PolicyError(
            f"programmes.enforcement: {unknown[0]!r}, must be a district of {world.scenario.name}: "
            f"{', '.join(districts)}"
        )
    names = [[name for name in (kind.id, kind.group) if name in enforcement.names] for kind in world.scenario.kinds]
    week_of, loss_of = enforcement.week_of, enforcement.loss_of
    usual = [float(min((week_of[name] for name in of), default=NEVER)) for of in names]
    loss = [max((loss_of.get(name, enforcement.slower) for name in of), default=0.0) for of in names]
    skilled = [enforcement.trained if of else 0.0 for of in names]
    hours = _usual_hours(world)
    return Matrix(
        begins=_table(names, districts, enforcement.own_weeks, usual),
        ends=_table(names, districts, enforcement.own_ends, [float(NEVER)] * len(names)),
        share=_table(names, districts, enforcement.skill_of, skilled),
        longer=(hours * loss)[:, None] * _breadth(enforcement, districts) / 4.0,
    )


def _usual_hours(world: World) -> FloatArray:
    """Median work of specialists, by type."""
    return np.array([kind.work_median_hours for kind in world.scenario.kinds])


def _breadth(enforcement: Enforcement, districts: list[str]) -> FloatArray:
    """By district: further matters that a crew knows, 0 to 4; of 4 it has the whole loss of speed."""
    if not enforcement.skills:
        return np.full((1, len(districts)), enforcement.degree - 1.0)
    names = [[name] for name in sorted(enforcement.names)]
    known = _table(names, districts, enforcement.skill_of, [enforcement.trained] * len(names)).sum(axis=0)
    return np.minimum(known, 4.0)[None, :]


def _table(names: list[list[str]], districts: list[str], cells: Cells, usual: list[float]) -> FloatArray:
    """An entry for each type and district: of the type before its group, of the district before all, else the usual."""
    return np.array(
        [
            [
                next((cells[at] for name in of for at in ((name, district), (name, "")) if at in cells), other)
                for district in districts
            ]
            for of, other in zip(names, usual, strict=True)
        ]
    )


def enforce_together(world: World, enforcement: Enforcement, effects: Effects) -> None:
    """A crew that is trained in the matter needs one department less, and takes longer than specialists would.

    Who is to have the skill gets it within the weeks of training, in an order of his own luck.
    """
    if enforcement.is_as_now:
        return
    matrix = matrix_of(world, enforcement)
    at = (world.incidents.kind, world.scenario.city.district_of_street[world.incidents.street])
    week = world.incidents.occurred // WEEK
    rows = np.flatnonzero((week >= matrix.begins[at]) & (week < matrix.ends[at]) & (world.incidents.n_support > 0))
    cell = (at[0][rows], at[1][rows])
    since = np.maximum(matrix.begins[cell] * WEEK, effects.begun)
    skilled = matrix.share[cell] * _learned(world, rows, since, enforcement.training_weeks)
    able = luck_of(world, rows, "trained crew") < skilled
    effects.supports[rows[able]] -= 1
    effects.slower[rows[able]] += np.floor(matrix.longer[cell][able] * HOUR + 0.5).astype(np.int64)
    _without_skill(world, enforcement, effects, rows[~able])


def _learned(world: World, rows: IntArray, since: FloatArray, training_weeks: int) -> FloatArray:
    """Share of those who are to have the skill that have it by then."""
    if not training_weeks:
        return np.ones(len(rows))
    learned: FloatArray = np.clip((world.incidents.occurred[rows] - since) / (training_weeks * WEEK), 0.0, 1.0)
    return learned


def _without_skill(world: World, enforcement: Enforcement, effects: Effects, rows: IntArray) -> None:
    """What becomes of these cases on the list, whose crew cannot do them."""
    if enforcement.unskilled == "slower":
        longer = _usual_hours(world)[world.incidents.kind[rows]] * enforcement.unskilled_loss
        effects.slower[rows] += np.floor(longer * HOUR + 0.5).astype(np.int64)
        effects.supports[rows] -= 1
    elif enforcement.unskilled == "sent_up":
        effects.clearance[rows] += round(enforcement.sent_up_hours * HOUR)
    elif enforcement.unskilled == "waits":
        until = luck_of(world, rows, "day of department") * enforcement.visit_days
        effects.clearance[rows] += np.floor(until * DAY + 0.5).astype(np.int64)
        effects.supports[rows] -= 1
