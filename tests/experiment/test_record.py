"""An answer can be made again from its record, and says when it would come out differently."""

import hashlib
import json
from pathlib import Path

import pytest

from citysim.cli import main
from citysim.errors import DataError
from citysim.evaluation.crate import CRATE
from citysim.evaluation.gather import Hands
from citysim.evaluation.store import Store
from citysim.experiment.read import load_experiment
from citysim.experiment.record import FILE, is_stale, read_record, remake, write_record
from citysim.experiment.run import run_experiment, shortened

pytestmark = pytest.mark.slow

TINY = """\
question: {{en: Does it matter?, zh: 有关系吗？}}
scenario: {scenario}
weeks: 1
worlds: 2
primary: report_to_close_so_far_mean
designs:
  apart: {{based_on: fragmented}}
  together: {{based_on: unified_command}}
predictions:
  - says: {{en: Sooner., zh: 更早。}}
    of: {{design: together}}
    minus: {{design: apart}}
    expect: lower
"""
SCENARIO = Path(__file__).parents[2] / "scenarios" / "toy.yaml"


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    """A folder with the record of a small experiment."""
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "experiment.yaml").write_text(TINY.format(scenario=SCENARIO))
    found = run_experiment(load_experiment(tmp_path / "tiny"), Store(tmp_path / "store"), Hands(1))
    (tmp_path / "out").mkdir()
    write_record(found, tmp_path / "out")
    return tmp_path / "out"


def test_the_folder_of_an_answer_is_a_research_object(answer: Path) -> None:
    graph = {item["@id"]: item for item in json.loads((answer / CRATE).read_text())["@graph"]}

    assert graph["./"]["name"] == "citysim experiment tiny: Does it matter?"
    assert [part["@id"] for part in graph["./"]["hasPart"]] == [FILE]
    assert graph[FILE]["sha256"] == hashlib.sha256((answer / FILE).read_bytes()).hexdigest()
    assert graph["#run"]["name"].startswith("citysim run ")
    assert graph["#run"]["description"] == "seed 1, 2 arms on 2 worlds of 1 weeks"
    assert "citysim " in graph["#citysim"]["softwareRequirements"]


def test_what_is_made_again_is_the_same_and_a_mean_that_moved_is_named(answer: Path, tmp_path: Path) -> None:
    again = remake(answer, Store(tmp_path / "again"), Hands(1))
    assert (again.values, again.moved, again.program_changed) == (2, (), False)

    data = read_record(answer)
    data["means"]["report_to_close_so_far_mean/all/all"][1] += 0.5
    data["program"] = "another"
    (answer / FILE).write_text(json.dumps(data))
    (moved,) = remake(answer, Store(tmp_path / "again"), Hands(1)).moved
    assert (moved.arm, moved.indicator) == ("together", "report_to_close_so_far_mean/all/all")
    assert moved.before == pytest.approx(moved.now + 0.5)
    assert is_stale(answer)
    assert main(["rerun", str(answer), "--workers", "1"]) == 1


def test_an_experiment_that_asks_otherwise_now_is_told(answer: Path, tmp_path: Path) -> None:
    file = tmp_path / "tiny" / "experiment.yaml"
    file.write_text(file.read_text().replace("together", "united"))
    with pytest.raises(DataError, match="asks for other arms or indicators now"):
        remake(answer, Store(tmp_path / "again"), Hands(1))


def test_what_is_no_record_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file; citysim run writes it"):
        read_record(tmp_path)
    (tmp_path / FILE).write_text("[]")
    with pytest.raises(DataError, match="not the record of an experiment"):
        read_record(tmp_path)
    assert not is_stale(tmp_path / "nowhere")


def test_a_shortened_run_keeps_its_length_in_the_record(answer: Path, tmp_path: Path) -> None:
    experiment = shortened(load_experiment(tmp_path / "tiny"), 2, 3)
    write_record(run_experiment(experiment, Store(tmp_path / "store"), Hands(1)), answer)

    assert remake(answer, Store(tmp_path / "store"), Hands(1)).moved == ()
    assert (read_record(answer)["weeks"], read_record(answer)["worlds"]) == (2, 3)
