"""The intelligent hub: automation by grade, errors that drift, automation bias, wrong mergers, outages."""

import pytest

from tests.mechanisms.pairs import Arm, Move, clear, difference

pytestmark = [pytest.mark.slow, pytest.mark.study]

HUB = "unified_command_ai"
CLOSING, RIGHT = "report_to_close_mean", "first_dispatch_accuracy"
SEATS = ("family", "district_seat")
ADVISE = {"machine.auto_from": 4, "machine.confirm_from": 4}
AUTO = {"machine.auto_from": 0, "machine.confirm_from": 0}
CONFIRM = {"machine.auto_from": 4, "machine.confirm_from": 0}
DRIFT = {"machine.drift_per_day": 0.02}
TRUST = {"machine.confirms_wrongly": 1.0}
WRONG = CONFIRM | {"machine.misroute": 0.2}
MERGED = {"friction.wrong_merge": 0.03}
UNSEEN = {"friction.merge_recall": 0.3}
BLUNT = {"machine.score_error": 2.0}

MOVES = [
    Move("automation frees desks", HUB, ADVISE, AUTO, "utilisation", -1, {}, SEATS, worlds=3),
    Move("automation is faster", HUB, ADVISE, AUTO, CLOSING, -1, {"friction.wrong_merge": 0.0}, worlds=4),
    Move("one key press is less than a triage", HUB, ADVISE, CONFIRM, "utilisation", -1, {}, SEATS, worlds=3),
    Move("the classifier errs", HUB, {"machine.misroute": 0.0}, {"machine.misroute": 0.2}, "return_rate", 1, worlds=3),
    Move("it drifts", HUB, {"machine.drift_per_day": 0.0}, DRIFT, "first_dispatch_accuracy", -1, worlds=3),
    Move("trained seldom", HUB, {"machine.retrain_days": 2}, {"machine.retrain_days": 90}, RIGHT, -1, DRIFT, worlds=3),
    Move("people let errors pass", HUB, {"machine.confirms_wrongly": 0.0}, TRUST, RIGHT, -1, WRONG, worlds=3),
    Move("wrong mergers", HUB, {"friction.wrong_merge": 0.0}, MERGED, "wrong_merge_rate", 1, worlds=3),
    Move("wrong mergers cost time", HUB, {"friction.wrong_merge": 0.0}, MERGED, CLOSING, 1, worlds=3),
    Move("repeats not seen as such", HUB, {"friction.merge_recall": 0.95}, UNSEEN, "utilisation", 1, worlds=3),
    Move(
        "a blunt score", HUB, {"machine.score_error": 0.3}, {"machine.score_error": 2.0}, "grade_accuracy", -1, worlds=3
    ),
    Move("a blunt score cries wolf", HUB, {"machine.score_error": 0.3}, BLUNT, "over_triage_rate", 1, worlds=3),
    Move("fewer seats are fuller", HUB, {"machine.seats": 1.5}, {"machine.seats": 0.2}, "utilisation", 1, {}, SEATS),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_the_hub_saves_and_errs(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found


def test_without_the_cloud_people_take_over() -> None:
    """Outages a hundred times as often as usual: desks that the hub had emptied fill again, and err as people do."""
    up, down = (Arm(HUB, city=(("surroundings.cloud_outages_per_year", n),)) for n in (0.0, 150.0))

    assert clear(difference(up, down, lambda scores: scores.get("utilisation", *SEATS)), 1)
    assert clear(difference(up, down, lambda scores: scores.get(RIGHT)), -1)
