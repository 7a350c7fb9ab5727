"""Sittings, command, and whether streets wait alike, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.judging import fairness, load, meetings
from citysim.judging.load import Pools
from citysim.judging.view import View, view
from citysim.log import CLOSED, Log
from citysim.units import HOUR, WEEK
from citysim.world.geography import rank_chosen
from tests.judging.logs import case, make_log


def gated(*gates: dict[str, int], until: int = 2 * WEEK) -> Log:
    """A seat, the officers of two levels, and gates with an agenda of 20 at 2,500 yuan a sitting."""
    rows = [
        {"family": 0, "scheduled": 100 * HOUR, "busy": 50 * HOUR, "waiting": HOUR, "served": 10, "saturated": 2 * HOUR},
        {"family": 1, "waiting": 6 * HOUR, "served": 2, "scheduled": 20 * HOUR, "unserved": 3, "in_line": 1},
        {"family": 2, "waiting": 2 * HOUR, "served": 2, "scheduled": 20 * HOUR},
        *({"family": 3} | gate for gate in gates),
    ]
    return make_log(
        [], until, rows,
        families=("seat", "duty_officer", "city_officer", "joint_meeting"),
        levels=("city", "district", "city", "district"),
        unit_costs=(50.0, 150.0, 200.0, 2_500.0), agendas=(0, 0, 0, 20),
    )  # fmt: skip


def everyone(log: Log) -> Pools:
    return Pools(log, np.arange(len(log.pool_columns["family"])))


def test_sittings_their_hours_and_their_cost() -> None:
    """Two districts, two sittings each in two weeks; the second had one item in all, so one sitting was not held."""
    log = gated({"scheduled": 40, "served": 35}, {"scheduled": 40, "served": 1})

    assert meetings.sittings(everyone(log)) == (2 + 1) / 2
    assert meetings.meeting_cost(everyone(log)) == 1.5 * 2_500
    assert meetings.meeting_hours(everyone(log)) == 1.5 * 25


def test_items_that_wait_for_a_sitting() -> None:
    """Two districts' meetings: one item is left at one of them at the end of two weeks."""
    log = gated(
        {"scheduled": 40, "served": 28, "waiting": 84 * HOUR},
        {"scheduled": 40, "waiting": 252 * HOUR, "in_line": 1},
    )

    assert meetings.agenda_backlog(everyone(log)) == 1.0
    assert meetings.agenda_wait(everyone(log)) == 12.0
    assert meetings.agenda_used(everyone(log)) == 28 / 80


def test_a_design_without_sittings_has_no_backlog_and_no_wait() -> None:
    log = gated()

    assert (meetings.sittings(everyone(log)), meetings.agenda_backlog(everyone(log))) == (0.0, 0.0)
    assert np.isnan([meetings.agenda_wait(everyone(log)), meetings.agenda_used(everyone(log))]).all()


def test_command_delay_is_the_wait_for_officers_of_all_that_waited() -> None:
    """Of two served at each level, three that gave up and one that still waits."""
    assert meetings.command_delay(everyone(gated())) == 8 / 8
    assert np.isnan(meetings.command_delay(Pools(gated(), np.array([0]))))


def test_places_on_an_agenda_are_not_hours_of_people() -> None:
    """A gate's `scheduled` counts places: it must not count as idle people, nor its line as theirs."""
    plain, with_gate = gated(), gated({"scheduled": 40_000, "waiting": 999 * HOUR, "served": 5, "saturated": WEEK})

    for measure in (load.utilisation, load.saturation_time, load.queue_wait):
        assert measure(everyone(with_gate)) == measure(everyone(plain))
    assert np.isnan(load.utilisation(Pools(with_gate, np.array([3]))))


def streets(*hours: float, kinds: tuple[int, ...] | None = None, cases: int = 20) -> View:
    """A street for each number of hours until closed, with this many cases."""
    rows = [
        case(street=k, kind=kinds[k] if kinds else 1, outcome=CLOSED, ended=int(h * HOUR))
        for k, h in enumerate(hours)
        for _ in range(cases)
    ]
    return view(make_log(rows, WEEK))


def test_streets_that_wait_alike_are_equal() -> None:
    assert fairness.equity_gap(streets(5, 5, 5)) == 1.0
    assert fairness.gini_delay(streets(5, 5, 5)) == pytest.approx(0.0)


def test_gap_and_gini_by_hand() -> None:
    """Delays of 1 and 3 h: index 0.5 and 1.5; P10 = 0.6, P90 = 1.4; Gini of 1 and 3 = 1/4."""
    found = streets(1, 3)

    np.testing.assert_allclose(fairness.delay_index(found)[0], [0.5, 1.5])
    assert fairness.equity_gap(found) == pytest.approx(1.4 / 0.6)
    assert fairness.gini_delay(found) == pytest.approx(0.25)


def test_a_street_is_compared_with_its_own_types() -> None:
    """Leaks take 10 h and litter 1 h everywhere: a street of leaks is not slow."""
    assert fairness.equity_gap(streets(10, 1, kinds=(0, 1))) == 1.0


def test_streets_with_few_cases_are_left_out() -> None:
    assert np.isnan(fairness.equity_gap(streets(1, 3, cases=19)))
    assert np.isnan(fairness.gini_delay(streets(1, 3, cases=19)))


def test_late_reports_count_as_delay() -> None:
    rows = [
        case(street=k, occurred=0, reported=k * 2 * HOUR, outcome=CLOSED, ended=(1 + k * 2) * HOUR)
        for k in (0, 1)
        for _ in range(20)
    ]

    assert fairness.gini_delay(view(make_log(rows, WEEK))) == pytest.approx(0.25)


def test_premium_gap_is_the_delay_of_the_other_streets_over_that_of_the_third_chosen_first() -> None:
    """Three streets: 2 h in the one that is chosen first, 3 and 5 h in the others: 4 / 2. Equal streets: 1."""
    rank = rank_chosen("toy", 3)
    hours = [2.0 if first == 0 else 1.0 + 2.0 * first for first in rank.tolist()]
    log = replace(streets(*hours).log, origin={"scenario": "toy"})

    assert sorted(hours) == [2.0, 3.0, 5.0]
    assert fairness.premium_gap(view(log)) == pytest.approx(2.0)
    assert fairness.premium_gap(view(replace(streets(4, 4, 4).log, origin={"scenario": "toy"}))) == pytest.approx(1.0)
    assert np.isnan(fairness.premium_gap(streets(1, 3, 5)))  # no city, no zones
    assert np.isnan(fairness.premium_gap(view(replace(streets(1, 3, 5, cases=19).log, origin={"scenario": "toy"}))))
