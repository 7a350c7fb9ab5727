"""The designs of the catalog: short sentences that build, staffed for every department, the same in every process."""

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from citysim.errors import PolicyError
from citysim.policy.blocks import Chance, Delay, Grade, Seize
from citysim.policy.catalog import CATALOG, DESIGNS, load_policy
from citysim.policy.crews import CREWS, default_staffing
from citysim.policy.designs import command, fragmented, peers, task_force
from citysim.policy.designs.everyday import People, Practice
from citysim.policy.designs.levers import Command, Friction, Risk
from citysim.policy.durations import Fixed, FromCase
from citysim.policy.policy import Policy
from citysim.policy.workflow import Workflow, walk

INCIDENT_TYPES = Path(__file__).parents[2] / "scenarios" / "incident-types.yaml"


@pytest.mark.parametrize("name", CATALOG)
def test_every_design_builds_under_its_own_name_with_titles_in_both_languages(name: str) -> None:
    policy = load_policy(name)
    assert isinstance(policy, Policy)
    assert policy.name == name
    assert {language for language, _ in policy.title} == {"en", "zh"}


@pytest.mark.parametrize("sentence", [fragmented.sentence, peers.sentence, command.sentence, task_force.taken_over])
def test_a_design_is_a_sentence_of_at_most_60_lines(sentence: Callable[..., Workflow]) -> None:
    lines = inspect.getsource(sentence).splitlines()
    assert len([line for line in lines if line.strip()]) <= 60


def test_an_unknown_design_is_refused_with_what_exists() -> None:
    with pytest.raises(PolicyError, match=r"did you mean 'fragmented'.*fragmented, lead_department"):
        load_policy("fragmentd")


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("lead_department", set()),
        ("joint_meeting", set()),
        ("task_force", {"crew:CGJ", "crew:GAJ", "crew:ZJW", "task_force"}),
        ("unified_command", {"duty_officer", "city_officer"}),
        ("unified_command_ai", {"district_seat", "duty_officer", "city_officer"}),
    ],
)
def test_a_design_has_the_staffing_of_the_fragmented_one_but_for_what_makes_it_different(
    name: str, others: set[str]
) -> None:
    plain, mine = (set(load_policy(design).staffing.families) for design in ("fragmented", name))
    assert {family.name for family in plain ^ mine} == others


def test_a_task_force_takes_from_the_line_what_it_has() -> None:
    def crew_hours(name: str) -> float:
        homes = {f"crew:{code}" for code in task_force.HOMES} | {"task_force"}
        families = [family for family in load_policy(name).staffing.families if family.name in homes]
        return sum(sum(shift.headcount for shift in family.shifts[:2]) * 12 for family in families)

    assert crew_hours("task_force") == pytest.approx(crew_hours("lead_department"), rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: Friction(misroute=1.2), r"friction.misroute = 1.2, must be within 0..1 share"),
        (lambda: Friction(misroute=True), r"friction.misroute = True, must be a number"),
        (lambda: Command(aid=1), r"command.aid = 1, must be true or false"),
        (lambda: Command(district_officers=1.5), r"command.district_officers = 1.5, must be a whole number"),  # type: ignore[arg-type]
        (lambda: Risk(rule="mood"), r"risk.rule = 'mood', must be one of static, weather, load"),
        (lambda: Risk(relaxed=12), r"risk.relaxed = 12, must be below risk.crowded = 12"),
        (lambda: Practice(safe=0.6, alone=0.4), r"practice.safe \+ practice.alone = 1, must be below 1"),
    ],
)
def test_a_lever_out_of_its_range_is_refused(change: Callable[[], object], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        change()


@pytest.mark.parametrize("rule", ["static", "weather", "load"])
@pytest.mark.parametrize("panel", [False, True])
@pytest.mark.parametrize("name", CATALOG)
def test_every_design_builds_with_every_threshold_rule_and_switch(name: str, rule: str, panel: bool) -> None:
    usual = DESIGNS[name].levers
    off = replace(
        usual,
        risk=replace(usual.risk, rule=rule, panel=panel, evidence=0),
        supervision=replace(usual.supervision, on=False),
        command=replace(usual.command, aid=False),
        surge=replace(usual.surge, waiting=0 if usual.surge.waiting else 3),
        whistle=replace(usual.whistle, share=0.0 if usual.whistle.share else 0.5),
        task_force=replace(usual.task_force, sunset_days=90, learns=0.0),
    )
    assert DESIGNS[name].policy(off).digest != load_policy(name).digest


def test_every_department_of_the_incident_types_has_crews() -> None:
    text = INCIDENT_TYPES.read_text(encoding="utf-8")
    named = set(re.findall(r"^    lead: (\w+)", text, re.MULTILINE))
    for codes in re.findall(r"^    supports: \[(.*)\]", text, re.MULTILINE):
        named |= {code.strip() for code in codes.split(",") if code.strip()}
    assert len(named) > 20
    assert named <= CREWS.keys()
    assert all(default_staffing(People()).family(f"crew:{code}") is not None for code in named)


def test_every_pool_that_a_design_seizes_is_staffed() -> None:
    for name in CATALOG:
        policy = load_policy(name)
        pools = {pool for p in walk(policy.workflow.blocks) if isinstance(p.block, Seize) for pool in p.block.pools}
        for pool in pools - {"crew.lead", "crew.support", "crew.lead@1"}:
            assert policy.staffing.family(pool) is not None, (name, pool)


def test_facts_of_a_case_take_the_same_luck_in_all_designs() -> None:
    lucks = []
    for name in CATALOG:
        places = walk(load_policy(name).workflow.blocks)
        lucks.append({p.purpose for p in places if getattr(p.block, "luck", None)})
        unnamed = [
            p.label
            for p in places
            if isinstance(p.block, Delay | Grade)
            and p.block.luck is None
            and not (isinstance(p.block, Delay) and isinstance(p.block.duration, Fixed | FromCase))
        ]
        chances = [
            p.label for p in places if isinstance(getattr(p.block, "when", None), Chance) and p.block.luck is None
        ]
        assert unnamed + chances == [], name
    shared = {"triage", "risk", "misroute", "refuse", "travel", "work", "verify", "dispute", "mobilise", "inspection"}
    assert shared <= set.intersection(*lucks)


@pytest.mark.slow
def test_digests_do_not_depend_on_the_process() -> None:
    code = "from citysim.policy import catalog as c; print([c.load_policy(n).digest for n in c.CATALOG], end='')"
    expected = str([load_policy(name).digest for name in CATALOG])
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == expected


def test_night_is_thinner_than_day_and_no_place_is_bare() -> None:
    people = 50_000.0
    for family in default_staffing(People()).families:
        if family.per_100k:
            night, day, _ = family.headcounts([people])[0].tolist()
            assert 1 <= night <= day, family.name
