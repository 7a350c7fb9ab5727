"""Risk grading: thresholds that move with weather and load, hysteresis, and looking again."""

import pytest

from tests.mechanisms.pairs import Move, clear

pytestmark = [pytest.mark.slow, pytest.mark.study]

COMMAND = "unified_command"
ALL = ("all", "all")
SETTLED, RAISED = "grade_accuracy_settled", "over_triage_rate"
STATIC, WEATHER, LOAD = ({"risk.rule": rule} for rule in ("static", "weather", "load"))
STORMY = (("climate.wind_warning_hours", (150.0,) * 12),)
SMALL_DESK = {"people.district_day": 1, "people.district_night": 1, "friction.triage_minutes": 30.0}
LOADED = SMALL_DESK | {"risk.rule": "load", "friction.triage_minutes": 10.0, "risk.relaxed": 3, "risk.crowded": 12}
DIM = {"risk.on_site_error": 2.0}
PANEL = {"risk.panel": True, "risk.on_site_error": 1.0}
DIMMER = DIM | {"risk.panel": True}

MOVES = [
    Move("in storms more is taken seriously", COMMAND, STATIC, WEATHER, "over_triage_rate", 1, {}, ALL, STORMY),
    Move("under load more is taken seriously", COMMAND, STATIC, LOAD, "over_triage_rate", 1, SMALL_DESK, worlds=4),
    Move(
        "hysteresis keeps the alert", COMMAND, {"risk.relaxed": 11}, {"risk.relaxed": 0}, RAISED, 1, LOADED, worlds=15
    ),
    Move("an early alert", COMMAND, {"risk.crowded": 40}, {"risk.crowded": 4}, RAISED, 1, LOADED),
    Move("experts see sharper", COMMAND, {"risk.panel": False}, {"risk.panel": True}, SETTLED, 1, DIM, worlds=3),
    Move("better experts", COMMAND, {"risk.panel_error": 1.0}, {"risk.panel_error": 0.05}, SETTLED, 1, PANEL),
    Move(
        "experts who come late",
        COMMAND,
        {"risk.panel_hours": 1.0},
        {"risk.panel_hours": 240.0},
        SETTLED,
        -1,
        DIMMER,
        worlds=3,
    ),
    Move("later reports are evidence", COMMAND, {"risk.evidence": 0}, {"risk.evidence": 1}, "regrade_count", 1),
    Move(
        "who stands there sees", COMMAND, {"risk.on_site_error": 1.0}, {"risk.on_site_error": 0.0}, SETTLED, 1, worlds=3
    ),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_thresholds_and_second_looks(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found
