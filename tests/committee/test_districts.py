"""Districts with aims of their own: what a ranking does to them, and they to it."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.committee.conduct import Conduct, Pays, pays, pressed, reviewed, scores_of
from citysim.committee.decisions import policy_under
from citysim.engines.simulate import Engine, simulate
from citysim.errors import PolicyError
from citysim.log import Log
from citysim.policy.governance import Evaluation
from citysim.policy.policy import Policy
from citysim.units import HOUR, NEVER
from citysim.world.sample import sample_world
from tests.committee.bodies import city, committee, integrated, run


def test_effort_wears_off_while_the_rank_stands_and_a_fall_renews_it() -> None:
    """By hand: 0.2 x 0.5, then half of it at each review that brings nothing worse, then 0.2 x 1."""
    district = committee(evaluation={"effort": 0.2, "wears": 0.5}).districts[1]
    efforts = []
    for rank, pressure in ((2.0, 0.5), (2.0, 0.5), (2.0, 0.5), (3.0, 1.0), (3.0, 1.0), (1.0, 0.0), (2.0, 0.5)):
        district.ranked(rank, pressure)
        efforts.append(district.effort)
    assert efforts == pytest.approx([0.1, 0.05, 0.025, 0.2, 0.1, 0.0, 0.1])


def test_effort_that_does_not_wear_stays_while_the_rank_stands() -> None:
    district = committee(evaluation={"effort": 0.2, "wears": 0.0}).districts[0]
    for _ in range(5):
        district.ranked(2.0, 0.5)
    assert district.effort == pytest.approx(0.1)


def test_pressure_goes_by_the_rank_and_by_what_is_short_of_the_target() -> None:
    """By hand: third of three is 1 by rank; 0.8 is 0.1 short of 0.9, half of what is full pressure."""
    evaluation = Evaluation(target=0.9, by_target=0.25)
    assert pressed(3.0, 3, 0.8, evaluation) == pytest.approx(0.75 * 1.0 + 0.25 * 0.5)
    assert pressed(1.0, 3, 0.95, evaluation) == 0.0
    assert pressed(2.0, 3, 0.2, evaluation) == pytest.approx(0.75 * 0.5 + 0.25)
    assert pressed(1.0, 1, 0.8, evaluation) == pytest.approx(0.5)


def test_what_districts_are_ranked_by_changes_the_pressure_on_the_city() -> None:
    """The clock by which most are late presses most; by rank alone the mean would be a half under each."""
    worse = {"on_time": np.full(3, 95.0), "verified": np.full(3, 80.0), "since_onset": np.full(3, 75.0)}
    mean = {
        ranking: np.mean([d.pressure for d in run(committee(evaluation={"ranking": ranking}), 5, **worse).districts])
        for ranking in ("official", "verified", "onset")
    }
    assert mean["official"] < mean["verified"] < mean["onset"]


def test_the_score_is_the_mean_of_the_indicators_by_weight() -> None:
    """By hand, in the first district: (2 x 0.9 + 1 x 0.8 + 1 x 0.5) / 4; the others keep all that is promised."""
    model = run(committee(), 1, honest=np.array([80.0, 100.0, 100.0]), heard=np.array([25.0, 50.0, 50.0]))
    evaluation = Evaluation(weight_on_time=2.0, weight_honest=1.0, weight_heard=1.0)
    assert scores_of(model.library, evaluation) == pytest.approx([3.1 / 4, 3.8 / 4, 3.8 / 4])
    assert scores_of(model.library, Evaluation()).tolist() == [0.9] * 3


@pytest.mark.parametrize(
    ("name", "figure"),
    [("honest", "honest"), ("lasting", "lasting"), ("heard", "heard"), ("joint", "joint_met"), ("found", "found")],
)
def test_each_indicator_ranks_the_district_last_that_fails_it(name: str, figure: str) -> None:
    """All are alike by the clock; by default that alone counts and ranks them alike."""
    model = run(committee(), 1, **{figure: np.array([10.0, 1.0, 10.0])})
    told, _ = reviewed(model.library, Evaluation(**{f"weight_{name}": 1.0}))
    assert [rank for rank, _, _ in told] == [1.5, 3.0, 1.5]
    assert [rank for rank, _, _ in reviewed(model.library, Evaluation())[0]] == [2.0] * 3


def test_effort_and_pretence_follow_the_rank_in_the_whole_set() -> None:
    levers = {"weight_found": 3.0, "by_target": 0.0, "effort": 0.2}
    found = run(committee(evaluation=levers), 5, found=np.array([50.0, 30.0, 10.0])).rules.conduct
    assert found.effort == pytest.approx([0.0, 0.1, 0.2])
    assert found.easy_first[0] == 0.0 < found.easy_first[1] < found.easy_first[2]


def test_a_pretence_pays_as_far_as_the_weighted_indicators_see_it() -> None:
    """By hand, with half of the weight on the official clock, which sees all four, and a chance of 0.8 to be found."""
    half = {"ranking": "official", "verified": 0.8}
    assert pays(Evaluation(**half, weight_found=1.0), 1.0) == Pays(0.5, 0.5, 0.5, 0.5)
    joint = pays(Evaluation(**half, weight_joint=1.0), 1.0)
    assert joint.false_closure == pytest.approx(0.5 + 0.5 * 0.2)
    assert pays(Evaluation(**half, weight_lasting=1.0), 1.0).false_closure == pytest.approx(0.5 - 0.5 * 0.8)
    assert pays(Evaluation(**half, weight_honest=1.0), 1.0) == Pays(0.0, 0.5, 0.5, 0.5)
    assert pays(Evaluation(**half, weight_honest=5.0), 1.0).false_closure == 0.0
    assert pays(Evaluation(**half, weight_on_time=0.0, weight_heard=1.0), 1.0) == Pays()
    assert pays(Evaluation(**half), 1.0) == Pays(1.0, 1.0, 1.0, 1.0)


def test_an_evaluation_that_weighs_what_was_found_verifies() -> None:
    plain, weighed = (
        run(committee(evaluation={"ranking": "official", "verified": 0.7, "weight_honest": w}), 1) for w in (0.0, 0.5)
    )
    assert (plain.rules.caught, weighed.rules.caught) == (0.0, 0.7)


def test_an_evaluation_of_nothing_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"governance\.evaluation: weight_on_time, .* = 0, one must be above 0"):
        Evaluation(weight_on_time=0.0)
    with pytest.raises(PolicyError, match=r"evaluation\.weight_heard = -1\.0, must be within 0\.\.10 weight"):
        Evaluation(weight_heard=-1.0)
    assert Evaluation(ranking="none", weight_on_time=0.0).verifies is False


def test_a_district_under_load_sends_less() -> None:
    """By hand: usual is 40 cases; 66 against 42.6 come to 76 / 52.6 of it, so 0.44 of half of it is kept."""
    model = committee(guidance={"willing": 0.8, "hoarding": 0.5})
    district = model.districts[0]
    district.look(40.0)
    assert district.willing == pytest.approx(0.8)
    district.look(66.0)
    assert district.willing == pytest.approx(0.8 * (1.0 - 0.5 * (76.0 / 52.6 - 1.0)))
    held = np.zeros((len(model.names.departments), 3))
    held[0] = 20.0
    run(model, 1, held=held)
    assert [d.usual for d in model.districts] == pytest.approx([0.9 * 42.6 + 2.0, 20.0, 20.0])


def test_help_depends_on_who_is_asked() -> None:
    """The district asks its nearest neighbour, which hoards if it stands badly itself."""
    levers = {"guidance": {"willing": 0.8, "hoarding": 0.5}, "evaluation": {"by_target": 0.0}}
    model = run(committee(**levers), 5, verified=np.array([95.0, 90.0, 50.0]))
    of_each = (0.8, 0.6, 0.4)
    helpers = city("million").city.neighbours[:, 0]
    assert model.rules.conduct.willing == pytest.approx([of_each[helper] for helper in helpers])


def under(conduct: Conduct) -> Policy:
    """Command with AI in the city of a million, whose districts act so."""
    model = committee("million")
    return policy_under(integrated(), replace(model.rules, conduct=conduct), model.names)


def figures(policy: Policy, engine: Engine = "kernel") -> Log:
    world = sample_world(city("million"), seed=3, replication=0, weeks=1)
    return simulate(world, policy, engine=engine)


def of_first(log: Log, name: str) -> tuple[int, int]:
    """Sum of a column in the first district, and in all others."""
    first = log.case_columns["district"] == 0
    column = log.case_columns[name].astype(np.int64)
    return int(column[first].sum()), int(column[~first].sum())


def lain(log: Log) -> dict[int, int]:
    """Seconds from report to filing of each case that was filed, by its number."""
    columns = log.case_columns
    filed = columns["filed"] != NEVER
    return dict(
        zip(columns["case"][filed].tolist(), (columns["filed"] - columns["reported"])[filed].tolist(), strict=True)
    )


@pytest.mark.slow
def test_each_district_pretends_in_its_own_cases() -> None:
    rest, first = (0.0, 0.0, 0.0), (0.5, 0.0, 0.0)
    honest = figures(under(Conduct()))
    untouched, shelved, late = (
        figures(under(Conduct(**{part: first}, willing=(1.0, 1.0, 1.0))))
        for part in ("false_closure", "off_clock", "late")
    )
    for log, name in ((untouched, "false_closures"), (shelved, "shelvings")):
        before, now = of_first(honest, name), of_first(log, name)
        assert now[0] > 10 * max(before[0], 1)
        assert now[1] <= 1.5 * before[1] + 5
    in_first = set(honest.case_columns["case"][honest.case_columns["district"] == 0].tolist())
    before_, now_ = lain(honest), lain(late)
    later = {case for case in before_.keys() & now_.keys() if now_[case] > before_[case] + HOUR}
    assert later
    assert later <= in_first
    assert under(Conduct(effort=rest)).workflow != under(Conduct(effort=first)).workflow
