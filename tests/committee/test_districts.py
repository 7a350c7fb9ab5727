"""Districts with aims of their own: what a ranking does to them, and they to it."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.committee.conduct import Conduct, pressed
from citysim.committee.decisions import policy_under
from citysim.engines.simulate import Engine, simulate
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
