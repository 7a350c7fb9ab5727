"""Units that are taken from a lane: pre-emption, shift ends, hand-over (law, section 4)."""

import pytest

from citysim.policy.blocks import Delay, Is, Seize
from citysim.policy.durations import Fixed
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from tests.contract.story import QUEUE, URGENT_FIRST, WORK, Tell, exercises, rows, shifts


@exercises(Seize, Delay)
def test_a_preempted_delay_goes_on_with_what_remains(tell: Tell) -> None:
    story = tell(rows(0, 4, priority=[5, 0], work=[10, 3]), URGENT_FIRST, until=20)
    assert story.rows(0)[:4] == ["seize/0 done 0", "delay/1 preempted 4", "delay/1 resumed 7", "delay/1 done 13"]
    assert story.ended == [13, 7]
    assert story.pool() == {"served": 3, "busy": 13, "scheduled": 20, "waiting": 3, "saturated": 3}


def test_a_preempted_case_goes_ahead_of_its_class(tell: Tell) -> None:
    story = tell(rows(0, 1, 4, priority=[5, 5, 0], work=[10, 5, 3]), URGENT_FIRST)
    assert story.ended == [13, 18, 7]


@pytest.mark.parametrize(("priorities", "victim"), [([5, 5, 0], 1), ([6, 5, 0], 0), ([4, 5, 0], 1)])
def test_the_victim_is_the_last_in_the_order_of_a_line(tell: Tell, priorities: list[int], victim: int) -> None:
    story = tell(rows(0, 1, 4, priority=priorities, work=[10, 10, 3]), URGENT_FIRST, Staffing.of(server=2))
    assert story.rows(victim)[1:3] == ["delay/1 preempted 4", "delay/1 resumed 7"]
    assert story.ended[1 - victim] == [10, 11][1 - victim]


def test_nobody_is_preempted_by_an_equal(tell: Tell) -> None:
    assert tell(rows(0, 4, work=10), URGENT_FIRST).ended == [10, 20]


def test_a_delay_that_cannot_be_interrupted_is_not_preempted(tell: Tell) -> None:
    hard = Workflow().seize("server", preempt=True).delay(WORK, interruptible=False).release("server").close()
    assert tell(rows(0, 4, priority=[5, 0], work=10), hard).ended == [10, 20]


def test_units_are_taken_as_soon_as_an_interruptible_delay_begins(tell: Tell) -> None:
    workflow = (
        Workflow()
        .seize("server", preempt=True)
        .at("hard").delay(Fixed(5), interruptible=False).at("soft").delay(Fixed(10))
        .release("server").close()
    )  # fmt: skip
    story = tell(rows(0, 2, priority=[5, 0]), workflow)
    assert story.rows(0)[1:5] == ["hard done 5", "soft preempted 5", "soft resumed 20", "soft done 30"]
    assert story.ended == [30, 20]


def test_what_else_a_preempted_case_holds_it_keeps(tell: Tell) -> None:
    workflow = (
        Workflow()
        .route(Is("priority", "==", 0), to="urgent")
        .seize("a").seize("b").delay(Fixed(10)).release("a", "b").close()
        .at("urgent").seize("a", preempt=True).delay(Fixed(3)).release("a").close()
    )  # fmt: skip
    story = tell(rows(0, 4, priority=[5, 0]), workflow, Staffing.of(a=1, b=1), until=50)
    assert story.ended == [13, 7]
    assert (story.pool("a")["busy"], story.pool("b")["busy"]) == (13, 13)


def test_a_case_can_be_preempted_again(tell: Tell) -> None:
    story = tell(rows(0, 2, 6, priority=[5, 0, 0], work=[10, 1, 2]), URGENT_FIRST)
    events = ["preempted 2", "resumed 3", "preempted 6", "resumed 8", "done 13"]
    assert story.rows(0)[1:6] == [f"delay/1 {event}" for event in events]


def test_off_the_clock_counts_the_interruption_too(tell: Tell) -> None:
    workflow = Workflow().seize("server", preempt=True).delay(WORK, off_clock=True).release("server").close()
    story = tell(rows(0, 4, priority=[5, 0], work=[10, 3]), workflow)
    assert story.column("off_clock") == [13, 3]


def test_who_goes_off_shift_finishes_the_job_in_hand(tell: Tell) -> None:
    # One server from 0 to 10 and 20 to 30.
    story = tell(rows(5, 6, work=10), QUEUE, shifts((0, 1), (10, 0)), until=40)
    assert story.ended == [15, 30]
    assert story.pool() == {"served": 2, "busy": 20, "scheduled": 20, "waiting": 14, "saturated": 14}


def test_a_job_handed_over_waits_for_the_next_shift_and_resumes(tell: Tell) -> None:
    story = tell(rows(5, 6, work=10), QUEUE, shifts((0, 1), (10, 0), rule="hand_over"), until=46)
    assert story.rows(0)[:4] == ["seize/0 done 5", "delay/1 relieved 10", "delay/1 resumed 20", "delay/1 done 25"]
    assert story.rows(1)[:4] == ["seize/0 done 25", "delay/1 relieved 30", "delay/1 resumed 40", "delay/1 done 45"]
    # Scheduled: 10 s, 10 s and 40 to 46. In line: case 0 from 10 to 20; case 1 from 6 to 25 and 30 to 40.
    assert story.pool() == {"served": 4, "busy": 20, "scheduled": 26, "waiting": 39, "saturated": 29}


def test_only_as_many_are_relieved_as_go_the_last_in_order_first(tell: Tell) -> None:
    story = tell(rows(0, 1, work=20), QUEUE, shifts((0, 2), (10, 1), rule="hand_over"))
    assert story.rows(0)[1] == "delay/1 done 20"
    assert story.rows(1)[1:4] == ["delay/1 relieved 10", "delay/1 resumed 20", "delay/1 done 31"]


def test_relief_waits_for_a_delay_that_can_be_interrupted(tell: Tell) -> None:
    workflow = (
        Workflow()
        .seize("server").at("hard").delay(Fixed(12), interruptible=False).at("soft").delay(Fixed(5))
        .release("server").close()
    )  # fmt: skip
    story = tell(rows(0), workflow, shifts((0, 1), (10, 0), rule="hand_over"))
    assert story.rows(0)[1:5] == ["hard done 12", "soft relieved 12", "soft resumed 20", "soft done 25"]


def test_a_shift_that_ends_when_a_job_does_takes_no_new_one(tell: Tell) -> None:
    assert tell(rows(0, 1, work=10), QUEUE, shifts((0, 1), (10, 0))).ended == [10, 30]


def test_a_job_that_is_done_when_the_shift_ends_is_not_handed_over(tell: Tell) -> None:
    story = tell(rows(0, work=10), QUEUE, shifts((0, 1), (10, 0), rule="hand_over"))
    assert story.rows(0)[1] == "delay/1 done 10"


def test_a_pool_without_people_serves_nobody(tell: Tell) -> None:
    story = tell(rows(3, work=10), QUEUE, Staffing.of(server=0), until=50)
    assert (story.rows(0), story.column("outcome")) == ([], ["open"])
    assert story.pool() == {"served": 0, "busy": 0, "scheduled": 0, "waiting": 47, "saturated": 47}
