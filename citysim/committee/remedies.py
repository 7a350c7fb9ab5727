"""What would help against a problem of the focus list."""

from collections.abc import Sequence

from citysim.committee.agents import is_of_host
from citysim.committee.decisions import (
    DEADLINE,
    PATROLS,
    ROOT_CAUSE,
    SENSORS,
    TASK_FORCE,
    Decision,
    Names,
    Rules,
)
from citysim.committee.library import Problem
from citysim.committee.watching import may_be_equipped, may_be_patrolled
from citysim.policy.governance import Governance, Guidance
from citysim.policy.sensors import ASSETS, Sensing
from citysim.streams import FloatArray
from citysim.units import CALENDAR, WEEK, WorkingWeek
from citysim.world.incidents import IncidentKind

OVERDUE = 0.2
"""A type whose cases are overdue more often, or lie over their limit in so many, is given its own deadline [asm]."""
LATE = 0.5
"""A problem is found late if more than this share of its harm is before the report [asm]."""


def remedies(
    problem: Problem,
    names: Names,
    rules: Rules,
    governance: Governance,
    sensing: Sensing,
    limits: Sequence[float | None],
    week: int,
    harm: FloatArray,
) -> list[Decision]:
    """Sensors or patrols at its spots where a problem is found late, the patrols also at its clusters, where they keep
    to its times; a task force where it has hot spots in several districts, root-cause work where none has been done, a
    deadline where it is often overdue; what stands is left out.

    Args:
        sensing: of the policy. limits: hours of the calendar until closed, by type; None = it has none. week: in which
            it is proposed. harm: weighted hours a week, by type: what each item could touch of it is its rank.
    """
    kind, group = names.types[problem.kind], names.groups[problem.kind]
    host, scope = is_of_host(names.leads[problem.kind]), dict(rules.scope)
    committee, places = governance.committee, problem.spots
    beat = tuple(sorted({*places, *(street for street, _ in problem.times)}))
    found: list[tuple[str, str]] = []
    if problem.late > LATE * problem.harm:
        if group in ASSETS and may_be_equipped(group, places, rules, governance.guidance, sensing):
            found.append((SENSORS, group))
        elif group not in ASSETS and may_be_patrolled(beat, rules, governance.guidance):
            found.append((PATROLS, kind if beat else "all"))
    if problem.is_common and group not in scope and len(scope) < committee.task_forces:
        found.append((TASK_FORCE, group))
    if rules.rooted[problem.kind] == 0.0:
        found.append((ROOT_CAUSE, kind))
    may = committee.deadline < 1.0 and limits[problem.kind] is not None
    late = problem.overdue > OVERDUE or problem.unresolved > OVERDUE * problem.count
    if may and late and kind not in dict(rules.deadline):
        found.append((DEADLINE, kind))
    touched, goes_to = _touched(problem, names, harm), {SENSORS: places, PATROLS: beat}
    return [
        Decision(
            topic,
            name,
            week,
            0,
            harm=touched[topic],
            host=host,
            places=goes_to.get(topic, ()),
            times=problem.times if topic == PATROLS else (),
        )
        for topic, name in found
    ]


def done_already(item: Decision, names: Names, rules: Rules, guidance: Guidance) -> bool:
    """Whether an item has come to nothing since it was proposed: what it asks for stands already."""
    match item.topic:
        case "patrols":
            return not may_be_patrolled(item.places, rules, guidance)
        case "root_cause":
            return bool(rules.rooted[names.types.index(item.name)] > 0.0)
        case "task_force":
            return item.name in dict(rules.scope)
        case "deadline":
            return item.name in dict(rules.deadline)
    return False


def _touched(problem: Problem, names: Names, harm: FloatArray) -> dict[str, float]:
    """Weighted hours a week that each remedy could touch: before report, of the whole group, all, of overdue cases."""
    group, mine = names.groups[problem.kind], float(harm[problem.kind])
    of_group = sum(float(hours) for name, hours in zip(names.groups, harm, strict=True) if name == group)
    before_report = mine * problem.late / problem.harm if problem.harm > 0.0 else 0.0
    return {
        SENSORS: before_report, PATROLS: before_report, TASK_FORCE: of_group, ROOT_CAUSE: mine,
        DEADLINE: mine * problem.overdue,
    }  # fmt: skip


def calendar_limit(kind: IncidentKind, week: WorkingWeek) -> float | None:
    """The limit of a type until closed, in hours of the calendar; None = it has none."""
    if kind.close_limit_hours is None or kind.clock == CALENDAR:
        return kind.close_limit_hours
    return kind.close_limit_hours * WEEK / (len(week.days) * (week.end - week.start))
