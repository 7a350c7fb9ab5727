"""Would `citysim check` be red if somebody made this mistake? Against the committed baseline, with the kernel.

Mistakes in the kernel are put into its source: a copy of the program with the line changed runs in a process of its
own, uncompiled, since ten small queues take seconds so and compiling takes a minute. Mistakes around the kernel are put
in here, and the compiled kernel runs.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citysim.cli import main
from citysim.cli.parts import CHANGED, OK
from citysim.evaluation import guard, queues
from citysim.judging import scorecard
from citysim.log import OUTCOMES
from citysim.sensing import enquiries
from citysim.world import sample, surroundings, unfold

pytestmark = [pytest.mark.slow, pytest.mark.study]

ROOT = Path(__file__).parents[2]
BASELINE = ROOT / "results" / "baselines" / "check.json"
MonkeyPatch = pytest.MonkeyPatch


def checked(run: str, *options: str) -> int:
    """The exit code of the check of one run against the committed baseline."""
    return main(["check", "--only", run, "--baseline", str(BASELINE), "--scenarios", str(ROOT / "scenarios"), *options])


def moved(page: str) -> list[str]:
    """Indicators that a summary says have changed, the logs' digests left out."""
    rows = [[cell.strip() for cell in line.split("|")] for line in page.splitlines() if line.startswith("| ")]
    return [row[2] for row in rows if row[6] == "changed" and not row[2].startswith("logs")]


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


def the_warm_up_included(patch: MonkeyPatch) -> None:
    real = queues.replication_deletion
    patch.setattr(queues, "replication_deletion", lambda matrix, level, cut: real(matrix, level, 0))


def censored_cases_dropped(patch: MonkeyPatch) -> None:
    real = scorecard.view_all

    def ended_only(log: Any, residents: Any) -> Any:
        return real(log, residents).where(np.flatnonzero(log.case_columns["outcome"] != OUTCOMES.index("open")))

    patch.setattr(scorecard, "view_all", ended_only)


AROUND: dict[Callable[[MonkeyPatch], None], str] = {
    a_rate_changed_by_2_percent: "toy fragmented",
    a_frozen_arrival_rate: "toy fragmented",
    the_warm_up_included: "queue that fills",
    censored_cases_dropped: "toy fragmented",
}
"""Each with the run that is there to catch it; a run that is not checked catches nothing, so one is enough."""


@pytest.mark.parametrize("mutant", AROUND, ids=lambda mutant: mutant.__name__)
def test_a_mistake_around_the_kernel_is_caught(
    mutant: Callable[[MonkeyPatch], None], monkeypatch: MonkeyPatch, tmp_path: Path
) -> None:
    """By its bits, and also by chance, where another Python leaves no bit to compare."""
    run = AROUND[mutant]
    assert checked(run) == OK
    mutant(monkeypatch)

    for options in ([], ["--by-chance"]):
        page = tmp_path / "page.md"
        assert checked(run, "--markdown", str(page), "--lang", "en", *options) == CHANGED
        assert moved(page.read_text())


@dataclass(frozen=True)
class Mistake:
    """A line of the kernel as it should not be, and the runs that are there to catch it."""

    file: str
    right: str
    wrong: str
    runs: tuple[str, ...]


KERNEL = {
    "nothing changed": Mistake("kernel.py", "", "", ("queue of pairs", "queue with breaks", "queue with redial")),
    "last come, first served among ties": Mistake(
        "kernel_lines.py",
        "return tie[row] < tie[other_row]\n    return row < other_row",
        "return tie[row] > tie[other_row]\n    return row > other_row",
        ("queue of pairs",),
    ),
    # who was interrupted draws anew, with the luck of another visit, instead of doing what was left
    "resample on resume": Mistake(
        "kernel.py",
        "t[lane, ENDS] = now + t[lane, LEFT]",
        "t[lane, ENDS] = now + length_at(t, c, a, extra, s, visits, code, purposes, tables, deadlines, luck, lane, pc,"
        " code[pc, A])",
        ("queue with breaks",),
    ),
    # whoever calls again has already waited since the first call
    "patience clock not reset": Mistake(
        "kernel.py",
        "heap = heap_push(keys, events, heap, (now + length) * 8 + EXPIRY, event_of(t, lane))",
        "heap = heap_push(keys, events, heap, max(now, reported[row] + length) * 8 + EXPIRY, event_of(t, lane))",
        ("queue with redial",),
    ),
}

CHECK_TWICE = """
import json, sys
from pathlib import Path
import citysim
from citysim.cli import main
baseline, scenarios, folder, *runs = sys.argv[1:]
asked = ["check", "--only", *runs, "--baseline", baseline, "--scenarios", scenarios, "--lang", "en"]
ways = {"bits": [], "chance": ["--by-chance"]}
codes = {way: main([*asked, "--markdown", f"{folder}/{way}.md", *more]) for way, more in ways.items()}
Path(folder, "codes.json").write_text(json.dumps({"program": citysim.__file__, **codes}))
"""


@pytest.mark.parametrize("name", KERNEL)
def test_a_mistake_in_the_kernel_is_caught(name: str, tmp_path: Path) -> None:
    mistake = KERNEL[name]
    shutil.copytree(ROOT / "citysim", tmp_path / "citysim", ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / "citysim" / "engines" / mistake.file
    if mistake.right:
        assert source.read_text().count(mistake.right) == 1, "the line is no longer there: mend the mutant"
        source.write_text(source.read_text().replace(mistake.right, mistake.wrong))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "NUMBA_DISABLE_JIT": "1"}
    given = [str(BASELINE), str(ROOT / "scenarios"), str(tmp_path), *mistake.runs]
    done = subprocess.run(
        [sys.executable, "-c", CHECK_TWICE, *given], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "codes.json").read_text())

    assert found.pop("program").startswith(str(tmp_path))
    assert found == dict.fromkeys(("bits", "chance"), CHANGED if mistake.right else OK)
    for way in found:
        assert bool(moved((tmp_path / f"{way}.md").read_text())) == bool(mistake.right)
