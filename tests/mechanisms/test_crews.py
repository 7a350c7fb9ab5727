"""Crews and desks: how many, by day and by night, surge call-in, hotline seats, roads that slow down."""

import pytest

from tests.mechanisms.pairs import Arm, Move, clear, difference

pytestmark = [pytest.mark.slow, pytest.mark.study]

COMMAND = "unified_command"
SAFE, ANSWERED = "onset_to_safe_mean", "calls_answered"
SHORT = {"people.utilisation": 0.95, "surge.crews": 5}
SURGE = SHORT | {"surge.waiting": 1}
BLIND, UNSEEN = {"friction.recognised": 0.0}, {"friction.merge_recall": 0.3}
DESK = ("family", "district_seat")
STORMY = ("climate.wind_warning_hours", (150.0,) * 12)

MOVES = [
    Move("few crews", COMMAND, {"people.utilisation": 0.4}, {"people.utilisation": 0.95}, "queue_wait", 1, worlds=3),
    Move("few at night", COMMAND, {"people.night_share": 0.7}, {"people.night_share": 0.15}, SAFE, 1, worlds=3),
    Move("called in", COMMAND, {"surge.waiting": 0}, {"surge.waiting": 1}, "callouts", 1, SHORT, worlds=3),
    Move("called in, the line shrinks", COMMAND, {"surge.waiting": 0}, {"surge.waiting": 1}, "queue_wait", -1, SHORT),
    Move(
        "called in slowly",
        COMMAND,
        {"surge.ready_hours": 0.1},
        {"surge.ready_hours": 12.0},
        "queue_wait",
        1,
        SURGE,
        worlds=3,
    ),
    Move(
        "few seats for callers",
        COMMAND,
        {"people.city_share": 0.5},
        {"people.city_share": 0.08},
        ANSWERED,
        -1,
        worlds=3,
    ),
    Move("false alarms not recognised", COMMAND, {"friction.recognised": 1.0}, BLIND, "trips_in_vain", 1, worlds=3),
    Move(
        "repeats fill the desk", COMMAND, {"friction.merge_recall": 0.95}, UNSEEN, "utilisation", 1, {}, DESK, worlds=3
    ),
    Move("traffic slows crews", COMMAND, {"practice.traffic_slows": 0.0}, {"practice.traffic_slows": 2.0}, SAFE, 1),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_people_and_roads(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found


def test_storms_slow_the_roads() -> None:
    calm, wild = (Arm(COMMAND, city=(STORMY, ("surroundings.travel_in_wind", factor))) for factor in (1.0, 2.5))

    assert clear(difference(calm, wild, lambda scores: scores.get("report_to_arrival_mean")), 1)


def test_those_who_ask_keep_those_who_report_waiting() -> None:
    few, many = (Arm(COMMAND, city=(("reporting.enquiries_per_1000_year", n),)) for n in (100.0, 800.0))

    assert clear(difference(few, many, lambda scores: scores.get("calls_answered")), -1)
