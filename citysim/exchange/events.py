"""A log as people name things: what happened to each case and when, with local times instead of seconds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from citysim.exchange.hands import Find, Pools, finder, pools_of, street_name
from citysim.exchange.names import Names, Spot, check_names
from citysim.exchange.trail import TRANSITIONS, Moment, Trails, moments, steps_of, trails_of
from citysim.log import EVENTS, NEVER, OUTCOMES, Log
from citysim.units import CHANNELS, GRADES

MILESTONES = (
    "occurred", "reported", "filed", "graded", "dispatched", "arrived", "assembled", "safe", "fixed", "rooted",
    "verified", "ended",
)  # fmt: skip
"""Moments of a case in the order in which they come if several fall on the same second."""

BEFORE = ("occurred", "reported")
"""What comes before the first block."""

LOCAL = timezone(timedelta(hours=8))
"""China Standard Time; there has been no summer time since 1991 (IANA, Asia/Shanghai)."""

SEVERITIES = ("I", "II", "III", "IV")

AT_ONCE = 1_000
"""Cases that are looked at together, so that memory does not grow with the log."""


@dataclass(frozen=True, slots=True)
class Step:
    """What an event in a block of the workflow is beside its name and time.

    Args:
        block, verb: label and kind of the block. what: one of log.EVENTS, or "" for the beginning of a visit.
        instance: the same for all events of one visit of one lane to a block. entered: when the lane came to the block.
        pools: see `hands.pools_of`.
    """

    block: str
    verb: str
    what: str
    instance: str
    entered: datetime
    pools: Pools


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case.

    Args:
        activity: a milestone (the end is called by how the case ended: closed, left, merged), or what a block does.
        transition: in the standard lifecycle of XES.
    """

    activity: str
    time: datetime
    transition: str = "complete"
    step: Step | None = None


@dataclass(frozen=True)
class CaseRecord:
    """A case with its events in order of time.

    Args:
        incident: its number in the world, "" for what is none: a false alarm, a call that only asks.
        parent, cause: the case that it repeats, the case that it springs from.
        severity: the true one at onset. grade: risk grade when last graded, "" if never.
    """

    case: str
    incident: str
    parent: str
    cause: str
    kind: str
    group: str
    lead: str
    district: str
    street: str
    severity: str
    grade: str
    channel: str
    outcome: str
    transfers: int
    events: tuple[Event, ...] = ()


TEXTS = (
    "incident", "parent", "cause", "kind", "group", "lead", "district", "street", "severity", "grade", "channel",
    "outcome",
)  # fmt: skip
"""What is known of a case as text; `transfers` is its one number."""


def records(log: Log, names: Names, *, steps: bool = False) -> Iterator[CaseRecord]:
    """Every case of a log, by case number.

    Args:
        steps: events are what happened in each block, instead of milestones; `occurred` and `reported` come first.

    Raises:
        DataError: names are not those of the log, or the log kept no steps and they are asked for.
    """
    check_names(names, log)
    zero = datetime(names.start.year, names.start.month, names.start.day, tzinfo=LOCAL)
    tell = _teller(log, names, zero) if steps else None
    for begin in range(0, len(log), AT_ONCE):
        end = min(begin + AT_ONCE, len(log))
        columns = {name: column[begin:end].tolist() for name, column in log.case_columns.items()}
        stories = tell(begin, end) if tell is not None else None
        for k in range(end - begin):
            row = {name: column[k] for name, column in columns.items()}
            record = _record(log, names, row)
            if stories is None:
                yield replace(record, events=_milestones(row, record.outcome, zero, MILESTONES))
            else:
                yield replace(record, events=(*_milestones(row, "", zero, BEFORE), *stories(row, k)))


def _record(log: Log, names: Names, row: dict[str, int]) -> CaseRecord:
    kinds, kind = log.kinds, row["kind"]
    return CaseRecord(
        case=str(row["case"]),
        incident=_number(row["incident"]),
        parent=_number(row["parent"]),
        cause=_number(row["cause"]),
        kind=kinds.ids[kind],
        group=kinds.groups[kind],
        lead=kinds.departments[kinds.lead[kind]] if kinds.lead[kind] >= 0 else "",
        district=log.district_ids[row["district"]],
        street=street_name(names, row["street"]),
        severity=SEVERITIES[row["severity"]],
        grade=GRADES[row["grade"]] if row["grade"] >= 0 else "",
        channel=CHANNELS[row["channel"]],
        outcome=OUTCOMES[row["outcome"]],
        transfers=row["transfers"],
    )


def _number(value: int) -> str:
    return str(value) if value >= 0 else ""


def _milestones(row: dict[str, int], outcome: str, zero: datetime, which: tuple[str, ...]) -> tuple[Event, ...]:
    reached = [(row[name], place, name) for place, name in enumerate(which) if row[name] != NEVER]
    return tuple(
        Event(outcome if name == "ended" else name, zero + timedelta(seconds=seconds))
        for seconds, _, name in sorted(reached)
    )


Stories = Callable[[dict[str, int], int], Iterator[Event]]


def _teller(log: Log, names: Names, zero: datetime) -> Callable[[int, int], Stories]:
    """Of a stretch of cases: what happened to each in the blocks of the workflow."""
    steps_of(log)
    came, find = log.entered(), finder(log, names)
    spots = names.spots or tuple(Spot(label, "") for label in log.blocks)

    def stretch(begin: int, end: int) -> Stories:
        trails = trails_of(log, came, begin, end)

        def story(row: dict[str, int], k: int) -> Iterator[Event]:
            return _steps(trails, log.blocks, spots, find(row["kind"], row["street"], row["district"]), k, zero)

        return story

    return stretch


def _steps(
    trails: Trails, labels: tuple[str, ...], spots: tuple[Spot, ...], find: Find, k: int, zero: datetime
) -> Iterator[Event]:
    happened = moments(trails, k)
    for moment, pools in zip(happened, pools_of(trails, happened, spots, find), strict=True):
        yield _step(trails, labels, spots, moment, pools, zero)


def _step(
    trails: Trails, labels: tuple[str, ...], spots: tuple[Spot, ...], moment: Moment, pools: Pools, zero: datetime
) -> Event:
    seconds, row, begins = moment
    number, event = trails.block[row], trails.event[row]
    return Event(
        activity=spots[number].activity,
        time=zero + timedelta(seconds=seconds),
        transition="start" if begins else TRANSITIONS[event],
        step=Step(
            block=labels[number],
            verb=spots[number].verb,
            what="" if begins else EVENTS[event],
            instance=trails.instance[row],
            entered=zero + timedelta(seconds=trails.entered[row]),
            pools=pools,
        ),
    )
