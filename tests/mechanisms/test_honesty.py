"""The two clocks, and how honestly work ends: extensions, shelving, false closure, root causes, rework."""

import pytest

from tests.mechanisms.pairs import Move, clear

pytestmark = [pytest.mark.slow, pytest.mark.study]

FRAGMENTED = "fragmented"
OFFICIAL, GAP, SAFE, BACKLOG = "on_time_closure_rate", "official_true_gap", "onset_to_safe_so_far_mean", "backlog"
GRANTED, SHELVED = {"clocks.extended": 0.9}, {"clocks.shelved": 0.2}
FALSE, CAUGHT = {"candour.false_closure": 0.15}, {"candour.caught": 1.0}

MOVES = [
    Move("extensions", FRAGMENTED, {"clocks.extended": 0.0}, {"clocks.extended": 0.9}, "extension_rate", 1, worlds=3),
    Move("extensions flatter", FRAGMENTED, {"clocks.extended": 0.0}, {"clocks.extended": 0.9}, OFFICIAL, 1, worlds=3),
    Move("the truth of it", FRAGMENTED, {"clocks.extended": 0.0}, {"clocks.extended": 0.9}, "on_time_gap", 1, worlds=3),
    Move("shelving", FRAGMENTED, {"clocks.shelved": 0.0}, {"clocks.shelved": 0.2}, "shelve_rate", 1, worlds=3),
    Move("shelving flatters", FRAGMENTED, {"clocks.shelved": 0.0}, {"clocks.shelved": 0.2}, GAP, 1, worlds=3),
    Move(
        "long extensions",
        FRAGMENTED,
        {"clocks.extension_days": 0.5},
        {"clocks.extension_days": 20.0},
        GAP,
        1,
        GRANTED,
        worlds=3,
    ),
    Move(
        "long shelving",
        FRAGMENTED,
        {"clocks.shelving_days": 1.0},
        {"clocks.shelving_days": 90.0},
        BACKLOG,
        1,
        SHELVED,
        worlds=3,
    ),
    Move("done without work", FRAGMENTED, {"candour.false_closure": 0.0}, FALSE, "false_closure_rate", 1, worlds=3),
    Move(
        "verification finds it",
        FRAGMENTED,
        {"candour.caught": 0.0},
        CAUGHT,
        "false_closures_caught",
        1,
        FALSE,
        worlds=3,
    ),
    Move("found out early", FRAGMENTED, {"candour.caught": 0.0}, CAUGHT, GAP, -1, FALSE, worlds=3),
    Move(
        "found out late",
        FRAGMENTED,
        {"candour.found_out_days": 0.5},
        {"candour.found_out_days": 20.0},
        SAFE,
        1,
        FALSE,
        worlds=3,
    ),
    Move(
        "it comes back",
        FRAGMENTED,
        {"candour.root_cause": 1.0},
        {"candour.root_cause": 0.0},
        "recurrence_rate",
        1,
        worlds=3,
    ),
    Move("bad work", FRAGMENTED, {"friction.fails": 0.0}, {"friction.fails": 0.2}, "rework_rate", 1, worlds=3),
    Move(
        "bad work costs time",
        FRAGMENTED,
        {"friction.fails": 0.0},
        {"friction.fails": 0.2},
        "report_to_close_mean",
        1,
        worlds=4,
    ),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_official_figures_look_better_than_the_truth(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found
