"""Do other programs find in a file what the log holds?"""

import csv
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from citysim.cli import main
from citysim.errors import DataError
from citysim.exchange.events import records
from citysim.exchange.names import Names
from citysim.exchange.objects import OBJECTS
from citysim.exchange.ocel import write_ocel
from citysim.exchange.tables import write_csv
from citysim.exchange.xes import write_xes
from citysim.log import Log
from tests.exchange.cases import START, TOY, milestones, run_of

SPACE = "{http://www.xes-standard.org/}"
FILES: list[tuple[Callable[..., None], str]] = [
    (write_xes, "log.xes"), (write_ocel, "log.json"), (write_ocel, "log.sqlite"),
]  # fmt: skip
each_file = pytest.mark.parametrize(("write", "name"), FILES, ids=[name for _, name in FILES])
each_detail = pytest.mark.parametrize("steps", [False, True], ids=["milestones", "steps"])


def values(element: ElementTree.Element) -> dict[str, str]:
    return {child.get("key", ""): child.get("value", "") for child in element}


@pytest.mark.slow
@each_detail
def test_xes_tells_every_case_once_in_order_of_time(tmp_path: Path, steps: bool) -> None:
    log, names = run_of("unified_command")
    write_xes(log, names, tmp_path / "log.xes", steps=steps)
    traces = ElementTree.parse(tmp_path / "log.xes").getroot().findall(f"{SPACE}trace")

    assert [values(trace)["concept:name"] for trace in traces] == [str(case) for case in log.case_columns["case"]]
    for trace in traces:
        stamps = [values(event)["time:timestamp"] for event in trace.iter(f"{SPACE}event")]
        assert stamps == sorted(stamps)  # one offset and one width: text sorts as time
        assert {stamp[-10:] for stamp in stamps} == {".000+08:00"}


def test_xes_of_milestones_has_an_event_for_each(tmp_path: Path) -> None:
    log, names = run_of("unified_command")
    write_xes(log, names, tmp_path / "log.xes")

    root = ElementTree.parse(tmp_path / "log.xes").getroot()
    assert len(list(root.iter(f"{SPACE}event"))) == milestones(log)
    first = next(event for event in root.iter(f"{SPACE}event") if values(event)["concept:name"] == "reported")
    reported = START_MOMENT + timedelta(seconds=int(log.case_columns["reported"][0]))
    assert datetime.fromisoformat(values(first)["time:timestamp"]) == reported


START_MOMENT = datetime.fromisoformat(f"{START}T00:00:00+08:00")


def test_names_stand_in_the_place_of_numbers(tmp_path: Path) -> None:
    log, names = run_of("unified_command")
    write_xes(log, names, tmp_path / "log.xes")
    first = values(next(ElementTree.parse(tmp_path / "log.xes").iter(f"{SPACE}trace")))
    of = {name: int(column[0]) for name, column in log.case_columns.items()}

    assert first["citysim:kind"] == log.kinds.ids[of["kind"]]
    assert first["citysim:district"] == log.district_ids[of["district"]]
    assert first["citysim:street"] == f"{log.district_ids[of['district']]}-{of['street'] + 1:02d}"
    assert first["citysim:lead"] == log.kinds.departments[log.kinds.lead[of["kind"]]]
    assert first["citysim:severity"] == ("I", "II", "III", "IV")[of["severity"]]
    assert first["citysim:grade"] == ("red", "orange", "yellow", "blue")[of["grade"]]
    assert first["citysim:channel"] == ("sensor", "video", "hotline", "patrol")[of["channel"]]
    assert first["citysim:outcome"] == ("open", "closed", "left", "merged")[of["outcome"]]


def test_what_a_case_does_not_have_is_left_out() -> None:
    log, names = run_of("unified_command")
    graded = np.array([record.grade != "" for record in records(log, names)])
    real = np.array([record.incident != "" for record in records(log, names)])

    assert (graded == (log.case_columns["grade"] >= 0)).all()
    assert (real == (log.case_columns["incident"] >= 0)).all()
    assert 0 < graded.sum() < len(log)
    assert 0 < real.sum() < len(log)


@pytest.mark.slow
@each_detail
def test_ocel_json_and_sqlite_say_the_same(tmp_path: Path, steps: bool) -> None:
    log, names = run_of("joint_meeting")
    for name in ("log.json", "log.sqlite"):
        write_ocel(log, names, tmp_path / name, steps=steps)
    data = json.loads((tmp_path / "log.json").read_text("utf8"))
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as base:
        events = {name: (kind, time) for name, kind, time in _events(base)}
        things = set(base.execute("SELECT ocel_id, ocel_type FROM object"))
        about = base.execute("SELECT ocel_event_id, ocel_object_id, ocel_qualifier FROM event_object").fetchall()
        links = base.execute("SELECT ocel_source_id, ocel_target_id, ocel_qualifier FROM object_object").fetchall()

    assert events == {event["id"]: (event["type"], _utc(event["time"])) for event in data["events"]}
    assert things == {(found["id"], found["type"]) for found in data["objects"]}
    for rows, told in ((about, data["events"]), (links, data["objects"])):
        assert sorted(rows) == sorted(
            (e["id"], to["objectId"], to["qualifier"]) for e in told for to in e["relationships"]
        )
        assert len(rows) == len(set(rows))
    known = {name for name, _ in things}
    assert {name for _, name, _ in about} == known
    assert {name for link in links for name in link[:2]} <= known
    assert {kind for kind, _ in events.values()} == {kind["name"] for kind in data["eventTypes"]}


def _events(base: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Of every type's own table; each must be in the table of all events too."""
    found = []
    for kind, table in base.execute("SELECT ocel_type, ocel_type_map FROM event_map_type").fetchall():
        rows = base.execute(f'SELECT ocel_id, ocel_time FROM "event_{table}"').fetchall()
        found += [(name, kind, time) for name, time in rows]
    assert sorted((name, kind) for name, kind, _ in found) == sorted(base.execute("SELECT * FROM event"))
    return found


def _utc(text: str) -> str:
    """SQLite has no place for an offset; readers take its times for UTC."""
    assert text.endswith(".000+08:00")
    return str(datetime.fromisoformat(text).replace(tzinfo=None) - timedelta(hours=8))


def test_objects_of_a_case_are_those_of_the_log(tmp_path: Path) -> None:
    log, names = run_of("unified_command")
    write_ocel(log, names, tmp_path / "log.sqlite")
    incident = log.case_columns["incident"]
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as base:
        count = {kind: base.execute(f"SELECT count(*) FROM object_{kind}").fetchone()[0] for kind in OBJECTS[:-1]}
        firsts = base.execute("SELECT DISTINCT ocel_time, ocel_changed_field FROM object_case").fetchall()
        repeats = base.execute("SELECT count(*) FROM object_object WHERE ocel_qualifier = 'repeats'").fetchone()[0]

    assert count["case"] == len(log)
    assert count["incident"] == len(set(incident[incident >= 0].tolist()))
    assert count["street"] == len(set(log.case_columns["street"].tolist()))
    assert firsts == [("1970-01-01 00:00:00", None)]
    assert repeats == (log.case_columns["parent"] >= 0).sum() > 0


def test_csv_has_a_row_for_each_case_milestone_and_step_row(tmp_path: Path) -> None:
    log, names = run_of("unified_command")
    write_csv(log, names, tmp_path, steps=True)
    cases, events, steps = (_rows(tmp_path / f"{name}.csv") for name in ("cases", "events", "steps"))

    assert log.step_columns is not None
    assert [case["case"] for case in cases] == [str(case) for case in log.case_columns["case"]]
    assert len(events) == milestones(log)
    assert len(steps) == len(log.step_columns["case"])
    assert {step["block"] for step in steps} == {log.blocks[k] for k in set(log.step_columns["block"].tolist())}
    for column, expected in (("time", log.step_columns["time"]), ("entered", log.entered())):
        moments = [datetime.fromisoformat(step[column]) - START_MOMENT for step in steps]
        assert sorted(moment.total_seconds() for moment in moments) == sorted(expected.tolist())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@each_file
@each_detail
def test_the_same_log_leaves_the_same_bytes_and_nothing_else(
    tmp_path: Path, write: Callable[..., None], name: str, steps: bool
) -> None:
    for folder in ("a", "b"):
        write(*run_of("unified_command"), tmp_path / folder / name, steps=steps)

    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert [path.name for path in (tmp_path / "a").iterdir()] == [name]


@each_file
def test_a_file_that_cannot_be_finished_leaves_the_old_one_alone(
    tmp_path: Path, write: Callable[..., None], name: str
) -> None:
    log, names = run_of("unified_command")
    (tmp_path / name).write_text("old")
    late = dict(log.case_columns) | {"kind": np.where(np.arange(len(log)) < len(log) - 1, 0, 999)}

    with pytest.raises(IndexError):  # the last case is of a kind that is not there
        write(replace(log, case_columns=late), names, tmp_path / name)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "old")]


@pytest.mark.parametrize("write", [write_xes, write_csv])
def test_a_log_without_steps_says_how_to_get_them(tmp_path: Path, write: Callable[..., None]) -> None:
    log, names = run_of("unified_command")

    with pytest.raises(DataError, match=r"step_columns = None.*simulate\(\.\.\., steps=True\)"):
        write(replace(log, step_columns=None), names, tmp_path / "log", steps=True)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    write(replace(log, step_columns=None), names, tmp_path / "log")  # milestones need none


def test_names_of_another_run_are_refused() -> None:
    log, names = run_of("unified_command")
    _, other = run_of("fragmented")

    with pytest.raises(DataError, match="must be those of the policy that was simulated"):
        next(records(log, other))
    with pytest.raises(DataError, match=r"1 streets, the log has street 2"):
        next(records(log, replace(names, streets=("only",))))
    with pytest.raises(DataError, match=r"2 districts, the log has 1"):
        next(records(log, replace(names, neighbours=((1,), (0,)))))
    with pytest.raises(DataError, match=r"must be a datetime\.date"):
        Names(datetime(2025, 6, 2))
    with pytest.raises(DataError, match=r"must end in \.json or \.sqlite"):
        write_ocel(log, names, Path("log.xml"))


def test_a_file_of_no_case_can_be_read(tmp_path: Path) -> None:
    log, names = run_of("unified_command")
    empty = _without_cases(log)
    for name in ("log.json", "log.sqlite"):
        write_ocel(empty, names, tmp_path / name, steps=True)
    write_xes(empty, names, tmp_path / "log.xes", steps=True)

    assert json.loads((tmp_path / "log.json").read_text())["events"] == []
    assert ElementTree.parse(tmp_path / "log.xes").getroot().findall(f"{SPACE}trace") == []
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as base:
        assert base.execute("SELECT count(*) FROM event").fetchone() == (0,)


def _without_cases(log: Log) -> Log:
    assert log.step_columns is not None
    none = {name: column[:0] for name, column in log.case_columns.items()}
    return replace(log, case_columns=none, step_columns={n: column[:0] for n, column in log.step_columns.items()})


@pytest.mark.slow
def test_the_command_writes_and_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--lang", "en", "export", str(TOY), "fragmented", "--weeks", "1"]

    assert main([*arguments, "--csv", str(tmp_path), "--steps"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"cases.csv", "events.csv", "steps.csv"}
    assert main(arguments) == 2
    assert "give --xes FILE" in capsys.readouterr().err
    assert main([*arguments, "--ocel", str(tmp_path / "log.xml")]) == 2
    assert "must end in .json or .sqlite" in capsys.readouterr().err
