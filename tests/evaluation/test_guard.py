"""Does the guard catch every model that changed its answer, and nobody else?"""

import copy
import json
import math
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from citysim.committee import govern
from citysim.engines import reference_lanes, reference_pools
from citysim.engines.reference_lanes import RESUMED
from citysim.engines.reference_state import order_in_line
from citysim.errors import DataError
from citysim.evaluation import guard
from citysim.evaluation.guard import CHANGED, OPEN, SAME, Named
from citysim.evaluation.speed import speed_findings
from citysim.judging import scorecard
from citysim.log import OUTCOMES
from citysim.report.checked import checked_text, write_junit
from citysim.words import load_words
from citysim.world import demand

ROOT = Path(__file__).parents[2]
SCENARIOS, BASELINE = ROOT / "scenarios", ROOT / "results" / "baselines" / "check.json"
FEW = (
    Named("toy fragmented", "toy", "fragmented", 1, 2),
    Named("toy unified_command", "toy", "unified_command", 1, 2),
    Named("queue with impatience", "queue", "", 0, 3),
)
MonkeyPatch = pytest.MonkeyPatch


def measured() -> Any:
    """The few runs on the readable engine, which a test can put mistakes into."""
    return json.loads(json.dumps(guard.measure_all(SCENARIOS, "reference", FEW)))


@pytest.fixture(scope="module")
def right() -> Any:
    return measured()


def a_rate_changed_by_2_percent(patch: MonkeyPatch) -> None:
    real = guard.load_scenario

    def load(path: Path) -> Any:
        scenario = real(path)
        kinds = tuple(replace(k, rate_per_100k_year=1.02 * k.rate_per_100k_year) for k in scenario.kinds)
        return replace(scenario, kinds=kinds)

    patch.setattr(guard, "load_scenario", load)


def a_frozen_arrival_rate(patch: MonkeyPatch) -> None:
    patch.setattr(demand, "_weekly", lambda hours, week: np.ones(len(hours.weekday)))


def last_come_first_served_among_ties(patch: MonkeyPatch) -> None:
    def order(lane: Any, since: int) -> tuple[int, ...]:
        priority, since, tiebreak, case, number = order_in_line(lane, since)
        return priority, since, -tiebreak, -case, number

    patch.setattr(reference_pools, "order_in_line", order)


def resample_on_resume(patch: MonkeyPatch) -> None:
    real = reference_lanes.Walker._pass_time

    def again(self: Any, lane: Any, length: int, interruptible: bool) -> Generator[None, Any, None]:
        """Who was interrupted starts with another draw instead of what was left."""
        walk = real(self, lane, length, interruptible)
        answer = next(walk)
        while True:
            event = yield answer
            if event == RESUMED:
                lane.left = 1 + (length * (1 + lane.case.number % 7)) // 4
            try:
                answer = walk.send(event)
            except StopIteration:
                return

    patch.setattr(reference_lanes.Walker, "_pass_time", again)


def the_patience_clock_not_reset(patch: MonkeyPatch) -> None:
    real = reference_lanes.Walker._length
    first: dict[int, int] = {}

    def length(self: Any, case: Any, duration: Any, step: Any, turn: int) -> int:
        """Whoever calls again has already waited since the first call."""
        found = real(self, case, duration, step, turn)
        if getattr(step.block, "patience", None) is not duration:
            return found
        return max(found - (self.clock.now - first.setdefault(case.number, self.clock.now)), 0)

    patch.setattr(reference_lanes.Walker, "_length", length)


def the_warm_up_included(patch: MonkeyPatch) -> None:
    patch.setattr(guard, "CUT", 0)


def censored_cases_dropped(patch: MonkeyPatch) -> None:
    real = scorecard.view_all

    def ended_only(log: Any, residents: Any) -> Any:
        return real(log, residents).where(np.flatnonzero(log.case_columns["outcome"] != OUTCOMES.index("open")))

    patch.setattr(scorecard, "view_all", ended_only)


MUTANTS = (
    a_rate_changed_by_2_percent,
    a_frozen_arrival_rate,
    last_come_first_served_among_ties,
    resample_on_resume,
    the_patience_clock_not_reset,
    the_warm_up_included,
    censored_cases_dropped,
)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_is_caught(mutant: Callable[[MonkeyPatch], None], right: Any, monkeypatch: MonkeyPatch) -> None:
    mutant(monkeypatch)
    checked = guard.compare_with(right, measured())

    assert checked.exact
    assert checked.verdict == CHANGED
    assert checked.moved


@pytest.mark.slow
def test_a_committee_that_is_told_something_else_is_caught(monkeypatch: MonkeyPatch) -> None:
    """It decides in the eighth week, on the problems that do most harm; what it decides acts some weeks later."""
    runs = (Named("governed", "million", "committee_integrated", 13, 1),)
    before = json.loads(json.dumps(guard.measure_all(SCENARIOS, "kernel", runs)))
    real = govern.review

    def upside_down(log: Any, week: int, **how: Any) -> Any:
        findings = real(log, week, **how)
        return replace(findings, harm=findings.harm[::-1])

    monkeypatch.setattr(govern, "review", upside_down)
    assert guard.compare_with(before, guard.measure_all(SCENARIOS, "kernel", runs)).verdict == CHANGED


@pytest.mark.slow
def test_the_same_model_is_the_same(right: Any) -> None:
    assert guard.compare_with(right, measured()).verdict == SAME
    assert guard.compare_with(right, measured(), exact=False).verdict == SAME


@pytest.mark.slow
def test_both_engines_give_what_is_committed() -> None:
    committed = guard.read_baseline(BASELINE)
    names = ("toy fragmented", "toy unified_command", "queue with impatience")
    runs = tuple(run for run in guard.RUNS if run.name in names)
    part = {**committed, "runs": {run.name: committed["runs"][run.name] for run in runs}}
    for engine in ("kernel", "reference"):
        checked = guard.compare_with(part, guard.measure_all(SCENARIOS, engine, runs))  # type: ignore[arg-type]
        assert checked.verdict == SAME, checked_text(checked, load_words("en"))


def fake(*values: float | None, name: str = "backlog", environment: str = "3.11") -> dict[str, Any]:
    worlds = [{"digest": str(value), "indicators": {name: value}} for value in values]
    runs = {"toy": {"weeks": 1, "worlds": worlds}}
    return {"version": "0.1", "git_commit": "abc", "environment": {"python": environment}, "runs": runs}


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        ((100, 101, 99, 100, 102), (100, 101, 99, 100, 102), SAME),
        ((100, 101, 99, 100, 102), (100.1, 101.1, 99.2, 100.1, 102.1), SAME),  # a tenth of a percent
        ((100, 101, 99, 100, 102), (103, 104.5, 101, 103, 105), CHANGED),
        ((100, 101, 99, 100, 102), (103, 98, 99, 104, 100), OPEN),
        ((100, 101, 99, 100), (110, 111, 109, 110), OPEN),  # four worlds are too few
        ((100, None, 99, 100, 102), (100, 101, 99, 100, 102), OPEN),
        ((None,) * 5, (None,) * 5, SAME),
    ],
)
def test_where_bits_cannot_be_compared_three_things_may_be_said(then: Any, now: Any, said: str) -> None:
    checked = guard.compare_with(fake(*then), fake(*now, environment="3.12"))

    assert not checked.exact
    assert checked.verdict == said


def test_what_moved_is_told_by_run_indicator_size_and_version(tmp_path: Path) -> None:
    checked = guard.compare_with(fake(100, 200), fake(101, 202))
    text = checked_text(checked, load_words("en"))
    write_junit(checked, tmp_path / "junit.xml", load_words("en"))

    assert "The model has changed its answer." in text
    assert "Since 0.1 (abc)." in text
    assert "| toy | open cases at the end | 150 | 151.5 | +1.5 (+1.00%) | changed |" in text
    suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert [(case.get("name"), len(case)) for case in suites.iter("testcase")] == [("log", 1), ("backlog", 1)]
    assert suites[0].get("failures") == "2"


def test_another_set_of_runs_is_refused() -> None:
    other = copy.deepcopy(fake(1.0))
    other["runs"]["more"] = other["runs"]["toy"]
    with pytest.raises(DataError, match="other runs"):
        guard.compare_with(fake(1.0), other)
    with pytest.raises(DataError, match="other worlds or indicators"):
        guard.compare_with(fake(1.0), fake(1.0, 2.0))
    with pytest.raises(DataError, match="no baseline"):
        guard.read_baseline(ROOT / "nowhere.json")


@pytest.mark.parametrize(("now", "said"), [(400, SAME), (100, SAME), (65, OPEN), (45, CHANGED)])
def test_a_kernel_that_became_slow_is_told(now: float, said: str) -> None:
    (finding,) = speed_findings({"kernel_over_reference x": 100}, {"kernel_over_reference x": now})

    assert finding.verdict == said
    assert math.isclose(finding.difference, now - 100)
