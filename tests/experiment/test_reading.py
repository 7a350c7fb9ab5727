"""Is a question read as it stands, and is what is wrong with it told?"""

from pathlib import Path

import pytest

from citysim.errors import InputError, PolicyError, ScenarioError
from citysim.experiment.arms import arms_of
from citysim.experiment.groups import check_groups
from citysim.experiment.read import load_experiment
from citysim.experiment.spec import Measure


def changed(folder: Path, old: str, new: str) -> Path:
    path = folder / "experiment.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return folder


def test_an_experiment_says_what_is_varied_and_what_is_predicted(folder: Path) -> None:
    experiment = load_experiment(folder)

    assert experiment.name == "small"
    assert experiment.shown == (Measure("report_to_close_so_far_mean"), Measure("recorded_cases"))
    assert [(f.name, list(f.levels), f.is_lever) for f in experiment.factors] == [
        ("demand", ["1", "2"], False),
        ("seats", ["usual", "many"], True),
    ]
    assert [term.weight for term in experiment.predictions[0].terms] == [1.0, -1.0]
    assert experiment.predictions[1].terms[0].of == {"demand": "2"}


def test_a_term_may_be_a_mean_of_another_group(folder: Path) -> None:
    changed(folder, "of: {demand: 1}}", "of: {demand: 1}, indicator: recorded_cases/joint/joint}")
    prediction = load_experiment(folder).predictions[1]

    assert [term.measure.group for term in prediction.terms] == ["all", "joint"]
    assert prediction.measures == (Measure("recorded_cases"), Measure("recorded_cases", "joint", "joint"))


def test_every_combination_is_an_arm_with_its_own_city_and_policy(folder: Path) -> None:
    arms = arms_of(load_experiment(folder))

    assert len(arms) == 8
    assert len({arm.name for arm in arms}) == 8
    assert len({arm.scenario.digest for arm in arms}) == 2
    usual, doubled = arms[0], next(arm for arm in arms if arm.matches({"demand": "2"}))
    assert doubled.scenario.kinds[0].rate_per_100k_year == 2 * usual.scenario.kinds[0].rate_per_100k_year
    many = next(arm for arm in arms if arm.matches({"design": "together", "seats": "many", "demand": "1"}))
    day = next(f for f in many.policy.staffing.families if f.name == "district_seat").shifts
    assert max(shift.headcount for shift in day) == 24


@pytest.mark.slow
@pytest.mark.parametrize("sample", ["latin_hypercube", "sobol"])
def test_a_range_is_spread_over_its_points_the_same_way_each_time(folder: Path, sample: str) -> None:
    changed(folder, "values: [1, 2]}", f"low: 0.5, high: 1.5}}\nsample_: {sample}")
    text = (folder / "experiment.yaml").read_text()
    text = text.replace(f"\nsample_: {sample}", "").split("predictions:")[0]
    (folder / "experiment.yaml").write_text(text + f"sample: {sample}\npoints: 8\n")
    one, other = (arms_of(load_experiment(folder)) for _ in range(2))
    values = sorted({arm.values["demand"] for arm in one})

    assert len(one) == 16
    assert len(values) == 8
    assert all(0.5 <= value < 1.5 for value in values)
    assert [int((value - 0.5) * 8) for value in values] == list(range(8))  # one in each eighth of the range
    assert [arm.values for arm in one] == [arm.values for arm in other]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weeks: 1", "weeks: 0", r"experiment\.yaml:4: weeks = 0, must be >= 1"),
        ("primary: report", "primary: repport", r":6: primary = 'repport_to_close_so_far_mean', is not an indicator"),
        ("[recorded_cases]", "[recorded_cases/severity]", r":7: shown\.0 = .* must be indicator or indicator/stratum"),
        ("[recorded_cases]", "[recorded_cases/family/x]", r"stratum of recorded_cases must be one of"),
        ("values: [1, 2]", "values: [2, 2]", r"factors\.demand\.values = \[2, 2\], must differ"),
        ("values: [1, 2]", "low: 1, high: 2", r"factors\.demand: a range needs sample"),
        ("path: city.", "path: town.", r"factors\.demand\.path = 'town\.demand_factors\.all', must begin with city"),
        ("values: [1, 2]", "", r"factors\.demand: must give levels, or path with values"),
        ("usual: {}", "usual: {town: {}}", r"levels\.usual\.town is not a known key; known: city, design"),
        ("of: {demand: 2}", "of: {demand: 3}", r"predictions\.1\.sum\.0\.of\.demand = 3, must be one of 1, 2"),
        ("of: {demand: 2}", "of: {load: 2}", r"sum\.0\.of\.load is not a factor; known: design, demand, seats"),
        ("of: {demand: 1}}", "of: {demand: 1}, indicator: fame}", r"sum\.1\.indicator = 'fame', is not an indicator"),
        (
            "of: {demand: 1}}",
            "of: {demand: 1}, indicator: backlog}",
            r"sum\.1\.indicator = 'backlog', must be in cases per week like the prediction, not cases",
        ),
        ("    expect: lower\n  - says", "    expect: same\n  - says", r"predictions\.0\.relevant is missing"),
        ("worlds: 5", "worlds: {least: 5, most: 4, half_width: 1}", r"worlds\.most = 4, must be >= least = 5"),
        ("worlds: 5", "worlds: 5\nwarm_up: soon", r"warm_up = 'soon', must be"),
        ("hypothesis: H1", "hypotesis: H1", r"hypotesis is not a known key; did you mean 'hypothesis'"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(folder: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_experiment(changed(folder, old, new))


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("usual: {}", "usual: {city: {demand_factors: {all: -2}}}", ScenarioError, r":15: .*all = -2, must be >= 0"),
        ("district_day: 24", "district_days: 24", PolicyError, r":16: .*district_days is not a known key"),
        ("based_on: fragmented", "based_on: fragmentd", PolicyError, r":9: .*based_on = 'fragmentd', is not a design"),
    ],
)
def test_a_patch_that_does_not_fit_is_told_with_the_line_of_the_experiment(
    folder: Path, old: str, new: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        arms_of(load_experiment(changed(folder, old, new)))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "recorded_cases/severity/XX",
            r":7: shown: recorded_cases/severity/XX: .* no such group; known: I, II, III, IV",
        ),
        ("recorded_cases/group/gsa", r"recorded_cases/group/gsa: arm .* has no such group; did you mean 'gas'"),
        ("first_dispatch_accuracy/quarter/q1", r"quarters need a run of 26 judged weeks or more, this one has 1"),
        ("utilisation/family/crew:XX", r"utilisation/family/crew:XX: arm .* has no such group"),
    ],
)
def test_a_group_that_does_not_exist_is_refused_before_anything_runs(folder: Path, asked: str, message: str) -> None:
    experiment = load_experiment(changed(folder, "shown: [recorded_cases]", f'shown: ["{asked}"]'))
    with pytest.raises(InputError, match=message):
        check_groups(experiment, arms_of(experiment))


def test_groups_that_exist_are_taken(folder: Path) -> None:
    shown = '["recorded_cases/severity/I", "recorded_cases/joint/joint", "utilisation/family/crew:CGJ"]'
    experiment = load_experiment(changed(folder, "shown: [recorded_cases]", f"shown: {shown}"))
    check_groups(experiment, arms_of(experiment))


def test_a_year_has_four_quarters_and_a_wrong_group_of_a_term_is_refused_too(folder: Path) -> None:
    changed(folder, "weeks: 1", "weeks: 52")
    changed(folder, "[recorded_cases]", "[first_dispatch_accuracy/quarter/q4]")
    check_groups(experiment := load_experiment(folder), arms := arms_of(experiment))
    changed(folder, "of: {demand: 1}}", "of: {demand: 1}, indicator: recorded_cases/group/gsa}")
    with pytest.raises(InputError, match=r"predictions\.1: recorded_cases/group/gsa: arm .* did you mean 'gas'"):
        check_groups(load_experiment(folder), arms)


def test_a_missing_folder_and_scenario_are_told(folder: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_experiment(folder / "none")
    path = folder / "experiment.yaml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join("scenario: gone.yaml" if line.startswith("scenario:") else line for line in lines))
    with pytest.raises(InputError, match=r"experiment\.yaml:3: scenario = 'gone\.yaml', no such file"):
        load_experiment(folder)
