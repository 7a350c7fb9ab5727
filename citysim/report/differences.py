"""In what two policies or two scenarios differ, by meaning: numbers by the path of their lever, lists by name."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citysim.errors import InputError, ScenarioError
from citysim.experiment.mechanisms import GROUPS, differences
from citysim.policy.catalog import DESIGNS, load_policy
from citysim.policy.describe import describe
from citysim.policy.policy import Policy
from citysim.sensing import CITY_NAMES
from citysim.words import Words
from citysim.world.scenario import Scenario, load_scenario
from citysim.yamlfile import load_yaml

ASIDE = ("sources", "assumed", "source", "name", "title")
"""What changes no result."""

KEYS = ("id", "name")
"""Fields by which the records of a list are told apart."""

LONGEST = 80


def differences_of_files(before: str | os.PathLike[str], after: str | os.PathLike[str], words: Words) -> Iterator[str]:
    """Lines for people: what differs between two designs, policy files or scenario files.

    Raises:
        InputError: one cannot be read, or they are of different kinds.
    """
    one, other = _load(before), _load(after)
    if isinstance(one, Scenario) != isinstance(other, Scenario):
        raise InputError(f"{before} and {after}: one is a scenario and the other a policy, must be of one kind")
    if isinstance(one, Policy) and isinstance(other, Policy):
        lines = list(_of_policies(one, other, words))
    else:
        lines = [_line(*found) for found in by_name(one, other)]
    yield from lines or [words("diff.nothing")]


def by_name(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path and both values wherever two nested records differ; records of lists are matched by id or name."""
    if is_dataclass(one) and type(one) is type(other):
        for field in fields(one):
            if field.name not in ASIDE and not field.name.startswith("_"):
                yield from by_name(getattr(one, field.name), getattr(other, field.name), _join(path, field.name))
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            yield from by_name(one.get(key), other.get(key), _join(path, str(key)))
    elif isinstance(one, tuple) and isinstance(other, tuple) and (_named(one) or _named(other)):
        left, right = _named(one), _named(other)
        for name in dict.fromkeys([*left, *right]):
            yield from by_name(left.get(name), right.get(name), _join(path, name))
    elif isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        if not np.array_equal(one, other):
            yield path, one, other
    elif one != other:
        yield path, one, other


def _of_policies(one: Policy, other: Policy, words: Words) -> Iterator[str]:
    if one.source is not None and other.source is not None:
        if one.source.design != other.source.design:
            yield _line("based_on", one.source.design, other.source.design)
        mechanism = {path: name for name, paths in GROUPS.items() for path in paths}
        for path, old, new in differences(one.source.levers, other.source.levers):
            of = mechanism.get(path) or mechanism.get(path.split(".")[0], "structure")
            yield _line(f"levers.{path}", old, new) + f"   ({words.name('mechanism', of)})"
    for part in ("staffing", "gates", "tallies", "grading", "sensing", "overhead_per_week", "programmes", "governance"):
        for path, old, new in by_name(getattr(one, part), getattr(other, part), part):
            yield _line(path, old, new)
    left, right = (
        [re.sub(r"^[\s\d.]+", "", line) for line in describe(policy.workflow).splitlines()] for policy in (one, other)
    )
    if left != right:
        yield words("diff.sentence", before=len(left), after=len(right), both=len(set(left) & set(right)))


def _load(name: str | os.PathLike[str]) -> Policy | Scenario:
    text = os.fspath(name)
    if text in DESIGNS or not Path(text).is_file():
        return load_policy(text, CITY_NAMES)
    data = load_yaml(text, ScenarioError).data
    based_on = data.get("based_on") if isinstance(data, dict) else None
    is_scenario = isinstance(data, dict) and ("districts" in data or str(based_on).endswith((".yaml", ".yml")))
    return load_scenario(text) if is_scenario else load_policy(text, CITY_NAMES)


def _named(records: tuple[Any, ...]) -> dict[str, Any]:
    """The records of a list by id or name, if all have one and no two the same."""
    for key in KEYS:
        names = [getattr(record, key, None) for record in records]
        if names and all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return dict(zip([str(name) for name in names], records, strict=True))
    return {}


def _line(path: str, old: Any, new: Any) -> str:
    return f"{path}: {_short(old)} → {_short(new)}"


def _short(value: Any) -> str:
    if value is None:
        return "–"
    if is_dataclass(value) and not isinstance(value, type):
        value = getattr(value, "id", None) or getattr(value, "name", None) or value
    if isinstance(value, np.ndarray):
        return f"{value.size} values"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
