"""What the committee can decide, and the state of the rules that decisions have led to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from citysim.committee.allocating import times
from citysim.committee.conduct import Conduct, standing_under
from citysim.committee.spending import Bought
from citysim.policy.catalog import DESIGNS
from citysim.policy.governance import Governance
from citysim.policy.policy import Policy
from citysim.policy.sensors import CLASSES, Sensing
from citysim.policy.staffing import PoolFamily, Shift, Staffing
from citysim.streams import FloatArray

ROOT_CAUSE, LIST, TASK_FORCE, SENSORS, PATROLS, CREWS, THRESHOLDS, DEPARTMENT, DEADLINE, PREVENTION = (
    "root_cause", "list", "task_force", "sensors", "patrols", "crews", "thresholds", "department", "deadline",
    "prevention",
)  # fmt: skip
"""What a decision is about: root-cause work on a type; a line of the responsibility list for a type; a task force for a
group; sensors of a class; more patrols; crews moved between departments; the thresholds of risk grading; a department
that returned too much is called to account; a deadline of its own for a type; how the budget of prevention is split."""

LOWEST_YELLOW, HIGHEST_YELLOW, STEP = 0.30, 0.46, 0.01
"""Where the committee may set the threshold of yellow, and by how much at a time [asm]; a policy that begins outside is
not moved farther out."""
MOST_COVERED = 0.95


@dataclass(frozen=True)
class Decision:
    """One decision: its topic, what it is about (a name), how strong it is, and when it acts.

    Args:
        week: in which it was taken. acts: week from which it acts. harm: of the problem, what it was ranked by.
        host: whether it is a matter of the department that hosts the office.
    """

    topic: str
    name: str
    week: int
    acts: int
    size: float = 1.0
    harm: float = 0.0
    host: bool = False


@dataclass(frozen=True)
class Rules:
    """Everything that the slow loop may move, as it stands; arrays over departments or types as named.

    Args:
        refuse: factor on refusals by leading department. misroute: factor on wrong first orders, by type. rooted:
            chance that root causes are mended, by type. scope: groups that the task force has, until a week.
        validity: of data. yellow: shift of the thresholds. conduct: of each district. caught: chance that a false
            closure is found, 0 = as the policy says. overhead: hours more until supports are mobilised. crews: factor
            by department.
        seconded: share of the home departments' crews that is with the task force.
        coverage: sensors built, by class. patrol: factor. deadline: hours from filing until a reminder, by type.
        bought: what the budget of prevention buys. reach: strength of each application by district; none = no
            application is being shared, so each programme acts as the policy says.
    """

    refuse: FloatArray
    misroute: FloatArray
    rooted: FloatArray
    crews: FloatArray
    scope: tuple[tuple[str, int], ...] = ()
    validity: float = 1.0
    yellow: float = 0.0
    conduct: Conduct = Conduct()
    caught: float = 0.0
    overhead: float = 0.0
    seconded: float = 0.0
    coverage: tuple[tuple[str, float], ...] = ()
    patrol: float = 1.0
    deadline: tuple[tuple[str, float], ...] = ()
    bought: Bought = Bought()
    reach: tuple[tuple[str, tuple[float, ...]], ...] = ()


@dataclass(frozen=True)
class Names:
    """What the numbers of `Rules` are about: ids of types, their groups, codes of departments; leads by type.

    Args:
        quick: types whose work is shorter than that of half of them. districts: ids.
    """

    types: tuple[str, ...]
    groups: tuple[str, ...]
    departments: tuple[str, ...]
    leads: tuple[str, ...]
    quick: tuple[str, ...]
    districts: tuple[str, ...]
    all_groups: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "all_groups", tuple(sorted(set(self.groups))))


def policy_under(policy: Policy, rules: Rules, names: Names) -> Policy:
    """The policy as the rules make it: the same sentence with other numbers (engines law, section 8).

    A policy whose sentence was written by hand keeps its numbers; grading and people change all the same. What is
    noticed is no matter of the engines: see `sensing_under`.
    """
    return policy.with_(
        workflow=policy.workflow if policy.source is None else _rebuilt(policy, rules, names),
        staffing=_staffed(policy.staffing, rules, names),
        grading=replace(
            policy.grading,
            data_validity=float(np.clip(policy.grading.data_validity * rules.validity, 0.05, 1.0)),
            thresholds=_shifted(policy.grading.thresholds, rules.yellow),
            rules=tuple((name, _shifted(limits, rules.yellow)) for name, limits in policy.grading.rules),
        ),
        governance=Governance(),
        source=None,
    )


def _rebuilt(policy: Policy, rules: Rules, names: Names) -> object:
    """The design's sentence with the numbers that the rules give."""
    assert policy.source is not None
    levers = policy.source.levers
    friction, candour = levers.friction, levers.candour
    standing = replace(
        levers.standing,
        refuse=tuple(zip(names.departments, rules.refuse.tolist(), strict=True)),
        misroute=tuple(zip(names.types, rules.misroute.tolist(), strict=True)),
        rooted=tuple((n, max(candour.root_cause, share)) for n, share in zip(names.types, rules.rooted, strict=True)),
        scope=tuple((group, 1.0 if group in dict(rules.scope) else 0.0) for group in names.all_groups),
        deadline=tuple((name, dict(rules.deadline).get(name, 0.0)) for name in names.types),
        quick=tuple((name, float(name in names.quick)) for name in names.types),
    )
    changed = replace(
        levers,
        standing=standing_under(standing, rules.conduct, names.districts, levers),
        friction=replace(
            friction,
            mobilise_hours=friction.mobilise_hours + rules.overhead,
            mobilise_serious_hours=friction.mobilise_serious_hours + rules.overhead,
        ),
        candour=replace(candour, caught=max(candour.caught, rules.caught)),
        machine=replace(levers.machine, valid=max(0.3, levers.machine.valid * rules.validity)),
    )
    return DESIGNS[policy.source.design].build(changed).workflow


def _shifted(limits: tuple[float, float, float], by: float) -> tuple[float, float, float]:
    red, orange, yellow = limits
    return red, orange, float(min(max(yellow + by, 0.0), orange))


def _staffed(staffing: Staffing, rules: Rules, names: Names) -> Staffing:
    """Crews moved between departments, and seconded to the task force; the headcounts of all shifts follow."""
    factor = dict(zip((f"crew:{code}" for code in names.departments), rules.crews.tolist(), strict=True))
    gone = 0.0
    families = []
    for family in staffing.families:
        moved = factor.get(family.name, 1.0)
        if family.name in HOMES:
            gone += rules.seconded * moved * float(np.mean([shift.headcount for shift in family.shifts[:2]]))
            moved *= 1.0 - rules.seconded
        families.append(times(family, moved))
    if rules.seconded:
        families = [_more(family, gone) if family.name == "task_force" else family for family in families]
    return Staffing(tuple(families))


HOMES = ("crew:CGJ", "crew:GAJ", "crew:ZJW")
"""Departments that second crews to a task force, as in policy.designs.task_force [asm]."""


def _more(family: PoolFamily, crews: float) -> PoolFamily:
    shifts = tuple(Shift(s.start, round(s.headcount + crews, 3)) for s in family.shifts)
    return replace(family, shifts=shifts, minimum=1)


def sensing_under(sensing: Sensing, rules: Rules) -> Sensing:
    """The levers of sensing with the sensors that were built and the patrols that were moved."""
    built = dict(rules.coverage)
    classes = {
        name: replace(getattr(sensing, name), coverage=min(MOST_COVERED, getattr(sensing, name).coverage + built[name]))
        for name in CLASSES
        if built.get(name)
    }
    return replace(sensing, patrol=sensing.patrol * rules.patrol, **classes)


def weekly_rules(rules: Rules) -> Mapping[str, Any]:
    """The rules as plain numbers, for the minutes."""
    return {
        "validity": rules.validity, "yellow": rules.yellow, **rules.conduct.figures,
        "misroute": float(rules.misroute.mean()), "refuse": float(rules.refuse.mean()),
        "rooted": float((rules.rooted > 0).sum()), "task_forces": float(len(rules.scope)),
        "deadlines": float(len(rules.deadline)), "prevention": sum(yuan for _, yuan in rules.bought.budget),
    }  # fmt: skip
