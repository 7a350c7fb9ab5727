"""A governed run that goes on under another policy: the same past, all that was learned, and levers that hold at once
or from the committee's next step on."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from citysim.committee.govern import Governed, govern
from citysim.committee.turning import Turn, check_turn
from citysim.engines.simulate import ENGINES, Engine
from citysim.errors import InputError, PolicyError
from citysim.policy.catalog import DESIGNS
from citysim.policy.policy import Policy
from citysim.units import DAY, HOUR, WEEK
from tests.committee.bodies import city, integrated

QUICK = {"plenary_weeks": 1, "lag_days": 0.0}
MOMENTS = {"boundary": WEEK, "mid-week": WEEK + 2 * DAY + 14 * HOUR, "before the first step": 3 * DAY}


def run(policy: Policy, turn: Turn | None = None, weeks: int = 3, **more: Any) -> Governed:
    return govern(city("toy"), policy, seed=11, replication=0, weeks=weeks, turn=turn, **{"steps": True, **more})


def other_numbers(policy: Policy) -> Policy:
    """The same sentence and committee, whose machine sends more orders to the wrong department."""
    assert policy.source is not None
    levers = policy.source.levers
    levers = replace(levers, machine=replace(levers.machine, misroute=0.6))
    built = DESIGNS[policy.source.design].build(levers)
    return built.with_(name="more", governance=policy.governance, source=replace(policy.source, levers=levers))


def until(governed: Governed, at: int) -> set[tuple[int, ...]]:
    """Step rows before a moment."""
    steps = governed.log.step_columns
    assert steps is not None
    rows = np.stack([steps[name].astype(np.int64) for name in ("case", "lane", "block", "event", "time")], axis=1)
    return set(map(tuple, rows[steps["time"] < at].tolist()))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("at", MOMENTS.values(), ids=MOMENTS)
def test_the_same_policy_leaves_the_same_run(engine: Engine, at: int) -> None:
    policy = integrated(committee=QUICK, library={"advice_weeks": 1})
    stayed, same = (run(policy, turn, engine=engine) for turn in (None, Turn(at, policy)))

    assert same.log.digest() == stayed.log.digest()
    assert same.log.overhead_per_week == stayed.log.overhead_per_week
    assert (same.minutes, same.weeks) == (stayed.minutes, stayed.weeks)


def test_the_same_policy_leaves_the_same_cases_where_the_run_forgets_them() -> None:
    policy = integrated(committee=QUICK)
    stayed, same = (run(policy, turn, weeks=2, steps=False) for turn in (None, Turn(10 * DAY, policy)))

    for name, column in stayed.log.case_columns.items():
        np.testing.assert_array_equal(column, same.log.case_columns[name], err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("at", MOMENTS.values(), ids=MOMENTS)
def test_other_numbers_act_from_the_moment_on_and_not_before(engine: Engine, at: int) -> None:
    policy = integrated(committee=QUICK)
    stayed, changed = (run(policy, turn, engine=engine) for turn in (None, Turn(at, other_numbers(policy))))

    assert until(stayed, at) == until(changed, at)
    assert until(stayed, at + DAY) != until(changed, at + DAY)
    assert changed.log.origin["policy"] == "more"
    stepped = at // WEEK
    assert changed.weeks[:stepped] == stayed.weeks[:stepped]


def test_levers_of_the_committee_act_from_its_next_step_on() -> None:
    at = WEEK + 2 * DAY
    policy = integrated(committee={"plenary_weeks": 2, "lag_days": 0.0}, library={"memo_weeks": 4})
    other = integrated(committee={"plenary_weeks": 1, "lag_days": 0.0}, library={"memo_weeks": 1})
    stayed, changed = (run(policy, turn) for turn in (None, Turn(at, other)))

    assert until(stayed, 2 * WEEK) == until(changed, 2 * WEEK)
    assert [note for note in changed.minutes if note.week < 2] == [note for note in stayed.minutes if note.week < 2]
    memos = [note.week for note in changed.minutes if note.what == "memo"]
    assert (memos, [note for note in stayed.minutes if note.what == "memo"]) == ([2, 3], [])
    assert [note.week for note in changed.minutes if note.what == "ranking"] == [2, 3]


MOVED: dict[str, dict[str, Any]] = {
    "committee": {
        "plenary_weeks": 1, "district_weeks": 1, "street_weeks": 2, "agenda": 4, "district_agenda": 8,
        "street_agenda": 5, "street_settles": 0.9, "district_settles": 0.9, "lag_days": 0.0, "authority": 6.0,
        "members": 20, "overhead_hours": 0.3, "task_forces": 3, "deadline": 0.3, "street_lag_weeks": 0,
        "district_lag_weeks": 0.5,
    },
    "office": {"people": 60, "item_hours": 4.0, "host_bias": 0.5},
    "experts": {"on": False},
    "digital": {"budget": 4.0, "start": 0.7, "feedback": 0.9, "learning": 0.05},
    "evaluation": {"ranking": "official", "target": 1.0, "effort": 0.3, "gaming": 0.4, "weight_heard": 2.0},
    "library": {"window_weeks": 3, "memo_weeks": 1, "advice_weeks": 1, "adoption": 0.9, "advice_lag_days": 0.0},
    "guidance": {"pool": 0.2, "patrols": 2.0, "sensors": 0.1},
    "prevention": {"budget": 60.0},
    "innovation": {"sharing": "isolated"},
}  # fmt: skip


@pytest.mark.slow
def test_no_part_keeps_levers_of_the_first_policy() -> None:
    """Before the committee begins its levers do nothing: a turn to others until then is a run under the others."""
    policy, other = integrated(starts_weeks=3), integrated(starts_weeks=3, **MOVED)
    alone, turned, stayed = run(other, weeks=7), run(policy, Turn(10 * DAY, other), weeks=7), run(policy, weeks=7)

    assert turned.log.digest() == alone.log.digest() != stayed.log.digest()
    assert (turned.minutes, turned.weeks) == (alone.minutes, alone.weeks)
    assert turned.log.overhead_per_week == alone.log.overhead_per_week
    assert {note.what for note in alone.minutes} >= {"memo", "ranking", "matters settled", "advice adopted"}


@pytest.mark.slow
def test_districts_that_are_no_longer_ranked_are_under_no_pressure() -> None:
    policy = integrated(committee=QUICK, evaluation={"target": 1.0, "effort": 0.3})
    other = integrated(committee=QUICK, evaluation={"ranking": "none"})
    found = run(policy, Turn(2 * WEEK, other), weeks=4, steps=False).weeks

    assert found[1]["effort"] > 0.0 == found[2]["effort"] == found[3]["effort"]


@pytest.mark.parametrize(
    ("at", "changes", "message"),
    [
        (WEEK, {"on": False}, r"governance\.on = False, must be True"),
        (WEEK, {"starts_weeks": 2}, r"governance\.starts_weeks = 2, must be 0, since the committee began in week 0"),
        (WEEK, {"digital": {"start": 0.5}}, r"governance\.digital\.start = 0\.5, must be 1, since"),
        (WEEK, {"innovation": {"sharing": "mandated"}}, r"innovation\.sharing = 'mandated', must be 'off', since"),
    ],
)
def test_what_cannot_change_on_the_way_is_refused(at: int, changes: dict[str, Any], message: str) -> None:
    policy = integrated()
    with pytest.raises(PolicyError, match=message):
        run(policy, Turn(at, integrated(**changes)))


def test_levers_of_sharing_may_differ_where_nothing_is_shared() -> None:
    other = integrated(innovation={"pilots": 5, "transfer": 0.2})
    check_turn(integrated(), Turn(WEEK, other), 3 * WEEK)
    shared = (integrated(innovation={"sharing": "mandated", "pilots": pilots}) for pilots in (3, 5))
    with pytest.raises(PolicyError, match=r"innovation\.pilots = 5, must be 3, since"):
        check_turn(next(shared), Turn(WEEK, next(shared)), 3 * WEEK)


def test_the_begin_of_a_committee_moves_only_while_it_lies_ahead() -> None:
    policy = integrated(starts_weeks=3)
    with pytest.raises(
        PolicyError, match=r"governance\.starts_weeks = 1, must be more than 1, the weeks that are over"
    ):
        run(policy, Turn(WEEK, integrated(starts_weeks=1)))
    found = run(policy, Turn(WEEK, integrated(starts_weeks=2, library={"memo_weeks": 1})), weeks=2, steps=False)
    assert [note.week for note in found.minutes if note.what == "memo"] == [2]


def test_another_sentence_or_a_moment_outside_is_refused() -> None:
    policy = integrated()
    with pytest.raises(PolicyError, match="sensing differs"):
        run(policy, Turn(DAY, policy.with_(sensing=replace(policy.sensing, patrol=3.0))), weeks=1, steps=False)
    for at in (0, WEEK):
        with pytest.raises(InputError, match=rf"at = {at} s, must be within the run of 1 weeks"):
            run(policy, Turn(at, policy), weeks=1)
