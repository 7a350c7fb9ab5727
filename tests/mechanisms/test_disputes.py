"""Who does what: disputes, wrong orders, refusals, hand-offs one after another, and the street's whistle."""

import pytest

from tests.mechanisms.pairs import Arm, Move, clear, difference

pytestmark = [pytest.mark.slow, pytest.mark.study]

FRAGMENTED, LEAD = "fragmented", "lead_department"
CLOSING = "report_to_close_mean"
OLDER = {"disputes.ageing_low_hours": 216.0, "disputes.ageing_high_hours": 720.0}
AT_ONCE = {"disputes.ageing_low_hours": 1.0, "disputes.ageing_high_hours": 2.0}

MOVES = [
    Move("a dispute delays", FRAGMENTED, {"disputes.share": 0.0}, {}, "report_to_close_mean", 1, worlds=3),
    Move("disputes age", FRAGMENTED, {}, OLDER, "backlog_age_p90", 1, worlds=3),
    Move("a dispute holds up the party", FRAGMENTED, AT_ONCE, {}, "joint_response_time_so_far", 1),
    Move("a wrong order", FRAGMENTED, {"friction.misroute": 0.0}, {}, "first_dispatch_accuracy", -1, worlds=3),
    Move("a refusal is a return", FRAGMENTED, {"friction.refuse": 0.0}, {}, "return_rate", 1, worlds=3),
    Move("a returned case lies", FRAGMENTED, {"friction.bounce_hours": 0.1}, {}, "report_to_close_mean", 1, worlds=3),
    Move("peers refuse", LEAD, {"friction.refuse": 0.0}, {"friction.refuse": 0.38}, "return_rate", 1, worlds=3),
    Move("peers who refuse cost time", LEAD, {"friction.refuse": 0.0}, {"friction.refuse": 0.38}, CLOSING, 1, worlds=3),
    Move("the lead settles slowly", LEAD, {"disputes.settle_hours": 1.0}, {}, CLOSING, 1, worlds=3),
    Move("whistles are counted", LEAD, {"whistle.share": 0.0}, {"whistle.share": 0.8}, "whistles", 1, worlds=3),
    Move("a whistle brings departments", LEAD, {"whistle.share": 0.0}, {"whistle.share": 0.8}, CLOSING, -1, worlds=3),
    Move("a slow whistle", LEAD, {}, {"whistle.mobilise_hours": 24.0}, CLOSING, 1, {"whistle.share": 0.8}, worlds=3),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_what_is_not_agreed_costs_time(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found


@pytest.mark.parametrize("indicator", ["report_to_close_mean", "joint_response_time_so_far"])
def test_requests_at_the_same_time_are_faster_than_one_after_another(indicator: str) -> None:
    """Both with the numbers of fragmentation, so that only the sentence differs."""
    one_by_one, together = Arm(FRAGMENTED), Arm(LEAD, like=FRAGMENTED)

    assert clear(difference(one_by_one, together, lambda scores: scores.get(indicator)), -1)
