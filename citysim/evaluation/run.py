"""Many replications of many policies on the same worlds: asked once, kept as they finish, compared at the end."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from citysim.engines.simulate import ENGINES, Engine
from citysim.errors import InputError, PolicyError, ScenarioError, whole_number
from citysim.evaluation import manifest as manifests
from citysim.evaluation import store
from citysim.evaluation.comparison import Comparison
from citysim.evaluation.replicate import Failure, Judged, Replicated, Study, replicate, warm_up
from citysim.evaluation.workers import Done, run_all
from citysim.policy.catalog import load_policy
from citysim.policy.policy import FIT_FOR_FILES, NAME_OF_FILES, Policy
from citysim.sensing import CITY_NAMES
from citysim.streams import MASK
from citysim.world.sample import MOST_WEEKS
from citysim.world.scenario import Scenario, load_scenario

DESIGNS = ("fragmented", "unified_command")
"""What is compared if nobody says what."""

MOST_REPLICATIONS = 1_000_000
MOST_WORKERS = 1_000

Designs = Policy | str | os.PathLike[str] | Iterable[Policy | str | os.PathLike[str]]
"""Policies as objects, by name or by file; one alone may stand without a list."""

Progress = Callable[[int, int], None]
"""Called with (finished, asked for) at the start and after each replication."""


class IncompleteError(RuntimeError):
    """Some replications failed; the others were finished and are in `comparison`."""

    def __init__(self, message: str, comparison: Comparison) -> None:
        super().__init__(message)
        self.comparison = comparison


class Interrupted(KeyboardInterrupt):
    """Somebody pressed Ctrl-C; what was finished is in `comparison` and in the folder."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison


@dataclass
class _Harvest:
    """What has come in so far."""

    judged: list[Judged] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    started: float = field(default_factory=time.perf_counter)

    def take(self, done: Done[Replicated]) -> Replicated:
        """Note one replication; one whose process died is a failure like any other."""
        lost = Failure("", done.number, "the process that worked on it died (killed, or no memory left)")
        result = done.result or Replicated(done.number, (), (lost,))
        self.judged.extend(result.judged)
        self.failures.extend(result.failures)
        if not result.failures:
            self.finished.append(result.replication)
        for part, seconds in result.seconds.items():
            self.seconds[part] += seconds
        return result

    def in_order(self, designs: Sequence[str]) -> list[Judged]:
        """By design and replication: the order in which workers finish is an accident."""
        return sorted(self.judged, key=lambda judged: (designs.index(judged.design), judged.replication))

    def timings(self) -> dict[str, float]:
        """Seconds since the start, and seconds of work by part summed over all workers."""
        parts = {part: round(self.seconds[part], 3) for part in sorted(self.seconds)}
        return {"wall": round(time.perf_counter() - self.started, 3), **parts}


def evaluate(
    scenario: Scenario | str | os.PathLike[str],
    policies: Designs = DESIGNS,
    *,
    replications: int | Iterable[int] = 20,
    seed: int = 1,
    weeks: int | None = None,
    workers: int | None = None,
    engine: Engine = "kernel",
    out: str | os.PathLike[str] | None = None,
    level: float = 0.95,
    keep_cases: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Compare policies on the same sampled worlds; the first is the one that the others are compared with.

    The numbers depend on scenario, policies, seed, weeks and replications only: not on workers, engine or order.

    Args:
        replications: how many (0, 1, 2, …), or which.
        weeks: length of each world, by default the scenario's.
        workers: processes, by default one for each CPU; 1 works in this process.
        out: folder for the results, made if need be; None = nothing is written.
        level: of the intervals.
        keep_cases: write the case log of each design and replication into `out` as well.

    Raises:
        InputError: scenario, policies or numbers cannot be used.
        IncompleteError: replications failed; the others are finished and written.
        Interrupted: Ctrl-C; what was finished is written.
    """
    numbers = _numbers(replications)
    workers = whole_number("workers", (os.cpu_count() or 1) if workers is None else workers, 1, MOST_WORKERS)
    study, command = _study(scenario, policies, numbers, seed, weeks, engine, level)
    manifest = manifests.describe(study, numbers, level, command)
    folder = None if out is None else Path(out)
    if folder is not None:
        store.open_folder(folder, manifest)
        study = _keeping_cases(study, folder) if keep_cases else study
    harvest = _Harvest()
    stopped = True
    try:
        _gather(study, numbers, workers, folder, harvest, progress)
        stopped = False
    except KeyboardInterrupt:
        raise Interrupted(_conclude(study, manifest, folder, harvest, stopped)) from None
    comparison = _conclude(study, manifest, folder, harvest, stopped)
    if comparison.failures:
        raise IncompleteError(_failure_message(comparison), comparison)
    return comparison


def run_folder(
    scenario: Scenario, policies: Sequence[Policy], replications: int | Iterable[int], seed: int, weeks: int | None
) -> str:
    """The name of the folder that holds this run by default: `<scenario>-<designs>-<digest>`."""
    study = Study(scenario, tuple(policies), seed, scenario.weeks if weeks is None else weeks)
    return manifests.folder_name(manifests.describe(study, _numbers(replications), 0.95, None))


def _numbers(replications: int | Iterable[int]) -> list[int]:
    if isinstance(replications, str) or not isinstance(replications, Iterable):
        return list(range(whole_number("replications", replications, 1, MOST_REPLICATIONS)))
    numbers = {whole_number("replication", number, 0, MOST_REPLICATIONS - 1) for number in replications}
    if not numbers:
        raise InputError("replications is empty, must be a whole number from 1 on, or numbers from 0 on")
    return sorted(numbers)


def _study(
    scenario: Scenario | str | os.PathLike[str],
    policies: Designs,
    numbers: Sequence[int],
    seed: int,
    weeks: int | None,
    engine: Engine,
    level: float,
) -> tuple[Study, str | None]:
    """The study that was asked for, and the command line that asks for it (None if none can)."""
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    weeks = whole_number("weeks", loaded.weeks if weeks is None else weeks, 1, MOST_WEEKS, ScenarioError)
    seed = whole_number("seed", seed, 0, MASK)
    asked = [policies] if isinstance(policies, str | os.PathLike | Policy) else list(policies)
    chosen = tuple(policy if isinstance(policy, Policy) else load_policy(policy, CITY_NAMES) for policy in asked)
    names = [policy.name for policy in chosen]
    if not chosen or len(set(names)) < len(names):
        raise PolicyError(f"policies = {names}, must be at least one and differ in name")
    if unfit := [name for name in names if not NAME_OF_FILES.fullmatch(name)]:
        raise PolicyError(f"policy name = {unfit[0]!r}, must be {FIT_FOR_FILES}, since files are named after it")
    if engine not in ENGINES:
        raise InputError(f"engine = {engine!r}, must be one of {', '.join(ENGINES)}")
    if not isinstance(level, float | int) or not 0.5 <= level < 1:
        raise InputError(f"level = {level!r}, must be a number from 0.5 on and below 1")
    command = None
    if not isinstance(scenario, Scenario) and not any(isinstance(policy, Policy) for policy in asked):
        paths = [os.fspath(policy) for policy in asked if not isinstance(policy, Policy)]
        command = manifests.remake_command(os.fspath(scenario), paths, numbers, seed, weeks, level)
    return Study(loaded, chosen, seed, weeks, engine), command


def _keeping_cases(study: Study, folder: Path) -> Study:
    return replace(study, cases_folder=str(folder))


def _gather(
    study: Study,
    numbers: Sequence[int],
    workers: int,
    folder: Path | None,
    harvest: _Harvest,
    progress: Progress | None,
) -> None:
    if progress is not None:
        progress(0, len(numbers))
    prepare = partial(warm_up, study.engine)
    for count, done in enumerate(run_all(partial(replicate, study), numbers, min(workers, len(numbers)), prepare), 1):
        result = harvest.take(done)
        if folder is not None:
            store.write_part(folder, result)
        if progress is not None:
            progress(count, len(numbers))


def _conclude(
    study: Study, manifest: dict[str, Any], folder: Path | None, harvest: _Harvest, stopped: bool
) -> Comparison:
    judged = harvest.in_order([policy.name for policy in study.policies])
    manifest = manifests.finish(manifest, harvest.finished, harvest.failures, stopped)
    comparison = Comparison(manifest, store.score_rows(judged), store.series_rows(judged))
    if folder is not None and stopped and store.is_complete(folder):
        store.drop_parts(folder)  # an earlier run of the same inputs ended well: its results stay
    elif folder is not None:
        store.close_folder(folder, manifest, comparison.scores, comparison.series)
        store.write_json(folder / "timings.json", harvest.timings())
    return comparison


def _failure_message(comparison: Comparison) -> str:
    asked, failed = comparison.manifest["replications"], comparison.failures
    lost = len({f["replication"] for f in failed})
    lines = [f"{lost} of {len(asked)} replications failed{'; the others were finished' if lost < len(asked) else ''}."]
    for failure in failed[:5]:
        who = f"replication {failure['replication']}" + (f", {failure['design']}" if failure["design"] else "")
        lines.append(f"{who}: {failure['error']}" + (f"\n  replay: {failure['replay']}" if failure["replay"] else ""))
    if len(failed) > 5:
        lines.append(f"and {len(failed) - 5} more, see manifest.json")
    return "\n".join(lines)
