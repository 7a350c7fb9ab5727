"""The files of a scenario as data: what it is based on, what it changes, and the incident types that it names."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citysim.errors import ScenarioError
from citysim.patch import patched
from citysim.yamlfile import Document, load_yaml, show

BASED_ON, TYPES = "based_on", "incident_types"
OF_TYPES = (
    "departments", "sources", "cascades", "damage_rules", "travel_by_lead", "escalation_flags",
)  # fmt: skip
"""Keys of the incident-type file that a patch may give beside those of the scenario."""

LONGEST_CHAIN = 8


@dataclass(frozen=True)
class Files:
    """A scenario as data that has not been checked.

    Args:
        types: the incident types, if the scenario names any. city: name of the city at the bottom of the chain; a
            patch on a city is the same city, with the same streets.
    """

    scenario: Document
    types: Document | None
    city: str


def read_files(path: str | os.PathLike[str], patch: Document | None = None, depth: int = 0) -> Files:
    """Read a scenario file, and what it is based on.

    Raises:
        ScenarioError: a file cannot be read, is a policy, or is based on itself.
    """
    document = load_yaml(path, ScenarioError)
    data = document.data
    if isinstance(data, dict) and (data.keys() & {"workflow", "levers"} or _is_policy(data)):
        raise document.problems([((), "the file is a policy, must be a scenario (districts, incident_types)")])
    if isinstance(data, dict) and BASED_ON in data:
        files = _based(document, depth)
    else:
        named = data.get("name") if isinstance(data, dict) else None
        files = Files(document, included := _included(document), named if isinstance(named, str) else "")
        if included is not None and included.path == document.path:
            document.data[TYPES] = "inline"  # checked once, with the other documents of types
    return files if patch is None else _with(files, patch)


def _is_policy(data: dict[str, Any]) -> bool:
    """Both kinds of file may be based on something; a scenario is based on a file."""
    given = data.get(BASED_ON)
    return isinstance(given, str) and not given.endswith((".yaml", ".yml"))


def _based(document: Document, depth: int) -> Files:
    given = document.data[BASED_ON]
    if not isinstance(given, str):
        raise document.problems([((BASED_ON,), f"{show(given)}, must be the name of a scenario file")])
    base = Path(document.path).parent / given
    if not base.is_file():
        raise document.problems([((BASED_ON,), f" = '{given}', no such file beside the scenario")])
    if depth >= LONGEST_CHAIN:
        raise document.problems(
            [((BASED_ON,), f" = '{given}', is based on itself, or over {LONGEST_CHAIN} files deep")]
        )
    rest = {key: value for key, value in document.data.items() if key != BASED_ON}
    patch = Document(document.path, rest, document.lines, document.error)
    return _with(read_files(base, depth=depth + 1), patch)


def _with(files: Files, patch: Document) -> Files:
    """The files with a patch on both of them."""
    if not isinstance(patch.data, dict):
        raise patch.problems([((), "must be a mapping of what differs from the baseline")])
    mine = {key: value for key, value in patch.data.items() if key not in OF_TYPES}
    theirs = {key: value for key, value in patch.data.items() if key in OF_TYPES}
    types = files.types
    if isinstance(mine.get(TYPES), str):  # another file instead of the baseline's
        types = _included(patch)
    elif TYPES in mine:
        theirs[TYPES] = mine.pop(TYPES)
    scenario = patched(files.scenario, _part(patch, mine))
    return Files(scenario, types if types is None or not theirs else patched(types, _part(patch, theirs)), files.city)


def _part(patch: Document, data: dict[str, Any]) -> Document:
    return Document(patch.path, data, patch.lines, patch.error, patch.prefix, patch.places)


def _included(document: Document) -> Document | None:
    """The incident types of a scenario file: another file, or a part of the same one."""
    if not isinstance(document.data, dict) or TYPES not in document.data:
        return None
    named = document.data[TYPES]
    if isinstance(named, dict):
        return document.part(TYPES)
    if not isinstance(named, str):
        raise document.problems([((TYPES,), f"{show(named)}, must be a file name or a mapping")])
    other = Path(document.path).parent / named
    if not other.is_file():
        raise document.problems([((TYPES,), f" = '{named}', no such file beside the scenario")])
    return load_yaml(other, ScenarioError)
