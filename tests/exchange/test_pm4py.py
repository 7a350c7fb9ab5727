"""Does PM4Py read what is written? It is AGPL: a program of its own, never imported here and never a dependency."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from citysim.exchange.ocel import write_ocel
from citysim.exchange.xes import write_xes
from tests.exchange.cases import run_of

PM4PY = "pm4py==2.7.23.11"
"""The version whose reading these tests say something about."""

READ = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import pm4py
folder, out = sys.argv[1:]
log = pm4py.read_xes(folder + "/log.xes")
found = {"xes": {
    "cases": int(log["case:concept:name"].nunique()), "events": len(log),
    "first": str(log["time:timestamp"].min()),
    "activities": int(log["concept:name"].nunique()),
}}
for name, read in (("json", pm4py.read_ocel2_json), ("sqlite", pm4py.read_ocel2_sqlite)):
    ocel = read(folder + "/log." + name)
    events = zip(ocel.events["ocel:eid"], ocel.events["ocel:activity"], ocel.events["ocel:timestamp"].astype(str))
    found[name] = {
        "events": sorted(events), "objects": ocel.objects["ocel:type"].value_counts().to_dict(),
        "relations": len(ocel.relations), "links": len(ocel.o2o), "changes": len(ocel.object_changes),
    }
    graph = pm4py.discover_ocdfg(ocel)
    found[name]["graph"] = sorted(graph["object_types"])
json.dump(found, open(out, "w"))
"""


@pytest.fixture(scope="module")
def python_with_pm4py(tmp_path_factory: pytest.TempPathFactory) -> str:
    if given := os.environ.get("CITYSIM_PM4PY"):
        return given
    folder = tmp_path_factory.mktemp("pm4py")
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PM4PY]
    try:
        done = subprocess.run(install, capture_output=True, text=True, timeout=400)
    except subprocess.TimeoutExpired:
        pytest.skip("pm4py could not be installed within 400 s; CITYSIM_PM4PY can name a Python that has it")
    if done.returncode:
        pytest.skip(
            f"pm4py cannot be installed here, and CITYSIM_PM4PY names no Python that has it: {done.stderr[-200:]}"
        )
    return python


@pytest.mark.slow
@pytest.mark.study  # a minute of installing somebody else's program
@pytest.mark.skipif(sys.platform == "win32", reason="a virtual environment has other folders there")
def test_pm4py_reads_the_cases_events_and_objects_that_were_written(python_with_pm4py: str, tmp_path: Path) -> None:
    """Milestones and steps in one test, since two might run in two processes, and each would install it."""
    for steps in (False, True):
        folder = tmp_path / ("steps" if steps else "milestones")
        folder.mkdir()
        _is_read(python_with_pm4py, folder, steps)


def _is_read(python_with_pm4py: str, tmp_path: Path, steps: bool) -> None:
    log, names = run_of("joint_meeting")
    write_xes(log, names, tmp_path / "log.xes", steps=steps)
    for name in ("log.json", "log.sqlite"):
        write_ocel(log, names, tmp_path / name, steps=steps)
    arguments = [python_with_pm4py, "-c", READ, str(tmp_path), str(tmp_path / "found.json")]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    written = json.loads((tmp_path / "log.json").read_text("utf8"))

    assert found["xes"]["cases"] == len(log)
    assert found["xes"]["events"] == len(written["events"])
    assert found["xes"]["activities"] == len(written["eventTypes"])
    for name in ("json", "sqlite"):
        assert len(found[name]["events"]) == len(written["events"])
        assert found[name]["objects"] == _count(written)
        assert found[name]["relations"] == sum(len(event["relationships"]) for event in written["events"])
        assert found[name]["links"] == sum(len(one["relationships"]) for one in written["objects"])
        assert found[name]["changes"] == 0
        assert found[name]["graph"] == sorted(_count(written))
    assert found["json"]["events"] == found["sqlite"]["events"]  # the same moments too, in both time formats
    assert found["xes"]["first"] == min(time for _, _, time in found["json"]["events"])


def _count(written: dict[str, list[dict[str, str]]]) -> dict[str, int]:
    kinds = [one["type"] for one in written["objects"]]
    return {kind: kinds.count(kind) for kind in set(kinds)}
