"""Backlog, pools, harm and cost, by hand."""

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.judging import costs, harm, load
from citysim.judging.load import Pools
from citysim.judging.series import SAFE_EDGES_HOURS, backlog_series, safe_hours
from citysim.judging.view import view, view_all
from citysim.log import CLOSED, LEFT, MERGED, Log
from citysim.units import HOUR, WEEK
from tests.judging.logs import case, make_log

RESIDENTS = [150_000.0, 50_000.0]


def pools(log: Log, *rows: int) -> Pools:
    return Pools(log, np.array(rows, dtype=np.int64))


def busy_log() -> Log:
    """A week; one seat and two crews."""
    rows = [
        {"family": 0, "scheduled": 168 * HOUR, "busy": 42 * HOUR, "served": 10, "waiting": 5 * HOUR},
        {"family": 1, "scheduled": 100 * HOUR, "busy": 110 * HOUR, "served": 4, "waiting": 8 * HOUR, "saturated": HOUR},
        {"family": 1, "scheduled": 68 * HOUR, "saturated": 3 * HOUR},
    ]
    cases = [case(outcome=CLOSED, ended=HOUR)] * 4 + [case(), case(genuine=0, outcome=CLOSED, ended=HOUR)]
    return make_log(cases, WEEK, rows)


def test_backlog_is_what_is_open_at_the_end() -> None:
    cases = [case(), case(outcome=CLOSED, ended=5), case(outcome=LEFT, ended=5), case(genuine=0), case(parent=0)]
    log = make_log(cases, WEEK)

    assert load.backlog(view(log)) == 1
    assert load.backlog_all(view_all(log)) == 3


def test_mean_backlog_is_case_hours_over_hours() -> None:
    """Open for 10 of 100 hours, for the last 20, and gone after 5 without being closed."""
    cases = [case(outcome=CLOSED, ended=10 * HOUR), case(reported=80 * HOUR), case(outcome=LEFT, ended=5 * HOUR)]

    assert load.backlog_mean(view(make_log(cases, 100 * HOUR))) == pytest.approx(0.35)


def test_age_of_the_backlog() -> None:
    cases = [case(reported=k * HOUR) for k in range(11)] + [case(outcome=CLOSED, ended=5)]

    assert load.backlog_age_p90(view(make_log(cases, 100 * HOUR))) == 99.0
    assert np.isnan(load.backlog_age_p90(view(make_log(cases[-1:], 100 * HOUR))))


def test_recorded_repeated_and_false() -> None:
    cases = [case(), case(), case(parent=0), case(outcome=MERGED, parent=0, ended=5), case(genuine=0)]
    log = make_log(cases, 2 * WEEK)

    assert load.recorded_cases(view(log)) == 1.0
    assert load.repeat_reports(view_all(log)) == 1.0
    assert load.false_alarms(view_all(log)) == 0.5
    assert load.recorded_cases_per_1000_year(view(log, RESIDENTS)) == pytest.approx(2 / 200 * 365 / 14)
    assert np.isnan(load.recorded_cases_per_1000_year(view(log)))


def test_utilisation_saturation_and_wait() -> None:
    log = busy_log()

    assert load.utilisation(pools(log, 0)) == 0.25
    assert load.utilisation(pools(log, 1)) == pytest.approx(1.1)
    assert load.utilisation(pools(log, 0, 1, 2)) == pytest.approx(152 / 336)
    assert load.saturation_time(pools(log, 1, 2)) == pytest.approx(2.0)
    assert load.queue_wait(pools(log, 0, 1, 2)) == pytest.approx(13 / 14)
    assert np.isnan(
        [load.utilisation(pools(log)), load.saturation_time(pools(log)), load.queue_wait(pools(log, 2))]
    ).all()


def test_cost_is_shifts_and_overhead() -> None:
    """168 seat-hours at 50 yuan, 168 crew-hours at 200, 1,000 yuan of overhead; four genuine cases closed."""
    log = busy_log()

    assert costs.staff_cost(pools(log, 0)) == pytest.approx(8_400)
    assert costs.cost_total(pools(log, 0, 1, 2), view_all(log)) == pytest.approx(8_400 + 33_600 + 1_000)
    assert costs.cost_per_closed(pools(log, 0, 1, 2), view_all(log)) == pytest.approx(43_000 / 4)


def test_sittings_and_callouts_cost_too() -> None:
    """Two weeks: one sitting of 20 places each week at 2,500 yuan, three callouts; gates have no unit-hours."""
    gate = {"family": 1, "scheduled": 40, "served": 30}
    log = make_log([case(callouts=2), case(callouts=1)], 2 * WEEK, [gate], agendas=(0, 20), unit_costs=(50.0, 2_500.0))

    assert costs.staff_cost(pools(log, 0)) == 0
    assert costs.callout_cost(view_all(log)) == 750
    assert costs.cost_total(pools(log, 0), view_all(log)) == pytest.approx(2_500 + 750 + 1_000)


def test_cost_per_closed_of_two_weeks_is_the_cost_of_two_weeks() -> None:
    log = make_log([case(outcome=CLOSED, ended=5)], 2 * WEEK, [{"family": 0, "scheduled": 336 * HOUR}])

    assert costs.cost_per_closed(pools(log, 0), view_all(log)) == pytest.approx(2 * (168 * 50 + 1_000))


def test_harm_weighs_unsafe_hours_by_severity_and_caps_them() -> None:
    """I: 2 h. II: 100 h, capped at 72. III: not safe for 8 h yet. IV: 1 h. False alarm: nothing."""
    until = 2 * WEEK
    cases = [
        case(severity=0, safe=2 * HOUR),
        case(severity=1, outcome=CLOSED, ended=100 * HOUR),
        case(severity=2, occurred=until - 8 * HOUR, reported=until - 7 * HOUR),
        case(severity=3, fixed=HOUR),
        case(severity=0, genuine=0),
    ]
    log = make_log(cases, until)
    total = 1000 * 2 + 100 * 72 + 10 * 8 + 1

    assert harm.harm_total(view(log)) == pytest.approx(total / 2)
    assert harm.harm_proxy(view(log, RESIDENTS)) == pytest.approx(total / 2 / 2)
    assert np.isnan(harm.harm_proxy(view(log)))


def test_residents_must_be_one_number_for_each_district() -> None:
    with pytest.raises(DataError, match=r"3 numbers.*2 districts"):
        view(make_log([case()], WEEK), [1.0, 2.0, 3.0])


def test_backlog_over_time_by_hand() -> None:
    cases = [
        case(reported=0, outcome=CLOSED, ended=6 * HOUR),
        case(reported=6 * HOUR),
        case(reported=7 * HOUR, outcome=LEFT, ended=13 * HOUR),
        case(reported=7 * HOUR, genuine=0),
    ]
    log = make_log(cases, 15 * HOUR)
    found = backlog_series(log)

    assert (found.times // HOUR).tolist() == [0, 6, 12, 15]
    assert found.open_cases.tolist() == [1, 1, 2, 1]
    assert found.open_cases[-1] == load.backlog(view(log))


def test_hours_until_safe_in_bins() -> None:
    edges = SAFE_EDGES_HOURS
    assert edges[11] == pytest.approx(1.0)
    cases = [
        case(severity=0, safe=0),
        case(severity=0, safe=int(1.1 * HOUR)),
        case(severity=3, safe=int(1.1 * HOUR)),
        case(severity=1),
    ]
    found = safe_hours(view(make_log(cases, WEEK)))

    assert found.counts[0, 0] == 1
    assert found.counts[0, 11] == found.counts[3, 11] == 1
    assert found.counts.sum() == 3
    assert found.unsafe.tolist() == [0, 1, 0, 0]
