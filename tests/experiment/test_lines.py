"""Does every row of the store, of whatever command and in whatever state, say the line that makes it alone?"""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from citysim.cli import main
from citysim.evaluation import chunks
from citysim.evaluation.comparison import load_comparison
from citysim.evaluation.content import scores_digest
from citysim.evaluation.results import Results, open_results
from citysim.evaluation.store import Store
from citysim.experiment.arms import arms_of
from citysim.experiment.read import load_experiment
from citysim.experiment.run import jobs_of
from citysim.experiment.spec import BY_MSER5
from tests.experiment.conftest import SCENARIOS

TOY = str(SCENARIOS / "toy.yaml")
RANGES = f"""\
question: {{en: Does it hold?, zh: 成立吗？}}
scenario: {TOY}
weeks: 1
worlds: 2
primary: report_to_close_so_far_mean
designs:
  apart: {{based_on: fragmented}}
  together: {{based_on: unified_command}}
sample: latin_hypercube
points: 2
factors:
  gas: {{path: "city.demand_positions.group:gas", low: -1, high: 1}}
"""
COMMANDS = {
    "evaluate": f"evaluate {TOY} --designs fragmented mine.yaml --replication 4 2 7 --weeks 1 --warm-up 1 --seed 3",
    "select": f"select {TOY} --designs mine.yaml fragmented --indicator on_time_closure_rate_true"
    " --indifference 0.05 --fresh 2 --weeks 1",
    "run": "run small --worlds 2",
    "sensitivity": "sensitivity ranges --designs mine.yaml fragmented --worlds 3",
    "explain": f"explain mine.yaml unified_command --scenario {TOY} --worlds 5 --weeks 1",
}


@pytest.fixture
def place(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a policy and two experiments."""
    (tmp_path / "ranges").mkdir()
    (tmp_path / "ranges" / "experiment.yaml").write_text(RANGES)
    (tmp_path / "mine.yaml").write_text("name: mine\nbased_on: unified_command\nlevers: {friction: {misroute: 0.3}}\n")
    monkeypatch.chdir(tmp_path)
    assert folder.parent == tmp_path
    return tmp_path


@pytest.fixture
def stop_at_the_second(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Ctrl-C comes while the second replication is simulated; calling it takes the interruption away."""
    whole, begun = chunks.replicate, [0]

    def interrupted(*given: Any) -> Any:
        begun[0] += 1
        if begun[0] == 2:
            raise KeyboardInterrupt
        return whole(*given)

    monkeypatch.setattr(chunks, "replicate", interrupted)
    return lambda: monkeypatch.setattr(chunks, "replicate", whole)


def rows(results: Results) -> list[dict[str, Any]]:
    columns = results.columns("SELECT * FROM runs ORDER BY status, design, replication")
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def stored(store: Path, row: dict[str, Any]) -> str:
    """The digest of a run's scores in the store."""
    one = f"world = '{row['world']}' AND policy = '{row['policy']}' AND replication = {row['replication']}"
    return scores_digest(open_results(store).columns(f"SELECT * FROM every_scores WHERE {one} ORDER BY part, row"))


def made(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The digest of the scores that a line finds."""
    capsys.readouterr()
    words = shlex.split(line)
    assert words[0] == "citysim"
    assert main([*words[1:], "--lang", "en", *(["--out", "alone"] if words[1] == "evaluate" else [])]) == 0
    if words[1] != "evaluate":
        return capsys.readouterr().out.rpartition("SHA-256 of all its scores: ")[2].strip()
    found = load_comparison(Path("alone"))
    shutil.rmtree("alone")
    return scores_digest(found.scores)


@pytest.mark.parametrize("command", [["run", "experiments/automation"], ["sensitivity"]])
def test_a_warm_up_without_the_run_that_it_belongs_to_is_refused(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    assert main([*command, "--warm-up", "1", "--lang", "en"]) == 2
    assert "--warm-up goes with --arm" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [name if name in ("evaluate", "run") else pytest.param(name, marks=pytest.mark.study) for name in COMMANDS],
)
def test_the_line_of_a_run_that_is_done_stopped_or_not_begun_finds_the_same_digest(
    place: Path, command: str, stop_at_the_second: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    store = place / "store"
    asked = [*shlex.split(COMMANDS[command]), "--workers", "1", "--store", "store", "--out", "out", "--lang", "en"]
    assert main(asked) == 130
    first = rows(open_results(store))
    assert {row["status"] for row in first} == {"OK", "ABORTED", "PENDING"}
    assert all(row["replay"] for row in first)

    stop_at_the_second()
    assert main(asked) == 0
    for status in ("OK", "ABORTED", "PENDING"):
        row = [one for one in first if one["status"] == status][-1]
        assert made(row["replay"], capsys) == stored(store, row), (status, row["replay"])
    last = rows(open_results(store))
    assert {row["status"] for row in last} == {"OK"}
    known = {(row["design"], row["world"], row["replication"]): row["replay"] for row in first}
    assert all(
        known.get((row["design"], row["world"], row["replication"]), row["replay"]) == row["replay"] for row in last
    )


@pytest.mark.slow
def test_a_line_works_as_a_command_of_a_shell(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As people paste it: quoted words, another process."""
    asked = [*shlex.split(COMMANDS["run"]), "--workers", "1", "--store", "store", "--out", "out", "--lang", "en"]
    assert main(asked) == 0
    row = next(one for one in rows(open_results(place / "store")) if " " in one["design"])
    program = f"{shlex.quote(sys.executable)} -m citysim.cli"
    line = row["replay"].replace("citysim", program, 1).replace("small", str(place / "small"))
    done = subprocess.run(line, shell=True, cwd=SCENARIOS.parent, capture_output=True, text=True, check=True)

    assert done.stdout.strip().endswith(stored(place / "store", row))
    capsys.readouterr()


def test_the_line_of_a_pilot_run_has_no_warm_up_and_the_others_have_that_which_it_found(folder: Path) -> None:
    text = (folder / "experiment.yaml").read_text()
    (folder / "experiment.yaml").write_text(text.replace("weeks: 1\n", "weeks: 1\nwarm_up: mser5\n"))
    experiment = load_experiment(folder)
    arms = arms_of(experiment)
    assert experiment.warm_up == BY_MSER5

    pilot, found = jobs_of(experiment, arms, 2)[0], jobs_of(replace(experiment, warm_up=3), arms, 2)[0]
    arm = next(iter(pilot.plan.policies))
    assert f"--warm-up 0 --arm '{arm}' --replication 1" in str(pilot.replay(arm, 1))
    assert f"--warm-up 3 --arm '{arm}' --replication 1" in str(found.replay(arm, 1))


def test_a_run_that_was_asked_for_in_python_has_no_line(tmp_path: Path) -> None:
    manifest = {
        "scenario": {"name": "toy", "digest": "0"}, "designs": [{"name": "x", "does": "policy"}], "world": "world",
        "seed": 1, "weeks": 1, "replications": [0, 1], "digest": "1", "command": None,
    }  # fmt: skip
    Store(tmp_path).note_plan(manifest)

    assert [(row["status"], row["replay"]) for row in rows(open_results(tmp_path))] == [("PENDING", "")] * 2
