"""Runs looked at again: made anew, and case by case."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.evaluation import replicate
from citysim.evaluation.cases import compare_cases, write_pairs
from citysim.evaluation.parquet import read_parquet, write_parquet
from citysim.evaluation.rerun import rerun, sources_of
from citysim.evaluation.run import evaluate

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logged") / "run"
    evaluate(TOY, replications=2, weeks=1, workers=1, out=folder, keep_cases=True)
    return folder


@pytest.fixture
def copied(logged: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(logged, tmp_path / "run"))


@pytest.mark.slow
def test_a_run_made_again_says_what_it_said(logged: Path) -> None:
    found = rerun(logged, 1)

    assert (found.count, found.moved, found.same_program) == (0, (), True)
    assert found.values == len(read_parquet([logged / "replications.parquet"])["value"])


@pytest.mark.slow
def test_a_stored_value_that_is_not_found_again_is_named(copied: Path) -> None:
    columns = read_parquet([copied / "replications.parquet"])
    row = int(np.flatnonzero(np.isfinite(columns["value"]) & (columns["value"] != 0))[5])
    columns["value"] = columns["value"].copy()
    columns["value"][row] *= 1 + 1e-6
    write_parquet(copied / "replications.parquet", columns)
    found = rerun(copied, 1)

    assert found.count == 1
    assert (found.moved[0].indicator, found.moved[0].before) == (columns["indicator"][row], columns["value"][row])


@pytest.mark.slow
def test_what_cannot_be_made_again_is_told(copied: Path) -> None:
    path = copied / "manifest.json"
    whole = json.loads(path.read_text())
    for change, message in (
        ({"command": None}, "made from Python objects"),
        ({"scenario": {**whole["scenario"], "digest": "0"}}, "is not what it was"),
        ({"designs": [{**whole["designs"][0], "digest": "0"}, whole["designs"][1]]}, "design 'fragmented' is not what"),
    ):
        path.write_text(json.dumps({**whole, **change}))
        with pytest.raises(DataError, match=message):
            rerun(copied, 1)
        with pytest.raises(DataError, match=message):  # nor is it branched: that would go on from another run
            sources_of(copied)


def test_each_incident_is_set_beside_itself(logged: Path, tmp_path: Path) -> None:
    found = compare_cases(logged)
    one = [read_parquet([logged / f"cases-fragmented-{k}.parquet"]) for k in (0, 1)]
    first = {int(i): k for k, i in enumerate(one[0]["incident"]) if i >= 0 and one[0]["parent"][k] < 0}
    mine = found.pairs["replication"] == 0

    assert found.designs == ("fragmented", "unified_command")
    assert mine.sum() > 200
    for row in np.flatnonzero(mine)[:50].tolist():
        k = first[int(found.pairs["incident"][row])]
        hours = (one[0]["safe"][k] - one[0]["occurred"][k]) / 3600 if one[0]["safe"][k] >= 0 else np.nan
        assert found.pairs["safe_hours_before"][row] == pytest.approx(hours, nan_ok=True)
        assert found.pairs["kind"][row] == one[0]["kind"][k]
    counted = found.summary["sooner"] + found.summary["later"] + found.summary["same"]
    one_only = found.summary["closed_by_after_only"] + found.summary["closed_by_before_only"]
    assert (counted + one_only <= found.summary["incidents"]).all()
    assert found.summary["sooner"].sum() > found.summary["later"].sum()
    write_pairs(found, tmp_path / "pairs.parquet")
    assert len(read_parquet([tmp_path / "pairs.parquet"])["incident"]) == len(found.pairs["incident"])


def test_a_design_beside_itself_changes_nothing(logged: Path) -> None:
    found = compare_cases(logged, "fragmented", "fragmented")

    assert found.only == (0, 0)
    assert found.summary["sooner"].sum() == found.summary["later"].sum() == 0


@pytest.mark.slow
def test_missing_case_logs_are_told(toy_folder: Path, toy_run: object, logged: Path) -> None:
    with pytest.raises(DataError, match="no case log of 'fragmented'; run it again with --log"):
        compare_cases(toy_folder)
    with pytest.raises(DataError, match="no design 'none', must be one of"):
        compare_cases(logged, "none")


@pytest.mark.slow
def test_where_nothing_can_be_paired_it_is_said_what_to_do(copied: Path, logged: Path) -> None:
    path = copied / "manifest.json"
    whole = json.loads(path.read_text())
    first = [one for one in whole["designs"] if one["name"] == "fragmented"]

    path.write_text(json.dumps({**whole, "designs": first}))
    with pytest.raises(DataError, match="has one design, 'fragmented'; run citysim evaluate --log with two --designs"):
        compare_cases(copied)
    path.write_text(json.dumps(whole))
    for name in ("cases-fragmented-0.parquet", "cases-unified_command-1.parquet"):
        (copied / name).unlink()  # no world is left that both have
    with pytest.raises(
        DataError, match=r"no incident in common .* run citysim evaluate --log with both designs in one"
    ):
        compare_cases(copied)
    shutil.copy(logged / "cases-unified_command-1.parquet", copied / "cases-unified_command-wide-1.parquet")
    with pytest.raises(DataError, match="no incident in common"):  # the log of another design, whose name begins so
        compare_cases(copied)
    shutil.copy(logged / "cases-fragmented-1.parquet", copied / "cases-fragmented-0.parquet")  # another world
    with pytest.raises(DataError, match=r"have the same number .* two designs that both have a committee or both have"):
        compare_cases(copied)


@pytest.mark.slow
def test_a_run_is_made_again_from_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command names files as they were seen from where it was given: here from above the folder of the run."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "town.yaml").write_text(f"based_on: {TOY}\nname: town\n")
    monkeypatch.chdir(tmp_path / "project")
    evaluate("town.yaml", "fragmented", replications=1, weeks=1, workers=1, out="results/run")
    monkeypatch.chdir(tmp_path)

    assert rerun(Path("project/results/run"), 1).count == 0


@pytest.mark.slow
def test_a_run_that_fails_now_is_told_and_no_crash(logged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of tea")

    monkeypatch.setattr(replicate, "judge", broken)
    with pytest.raises(DataError, match=r"(?s)could not be made again: 2 of 2 replications failed.*out of tea"):
        rerun(logged, 1)
