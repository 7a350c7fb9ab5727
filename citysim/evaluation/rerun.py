"""Does a stored run still say what it said? Made again from its manifest, and every stored value compared."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citysim.errors import DataError
from citysim.evaluation.comparison import Comparison, load_comparison
from citysim.evaluation.content import program_digest
from citysim.evaluation.folder import read_manifest
from citysim.evaluation.gather import Say
from citysim.evaluation.manifest import words_after
from citysim.evaluation.run import IncompleteError, evaluate
from citysim.world.scenario import load_scenario

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
        same_program: whether the model's source is that of the stored run.
    """

    values: int
    count: int
    moved: tuple[Moved, ...]
    same_program: bool


def rerun(folder: Path, workers: int, say: Say | None = None) -> Rerun:
    """Make the run of a folder again, from its scenario and design files, and compare every value.

    Raises:
        DataError: no command can make it again, scenario or design is no longer what it was, it was incomplete, or
            replications fail now.
    """
    stored = load_comparison(str(folder))
    manifest = stored.manifest
    if not stored.complete:
        raise DataError(f"{folder}: the run is not complete; finish it with: {manifest['command']}")
    _, scenario, files = files_of(folder)
    designs = list(files.values())
    if load_scenario(scenario).digest != manifest["scenario"]["digest"]:
        raise DataError(f"{folder}: {scenario} is not what it was (digest {manifest['scenario']['digest'][:10]})")
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
    for before, now in zip(manifest["designs"], again.manifest["designs"], strict=True):
        if before["digest"] != now["digest"]:
            raise DataError(f"{folder}: design {before['name']!r} is not what it was (digest {before['digest'][:10]})")
    return _compared(stored, again)


def _found(name: str, folder: Path) -> str:
    """A file of the command where it is: as named from here, else as named from the folder of the run or one above it
    (the command was given somewhere there); the name of a design stays."""
    if Path(name).is_absolute() or Path(name).exists():
        return name
    places = (place / name for place in folder.resolve().parents)
    return next((str(place) for place in places if place.is_file()), name)


def files_of(folder: Path) -> tuple[dict[str, Any], str, dict[str, str]]:
    """Manifest of a run, its scenario's file, and the file of each design by name.

    Raises:
        DataError: there is no run, or no command that names its files.
    """
    manifest = read_manifest(folder)
    scenario, designs = inputs_of(manifest, folder)
    names = [design["name"] for design in manifest["designs"]]
    return manifest, _found(scenario, folder), {n: _found(d, folder) for n, d in zip(names, designs, strict=True)}


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
