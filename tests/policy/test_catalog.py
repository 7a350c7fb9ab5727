"""The designs of the catalog: short sentences that build, staffed for every department, the same in every process."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from citysim.errors import PolicyError
from citysim.policy import catalog
from citysim.policy.blocks import Chance, Delay, Grade, Seize
from citysim.policy.catalog import CATALOG, load_policy
from citysim.policy.crews import CREWS, default_staffing
from citysim.policy.designs.levers import People
from citysim.policy.policy import Policy
from citysim.policy.workflow import walk

INCIDENT_TYPES = Path(__file__).parents[2] / "scenarios" / "incident-types.yaml"


@pytest.mark.parametrize("name", CATALOG)
def test_every_design_builds_under_its_own_name_with_titles_in_both_languages(name: str) -> None:
    policy = load_policy(name)
    assert isinstance(policy, Policy)
    assert policy.name == name
    assert {language for language, _ in policy.title} == {"en", "zh"}


@pytest.mark.parametrize("name", CATALOG)
def test_a_design_is_a_sentence_of_at_most_60_lines(name: str) -> None:
    lines = inspect.getsource(getattr(catalog, f"_{name}")).splitlines()
    assert len([line for line in lines if line.strip()]) <= 60


def test_an_unknown_design_is_refused_with_what_exists() -> None:
    with pytest.raises(PolicyError, match=r"did you mean 'fragmented'.*fragmented, unified_command"):
        load_policy("fragmentd")


def test_both_designs_have_the_same_staffing_but_for_the_officers() -> None:
    plain, unified = (load_policy(name).staffing.families for name in ("fragmented", "unified_command"))
    further = [family for family in unified if family not in plain]
    assert [family.name for family in further] == ["duty_officer", "city_officer"]
    assert [family for family in unified if family in plain] == list(plain)


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
        for pool in pools - {"crew.lead", "crew.support"}:
            assert policy.staffing.family(pool) is not None, (name, pool)


def test_facts_of_a_case_take_the_same_luck_in_all_designs() -> None:
    lucks = []
    for name in CATALOG:
        places = walk(load_policy(name).workflow.blocks)
        lucks.append({p.purpose for p in places if getattr(p.block, "luck", None)})
        unnamed = [p.label for p in places if isinstance(p.block, Delay | Grade) and p.block.luck is None]
        chances = [
            p.label for p in places if isinstance(getattr(p.block, "when", None), Chance) and p.block.luck is None
        ]
        assert unnamed + chances == [], name
    shared = {"triage", "risk", "misroute", "refuse", "travel", "work", "verify", "dispute", "mobilise", "inspection"}
    assert shared <= lucks[0] & lucks[1]


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
