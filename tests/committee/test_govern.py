"""A governed run: equal on both engines, and until the rules first differ; before it begins, its sentence alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from citysim.committee.govern import Governed, govern
from citysim.engines.simulate import ENGINES, Engine, simulate
from citysim.errors import PolicyError
from citysim.log import CASE_DTYPES
from citysim.policy.catalog import load_policy
from citysim.policy.governance import Governance
from citysim.policy.policy import Policy
from citysim.units import WEEK
from citysim.world.sample import sample_world
from citysim.world.scenario import Scenario
from tests.committee.bodies import city, integrated

NUMBERS = {"case", "parent", "cause"}
"""Columns that count rows of the intake, which a world drawn in pieces numbers otherwise."""


def run(policy: Policy, name: str = "million", weeks: int = 16, **more: Any) -> Governed:
    return govern(city(name), policy, seed=11, replication=0, weeks=weeks, **more)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "weeks"), [("toy", 7), pytest.param("million", 9, marks=pytest.mark.study)])
def test_engines_agree_on_a_governed_run(name: str, weeks: int) -> None:
    policy = integrated(committee={"lag_days": 0.0, "plenary_weeks": 2}, library={"advice_weeks": 2})
    where = _without_the_many(city(name)) if name == "million" else city(name)
    kernel, reference = (
        govern(where, policy, seed=11, replication=0, weeks=weeks, engine=engine, steps=True) for engine in ENGINES
    )
    assert kernel.log.digest() == reference.log.digest()
    assert kernel.minutes == reference.minutes
    acted = {note.what.removeprefix("acts: ") for note in kernel.minutes if note.what.startswith("acts: ")}
    assert acted >= {"root_cause", "list", "patrols", "crews"}
    if name == "million":  # several districts, strained departments, common problems
        assert acted >= {"department", "prevention", "task_force", "deadline"}


def _without_the_many(whole: Scenario) -> Scenario:
    """Few of the types that come every day, which cost the readable engine much and give it nothing new to do."""
    return replace(
        whole,
        kinds=tuple(
            replace(kind, rate_per_100k_year=kind.rate_per_100k_year * (0.05 if kind.rate_per_100k_year > 1000 else 1))
            for kind in whole.kinds
        ),
    )


@pytest.mark.slow
@pytest.mark.parametrize("engine", [pytest.param("kernel"), pytest.param("reference", marks=pytest.mark.slow)])
def test_policies_that_differ_from_a_month_on_leave_the_same_log_until_then(engine: Engine) -> None:
    name, starts, weeks, every = ("million", 12, 16, 4) if engine == "kernel" else ("toy", 2, 5, 2)
    plenary = {"plenary_weeks": every, "lag_days": 0.0}
    official, none = (
        run(
            integrated(starts_weeks=starts, evaluation={"ranking": r, "gaming": 0.3, "target": 1.0}, committee=plenary),
            name,
            weeks,
            engine=engine,
            steps=True,
        )
        for r in ("official", "none")
    )
    before = [log.step_columns["time"] < starts * WEEK for log in (official.log, none.log)]  # type: ignore[index]
    for column in ("case", "lane", "block", "event", "time"):
        one, other = (
            log.step_columns[column][rows]
            for log, rows in zip((official.log, none.log), before, strict=True)  # type: ignore[index]
        )
        np.testing.assert_array_equal(one, other, err_msg=column)
    assert official.log.digest() != none.log.digest()


@pytest.mark.slow
def test_before_it_starts_a_governed_run_is_its_sentence_alone() -> None:
    scenario = replace(city("million"), cascades=replace(city("million").cascades, flags=()))  # see sensing/unfold.py
    policy = integrated(starts_weeks=100)
    governed = govern(scenario, policy, seed=11, replication=0, weeks=6)
    alone = simulate(sample_world(scenario, seed=11, replication=0, weeks=6), policy.ungoverned, steps=False)
    for name in CASE_DTYPES.keys() - NUMBERS:
        np.testing.assert_array_equal(governed.log.case_columns[name], alone.case_columns[name], err_msg=name)


@pytest.mark.slow
def test_a_governed_run_is_the_same_every_time_and_other_replications_differ() -> None:
    policy = load_policy("committee_integrated")
    one, again = (run(policy, "toy", 12) for _ in range(2))
    assert one.minutes == again.minutes
    assert one.weeks == again.weeks
    other = govern(city("toy"), policy, seed=11, replication=1, weeks=12)
    assert other.minutes != one.minutes


@pytest.mark.slow
def test_its_cost_is_in_the_overhead() -> None:
    policy = load_policy("committee_integrated")
    assert run(policy, "toy", 4).log.overhead_per_week > policy.overhead_per_week
    small, large = (run(integrated(office={"people": n}), "toy", 4).log.overhead_per_week for n in (1, 50))
    assert large > small


def test_a_policy_without_a_committee_is_refused_here_and_one_with_a_committee_elsewhere() -> None:
    with pytest.raises(PolicyError, match=r"governance\.on must be true"):
        run(load_policy("unified_command"), "toy", 1)
    world = sample_world(city("toy"), seed=1, replication=0, weeks=1)
    with pytest.raises(PolicyError, match="has a committee"):
        simulate(world, load_policy("committee_integrated"))


def test_a_design_of_another_sort_can_be_governed_too() -> None:
    """It is built anew by name where its sentence asks for decisions, and keeps its numbers where it does not."""
    policy = load_policy("lead_department").with_(name="led", governance=Governance(on=True))
    governed = run(policy, "toy", 10)
    assert len(governed.log) > 100
    assert any(row["effort"] > 0 for row in governed.weeks)


@pytest.mark.slow
def test_the_usual_committee_of_a_million_calls_a_task_force_within_a_year() -> None:
    """Streets stay hot for some groups there (hot_streets_90_10), so spots of one type show in several districts."""
    governed = run(load_policy("committee_integrated"), weeks=52, keep=False)
    acting = [note for note in governed.minutes if note.what == "acts: task_force"]
    assert acting
    assert any(row["task_forces"] == 1.0 for row in governed.weeks)
    assert all(row["task_forces"] <= 1.0 for row in governed.weeks)
