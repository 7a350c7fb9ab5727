"""Does a run keep what it read, so that it can be made again after its files have changed or are gone?"""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from citysim.cli import main
from citysim.errors import DataError
from citysim.evaluation.crate import CRATE
from citysim.evaluation.inputs import keep_inputs, kept_files, read_inputs
from citysim.evaluation.rerun import rerun, sources_of
from citysim.evaluation.run import evaluate
from citysim.world.scenario import load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TOWN = "name: town\nbased_on: {base}\nweeks: 3\nweather: town.csv\n"
MINE = "name: mine\nbased_on: unified_command\nlevers: {friction: {misroute: 0.3}}\n"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A project with a scenario on another one a folder up, weather of its own, and a policy."""
    cities, mine = tmp_path / "project" / "cities", tmp_path / "project" / "mine"
    cities.mkdir(parents=True)
    mine.mkdir()
    for name in ("toy.yaml", "incident-types.yaml"):
        shutil.copy(SCENARIOS / name, cities / name)
    (mine / "town.yaml").write_text(TOWN.format(base="../cities/toy.yaml"))
    (mine / "town.csv").write_text("rain_mm_per_hour\n" + "1\n" * 24 * 7 * 3)
    (mine / "mine.yaml").write_text(MINE)
    return mine / "town.yaml"


@pytest.mark.parametrize("name", ["toy", "million", "central-chongqing"])
def test_the_kept_copy_is_the_same_city(tmp_path: Path, name: str) -> None:
    path = SCENARIOS / f"{name}.yaml"
    keep_inputs(tmp_path, path, {})
    kept = read_inputs(tmp_path)

    assert kept is not None
    assert load_scenario(kept.scenario).digest == load_scenario(path).digest
    assert kept.scenario.read_bytes() == path.read_bytes()


def test_what_a_scenario_names_is_kept_as_it_lies(town: Path, tmp_path: Path) -> None:
    digest = load_scenario(town).digest
    keep_inputs(tmp_path / "run", town, {"mine": town.with_name("mine.yaml")})
    whole = [path.relative_to(tmp_path / "run" / "inputs").as_posix() for path in kept_files(tmp_path / "run")]
    shutil.rmtree(tmp_path / "project")
    kept = read_inputs(tmp_path / "run")

    assert whole == [
        "designs/mine.yaml", "inputs.json", "scenario/cities/incident-types.yaml", "scenario/cities/toy.yaml",
        "scenario/mine/town.csv", "scenario/mine/town.yaml",
    ]  # fmt: skip
    assert kept is not None
    assert load_scenario(kept.scenario).digest == digest
    assert kept.designs["mine"].read_text() == MINE


def test_a_file_named_by_its_full_path_is_kept_beside_the_others(town: Path, tmp_path: Path) -> None:
    town.write_text(TOWN.format(base=town.parents[1] / "cities" / "toy.yaml"))
    digest = load_scenario(town).digest
    keep_inputs(tmp_path / "run", town, {})
    shutil.rmtree(tmp_path / "project")
    kept = read_inputs(tmp_path / "run")

    assert kept is not None
    assert load_scenario(kept.scenario).digest == digest


def test_what_is_kept_anew_replaces_what_was_there(town: Path, tmp_path: Path) -> None:
    keep_inputs(tmp_path / "run", town, {"mine": town.with_name("mine.yaml")})
    keep_inputs(tmp_path / "run", SCENARIOS / "toy.yaml", {})

    assert [path.name for path in kept_files(tmp_path / "run")] == ["inputs.json", "incident-types.yaml", "toy.yaml"]


@pytest.mark.slow
def test_a_run_is_made_again_after_its_files_have_changed_or_are_gone(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(town.parent)
    folder, designs = tmp_path / "run", ["fragmented", "mine.yaml"]
    evaluate("town.yaml", designs, replications=1, weeks=1, workers=1, out=folder)
    assert sources_of(folder).replaced == ()
    graph = {item["@id"]: item for item in json.loads((folder / CRATE).read_text())["@graph"]}
    read = {part["@id"] for part in graph["#run"]["object"]}
    assert {"inputs/designs/mine.yaml", "inputs/scenario/mine/town.yaml"} < read
    for name in read:
        assert graph[name]["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()

    Path("mine.yaml").write_text(MINE.replace("0.3", "0.1"))
    assert sources_of(folder).replaced == ("mine.yaml",)
    shutil.rmtree(tmp_path / "project" / "cities")
    assert main(["rerun", str(folder), "--workers", "1", "--lang", "en"]) == 0
    said = capsys.readouterr().out
    for name in ("town.yaml", "mine.yaml"):
        assert f"{name} is gone, or not what it was: the copy that the run kept in {folder / 'inputs'} is read" in said
    assert "Equal: all " in said

    shutil.move(folder / "inputs", tmp_path / "aside")
    later = ["--at", "day 3", "--with", "unified_command", "--lang", "en"]
    for command in (["rerun", str(folder)], ["branch", str(folder), *later]):
        assert main([*command, "--workers", "1"]) == 2
        assert "no such file" in capsys.readouterr().err
    shutil.move(tmp_path / "aside", folder / "inputs")

    (folder / "inputs" / "designs" / "mine.yaml").write_text(MINE.replace("0.3", "0.2"))
    with pytest.raises(DataError, match=r"designs/mine\.yaml: gone, or not what the run kept"):
        rerun(folder, 1)
