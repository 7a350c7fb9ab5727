"""Does a question to the store count each run of an experiment once, and of no other experiment?"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest

from citysim.cli import main
from citysim.evaluation.gather import Hands
from citysim.evaluation.results import IncompleteWarning, open_results
from citysim.evaluation.run import evaluate
from citysim.evaluation.store import Store
from citysim.experiment.arms import arms_of
from citysim.experiment.read import load_experiment
from citysim.experiment.run import jobs_of, run_experiment, shortened, state_of
from citysim.experiment.spec import Experiment
from tests.evaluation.million import read, write

pytestmark = pytest.mark.slow

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"
TWO_ARMS = f"""\
question: {{en: Does it matter?, zh: 有关系吗？}}
scenario: {TOY}
weeks: 1
worlds: {{least: 2, most: 4, half_width: 1.0e-9}}
primary: report_to_close_so_far_mean
designs: {{apart: {{based_on: fragmented}}, together: {{based_on: unified_command}}}}
predictions:
  - {{says: {{en: More., zh: 多。}}, of: {{design: together}}, minus: {{design: apart}}, expect: higher}}
"""


def two_arms(folder: Path) -> Experiment:
    folder.mkdir()
    (folder / "experiment.yaml").write_text(TWO_ARMS)
    return load_experiment(folder)


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IncompleteWarning)
        return [tuple(row) for row in open_results(store.folder).sql(sql).itertuples(index=False)]


def ask_for(store: Store, experiment: Experiment, worlds: Sequence[int]) -> None:
    """As a sequential run does, step by step, without simulating."""
    for count in worlds:
        jobs = jobs_of(experiment, arms_of(experiment), count)
        store.note_plans(experiment.name, [job.manifest for job in jobs])


def test_a_run_that_adds_worlds_step_by_step_is_counted_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    found = run_experiment(two_arms(tmp_path / "grows"), store, Hands(1))

    assert found.worlds == 4  # from two, in steps
    assert rows(store, "SELECT experiment, design, count(*) FROM runs GROUP BY ALL ORDER BY ALL") == [
        ("grows", "apart", 4),
        ("grows", "together", 4),
    ]
    assert rows(
        store,
        "SELECT design, count(*) FROM results WHERE indicator = 'recorded_cases' AND stratum = 'all'"
        " GROUP BY ALL ORDER BY ALL",
    ) == [("apart", 4), ("together", 4)]


def test_two_experiments_with_the_same_arms_are_each_asked_for(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for name in ("a", "b"):
        ask_for(store, two_arms(tmp_path / name), [2, 4])

    assert rows(store, "SELECT experiment, count(*), min(status) FROM runs GROUP BY ALL ORDER BY ALL") == [
        ("a", 8, "PENDING"),
        ("b", 8, "PENDING"),
    ]


def test_what_an_experiment_no_longer_asks_for_is_forgotten(tmp_path: Path) -> None:
    store, experiment = Store(tmp_path / "store"), two_arms(tmp_path / "a")
    ask_for(store, experiment, [4])
    (tmp_path / "city.yaml").write_text(f"based_on: {TOY}\nname: other\n")
    (experiment.folder / "experiment.yaml").write_text(TWO_ARMS.replace(str(TOY), str(tmp_path / "city.yaml")))
    ask_for(store, load_experiment(experiment.folder), [2])

    assert rows(store, "SELECT experiment, scenario, count(*) FROM runs GROUP BY ALL") == [("a", "other", 4)]


def test_a_shortened_run_has_a_name_of_its_own(tmp_path: Path) -> None:
    store, experiment = Store(tmp_path / "store"), two_arms(tmp_path / "a")
    ask_for(store, experiment, [4])
    ask_for(store, shortened(experiment, 2, 3), [3])
    ask_for(store, shortened(experiment, None, 2), [2])
    ask_for(store, shortened(experiment, 1, None), [4])  # as long as it says itself

    assert rows(store, "SELECT experiment, weeks, count(*) FROM runs GROUP BY ALL ORDER BY ALL") == [
        ("a", 1, 8),
        ("a (2 weeks, 3 worlds)", 2, 6),
        ("a (2 worlds)", 1, 4),
    ]


@pytest.mark.parametrize("seed", [1, 2**64 - 1])
def test_evaluations_that_overlap_count_a_run_once(tmp_path: Path, seed: int) -> None:
    for count in (1, 2):
        evaluate(TOY, "fragmented", replications=count, weeks=1, workers=1, seed=seed, store=tmp_path / "store")

    store = Store(tmp_path / "store")
    assert rows(store, "SELECT seed, weeks, design, count(*) FROM runs GROUP BY ALL") == [(seed, 1, "fragmented", 2)]


def test_an_answer_over_what_is_not_all_there_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / "store")
    evaluate(TOY, "fragmented", replications=1, weeks=1, workers=1, store=store.folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # all is there: nothing is said
        open_results(store.folder).sql("SELECT count(*) FROM results")
    ask_for(store, two_arms(tmp_path / "a"), [4])
    with pytest.warns(IncompleteWarning, match="not OK: a 7 of 8$"):
        open_results(store.folder).sql("SELECT count(*) FROM results")

    assert main(["query", "SELECT count(*) FROM results", "--store", str(store.folder), "--lang", "en"]) == 0
    assert capsys.readouterr().err == (
        "Not all that was asked for is there: 7 of 9 runs are not OK. Means and counts below leave them out.\n"
    )


def test_many_small_runs_are_asked_under_a_limit_of_memory(tmp_path: Path) -> None:
    """What `python -m tests.evaluation.million` measures, with fewer."""
    write(tmp_path, 3_000, 1_000)
    read(tmp_path, 3_000, 0.2)

    assert '"replications": "0..2999"' in next((tmp_path / "plans").iterdir()).read_text()


def test_the_state_counts_the_worlds_that_the_rule_has_asked_for(tmp_path: Path) -> None:
    store, experiment = Store(tmp_path / "store"), two_arms(tmp_path / "a")
    assert state_of(experiment, store)["PENDING"] == 2 * 2
    ask_for(store, experiment, [2, 3])

    assert state_of(experiment, store)["PENDING"] == 2 * 3
