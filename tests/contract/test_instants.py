"""What happens within one instant, at sittings, at the end of a run and between two slices of it (law, 2, 4 and 8)."""

import numpy as np
import pytest

from citysim.engines import reference_lanes
from citysim.engines.simulate import Engine, finish, start
from citysim.errors import SimulationBug
from citysim.policy.blocks import Delay, Is, WaitForSlot
from citysim.policy.durations import Exponential, Fixed, Uniform
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, Staffing
from citysim.policy.workflow import Workflow
from tests.contract.story import CITY, QUEUE, WORK, Tell, exercises, rows, shifts

MEETING = Workflow().wait_for_slot("meeting").close()
TWO_AT_A_TIME = (Gate("meeting", first=10, period=10, agenda=2),)


@exercises(Delay)
def test_a_delay_of_zero_ends_within_the_instant(tell: Tell) -> None:
    story = tell(rows(4, work=0), QUEUE)
    assert story.rows(0) == [f"{block} done 4" for block in ("seize/0", "delay/1", "release/2", "close/3")]


def test_zero_delays_let_a_whole_line_pass_within_the_instant(tell: Tell) -> None:
    story = tell(rows(0, 1, 2, 3, work=[5, 0, 0, 0]), QUEUE, until=20)
    assert story.ended == [5, 5, 5, 5]
    assert story.pool() == {"served": 4, "busy": 5, "scheduled": 20, "waiting": 4 + 3 + 2, "saturated": 4}


def test_dispatch_waits_for_all_arrivals_of_the_instant(tell: Tell) -> None:
    # The server comes free at 10 in phase 2; the urgent case of that very instant is served, not the one that waits.
    assert tell(rows(0, 1, 10, priority=[5, 5, 0], work=10), QUEUE).ended == [10, 30, 20]


def test_dispatch_waits_for_zero_delays_of_the_instant(tell: Tell) -> None:
    later = Workflow().delay(Fixed(0)).seize("server").delay(WORK).release("server").close()
    assert tell(rows(0, 0, priority=[5, 0], work=10), later).ended == [20, 10]


def test_a_shift_that_begins_when_cases_arrive_serves_them(tell: Tell) -> None:
    assert tell(rows(3, 10, work=1), QUEUE, shifts((0, 0), (10, 2))).ended == [11, 11]


@exercises(WaitForSlot)
def test_a_gate_lets_its_agenda_pass_and_carries_the_rest_over(tell: Tell) -> None:
    story = tell(rows(1, 2, 3, 20, 21), MEETING, gates=TWO_AT_A_TIME)
    # The fourth arrives at the very instant of the second sitting and still gets its place.
    assert story.ended == [10, 10, 20, 20, 30]
    assert story.rows(2) == ["waitforslot/0 done 20", "close/1 done 20"]


def test_places_not_used_are_gone_when_the_instant_is_over(tell: Tell) -> None:
    assert tell(rows(1, 11, 11, 11), MEETING, gates=TWO_AT_A_TIME).ended == [10, 20, 20, 30]


def test_a_sitting_lasts_as_long_as_its_instant(tell: Tell) -> None:
    twice = Workflow().wait_for_slot("meeting").delay(Fixed(0)).wait_for_slot("meeting").close()
    assert tell(rows(1), twice, gates=TWO_AT_A_TIME).ended == [10]
    assert tell(rows(1, 2), twice, gates=TWO_AT_A_TIME).ended == [20, 20]


def test_a_gate_takes_the_most_urgent_first(tell: Tell) -> None:
    assert tell(rows(1, 2, 3, priority=[5, 4, 0]), MEETING, gates=TWO_AT_A_TIME).ended == [20, 10, 10]


def test_a_gate_of_districts_sits_in_each(tell: Tell) -> None:
    gates = (Gate("meeting", first=10, period=10, agenda=1, level="district"),)
    assert tell(rows(1, 2, 3, street=[0, 1, 2], **CITY), MEETING, gates=gates).ended == [10, 20, 10]


@pytest.mark.parametrize(("until", "served", "outcome"), [(10, 1, "open"), (11, 2, "closed")])
def test_the_run_covers_every_instant_before_until(tell: Tell, until: int, served: int, outcome: str) -> None:
    story = tell(rows(0, 4, 20, work=10), QUEUE, until=until)
    assert story.column("outcome") == [outcome, "open"]  # the third has not come in
    assert story.column("case") == [0, 1]
    work = {"served": served, "busy": until, "scheduled": until, "waiting": min(until, 10) - 4}
    assert story.pool() == work | {"saturated": min(until, 10) - 4}


def test_nothing_has_happened_at_time_0(tell: Tell) -> None:
    story = tell(rows(0, work=10), QUEUE, until=0)
    assert len(story.log) == 0
    assert story.pool() == {"served": 0, "busy": 0, "scheduled": 0, "waiting": 0, "saturated": 0}


BUSY = (
    Workflow()
    .watch(Exponential(9), Workflow().raise_priority().seize("server").delay(Fixed(2)).release("server"))
    .split(
        Workflow().seize("server", preempt=True).delay(Exponential(4)).release("server"),
        Workflow().wait_for_slot("meeting").delay(Uniform(0, 9)),
    )
    .route(Is("priority", "<", 3), to="end").delay(Fixed(3))
    .at("end").verify(0.3, to="end_again").close()
    .at("end_again").bounce(Fixed(1), to="end")
)  # fmt: skip


@pytest.mark.parametrize("slices", [[17], list(range(1, 120)), [0, 50, 50, 119]])
def test_a_run_in_slices_leaves_the_log_of_one_run(engine: Engine, slices: list[int]) -> None:
    intake = rows(*range(0, 100, 3), priority=np.arange(34) % 6)
    policy = Policy("busy", BUSY, shifts((0, 2), (10, 1), rule="hand_over"), gates=TWO_AT_A_TIME)
    whole, sliced = start(intake, policy, engine), start(intake, policy, engine)
    whole.advance(120)
    for until in slices:
        sliced.advance(until)
        sliced.columns()  # looking does not disturb
    sliced.advance(120)
    assert finish(sliced).digest() == finish(whole).digest()


def test_staffing_of_two_families_is_listed_in_its_order(tell: Tell) -> None:
    story = tell(
        rows(0, work=5), Workflow().seize("b").delay(WORK).release("b").close(), Staffing.of(b=1, a=2), until=10
    )
    pools = story.log.pool_columns
    assert (pools["family"].tolist(), pools["busy"].tolist(), pools["scheduled"].tolist()) == ([0, 1], [5, 0], [10, 20])


def test_a_case_that_moves_for_ever_within_an_instant_is_a_bug(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_lanes, "MOST_MOVES", 20_000)  # a million take the readable engine a quarter minute
    policy = Policy(
        "ring", Workflow().at("ring").delay(WORK).route(Is("work", "==", 0), to="ring").close(), Staffing.of()
    )
    run = start(rows(7, work=0), policy, engine)
    with pytest.raises(SimulationBug, match=r"\b7\b.*case 0\b"):
        run.advance(8)
