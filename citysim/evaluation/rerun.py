"""Does a stored run still say what it said? Made again from its manifest, and every stored value compared."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from citysim.errors import DataError, InputError
from citysim.evaluation.comparison import Comparison, load_comparison
from citysim.evaluation.content import program_digest
from citysim.evaluation.folder import read_manifest
from citysim.evaluation.gather import Say
from citysim.evaluation.inputs import read_inputs
from citysim.evaluation.manifest import words_after
from citysim.evaluation.run import IncompleteError, evaluate
from citysim.policy.catalog import load_policy
from citysim.policy.policy import Policy
from citysim.sensing import CITY_NAMES
from citysim.world.scenario import Scenario, load_scenario

CLOSE = 1e-9
"""Relative; a last bit may differ between machines."""

KEYS = ("design", "replication", "indicator", "stratum", "group")
MOST = 50


@dataclass(frozen=True)
class Moved:
    """A stored value that is not what is found now."""

    design: str
    replication: int
    indicator: str
    stratum: str
    group: str
    before: float
    now: float


@dataclass(frozen=True)
class Rerun:
    """What came of making a run again.

    Args:
        values: how many were compared. moved: which differ, the first few; count: how many in all.
        same_program: whether the model's source is that of the stored run. replaced: files that are gone or not what
            they were, for which the copy that the run kept was read.
    """

    values: int
    count: int
    moved: tuple[Moved, ...]
    same_program: bool
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sources:
    """What a run was made from.

    Args:
        scenario: its file. designs: the file of each by name, or the name itself where it is of the catalog.
        replaced: files that the command names and that are gone or not what they were; the copies that the run kept
            stand instead.
    """

    manifest: dict[str, Any]
    scenario: str
    designs: Mapping[str, str]
    replaced: tuple[str, ...]


def rerun(folder: Path, workers: int, say: Say | None = None) -> Rerun:
    """Make the run of a folder again, from its scenario and design files, and compare every value.

    Where such a file is gone or has changed, the copy that the run kept in `inputs/` is read.

    Raises:
        DataError: no command can make it again, scenario or design is no longer what it was (see `sources_of`), it was
            incomplete, or replications fail now.
    """
    stored = load_comparison(str(folder))
    manifest = stored.manifest
    if not stored.complete:
        raise DataError(f"{folder}: the run is not complete; finish it with: {manifest['command']}")
    sources = sources_of(folder)
    scenario, designs = sources.scenario, list(sources.designs.values())
    try:
        again = evaluate(
            scenario,
            designs,
            replications=manifest["replications"],
            seed=manifest["seed"],
            weeks=manifest["weeks"],
            warm_up=manifest.get("warm_up", 0),
            workers=workers,
            progress=say,
        )
    except IncompleteError as error:
        raise DataError(f"{folder}: could not be made again: {error}") from None
    return replace(_compared(stored, again), replaced=sources.replaced)


def _found(name: str, folder: Path) -> str:
    """A file of the command where it is: as named from here, else as named from the folder of the run or one above it
    (the command was given somewhere there); the name of a design stays."""
    if Path(name).is_absolute() or Path(name).exists():
        return name
    places = (place / name for place in folder.resolve().parents)
    return next((str(place) for place in places if place.is_file()), name)


def sources_of(folder: Path) -> Sources:
    """What a run was made from: the files that its command names, or the copies that it kept where those are gone or
    not what they were.

    Raises:
        DataError: there is no run, no command that names its files, a kept copy is broken, or what was read is no
            longer there in any copy.
        InputError: a file cannot be read, and no copy was kept.
    """
    manifest = read_manifest(folder)
    named, designs = inputs_of(manifest, folder)
    digests = {design["name"]: design["digest"] for design in manifest["designs"]}
    kept = read_inputs(folder)
    scenario = _found(named, folder)
    digest = manifest["scenario"]["digest"]
    chosen = _right(load_scenario, scenario, digest, kept.scenario if kept else None, f"scenario {scenario}")
    replaced = [scenario] if chosen != scenario else []
    files = {}
    for (name, digest), design in zip(digests.items(), designs, strict=True):
        file = _found(design, folder)
        files[name] = _right(_policy, file, digest, kept.designs.get(name) if kept else None, f"design {name!r}")
        replaced += [file] if files[name] != file else []
    return Sources(manifest, chosen, files, tuple(replaced))


def _policy(name: str) -> Policy:
    return load_policy(name, CITY_NAMES)


def _right(load: Callable[[str], Scenario | Policy], file: str, digest: str, kept: Path | None, what: str) -> str:
    """The file if it says what it said, else the kept copy if that does."""
    if _says(load, file, digest):
        return file
    if kept is not None and _says(load, str(kept), digest):
        return str(kept)
    load(file)  # what cannot be read has an error of its own
    raise DataError(
        f"{what} is not what it was when the run was made (digest {digest[:10]}), and no copy of that is kept"
    )


def _says(load: Callable[[str], Scenario | Policy], file: str, digest: str) -> bool:
    """Whether a file can be read and is what has this digest."""
    try:
        return load(file).digest == digest
    except InputError:
        return False


def inputs_of(manifest: Mapping[str, Any], folder: Path) -> tuple[str, list[str]]:
    """Scenario and designs of a run, as its command names them.

    Raises:
        DataError: it was made from Python objects, which no command names.
    """
    if manifest["command"] is None:
        raise DataError(f"{folder}: made from Python objects; no command can make it again")
    words = shlex.split(manifest["command"])
    return words[2], words[words_after(words, "--designs")]


def _compared(stored: Comparison, again: Comparison) -> Rerun:
    one, other = stored.scores, again.scores
    if any(len(one[key]) != len(other[key]) or (one[key] != other[key]).any() for key in KEYS):
        raise DataError("the stored scores have other rows than those of this version of citysim")
    far = np.flatnonzero(~np.isclose(one["value"], other["value"], rtol=CLOSE, atol=0.0, equal_nan=True))
    moved = tuple(
        Moved(**{key: one[key][k] for key in KEYS}, before=float(one["value"][k]), now=float(other["value"][k]))
        for k in far[:MOST].tolist()
    )
    return Rerun(len(one["value"]), len(far), moved, stored.manifest.get("program") == program_digest())
