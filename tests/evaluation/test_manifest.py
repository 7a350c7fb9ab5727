"""Does a manifest name a run, and the command that makes it again?"""

import hashlib
import json
import platform
from pathlib import Path

from citysim.evaluation.comparison import Comparison
from citysim.evaluation.crate import CRATE
from citysim.evaluation.manifest import folder_name, packed, remake_command, replay_command, unpacked


def test_the_command_says_everything_that_decides_the_numbers() -> None:
    command = remake_command("a city.yaml", ["x", "y.yaml"], range(20), 7, 4, 0.95)

    assert command == "citysim evaluate 'a city.yaml' --designs x y.yaml --replications 20 --weeks 4 --seed 7"


def test_a_replay_runs_one_replication_here() -> None:
    manifest = {"engine": "kernel", "command": remake_command("c.yaml", ["x"], range(20), 7, 4, 0.9)}

    assert replay_command(manifest, 13) == (
        "citysim evaluate c.yaml --designs x --replication 13 --weeks 4 --seed 7 --level 0.9 --workers 1"
    )
    by_reference = {"engine": "reference", "command": remake_command("c.yaml", ["x"], [3, 5], 7, 4, 0.95)}
    assert replay_command(by_reference, 5) == (
        "citysim evaluate c.yaml --designs x --replication 5 --weeks 4 --seed 7 --engine reference --workers 1"
    )
    assert replay_command({"command": None}, 5) is None


def test_the_folder_is_named_after_scenario_designs_and_digest(toy_run: Comparison) -> None:
    name = folder_name(toy_run.manifest)

    assert name.startswith("toy-fragmented-unified_command-")
    assert name.endswith(toy_run.manifest["digest"][:10])


def test_nothing_in_a_manifest_depends_on_the_clock(toy_run: Comparison) -> None:
    assert not {"wall", "seconds", "date", "time", "timings"} & set(toy_run.manifest)
    assert toy_run.manifest["versions"].keys() >= {"python", "numpy", "numba", "simpy", "scipy"}


def test_the_host_is_described_without_its_name(toy_run: Comparison) -> None:
    assert set(toy_run.manifest["host"]) == {"system", "machine", "python", "cpus"}
    assert platform.node() not in str(toy_run.manifest["host"]).split("'")


def test_the_crate_names_every_file_with_its_digest(toy_run: Comparison, toy_folder: Path) -> None:
    graph = {item["@id"]: item for item in json.loads((toy_folder / CRATE).read_text())["@graph"]}
    whole = {path.relative_to(toy_folder).as_posix() for path in toy_folder.rglob("*") if path.is_file()}
    files = whole - {CRATE}
    read = {name for name in files if name.startswith("inputs/")}

    assert {part["@id"] for part in graph["./"]["hasPart"]} == files
    assert {part["@id"] for part in graph["#run"]["object"]} == read
    assert {part["@id"] for part in graph["#run"]["result"]} == files - read
    assert {"inputs/inputs.json", "inputs/scenario/toy.yaml", "inputs/scenario/incident-types.yaml"} == read
    assert graph["./"]["identifier"] == toy_run.manifest["digest"]
    assert graph["#run"]["name"] == toy_run.manifest["command"]
    for name in files:
        content = (toy_folder / name).read_bytes()
        assert graph[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert graph[name]["contentSize"] == str(len(content))


def test_very_many_replications_stand_as_ranges_and_come_back() -> None:
    numbers = [*range(5), 7, *range(9, 1_000_000)]
    manifest = {"seed": 1, "replications": list(range(1_000_000)), "finished": numbers}
    written = packed(manifest)

    assert written == {"seed": 1, "replications": "0..999999", "finished": "0..4,7,9..999999"}
    assert unpacked(json.loads(json.dumps(written))) == manifest
    few = {"replications": [0, 1, 5], "finished": []}
    assert packed(few) == unpacked(few) == few


def test_the_crate_has_what_the_specification_asks_for(toy_run: Comparison, toy_folder: Path) -> None:
    """RO-Crate 1.1: descriptor, root with name, description, date and licence, every reference answered. Process Run
    Crate 0.5: the profile claimed by the root and described, an action with its instrument, agent, result and end."""
    data = json.loads((toy_folder / CRATE).read_text())
    graph = {item["@id"]: item for item in data["@graph"]}
    root, action = graph["./"], graph["#run"]

    assert len(graph) == len(data["@graph"])
    assert data["@context"] == "https://w3id.org/ro/crate/1.1/context"
    assert graph[CRATE]["about"] == {"@id": "./"}
    assert graph[CRATE]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert root["@type"] == "Dataset"
    assert {"name", "description", "datePublished", "license"} <= set(root)
    assert graph[root["license"]["@id"]]["@type"] == graph[root["conformsTo"]["@id"]]["@type"] == "CreativeWork"
    assert action["@type"] == "CreateAction"
    assert graph[action["instrument"]["@id"]]["@type"] == "SoftwareApplication"
    assert graph[action["agent"]["@id"]]["@type"] == "Person"
    assert action["actionStatus"] == {"@id": "http://schema.org/CompletedActionStatus"}
    elsewhere = {"https://w3id.org/ro/crate/1.1", "http://schema.org/CompletedActionStatus"}
    for item in graph.values():
        for value in item.values():
            for one in value if isinstance(value, list) else [value]:
                assert not isinstance(one, dict) or one["@id"] in graph.keys() | elsewhere
