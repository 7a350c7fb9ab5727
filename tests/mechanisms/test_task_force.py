"""The task force: crews that leave the line, owners who work faster, generalists, familiarity, sunset."""

import pytest

from tests.mechanisms.pairs import Move, clear

pytestmark = [pytest.mark.slow, pytest.mark.study]

FORCE = "task_force"
CLOSING = "report_to_close_mean"
BUSY = {"people.utilisation": 0.9}
FEW, MANY = {"task_force.seconded": 0.05}, {"task_force.seconded": 0.5}
GENERAL = {"task_force.generalist": 1.5}
LEARNS = {"task_force.learns": 0.9}
FAST = {"task_force.half_learned": 5.0}
SLOW = {"task_force.mobilise_hours": 8.0}
SURE = {"task_force.misroute": 0.0}

MOVES = [
    Move("more seconded, shorter queue there", FORCE, FEW, MANY, "queue_wait", -1, BUSY, ("family", "task_force")),
    Move("more seconded, longer queue here", FORCE, FEW, MANY, "queue_wait", 1, BUSY, ("family", "crew:CGJ"), worlds=3),
    Move(
        "the line that shrank is full", FORCE, FEW, MANY, "saturation_time", 1, BUSY, ("family", "crew:CGJ"), worlds=3
    ),
    Move("owners work faster", FORCE, {"task_force.ownership": 1.2}, {"task_force.ownership": 0.7}, CLOSING, -1),
    Move("generalists work slower", FORCE, {"task_force.generalist": 1.0}, GENERAL, CLOSING, 1),
    Move("familiarity shortens the hand-off", FORCE, {"task_force.learns": 0.0}, LEARNS, CLOSING, -1, SLOW, worlds=3),
    Move(
        "familiarity comes with cases", FORCE, {"task_force.half_learned": 1_000.0}, FAST, CLOSING, -1, SLOW, worlds=3
    ),
    Move("after its sunset", FORCE, {"task_force.sunset_days": 0}, {"task_force.sunset_days": 7}, CLOSING, 1),
    Move("authority over who does it", FORCE, {"task_force.misroute": 0.3}, SURE, "return_rate", -1, worlds=4),
    Move(
        "authority over who comes",
        FORCE,
        {"task_force.refuse": 0.4},
        {"task_force.refuse": 0.0},
        "return_rate",
        -1,
        worlds=3,
    ),
    Move("its office costs", FORCE, {"task_force.staff": 0}, {}, "cost_total", 1, worlds=3),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_seconding_helps_there_and_hurts_here(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found
