"""Plain tables (CSV) of a log."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from citysim.exchange.events import TEXTS, CaseRecord, Event, records
from citysim.exchange.moments import local_text
from citysim.exchange.names import Names
from citysim.exchange.whole import whole
from citysim.log import Log

CASE = ("case", *TEXTS, "transfers")
STEP = ("case", "activity", "block", "verb", "event", "instance", "entered", "time", "pools")


def write_csv(log: Log, names: Names, folder: Path, *, steps: bool = False) -> None:
    """cases.csv, one row for each case; events.csv, one for each milestone; steps.csv, one for each step row.

    Raises:
        DataError: as of `events.records`.
    """
    milestones = (
        (record.case, event.activity, local_text(event.time))
        for record in records(log, names)
        for event in record.events
    )
    if steps:  # first, as it may be refused
        rows = (
            row for record in records(log, names, steps=True) for event in record.events for row in _step(record, event)
        )
        _write(folder / "steps.csv", STEP, rows)
    _write(folder / "cases.csv", CASE, ([getattr(record, name) for name in CASE] for record in records(log, names)))
    _write(folder / "events.csv", ("case", "activity", "time"), milestones)


def _step(record: CaseRecord, event: Event) -> Iterable[tuple[str, ...]]:
    step = event.step
    if step is not None and step.what:
        times = local_text(step.entered), local_text(event.time)
        pools = " + ".join(step.pools)
        yield record.case, event.activity, step.block, step.verb, step.what, step.instance, *times, pools


def _write(path: Path, head: tuple[str, ...], rows: Iterable[Iterable[Any]]) -> None:
    with whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
