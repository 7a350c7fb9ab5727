"""Does the guard catch every model that changed its answer, and nobody else?"""

import copy
import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from citysim.cli import main
from citysim.cli.parts import CANNOT_CHECK, COULD_NOT_TELL
from citysim.committee import govern
from citysim.engines.simulate import ENGINES, Engine
from citysim.errors import DataError
from citysim.evaluation import guard
from citysim.evaluation.guard import CHANGED, OPEN, SAME, Named
from citysim.evaluation.speed import speed_again, speed_findings
from citysim.report.checked import checked_text, write_junit
from citysim.statistics.pairs import LEAST_PAIRS
from citysim.words import load_words

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


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--only", "queue of paris"], "no run 'queue of paris', must be one of toy fragmented"),
        (["--only", "queue of pairs", "--update"], "--only checks a part"),
    ],
)
def test_a_part_of_the_runs_must_exist_and_never_becomes_the_baseline(
    given: list[str], said: str, monkeypatch: MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    before = BASELINE.read_bytes()

    assert main(["--lang", "en", "check", *given]) == CANNOT_CHECK
    assert said in capsys.readouterr().err
    assert BASELINE.read_bytes() == before


def test_another_set_of_runs_is_refused() -> None:
    other = copy.deepcopy(fake(1.0))
    other["runs"]["more"] = other["runs"]["toy"]
    with pytest.raises(DataError, match="other runs"):
        guard.compare_with(fake(1.0), other)
    with pytest.raises(DataError, match="other worlds or indicators"):
        guard.compare_with(fake(1.0), fake(1.0, 2.0))
    with pytest.raises(DataError, match="the baseline has no run 'toy fragmented'"):
        guard.narrowed(fake(1.0), guard.named(["toy fragmented"]))
    with pytest.raises(DataError, match="no baseline"):
        guard.read_baseline(ROOT / "nowhere.json")


@pytest.mark.parametrize(
    ("text", "message"), [("{", "not a baseline"), ("[]", "runs, speed missing"), ('{"runs": {}}', "speed missing")]
)
def test_a_baseline_that_is_broken_is_an_error_that_names_it(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "check.json"
    path.write_text(text)
    with pytest.raises(DataError, match=f"check.json: .*{message}"):
        guard.read_baseline(path)


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
