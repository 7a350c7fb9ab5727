"""D6 大综合一体化: unified command with AI whose numbers a committee changes, and a task force that it may call."""

from dataclasses import replace

from citysim.policy.blocks import Is
from citysim.policy.crews import CREWS, crew_family, default_staffing, shifts
from citysim.policy.designs.assisted import made_safe
from citysim.policy.designs.command import (
    EXERCISES,
    HUB,
    MODEL_TEAM,
    by_machine,
    computing,
    fewer_seats,
    officers,
    sentence,
)
from citysim.policy.designs.levers import Levers, Risk
from citysim.policy.designs.pieces import GRADING, looked_at, on_the_road, pressed, tallies
from citysim.policy.designs.standing import Standing
from citysim.policy.designs.task_force import CREW_COST, HOMES, own_work
from citysim.policy.governance import Governance
from citysim.policy.policy import Policy
from citysim.policy.staffing import PoolFamily
from citysim.policy.workflow import Workflow

INTEGRATED = replace(HUB, risk=Risk(rule="weather"), standing=Standing(asked=True))

CELL = 0.02
"""Share of the crews of HOMES that stay with the task force's standing cell while it has no topic [asm]."""


def called(levers: Levers) -> Workflow:
    """What leads a case that is not urgent to the task force, as far as the committee has given it the topic."""
    return Workflow().route(levers.standing.taken_over(), to="task_force_line", luck="scope").at("line")


def task_force_line(levers: Levers) -> Workflow:
    """One multi-skill crew does what elsewhere lead and supports do; it owns the case."""
    practice, road, pace = levers.practice, on_the_road(levers), pressed(levers)
    return (
        Workflow().at("task_force_line").route(Is("free:task_force", "==", 0), to="line")
        .seize("task_force").delay(practice.travel, pace=road, luck="travel")
        .mark("arrived").mark("assembled").then(looked_at(levers, set_priority=True))
        .then(made_safe(levers, own_work, pace, "own_line")).mark("safe")
        .delay(own_work(practice.alone, levers), pace=pace, luck="work")
        .delay(own_work(practice.joint, levers), pace=pace, luck="work").release("task_force").go_to("done")
    )  # fmt: skip


def cell(levers: Levers) -> PoolFamily:
    """The task force of each district: a cell until the committee seconds more people to it."""
    homes = [crew_family(code, CREWS[code], levers.people) for code in HOMES]
    people = sum(shift.headcount for family in homes for shift in family.shifts[:2]) / 2
    return PoolFamily(
        "task_force",
        "district",
        shifts(round(CELL * people, 3), round(CELL * people, 3)),
        per_100k=True,
        unit_cost_per_hour=CREW_COST,
    )


def committee_integrated(levers: Levers = INTEGRATED) -> Policy:
    """D6: the committee reviews, evaluates, advises and changes the rules of D5; districts share crews."""
    standing = replace(levers.standing, asked=True)
    levers = replace(levers, standing=standing)
    return Policy(
        "committee_integrated",
        sentence(levers, by_machine(levers), called(levers), task_force_line(levers)),
        default_staffing(fewer_seats(levers), *officers(levers), *computing(levers), cell(levers)),
        tallies=tallies(levers),
        grading=GRADING,
        overhead_per_week=EXERCISES + MODEL_TEAM,
        governance=Governance(on=True),
        title=(("en", "committee, integrated"), ("zh", "大综合一体化（委员会）")),
    )
