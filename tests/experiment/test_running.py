"""Does an experiment say what its worlds say?"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from citysim.engines.simulate import simulate
from citysim.evaluation.gather import Hands, Progress
from citysim.evaluation.results import open_results
from citysim.evaluation.run import evaluate
from citysim.evaluation.store import Store
from citysim.experiment.arms import arms_of
from citysim.experiment.read import load_experiment
from citysim.experiment.run import Found, next_worlds, run_experiment, state_of, verdict
from citysim.experiment.spec import Measure, Prediction, Term, Worlds
from citysim.judging.scorecard import judge
from citysim.report.answer import answer_text, write_answer
from citysim.statistics.intervals import Interval, t_interval
from citysim.statistics.pairs import replications_needed
from citysim.units import WEEK
from citysim.words import LANGUAGES, load_words
from citysim.world.sample import sample_world

pytestmark = pytest.mark.slow

CASES = Measure("recorded_cases")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Store]:
    from tests.experiment.conftest import TEXT

    folder = tmp_path_factory.mktemp("experiment") / "small"
    folder.mkdir()
    (folder / "experiment.yaml").write_text(TEXT)
    store = Store(folder / "store")
    return run_experiment(load_experiment(folder), store, Hands(1)), store


def test_values_are_those_of_the_same_policies_evaluated_alone(small: tuple[Found, Store]) -> None:
    found, _ = small
    arm = found.arms[-1]
    alone = evaluate(arm.scenario, arm.policy, replications=5, weeks=1, workers=1).replications()
    wanted = alone[(alone.indicator == "recorded_cases") & (alone.stratum == "all")].sort_values("replication").value

    assert found.values[CASES][-1].tolist() == wanted.tolist()


def test_a_contrast_is_the_weighted_mean_of_its_arms_world_by_world(small: tuple[Found, Store]) -> None:
    found, _ = small
    more = np.array([arm.levels["demand"] == "2" for arm in found.arms])
    values = found.values[CASES]
    expected = values[more].mean(axis=0) - values[~more].mean(axis=0)

    outcome = found.outcomes[1]
    assert np.allclose(outcome.worlds, expected, rtol=1e-12)
    assert outcome.interval == t_interval(outcome.worlds, 1 - 0.05 / 2)  # two predictions together at 95 %
    assert outcome.interval.low > 0
    assert outcome.verdict == "fails"  # it was predicted to be lower


@pytest.mark.parametrize(
    ("expect", "relevant", "low", "high", "wanted"),
    [
        ("higher", 0, 1, 3, "holds"),
        ("higher", 0, -1, 3, "cannot_tell"),
        ("higher", 0, -3, -1, "fails"),
        ("higher", 2, -1, 1, "fails"),
        ("higher", 4, 1, 3, "too_small"),
        ("higher", 2, 1, 3, "direction"),
        ("higher", 1, 1, 3, "holds"),
        ("lower", 0, -3, -1, "holds"),
        ("lower", 0, 1, 3, "fails"),
        ("lower", 4, -3, -1, "too_small"),
        ("same", 2, -1, 1, "holds"),
        ("same", 2, -1, 3, "cannot_tell"),
        ("same", 2, 3, 5, "fails"),
    ],
)
def test_a_verdict_needs_an_interval_that_leaves_no_doubt(
    expect: str, relevant: float, low: float, high: float, wanted: str
) -> None:
    prediction = Prediction({}, CASES, (), expect, relevant)

    assert verdict(Interval(9, (low + high) / 2, low, high), prediction) == wanted
    assert verdict(Interval(4, (low + high) / 2, low, high), prediction) == "cannot_tell"


def test_worlds_are_added_until_the_interval_is_narrow_enough(small: tuple[Found, Store]) -> None:
    found, _ = small
    half = (found.outcomes[0].interval.high - found.outcomes[0].interval.low) / 2

    def wanted(half_width: float, most: int = 100) -> int:
        rule = Worlds(5, most, half_width)
        return next_worlds(replace(found, experiment=replace(found.experiment, worlds=rule)))

    assert wanted(1.01 * half) == 5
    assert wanted(0.99 * half) == 6
    assert wanted(half / 10) == 10  # at most twice as many at once
    assert wanted(half / 10, most=7) == 7


def test_what_is_in_the_store_is_not_run_again(small: tuple[Found, Store]) -> None:
    found, store = small
    seen: list[tuple[int, int]] = []
    again = run_experiment(found.experiment, store, Hands(1), Progress(lambda done, asked: seen.append((done, asked))))

    assert seen == [(10, 10)]  # five worlds of each of two cities
    assert all((again.values[m] == found.values[m]).all() for m in found.values)
    assert state_of(found.experiment, store) == {"OK": 40, "FAILED": 0, "ABORTED": 0, "PENDING": 0}


def test_runs_that_were_asked_for_and_not_made_are_pending(small: tuple[Found, Store]) -> None:
    found, store = small
    more = replace(found.experiment, worlds=Worlds(7, 7))

    assert state_of(more, store)["PENDING"] == 8 * 2


def test_the_store_answers_sql_with_the_names_of_the_experiment(small: tuple[Found, Store]) -> None:
    found, store = small
    results = open_results(store.folder)
    table = results.sql(
        "SELECT design, avg(value) AS mean FROM results WHERE experiment = 'small' AND indicator = 'recorded_cases'"
        " AND stratum = 'all' GROUP BY design ORDER BY design"
    )

    assert results.missing() == (0, 40)
    assert dict(zip(table["design"], table["mean"], strict=True)) == pytest.approx(
        {arm.name: float(found.values[CASES][k].mean()) for k, arm in enumerate(found.arms)}
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_tells_every_prediction_and_every_arm(small: tuple[Found, Store], language: str) -> None:
    found, _ = small
    text = answer_text(found, load_words(language), "figure.svg")

    for prediction in found.experiment.predictions:
        assert prediction.says[language] in text
    for arm in found.arms:
        assert f"| {arm.name} |" in text
    assert "citysim run experiments/small" in text
    assert "H1" in text


def test_the_same_findings_leave_the_same_bytes(small: tuple[Found, Store], tmp_path: Path) -> None:
    found, _ = small
    for name in ("a", "b"):
        write_answer(found, tmp_path / name)

    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["answer.md", "answer.zh.md", "figure.svg", "figure.zh.svg"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


@pytest.mark.slow
def test_every_experiment_of_the_project_can_be_read_and_built() -> None:
    folders = sorted(path.parent for path in (Path(__file__).parents[2] / "experiments").glob("*/experiment.yaml"))

    assert len(folders) >= 16
    for folder in folders:
        experiment = load_experiment(folder)
        few = replace(experiment, points=min(experiment.points, 4))
        assert len(arms_of(few)) >= 2
        assert (folder / "question.md").is_file()
        assert experiment.hypothesis or not experiment.predictions
        assert experiment.caveat


def test_a_prediction_says_what_common_luck_saved_and_how_many_worlds_it_would_take(small: tuple[Found, Store]) -> None:
    found, _ = small
    outcome = found.outcomes[0]
    close = found.values[found.experiment.primary]
    rows = [k for k, arm in enumerate(found.arms) if arm.matches({"demand": "1"})]
    apart, together = (
        np.mean([close[k] for k in rows if found.arms[k].levels["design"] == name], axis=0)
        for name in ("apart", "together")
    )

    assert outcome.gain == pytest.approx((apart.var() + together.var()) / (together - apart).var())
    assert outcome.needed == replications_needed(together - apart, abs((together - apart).mean()), 0.975)


def test_the_same_is_judged_by_two_one_sided_tests(small: tuple[Found, Store]) -> None:
    found, _ = small
    same = replace(found.experiment.predictions[0], expect="same", relevant=1.0)
    lower = replace(same, expect="lower")
    asked = replace(found, experiment=replace(found.experiment, predictions=(same, lower)))

    assert asked.level_of(lower) == pytest.approx(1 - 0.05 / 2)
    assert asked.level_of(same) == pytest.approx(1 - 2 * 0.05 / 2)


def test_a_term_of_another_group_is_taken_from_there_and_named(small: tuple[Found, Store]) -> None:
    found, _ = small
    joint, of = Measure("recorded_cases", "joint", "joint"), {"design": "apart"}
    grows = Prediction({"en": "-", "zh": "-"}, CASES, (Term(1.0, of, CASES), Term(-1.0, of, joint)), "higher", 0.0)
    values = {CASES: np.full((8, 5), 7.0), joint: np.full((8, 5), 3.0), found.experiment.primary: np.zeros((8, 5))}
    asked = replace(found, experiment=replace(found.experiment, predictions=(grows,)), values=values)

    assert asked.outcomes[0].worlds == (4.0,) * 5
    assert "(apart) − (recorded cases (several departments): apart)" in answer_text(asked, load_words("en"), "f.svg")


def test_a_warm_up_is_simulated_and_not_judged(small: tuple[Found, Store]) -> None:
    found, store = small
    later = replace(found.experiment, warm_up=1, factors=(), worlds=Worlds(2, 2), predictions=())
    warmed = run_experiment(later, store, Hands(1))
    alone = [
        judge(simulate(sample_world(warmed.arms[0].scenario, seed=1, replication=k, weeks=2), warmed.arms[0].policy,
                       steps=False, begin=WEEK)).get("recorded_cases")
        for k in range(2)
    ]  # fmt: skip

    assert warmed.warm_up.weeks == 1
    assert warmed.values[CASES][0].tolist() == alone
