"""In what two policies or two scenarios differ, by meaning: steps of the sentence, people on duty, numbers by unit."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citysim.errors import InputError, ScenarioError
from citysim.experiment.mechanisms import GROUPS, STRUCTURE
from citysim.policy.catalog import DESIGNS, load_policy
from citysim.policy.grading import Grading
from citysim.policy.policy import Policy
from citysim.report.quantities import change, plain, quantity, unit_of
from citysim.report.sentence import INDENT
from citysim.report.sentence_differences import sentence_differences
from citysim.report.staffing_differences import record_differences, staffing_differences
from citysim.sensing import CITY_NAMES
from citysim.units import CHANNELS, GRADES
from citysim.words import Words
from citysim.world.incidents import IncidentKind
from citysim.world.scenario import Scenario, load_scenario
from citysim.yamlfile import load_yaml

ASIDE = ("sources", "assumed", "source", "name", "title", "name_en", "name_zh", "rate_range")
"""What changes no result."""

KEYS = ("id", "name", "target")
"""Fields by which the records of a list are told apart."""

SEVERITIES = ("I", "II", "III", "IV")
ITEMS = {
    "severity": SEVERITIES, "mean_hidden_hours": SEVERITIES, "channel_shares": CHANNELS, "thresholds": GRADES[:3],
    "centres": SEVERITIES, "channel_factors": CHANNELS, "false_alarms_per_100k_year": CHANNELS,
}  # fmt: skip
"""What the items of a list stand for."""

UNITS = {
    "severity": "share", "channel_shares": "share", "weeks": "weeks", "population": "people", "area_km2": "km2",
    "n_streets": "streets", "work_sigma": "", "crew_size": "people", "overhead_per_week": "yuan a week",
}  # fmt: skip
"""Units of numbers of a city that neither a lever nor their name says."""


@dataclass(frozen=True)
class Difference:
    """A number or a record that is not the same in both; `unit` as levers write it, "" = none."""

    path: str
    before: Any
    after: Any
    unit: str = ""


def differences_of_files(before: str | os.PathLike[str], after: str | os.PathLike[str], words: Words) -> Iterator[str]:
    """Lines for people: what differs between two designs, policy files or scenario files.

    Raises:
        InputError: one cannot be read, or they are of different kinds.
    """
    one, other = _load(before), _load(after)
    if isinstance(one, Scenario) != isinstance(other, Scenario):
        raise InputError(f"{before} and {after}: one is a scenario and the other a policy, must be of one kind")
    if isinstance(one, Policy) and isinstance(other, Policy):
        parts = list(_of_policies(one, other, words))
        alike = one.with_(name="").digest == other.with_(name="").digest
    else:
        assert isinstance(one, Scenario)
        assert isinstance(other, Scenario)
        parts, alike = list(_of_scenarios(one, other, words)), True
    nothing = words("diff.nothing" if alike else "diff.labels_only")
    yield from [line for title, lines in parts for line in _section(title, lines, words)] or [nothing]


def _section(title: str, lines: Iterator[str], words: Words) -> Iterator[str]:
    told = list(lines)
    if told:
        yield words(f"diff.{title}")
        yield from (INDENT + line for line in told)


def _of_policies(one: Policy, other: Policy, words: Words) -> Iterator[tuple[str, Iterator[str]]]:
    yield "levers", _levers(one, other, words)
    yield "staffing", staffing_differences(one.staffing.families, other.staffing.families, words)
    yield "gates", record_differences(one.gates, other.gates, words)
    yield "tallies", record_differences(one.tallies, other.tallies, words)
    yield "grading", _lines(by_name(_thresholds(one.grading), _thresholds(other.grading)), words)
    cost, other_cost = ({"overhead_per_week": policy.overhead_per_week} for policy in (one, other))
    yield "cost", _lines(by_name(cost, other_cost), words)
    for part in ("sensing", "programmes", "governance"):
        yield part, _lines(by_name(getattr(one, part), getattr(other, part)), words)
    yield "workflow", sentence_differences(one.workflow.blocks, other.workflow.blocks, words)


def _levers(one: Policy, other: Policy, words: Words) -> Iterator[str]:
    if one.source is None or other.source is None:
        return
    if one.source.design != other.source.design:
        yield words("diff.based_on", before=one.source.design, after=other.source.design)
    mechanism = {path: name for name, paths in GROUPS.items() for path in paths}
    for found in by_name(one.source.levers, other.source.levers):
        of = mechanism.get(found.path) or mechanism.get(found.path.split(".")[0], STRUCTURE)
        yield f"{_line(found, words)}   ({words.name('mechanism', of)})"


def _of_scenarios(one: Scenario, other: Scenario, words: Words) -> Iterator[tuple[str, Iterator[str]]]:
    aside = ["kinds", "city.districts"]
    if one.city.street_ids != other.city.street_ids:  # then all that goes by streets is another
        aside = ["kinds", "city."]
    found = (found for found in by_name(one, other) if not found.path.startswith(tuple(aside)))
    yield "city", _lines(found, words)
    yield "districts", _records(one.districts, other.districts, words)
    yield "kinds", _records(one.kinds, other.kinds, words)


def _records(before: tuple[Any, ...], after: tuple[Any, ...], words: Words) -> Iterator[str]:
    """Districts or incident types, matched by id and called by their names."""
    left, right = ({record.id: record for record in records} for records in (before, after))
    for key in dict.fromkeys([*left, *right]):
        one, other = left.get(key), right.get(key)
        record = other or one
        name = words("diff.record", name=getattr(record, f"name_{words.language}"), id=key)
        if one is None or other is None:
            yield words("diff.new_record" if one is None else "diff.gone_record", name=name, what=_facts(record, words))
            continue
        for found in by_name(one, other):
            yield f"{name}{words('diff.colon')}{_line(found, words)}"


def _facts(record: Any, words: Words) -> str:
    """An incident type or a district in a few words."""
    if isinstance(record, IncidentKind):
        rate = quantity(record.rate_per_100k_year, "per 100,000 and year", words)
        return words("diff.kind", group=words.name("group", record.group), rate=rate, lead=record.lead)
    return words("diff.district", residents=quantity(record.population, "people", words), streets=record.n_streets)


def by_name(one: Any, other: Any, path: str = "", unit: str = "") -> Iterator[Difference]:
    """Wherever two nested records differ; records of lists are matched by id or name, items of some lists by what they
    stand for.
    """
    if is_dataclass(one) and type(one) is type(other):
        for field in fields(one):
            if field.name not in ASIDE and not field.name.startswith("_") and "decided_by" not in field.metadata:
                left, right = (_items(field.name, getattr(record, field.name)) for record in (one, other))
                own = UNITS.get(field.name, field.metadata.get("unit") or unit_of(field.name))
                yield from by_name(left, right, _join(path, field.name), own)
    elif isinstance(one, Mapping) or isinstance(other, Mapping):
        left, right = one or {}, other or {}
        for key in dict.fromkeys([*left, *right]):
            own = UNITS.get(str(key), unit)
            yield from by_name(left.get(key), right.get(key), _join(path, str(key)), own)
    elif isinstance(one, tuple) and isinstance(other, tuple) and (_named(one) or _named(other)):
        left, right = _named(one), _named(other)
        for name in dict.fromkeys([*left, *right]):
            yield from by_name(left.get(name), right.get(name), _join(path, name), unit)
    elif isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        if not np.array_equal(one, other):
            yield Difference(path, one, other, unit)
    elif one != other:
        yield Difference(path, one, other, unit)


def _items(name: str, value: Any) -> Any:
    names = ITEMS.get(name, ())
    return dict(zip(names, value, strict=True)) if names and len(names) == len(value) else value


def _thresholds(grading: Grading) -> Mapping[str, Any]:
    """A grading rule with its further rules by name."""
    own = {field.name: _items(field.name, getattr(grading, field.name)) for field in fields(grading)}
    return own | {"rules": {name: _items("thresholds", rule) for name, rule in grading.rules}}


def _lines(found: Iterator[Difference], words: Words) -> Iterator[str]:
    for one in found:
        yield _line(one, words)


def _line(found: Difference, words: Words) -> str:
    head = f"{_called(found.path, words)}{words('diff.colon')}"
    if isinstance(found.before, np.ndarray) and isinstance(found.after, np.ndarray):
        moved = int((found.before != found.after).sum())
        return head + words("diff.values", count=plain(moved), size=plain(found.before.size))
    return head + change(found.before, found.after, found.unit, words)


def _called(path: str, words: Words) -> str:
    """The name of a number where it has one; else its key, as files write it."""
    if f"input.{path}" in words.texts:
        return words("diff.named", name=words(f"input.{path}"), path=path)
    first, dot, rest = path.partition(".")
    named = words.texts.get(f"input.{first}")
    return path if named is None else named + (words("diff.of", what=words.name("group", rest)) if dot else "")


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


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
