"""Supervision: a ladder of notices that spurs on, wears off and has a staff of its own."""

import pytest

from tests.mechanisms.pairs import Move, clear

pytestmark = [pytest.mark.slow, pytest.mark.study]

MEETING = "joint_meeting"
CLOSING, NOTICES = "report_to_close_mean", "notices_per_case"
WORN, LONG = {"supervision.worn_half": 10.0}, {"supervision.memory_days": 60}
WEARING = {"supervision.effort": 1.0, "supervision.worn_half": 60.0, "supervision.steps": 4}
FEW, MANY = {"supervision.staff": 1}, {"supervision.staff": 5}
STAFF = ("family", "supervisor")

MOVES = [
    Move("notices are written", MEETING, {"supervision.on": False}, {}, "notices_per_case", 1, worlds=3),
    Move("notices help", MEETING, {"supervision.on": False}, {}, CLOSING, -1),
    Move(
        "a longer ladder", MEETING, {"supervision.steps": 1}, {"supervision.steps": 4}, "notices_per_case", 1, worlds=3
    ),
    Move(
        "an earlier next rung",
        MEETING,
        {"supervision.gap_days": 5.0},
        {"supervision.gap_days": 0.5},
        NOTICES,
        1,
        worlds=4,
    ),
    Move("the effort of a notice", MEETING, {"supervision.effort": 0.0}, {"supervision.effort": 1.0}, CLOSING, -1),
    Move("habituation", MEETING, {"supervision.worn_half": 100_000.0}, WORN, CLOSING, 1, {"supervision.effort": 1.0}),
    Move("a long memory", MEETING, {"supervision.memory_days": 1}, LONG, CLOSING, 1, WEARING),
    Move("more staff, more notices", MEETING, FEW, MANY, NOTICES, 1, {"supervision.minutes": 240.0}, worlds=3),
    Move("more staff, no queue", MEETING, FEW, MANY, "queue_wait", -1, {"supervision.minutes": 60.0}, STAFF, worlds=4),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_notices_spur_and_wear_off(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found
