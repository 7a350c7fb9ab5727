"""Durations from milestones, by hand; a case that is not finished counts with its age so far."""

import numpy as np
import pytest

from citysim.judging import times
from citysim.judging.summaries import mean, p50, p90, p99, quantile
from citysim.judging.view import View, view
from citysim.log import CLOSED, LEFT, MERGED
from citysim.units import HOUR
from tests.judging.logs import case, make_log

UNTIL = 100 * HOUR


def seen(*cases: dict[str, int]) -> View:
    return view(make_log(cases, UNTIL))


def closed(hours: float, **columns: int) -> dict[str, int]:
    return case(**({"outcome": CLOSED, "ended": int(hours * HOUR)} | columns))


def test_quantiles_are_those_of_numpy() -> None:
    values = np.sort(np.random.default_rng(1).exponential(size=57))

    for at in (0.0, 0.5, 0.9, 0.99, 1.0):
        assert quantile(values, at) == pytest.approx(np.quantile(values, at), rel=1e-14)


def test_summaries_of_nothing_are_nan() -> None:
    nothing = np.empty(0)

    assert np.isnan([mean(nothing), p50(nothing), p90(nothing), p99(nothing)]).all()


def test_report_to_close_knows_closed_cases_only_and_so_far_knows_all() -> None:
    """Closed after 2 and 4 h; open since hour 10 (90 h); left at hour 6, so unfinished (100 h)."""
    cases = seen(closed(2), closed(4), case(reported=10 * HOUR), case(outcome=LEFT, ended=6 * HOUR))

    assert times.report_to_close(cases) == 3.0
    assert times.report_to_close_so_far(cases) == (2 + 4 + 90 + 100) / 4
    assert times.report_to_close_so_far(cases, p50) == 47.0


def test_a_growing_backlog_improves_the_plain_mean_and_not_the_honest_one() -> None:
    swift, slow = [closed(1)] * 5, [closed(50)] * 5
    all_done, left_lying = seen(*swift, *slow), seen(*swift, *([case()] * 5))

    assert times.report_to_close(left_lying) < times.report_to_close(all_done)
    assert times.report_to_close_so_far(left_lying) > times.report_to_close_so_far(all_done)


def test_safe_is_the_first_of_made_safe_fixed_and_closed() -> None:
    cases = seen(
        closed(9, occurred=0, reported=HOUR, safe=3 * HOUR, fixed=5 * HOUR),
        closed(9, occurred=0, reported=HOUR, fixed=5 * HOUR),
        closed(9, occurred=0, reported=HOUR),
        case(occurred=0, reported=HOUR, safe=0, fixed=20 * HOUR),
        case(occurred=40 * HOUR, reported=50 * HOUR),
    )

    assert cases.onset_to_safe[:4].tolist() == [3.0, 5.0, 9.0, 0.0]
    assert np.isnan(cases.onset_to_safe[4])
    assert times.onset_to_safe(cases) == (3 + 5 + 9 + 0) / 4
    assert times.onset_to_safe_so_far(cases) == (3 + 5 + 9 + 0 + 60) / 5


def test_leaving_without_being_closed_makes_nothing_safe() -> None:
    assert times.onset_to_safe_so_far(seen(case(outcome=LEFT, ended=HOUR))) == 100.0


def test_detection_dispatch_and_arrival_by_hand() -> None:
    cases = seen(
        case(occurred=0, reported=2 * HOUR, dispatched=3 * HOUR, arrived=7 * HOUR),
        case(occurred=HOUR, reported=7 * HOUR, dispatched=10 * HOUR),
    )

    assert times.detection_delay(cases) == 4.0
    assert times.report_to_dispatch(cases) == 2.0
    assert times.report_to_arrival(cases) == 5.0


def test_joint_response_is_about_joint_cases_of_severity_three_or_worse() -> None:
    cases = seen(
        case(n_support=1, severity=2, assembled=3 * HOUR),
        case(n_support=2, severity=0, assembled=5 * HOUR),
        case(n_support=1, severity=3, assembled=13 * HOUR),
        case(n_support=0, severity=0, assembled=50 * HOUR),
        case(n_support=1, severity=1, reported=60 * HOUR),
    )

    assert times.joint_response_time(cases) == 4.0
    assert times.joint_response_time_so_far(cases) == (3 + 5 + 40) / 3
    assert times.joint_response_time_all(cases) == 7.0
    assert times.joint_response_time_all_so_far(cases) == (3 + 5 + 13 + 40) / 4


def test_a_joint_response_waits_for_the_lead_as_well() -> None:
    """Supports after 3 h, lead after 7 h; lead first, supports after 5 h; supports there, lead not noted."""
    late, early, unnoted = {"arrived": 7 * HOUR}, {"arrived": HOUR}, {}
    cases = seen(
        case(n_support=1, severity=2, assembled=3 * HOUR, **late),
        case(n_support=1, severity=2, assembled=5 * HOUR, **early),
        case(n_support=1, severity=2, assembled=6 * HOUR, **unnoted),
    )

    assert cases.joint_response.tolist() == [7.0, 5.0, 6.0]
    assert cases.joint_response_so_far.tolist() == [7.0, 5.0, 6.0]
    assert cases.joint_response_all.tolist() == [7.0, 5.0, 6.0]


def test_a_joint_case_closed_without_assembling_has_no_joint_response() -> None:
    cases = seen(closed(5, n_support=1, severity=0))

    assert np.isnan([times.joint_response_time(cases), times.joint_response_time_so_far(cases)]).all()


def test_repeats_false_alarms_and_merged_cases_do_not_count() -> None:
    cases = seen(
        closed(2), closed(50, genuine=0), closed(60, parent=0), case(outcome=MERGED, ended=70 * HOUR, parent=0)
    )

    assert len(cases) == 1
    assert times.report_to_close_so_far(cases) == 2.0


def test_hours_are_exact_for_long_runs() -> None:
    year = 10 * 365 * 24 * HOUR
    cases = view(make_log([case(reported=1)], year))

    assert times.report_to_close_so_far(cases) == (year - 1) / 3600
