"""The joint meeting: its period, its agenda, what it carries over, its bypass and what attendance costs."""

import pytest

from tests.mechanisms.pairs import Move, clear

pytestmark = [pytest.mark.slow, pytest.mark.study]

MEETING = "joint_meeting"
CLOSING, PARTY = "report_to_close_mean", "joint_response_time_so_far"
TABLED = {"meeting.blue_share": 0.2}
LOOSE = {"meeting.resolves": 0.3}
RARE = {"meeting.period_days": 14.0}
QUICK = {"meeting.convene_days": 0.1}
ON_DEMAND = TABLED | {"meeting.period_days": 0.0}
SLOW_BYPASS = {"meeting.bypass_hours": 48.0}
QUARREL = {"disputes.share": 1.0}

MOVES = [
    Move("what fails is carried over", MEETING, {"meeting.resolves": 1.0}, LOOSE, "agenda_wait", 1, TABLED, worlds=4),
    Move(
        "carried over, it fills the agenda",
        MEETING,
        {"meeting.resolves": 1.0},
        LOOSE,
        "agenda_used",
        1,
        TABLED,
        worlds=3,
    ),
    Move("carried over, it holds up the party", MEETING, {"meeting.resolves": 1.0}, LOOSE, PARTY, 1, TABLED),
    Move(
        "a short agenda", MEETING, {"meeting.agenda": 40}, {"meeting.agenda": 2}, "agenda_backlog", 1, TABLED, worlds=3
    ),
    Move(
        "a short agenda is full",
        MEETING,
        {"meeting.agenda": 40},
        {"meeting.agenda": 2},
        "agenda_used",
        1,
        TABLED,
        worlds=3,
    ),
    Move("a rare meeting", MEETING, {"meeting.period_days": 1.0}, RARE, "agenda_wait", 1, TABLED, worlds=4),
    Move("a rare meeting holds up the party", MEETING, {"meeting.period_days": 1.0}, RARE, PARTY, 1, TABLED),
    Move("a rare meeting sits less", MEETING, {"meeting.period_days": 1.0}, RARE, "sittings", -1, TABLED, worlds=3),
    Move("on demand nobody waits", MEETING, {"meeting.period_days": 0.0}, {}, "agenda_wait", 1, TABLED, worlds=3),
    Move("slowly convened", MEETING, QUICK, {"meeting.convene_days": 14.0}, CLOSING, 1, ON_DEMAND),
    Move("the urgent go round it", MEETING, {"meeting.bypass_hours": 0.1}, SLOW_BYPASS, PARTY, 1, QUARREL),
    Move("all tabled", MEETING, {"meeting.blue_share": 0.0}, TABLED, "agenda_used", 1, worlds=3),
    Move("attendance in hours", MEETING, {"meeting.attendees": 5}, {"meeting.attendees": 20}, "meeting_hours", 1),
    Move("attendance in money", MEETING, {"meeting.attendees": 5}, {"meeting.attendees": 20}, "meeting_cost", 1),
    Move("long sittings", MEETING, {"meeting.attendance_hours": 0.5}, {}, "meeting_hours", 1),
    Move("dear sittings", MEETING, {"meeting.yuan_per_hour": 0.0}, {}, "cost_total", 1),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_the_meeting_is_a_queue(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found
