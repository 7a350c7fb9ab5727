"""What came in before the warm-up ends is simulated and not judged; what is judged is judged by its own length."""

from pathlib import Path

import numpy as np
import pytest

from citysim.committee.govern import govern
from citysim.engines.simulate import ENGINES, Engine, simulate
from citysim.evaluation.settling import settled
from citysim.judging.scorecard import judge
from citysim.log import Log
from citysim.policy.catalog import load_policy
from citysim.units import DAY, WEEK
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

TOY = load_scenario(Path(__file__).parents[2] / "scenarios" / "toy.yaml")
WORLD = sample_world(TOY, seed=1, replication=0, weeks=3)


@pytest.fixture(scope="module")
def logs() -> tuple[Log, Log]:
    """The same run without a warm-up, and with one of a week."""
    policy = load_policy("unified_command")
    return simulate(WORLD, policy, steps=False), simulate(WORLD, policy, steps=False, begin=WEEK)


def test_cases_that_came_in_before_count_in_no_indicator(logs: tuple[Log, Log]) -> None:
    whole, later = logs
    case = whole.case_columns
    counted = (case["genuine"] == 1) & (case["parent"] < 0) & (case["reported"] >= WEEK)
    close = np.where(case["outcome"] == 1, case["ended"], whole.until) - case["reported"]

    assert all((later.case_columns[name] == case[name]).all() for name in case)
    assert judge(later).get("recorded_cases") == pytest.approx(counted.sum() / 2)  # a week, over two weeks
    assert judge(later).get("report_to_close_so_far_mean") == pytest.approx(close[counted].mean() / 3600)


def test_people_are_judged_by_their_hours_after_it(logs: tuple[Log, Log]) -> None:
    whole, later = logs
    first = simulate(WORLD, load_policy("unified_command"), steps=False, until=WEEK)
    for name in ("busy", "scheduled", "served", "waiting", "saturated"):
        assert (first.pool_columns[name] + later.pool_columns[name] == whole.pool_columns[name]).all()
    assert (later.pool_columns["in_line"] == whole.pool_columns["in_line"]).all()
    assert judge(later).get("staff_cost") == pytest.approx(judge(whole).get("staff_cost"), rel=1e-3)  # but for call-ins


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_both_engines_leave_the_same_warm_up_out(engine: Engine) -> None:
    log = simulate(WORLD, load_policy("fragmented"), engine, begin=2 * DAY)

    assert log.begin == 2 * DAY
    assert log.digest() == simulate(WORLD, load_policy("fragmented"), "kernel", begin=2 * DAY).digest()


def test_no_warm_up_changes_nothing() -> None:
    policy = load_policy("fragmented")

    assert simulate(WORLD, policy, begin=0).digest() == simulate(WORLD, policy).digest()


@pytest.mark.slow
def test_a_committee_is_judged_after_it_as_well() -> None:
    policy = load_policy("committee_integrated")
    whole = govern(TOY, policy, seed=1, replication=0, weeks=6)
    later = govern(TOY, policy, seed=1, replication=0, weeks=6, warm_up=4)
    reported = whole.log.case_columns["reported"]
    counted = (whole.log.case_columns["genuine"] == 1) & (whole.log.case_columns["parent"] < 0)

    assert (later.log.case_columns["ended"] == whole.log.case_columns["ended"]).all()
    assert judge(later.log).get("recorded_cases") == pytest.approx((counted & (reported >= 4 * WEEK)).sum() / 2)
    late = [note for note in whole.minutes if note.what.startswith("decided") and note.week > 4]
    assert judge(later.log).get("decisions") == pytest.approx(len(late) / 2)


def test_the_end_of_an_empty_start_is_found_by_mser5() -> None:
    hours = np.arange(0, 2_000, 6.0)
    luck = np.random.default_rng(1).normal(0, 1.0, (20, len(hours)))
    found = settled(hours, 100 * (1 - np.exp(-hours / 48)) + luck)

    assert found.reliable
    assert 8 <= found.days <= 20  # at 8 days it is within 2 of its mean of 100, at 20 within the noise
    assert not settled(hours, hours + luck).reliable  # it grows for ever
