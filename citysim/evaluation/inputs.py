"""The files that a run read, kept in its folder: it can be made again after they have changed, or are gone.

inputs/scenario/…     the scenario and what it names (`based_on`, incident types, weather), laid out as they were
inputs/designs/…      the policy files
inputs/inputs.json    which is which, and SHA-256 of each file
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citysim.errors import DataError, ScenarioError
from citysim.evaluation.folder import INPUTS, write_json, write_whole
from citysim.world.scenario_read import BASED_ON, TYPES
from citysim.yamlfile import load_yaml

LIST, WEATHER = "inputs.json", "weather"


@dataclass(frozen=True)
class Inputs:
    """Where the kept files of a run are: its scenario, and the designs that were files, by name."""

    scenario: Path
    designs: Mapping[str, Path]


def keep_inputs(folder: Path, scenario: Path, designs: Mapping[str, Path]) -> None:
    """Copy what a run reads into its folder; what another run of equal inputs left there is replaced.

    Args:
        designs: the policy files, by the name of the design.
    """
    place = folder / INPUTS
    read = {f"designs/{name}.yaml": path.read_bytes() for name, path in designs.items()}
    found = scenario_files(scenario)
    top = Path(os.path.commonpath([path.parent for path in found]))
    names = {path: f"scenario/{path.relative_to(top).as_posix()}" for path in found}
    kept = read | {names[path]: _beside(path, found[path]) for path in found}
    for name, content in kept.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(place / name, content)
    listed = {
        "scenario": names[_full(scenario)],
        "designs": {name: f"designs/{name}.yaml" for name in designs},
        "sha256": {name: _sha256(content) for name, content in sorted(kept.items())},
    }
    write_json(place / LIST, listed)
    for old in set(kept_files(folder)) - {place / name for name in (*kept, LIST)}:
        old.unlink()


def kept_files(folder: Path) -> Iterator[Path]:
    """All files below `inputs/` of a run's folder."""
    yield from (path for path in sorted((folder / INPUTS).rglob("*")) if path.is_file() and path.name[0] != ".")


def read_inputs(folder: Path) -> Inputs | None:
    """What a run kept of its inputs; None if it kept nothing.

    Raises:
        DataError: a kept file is gone or not what it was.
    """
    place = folder / INPUTS
    if not (place / LIST).is_file():
        return None
    try:
        listed = json.loads((place / LIST).read_text(encoding="utf-8"))
        digests = dict(listed["sha256"])
        designs = {name: place / file for name, file in listed["designs"].items()}
        scenario = place / listed["scenario"]
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        raise DataError(f"{place / LIST}: not the list of a run's inputs: {broken!r}") from None
    for name, digest in digests.items():
        if not (place / name).is_file() or _sha256((place / name).read_bytes()) != digest:
            raise DataError(f"{place / name}: gone, or not what the run kept (SHA-256 {digest[:10]})")
    return Inputs(scenario, designs)


def scenario_files(path: Path) -> dict[Path, dict[str, Path]]:
    """The files that a scenario is read from, each with the files that it names by key."""
    found: dict[Path, dict[str, Path]] = {}
    here: Path | None = _full(path)
    while here is not None and here not in found:
        data: Any = load_yaml(here, ScenarioError).data
        named = {key: data[key] for key in (BASED_ON, TYPES, WEATHER) if isinstance(data.get(key), str)}
        found[here] = {key: _full(here.parent / name) for key, name in named.items()}
        here = found[here].get(BASED_ON)
    for names in list(found.values()):
        for path_named in names.values():
            found.setdefault(path_named, {})
    return found


def _full(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _beside(path: Path, names: Mapping[str, Path]) -> bytes:
    """The file as it is; if it names another by its place on this machine, by the place beside it instead."""
    content = path.read_bytes()
    if not names:
        return content
    document = load_yaml(path, ScenarioError)
    lines = content.splitlines(keepends=True)
    for key, other in names.items():
        if os.path.isabs(document.data[key]):
            near = Path(os.path.relpath(other, path.parent)).as_posix()
            line = document.lines[(key,)] - 1
            lines[line] = lines[line].replace(document.data[key].encode(), near.encode())
    return b"".join(lines)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
