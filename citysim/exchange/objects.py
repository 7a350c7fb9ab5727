"""What the events of a log are about: cases, incidents, places, departments, pools, and how these belong together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from citysim.exchange.events import TEXTS, CaseRecord, Event, records
from citysim.exchange.names import Names
from citysim.log import Log

OBJECTS = ("case", "incident", "district", "street", "department", "pool")
"""Types of objects: an event of a case is an event of the incident, the places, the department and the pools too."""

STEP_ATTRIBUTES = ("lifecycle", "block", "verb", "event", "instance")
"""Of an event in a block of the workflow; a milestone has none."""

CASE_ATTRIBUTES = {**dict.fromkeys(TEXTS, "string"), "transfers": "integer"}


@dataclass(frozen=True)
class Thing:
    """An object. `links` are the other objects it belongs to, as (object, what it is to it); those are told too."""

    name: str
    type: str
    attributes: tuple[tuple[str, str | int], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Happening:
    """An event and the objects that it is about, as (object, type)."""

    name: str
    event: Event
    about: tuple[tuple[str, str], ...]

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """Values of STEP_ATTRIBUTES that there are."""
        step = self.event.step
        if step is None:
            return ()
        values = (self.event.transition, step.block, step.verb, step.what, step.instance)
        return tuple((name, value) for name, value in zip(STEP_ATTRIBUTES, values, strict=True) if value)


def told(log: Log, names: Names, *, steps: bool) -> Iterator[tuple[tuple[Thing, ...], tuple[Happening, ...]]]:
    """For each case: objects that were not told before, and what happened.

    A parent or a cause that comes later is told in its own turn.

    Raises:
        DataError: as of `events.records`.
    """
    seen: set[str] = set()
    is_case = _case_finder(log)
    for record in records(log, names, steps=steps):
        happened = tuple(_happenings(record))
        things = [_case(record, is_case), *_others(record, happened)]
        fresh = tuple(thing for thing in things if thing.type == "case" or thing.name not in seen)
        seen.update(thing.name for thing in fresh if thing.type != "case")
        yield fresh, happened


def _case_finder(log: Log) -> Callable[[str], bool]:
    """Whether a number is that of a case in the log: what a case springs from may never have come in."""
    cases = log.case_columns["case"]

    def is_case(number: str) -> bool:
        place = int(np.searchsorted(cases, int(number)))
        return place < len(cases) and int(cases[place]) == int(number)

    return is_case


def _case(record: CaseRecord, is_case: Callable[[str], bool]) -> Thing:
    links = [(f"{kind}:{name}", word) for kind, name, word in (
        ("incident", record.incident, "about"), ("street", record.street, "in"), ("department", record.lead, "led by"),
    ) if name]  # fmt: skip
    for other, word in ((record.parent, "repeats"), (record.cause, "springs from")):
        if other and is_case(other):
            links.append((f"case:{other}", word))
    attributes = tuple((name, value) for name in CASE_ATTRIBUTES if (value := getattr(record, name)) != "")
    return Thing(f"case:{record.case}", "case", attributes, tuple(links))


def _others(record: CaseRecord, happened: tuple[Happening, ...]) -> Iterator[Thing]:
    district = f"district:{record.district}"
    if record.incident:
        yield Thing(f"incident:{record.incident}", "incident")
    yield Thing(district, "district")
    yield Thing(f"street:{record.street}", "street", links=((district, "part of"),))
    if record.lead:
        yield Thing(f"department:{record.lead}", "department")
    for name in dict.fromkeys(name for one in happened for name, kind in one.about if kind == "pool"):
        yield Thing(name, "pool")


def _happenings(record: CaseRecord) -> Iterator[Happening]:
    own = tuple(
        (f"{kind}:{name}", kind)
        for kind, name in (
            ("case", record.case), ("incident", record.incident), ("district", record.district),
            ("street", record.street), ("department", record.lead),
        )
        if name
    )  # fmt: skip
    for number, event in enumerate(record.events):
        pools = () if event.step is None else tuple((f"pool:{pool}", "pool") for pool in event.step.pools)
        yield Happening(f"{record.case}-{number}", event, own + pools)
