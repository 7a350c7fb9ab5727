"""What the centers know of what is so, by hand."""

import pytest

from citysim.judging.awareness import awareness_gap
from citysim.judging.view import View, view
from citysim.log import CLOSED
from citysim.units import HOUR, WEEK
from tests.judging.logs import case, make_log


def seen(*cases: dict[str, int]) -> View:
    return view(make_log(cases, WEEK))


def mended(hours: int, **columns: int) -> dict[str, int]:
    return case(**{"outcome": CLOSED, "fixed": hours * HOUR, "ended": hours * HOUR, "reported": 2 * HOUR} | columns)


def test_what_is_reported_at_once_is_known_all_the_time() -> None:
    assert awareness_gap(seen(mended(10, occurred=2 * HOUR))) == 0.0


def test_hours_before_the_report_are_unknown() -> None:
    """2 of 10 hours, and 2 of 40: long cases weigh more."""
    assert awareness_gap(seen(mended(10, occurred=0), mended(40, occurred=0))) == pytest.approx(4 / 50)


def test_a_case_reported_done_untouched_is_unknown_while_it_lies() -> None:
    lying = mended(10, occurred=0, false_closures=1, off_clock=3 * HOUR)
    waiting = mended(10, occurred=0, off_clock=3 * HOUR)

    assert awareness_gap(seen(lying)) == pytest.approx(0.5)
    assert awareness_gap(seen(waiting)) == pytest.approx(0.2)


def test_it_is_never_more_than_all_of_the_time() -> None:
    assert awareness_gap(seen(mended(10, occurred=0, false_closures=1, off_clock=99 * HOUR))) == 1.0
