"""The working clock: hours that count, over week-ends and holidays, forwards and backwards."""

import numpy as np
import pytest

from citysim.units import DAY, HOUR, WEEK, WorkingWeek

PLAIN = WorkingWeek()
FESTIVE = WorkingWeek(holidays=(1, 2, 6, 15, -3))
"""Tuesday and Wednesday of the first week; a Sunday, which is free anyway; a Tuesday; a day before time 0."""


def at(day: int, hour: int) -> int:
    return day * DAY + hour * HOUR


@pytest.mark.parametrize(
    ("time", "hours"),
    [
        (at(0, 8), 0), (at(0, 18), 10), (at(1, 12), 10), (at(2, 23), 10), (at(3, 9), 11), (at(7, 0), 40),
        (at(15, 12), 110), (at(16, 9), 111), (-DAY, 0), (-at(1, 12), -6), (-WEEK, -60),
    ],
)  # fmt: skip
def test_a_holiday_does_not_count_and_times_before_0_know_none(time: int, hours: int) -> None:
    assert FESTIVE.elapsed(np.array([[time]])).tolist() == [[hours * HOUR]]


def test_between_is_the_same_with_holidays_as_second_by_second() -> None:
    begin, end = np.array([at(0, 17), at(1, 9), at(2, 12)]), np.array([at(3, 9), at(2, 17), at(8, 9)])
    assert FESTIVE.between(begin, end).tolist() == [2 * HOUR, 0, 41 * HOUR]
    assert PLAIN.between(begin, end).tolist() == [22 * HOUR, 18 * HOUR, 47 * HOUR]


@pytest.mark.parametrize("week", [PLAIN, FESTIVE, WorkingWeek((1,), 0, DAY, (1, 8)), WorkingWeek((6,), holidays=(3,))])
def test_add_gives_the_first_moment_at_which_so_much_has_passed(week: WorkingWeek) -> None:
    rng = np.random.default_rng(1)
    for time, seconds in zip(rng.integers(-WEEK, 3 * WEEK, 200), rng.integers(1, 90 * HOUR, 200), strict=True):
        end = week.add(int(time), int(seconds))
        passed = week.between(np.array([time, time]), np.array([end, end - 1]))
        assert passed.tolist() == [seconds, seconds - 1]


def test_nothing_to_add_stays_where_it_is() -> None:
    assert FESTIVE.add(at(1, 9), 0) == at(1, 9)


def test_a_deadline_that_falls_on_a_holiday_waits_for_the_next_working_day() -> None:
    assert FESTIVE.add(at(0, 17), 2 * HOUR) == at(3, 9)
    assert FESTIVE.add(at(0, 17), HOUR) == at(0, 18)


def test_the_clock_runs_in_a_second_if_that_second_counts() -> None:
    for time in (at(0, 8) - 1, at(0, 8), at(0, 18) - 1, at(0, 18), at(1, 9), at(3, 9), at(6, 9), -DAY, -at(2, 12)):
        counted = FESTIVE.between(np.array(time), np.array(time + 1))
        assert FESTIVE.runs_at(time) == bool(counted)
