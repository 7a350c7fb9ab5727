"""Lanes beside the main one: splits, for-each, watches, and what they hold (law, section 5)."""

import pytest

from citysim.policy.blocks import Bounce, ForEach, Is, Release, Split, Watch
from citysim.policy.durations import UNIFORM, Fixed, TimeLimit, Uniform, seconds
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from citysim.streams import purpose_code, uniform
from citysim.units import DAY, HOUR
from tests.contract.story import CITY, CREWS, KEY, WORK, Tell, departments, exercises, limited, rows

PLAIN = Workflow()


@exercises(Split)
def test_a_split_waits_for_its_slowest_branch(tell: Tell) -> None:
    workflow = PLAIN.split(PLAIN.delay(Fixed(3)), PLAIN.delay(Fixed(7))).close()
    story = tell(rows(2), workflow)
    assert story.rows(0, 0) == ["split/0 done 9", "close/3 done 9"]
    assert story.rows(0, 1) == ["split/0 started 2", "delay/1 done 5"]
    assert story.rows(0, 2) == ["split/0 started 2", "delay/2 done 9"]


def test_branches_that_take_no_time_end_at_once(tell: Tell) -> None:
    story = tell(rows(2), PLAIN.split(PLAIN.mark("filed"), PLAIN.mark("safe")).close())
    assert story.rows(0, 1) == ["split/0 started 2", "mark/1 done 2"]
    assert story.rows(0, 0) == ["split/0 done 2", "close/3 done 2"]


def test_a_branch_walks_as_far_as_it_can_before_the_next_starts(tell: Tell) -> None:
    raises = PLAIN.split(PLAIN.raise_priority(), PLAIN.raise_priority())
    looks = PLAIN.route(Is("priority", "==", 3), to="quick").delay(Fixed(9)).at("quick").delay(Fixed(2))
    assert tell(rows(0, priority=5), PLAIN.split(raises, looks).close()).ended == [2]
    assert tell(rows(0, priority=5), PLAIN.split(looks, raises).close()).ended == [11]


@exercises(Split, Release)
def test_what_a_branch_holds_passes_to_its_parent(tell: Tell) -> None:
    branches = PLAIN.seize("server").delay(Fixed(2)), PLAIN.delay(Fixed(5))
    story = tell(rows(0, 1), PLAIN.split(*branches).delay(Fixed(3)).release("server").close(), until=50)
    assert story.rows(0)[1:3] == ["delay/4 done 8", "release/5 done 8"]
    # Case 1: its split starts at 1, it is served at 8 and done with its branch at 10.
    assert story.ended == [8, 13]
    assert story.pool() == {"served": 2, "busy": 8 + 5, "scheduled": 50, "waiting": 7, "saturated": 7}


def test_units_passed_to_the_parent_are_taken_only_while_the_parent_can_be_interrupted(tell: Tell) -> None:
    workflow = (
        PLAIN
        .route(Is("priority", "==", 0), to="urgent")
        .split(PLAIN.seize("server").delay(Fixed(2)), PLAIN.delay(Fixed(5))).at("joint").delay(Fixed(3))
        .release("server").close()
        .at("urgent").seize("server", preempt=True).delay(Fixed(4)).release("server").close()
    )  # fmt: skip
    story = tell(rows(0, 3, priority=[5, 0]), workflow)
    assert story.rows(0)[1:5] == ["split/1 done 5", "joint preempted 5", "joint resumed 9", "joint done 12"]
    assert story.ended == [12, 9]


IN_TURN = PLAIN.for_each_support(
    PLAIN.seize("crew.support").delay(WORK).release("crew.support"), parallel=False
).close()
TOGETHER = PLAIN.for_each_support(
    PLAIN.seize("crew.support").delay(WORK).release("crew.support"), parallel=True
).close()


@exercises(ForEach)
@pytest.mark.parametrize(("n_support", "in_turn", "together"), [(0, 0, 0), (1, 10, 10), (3, 30, 10), (5, 30, 10)])
def test_a_for_each_walks_its_body_once_for_each_department(
    tell: Tell, n_support: int, in_turn: int, together: int
) -> None:
    case = rows(0, n_support=n_support, work=10, kinds=departments())
    one_by_one, at_once = tell(case, IN_TURN, CREWS, until=50), tell(case, TOGETHER, CREWS, until=50)
    assert (one_by_one.ended, at_once.ended) == ([in_turn], [together])
    for story in (one_by_one, at_once):
        busy = [story.pool(f"crew:{code}")["busy"] for code in "LXYZ"]
        assert busy == [0] + [10 if k < n_support else 0 for k in range(3)]


@exercises(ForEach)
def test_a_sequential_for_each_stays_in_its_lane(tell: Tell) -> None:
    story = tell(rows(0, n_support=2, work=10, kinds=departments()), IN_TURN, CREWS)
    turns = [["seize/1 done 0", "delay/2 done 10", "release/3 done 10"]]
    turns += [["seize/1 done 10", "delay/2 done 20", "release/3 done 20"]]
    assert story.rows(0) == [*turns[0], *turns[1], "foreach/0 done 20", "close/4 done 20"]


@exercises(ForEach)
def test_a_parallel_for_each_has_a_lane_for_each_department(tell: Tell) -> None:
    story = tell(rows(0, 1, n_support=[2, 1], work=10, kinds=departments()), TOGETHER, CREWS)
    assert story.rows(0, 2) == ["foreach/0 started 0", "seize/1 done 0", "delay/2 done 10", "release/3 done 10"]
    assert story.rows(1, 1) == ["foreach/0 started 1", "seize/1 done 10", "delay/2 done 20", "release/3 done 20"]
    assert story.rows(0) == ["foreach/0 done 10", "close/4 done 10"]
    assert story.rows(0, 3) == story.rows(1, 2) == []


@pytest.mark.parametrize("parallel", [False, True])
def test_each_department_has_its_own_luck(tell: Tell, parallel: bool) -> None:
    body = PLAIN.seize("crew.support").delay(Uniform(0, 1000), luck="travel").release("crew.support")
    case = rows(0, n_support=3, work=10, kinds=departments())
    story = tell(case, PLAIN.for_each_support(body, parallel=parallel).close(), CREWS, until=9_999)
    lucks = [uniform(KEY, 100, purpose_code("travel"), k) for k in range(3)]
    busy = [story.pool(f"crew:{code}")["busy"] for code in "XYZ"]
    assert busy == [seconds(UNIFORM, 0, 1000, luck) for luck in lucks]
    assert len(set(busy)) == 3


def test_crews_that_came_together_are_released_by_one_name(tell: Tell) -> None:
    workflow = (
        PLAIN
        .split(PLAIN.seize("crew.lead"), PLAIN.for_each_support(PLAIN.seize("crew.support").delay(WORK), parallel=True))
        .delay(Fixed(5)).release("crew.support").delay(Fixed(1)).release("crew.lead").close()
    )  # fmt: skip
    story = tell(rows(0, n_support=2, work=10, kinds=departments()), workflow, CREWS)
    assert [story.pool(f"crew:{code}")["busy"] for code in "LXYZ"] == [16, 15, 15, 0]


HELP = PLAIN.seize("server").delay(Fixed(3)).release("server")
HELP_LONG = PLAIN.seize("server").delay(Fixed(9)).release("server")


@exercises(Watch)
def test_a_watch_walks_its_body_beside_the_case(tell: Tell) -> None:
    story = tell(rows(1), PLAIN.watch(Fixed(5), HELP).delay(Fixed(20)).close())
    watched = ["watch/0 started 1", "watch/0 expired 6", "seize/1 done 6", "delay/2 done 9", "release/3 done 9"]
    assert story.rows(0, 1) == watched
    assert story.rows(0) == ["watch/0 done 1", "delay/4 done 21", "close/5 done 21"]


@exercises(Watch)
@pytest.mark.parametrize(
    ("length", "last", "busy"),
    [
        (4, "watch/0 cancelled 4", 0),
        (5, "watch/0 cancelled 5", 0),  # completion is phase 2, expiry phase 4
        (7, "delay/2 cancelled 7", 2),
        (8, "delay/2 cancelled 8", 3),  # both delays end now; lane 0 comes first and closes the case
        (9, "release/3 done 8", 3),
    ],
)
def test_a_watch_ends_with_its_case(tell: Tell, length: int, last: str, busy: int) -> None:
    story = tell(rows(0, work=length), PLAIN.watch(Fixed(5), HELP).delay(WORK).close())
    assert story.rows(0, 1)[-1] == last
    assert (story.pool()["busy"], story.pool()["waiting"]) == (busy, 0)


def test_a_cancelled_watch_leaves_its_line_and_takes_its_branches_along(tell: Tell) -> None:
    body = PLAIN.split(HELP, PLAIN.split(PLAIN.delay(Fixed(1)), PLAIN.delay(Fixed(50))))
    story = tell(rows(0, 1), PLAIN.watch(Fixed(0), body).delay(Fixed(2)).close(), until=20)
    # Case 0's branch holds the server from 0 to 2; case 1's waits for it from 1 to 2 and holds it from 2 to 3.
    assert [story.rows(1, lane)[-1] for lane in range(1, 6)] == [
        "split/1 cancelled 3", "delay/3 cancelled 3", "split/5 cancelled 3", "delay/6 done 2", "delay/7 cancelled 3",
    ]  # fmt: skip
    assert story.pool() == {"served": 2, "busy": 3, "scheduled": 20, "waiting": 1, "saturated": 1}
    waits = tell(rows(0, 1, work=[10, 3]), PLAIN.watch(Fixed(0), HELP_LONG).delay(WORK).close(), until=20)
    assert waits.rows(1, 1) == ["watch/0 started 1", "watch/0 expired 1", "seize/1 cancelled 4"]
    assert waits.pool()["waiting"] == 3


@exercises(Watch, Bounce)
def test_there_is_no_second_watch_while_the_first_lives(tell: Tell) -> None:
    workflow = (
        PLAIN
        .at("again").watch(Fixed(5), PLAIN.mark("safe")).delay(Fixed(3))
        .route(Is("transfers", ">=", 2), to="end").bounce(Fixed(0), to="again")
        .at("end").close()
    )  # fmt: skip
    # Passes at 0, 3 (the watch lives) and 6 (it ended at 5).
    story = tell(rows(0), workflow)
    first = ["again started 0", "again expired 5", "mark/1 done 5"]
    assert story.rows(0, 1) == [*first, "again started 6", "again cancelled 9"]
    assert story.column("safe") == [5]


def test_a_watch_that_is_not_started_draws_no_luck(tell: Tell) -> None:
    workflow = (
        PLAIN
        .at("again").watch(Uniform(0, 1000), PLAIN.mark("safe"), luck="due").delay(WORK)
        .route(Is("transfers", ">=", 2), to="end").bounce(Fixed(0), to="again")
        .at("end").delay(Fixed(2000)).close()
    )  # fmt: skip
    first, second = (seconds(UNIFORM, 0, 1000, uniform(KEY, 100, purpose_code("due"), 16 * v)) for v in range(2))
    # Passes at 0, at most at `first` (nothing is drawn), and after it, where the second draw counts.
    work = first // 2 + 1
    story = tell(rows(0, work=work), workflow, until=9_999)
    assert story.rows(0, 1)[1] == f"again expired {first}"
    assert story.rows(0, 1)[3:5] == [f"again started {2 * work}", f"again expired {2 * work + second}"]


def test_a_time_limit_runs_on_the_clock_of_the_type(tell: Tell) -> None:
    friday_4pm = 4 * DAY + 16 * HOUR  # working hours are 8 to 18, Monday to Friday
    cases = rows(*[friday_4pm] * 3, kind=[0, 1, 2], kinds=limited(4 * HOUR), **CITY)
    workflow = PLAIN.watch(TimeLimit("close"), PLAIN.mark("safe")).delay(Fixed(5 * DAY)).close()
    story = tell(cases, workflow, until=20 * DAY)
    assert story.column("safe") == [friday_4pm + 4 * HOUR, 7 * DAY + 10 * HOUR, -1]
    assert story.rows(2, 1) == []  # no limit, no watch


def test_the_last_branch_gives_its_units_to_the_watch_that_waits_for_it(tell: Tell) -> None:
    body = PLAIN.split(PLAIN.seize("a"), PLAIN.delay(Fixed(4))).delay(Fixed(2)).release("a")
    story = tell(rows(0), PLAIN.watch(Fixed(1), body).delay(Fixed(30)).close(), Staffing.of(a=1))
    assert story.rows(0, 1)[-2:] == ["delay/4 done 7", "release/5 done 7"]
    assert story.pool("a")["busy"] == 6


@exercises(Watch)
@pytest.mark.parametrize(
    ("first", "last_row"),
    [("main", "take_other cancelled 10"), ("other", "hold cancelled 10")],
)
def test_lanes_of_one_sweep_move_in_the_order_in_which_it_let_them_go(tell: Tell, first: str, last_row: str) -> None:
    workflow = (
        PLAIN
        .route(Is("blocks", "==", 1), to="block")
        .watch(Fixed(0), PLAIN.at("take_other").seize("other").at("hold").delay(Fixed(5)).release("other"))
        .seize("main").release("main").close()
        .at("block").seize("main", "other").delay(Fixed(10)).release("main", "other").close()
    )  # fmt: skip
    second = {"main": "other", "other": "main"}[first]
    story = tell(rows(0, 1, blocks=[1, 0]), workflow, Staffing.of(**{first: 1, second: 1}))
    # At 10 one sweep lets both lanes of case 1 go, in pool order. If main moves first it closes the case, and the
    # watch, served but not yet moved, is cancelled in its seize.
    assert story.rows(1, 1)[-1] == last_row
    assert story.ended == [10, 10]
    assert (story.pool("other")["served"], story.pool("other")["busy"]) == (2, 10)
