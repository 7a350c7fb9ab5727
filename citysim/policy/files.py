"""A policy as a YAML file: the same words as in Python, checked key by key, and written back without loss."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, Protocol

import yaml

from citysim.errors import PolicyError
from citysim.patch import TIMES
from citysim.policy.designs.levers import Levers
from citysim.policy.governance import Governance
from citysim.policy.grading import Grading
from citysim.policy.names import CityNames, check_city_names
from citysim.policy.policy import FIT_FOR_FILES, NAME_OF_FILES, Policy
from citysim.policy.programmes import AS_NOW
from citysim.policy.sensors import CLASSES, USUAL, Devices, Sensing
from citysim.policy.spelling import BODY
from citysim.policy.spelling_values import (
    COST,
    NUMBER,
    TEXT,
    WHOLE,
    YES_NO,
    Spelling,
    WrongError,
    near,
    read_time,
)
from citysim.policy.staffing import Gate, PoolFamily, Shift, Staffing, Tally
from citysim.policy.workflow import Workflow, walk
from citysim.yamlfile import Document, KeyPath, load_yaml, show


class Design(Protocol):
    """What a policy may be based on (policy/catalog.py)."""

    @property
    def levers(self) -> Levers: ...

    def policy(self, levers: Levers | None = None) -> Policy: ...


Designs = Mapping[str, Design]


def _read_time_of_day(value: Any, key: KeyPath) -> int:
    seconds = read_time(value, key)
    if seconds % 1:
        raise WrongError(key, f"{show(value)}, must be whole seconds")
    return int(seconds)


def _numbers(count: int) -> Spelling:
    def read(value: Any, key: KeyPath) -> tuple[float, ...]:
        if not isinstance(value, list) or len(value) != count:
            raise WrongError(key, f"{show(value)}, must be a list of {count} numbers")
        return tuple(NUMBER.read(number, (*key, i)) for i, number in enumerate(value))

    return Spelling(read, list)


def _read_shifts(value: Any, key: KeyPath) -> tuple[Shift, ...]:
    if not isinstance(value, list):
        raise WrongError(key, f"{show(value)}, must be a list of shifts with start and headcount")
    return tuple(_read_record(Shift, _SHIFT, shift, (*key, i)) for i, shift in enumerate(value))


def _read_rules(value: Any, key: KeyPath) -> tuple[tuple[str, tuple[float, ...]], ...]:
    if not isinstance(value, dict):
        raise WrongError(key, f"{show(value)}, must be a mapping of rule names to three thresholds")
    return tuple((TEXT.read(name, key), _numbers(3).read(rule, (*key, name))) for name, rule in value.items())


def _devices(start: Devices) -> Spelling:
    """The sensors of a class, as far as they differ from `start`."""
    return Spelling(
        lambda value, key: _read_record(Devices, _DEVICES, value, key, start),
        lambda devices: {name: getattr(devices, name) for name in _DEVICES},
    )


def _or_none(spelling: Spelling) -> Spelling:
    """The same, or null: without end, without limit."""
    return Spelling(lambda value, key: None if value is None else spelling.read(value, key), spelling.write)


TIME = Spelling(_read_time_of_day)
_SHIFT = {"start": TIME, "headcount": NUMBER}
SHIFTS = Spelling(_read_shifts, lambda shifts: [_write_record(_SHIFT, shift) for shift in shifts])
_FAMILY = {
    "name": TEXT, "level": TEXT, "shifts": SHIFTS, "cycle": TIME, "per_100k": YES_NO, "minimum": WHOLE,
    "at_shift_end": TEXT, "unit_cost_per_hour": COST, "since": TIME, "until": _or_none(TIME),
}  # fmt: skip
_GATE = {
    "name": TEXT, "first": TIME, "period": TIME, "agenda": WHOLE, "level": TEXT, "cost_per_sitting": COST,
}  # fmt: skip
_TALLY = {"name": TEXT, "level": TEXT, "memory_hours": _or_none(WHOLE)}
_GRADING = {
    "thresholds": _numbers(3), "centres": _numbers(4), "noise_sd": NUMBER,
    "rules": Spelling(_read_rules, lambda rules: {name: list(rule) for name, rule in rules}),
    "channel_factors": _numbers(4), "data_validity": NUMBER, "exposed": NUMBER,
}  # fmt: skip
_DEVICES = {f.name: NUMBER for f in fields(Devices)}
_SENSING = {f.name: TEXT if f.name == "rounds" else NUMBER for f in fields(Sensing) if f.name not in CLASSES}
KEYS = [
    "name", "title", "based_on", "levers", "workflow", "staffing", "gates", "tallies", "grading", "sensing",
    "overhead_per_week", "programmes", "governance",
]  # fmt: skip
"""What a policy file may say. Without `based_on`, name, workflow and staffing are needed; with it, only the name;
levers change numbers of that design, and families, gates and tallies replace those of the same name."""


def _read_record(made: type, spelled: Mapping[str, Spelling], data: Any, key: KeyPath, start: Any = None) -> Any:
    """A frozen record from a mapping; with `start`, what is not given stays as it is there."""
    if not isinstance(data, dict):
        raise WrongError(key, f"{show(data)}, must be a mapping with {', '.join(spelled)}")
    for name in data:
        if name not in spelled:
            raise WrongError((*key, name), f" is not a known key; {near(name, list(spelled))}")
    values = {name: spelled[name].read(value, (*key, name)) for name, value in data.items()}
    required = [f.name for f in fields(made) if f.default is MISSING and f.default_factory is MISSING]
    if start is None and (missing := [name for name in required if name not in values]):
        raise WrongError((*key, missing[0]), " is missing")
    try:
        return made(**values) if start is None else replace(start, **values)
    except PolicyError as wrong:
        raise WrongError(key, f": {wrong}") from None


def _write_record(spelled: Mapping[str, Spelling], record: Any) -> dict[str, Any]:
    """The mapping that `_read_record` reads as this record; what equals its default is left out."""
    defaults = {f.name: f.default for f in fields(record)}
    values = {name: getattr(record, name) for name in spelled}
    return {name: spelled[name].write(value) for name, value in values.items() if value != defaults[name]}


def read_policy(path: str | os.PathLike[str], designs: Designs, city: CityNames | None = None) -> Policy:
    """Read and check a policy file; `designs` are what it may be `based_on`, `city` says what cases have.

    Raises:
        PolicyError: one line for each problem, `file:line: key = value, accepted range`.
    """
    return read_document(load_yaml(path, PolicyError), designs, city)


def read_document(document: Document, designs: Designs, city: CityNames | None = None) -> Policy:
    """The policy that a document holds, which may be a part of a file.

    Raises:
        PolicyError: one line for each problem, `file:line: key = value, accepted range`.
    """
    if not isinstance(document.data, dict):
        raise document.problems([((), f"the file must be a mapping with {', '.join(KEYS)}")])
    if document.data.keys() & {"districts", "incident_types"} and "workflow" not in document.data:
        raise document.problems([((), "the file is a scenario, must be a policy (workflow, or based_on a design)")])
    parts = _Parts(document, designs)
    values = parts.read()
    if parts.found:
        raise document.problems(parts.found)
    try:
        source = None if parts.base is None or "workflow" in values else parts.base.source
        policy = Policy(**values) if parts.base is None else replace(parts.base, **values, source=source)
        check_city_names(policy, city)
        return policy
    except PolicyError as wrong:
        raise document.problems([(_block_meant(document, values, str(wrong)), f": {wrong}")]) from None


def _changed(record: Any, value: Any, key: KeyPath) -> Any:
    """A record of levers with some numbers changed, at any depth: `{friction: {misroute: 0.1}}`.

    `{times: 1.5}` in place of a number multiplies that of the base.
    """
    known = [field.name for field in fields(record) if "decided_by" not in field.metadata]
    if not isinstance(value, dict):
        raise WrongError(key, f"{show(value)}, must be a mapping with some of {', '.join(known)}")
    changes = {}
    for name, given in value.items():
        if name not in known:
            raise WrongError((*key, name), f" is not a known key; {near(name, known)}")
        old = getattr(record, name)
        if is_dataclass(old):
            changes[name] = _changed(old, given, (*key, name))
        else:
            changes[name] = _times(old, given, (*key, name)) if isinstance(given, dict) else given
    try:
        return replace(record, **changes)
    except PolicyError as wrong:
        lever = str(wrong).partition(" ")[0].partition(".")[2]
        raise WrongError((*key, lever) if lever in changes else key, f": {wrong}") from None


def _times(old: Any, given: dict[str, Any], key: KeyPath) -> float:
    """So many times the number of the base."""
    factor = given.get(TIMES)
    if set(given) != {TIMES} or isinstance(factor, bool) or not isinstance(factor, int | float):
        raise WrongError(key, f" = {given}, must be a number, or {{times: a number}}")
    if isinstance(old, bool) or not isinstance(old, int | float):
        raise WrongError((*key, TIMES), f" = {factor:g}, the base has {show(old)[3:]} there, no number to multiply")
    return round(old * factor) if isinstance(old, int) else old * factor


class _Parts:
    """Reads the top-level keys one by one and collects what is wrong with each."""

    def __init__(self, document: Document, designs: Designs) -> None:
        self.data, self.designs = document.data, designs
        self.found: list[tuple[KeyPath, str]] = []
        self.base: Policy | None = None

    def read(self) -> dict[str, Any]:
        readers: dict[str, Callable[[Any, KeyPath], Any]] = {
            "name": self.name,
            "title": self.title,
            "workflow": lambda value, key: Workflow(BODY.read(value, key)),
            "staffing": self.staffing,
            "gates": self.gates,
            "tallies": self.tallies,
            "grading": self.grading,
            "sensing": self.sensing,
            "overhead_per_week": COST.read,
            "programmes": lambda value, key: _changed(self.base.programmes if self.base else AS_NOW, value, key),
            "governance": lambda value, key: _changed(self.base.governance if self.base else Governance(), value, key),
        }
        for name in self.data:
            if name not in KEYS:
                self.found.append(((name,), f" is not a known key; {near(name, KEYS)}"))
        if "based_on" in self.data:
            self.part(self.based_on, "based_on")
        elif "levers" in self.data:
            self.found.append((("levers",), " needs based_on: they are the numbers of a design"))
        values = {name: self.part(read, name) for name, read in readers.items() if name in self.data}
        needed = ("name",) if "based_on" in self.data else ("name", "workflow", "staffing")
        self.found += [((name,), " is missing") for name in needed if name not in self.data]
        return values

    def part(self, read: Callable[[Any, KeyPath], Any], name: str) -> Any:
        try:
            return read(self.data[name], (name,))
        except WrongError as wrong:
            self.found.append((wrong.key, wrong.text))
            return None

    def name(self, value: Any, key: KeyPath) -> str:
        name = TEXT.read(value, key)
        if not NAME_OF_FILES.fullmatch(name):
            raise WrongError(key, f"{show(value)}, must be {FIT_FOR_FILES}")
        return str(name)

    def based_on(self, value: Any, key: KeyPath) -> None:
        name = TEXT.read(value, key)
        if name not in self.designs:
            raise WrongError(key, f" = {name!r}, is not a design; {near(name, list(self.designs))}")
        levers = None
        if "levers" in self.data:
            levers = self.part(lambda given, at: _changed(self.designs[name].levers, given, at), "levers")
        self.base = self.designs[name].policy(levers)

    def title(self, value: Any, key: KeyPath) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict):
            raise WrongError(key, f"{show(value)}, must be a mapping of language to text")
        return tuple((language, TEXT.read(text, (*key, language))) for language, text in value.items())

    def staffing(self, value: Any, key: KeyPath) -> Staffing:
        start = self.base.staffing.families if self.base else ()
        families = self.records(PoolFamily, _FAMILY, value, key, {family.name: family for family in start})
        try:
            return Staffing(families)
        except PolicyError as wrong:
            raise WrongError(key, f": {wrong}") from None

    def gates(self, value: Any, key: KeyPath) -> tuple[Gate, ...]:
        start = self.base.gates if self.base else ()
        return self.records(Gate, _GATE, value, key, {gate.name: gate for gate in start})

    def tallies(self, value: Any, key: KeyPath) -> tuple[Tally, ...]:
        start = self.base.tallies if self.base else ()
        return self.records(Tally, _TALLY, value, key, {tally.name: tally for tally in start})  # type: ignore[no-any-return]

    def records(self, made: type, spelled: Mapping[str, Spelling], value: Any, key: KeyPath, start: Any) -> Any:
        """A list of records; one that names a record of the base changes only what it gives."""
        if not isinstance(value, list):
            raise WrongError(key, f"{show(value)}, must be a list of mappings with {', '.join(spelled)}")
        merged, given = dict(start), set()
        for i, data in enumerate(value):
            name = data.get("name") if isinstance(data, dict) else None
            if name is not None and TEXT.read(name, (*key, i, "name")) in given:
                raise WrongError((*key, i), f": {name!r} is given twice")
            base = start.get(name)
            record = _read_record(made, spelled, data, (*key, i), base)
            merged[record.name] = record
            given.add(record.name)
        return tuple(merged.values())

    def grading(self, value: Any, key: KeyPath) -> Grading:
        return _read_record(Grading, _GRADING, value, key, self.base.grading if self.base else Grading())  # type: ignore[no-any-return]

    def sensing(self, value: Any, key: KeyPath) -> Sensing:
        """What is not given stays usual, or as in the base; so it is for the sensors of each class."""
        start = self.base.sensing if self.base else Sensing()
        of_class = {name: _devices(getattr(start, name)) for name in CLASSES}
        return _read_record(Sensing, _SENSING | of_class, value, key, start)  # type: ignore[no-any-return]


def _block_meant(document: Document, values: Mapping[str, Any], message: str) -> KeyPath:
    """Where the block stands in the file that a complaint about the workflow names; else the workflow."""
    if "workflow" not in values:
        return ("workflow",) if "workflow" in document.data else ()
    paths = _block_paths(document.data["workflow"], ("workflow",))
    if jump := re.search(r"leads to '([^']+)'", message):
        return next((path for path in paths if jump[1] in _jumps(document.at(path))), ("workflow",))
    named = re.search(r"(?:block|label) '([^']+)'", message)
    places = walk(values["workflow"].blocks)
    found = (path for place, path in zip(places, paths, strict=True) if named and place.label == named[1])
    return next(found, ("workflow",))


def _jumps(data: Any) -> list[Any]:
    return [data.get(name) for name in ("to", "go_to", "otherwise")] if isinstance(data, dict) else []


def _block_paths(body: list[Any], key: KeyPath) -> list[KeyPath]:
    """Key paths of all blocks of a body, in reading order."""
    paths: list[KeyPath] = []
    for i, data in enumerate(body):
        here = (*key, i)
        paths.append(here)
        if not isinstance(data, dict):
            continue
        for j, branch in enumerate(data.get("split") or ()):
            paths += _block_paths(branch, (*here, "split", j))
        for name in ("for_each_support", "body"):
            paths += _block_paths(data.get(name) or [], (*here, name))
    return paths


def _differences(record: Any, usual: Any) -> dict[str, Any]:
    """The mapping that `_changed` makes this record of from the usual one."""
    found: dict[str, Any] = {}
    for f in fields(record):
        one, other = getattr(record, f.name), getattr(usual, f.name)
        if one != other:
            found[f.name] = _differences(one, other) if is_dataclass(one) else one
    return found


def dump_policy(policy: Policy) -> str:
    """The policy as the text of a YAML file that loads to an equal policy, with the same digest."""
    data: dict[str, Any] = {"name": policy.name}
    if policy.title:
        data["title"] = dict(policy.title)
    if policy.governance.on and policy.source is not None:  # the committee builds the sentence anew
        data["based_on"] = policy.source.design
        data["levers"] = _differences(policy.source.levers, policy.source.usual)
    else:
        data["workflow"] = BODY.write(policy.workflow.blocks)
    data["staffing"] = [_write_record(_FAMILY, family) for family in policy.staffing.families]
    if policy.gates:
        data["gates"] = [_write_record(_GATE, gate) for gate in policy.gates]
    if policy.tallies:
        data["tallies"] = [_write_record(_TALLY, tally) for tally in policy.tallies]
    data["grading"] = _write_record(_GRADING, policy.grading)
    data["sensing"] = _write_record(_SENSING | {name: _devices(USUAL[name]) for name in CLASSES}, policy.sensing)
    data["overhead_per_week"] = policy.overhead_per_week
    data["programmes"] = _differences(policy.programmes, AS_NOW)
    data["governance"] = _differences(policy.governance, Governance())
    kept = {name: value for name, value in data.items() if value != {}}
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
