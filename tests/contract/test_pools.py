"""Pools that grow, move and end: people called in, neighbours, families of a limited time (law, sections 4 and 5)."""

import numpy as np
import pytest

from citysim.engines.simulate import Engine, finish, start
from citysim.intake import Places
from citysim.policy.blocks import CallIn, Is, Release, Seize
from citysim.policy.durations import EXPONENTIAL, Exponential, Fixed, seconds
from citysim.policy.policy import Policy
from citysim.policy.staffing import PoolFamily, Shift, Staffing
from citysim.policy.workflow import Workflow
from citysim.streams import purpose_code, uniform
from tests.contract.story import KEY, QUEUE, TRIANGLE, WORK, Tell, asked, departments, exercises, rows, shifts

PLAIN = Workflow()
CALLS = (
    PLAIN
    .route(Is("calls", "==", 0), to="work").at("call").call_in("server", 2, WORK).close()
    .at("work").seize("server").at("job").delay(WORK).release("server").close()
)  # fmt: skip


# --- call-in ----------------------------------------------------------------------------------------------------------


@exercises(CallIn)
def test_people_called_in_serve_for_their_time(tell: Tell) -> None:
    story = tell(rows(0, 1, 9, 10, calls=[1, 0, 0, 0], work=[10, 5, 5, 5]), CALLS, Staffing.of(server=0), until=50)
    assert story.rows(0) == ["route/0 done 0", "call done 10", "close/2 done 10"]
    # Case 2 is served at 9 and finishes the job; case 3 comes when they are gone.
    assert story.ended == [10, 6, 14, -1]
    assert story.pool() == {"served": 2, "busy": 10, "scheduled": 20, "waiting": 40, "saturated": 40}


def test_who_waits_is_served_when_people_come(tell: Tell) -> None:
    story = tell(rows(0, 1, 2, 4, calls=[0, 0, 0, 1], work=[3, 3, 3, 10]), CALLS, Staffing.of(server=0))
    assert story.ended == [7, 7, 10, 14]


def test_people_called_in_come_on_top_of_the_shift(tell: Tell) -> None:
    cases = rows(5, 6, 6, 6, 6, calls=[1, 0, 0, 0, 0], work=[10, 20, 20, 20, 20])
    story = tell(cases, CALLS, shifts((0, 1), (10, 2), cycle=1_000), until=16)
    # One and two until 10, two and two until 15, then two; four are lent from 10 on.
    assert story.pool() == {
        "served": 4,
        "busy": 3 * 4 + 4 * 6,
        "scheduled": 5 + 3 * 5 + 4 * 5 + 2,
        "waiting": 4,
        "saturated": 4,
    }


def test_two_calls_add_up(tell: Tell) -> None:
    story = tell(rows(0, 2, 3, calls=[1, 1, 0], work=[5, 5, 1]), CALLS, Staffing.of(server=1), until=20)
    assert story.pool()["scheduled"] == 20 + 2 * 5 + 2 * 5


def test_people_who_leave_hand_over_where_that_is_the_rule(tell: Tell) -> None:
    cases = rows(0, 1, 2, calls=[1, 0, 0], work=[10, 20, 20])
    story = tell(cases, CALLS, shifts((0, 1), rule="hand_over"), until=100)
    # Three until 10, then one: case 2 is last in order and waits for case 1.
    assert story.rows(2)[2:5] == ["job relieved 10", "job resumed 21", "job done 33"]
    assert story.ended == [10, 21, 33]


def test_people_called_in_for_no_time_serve_nobody(tell: Tell) -> None:
    story = tell(rows(0, 1, calls=[0, 1], work=[3, 0]), CALLS, Staffing.of(server=0), until=10)
    assert (story.ended, story.column("outcome")) == ([-1, 1], ["open", "closed"])
    assert story.pool() == {"served": 0, "busy": 0, "scheduled": 0, "waiting": 10, "saturated": 10}


@exercises(CallIn)
def test_people_leave_when_the_lane_ends_that_called_them(tell: Tell) -> None:
    flow = (
        PLAIN
        .route(Is("calls", "==", 0), to="work").watch(Fixed(1), PLAIN.at("call").call_in("server", 1, Fixed(100)))
        .at("work").delay(WORK).route(Is("calls", "==", 1), to="end").seize("server").delay(Fixed(5)).release("server")
        .at("end").close()
    )  # fmt: skip
    story = tell(rows(0, 0, 0, calls=[1, 0, 0], work=[10, 2, 3]), flow, Staffing.of(server=0), until=50)
    assert story.rows(0, 1) == ["watch/1 started 0", "watch/1 expired 1", "call cancelled 10"]
    # One from 1 to 10: case 1 from 2 to 7, case 2 from 7 to 12.
    assert story.ended == [10, 7, 12]
    assert story.pool() == {"served": 2, "busy": 10, "scheduled": 9, "waiting": 4, "saturated": 4}
    late = tell(rows(0, 0, 0, calls=[1, 0, 0], work=[10, 2, 10]), flow, Staffing.of(server=0), until=50)
    assert late.ended == [10, 7, -1]


def test_a_lane_that_called_people_in_waits_and_cannot_be_interrupted(tell: Tell) -> None:
    flow = (
        PLAIN
        .route(Is("priority", "==", 0), to="urgent")
        .seize("server").at("call").call_in("other", 1, Fixed(10)).release("server").close()
        .at("urgent").seize("server", preempt=True).delay(Fixed(3)).release("server").close()
    )  # fmt: skip
    assert tell(rows(0, 4, priority=[5, 0]), flow, Staffing.of(server=1, other=0)).ended == [10, 13]


def test_for_how_long_people_come_is_drawn(tell: Tell) -> None:
    flow = PLAIN.call_in("server", 1, Exponential(30.0), luck="call").close()
    story = tell(rows(0, 5), flow)
    drawn = [seconds(EXPONENTIAL, 30.0, 0.0, uniform(KEY, 100 + row, purpose_code("call"))) for row in (0, 1)]
    assert story.ended == [drawn[0], 5 + drawn[1]]


def test_people_are_called_into_the_pool_of_the_case(tell: Tell) -> None:
    crews = Staffing.of(**{"crew:L": 0, "crew:X": 0, "crew:Y": 0})
    body = PLAIN.call_in("crew.support", 3, Fixed(4))
    flow = PLAIN.call_in("crew.lead", 2, Fixed(5)).for_each_support(body, parallel=False).close()
    story = tell(rows(0, n_support=2, kinds=departments((1, 2))), flow, crews, until=50)
    assert [story.pool(f"crew:{code}")["scheduled"] for code in "LXY"] == [10, 12, 12]
    assert story.ended == [13]
    server = Staffing((PoolFamily("server", "district", (Shift(0, 1),)),))
    near = PLAIN.call_in("server@1", 2, Fixed(5)).close()
    story = tell(rows(0, street=1, places=TRIANGLE), near, server, until=20)
    assert [story.pool("server", place)["scheduled"] for place in range(3)] == [20, 20, 30]


def test_called_in_people_are_free_and_can_be_asked_for(tell: Tell) -> None:
    flow = PLAIN.route(Is("calls", "==", 0), to="ask").call_in("server", 4, WORK).at("ask").mark("filed")
    story = tell(rows(0, 3, 10, calls=[1, 0, 0], work=10), asked("free:server", flow))
    assert story.ended[1:] == [3 + 1 + 5, 10 + 1 + 1]  # gone in phase 2 of 10, asked in phase 3


# --- families of a limited time ---------------------------------------------------------------------------------------


def limited_family(
    since: int, until: int | None, *turns: tuple[int, int], rule: str = "finish", cycle: int = 20
) -> Staffing:
    headcounts = tuple(Shift(start, count) for start, count in turns)
    return Staffing((PoolFamily("server", "city", headcounts, cycle, at_shift_end=rule, since=since, until=until),))


@exercises(Seize)
def test_a_family_serves_only_while_it_exists(tell: Tell) -> None:
    story = tell(rows(0, 6, 14, 15, work=3), QUEUE, limited_family(5, 15, (0, 1)), until=40)
    assert story.ended == [8, 11, 17, -1]  # the job of 14 is finished
    assert story.pool() == {"served": 3, "busy": 9, "scheduled": 10, "waiting": 5 + 2 + 25, "saturated": 5 + 2 + 25}


def test_a_family_that_ends_hands_over_where_that_is_the_rule(tell: Tell) -> None:
    story = tell(rows(10, work=10), QUEUE, limited_family(5, 15, (0, 1), rule="hand_over"), until=40)
    assert story.rows(0) == ["seize/0 done 10", "delay/1 relieved 15"]
    assert story.pool()["scheduled"] == 10


def test_a_family_begins_in_the_middle_of_a_shift(tell: Tell) -> None:
    # Shifts of one, two, three: at 0 to 5, 5 to 15, 15 to 20; the family from 12 to 38.
    story = tell(rows(work=1), QUEUE, limited_family(12, 38, (0, 1), (5, 2), (15, 3)), until=100)
    assert story.pool()["scheduled"] == 2 * 3 + 3 * 5 + 1 * 5 + 2 * 10 + 3 * 3


def test_a_family_may_begin_and_end_when_a_shift_does(tell: Tell) -> None:
    story = tell(rows(3, 3, 20, work=4), QUEUE, limited_family(5, 20, (0, 1), (5, 2)), until=60)
    assert story.ended == [9, 9, -1]
    assert story.pool()["scheduled"] == 30


def test_a_family_without_an_end_stays(tell: Tell) -> None:
    story = tell(rows(0, 900, work=3), QUEUE, limited_family(7, None, (0, 1)))
    assert story.ended == [10, 903]
    assert story.pool()["scheduled"] == 993


def test_people_can_be_called_into_a_family_that_is_not_there(tell: Tell) -> None:
    cases = rows(0, 16, calls=[1, 0], work=[30, 2])
    story = tell(cases, CALLS, limited_family(5, 15, (0, 1)), until=40)
    assert story.ended == [30, 18]
    assert story.pool()["scheduled"] == 2 * 30 + 10


# --- neighbours -------------------------------------------------------------------------------------------------------

DISTRICTS = Staffing((PoolFamily("server", "district", (Shift(0, 1),)),))


@exercises(Seize, Release)
@pytest.mark.parametrize(("rank", "places"), [(1, [1, 2, 1]), (2, [2, 0, 0]), (3, [0, 1, 2]), (8, [0, 1, 2])])
def test_help_comes_from_the_nearest_other_districts(tell: Tell, rank: int, places: list[int]) -> None:
    name = f"server@{rank}"
    flow = PLAIN.seize(name).delay(WORK).release(name).close()
    for street, place in enumerate(places):
        story = tell(rows(0, 1, street=street, places=TRIANGLE, work=10), flow, DISTRICTS, until=50)
        assert story.ended == [10, 20]
        assert [story.pool("server", k)["busy"] for k in range(3)] == [20 * (k == place) for k in range(3)]


def test_a_city_of_one_district_helps_itself(tell: Tell) -> None:
    flow = PLAIN.seize("server@1").delay(WORK).release("server@1").close()
    assert tell(rows(0, 1, work=10, places=Places()), flow, DISTRICTS).ended == [10, 20]


@pytest.mark.parametrize("level", ["city", "street"])
def test_a_family_without_districts_has_no_neighbours(tell: Tell, level: str) -> None:
    own = Staffing((PoolFamily("server", level, (Shift(0, 1),)),))
    flow = PLAIN.seize("server@1").delay(WORK).release("server@1").close()
    story = tell(rows(0, 1, street=2, work=10, places=TRIANGLE), flow, own, until=50)
    assert story.ended == [10, 20]
    assert story.pool("server", 2 if level == "street" else 0)["served"] == 2


def test_streets_ask_the_neighbours_of_their_district(tell: Tell) -> None:
    places = Places(np.array([1, 0, 1]), np.ones(3), ("east", "west"), neighbours=np.array([[1], [0]]))
    flow = PLAIN.seize("server@1").delay(WORK).release("server@1").close()
    story = tell(rows(0, 1, 2, street=[0, 1, 2], work=10, places=places), flow, DISTRICTS, until=50)
    assert story.ended == [10, 11, 20]
    assert [story.pool("server", k)["busy"] for k in range(2)] == [20, 10]


def test_help_can_be_taken_back_and_returns_under_its_name(tell: Tell) -> None:
    flow = (
        PLAIN
        .route(Is("home", "==", 1), to="home")
        .seize("server@1").at("away").delay(WORK).release("server@1").close()
        .at("home").seize("server", preempt=True).delay(WORK).release("server").close()
    )  # fmt: skip
    # Case 0 of east works with a unit of west; west needs it from 4 to 7; east's own unit helps nobody.
    cases = rows(0, 4, street=[0, 1], home=[0, 1], priority=[5, 0], work=[10, 3], places=TRIANGLE)
    story = tell(cases, flow, DISTRICTS, until=50)
    assert [row for row in story.rows(0) if "away" in row] == ["away preempted 4", "away resumed 7", "away done 13"]
    assert [story.pool("server", k)["busy"] for k in range(3)] == [0, 13, 0]


def test_own_and_neighbours_units_are_held_and_given_back_by_name(tell: Tell) -> None:
    flow = (
        PLAIN
        .seize("server").seize("server@1").delay(Fixed(5)).release("server").delay(Fixed(5)).release("server@1")
        .close()
    )  # fmt: skip
    story = tell(rows(0, street=0, places=TRIANGLE), flow, DISTRICTS, until=50)
    assert [story.pool("server", k)["busy"] for k in range(3)] == [5, 10, 0]
    # Without neighbours both names mean the own pool, here of two.
    pair = Staffing((PoolFamily("server", "district", (Shift(0, 2),)),))
    assert tell(rows(0, places=Places()), flow, pair, until=50).pool()["busy"] == 15


@pytest.mark.parametrize(("pair_first", "busy"), [(True, 30 + 20 + 30), (False, 30 + 10 + 30)])
def test_of_two_holdings_of_one_lane_the_one_lent_last_is_taken(tell: Tell, pair_first: bool, busy: int) -> None:
    # In a city-wide family server@1 is server. Three on duty until 10 and from 20 on, two in between.
    names = (("server@1", 2), ("server", 1)) if pair_first else (("server", 1), ("server@1", 2))
    flow = PLAIN
    for name, units in names:
        flow = flow.seize(name, units=units)
    story = tell(
        rows(0, work=20),
        flow.at("job").delay(WORK).release("server", "server@1").close(),
        shifts((0, 3), (10, 2), rule="hand_over"),
        until=40,
    )
    assert [row for row in story.rows(0) if "job" in row] == ["job relieved 10", "job resumed 20", "job done 30"]
    assert story.pool()["busy"] == busy


def test_a_role_can_come_from_a_neighbour(tell: Tell) -> None:
    crews = Staffing(tuple(PoolFamily(f"crew:{code}", "district", (Shift(0, 1),)) for code in "LX"))
    flow = (
        PLAIN
        .seize("crew.lead@2").delay(Fixed(5)).release("crew.lead@2")
        .for_each_support(PLAIN.seize("crew.support@1").delay(Fixed(3)).release("crew.support@1"), parallel=False)
        .close()
    )  # fmt: skip
    story = tell(rows(0, n_support=1, kinds=departments((1,)), places=TRIANGLE), flow, crews, until=50)
    assert [story.pool("crew:L", k)["busy"] for k in range(3)] == [0, 0, 5]
    assert [story.pool("crew:X", k)["busy"] for k in range(3)] == [0, 3, 0]


def test_a_case_asks_whether_a_neighbour_is_free(tell: Tell) -> None:
    flow = (
        PLAIN
        .route(Is("free:server@1", "==", 0), to="own").seize("server@1").delay(WORK).release("server@1").close()
        .at("own").route(Is("waiting:server", ">=", 1), to="gone").seize("server").delay(WORK).release("server").close()
        .at("gone").leave()
    )  # fmt: skip
    story = tell(rows(0, 1, 2, 3, work=10, places=TRIANGLE), flow, DISTRICTS)
    assert story.ended == [10, 11, 21, 3]


def test_several_pools_of_two_districts_are_taken_at_once(tell: Tell) -> None:
    families = Staffing(tuple(PoolFamily(name, "district", (Shift(0, 1),)) for name in ("server", "van")))
    flow = (
        PLAIN
        .route(Is("near", "==", 0), to="own").seize("server", "van@1").delay(WORK).release("server", "van@1").close()
        .at("own").seize("van").delay(WORK).release("van").close()
    )  # fmt: skip
    cases = rows(0, 1, 2, street=[1, 0, 1], near=[0, 1, 0], work=10, places=TRIANGLE)
    story = tell(cases, flow, families)
    assert story.ended == [10, 20, 30]


def test_a_run_in_slices_calls_in_the_same_people(engine: Engine) -> None:
    flow = (
        PLAIN
        .watch(Exponential(5.0), PLAIN.call_in("server@1", 1, Exponential(9.0)))
        .route(Is("free:server", ">", 0), to="own").route(Is("free:server@2", ">", 0), to="far")
        .at("own").seize("server").delay(Exponential(7.0)).release("server").close()
        .at("far").seize("server@2").delay(Exponential(9.0)).release("server@2").close()
    )  # fmt: skip
    cases = rows(*range(0, 90, 2), street=np.arange(45) % 3, places=TRIANGLE)
    family = PoolFamily(
        "server", "district", (Shift(0, 1), Shift(7, 0)), 12, at_shift_end="hand_over", since=3, until=80
    )
    policy = Policy("near", flow, Staffing((family,)))
    whole, sliced = start(cases, policy, engine), start(cases, policy, engine)
    whole.advance(150)
    for until in range(1, 151):
        sliced.advance(until)
        finish(sliced)
    assert finish(sliced).digest() == finish(whole).digest()
