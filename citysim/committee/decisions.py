"""What the committee can decide, and the state of the rules that decisions have led to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from citysim.committee.allocating import seconded, times
from citysim.committee.conduct import Conduct, standing_under
from citysim.committee.costs import mended
from citysim.committee.spending import Bought
from citysim.policy.catalog import DESIGNS
from citysim.policy.governance import Governance
from citysim.policy.policy import Policy
from citysim.policy.sensors import CLASSES, Sensing
from citysim.policy.staffing import Staffing
from citysim.streams import FloatArray
from citysim.units import GRADES

Limits = tuple[float, float, float]
"""Numbers for red, orange and yellow."""
ROOT_CAUSE, LIST, TASK_FORCE, SENSORS, PATROLS, CREWS, THRESHOLDS, DEPARTMENT, DEADLINE, PREVENTION = (
    "root_cause", "list", "task_force", "sensors", "patrols", "crews", "thresholds", "department", "deadline",
    "prevention",
)  # fmt: skip
"""What a decision is about: root-cause work on a type; a line of the responsibility list for a type; a task force for a
group; sensors of a class; more patrols; crews moved between departments; the thresholds of risk grading; a department
that returned too much is called to account; a deadline of its own for a type; how the budget of prevention is split."""

GRADES_ABOVE_BLUE, STEP = GRADES[:3], 0.01
RANGES = ((0.80, 0.89), (0.57, 0.71), (0.30, 0.46))
"""Where the committee may set the thresholds of red, orange and yellow, each between the mean scores of the grades on
its two sides, and by how much at a time [asm]; a policy that begins outside is not moved farther out."""
MOST_COVERED = 0.95
SECONDED = (0.05, 0.25)
"""Of the crews of the home departments, one task force takes three times the first share, each further one once more,
and all together the second at most: the ends of the range of brief item 9 [asm]."""


@dataclass(frozen=True)
class Decision:
    """One decision: its topic, what it is about (a name), how strong it is, and when it acts.

    Args:
        week: in which it was taken. acts: week from which it acts. harm: weighted hours a week that it could touch,
            what it is ranked by.
        host: whether it is a matter of the department that hosts the office. places: streets where it acts, none = all.
        times: (street, which of sensing.watch.TIMES) to which it keeps in some of these.
    """

    topic: str
    name: str
    week: int
    acts: int
    size: float = 1.0
    harm: float = 0.0
    host: bool = False
    places: tuple[int, ...] = ()
    times: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Rules:
    """Everything that the slow loop may move, as it stands; arrays over departments or types as named.

    Args:
        refuse: factor on refusals by department, leading or supporting.
        misroute: factor on wrong first orders, by type.
        rooted: share of the root causes that crews leave which is mended by decision, by type. scope: groups that the
            task force has, until a week.
        validity: of data. limits: shifts of the thresholds of red, orange and yellow. conduct: of each district.
            caught: chance that a false closure is found, 0 = as the policy says.
        overhead: hours more until supports are mobilised. crews: factor by department.
        coverage: sensors built everywhere, by class; sited: in single streets (class, street, share of its assets).
        patrol: factor, if spread over the city. beats: streets where these patrols go instead, by type; rounds:
            (street, which of TIMES) to which they keep there, by type; in other streets they go at all times.
        deadline: hours from filing until a reminder, by type.
        bought: what the budget of prevention buys. reach: strength of each application by district; none = no
            application is being shared, so each programme acts as the policy says.
    """

    refuse: FloatArray
    misroute: FloatArray
    rooted: FloatArray
    crews: FloatArray
    scope: tuple[tuple[str, int], ...] = ()
    validity: float = 1.0
    limits: Limits = (0.0, 0.0, 0.0)
    conduct: Conduct = Conduct()
    caught: float = 0.0
    overhead: float = 0.0
    coverage: tuple[tuple[str, float], ...] = ()
    sited: tuple[tuple[str, int, float], ...] = ()
    patrol: float = 1.0
    beats: tuple[tuple[str, tuple[int, ...]], ...] = ()
    rounds: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = ()
    deadline: tuple[tuple[str, float], ...] = ()
    bought: Bought = Bought()
    reach: tuple[tuple[str, tuple[float, ...]], ...] = ()

    @property
    def seconded(self) -> float:
        """Share of the home departments' crews that is with task forces; more if there are more of them."""
        return min(SECONDED[1], SECONDED[0] * (len(self.scope) + 2)) if self.scope else 0.0


@dataclass(frozen=True, eq=False)
class Names:
    """What the numbers of `Rules` are about: ids of types, their groups, codes of departments; leads by type.

    Args:
        residents: of each place, by level. quick: types whose work is shorter than that of half of them.
        districts: ids. supports: codes of the supporting departments, by type.
    """

    types: tuple[str, ...]
    groups: tuple[str, ...]
    departments: tuple[str, ...]
    leads: tuple[str, ...]
    residents: Mapping[str, FloatArray]
    quick: tuple[str, ...]
    districts: tuple[str, ...]
    supports: tuple[tuple[str, ...], ...]
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
        staffing=_staffed(policy.staffing, tuple(rules.crews.tolist()), rules.seconded, names),
        grading=replace(
            policy.grading,
            data_validity=float(np.clip(policy.grading.data_validity * rules.validity, 0.05, 1.0)),
            thresholds=_shifted(policy.grading.thresholds, rules.limits),
            rules=tuple((name, _shifted(limits, rules.limits)) for name, limits in policy.grading.rules),
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
        rooted=tuple(zip(names.types, mended(candour.root_cause, rules.rooted).tolist(), strict=True)),
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


def limits_moved(begun: Limits, shifts: Limits, grade: str, by: float) -> Limits:
    """The shifts once the threshold of a grade is moved by so much, within its range and never past its neighbours.

    Args:
        begun: thresholds of the policy.
    """
    k = GRADES_ABOVE_BLUE.index(grade)
    now = [limit + shift for limit, shift in zip(begun, shifts, strict=True)]
    above, below = (now[k - 1] if k else 1.0), (now[k + 1] if k < 2 else 0.0)
    low, high = max(min(RANGES[k][0], begun[k]), below), min(max(RANGES[k][1], begun[k]), above)
    now[k] = min(max(now[k] + by, low), high)
    red, orange, yellow = (limit - first for limit, first in zip(now, begun, strict=True))
    return red, orange, yellow


def _shifted(limits: Limits, shifts: Limits) -> Limits:
    """Thresholds by as much, each within 0 and the one above it."""
    red = min(max(limits[0] + shifts[0], 0.0), 1.0)
    orange = min(max(limits[1] + shifts[1], 0.0), red)
    return red, orange, min(max(limits[2] + shifts[2], 0.0), orange)


@lru_cache(maxsize=4)  # the same in most weeks, and counting whole crews takes a tenth of the slow loop
def _staffed(staffing: Staffing, crews: tuple[float, ...], share: float, names: Names) -> Staffing:
    """Crews moved between departments, and then seconded to the task force; the headcounts of all shifts follow."""
    factor = dict(zip((f"crew:{code}" for code in names.departments), crews, strict=True))
    moved = Staffing(tuple(times(family, factor.get(family.name, 1.0)) for family in staffing.families))
    return seconded(moved, names.residents, HOMES, share)


HOMES = ("crew:CGJ", "crew:GAJ", "crew:ZJW")
"""Departments that second crews to a task force, as in policy.designs.task_force [asm]."""


def sensing_under(sensing: Sensing, rules: Rules) -> Sensing:
    """The levers of sensing with what the rules change everywhere; what they change in streets is in `watch_under`."""
    built = dict(rules.coverage)
    classes = {
        name: replace(getattr(sensing, name), coverage=min(MOST_COVERED, getattr(sensing, name).coverage + built[name]))
        for name in CLASSES
        if built.get(name)
    }
    patrol = sensing.patrol if rules.beats else sensing.patrol * rules.patrol
    return replace(sensing, patrol=patrol, **classes)


def weekly_rules(rules: Rules) -> Mapping[str, Any]:
    """The rules as plain numbers, for the minutes."""
    return {
        "validity": rules.validity, **dict(zip(GRADES_ABOVE_BLUE, rules.limits, strict=True)), **rules.conduct.figures,
        "misroute": float(rules.misroute.mean()), "refuse": float(rules.refuse.mean()),
        "rooted": float((rules.rooted > 0).sum()), "task_forces": float(len(rules.scope)),
        "deadlines": float(len(rules.deadline)), "prevention": sum(yuan for _, yuan in rules.bought.budget),
    }  # fmt: skip
