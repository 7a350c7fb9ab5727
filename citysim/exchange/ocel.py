"""Event logs about objects: OCEL 2.0 as JSON and as SQLite.

Source: Berti and others (2024), OCEL (Object-Centric Event Log) 2.0 Specification, sections 5 and 6, ocel-standard.org.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from citysim.errors import DataError
from citysim.exchange.moments import INITIAL, local_text, utc_text
from citysim.exchange.names import Names
from citysim.exchange.objects import CASE_ATTRIBUTES, OBJECTS, STEP_ATTRIBUTES, Happening, Thing, told
from citysim.exchange.whole import whole
from citysim.log import Log

SUFFIXES = (".json", ".sqlite")


def write_ocel(log: Log, names: Names, path: Path, *, steps: bool = False) -> None:
    """OCEL 2.0: JSON if the name ends in .json, SQLite if it ends in .sqlite.

    Raises:
        DataError: it ends in neither; or as of `events.records`.
    """
    if path.suffix not in SUFFIXES:
        raise DataError(f"path = {str(path)!r}, must end in {' or '.join(SUFFIXES)}")
    (write_ocel_json if path.suffix == ".json" else write_ocel_sqlite)(log, names, path, steps=steps)


# --- JSON -------------------------------------------------------------------------------------------------------------


def write_ocel_json(log: Log, names: Names, path: Path, *, steps: bool = False) -> None:
    """One line for each event and each object; times with their offset.

    Raises:
        DataError: as of `events.records`.
    """
    types: dict[str, bool] = {}
    with (
        whole(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as out,
        tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as aside,  # objects wait until events are written
    ):
        out.write('{"events": [')
        first_event = first_object = True
        for things, happened in told(log, names, steps=steps):
            first_object = _lines(aside, map(_object, things), first_object)
            first_event = _lines(out, map(_event, happened), first_event)
            types.update((one.event.activity, one.event.step is not None) for one in happened)
        out.write('\n],\n"objects": [')
        aside.seek(0)
        while piece := aside.read(1 << 20):
            out.write(piece)
        out.write(f'\n],\n"objectTypes": {_text(_object_types(steps=steps))},\n"eventTypes": ')
        out.write(f"{_text([_event_type(*known) for known in sorted(types.items())])}}}\n")


def _lines(out: IO[str], items: Iterator[dict[str, Any]], first: bool) -> bool:
    for item in items:
        out.write(f"{'' if first else ','}\n{_text(item)}")
        first = False
    return first


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _object(thing: Thing) -> dict[str, Any]:
    begin = local_text(INITIAL)
    return {
        "id": thing.name,
        "type": thing.type,
        "attributes": [{"name": name, "time": begin, "value": value} for name, value in thing.attributes],
        "relationships": [{"objectId": other, "qualifier": word} for other, word in thing.links],
    }


def _event(one: Happening) -> dict[str, Any]:
    return {
        "id": one.name,
        "type": one.event.activity,
        "time": local_text(one.event.time),
        "attributes": [{"name": name, "value": value} for name, value in one.attributes],
        "relationships": [{"objectId": name, "qualifier": kind} for name, kind in one.about],
    }


def _object_types(*, steps: bool) -> list[dict[str, Any]]:
    columns = [{"name": name, "type": kind} for name, kind in CASE_ATTRIBUTES.items()]
    return [{"name": kind, "attributes": columns if kind == "case" else []} for kind in _kinds(steps=steps)]


def _kinds(*, steps: bool) -> tuple[str, ...]:
    return OBJECTS if steps else tuple(kind for kind in OBJECTS if kind != "pool")


def _event_type(name: str, is_step: bool) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": a, "type": "string"} for a in STEP_ATTRIBUTES] if is_step else []}


# --- SQLite -----------------------------------------------------------------------------------------------------------

TABLES = """
CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT NOT NULL);
CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT NOT NULL);
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT NOT NULL);
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT NOT NULL);
CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT);
"""


def write_ocel_sqlite(log: Log, names: Names, path: Path, *, steps: bool = False) -> None:
    """Tables of the specification; times in UTC.

    Raises:
        DataError: as of `events.records`.
    """
    with (
        whole(path) as temporary,
        closing(sqlite3.connect(temporary, cached_statements=2_000, isolation_level=None)) as base,
    ):
        base.execute("PRAGMA journal_mode = OFF")  # a file that was not finished is thrown away whole
        base.execute("PRAGMA synchronous = OFF")
        base.executescript(TABLES)
        base.execute("BEGIN")
        for kind in _kinds(steps=steps):
            base.execute("INSERT INTO object_map_type VALUES (?, ?)", (kind, kind))
            columns = [f'"{name}" {_column(of)}' for name, of in CASE_ATTRIBUTES.items()] if kind == "case" else []
            _create(
                base, f"object_{kind}", ["ocel_id TEXT", "ocel_time TIMESTAMP", "ocel_changed_field TEXT", *columns]
            )
        tables: dict[str, str] = {}
        for things, happened in told(log, names, steps=steps):
            for thing in things:
                _insert_object(base, thing)
            for one in happened:
                _insert_event(base, one, _table(base, one, tables))
        base.execute("COMMIT")


def _insert_object(base: sqlite3.Connection, thing: Thing) -> None:
    base.execute("INSERT INTO object VALUES (?, ?)", (thing.name, thing.type))
    known = dict(thing.attributes)
    values = [known.get(name) for name in CASE_ATTRIBUTES] if thing.type == "case" else []
    marks = ", ".join("?" * (3 + len(values)))
    row = (thing.name, utc_text(INITIAL), None, *values)
    base.execute(f'INSERT INTO "object_{thing.type}" VALUES ({marks})', row)
    base.executemany("INSERT INTO object_object VALUES (?, ?, ?)", [(thing.name, *link) for link in thing.links])


def _insert_event(base: sqlite3.Connection, one: Happening, table: str) -> None:
    base.execute("INSERT INTO event VALUES (?, ?)", (one.name, one.event.activity))
    known = dict(one.attributes)
    values = [known.get(name) for name in STEP_ATTRIBUTES] if one.event.step is not None else []
    marks = ", ".join("?" * (2 + len(values)))
    base.execute(f'INSERT INTO "{table}" VALUES ({marks})', (one.name, utc_text(one.event.time), *values))
    base.executemany("INSERT INTO event_object VALUES (?, ?, ?)", [(one.name, *about) for about in one.about])


def _table(base: sqlite3.Connection, one: Happening, tables: dict[str, str]) -> str:
    """The table of this type of event, made when the first of it comes."""
    name = one.event.activity
    if name not in tables:
        plain = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)
        taken = {table.casefold() for table in tables.values()}  # SQLite does not tell Go from go
        if f"event_{plain}".casefold() in taken or plain in ("object", "map_type"):
            plain = f"{plain}_{len(tables)}"
        tables[name] = f"event_{plain}"
        base.execute("INSERT INTO event_map_type VALUES (?, ?)", (name, plain))
        columns = [f'"{column}" TEXT' for column in STEP_ATTRIBUTES] if one.event.step is not None else []
        _create(base, tables[name], ["ocel_id TEXT PRIMARY KEY", "ocel_time TIMESTAMP", *columns])
    return tables[name]


def _create(base: sqlite3.Connection, table: str, columns: list[str]) -> None:
    base.execute(f'CREATE TABLE "{table}" ({", ".join(columns)})')


def _column(of: str) -> str:
    return "INTEGER" if of == "integer" else "TEXT"
