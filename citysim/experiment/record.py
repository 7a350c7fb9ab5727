"""What an experiment was, beside its answer: enough to make it again, and to see whether it would come out the same."""

import hashlib
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from citysim.errors import DataError
from citysim.evaluation import manifest as manifests
from citysim.evaluation.content import policy_digest, program_digest
from citysim.evaluation.crate import Made, write_crate
from citysim.evaluation.folder import write_json
from citysim.evaluation.gather import Hands, Progress
from citysim.evaluation.store import Store
from citysim.experiment.read import load_experiment
from citysim.experiment.run import Found, command_of, run_experiment, shortened

FILE = "run.json"
CLOSE = 1e-9


@dataclass(frozen=True)
class Moved:
    """A mean over the worlds that is not what it was."""

    arm: str
    indicator: str
    before: float
    now: float


@dataclass(frozen=True)
class Remade:
    """What came of making an experiment again.

    Args:
        values: means that were compared. program_changed: whether the source that decides numbers is another one.
    """

    values: int
    moved: tuple[Moved, ...]
    program_changed: bool


def record(found: Found) -> dict[str, Any]:
    """The run as JSON data: inputs by digest, versions, and the mean of every arm and indicator; no clock is read."""
    experiment = found.experiment
    return {
        "experiment": experiment.name,
        "folder": experiment.folder.as_posix(),
        "seed": experiment.seed,
        "weeks": experiment.weeks,
        "warm_up": found.warm_up.weeks,
        "worlds": found.worlds,
        "level": experiment.level,
        "arms": [
            {"name": arm.name, "scenario": arm.scenario.digest, "policy": policy_digest(arm.policy)}
            for arm in found.arms
        ],
        "means": {"/".join(measure.key): _means(values) for measure, values in found.values.items()},
        "program": program_digest(),
        "versions": manifests.versions(),
        "host": manifests.host(),
    }


def write_record(found: Found, folder: Path) -> Path:
    """Leave the record in the folder of the answer, and describe all that is there as a research object."""
    path, told = folder / FILE, record(found)
    write_json(path, told)
    arms = len(told["arms"])
    made = Made(
        name=f"citysim experiment {told['experiment']}: {found.experiment.question['en']}",
        identifier=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        command=command_of(found.experiment),
        inputs=f"seed {told['seed']}, {arms} arms on {told['worlds']} worlds of {told['weeks']} weeks",
        complete=found.complete,
        versions=told["versions"],
        commit=manifests.git_commit(),
    )
    write_crate(folder, made)
    return path


def read_record(folder: Path) -> dict[str, Any]:
    """The record of an answer.

    Raises:
        DataError: there is none, or it is none.
    """
    path = folder / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; citysim run writes it beside an answer") from None
    except ValueError as broken:
        raise DataError(f"{path}: not the record of an experiment: {broken}") from None
    if not isinstance(data, dict) or not {"folder", "worlds", "means", "arms"} <= data.keys():
        raise DataError(f"{path}: not the record of an experiment")
    return data


def remake(folder: Path, store: Store, hands: Hands, progress: Progress | None = None) -> Remade:
    """Run the experiment again and compare the mean of every arm and indicator (relative 1e-9).

    Args:
        store: where the runs go; an empty one makes all of them anew.

    Raises:
        InputError: there is no record, its experiment is not where it says, or it asks for other arms now.
    """
    before = read_record(folder)
    experiment = load_experiment(before["folder"])
    same = replace(shortened(experiment, before["weeks"], before["worlds"]), warm_up=before.get("warm_up", 0))
    found = run_experiment(same, store, hands, progress)
    now = record(found)
    names = [arm["name"] for arm in before["arms"]]
    if names != [arm["name"] for arm in now["arms"]] or before["means"].keys() != now["means"].keys():
        raise DataError(f"{folder / FILE}: the experiment asks for other arms or indicators now; run it again")
    moved = tuple(
        Moved(name, indicator, _number(was), _number(is_))
        for indicator, means in before["means"].items()
        for name, was, is_ in zip(names, means, now["means"][indicator], strict=True)
        if not _same(_number(was), _number(is_))
    )
    count = sum(len(means) for means in before["means"].values())
    return Remade(count, moved, before.get("program") != now["program"])


def is_stale(folder: Path) -> bool:
    """Whether an answer was made by another program than this one; False where there is none."""
    return (folder / FILE).exists() and read_record(folder).get("program") != program_digest()


def _means(values: np.ndarray) -> list[float | None]:
    known = [row[~np.isnan(row)] for row in values]
    return [float(row.mean()) if len(row) else None for row in known]


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _same(one: float, other: float) -> bool:
    return bool(np.isclose(one, other, rtol=CLOSE, atol=1e-12, equal_nan=True))
