"""Which answers flip within the ranges: told rightly where one knows, over real runs and over made-up differences."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from citysim.cli import main
from citysim.errors import InputError
from citysim.evaluation.gather import Hands
from citysim.evaluation.store import Store
from citysim.experiment.arms import Arm, arms_of, unit_points
from citysim.experiment.read import load_experiment
from citysim.experiment.run import Found, run_experiment
from citysim.experiment.sensitivity import Sensitivity, check_asked, chosen, sensitivity
from citysim.experiment.spec import Experiment, Measure
from citysim.report.sensitivity import sensitivity_text, write_sensitivity
from citysim.words import LANGUAGES, load_words
from tests.experiment.conftest import SCENARIOS

CLOSE = "report_to_close_so_far_mean"
TEXT = f"""\
question: {{en: Does it hold?, zh: 成立吗？}}
scenario: {SCENARIOS / "toy.yaml"}
weeks: 1
worlds: 4
primary: {CLOSE}
designs:
  apart: {{based_on: fragmented}}
  together: {{based_on: unified_command}}
sample: sobol
points: 16
factors:
  gas: {{path: "city.demand_positions.group:gas", low: -1, high: 1}}
  lying: {{path: design.levers.friction.bounce_hours.times, low: 0.5, high: 2, kind: uncertainty}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ranges").mkdir()
    (tmp_path / "ranges" / "experiment.yaml").write_text(TEXT)
    return tmp_path / "ranges"


MADE: dict[str, tuple[Arm, ...]] = {}


def arms_of_text(text: str, experiment: Experiment) -> tuple[Arm, ...]:
    """The arms of the file's text, built once: each has a policy and a city of its own."""
    if text not in MADE:
        MADE[text] = arms_of(experiment)
    return MADE[text]


def with_differences(folder: Path, of_point: object, worlds: int = 8) -> Found:
    """The experiment as if `together` differed from `apart` by a function of the point, with a little luck."""
    experiment = load_experiment(folder)
    arms = arms_of_text((folder / "experiment.yaml").read_text(), experiment)
    luck = np.random.default_rng(4).normal(0.0, 0.05, (len(arms), worlds))
    values = np.zeros((len(arms), worlds))
    for k, arm in enumerate(arms):
        if arm.levels["design"] == "together":
            values[k] = of_point(arm.values) + luck[k]  # type: ignore[operator]
    return Found(experiment, arms, worlds, {Measure(CLOSE): values}, ())


@pytest.mark.slow
def test_factors_over_ranges_reach_the_city_and_multiply_the_numbers_of_every_design(folder: Path) -> None:
    arms = arms_of(load_experiment(folder))
    usual = {arm.levels["design"]: arm for arm in arms_of(replace(load_experiment(folder), factors=(), sample="full"))}

    assert len(arms) == 32
    for arm in arms:
        base = usual[arm.levels["design"]].policy.source
        assert base is not None
        assert arm.policy.source is not None
        lying = arm.policy.source.levers.friction.bounce_hours
        assert lying == pytest.approx(base.levers.friction.bounce_hours * arm.values["lying"])
        kinds = dict(zip([k.id for k in arm.scenario.kinds], arm.scenario.kinds, strict=True))
        leak, position = kinds["gas_leak_outdoor"], arm.values["gas"]
        low, high = leak.rate_range
        end = high if position > 0 else low
        assert leak.rate_per_100k_year == pytest.approx(6.0 * (end / 6.0) ** abs(position))
        assert kinds["exposed_garbage"] == next(k for k in usual["apart"].scenario.kinds if k.id == "exposed_garbage")


@pytest.mark.slow
def test_an_answer_that_turns_round_is_found_with_what_decides_it_and_where(folder: Path) -> None:
    found = sensitivity(with_differences(folder, lambda at: at["lying"] - 1.1))  # less is better
    (answer,) = found.answers

    assert answer.verdict == "flips"
    assert found.factors[answer.flips.separations[0].factor] == "lying"
    assert answer.flips.separations[0].distance == pytest.approx(1.0)
    assert answer.flips.separations[0].at < 1.12
    assert answer.flips.worse > answer.flips.better
    assert answer.is_reversed
    assert answer.rules
    assert all(limit[0] == 1 for limit in answer.rules[0].limits)


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "verdict"), [(-1.0, "better"), (1.0, "worse"), (0.0, "open")])
def test_an_answer_that_holds_everywhere_or_nowhere_is_told(folder: Path, shift: float, verdict: str) -> None:
    (answer,) = sensitivity(with_differences(folder, lambda at: shift)).answers

    assert answer.verdict == verdict
    assert answer.box is None
    assert answer.rules == ()


@pytest.mark.slow
@pytest.mark.parametrize(("sample", "points", "rows"), [("morris", 3, 9), ("saltelli", 8, 32)])
def test_points_laid_out_for_effects_give_them(folder: Path, sample: str, points: int, rows: int) -> None:
    text = (folder / "experiment.yaml").read_text()
    (folder / "experiment.yaml").write_text(
        text.replace("sample: sobol\npoints: 16", f"sample: {sample}\npoints: {points}")
    )
    found = sensitivity(with_differences(folder, lambda at: 3.0 * at["lying"]))
    gas, lying = found.answers[0].effects

    assert len(unit_points(found.found.experiment)) == rows
    size = [e.mu_star.mean if sample == "morris" else e.total.mean for e in (gas, lying)]
    assert size[1] > 10 * abs(size[0])
    if sample == "morris":
        assert size[1] == pytest.approx(4.5, abs=0.1)  # 3 per unit, over a range of 1.5


@pytest.mark.slow
def test_a_world_without_a_value_anywhere_is_left_out_and_too_few_are_told(folder: Path) -> None:
    found = with_differences(folder, lambda at: -1.0)
    values = found.values[Measure(CLOSE)].copy()
    values[3, 5] = np.nan
    (answer,) = sensitivity(replace(found, values={Measure(CLOSE): values})).answers
    assert answer.left_out == 1
    assert answer.differences.shape == (16, 7)
    values[2, 1:] = np.nan
    with pytest.raises(InputError, match="report_to_close_so_far_mean: fewer than 2 worlds have a value"):
        sensitivity(replace(found, values={Measure(CLOSE): values}))


def test_an_answer_without_values_does_not_cost_the_others(folder: Path) -> None:
    found = with_differences(folder, lambda at: -1.0)
    cost = Measure("cost_total")
    asked = replace(found.experiment, shown=(cost, found.experiment.primary))
    values = {**found.values, cost: np.full(found.values[Measure(CLOSE)].shape, np.nan)}
    told = sensitivity(replace(found, experiment=asked, values=values))

    assert [answer.measure for answer in told.answers] == [Measure(CLOSE)]
    assert told.untold == ((cost, "together"),)
    assert "cost" in sensitivity_text(told, load_words("en"), "figure.svg", "x").split("|")[0]


def test_a_difference_that_never_varies_has_no_effects_and_the_others_keep_theirs(folder: Path) -> None:
    (folder / "experiment.yaml").write_text(TEXT.replace("sample: sobol\npoints: 16", "sample: morris\npoints: 3"))
    found = with_differences(folder, lambda at: 3.0 * at["lying"])
    cost = Measure("cost_total")
    asked = replace(found.experiment, shown=(cost, found.experiment.primary))
    values = {**found.values, cost: np.zeros(found.values[Measure(CLOSE)].shape)}
    told = sensitivity(replace(found, experiment=asked, values=values))

    assert told.answers[0].effects == ()
    assert len(told.answers[1].effects) == 2
    assert "lying" in sensitivity_text(told, load_words("en"), "figure.svg", "x")


@pytest.mark.slow
def test_points_whose_values_look_alike_are_arms_and_cities_of_their_own(folder: Path) -> None:
    text = TEXT.replace("low: -1, high: 1", "low: 0.5, high: 0.50001")
    (folder / "experiment.yaml").write_text(text.replace("low: 0.5, high: 2", "low: 1, high: 1.00001"))
    arms = arms_of(load_experiment(folder))

    assert len({arm.name for arm in arms}) == 32
    assert len({arm.scenario.digest for arm in arms}) == 16


@pytest.mark.slow
def test_factors_on_the_same_number_multiply(folder: Path) -> None:
    more = "  lying again: {path: design.levers.friction.bounce_hours.times, low: 2, high: 3, kind: uncertainty}\n"
    (folder / "experiment.yaml").write_text(TEXT + more)
    for arm in arms_of(load_experiment(folder)):
        assert arm.policy.source is not None
        usual = arm.policy.source.usual.friction.bounce_hours
        both = arm.values["lying"] * arm.values["lying again"]
        assert arm.policy.source.levers.friction.bounce_hours == pytest.approx(usual * both)


def test_another_question_over_the_same_ranges_has_another_name(folder: Path) -> None:
    experiment = load_experiment(folder)
    one, other = (chosen(experiment, points=points) for points in (4, 8))

    assert chosen(experiment) == experiment
    assert len({experiment.name, one.name, other.name}) == 3


def test_what_cannot_be_asked_is_told(folder: Path) -> None:
    experiment = load_experiment(folder)
    one = {"apart": experiment.designs["apart"]}
    with pytest.raises(InputError, match="designs: must be two or more"):
        check_asked(chosen(experiment, designs=one))
    with pytest.raises(InputError, match="must spread points over ranges"):
        check_asked(replace(experiment, sample="full"))
    with pytest.raises(InputError, match="neither higher nor lower is better"):
        check_asked(chosen(experiment, measures=[Measure("recorded_cases")]))
    with pytest.raises(InputError, match=r"points = 24, must be a power of 2"):
        chosen(experiment, sample="saltelli", points=24)
    broken = (folder / "experiment.yaml").read_text()
    (folder / "experiment.yaml").write_text(broken.replace("points: 16", "points: 12"))
    with pytest.raises(InputError, match=r"experiment\.yaml:10: points = 12, must be a power of 2 for sobol"):
        load_experiment(folder)
    (folder / "experiment.yaml").write_text(broken + "predictions: [{says: {en: a, zh: 甲}, of: {}, expect: lower}]\n")
    with pytest.raises(InputError, match="only a full sample has predictions"):
        load_experiment(folder)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_every_answer_and_the_command(folder: Path, tmp_path: Path, language: str) -> None:
    found = sensitivity(with_differences(folder, lambda at: at["lying"] - 1.1))
    text = sensitivity_text(found, load_words(language), "figure.svg", "citysim sensitivity x")

    assert "| together: " in text
    assert "lying" in text
    assert "citysim sensitivity x" in text
    for name in ("a", "b"):
        write_sensitivity(found, tmp_path / name, "citysim sensitivity x")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["answer.md", "answer.zh.md", "figure.svg", "figure.zh.svg"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


@pytest.mark.slow
def test_the_command_runs_what_the_store_lacks_and_writes_the_page(folder: Path, tmp_path: Path) -> None:
    asked = ["sensitivity", str(folder), "--points", "4", "--worlds", "2", "--workers", "1"]
    where = ["--store", str(tmp_path / "store"), "--out", str(tmp_path / "out")]
    assert main([*asked, *where]) == 0
    page = (tmp_path / "out" / "answer.md").read_text()

    assert "--points 4 --worlds 2" in page
    store = Store(tmp_path / "store")
    experiment = replace(
        chosen(load_experiment(folder), points=4), worlds=replace(load_experiment(folder).worlds, least=2, most=2)
    )
    again = run_experiment(experiment, store, Hands(1))
    real: Sensitivity = sensitivity(again)
    assert real.answers[0].differences.shape == (4, 2)
    assert (real.answers[0].differences < 0).all()  # unified command closes sooner everywhere
