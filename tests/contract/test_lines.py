"""Who is served when: order in line, several units, several pools, patience, room (law, sections 3 and 4)."""

from citysim.policy.blocks import Is, Leave, Release, Seize
from citysim.policy.durations import FromCase
from citysim.policy.staffing import PoolFamily, Shift, Staffing
from citysim.policy.workflow import Workflow
from tests.contract.story import CITY, QUEUE, WORK, Tell, exercises, rows

IMPATIENT = (
    Workflow()
    .seize("server", patience=FromCase("patience"), otherwise="gone").delay(WORK).release("server").close()
    .at("gone").leave()
)  # fmt: skip
QUEUE_OR_GO = (
    Workflow()
    .route(Is("patience", "==", 0), to="first")
    .at("wait").seize("server", patience=FromCase("patience"), otherwise="gone").go_to("work")
    .at("first").seize("server")
    .at("work").delay(WORK).release("server").close()
    .at("gone").leave()
)  # fmt: skip


@exercises(Seize, Release)
def test_who_comes_first_is_served_first(tell: Tell) -> None:
    story = tell(rows(0, 1, 2, work=10), QUEUE, until=100)
    assert story.ended == [10, 20, 30]
    assert story.rows(1) == ["seize/0 done 10", "delay/1 done 20", "release/2 done 20", "close/3 done 20"]
    # In line: case 1 from 1 to 10, case 2 from 2 to 20.
    assert story.pool() == {"served": 3, "busy": 30, "scheduled": 100, "waiting": 27, "saturated": 19}


def test_more_urgent_cases_are_served_first(tell: Tell) -> None:
    assert tell(rows(0, 1, 2, work=10, priority=[0, 5, 3]), QUEUE).ended == [10, 30, 20]


def test_among_equals_the_tiebreak_decides_then_the_case_number(tell: Tell) -> None:
    later = Workflow().delay(FromCase("before")).seize("server").delay(WORK).release("server").close()
    # All three join at 10.
    story = tell(rows(0, 1, 2, before=[10, 9, 8], work=5, tiebreak=[9, 4, 4]), later)
    assert story.ended == [25, 15, 20]


def test_a_small_request_does_not_overtake_a_large_one(tell: Tell) -> None:
    workflow = (
        Workflow()
        .route(Is("large", "==", 1), to="two").seize("server").go_to("work")
        .at("two").seize("server", units=2)
        .at("work").delay(WORK).release("server").close()
    )  # fmt: skip
    story = tell(rows(0, 1, 2, work=[10, 5, 5], large=[0, 1, 0]), workflow, Staffing.of(server=2), until=50)
    assert story.ended == [10, 15, 20]  # case 2 finds a free server at 2, but waits behind case 1
    assert story.pool() == {"served": 3, "busy": 10 + 2 * 5 + 5, "scheduled": 100, "waiting": 9 + 13, "saturated": 14}


def test_several_pools_are_taken_all_at_once_or_not_at_all(tell: Tell) -> None:
    workflow = (
        Workflow()
        .route(Is("wants", "==", 1), to="a").route(Is("wants", "==", 2), to="b")
        .seize("a", "b").delay(WORK).release("a", "b").close()
        .at("a").seize("a").delay(WORK).release("a").close()
        .at("b").seize("b").delay(WORK).release("b").close()
    )  # fmt: skip
    story = tell(rows(0, 1, 2, wants=[1, 3, 2], work=[10, 5, 5]), workflow, Staffing.of(a=1, b=1), until=50)
    assert story.ended == [10, 15, 20]  # b is free from 0 to 10, kept by case 1 which is first in its line
    assert story.pool("a") == {"served": 2, "busy": 15, "scheduled": 50, "waiting": 9, "saturated": 9}
    assert story.pool("b") == {"served": 2, "busy": 10, "scheduled": 50, "waiting": 9 + 13, "saturated": 14}


def test_the_pool_of_a_case_is_that_of_its_place(tell: Tell) -> None:
    levels = [PoolFamily(level, level, (Shift(0, 1),)) for level in ("street", "district", "city")]
    workflow = Workflow()
    for level in ("street", "district", "city"):
        workflow = workflow.seize(level).delay(WORK).release(level)
    story = tell(rows(0, 0, 0, street=[0, 1, 2], work=10, **CITY), workflow.close(), Staffing(tuple(levels)))
    # Streets 0 and 1 share a district; all share the city.
    assert [story.rows(case)[3] for case in range(3)] == [f"seize/3 done {t}" for t in (10, 20, 10)]
    assert story.ended == [30, 50, 40]
    assert [story.pool("street", place)["served"] for place in range(3)] == [1, 1, 1]
    assert [story.pool("district", place)["served"] for place in range(2)] == [2, 1]


@exercises(Seize, Leave)
def test_who_runs_out_of_patience_leaves_the_line(tell: Tell) -> None:
    story = tell(rows(0, 1, work=10, patience=[0, 5]), QUEUE_OR_GO, until=50)
    assert story.rows(1)[1:] == ["wait reneged 6", "gone done 6"]
    assert (story.unserved(), story.pool()["served"], story.in_line()) == (1, 1, 0)
    assert story.column("outcome") == ["closed", "left"]
    assert story.pool() == {"served": 1, "busy": 10, "scheduled": 50, "waiting": 5, "saturated": 5}


def test_patience_that_ends_at_the_instant_a_server_comes_free_ends_first(tell: Tell) -> None:
    # Completion is phase 2, expiry 4, dispatch 5.
    story = tell(rows(0, 1, work=10, patience=[0, 9]), QUEUE_OR_GO)
    assert story.rows(1)[1:] == ["wait reneged 10", "gone done 10"]
    assert story.ended == [10, 10]


def test_no_patience_at_all_leaves_even_a_free_server(tell: Tell) -> None:
    assert tell(rows(3, patience=0, work=1), IMPATIENT).rows(0) == ["seize/0 reneged 3", "gone done 3"]


def test_patience_ends_when_served(tell: Tell) -> None:
    assert tell(rows(0, 1, patience=[3, 10], work=[10, 30]), IMPATIENT).ended == [10, 40]


def room(places: int) -> Workflow:
    return (
        Workflow()
        .seize("server", room=places, otherwise="full").delay(WORK).release("server").close()
        .at("full").leave()
    )  # fmt: skip


def test_room_1_lets_one_wait_and_turns_the_next_away(tell: Tell) -> None:
    # Room for one to wait: the third finds it taken.
    story = tell(rows(0, 1, 2, work=10), room(1), until=50)
    assert story.rows(2) == ["seize/0 no_room 2", "full done 2"]
    assert story.ended == [10, 20, 2]
    assert story.pool() == {"served": 2, "busy": 20, "scheduled": 50, "waiting": 9, "saturated": 9}
    assert story.unserved() == 1


def test_room_0_serves_at_once_or_not_at_all(tell: Tell) -> None:
    # Erlang's loss system: the second finds the server taken and no place to wait; the third comes as it is free.
    story = tell(rows(0, 1, 10, work=10), room(0), until=50)
    assert story.rows(1) == ["seize/0 no_room 1", "full done 1"]
    assert story.ended == [10, 1, 20]
    assert story.pool() == {"served": 2, "busy": 20, "scheduled": 50, "waiting": 0, "saturated": 0}


def test_room_2_lets_two_wait(tell: Tell) -> None:
    story = tell(rows(0, 1, 2, 3, work=10), room(2))
    assert story.column("outcome") == ["closed", "closed", "closed", "left"]
    assert story.ended == [10, 20, 30, 3]


def test_room_is_asked_for_after_serving(tell: Tell) -> None:
    # At 10 the server comes free; two arrive then: one more is served before room is looked at.
    story = tell(rows(0, 1, 10, 10, work=10), room(1))
    assert story.column("outcome") == ["closed", "closed", "closed", "left"]


def test_more_urgent_cases_ahead_can_push_one_out_of_the_room(tell: Tell) -> None:
    story = tell(rows(0, 1, 2, 3, work=10, priority=[5, 5, 0, 0]), room(2))
    assert story.rows(1) == ["seize/0 no_room 3", "full done 3"]
    assert story.ended == [10, 3, 20, 30]


def test_who_waits_at_the_end_is_counted(tell: Tell) -> None:
    for until, waiting in ((1, 0), (2, 1), (10, 2), (11, 1), (20, 1), (21, 0)):
        assert tell(rows(0, 1, 2, work=10), QUEUE, until=until).in_line() == waiting
