"""A run that goes on under other numbers: what stays, what is new, and whom a shift change brings (law, section 8)."""

from dataclasses import replace

import pytest

from citysim.engines.simulate import Engine, advance, change_policy, finish, start
from citysim.errors import PolicyError
from citysim.log import Log
from citysim.policy.blocks import Chance, Is
from citysim.policy.durations import Fixed
from citysim.policy.grading import Grading
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, PoolFamily, Shift, Staffing
from citysim.policy.workflow import Workflow
from tests.contract.story import rows


def policy(length: int, desks: int = 1, **more: object) -> Policy:
    line = Workflow().seize("desk").delay(Fixed(length)).release("desk").close()
    return Policy("line", line, Staffing.of(desk=desks)).with_(**more)


def run(engine: Engine, before: Policy, after: Policy, at: int, *reported: int, until: int = 100) -> Log:
    going = advance(start(rows(*reported), before, engine), at)
    return finish(advance(change_policy(going, after), until))


def ended(log: Log) -> list[int]:
    return log.case_columns["ended"].tolist()


def test_what_has_begun_keeps_its_length_and_what_begins_has_the_new_one(engine: Engine) -> None:
    """Three cases at 0, one desk: the first began before the change at 5, the second begins at 10 with length 3."""
    assert ended(run(engine, policy(10), policy(3), 5, 0, 0, 0)) == [10, 13, 16]


def test_what_begins_at_the_moment_of_the_change_has_the_new_length(engine: Engine) -> None:
    assert ended(run(engine, policy(10), policy(3), 10, 0, 0)) == [10, 13]


def test_a_change_is_a_shift_change_of_every_pool(engine: Engine) -> None:
    """From one desk to three at 4: the two in line are served then; the desks are scheduled 4 x 1 and 96 x 3 hours."""
    log = run(engine, policy(10), policy(10, desks=3), 4, 0, 0, 0)
    assert ended(log) == [10, 14, 14]
    assert log.pool_columns["scheduled"].tolist() == [4 + 3 * 96]
    assert log.pool_columns["waiting"].tolist() == [8]


def test_fewer_people_finish_what_they_have_begun(engine: Engine) -> None:
    log = run(engine, policy(10, desks=2), policy(10, desks=1), 4, 0, 0, 5)
    assert ended(log) == [10, 10, 20]
    assert log.pool_columns["scheduled"].tolist() == [2 * 4 + 96]


def test_shifts_go_on_where_they_are(engine: Engine) -> None:
    """Shifts of 10 s with 1 and 0 desks; at 13, within the second, both become 2 and 1."""

    def staffed(first: int, second: int) -> Policy:
        shifts = (Shift(0, first), Shift(10, second))
        return policy(4, staffing=Staffing((PoolFamily("desk", "city", shifts, 20),)))

    log = run(engine, staffed(1, 0), staffed(2, 1), 13, 11, 11, 11, until=40)
    assert ended(log) == [17, 21, 24], "one at 13 by the second shift, one when it is free at 17, one more at 20"
    assert log.pool_columns["scheduled"].tolist() == [10 * 1 + 3 * 0 + 7 * 1 + 10 * 2 + 10 * 1]


def test_thresholds_and_chances_change(engine: Engine) -> None:
    def graded(thresholds: tuple[float, float, float], share: float) -> Policy:
        flow = Workflow().grade().route(Chance(share), to="gone").close().at("gone").leave()
        return Policy("graded", flow, Staffing(()), grading=Grading(thresholds))

    log = run(engine, graded((0.9, 0.9, 0.9), 0.0), graded((0.0, 0.0, 0.0), 1.0), 5, 0, 5)
    assert log.case_columns["grade"].tolist() == [3, 0]
    assert log.case_columns["outcome"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (policy(3, workflow=Workflow().seize("desk").release("desk").close()), ("block 1", "delay/1", "release/1")),
        (
            policy(3, workflow=Workflow().seize("desk").delay(Fixed(1), off_clock=True).release("desk").close()),
            ("off",),
        ),
        (
            policy(3, workflow=Workflow().seize("desk").delay(Fixed(1)).release("desk").mark("safe").close()),
            ("block 3",),
        ),
        (policy(3, desks=2, staffing=Staffing.of(desk=1, van=1)), ("staffing",)),
        (policy(3, staffing=Staffing((PoolFamily("desk", "city", (Shift(0, 1),), since=9),))), ("since", "0", "9")),
        (policy(3, gates=(Gate("forum", 0, 60, 1),)), ("gates",)),
        (policy(3, sensing=replace(policy(3).sensing, patrol=2.0)), ("sensing", "patrol", "2.0")),
    ],
)
def test_more_than_numbers_is_refused(engine: Engine, after: Policy, words: tuple[str, ...]) -> None:
    going = advance(start(rows(0, 0), policy(10), engine), 5)
    with pytest.raises(PolicyError) as refusal:
        change_policy(going, after)

    assert [word for word in ("cannot follow", *words) if word not in str(refusal.value)] == []
    assert ended(finish(advance(going, 100))) == [10, 20], "and the run goes on as before"


@pytest.mark.parametrize("what", ["units", "room"])
def test_what_a_request_asks_for_does_not_change(engine: Engine, what: str) -> None:
    def line(units: int, room: int) -> Policy:
        flow = Workflow().seize("desk", units=units, room=room, otherwise="gone").delay(Fixed(5)).release("desk")
        return Policy("line", flow.close().at("gone").leave(), Staffing.of(desk=4))

    going = start(rows(0), line(1, 1), engine)
    with pytest.raises(PolicyError, match="1 against 2"):
        change_policy(going, line(2, 1) if what == "units" else line(1, 2))


def test_a_condition_may_compare_with_another_number(engine: Engine) -> None:
    def split(at: int) -> Policy:
        return Policy(
            "split", Workflow().route(Is("priority", ">=", at), to="gone").close().at("gone").leave(), Staffing(())
        )

    assert run(engine, split(9), split(5), 5, 0, 5).case_columns["outcome"].tolist() == [1, 2]
