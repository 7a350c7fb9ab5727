"""D3 专班: a standing task force of seconded, multi-skill crews takes chosen groups of incidents off the line."""

from dataclasses import replace

from citysim.policy.blocks import Among, Is, Practised
from citysim.policy.crews import CREWS, crew_family, default_staffing, shifts
from citysim.policy.designs.assisted import made_safe
from citysim.policy.designs.levers import Levers
from citysim.policy.designs.peers import LEAD, sentence, settled_by_lead, supervisors
from citysim.policy.designs.pieces import (
    GRADING,
    difficult,
    looked_at,
    on_the_road,
    pressed,
    tallies,
)
from citysim.policy.durations import ByGrade, ByKind, Duration, Lognormal
from citysim.policy.policy import Policy
from citysim.policy.staffing import PoolFamily, Shift
from citysim.policy.workflow import Workflow
from citysim.units import HOUR

SCOPE = ("zhatu", "manhole", "road_collapse", "road_cavity_hazard")
"""Muck, manholes and collapse: the topics of Chongqing's task forces and their like elsewhere (R30, R76)."""
HOMES = ("CGJ", "GAJ", "ZJW")
"""Departments that second crews [asm]."""
CREW_COST = 350.0  # yuan an hour of a multi-skill crew [asm]


def own_work(part: float, levers: Levers) -> Duration:
    """A share of the work, by people who own the case but are not specialists."""
    factor = levers.task_force.ownership * levers.task_force.generalist
    return Lognormal(ByKind("work_median", part * factor), ByKind("work_sigma"))


def taken_over(levers: Levers) -> Workflow:
    """The task force's own line: its departments sit together and come together, faster the better they know each
    other; one crew does what elsewhere lead and supports do.
    """
    force, pace = levers.task_force, pressed(levers)
    practice, road = levers.practice, on_the_road(levers)
    serious = force.mobilise_serious_hours * HOUR
    hand_off = Lognormal(ByGrade(serious, serious, serious, force.mobilise_hours * HOUR), 0.8)
    practised = (Practised("tally:joint_cases", force.learns, force.half_learned),)
    return (
        Workflow().at("take_over").mark("dispatched")
        .route(difficult(force.misroute), to="handed_back", luck="misroute")
        .route(difficult(force.refuse), to="handed_back", luck="refuse")
        .route(Is("genuine", "==", 0), to="in_vain").route(Is("repeat", "==", 1), to="in_vain")
        .route(Is("n_support", "==", 0), to="own_line")
        .delay(hand_off, pace=practised, luck="mobilise").add_to("joint_cases")
        .at("own_line").seize("task_force").delay(practice.travel, pace=road, luck="travel")
        .mark("arrived").mark("assembled").then(looked_at(levers, set_priority=True))
        .then(made_safe(levers, own_work, pace, "own_line")).mark("safe")
        .delay(own_work(practice.alone, levers), pace=pace, luck="work")
        .delay(own_work(practice.joint, levers), pace=pace, luck="work").release("task_force").go_to("done")
        .at("handed_back").bounce(Lognormal(force.bounce_hours * HOUR, 0.8), to="take_over", luck="bounce")
    )  # fmt: skip


def in_scope(levers: Levers) -> Workflow:
    """What leads a filed case to the task force, until its sunset."""
    if not levers.task_force.sunset_days:
        return Workflow().route(Among(SCOPE), to="take_over")
    return (
        Workflow().route(Is("day", ">=", levers.task_force.sunset_days), to="line").route(Among(SCOPE), to="take_over")
        .at("line")
    )  # fmt: skip


def seconded(levers: Levers) -> tuple[PoolFamily, ...]:
    """The line's crews without those who are seconded, and the task force made of them."""
    share, homes = levers.task_force.seconded, [crew_family(code, CREWS[code], levers.people) for code in HOMES]
    line = [
        replace(family, shifts=tuple(Shift(s.start, round(s.headcount * (1 - share), 3)) for s in family.shifts))
        for family in homes
    ]
    people = sum(shift.headcount for family in homes for shift in family.shifts[:2]) / 2  # mean of day and night
    force = PoolFamily(
        "task_force",
        "district",
        shifts(round(share * people, 3), round(share * people, 3)),  # muck is hauled at night
        per_100k=True,
        minimum=1,
        unit_cost_per_hour=CREW_COST,
    )
    return (*line, force)


def task_force(levers: Levers = LEAD) -> Policy:
    """D3: a task force with its own line, authority and familiarity; outside its scope as with a lead department."""
    force = levers.task_force
    return Policy(
        "task_force",
        sentence(levers, settled_by_lead(levers), in_scope(levers), taken_over(levers)),
        default_staffing(levers.people, supervisors(levers)).with_(*seconded(levers)),
        tallies=tallies(levers),
        grading=GRADING,
        overhead_per_week=force.staff * force.yuan_per_week,
        title=(("en", "standing task force"), ("zh", "专班")),
    )
