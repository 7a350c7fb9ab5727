"""Right hands at once, and good work: shares by hand."""

import numpy as np
import pytest

from citysim.judging import routing
from citysim.judging.view import view
from citysim.log import CLOSED
from citysim.units import CHANNELS, WEEK
from tests.judging.logs import case, make_log

CASES = [
    case(dispatched=1),
    case(dispatched=1, transfers=2),
    case(dispatched=1, transfers=1),
    case(dispatched=1),
    case(),
]


def test_first_dispatch_is_right_if_nothing_came_back() -> None:
    assert routing.first_dispatch_accuracy(view(make_log(CASES, WEEK))) == 0.5


def test_dispatches_count_the_first_one() -> None:
    assert routing.mean_dispatches(view(make_log(CASES, WEEK))) == (1 + 3 + 2 + 1) / 4


def test_returns_are_counted_over_orders() -> None:
    assert routing.return_rate(view(make_log(CASES, WEEK))) == 3 / 7


def test_orders_to_supporting_departments_are_orders() -> None:
    """A leak that needs two supports, one of which refuses once: 1 + 2 + 1 orders. Litter lists no supports."""
    joint = [case(kind=0, n_support=2, dispatched=1, transfers=1)]
    more_than_listed = [case(kind=0, n_support=5, dispatched=1, transfers=1)]
    unlisted = [case(kind=1, n_support=2, dispatched=1, transfers=1)]

    rates = [routing.return_rate(view(make_log(cases, WEEK))) for cases in (joint, more_than_listed, unlisted)]

    assert rates == [1 / 4, 1 / 4, 1 / 2]


def test_rework_is_over_cases_that_were_handled() -> None:
    cases = [
        case(fixed=5, reworks=2, outcome=CLOSED, ended=9),
        case(fixed=5),
        case(reworks=1),
        case(outcome=CLOSED, ended=9),
        case(dispatched=1),
    ]

    assert routing.rework_rate(view(make_log(cases, WEEK))) == 2 / 4


def test_proactive_is_whatever_a_citizen_did_not_find() -> None:
    cases = [case(channel=CHANNELS.index(name)) for name in ("sensor", "video", "patrol", "hotline", "hotline")]

    assert routing.proactive_share(view(make_log(cases, WEEK))) == 0.6


@pytest.mark.parametrize("indicator", ["first_dispatch_accuracy", "mean_dispatches", "return_rate", "rework_rate"])
def test_nothing_dispatched_is_nan(indicator: str) -> None:
    assert np.isnan(getattr(routing, indicator)(view(make_log([case()], WEEK))))
