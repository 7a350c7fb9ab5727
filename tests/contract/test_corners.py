"""Corners of lines and taking that one rule alone does not show (law, sections 3 to 5)."""

import pytest

from citysim.engines.simulate import Engine, finish, start
from citysim.errors import DataError, PolicyError
from citysim.policy.blocks import Bounce, Delay, Is, RaisePriority, Seize, WaitForSlot
from citysim.policy.durations import Fixed, TimeLimit
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, Staffing
from citysim.policy.workflow import Workflow
from citysim.units import DAY, HOUR
from tests.contract.story import CITY, CREWS, URGENT_FIRST, WORK, Tell, departments, exercises, limited, rows, shifts
from tests.contract.test_instants import BUSY, TWO_AT_A_TIME

PLAIN = Workflow()
TWO_UNITS = (
    PLAIN
    .route(Is("priority", "==", 0), to="urgent")
    .seize("server", units=2).at("work").delay(WORK).release("server").close()
    .at("urgent").seize("server", preempt=True).delay(WORK).release("server").close()
)  # fmt: skip
A_OR_B = (
    PLAIN
    .route(Is("wants", "==", 1), to="a").route(Is("wants", "==", 2), to="b")
    .seize("a", "b").at("both").delay(WORK).release("a", "b").close()
    .at("a").seize("a", preempt=True).at("with_a").delay(WORK).release("a").close()
    .at("b").seize("b", preempt=True).at("with_b").delay(WORK).release("b").close()
)  # fmt: skip


@exercises(Seize)
def test_a_holding_of_two_units_is_not_preempted(tell: Tell) -> None:
    assert tell(rows(0, 4, priority=[5, 0], work=[10, 3]), TWO_UNITS, Staffing.of(server=2)).ended == [10, 13]


@exercises(Seize)
def test_a_holding_of_two_units_is_relieved_and_comes_back_as_two(tell: Tell) -> None:
    story = tell(rows(0, work=10), TWO_UNITS, shifts((0, 2), (5, 0), rule="hand_over"), until=30)
    assert story.rows(0)[2:5] == ["work relieved 5", "work resumed 20", "work done 25"]
    assert story.pool() == {"served": 2, "busy": 20, "scheduled": 20, "waiting": 15, "saturated": 15}


def test_a_request_for_several_pools_must_be_first_in_each_line(tell: Tell) -> None:
    # Both pools come free at 10. Pool a is looked at first, but its first request stands behind case 2 in line b.
    story = tell(rows(0, 0, 1, 2, wants=[1, 2, 2, 3], work=[10, 10, 5, 5]), A_OR_B, Staffing.of(a=1, b=1))
    assert story.ended == [10, 10, 15, 20]


@exercises(RaisePriority)
def test_a_preempted_case_that_is_raised_loses_its_old_place(tell: Tell) -> None:
    workflow = (
        PLAIN
        .route(Is("watched", "==", 0), to="work").watch(Fixed(6), PLAIN.raise_priority(2))
        .at("work").seize("server", preempt=True).at("job").delay(WORK).release("server").close()
    )  # fmt: skip
    cases = rows(0, 4, 5, 7, priority=[5, 0, 3, 4], watched=[1, 0, 0, 0], work=[10, 10, 2, 2])
    story = tell(cases, workflow)
    # Back in line at 4 with (class 5, since 0); raised at 6 to (3, 6): after case 2 (3, 5), before case 3 (4, 7).
    assert [row for row in story.rows(0) if "job" in row] == ["job preempted 4", "job resumed 16", "job done 22"]
    assert story.ended == [22, 14, 16, 24]


@exercises(RaisePriority, WaitForSlot)
def test_a_raised_case_moves_up_in_the_line_of_a_gate(tell: Tell) -> None:
    workflow = (
        PLAIN
        .route(Is("watched", "==", 0), to="wait").watch(Fixed(3), PLAIN.raise_priority(3))
        .at("wait").wait_for_slot("meeting").close()
    )  # fmt: skip
    gates = (Gate("meeting", first=10, period=10, agenda=1),)
    assert tell(rows(1, 2, priority=[3, 5], watched=[0, 1]), workflow, gates=gates).ended == [20, 10]


def test_a_unit_is_preempted_even_while_more_are_lent_than_on_duty(tell: Tell) -> None:
    # Two servers until 3, then one; both cases finish in hand, so free is -1 when the urgent one comes at 4.
    cases = rows(0, 1, 4, priority=[5, 5, 0], work=[10, 10, 3])
    story = tell(cases, URGENT_FIRST, shifts((0, 2), (3, 1)), until=20)
    assert story.rows(1)[1:4] == ["delay/1 preempted 4", "delay/1 resumed 10", "delay/1 done 17"]
    assert story.ended == [10, 17, 7]
    # Lent: one from 0, two from 1 to 7, one until 17.
    assert story.pool() == {"served": 4, "busy": 1 + 12 + 10, "scheduled": 6 + 17, "waiting": 6, "saturated": 6}


def test_a_lane_that_waits_for_one_unit_cannot_lose_another(tell: Tell) -> None:
    story = tell(rows(0, 4, 5, priority=[5, 0, 0], wants=[3, 1, 2], work=[10, 3, 3]), A_OR_B, Staffing.of(a=1, b=1))
    # Unit b could be taken from 5 on, had the delay not been interrupted; it resumes at 7 and loses b at once.
    events = ["preempted 4", "resumed 7", "preempted 7", "resumed 10", "done 16"]
    assert [row for row in story.rows(0) if "both" in row] == [f"both {event}" for event in events]
    assert story.ended == [16, 7, 10]


@exercises(Delay)
def test_a_delay_resumes_after_the_sweep_that_gave_the_unit_back(tell: Tell) -> None:
    cases = rows(0, 1, 4, 7, priority=[5, 5, 0, 0], wants=[2, 3, 1, 2], work=[20, 10, 3, 2])
    story = tell(cases, A_OR_B, Staffing.of(a=1, b=2))
    # At 7 one sweep gives a back to case 1 and looks for a unit of b: case 1 is last in order but does not run yet.
    assert [row for row in story.rows(1) if "both" in row] == ["both preempted 4", "both resumed 7", "both done 14"]
    taken = ["with_b preempted 7", "with_b resumed 9", "with_b done 22"]
    assert [row for row in story.rows(0) if "with_b" in row] == taken
    assert story.ended == [22, 14, 7, 9]


def test_among_units_of_one_case_the_lane_that_holds_them_now_decides(tell: Tell) -> None:
    workflow = (
        PLAIN
        .route(Is("priority", "==", 0), to="urgent")
        .watch(Fixed(0), PLAIN.seize("server").at("beside").delay(Fixed(20)).release("server"))
        .split(PLAIN.seize("server"), PLAIN.mark("filed")).at("main").delay(Fixed(30)).release("server").close()
        .at("urgent").seize("server", preempt=True).delay(Fixed(3)).release("server").close()
    )  # fmt: skip
    story = tell(rows(0, 4, priority=[5, 0]), workflow, Staffing.of(server=2))
    # Both asked at 0: the watch in lane 1, the branch in lane 2, whose unit lane 0 holds by now. Lane 1 is last.
    assert [row for row in story.rows(0, 1) if "beside" in row] == [
        "beside preempted 4", "beside resumed 7", "beside done 23",
    ]  # fmt: skip
    assert story.ended == [30, 7]


@exercises(Delay, Bounce)
@pytest.mark.parametrize("is_bounce", [False, True])
def test_waiting_for_a_deadline_takes_as_long_as_its_clock_says(tell: Tell, is_bounce: bool) -> None:
    friday_4pm = 4 * DAY + 16 * HOUR  # working hours are 8 to 18, Monday to Friday
    cases = rows(*[friday_4pm] * 3, kind=[0, 1, 2], kinds=limited(4 * HOUR), **CITY)
    for which, ended in (
        ("close", [friday_4pm + 4 * HOUR, 7 * DAY + 10 * HOUR, friday_4pm]),  # no limit: no time
        ("on_site", [friday_4pm] * 3),
    ):
        limit = TimeLimit(which)
        wait = PLAIN.bounce(limit, to="end") if is_bounce else PLAIN.delay(limit)
        story = tell(cases, wait.at("end").close(), until=20 * DAY)
        assert story.ended == ended
        assert story.column("off_clock") == [end - friday_4pm if is_bounce else 0 for end in ended]


def test_a_negative_time_is_refused_before_the_run(engine: Engine) -> None:
    with pytest.raises(DataError, match="work"):
        start(rows(0, 1, work=[3, -1]), Policy("wrong", PLAIN.delay(WORK).close(), Staffing.of(server=1)), engine)


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        (PLAIN.at("take").seize("crew.support").release("crew.support").close(), ("wrong", "take", "for-each")),
        (
            PLAIN.for_each_support(
                PLAIN.at("take").seize("van.support").release("van.support"), parallel=True
            ).close(),
            ("wrong", "take", "van:X", "crew:X"),
        ),
    ],
)  # fmt: skip
def test_a_role_that_nobody_plays_is_refused_before_the_run(
    engine: Engine, workflow: Workflow, words: tuple[str, ...]
) -> None:
    with pytest.raises(PolicyError) as refusal:
        start(rows(0, n_support=2, kinds=departments()), Policy("wrong", workflow, CREWS), engine)
    assert [word for word in words if word not in str(refusal.value)] == []


def test_a_lane_turned_away_is_in_its_seize_until_it_moves(tell: Tell) -> None:
    watched = PLAIN.seize("server", room=1, otherwise="away").release("server").at("away").mark("safe")
    workflow = (
        PLAIN
        .route(Is("priority", "==", 0), to="urgent").watch(Fixed(0), watched)
        .delay(Fixed(5)).at("last").seize("server", room=2, otherwise="gone").release("server").close()
        .at("gone").leave()
        .at("urgent").seize("server").release("server").close()
    )  # fmt: skip
    story = tell(rows(0, 5, priority=[5, 0]), workflow, Staffing.of(server=0))
    # At 5 one sweep turns away main, then the watch. Main moves first and ends the case before the watch has moved.
    assert story.rows(0)[-2:] == ["last no_room 5", "gone done 5"]
    assert story.rows(0, 1)[1:] == ["watch/1 expired 0", "seize/2 cancelled 5"]


def test_a_delay_that_begins_has_its_pools_looked_at_in_the_same_sweep(tell: Tell) -> None:
    workflow = (
        PLAIN
        .route(Is("who", "==", 1), to="holder").route(Is("who", "==", 2), to="both")
        .route(Is("who", "==", 3), to="plain")
        .seize("b").delay(Fixed(10)).release("b").close()
        .at("holder").seize("y").delay(Fixed(9)).delay(Fixed(10)).release("y").close()
        .at("both").seize("b", "y").release("y").seize("y", units=2).delay(Fixed(5)).release("b", "y").close()
        .at("plain").seize("y").delay(Fixed(7)).release("y").close()
    )  # fmt: skip
    cases = rows(0, 1, 2, 3, who=[0, 1, 2, 3], priority=[5, 5, 0, 5])
    # At 10 b comes back and case 1, which holds one of three y, begins its second delay: both pools are touched. The
    # sweep serves case 2 in both, so case 3 is first in line y and takes its third unit before case 2 asks for two.
    assert tell(cases, workflow, Staffing.of(b=1, y=3)).ended == [10, 20, 22, 17]


@pytest.mark.parametrize("stop", [0, 1, 40, 119])
def test_a_snapshot_of_the_kernel_goes_on_by_itself(stop: int) -> None:
    policy = Policy("busy", BUSY, shifts((0, 2), (10, 1), rule="hand_over"), gates=TWO_AT_A_TIME)
    intake = rows(*range(0, 100, 3))
    whole, run = start(intake, policy), start(intake, policy)
    whole.advance(120)
    run.advance(stop)
    before = finish(run).digest()
    copy = run.snapshot()  # type: ignore[attr-defined]
    run.advance(120)
    assert finish(copy).digest() == before
    copy.advance(120)
    assert finish(copy).digest() == finish(run).digest() == finish(whole).digest()
