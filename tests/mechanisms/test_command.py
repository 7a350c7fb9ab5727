"""Unified command: officers who saturate, pre-plans, orders past a level, pre-emption, mutual aid."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from citysim.engines.simulate import simulate
from citysim.judging.scorecard import judge
from citysim.policy.catalog import load_policy
from citysim.policy.files import dump_policy
from citysim.policy.policy import Policy
from citysim.statistics.pairs import paired_difference
from tests.mechanisms.pairs import WORLDS, Arm, Move, clear, world

pytestmark = [pytest.mark.slow, pytest.mark.study]

COMMAND = "unified_command"
CLOSING, ARRIVAL, SAFE = "report_to_close_mean", "report_to_arrival_mean", "onset_to_safe_mean"
MANY, ONE = {"command.district_officers": 10}, {"command.district_officers": 1}
PLANNED, UNPLANNED = {"command.preplanned": 1.0}, {"command.preplanned": 0.0}
NO_PLAN = {"command.no_plan_minutes": 120.0}
SKIP, COLLIDE, SMOOTH = {"command.skips": 1.0}, {"command.conflicts": 1.0}, {"command.conflicts": 0.0}
SKIP_SLOWLY = SKIP | {"command.conflict_hours": 12.0}
NEEDY = {"people.utilisation": 0.97, "people.night_share": 0.05, "command.aid_travel": 1.0, "surge.waiting": 0}
SHORT = {"people.utilisation": 0.9, "people.night_share": 0.1}
ORANGE, THIRD = ("risk_grade", "orange"), ("severity", "III")

MOVES = [
    Move("few officers", COMMAND, MANY, ONE, "command_delay", 1),
    Move("a queue for the officer", COMMAND, MANY, ONE, "queue_wait", 1, {}, ("family", "duty_officer")),
    Move(
        "quarrels take officers",
        COMMAND,
        {"disputes.settle_hours": 0.1},
        {"disputes.settle_hours": 4.0},
        "command_delay",
        1,
        ONE,
    ),
    Move(
        "who has waited long does without an officer",
        COMMAND,
        {"command.alone_after": 720.0},
        {"command.alone_after": 0.5},
        "command_delay",
        -1,
        ONE,
    ),
    Move("no pre-plan", COMMAND, PLANNED, UNPLANNED, "utilisation", 1, NO_PLAN, ("family", "duty_officer"), worlds=3),
    Move(
        "slow decisions",
        COMMAND,
        {},
        {"command.decision_minutes": 120.0},
        "utilisation",
        1,
        {},
        ("family", "duty_officer"),
        worlds=3,
    ),
    Move("orders past the district collide", COMMAND, {"command.skips": 0.0}, SKIP, "conflicts", 1, COLLIDE),
    Move("collisions by chance", COMMAND, {"command.conflicts": 0.0}, COLLIDE, "conflicts", 1, SKIP),
    Move("collisions cost time", COMMAND, {"command.conflicts": 0.0}, COLLIDE, CLOSING, 1, SKIP_SLOWLY, ORANGE),
    Move("passing levels costs time", COMMAND, {"command.skips": 0.0}, SKIP, CLOSING, -1, SMOOTH, ("severity", "II")),
    Move(
        "the neighbour helps",
        COMMAND,
        {"command.aid": False},
        {"command.aid": True},
        ARRIVAL,
        -1,
        NEEDY,
        THIRD,
        worlds=15,
    ),
    Move(
        "the neighbour is far",
        COMMAND,
        {"command.aid_travel": 1.0},
        {"command.aid_travel": 10.0},
        SAFE,
        1,
        SHORT,
        worlds=4,
    ),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_command_is_a_server(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found


def test_the_urgent_take_crews_off_other_work(tmp_path: Path) -> None:
    """The same sentence once without pre-emption, in a city short of crews: the urgent wait, the others do not."""
    taking = Arm(COMMAND, tuple(NEEDY.items())).policy()
    text = dump_policy(taking)
    assert "preempt: true" in text
    (tmp_path / "waiting.yaml").write_text(text.replace("preempt: true", "preempt: false"), "utf8")
    waiting = load_policy(tmp_path / "waiting.yaml")

    def arrival(policy: Policy, severity: str) -> npt.NDArray[np.float64]:
        logs = (judge(simulate(world(k), policy, steps=False)) for k in range(3 * WORLDS))
        return np.array([scores.get(ARRIVAL, "severity", severity) for scores in logs])

    assert clear(paired_difference(arrival(taking, "II"), arrival(waiting, "II")), -1)
