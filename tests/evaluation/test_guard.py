"""Does the guard catch every model that changed its answer, and nobody else?"""

import copy
import json
import math
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary
from xml.etree import ElementTree

import numpy as np
import pytest

from citysim.cli import main
from citysim.cli.parts import CANNOT_CHECK, COULD_NOT_TELL
from citysim.committee import govern
from citysim.engines import reference_lanes, reference_pools
from citysim.engines.reference_lanes import RESUMED
from citysim.engines.reference_state import order_in_line
from citysim.engines.simulate import ENGINES, Engine
from citysim.errors import DataError
from citysim.evaluation import guard, queues
from citysim.evaluation.guard import CHANGED, OPEN, SAME, Named
from citysim.evaluation.speed import speed_again, speed_findings
from citysim.judging import scorecard
from citysim.log import OUTCOMES
from citysim.report.checked import checked_text, write_junit
from citysim.sensing import enquiries
from citysim.statistics.pairs import LEAST_PAIRS
from citysim.words import load_words
from citysim.world import sample, surroundings, unfold

ROOT = Path(__file__).parents[2]
SCENARIOS, BASELINE = ROOT / "scenarios", ROOT / "results" / "baselines" / "check.json"
FEW = tuple(run for run in guard.RUNS if run.city == "queue" or run.name in ("toy fragmented", "toy unified_command"))
"""Of the runs that are remembered, those that the readable engine does in seconds."""

MonkeyPatch = pytest.MonkeyPatch


def measured(*names: str, engine: Engine = "reference") -> Any:
    """Some of the few runs, as they are found from a file."""
    runs = tuple(run for run in FEW if run.name in names)
    return json.loads(json.dumps(guard.measure_all(SCENARIOS, engine, runs)))


@cache
def _right(name: str, engine: Engine) -> Any:
    return measured(name, engine=engine)


def right(engine: Engine, *names: str) -> Any:
    """What the engine gives for these runs without a mistake: each run is made once."""
    found = [_right(name, engine) for name in names]
    return {**found[0], "runs": {name: one["runs"][name] for name, one in zip(names, found, strict=True)}}


def a_rate_changed_by_2_percent(patch: MonkeyPatch) -> None:
    real = guard.load_scenario

    def load(path: Path) -> Any:
        scenario = real(path)
        kinds = tuple(replace(k, rate_per_100k_year=1.02 * k.rate_per_100k_year) for k in scenario.kinds)
        return replace(scenario, kinds=kinds)

    patch.setattr(guard, "load_scenario", load)


def a_frozen_arrival_rate(patch: MonkeyPatch) -> None:
    """Every hour has its mean: no rush hour, no rain, no night."""
    for module in (sample, unfold, surroundings, enquiries):
        patch.setattr(module, "hourly_multiplier", lambda patterns, hours, *_: np.ones(len(hours.hour)))


def last_come_first_served_among_ties(patch: MonkeyPatch) -> None:
    def order(lane: Any, since: int) -> tuple[int, ...]:
        priority, since, tiebreak, case, number = order_in_line(lane, since)
        return priority, since, -tiebreak, -case, number

    patch.setattr(reference_pools, "order_in_line", order)


def resample_on_resume(patch: MonkeyPatch) -> None:
    real = reference_lanes.Walker._pass_time

    def again(self: Any, lane: Any, length: int, interruptible: bool) -> Generator[None, Any, None]:
        """Who was interrupted draws anew, with the luck of another visit, instead of doing what was left."""
        walk, step = real(self, lane, length, interruptible), lane.step
        answer = next(walk)
        while True:
            event = yield answer
            if event == RESUMED:
                lane.left = self.facts.delay(lane.case, step.block, step, 0)
            try:
                answer = walk.send(event)
            except StopIteration:
                return

    patch.setattr(reference_lanes.Walker, "_pass_time", again)


def the_patience_clock_not_reset(patch: MonkeyPatch) -> None:
    real = reference_lanes.Walker._length
    first: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    def length(self: Any, case: Any, duration: Any, step: Any, turn: int) -> int:
        """Whoever calls again has already waited since the first call."""
        found = real(self, case, duration, step, turn)
        if getattr(step.block, "patience", None) is not duration:
            return found
        return max(found - (self.clock.now - first.setdefault(case.lanes[0].walk, self.clock.now)), 0)

    patch.setattr(reference_lanes.Walker, "_length", length)


def the_warm_up_included(patch: MonkeyPatch) -> None:
    real = queues.replication_deletion
    patch.setattr(queues, "replication_deletion", lambda matrix, level, cut: real(matrix, level, 0))


def censored_cases_dropped(patch: MonkeyPatch) -> None:
    real = scorecard.view_all

    def ended_only(log: Any, residents: Any) -> Any:
        return real(log, residents).where(np.flatnonzero(log.case_columns["outcome"] != OUTCOMES.index("open")))

    patch.setattr(scorecard, "view_all", ended_only)


MUTANTS: dict[Callable[[MonkeyPatch], None], tuple[str, Engine]] = {
    a_rate_changed_by_2_percent: ("toy fragmented", "kernel"),
    a_frozen_arrival_rate: ("toy fragmented", "kernel"),
    last_come_first_served_among_ties: ("queue of pairs", "reference"),
    resample_on_resume: ("queue with breaks", "reference"),
    the_patience_clock_not_reset: ("queue with redial", "reference"),
    the_warm_up_included: ("queue that fills", "kernel"),
    censored_cases_dropped: ("toy fragmented", "kernel"),
}
"""Each with the run that is there to catch it; a run that is not measured catches nothing, so one is enough.

Mistakes in an engine are put into the readable one; others spoil what the fast one gives as well.
"""


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_is_caught(mutant: Callable[[MonkeyPatch], None], monkeypatch: MonkeyPatch) -> None:
    """By its bits, and also by chance, where another Python leaves no bit to compare."""
    name, engine = MUTANTS[mutant]
    was = right(engine, name)
    mutant(monkeypatch)
    wrong = measured(name, engine=engine)

    for exact in (True, False):
        checked = guard.compare_with(was, wrong, exact=exact)
        assert checked.verdict == CHANGED
        assert any(finding.verdict == CHANGED and finding.indicator != "log" for finding in checked.findings)


def test_every_remembered_run_has_worlds_enough_to_tell_by_chance() -> None:
    assert min(run.worlds for run in guard.RUNS) >= LEAST_PAIRS


@pytest.mark.slow
def test_a_committee_that_is_told_something_else_is_caught(monkeypatch: MonkeyPatch) -> None:
    """It decides in the eighth week, on the problems that do most harm; what it decides acts some weeks later."""
    runs = (Named("governed", "million", "committee_integrated", 12, 1),)
    before = json.loads(json.dumps(guard.measure_all(SCENARIOS, "kernel", runs)))
    real = govern.review

    def upside_down(log: Any, week: int, **how: Any) -> Any:
        findings = real(log, week, **how)
        return replace(findings, harm=findings.harm[::-1])

    monkeypatch.setattr(govern, "review", upside_down)
    assert guard.compare_with(before, guard.measure_all(SCENARIOS, "kernel", runs)).verdict == CHANGED


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_model_is_the_same(engine: Engine) -> None:
    """Made once more; the readable engine makes those again that it makes soon."""
    names = [run.name for run in FEW] if engine == "kernel" else ["queue with breaks", "queue of pairs"]
    once, again = right(engine, *names), measured(*names, engine=engine)
    assert guard.compare_with(once, again).verdict == SAME
    assert guard.compare_with(once, again, exact=False).verdict == SAME


@pytest.mark.slow
def test_both_engines_give_what_is_committed() -> None:
    committed = guard.read_baseline(BASELINE)
    names = [run.name for run in FEW]
    part = {**committed, "runs": {name: committed["runs"][name] for name in names}}
    for engine in ENGINES:
        checked = guard.compare_with(part, right(engine, *names))
        assert checked.verdict == SAME, checked_text(checked, load_words("en"))


def fake(
    *values: float | None, name: str = "backlog", environment: str = "3.11.7", version: str = "0.1"
) -> dict[str, Any]:
    worlds = [{"digest": str(value), "indicators": {name: value}} for value in values]
    runs = {"toy": {"weeks": 1, "worlds": worlds, "since": {"version": version, "commit": "abc"}}}
    kept = {"python": environment, "numpy": "2.4.6", "numba": "0.68.1"}
    return {"version": version, "git_commit": "abc", "environment": kept, "runs": runs}


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
    checked = guard.compare_with(fake(*then), fake(*now, environment="3.12.1"))

    assert not checked.exact
    assert checked.verdict == said


def test_what_moved_is_told_by_run_indicator_size_and_version(tmp_path: Path) -> None:
    checked = guard.compare_with(fake(100, 200), fake(101, 202))
    text = checked_text(checked, load_words("en"))
    write_junit(checked, tmp_path / "junit.xml", load_words("en"))

    assert "The model has changed its answer." in text
    assert "Baseline of 0.1 (abc)." in text
    assert "| toy | open cases at the end | 150 | 151.5 | +1.5 (+1.00%) | changed | 0.1 (abc) |" in text
    suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert [(case.get("name"), len(case)) for case in suites.iter("testcase")] == [("log", 1), ("backlog", 1)]
    assert suites[0].get("failures") == "2"


def test_a_run_keeps_the_version_since_which_its_numbers_are_so() -> None:
    old = fake(100, 200)
    stays = guard.keep_since(old, fake(100, 200, version="0.2"))
    moves = guard.keep_since(old, fake(100, 201, version="0.2"))
    older = copy.deepcopy(old)
    del older["runs"]["toy"]["since"]  # written before runs had one

    assert stays["runs"]["toy"]["since"]["version"] == "0.1"
    assert moves["runs"]["toy"]["since"]["version"] == "0.2"
    assert (stays["version"], moves["version"]) == ("0.2", "0.2")
    assert {f.since for f in guard.compare_with(stays, fake(1, 2)).moved} == {"0.1 (abc)"}
    assert guard.keep_since(older, fake(100, 200, version="0.2"))["runs"]["toy"]["since"]["version"] == "0.1"


def test_a_patch_release_leaves_the_bits_comparable_a_minor_one_does_not() -> None:
    assert guard.compare_with(fake(1.0), fake(1.0, environment="3.11.9")).exact
    assert not guard.compare_with(fake(1.0), fake(1.0, environment="3.12.7")).exact


@pytest.mark.parametrize(
    "given", [["--baseline", "nowhere.json"], ["--engine", "fast"], ["--no-such-option"], ["--scenarios", "nowhere"]]
)
def test_what_cannot_be_used_has_another_exit_code_than_doubt(given: list[str], monkeypatch: MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    try:
        code = main(["check", *given])
    except SystemExit as stop:
        code = int(str(stop.code))

    assert code == CANNOT_CHECK != COULD_NOT_TELL


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


def test_slowness_must_be_seen_twice() -> None:
    seen = iter([{"kernel x": 40.0, "cases x": 3.0}, {"kernel x": 95.0, "cases x": 2.0}])
    assert speed_again({"kernel x": 100.0, "cases x": 3.0}, lambda: next(seen)) == {"kernel x": 95.0, "cases x": 3.0}
    with pytest.raises(DataError, match="other ratios of speed"):
        list(speed_findings({"kernel x": 100.0}, {"cases x": 3.0}))
