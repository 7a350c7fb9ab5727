"""Was it in time? Hand-computed deadlines on both clocks, at their edges, over a week-end, with off-clock time."""

import numpy as np
import pytest

from citysim.judging import times
from citysim.judging.view import view
from citysim.log import CLOSED, LEFT
from citysim.units import DAY, HOUR, WEEK
from tests.judging.logs import case, make_log

LEAK, LITTER, SURVEY = 0, 1, 2


def judged(*cases: dict[str, int], until: int = WEEK) -> tuple[list[bool], list[bool]]:
    """Due and met on the official clock, case by case."""
    seen = view(make_log(cases, until))
    return seen.due_official.tolist(), seen.met_official.tolist()


def closed(ended: int, **columns: int) -> dict[str, int]:
    return case(**({"kind": LEAK, "filed": 0, "outcome": CLOSED, "ended": ended} | columns))


def test_closing_at_the_deadline_is_in_time_and_a_second_later_is_not() -> None:
    assert judged(closed(10 * HOUR), closed(10 * HOUR + 1)) == ([True, True], [True, False])


def test_only_deadlines_before_the_end_of_the_run_count() -> None:
    last_due = case(kind=LEAK, filed=WEEK - 10 * HOUR - 1, reported=WEEK - 10 * HOUR - 1)
    not_due = case(kind=LEAK, filed=WEEK - 10 * HOUR, reported=WEEK - 10 * HOUR)

    assert judged(last_due, not_due) == ([True, False], [False, False])


def test_a_case_closed_early_is_not_due_if_its_deadline_lies_beyond_the_run() -> None:
    early = closed(WEEK - HOUR, filed=WEEK - 2 * HOUR, reported=WEEK - 2 * HOUR)

    assert judged(early) == ([False], [False])


def test_open_past_its_deadline_is_late() -> None:
    seen = view(make_log([case(kind=LEAK, filed=0), closed(HOUR)], WEEK))

    assert times.on_time_closure_rate(seen) == 0.5


def test_a_case_that_left_without_being_closed_is_late() -> None:
    assert judged(case(kind=LEAK, filed=0, outcome=LEFT, ended=HOUR)) == ([True], [False])


def test_off_clock_time_moves_the_official_deadline_only() -> None:
    bounced = closed(14 * HOUR, off_clock=4 * HOUR)
    seen = view(make_log([bounced], WEEK))

    assert times.on_time_closure_rate(seen) == 1.0
    assert times.on_time_closure_rate_true(seen) == 0.0
    assert times.on_time_gap(seen) == 1.0
    assert judged(bounced, until=14 * HOUR)[0] == [False]
    assert judged(bounced, until=14 * HOUR + 1)[0] == [True]


def test_the_official_clock_starts_at_filing_the_true_one_at_the_report_the_strictest_at_onset() -> None:
    seen = view(make_log([closed(12 * HOUR, occurred=0, reported=HOUR, filed=3 * HOUR)], WEEK))
    late_by_onset = view(make_log([closed(11 * HOUR, occurred=0, reported=HOUR, filed=2 * HOUR)], WEEK))

    assert [times.on_time_closure_rate(seen), times.on_time_closure_rate_true(seen)] == [1.0, 0.0]
    assert [times.on_time_closure_rate_true(late_by_onset), times.on_time_closure_rate_onset(late_by_onset)] == [1, 0]


def test_without_filing_there_is_no_official_clock() -> None:
    never_filed = case(kind=LEAK, outcome=CLOSED, ended=HOUR)

    assert judged(never_filed) == ([False], [False])
    assert times.on_time_closure_rate_true(view(make_log([never_filed], WEEK))) == 1.0


def test_a_type_without_a_limit_is_never_due() -> None:
    assert judged(closed(100 * HOUR, kind=SURVEY)) == ([False], [False])


def test_the_working_clock_stands_still_over_a_sunday() -> None:
    saturday_17 = 5 * DAY + 17 * HOUR
    monday = 7 * DAY
    in_time = closed(monday + 17 * HOUR, kind=LITTER, filed=saturday_17, reported=saturday_17)
    late = closed(monday + 17 * HOUR + 1, kind=LITTER, filed=saturday_17, reported=saturday_17)

    # one working hour on Saturday, nine on Monday (8 to 17): 48 calendar hours
    assert judged(in_time, late, until=2 * WEEK) == ([True, True], [True, False])


def test_the_window_uses_the_working_clock_too() -> None:
    saturday_17 = 5 * DAY + 17 * HOUR
    waiting = case(kind=LITTER, filed=saturday_17, reported=saturday_17)

    assert judged(waiting, until=7 * DAY + 17 * HOUR) == ([False], [False])
    assert judged(waiting, until=7 * DAY + 17 * HOUR + 1) == ([True], [False])


def test_off_clock_time_on_the_working_clock_counts_as_much_as_the_case_worked() -> None:
    """Monday 8 to Tuesday 20: 36 hours, 20 of them working; 18 hours off the clock count as 10 working hours."""
    facts = {"kind": LITTER, "filed": 8 * HOUR, "reported": 8 * HOUR}
    enough = closed(DAY + 20 * HOUR, off_clock=18 * HOUR, **facts)
    too_little = closed(DAY + 20 * HOUR, off_clock=18 * HOUR - 2, **facts)

    assert judged(enough, too_little) == ([True, True], [True, False])


def test_nothing_due_is_nan_and_not_zero() -> None:
    seen = view(make_log([closed(HOUR, kind=SURVEY)], WEEK))

    assert np.isnan([times.on_time_closure_rate(seen), times.on_time_gap(seen), times.closure_rate(seen)]).all()


def test_late_closing_counts_as_closed() -> None:
    seen = view(make_log([closed(50 * HOUR), case(kind=LEAK, filed=0)], WEEK))

    assert (times.closure_rate(seen), times.on_time_closure_rate(seen)) == (0.5, 0.0)


def test_urgent_are_the_types_of_the_emergency_line() -> None:
    litter_late = closed(5 * DAY, kind=LITTER)

    assert times.urgent_on_time(view(make_log([closed(HOUR), litter_late], WEEK))) == 1.0


def test_the_gap_is_what_the_official_clock_does_not_show() -> None:
    """True 14 h, official 14 - 2 - 4 = 8 h; an open case and one never filed have no gap."""
    cases = [closed(14 * HOUR, filed=2 * HOUR, off_clock=4 * HOUR), case(kind=LEAK), closed(HOUR, filed=-1)]

    assert times.official_true_gap(view(make_log(cases, WEEK))) == pytest.approx(6.0)
