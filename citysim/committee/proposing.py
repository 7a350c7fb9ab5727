"""What the office brings before a plenary, all on one scale: the weighted hours of harm a week that it could touch."""

from collections.abc import Sequence

import numpy as np
from scipy.special import bdtrc

from citysim.committee.decisions import (
    CREWS,
    DEPARTMENT,
    GRADES_ABOVE_BLUE,
    PREVENTION,
    STEP,
    TASK_FORCE,
    THRESHOLDS,
    Decision,
    Names,
)
from citysim.committee.library import ProblemLibrary
from citysim.committee.members import Department
from citysim.committee.spending import BUYS
from citysim.policy.governance import Governance
from citysim.streams import FloatArray

MISSED, RAISED = 0.10, 0.60
"""A threshold moves above these shares of cases first put below it, and of cases put above it in vain [asm]."""
BY_CHANCE = 0.05
"""And if so many were no more likely than this, were it these shares: red cases are few."""
STRAINED = 1.2
"""A department with so many times its usual load is called to account [asm]."""


def thresholds(library: ProblemLibrary, week: int) -> list[Decision]:
    """The threshold of a grade down where cases that were so grave were first taken for less, up where cases were first
    taken for so grave in vain; the mean harm of as many cases. Each of the three moves by its own evidence.
    """
    cases, harm = float(library.total("reported").sum()), float(library.weekly_harm().sum())
    missed, serious, alarmed, raised = (library.total(name) for name in ("missed", "serious", "alarmed", "raised"))
    of_a_case, items = harm / max(cases, 1.0), []
    for k, grade in enumerate(GRADES_ABOVE_BLUE):
        if _is_more(missed[k], serious[k], MISSED):
            items.append(Decision(THRESHOLDS, grade, week, 0, size=-STEP, harm=float(missed[k]) * of_a_case))
        elif _is_more(alarmed[k], raised[k], RAISED):
            items.append(Decision(THRESHOLDS, grade, week, 0, size=STEP, harm=float(alarmed[k]) * of_a_case))
    return items


def _is_more(part: float, whole: float, share: float) -> bool:
    """Whether so many of so many cases are more than a share, and more than chance makes of it."""
    return bool(part > share * whole and bdtrc(part - 1.0, int(whole), share) <= BY_CHANCE)


def staffing(
    library: ProblemLibrary,
    departments: Sequence[Department],
    movable: Sequence[str],
    names: Names,
    governance: Governance,
    week: int,
) -> list[Decision]:
    """Crews for the department that has most beyond its usual load, and a word with the one that has: the harm beyond
    the usual of what it leads, and of its part in what it supports.

    Args:
        movable: departments whose crews the city may move at all.
    """
    items = []
    able = [department for department in departments if department.code in movable]
    if able and governance.guidance.pool > 0.0 and governance.guidance.allocation != "equal":
        strained = _most_strained(able)
        items.append(Decision(CREWS, strained.code, week, 0, harm=_beyond_usual(strained, library, names)))
    strained = _most_strained(departments)
    if strained.strain > STRAINED:
        items.append(Decision(DEPARTMENT, strained.code, week, 0, harm=_beyond_usual(strained, library, names)))
    return items


def prevention(library: ProblemLibrary, names: Names, governance: Governance, week: int) -> list[Decision]:
    """How the budget of prevention is split: the harm of all groups that a programme prevents."""
    if not governance.prevention.budget:
        return []
    prevented = np.array([group in BUYS for group in names.groups])
    return [Decision(PREVENTION, "budget", week, 0, harm=float(library.weekly_harm()[prevented].sum()))]


def advised(library: ProblemLibrary, adopted: FloatArray, most: int) -> list[int]:
    """Types that a line of the responsibility list is written for: most harm in cases that come back, worst first.

    Args:
        adopted: 1 where a district's center has adopted the line of a type, shape (types, districts). most: lines.
    """
    ordered, returned = library.total("ordered"), library.total("returned")
    share = np.divide(returned, ordered, out=np.zeros(len(ordered)), where=ordered > 0)
    worth = np.where(adopted.all(axis=1), 0.0, share * library.weekly_harm())
    worst = np.argsort(-worth, kind="stable")[:most]
    return [int(k) for k in worst if worth[k] > 0.0]


def at_most(items: Sequence[Decision], on_its_way: Sequence[Decision], room: int) -> list[Decision]:
    """The items without the task forces for which there is no room beside those that are on their way already."""
    room -= sum(item.topic == TASK_FORCE for item in on_its_way)
    forces = [item for item in items if item.topic == TASK_FORCE]
    return [item for item in items if item.topic != TASK_FORCE or item in forces[: max(room, 0)]]


def _most_strained(departments: Sequence[Department]) -> Department:
    return max(departments, key=lambda d: (d.strain, -d.position))


def _beyond_usual(department: Department, library: ProblemLibrary, names: Names) -> float:
    """A case that several departments work on is as much a matter of each that supports as of the others."""
    code = department.code
    part = [
        1.0 if lead == code else (code in supports) / (1.0 + len(supports))
        for lead, supports in zip(names.leads, names.supports, strict=True)
    ]
    return float(library.weekly_harm() @ np.array(part)) * max(0.0, 1.0 - 1.0 / department.strain)
