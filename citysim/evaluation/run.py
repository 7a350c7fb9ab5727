"""Many replications of many policies on the same worlds: asked once, kept as they finish, compared at the end."""

import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from citysim.engines.simulate import ENGINES, Engine
from citysim.errors import InputError, PolicyError, ScenarioError, whole_number
from citysim.evaluation import folder as folders
from citysim.evaluation import manifest as manifests
from citysim.evaluation.chunks import Job
from citysim.evaluation.compare import RELEVANT
from citysim.evaluation.comparison import Comparison
from citysim.evaluation.crate import made_of, write_crate
from citysim.evaluation.gather import Hands, Progress, Say, gather
from citysim.evaluation.inputs import keep_inputs
from citysim.evaluation.replicate import Study
from citysim.evaluation.settling import as_data, settled_designs
from citysim.evaluation.shards import Shard, Share, share_of
from citysim.evaluation.store import Store
from citysim.policy.catalog import CATALOG, load_policy
from citysim.policy.policy import FIT_FOR_FILES, NAME_OF_FILES, Policy
from citysim.sensing import CITY_NAMES
from citysim.streams import MASK
from citysim.world.sample import MOST_WEEKS
from citysim.world.scenario import Scenario, load_scenario

DESIGNS = ("fragmented", "unified_command")
"""What is compared if nobody says what."""

MOST_REPLICATIONS = 1_000_000
MOST_WORKERS = 1_000
SETTLED = "settled"
"""Of a manifest: when each design had settled, by MSER-5."""

Designs = Policy | str | os.PathLike[str] | Iterable[Policy | str | os.PathLike[str]]
"""Policies as objects, by name or by file; one alone may stand without a list."""


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
    relevant: float = RELEVANT,
    keep_cases: bool = False,
    progress: Say | None = None,
    store: str | os.PathLike[str] | None = None,
    scheduler: str | None = None,
    memory: float | None = None,
    warm_up: int = 0,
) -> Comparison:
    """Compare policies on the same sampled worlds; the first is the one that the others are compared with.

    The numbers depend on scenario, policies, seed, weeks and replications only: not on workers, engine or order.

    Args:
        replications: how many (0, 1, 2, …), or which.
        weeks: length of each world that is judged, by default the scenario's.
        warm_up: weeks before those, simulated and not judged: a world starts with empty desks.
        workers: processes, by default one for each CPU; 1 works in this process.
        out: folder for the results, made if need be; None = nothing is written.
        level: of the intervals.
        relevant: smallest difference that matters, as a share of the mean of the first policy.
        keep_cases: write the case log of each design and replication into `out` as well.
        store: folder in which every run is kept that was ever made, for all studies; what is in it is not made again.
            None = one of this study alone, which is gone once the study is complete.
        scheduler: address of a Dask cluster that does the work instead of processes of this machine.
        memory: most gigabytes of data that each process may hold; what needs more fails.

    Raises:
        InputError: scenario, policies or numbers cannot be used.
        IncompleteError: replications failed; the others are finished and written.
        Interrupted: Ctrl-C; what was finished is written.
    """
    numbers = _numbers(replications)
    count = whole_number("workers", (os.cpu_count() or 1) if workers is None else workers, 1, MOST_WORKERS)
    hands = Hands(count, scheduler, memory)
    if scheduler is not None and out is None and store is None:
        raise InputError("scheduler needs out or store: a folder that all its workers see")
    asked = [policies] if isinstance(policies, str | os.PathLike | Policy) else list(policies)
    study, command = _study(scenario, asked, numbers, seed, weeks, engine, level, relevant, warm_up)
    manifest = manifests.describe(study, numbers, level, command, relevant)
    with ExitStack() as stack:
        if out is None:
            own = Path(stack.enter_context(TemporaryDirectory(prefix="citysim-"))) if store is None else Path(store)
            return _evaluate(study, manifest, None, Store(own), hands, progress)
        out = Path(out)
        if not keep_cases and folders.is_complete(out) and _asked(folders.read_manifest(out)) == _as_complete(manifest):
            return _known(out, progress)
        opened = folders.open_folder(out, manifest, None if store is None else Path(store))
        if not isinstance(scenario, Scenario):
            keep_inputs(out, Path(scenario), _policy_files(asked, study))
        if keep_cases:
            study = replace(study, cases_folder=str(out))
        return _evaluate(study, manifest, out, opened, hands, progress)


def evaluate_shard(
    shard: Shard,
    scenario: str | os.PathLike[str],
    policies: Designs = DESIGNS,
    *,
    store: str | os.PathLike[str],
    hands: Hands,
    replications: int | Iterable[int] = 20,
    seed: int = 1,
    weeks: int | None = None,
    warm_up: int = 0,
    engine: Engine = "kernel",
    progress: Say | None = None,
) -> Share:
    """Do a shard's share of what `evaluate` asks for and the store lacks; `evaluate` itself then gathers.

    Raises:
        InputError: scenario, policies or numbers cannot be used.
        KeyboardInterrupt: Ctrl-C; what was finished is in the store.
    """
    numbers = _numbers(replications)
    study, command = _study(scenario, policies, numbers, seed, weeks, engine, 0.95, RELEVANT, warm_up)
    job, kept = Job(study, manifests.describe(study, numbers, 0.95, command)), Store(Path(store))
    kept.note_plan(job.manifest)
    gather([job], kept, replace(hands, shard=shard), Progress(progress))
    return share_of(shard, [job], kept)


def _policy_files(asked: Sequence[Policy | str | os.PathLike[str]], study: Study) -> dict[str, Path]:
    """The designs that were given as files, by name."""
    given = {policy.name: one for one, policy in zip(asked, study.policies, strict=True)}
    return {
        name: Path(one) for name, one in given.items() if not isinstance(one, Policy) and os.fspath(one) not in CATALOG
    }


def _as_complete(manifest: dict[str, Any]) -> dict[str, Any]:
    """What a manifest will say if all goes well, but for what is found."""
    return manifests.finish(manifest, manifest["replications"], [], False)


def _asked(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest without what was found."""
    return {name: value for name, value in manifest.items() if name != SETTLED}


def _known(folder: Path, say: Say | None) -> Comparison:
    """A run that was made before, by the same program."""
    comparison = Comparison(*folders.read_folder(folder))
    if say is not None:
        say(len(comparison.manifest["replications"]), len(comparison.manifest["replications"]))
    return comparison


def _evaluate(
    study: Study, manifest: dict[str, Any], folder: Path | None, store: Store, hands: Hands, say: Say | None
) -> Comparison:
    """Make what is not in the store yet, then read all of it."""
    store.note_plan(manifest)
    progress = Progress(say)
    stopped = True
    try:
        gather([Job(study, manifest)], store, hands, progress)
        stopped = False
    except KeyboardInterrupt:
        raise Interrupted(_conclude(manifest, folder, store, progress, stopped)) from None
    comparison = _conclude(manifest, folder, store, progress, stopped)
    if not comparison.complete:
        raise IncompleteError(_failure_message(comparison), comparison)
    return comparison


def run_folder(
    scenario: Scenario,
    policies: Sequence[Policy],
    replications: int | Iterable[int],
    seed: int,
    weeks: int | None,
    warm_up: int = 0,
) -> str:
    """The name of the folder that holds this run by default: `<scenario>-<designs>-<digest>`."""
    study = Study(scenario, tuple(policies), seed, scenario.weeks if weeks is None else weeks, warm_up=warm_up)
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
    relevant: float,
    warm_up: int,
) -> tuple[Study, str | None]:
    """The study that was asked for, and the command line that asks for it (None if none can)."""
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    weeks = whole_number("weeks", loaded.weeks if weeks is None else weeks, 1, MOST_WEEKS, ScenarioError)
    whole_number("warm_up", warm_up, 0, MOST_WEEKS - weeks, ScenarioError)
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
    if not isinstance(relevant, float | int) or not 0 <= relevant < 1:
        raise InputError(f"relevant = {relevant!r}, must be a number from 0 on and below 1")
    command = None
    if not isinstance(scenario, Scenario) and not any(isinstance(policy, Policy) for policy in asked):
        paths = [os.fspath(policy) for policy in asked if not isinstance(policy, Policy)]
        command = manifests.remake_command(os.fspath(scenario), paths, numbers, seed, weeks, level, relevant, warm_up)
    return Study(loaded, chosen, seed, weeks, engine, warm_up=warm_up), command


def _conclude(
    manifest: dict[str, Any], folder: Path | None, store: Store, progress: Progress, stopped: bool
) -> Comparison:
    plan = folders.plan_of(manifest)
    finished = folders.finished_by_all(store, plan)
    manifest = manifests.finish(manifest, sorted(finished), [] if stopped else store.troubles(plan), stopped)
    scores, series = store.collect(plan, "scores"), store.collect(plan, "series")
    manifest[SETTLED] = as_data(settled_designs(series, list(plan.policies)))
    comparison = Comparison(manifest, scores, series)
    if folder is not None and stopped and folders.is_complete(folder):
        folders.drop_store(folder)  # an earlier run of the same inputs ended well: its results stay
    elif folder is not None:
        folders.close_folder(folder, manifest, comparison.scores, comparison.series)
        folders.write_json(folder / "timings.json", progress.timings())
        write_crate(folder, made_of(manifest))
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
