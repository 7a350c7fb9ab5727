"""Grades against the truth, and what wrong grades cost, by hand."""

import numpy as np
import pytest

from citysim.judging import triage
from citysim.judging.view import View, view
from citysim.log import CLOSED
from citysim.units import GRADES, HOUR, WEEK
from tests.judging.logs import case, make_log


def cases(*pairs: tuple[int, int], **more: int) -> View:
    """One case for each (severity, grade)."""
    return view(make_log([case(severity=s, grade=g, **more) for s, g in pairs], WEEK))


def test_the_confusion_matrix_has_severities_as_rows_and_grades_as_columns() -> None:
    found = triage.confusion(cases((0, 0), (0, 3), (2, 3), (3, 2), (3, 3), (3, 3), (1, -1)))

    assert found.shape == (4, len(GRADES))
    assert found.tolist() == [[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 2]]


def test_an_upgraded_case_is_one_worse_in_hindsight() -> None:
    upgraded = cases((2, 2), (3, 2), upgraded=1)

    assert np.argwhere(triage.confusion(upgraded)).tolist() == [[2, 2], [3, 2]]
    assert np.argwhere(triage.confusion(upgraded, hindsight=True)).tolist() == [[1, 2], [2, 2]]
    assert triage.grade_accuracy(upgraded) == 0.5


def test_an_empty_view_has_an_empty_matrix() -> None:
    assert triage.confusion(cases()).sum() == 0


def test_missed_among_the_serious_and_alarm_among_the_raised() -> None:
    """Serious: I graded red, II graded blue, III yellow, III blue. Raised: I red, III yellow, IV orange."""
    found = cases((0, 0), (1, 3), (2, 2), (2, 3), (3, 1), (3, 3), (3, 3), (0, -1))

    assert triage.under_triage_rate(found) == 2 / 4
    assert triage.over_triage_rate(found) == 1 / 3
    assert triage.grade_accuracy(found) == 4 / 7


def test_grading_everything_red_misses_nothing_and_grading_everything_blue_raises_no_alarm() -> None:
    severities = (0, 1, 2, 3, 3, 3)
    red, blue = cases(*((s, 0) for s in severities)), cases(*((s, 3) for s in severities))

    assert (triage.under_triage_rate(red), triage.over_triage_rate(red)) == (0.0, 5 / 6)
    assert triage.under_triage_rate(blue) == 1.0
    assert np.isnan(triage.over_triage_rate(blue))


def test_harm_of_under_triage_is_what_the_missed_waited_more_than_the_seen() -> None:
    """III (weight 10): missed for 8 and 6 h, seen for 2 h -> 2 x (70 - 20). I was never seen: nothing to compare."""
    rows = [
        case(severity=2, grade=3, safe=8 * HOUR),
        case(severity=2, grade=3, safe=6 * HOUR),
        case(severity=2, grade=2, safe=2 * HOUR),
        case(severity=0, grade=1, safe=5 * HOUR),
        case(severity=3, grade=0, safe=50 * HOUR),
    ]

    assert triage.under_triage_harm(view(make_log(rows, 2 * WEEK))) == pytest.approx(2 * (70 - 20) / 2)


def test_crew_hours_of_over_triage_count_supports() -> None:
    """A leak with two supports, 3 h from arrival to repair; litter alone, 2 h, closed without a repair noted."""
    rows = [
        case(kind=0, severity=3, grade=1, n_support=2, arrived=HOUR, fixed=4 * HOUR),
        case(kind=1, severity=2, grade=0, arrived=HOUR, outcome=CLOSED, ended=3 * HOUR),
        case(kind=1, severity=3, grade=1),
        case(kind=1, severity=2, grade=2, arrived=HOUR, fixed=9 * HOUR),
    ]

    assert triage.over_triage_crew_hours(view(make_log(rows, WEEK))) == 3 * 3 + 2


def test_regradings_are_counted() -> None:
    assert triage.regrade_count(view(make_log([case(regrades=2), case(regrades=1), case()], 2 * WEEK))) == 1.5


def test_the_settled_grade_is_the_last_one() -> None:
    """III seen as blue and put right on site; IV called red and left so."""
    graded = make_log([case(severity=2, grade=2, first_grade=3), case(severity=3, grade=0, first_grade=0)], WEEK)

    assert triage.grade_accuracy(view(graded)) == 0.0
    assert triage.grade_accuracy_settled(view(graded)) == 0.5


def test_shares_of_grades_are_the_rows_of_the_confusion_matrix() -> None:
    """Of three of severity III one was called yellow and two blue; one of IV red."""
    found = cases((2, 2), (2, 3), (2, 3), (3, 0))
    third = found.where(found.severity == 2)

    assert [triage.graded_share(third, grade) for grade in range(4)] == pytest.approx([0, 0, 1 / 3, 2 / 3])
    assert [triage.graded_share(found, grade) for grade in range(4)] == [0.25, 0, 0.25, 0.5]
    assert np.isnan(triage.graded_share(found.where(found.severity == 0), 0))
