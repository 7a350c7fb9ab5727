"""Does an evaluation say what it found, all of it, and nothing else?"""

import json
import sys
from pathlib import Path
from subprocess import run as run_process
from typing import Any

import numpy as np
import pytest

from citysim.errors import InputError, PolicyError, ScenarioError
from citysim.evaluation import replicate as replicate_module
from citysim.evaluation.compare import compare
from citysim.evaluation.comparison import Comparison, load_comparison
from citysim.evaluation.parquet import read_parquet
from citysim.evaluation.results import IncompleteWarning, open_results
from citysim.evaluation.run import IncompleteError, Interrupted, evaluate
from citysim.policy.catalog import load_policy
from citysim.world.scenario import load_scenario

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"


def same(a: Any, b: Any) -> bool:
    return list(a) == list(b) and all(
        np.array_equal(a[name], b[name], equal_nan=a[name].dtype.kind == "f") for name in a
    )


@pytest.mark.slow
def test_two_workers_give_the_same_bytes_as_one(toy_run: Comparison, toy_folder: Path, tmp_path: Path) -> None:
    two = evaluate(TOY, replications=3, weeks=1, workers=2, out=tmp_path / "two")

    assert same(two.scores, toy_run.scores)
    assert same(two.series, toy_run.series)
    assert (tmp_path / "two/replications.parquet").read_bytes() == (toy_folder / "replications.parquet").read_bytes()
    assert (tmp_path / "two/manifest.json").read_bytes() == (toy_folder / "manifest.json").read_bytes()


@pytest.mark.slow
def test_replication_2_alone_is_replication_2_of_three(toy_run: Comparison) -> None:
    alone = evaluate(TOY, replications=[2], weeks=1, workers=1)
    chosen = toy_run.scores["replication"] == 2

    assert same(alone.scores, {name: column[chosen] for name, column in toy_run.scores.items()})


@pytest.mark.slow
def test_loaded_objects_and_names_give_the_same_numbers(toy_run: Comparison) -> None:
    policies = [load_policy("fragmented"), load_policy("unified_command")]
    other = evaluate(load_scenario(TOY), policies, replications=3, weeks=1, workers=1)

    assert same(other.scores, toy_run.scores)
    assert other.manifest["command"] is None
    assert other.manifest["digest"] == toy_run.manifest["digest"]


@pytest.mark.slow
def test_tables_come_as_pandas_or_polars(toy_run: Comparison) -> None:
    polars = pytest.importorskip("polars")
    pandas_table, polars_table = toy_run.table(), toy_run.table("polars")

    assert isinstance(polars_table, polars.DataFrame)
    assert list(pandas_table.columns) == list(polars_table.columns)
    assert len(pandas_table) == len(polars_table) == len(toy_run.rows)
    assert set(pandas_table["design"]) == {"fragmented", "unified_command"}
    assert repr(toy_run.rows) == repr(compare(toy_run.scores, toy_run.designs, 0.95))


@pytest.mark.slow
def test_a_run_can_be_read_again(toy_run: Comparison, toy_folder: Path) -> None:
    again = load_comparison(toy_folder)

    assert again.complete
    assert again.manifest == toy_run.manifest
    assert same(again.scores, toy_run.scores)
    assert [row.mean for row in again.rows if row.mean == row.mean] == [
        row.mean for row in toy_run.rows if row.mean == row.mean
    ]


@pytest.mark.slow
def test_a_failed_replication_is_recorded_and_the_others_are_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = replicate_module.simulate

    def simulate(intake: Any, policy: Any, **options: Any) -> Any:
        if intake.origin["replication"] == 1 and policy.name == "unified_command":
            raise RuntimeError("the crew walked out")
        return real(intake, policy, **options)

    monkeypatch.setattr(replicate_module, "simulate", simulate)
    with pytest.raises(IncompleteError, match="1 of 3 replications failed") as caught:
        evaluate(TOY, replications=3, weeks=1, workers=1, out=tmp_path / "run")

    manifest = json.loads((tmp_path / "run/manifest.json").read_text())
    assert not caught.value.comparison.complete
    assert manifest["complete"] is False
    assert manifest["finished"] == [0, 2]
    (failure,) = manifest["failures"]
    assert (failure["design"], failure["replication"]) == ("unified_command", 1)
    assert "the crew walked out" in failure["traceback"]
    assert "--replication 1 --weeks 1 --seed 1 --workers 1" in failure["replay"]
    pairs = {row.pairs for row in caught.value.comparison.select("recorded_cases")[1:]}
    assert pairs == {2}


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_finished(tmp_path: Path) -> None:
    def stop(done: int, asked: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        evaluate(TOY, replications=5, weeks=1, workers=1, out=tmp_path / "run", progress=stop)

    kept = load_comparison(tmp_path / "run")
    assert not kept.complete
    assert kept.manifest["finished"] == caught.value.comparison.manifest["finished"] == [0, 1]
    assert set(read_parquet([tmp_path / "run/replications.parquet"])["replication"]) == {0, 1}


@pytest.mark.slow
def test_the_next_run_goes_on_where_ctrl_c_stopped_and_leaves_the_same_bytes(
    toy_folder: Path, toy_run: Comparison, tmp_path: Path
) -> None:
    def stop(done: int, asked: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    seen: list[int] = []
    few: dict[str, Any] = {"replications": 3, "weeks": 1, "workers": 1, "out": tmp_path / "run"}
    with pytest.raises(Interrupted):
        evaluate(TOY, progress=stop, **few)
    evaluate(TOY, progress=lambda done, asked: seen.append(done), **few)

    assert seen == [2, 3]
    for name in ("manifest.json", "replications.parquet", "series.parquet"):
        assert (tmp_path / "run" / name).read_bytes() == (toy_folder / name).read_bytes()
    assert not (tmp_path / "run/parts").exists()


@pytest.mark.slow
def test_what_is_complete_is_not_made_again_unless_the_program_changed(tmp_path: Path) -> None:
    seen: list[int] = []
    few: dict[str, Any] = {"replications": 2, "weeks": 1, "workers": 1, "out": tmp_path / "run"}
    first = evaluate(TOY, "fragmented", **few)
    again = evaluate(TOY, "fragmented", progress=lambda done, asked: seen.append(done), **few)
    _made_by_an_older_program(tmp_path / "run")
    evaluate(TOY, "fragmented", progress=lambda done, asked: seen.append(done), **few)

    assert seen == [2, 0, 1, 2]
    assert same(again.scores, first.scores)


@pytest.mark.slow
def test_a_shared_store_gives_more_designs_and_replications_what_it_has(tmp_path: Path) -> None:
    seen: list[int] = []
    few: dict[str, Any] = {"weeks": 1, "workers": 1, "store": tmp_path / "store"}
    evaluate(TOY, "fragmented", replications=3, **few)
    (tmp_path / "other-name.yaml").write_text("name: other-name\nbased_on: fragmented\n")
    evaluate(TOY, tmp_path / "other-name.yaml", replications=3, progress=lambda done, asked: seen.append(done), **few)
    more = evaluate(TOY, replications=4, progress=lambda done, asked: seen.append(done), **few)

    assert seen == [3, 0, 1, 2, 3, 4]
    assert same(more.scores, evaluate(TOY, replications=4, weeks=1, workers=1).scores)


def _made_by_an_older_program(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"program": "older"}))


@pytest.mark.slow
@pytest.mark.parametrize("table", ["scores", "series"])
def test_runs_whose_results_are_lost_are_missing_and_made_again(tmp_path: Path, table: str) -> None:
    """As where a store was copied in part: the rows of its runs are there, what they found is not."""
    few: dict[str, Any] = {"replications": 2, "weeks": 1, "workers": 1, "store": tmp_path / "store"}
    first = evaluate(TOY, "fragmented", out=tmp_path / "first", **few)
    done = "SELECT count(*) AS n FROM runs WHERE status = 'OK'"
    assert open_results(tmp_path / "store").sql(done)["n"].tolist() == [2]
    sorted((tmp_path / "store").glob(f"*/{table}/*.parquet"))[0].unlink()

    with pytest.warns(IncompleteWarning):
        there = open_results(tmp_path / "store").sql(done)["n"].tolist()[0]
    assert there < 2
    again = evaluate(TOY, "fragmented", out=tmp_path / "again", **few)
    assert again.complete
    assert again.table().equals(first.table())
    assert open_results(tmp_path / "store").sql(done)["n"].tolist() == [2]


def test_nothing_finished_is_readable_too(tmp_path: Path) -> None:
    def stop(done: int, asked: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        evaluate(TOY, replications=5, weeks=1, workers=1, out=tmp_path / "run", progress=stop)

    assert load_comparison(tmp_path / "run").rows == ()


@pytest.mark.slow
def test_parts_are_readable_while_the_run_goes_on(tmp_path: Path) -> None:
    seen: list[list[int]] = []

    def look(done: int, asked: int) -> None:
        if done:
            seen.append(load_comparison(tmp_path / "run").manifest["finished"])

    evaluate(TOY, replications=2, weeks=1, workers=1, out=tmp_path / "run", progress=look)

    assert seen == [[0], [0, 1]]


@pytest.mark.slow
def test_case_logs_are_written_if_asked_for(tmp_path: Path) -> None:
    evaluate(TOY, ["fragmented"], replications=1, weeks=1, workers=1, out=tmp_path / "run", keep_cases=True)
    cases = read_parquet([tmp_path / "run/cases-fragmented-0.parquet"])

    assert len(cases["case"]) > 100
    assert set(cases["outcome"]) <= {"open", "closed", "left", "merged"}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"replications": 0}, InputError, "replications = 0"),
        ({"replications": 1.5}, InputError, "replications = 1.5"),
        ({"replications": "2"}, InputError, "replications = '2'"),
        ({"replications": 10**12}, InputError, r"replications = 1000000000000, must be .* 1\.\.1000000"),
        ({"replications": [10**12]}, InputError, "replication = 1000000000000"),
        ({"replications": []}, InputError, "replications is empty"),
        ({"weeks": 0}, ScenarioError, "weeks = 0"),
        ({"weeks": 1041}, ScenarioError, r"weeks = 1041, must be a whole number within 1\.\.1040"),
        ({"weeks": 1.5}, ScenarioError, "weeks = 1.5"),
        ({"seed": -1}, InputError, "seed = -1"),
        ({"seed": 2**64}, InputError, "seed = 18446744073709551616"),
        ({"seed": "1"}, InputError, "seed = '1'"),
        ({"seed": None}, InputError, "seed = None"),
        ({"workers": 0}, InputError, "workers = 0"),
        ({"level": "0.9"}, InputError, "level = '0.9'"),
        ({"policies": load_policy("fragmented").with_(name="../../x")}, PolicyError, r"'\.\./\.\./x', must be 1 to 60"),
        ({"engine": "steam"}, InputError, "engine = 'steam'"),
        ({"level": 1.5}, InputError, "level = 1.5"),
        ({"policies": []}, PolicyError, "at least one"),
        ({"policies": ["fragmented", "fragmented"]}, PolicyError, "differ in name"),
        ({"policies": ["fragmentd"]}, PolicyError, "fragmented"),
    ],
)
def test_bad_input_is_refused_at_once(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        evaluate(TOY, **options)


@pytest.mark.slow
def test_numbers_of_numpy_one_policy_alone_paths_and_generators_are_taken(tmp_path: Path) -> None:
    few: dict[str, Any] = {"replications": np.arange(1), "weeks": np.int64(1), "seed": np.uint8(3), "workers": 1}
    alone = evaluate(TOY, "fragmented", out=tmp_path / "run", **few)
    several = evaluate(TOY, (name for name in ("fragmented", "unified_command")), **few)
    (tmp_path / "mine.yaml").write_text("name: mine\nbased_on: fragmented\n")
    by_path = evaluate(TOY, [tmp_path / "mine.yaml"], **few)

    assert json.loads((tmp_path / "run/manifest.json").read_text())["seed"] == 3
    assert alone.designs == ("fragmented",)
    assert "--designs fragmented unified_command --replications 1" in several.manifest["command"]
    assert f"--designs {tmp_path}/mine.yaml --replications 1" in by_path.manifest["command"]


@pytest.mark.parametrize("name", ["replications.parquet", "report.html", "parts"])
def test_files_of_somebody_else_are_not_deleted(tmp_path: Path, name: str) -> None:
    (tmp_path / "parts").mkdir() if name == "parts" else (tmp_path / name).write_text("precious")
    with pytest.raises(InputError, match=f"holds {name}, but no manifest"):
        evaluate(TOY, "fragmented", replications=1, weeks=1, workers=1, out=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("text", ["{broken", "[]"])
def test_a_broken_manifest_is_told_and_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match="not the manifest of a run"):
        evaluate(TOY, "fragmented", replications=1, weeks=1, workers=1, out=tmp_path)
    with pytest.raises(InputError, match="not the manifest of a run"):
        load_comparison(tmp_path)

    assert (tmp_path / "manifest.json").read_text() == text


@pytest.mark.slow
def test_ctrl_c_in_a_second_run_leaves_the_results_of_the_first(tmp_path: Path) -> None:
    def stop(done: int, asked: int) -> None:
        if done:
            raise KeyboardInterrupt

    first = evaluate(TOY, "fragmented", replications=2, weeks=1, workers=1, out=tmp_path / "run")
    (tmp_path / "run/mine.parquet").write_text("precious")
    _made_by_an_older_program(tmp_path / "run")
    with pytest.raises(Interrupted):
        evaluate(TOY, "fragmented", replications=2, weeks=1, workers=1, out=tmp_path / "run", progress=stop)

    kept = load_comparison(tmp_path / "run")
    assert kept.complete
    assert same(kept.scores, first.scores)
    assert (tmp_path / "run/mine.parquet").read_text() == "precious"
    assert not (tmp_path / "run/parts").exists()


@pytest.mark.slow
def test_a_folder_of_another_run_is_not_overwritten(tmp_path: Path) -> None:
    evaluate(TOY, ["fragmented"], replications=1, weeks=1, workers=1, out=tmp_path / "run")
    with pytest.raises(InputError, match="another run"):
        evaluate(TOY, ["fragmented"], replications=1, weeks=1, seed=2, workers=1, out=tmp_path / "run")


@pytest.mark.slow
def test_a_script_without_a_main_guard_may_use_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import citysim\n"
        f"c = citysim.evaluate({str(TOY)!r}, ['fragmented'], replications=2, weeks=1, workers=2)\n"
        "print('finished', c.manifest['finished'])\n"
    )
    done = run_process([sys.executable, str(script)], capture_output=True, text=True, timeout=300)

    assert (done.stdout, done.returncode) == ("finished [0, 1]\n", 0), done.stderr


@pytest.mark.slow
def test_workers_do_not_load_what_they_do_not_need() -> None:
    code = (
        "import sys; from citysim.evaluation.workers import PRELOAD; __import__(PRELOAD);"
        "print([m for m in ('matplotlib', 'scipy.stats', 'mesa', 'pandas', 'polars', 'rich') if m in sys.modules])"
    )
    done = run_process([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert done.stdout.strip() == "[]", done.stderr
