"""What blocks do to a case: grade, priority, routes, returns, checks, repeats, milestones (law, sections 5 and 6)."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.engines.simulate import Engine, start
from citysim.errors import PolicyError
from citysim.policy.blocks import (
    Always,
    Bounce,
    Chance,
    Close,
    Grade,
    Is,
    Leave,
    Mark,
    Merge,
    RaisePriority,
    Route,
    Verify,
)
from citysim.policy.durations import (
    LOGNORMAL,
    ByDistrict,
    ByGrade,
    ByKind,
    ByName,
    BySupport,
    Fixed,
    FromCase,
    Lognormal,
    seconds,
)
from citysim.policy.grading import Grading, risk_grade
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from citysim.streams import purpose_code, uniform
from tests.contract.story import CITY, KEY, WORK, Tell, departments, exercises, limited, rows

EXACT = Grading(noise_sd=0.0)
PLAIN = Workflow()


@exercises(RaisePriority)
def test_a_raised_case_goes_to_the_end_of_its_new_class(tell: Tell) -> None:
    workflow = (
        PLAIN
        .route(Is("watched", "==", 0), to="work").watch(Fixed(5), PLAIN.raise_priority(2))
        .at("work").seize("server").delay(WORK).release("server").close()
    )  # fmt: skip
    cases = rows(0, 1, 2, 4, 7, priority=[5, 5, 4, 3, 3], watched=[0, 1, 0, 0, 0], work=[20, 1, 1, 1, 1])
    story = tell(cases, workflow)
    # Case 1 joins class 3 at 6, between case 3 (since 4) and case 4 (since 7); case 2 stays in class 4.
    assert story.ended == [20, 22, 24, 21, 23]
    assert story.column("priority") == [5, 3, 4, 3, 3]
    # In line: 1 to 21, 2 to 23, 4 to 20, 7 to 22: moving to another class interrupts nothing.
    assert story.pool()["waiting"] == 20 + 21 + 16 + 15


def test_patience_goes_on_when_a_case_is_raised(tell: Tell) -> None:
    workflow = (
        PLAIN
        .watch(Fixed(5), PLAIN.raise_priority())
        .at("wait").seize("server", patience=FromCase("patience"), otherwise="gone")
        .delay(WORK).release("server").close()
        .at("gone").leave()
    )  # fmt: skip
    story = tell(rows(0, 1, work=30, patience=10), workflow)
    assert story.rows(1)[1:] == ["wait reneged 11", "gone done 11"]


def test_priority_stops_at_0_and_a_case_that_stays_there_keeps_its_place(tell: Tell) -> None:
    workflow = (
        PLAIN
        .watch(Fixed(5), PLAIN.raise_priority(7)).seize("server").delay(WORK).release("server").close()
    )  # fmt: skip
    # Case 1 is raised to 0 at 6 and so comes after case 2, which is at 0 since 2 and stays as it is at 7.
    story = tell(rows(0, 1, 2, priority=[0, 5, 0], work=10), workflow)
    assert story.ended == [10, 30, 20]
    assert story.column("priority") == [0, 0, 0]


@exercises(RaisePriority)
def test_a_raised_case_may_preempt_from_then_on(tell: Tell) -> None:
    workflow = (
        PLAIN
        .route(Is("watched", "==", 0), to="work").watch(Fixed(5), PLAIN.raise_priority())
        .at("work").seize("server", preempt=True).delay(WORK).release("server").close()
    )  # fmt: skip
    story = tell(rows(0, 1, watched=[0, 1], work=[10, 3]), workflow)
    assert story.ended == [13, 9]


@exercises(Grade)
def test_a_case_that_is_graded_down_can_lose_what_it_holds(tell: Tell) -> None:
    helper = PLAIN.seize("server", preempt=True).at("help").delay(Fixed(20)).release("server")
    workflow = (
        PLAIN
        .route(Is("priority", "==", 1), to="urgent").watch(Fixed(0), helper)
        .delay(Fixed(5)).grade().delay(Fixed(30)).close()
        .at("urgent").seize("server", preempt=True).delay(Fixed(4)).release("server").close()
    )  # fmt: skip
    story = tell(rows(0, 2, priority=[0, 1]), workflow, grading=EXACT)
    assert [row for row in story.rows(0, 1) if "help" in row] == ["help preempted 5", "help resumed 9", "help done 24"]


@exercises(Grade)
def test_the_score_meets_the_thresholds(tell: Tell) -> None:
    cases = rows(0, 0, 0, 0, severity=[0, 1, 2, 3])
    story = tell(cases, PLAIN.grade().close(), grading=EXACT)
    assert story.column("grade") == story.column("priority") == [0, 1, 2, 3]
    # A score of exactly the threshold still counts.
    edge = Grading(thresholds=(0.93, 0.76, 0.2), noise_sd=0.0)
    story = tell(cases, PLAIN.grade(set_priority=False).close(), grading=edge)
    assert (story.column("grade"), story.column("priority")) == ([0, 2, 2, 2], [5, 5, 5, 5])


def test_the_score_is_as_noisy_as_the_policy_says(tell: Tell) -> None:
    cases, noisy = rows(*range(40), severity=2), Grading(noise_sd=0.3)
    story = tell(cases, PLAIN.grade(luck="risk").close(), grading=noisy)
    lucks = [uniform(KEY, 100 + row, purpose_code("risk")) for row in range(40)]
    assert story.column("grade") == [risk_grade(0.52, 0.3, 0.85, 0.65, 0.40, luck) for luck in lucks]
    assert set(story.column("grade")) == {0, 1, 2, 3}


def test_a_case_never_graded_counts_as_blue(tell: Tell) -> None:
    by_grade = Fixed(ByGrade(1, 2, 3, 4))
    workflow = (
        PLAIN.delay(by_grade).route(Is("grade", "==", 3), to="blue").leave().at("blue").grade().delay(by_grade).close()
    )
    story = tell(rows(0, severity=0), workflow, grading=EXACT)
    assert story.ended == [4 + 1]
    assert tell(rows(0), PLAIN.close()).column("grade") == [-1]


@exercises(Route)
@pytest.mark.parametrize(
    ("field", "value"),
    [("grade", 3), ("priority", 4), ("severity", 1), ("channel", 2), ("n_support", 7), ("genuine", 0), ("repeat", 0),
     ("emergency", 1), ("transfers", 0), ("reworks", 0), ("extra", -12)],
)  # fmt: skip
def test_a_route_asks_for_fields_and_columns(tell: Tell, field: str, value: int) -> None:
    case = rows(0, priority=4, severity=1, n_support=7, genuine=0, extra=-12, kind=1, kinds=limited(9))
    expected = {
        "==": [False, True, False], "!=": [True, False, True], "<": [False, False, True],
        "<=": [False, True, True], ">": [True, False, False], ">=": [True, True, False],
    }  # fmt: skip
    for sign, answers in expected.items():
        for number, holds in zip((value - 1, value, value + 1), answers, strict=True):
            workflow = PLAIN.route(Is(field, sign, number), to="yes").leave().at("yes").close()
            assert tell(case, workflow).column("outcome") == ["closed" if holds else "left"], (sign, number)


@exercises(Route)
def test_a_chance_is_the_luck_of_its_name(tell: Tell) -> None:
    workflow = (
        PLAIN
        .route(Chance(0.5), to="filed", luck="coin").leave()
        .at("filed").mark("filed").route(Chance(0.25), to="end", luck="coin").mark("safe")
        .at("end").close()
    )  # fmt: skip
    story = tell(rows(*[0] * 30), workflow)
    coins = [uniform(KEY, 100 + row, purpose_code("coin")) for row in range(30)]
    # Two blocks of one name take the same luck: whoever passes 0.25 has passed 0.5.
    assert story.column("filed") == [0 if coin < 0.5 else -1 for coin in coins]
    assert story.column("safe") == [0 if 0.25 <= coin < 0.5 else -1 for coin in coins]


def test_values_by_kind_are_the_column_times_the_factor(tell: Tell) -> None:
    cases = rows(*[0] * 60, kind=np.arange(60) % 3, kinds=limited(9))
    workflow = (
        PLAIN
        .route(Chance(ByKind("share", 1.2)), to="yes", luck="coin").leave()
        .at("yes").delay(Lognormal(ByKind("slow", 30.0), 0.5), luck="work").close()
    )  # fmt: skip
    story = tell(cases, workflow)
    for row in range(60):
        share, slow = (0.0, 0.6, 3.6)[row % 3], (30.0, 60.0, 120.0)[row % 3]
        passes = uniform(KEY, 100 + row, purpose_code("coin")) < share
        work = seconds(LOGNORMAL, slow, 0.5, uniform(KEY, 100 + row, purpose_code("work")))
        assert story.ended[row] == (work if passes else 0)


def test_values_by_name_go_by_type_then_group_then_leading_department_and_may_be_multiplied(tell: Tell) -> None:
    kinds = replace(
        limited(9), ids=("a", "b", "c"), groups=("g", "g", "h"), departments=("X", "Y"), lead=np.array([0, 1, 1])
    )
    cases = rows(*[0] * 3, kind=np.arange(3), kinds=kinds)
    plain = ByName((("a", 5.0), ("g", 7.0), ("Y", 11.0)), 13.0)
    times = ByName((("X", 3.0),), 2.0, "slow")  # slow is 1, 2, 4
    workflow = PLAIN.delay(Fixed(plain)).mark("safe").delay(Fixed(times)).close()
    story = tell(cases, workflow)
    assert story.column("safe") == [5, 7, 11]
    assert story.ended == [5 + 3, 7 + 4, 11 + 8]
    others = tell(cases, PLAIN.delay(Fixed(ByName((("h", 1.0),), 13.0))).close())
    assert others.ended == [13, 13, 1]


def test_values_by_district_go_by_the_street_of_the_case_and_may_be_multiplied(tell: Tell) -> None:
    """Streets 0 and 1 are east, 2 is west; slow is 1, 2, 4 by type."""
    cases = rows(*[0] * 3, kind=np.arange(3), street=np.arange(3), kinds=limited(9), **CITY)
    plain, times = ByDistrict((("west", 5.0),), 3.0), ByDistrict((("east", 10.0), ("west", 7.0)), column="slow")
    story = tell(cases, PLAIN.delay(Fixed(plain)).mark("safe").delay(Fixed(times)).close())
    assert story.column("safe") == [3, 3, 5]
    assert story.ended == [3 + 10, 3 + 20, 5 + 28]


def test_a_chance_by_district_is_tossed_in_that_district_only(tell: Tell) -> None:
    cases = rows(*[0] * 3, street=np.arange(3), **CITY)
    workflow = PLAIN.route(Chance(ByDistrict((("east", 1.0),), 0.0)), to="end").delay(Fixed(4)).at("end").close()
    assert tell(cases, workflow).ended == [0, 0, 4]


def by_turn(value: BySupport) -> Workflow:
    return PLAIN.for_each_support(PLAIN.at("wait").delay(Fixed(value)), parallel=False).close()


def test_values_by_support_go_by_the_department_whose_turn_it_is(tell: Tell) -> None:
    """X, Y, Z support a type, and fewer of them the first case: 5, 7 and 11 s in turn, twice that where slow is 2."""
    kinds = replace(departments(), columns={"slow": np.array([2.0])})
    cases = rows(0, 0, 0, n_support=[3, 1, 0], kinds=kinds)
    plain = BySupport((("Z", 11.0), ("X", 5.0)), 7.0)
    assert tell(cases, by_turn(plain)).ended == [5 + 7 + 11, 5, 0]
    assert tell(cases, by_turn(replace(plain, column="slow"))).ended == [2 * (5 + 7 + 11), 10, 0]
    together = PLAIN.for_each_support(PLAIN.delay(Fixed(plain)), parallel=True).close()
    assert tell(cases, together).ended == [11, 5, 0]


def test_a_chance_by_support_is_tossed_in_that_turn_only(tell: Tell) -> None:
    """Only Y is asked once more, and agrees then or goes on being asked; X and Z agree at once."""
    ask = (
        PLAIN.at("ask").delay(Fixed(1)).route(Is("transfers", ">", 0), to="agreed")
        .route(Chance(BySupport((("Y", 1.0),), 0.0)), to="refused").go_to("agreed")
        .at("refused").bounce(Fixed(20), to="ask").at("agreed").delay(Fixed(2))
    )  # fmt: skip
    cases = rows(0, 0, n_support=[1, 3], kinds=departments())
    story = tell(cases, PLAIN.for_each_support(ask, parallel=False).close())
    assert story.ended == [3, 3 + (3 + 21) + 3]
    assert story.column("transfers") == [0, 1]


@exercises(Bounce)
def test_a_bounce_counts_a_transfer_and_stops_the_official_clock(tell: Tell) -> None:
    workflow = (
        PLAIN
        .at("desk").delay(Fixed(2)).route(Is("transfers", "==", 2), to="end").at("back").bounce(WORK, to="desk")
        .at("end").close()
    )  # fmt: skip
    story = tell(rows(0, work=10), workflow)
    assert [row for row in story.rows(0) if "back" in row] == ["back done 12", "back done 24"]
    assert (story.ended, story.column("transfers"), story.column("off_clock")) == ([26], [2], [20])


def test_a_bounce_that_is_not_over_has_taken_no_time_off_the_clock(tell: Tell) -> None:
    story = tell(rows(0, work=10), PLAIN.at("desk").bounce(WORK, to="end").at("end").close(), until=10)
    assert (story.rows(0), story.column("transfers"), story.column("off_clock")) == ([], [1], [0])


def test_a_returned_case_keeps_its_units(tell: Tell) -> None:
    workflow = PLAIN.seize("server", preempt=True).at("back").bounce(WORK, to="end").at("end").release("server").close()
    assert tell(rows(0, 1, priority=[5, 0], work=10), workflow).ended == [10, 20]  # and cannot be interrupted


@exercises(Verify)
def test_every_visit_takes_new_luck(tell: Tell) -> None:
    workflow = PLAIN.at("work").delay(Fixed(3)).verify(0.5, to="work", luck="verify").close()
    story = tell(rows(*[0] * 30), workflow)
    reworks = []
    for row in range(30):
        visit = 0
        while uniform(KEY, 100 + row, purpose_code("verify"), 16 * visit) < 0.5:
            visit += 1
        reworks.append(visit)
    assert story.column("reworks") == reworks
    assert story.ended == [3 * (visits + 1) for visits in reworks]
    assert max(reworks) > 2


REPEATED = (
    PLAIN.route(Is("repeat", "==", 1), to="repeat").delay(WORK).close()
    .at("repeat").delay(WORK).merge().leave()
)  # fmt: skip


@exercises(Merge, Close, Leave)
@pytest.mark.parametrize(
    ("length", "outcome", "repeats"),
    [(5, "merged", 1), (8, "merged", 1), (9, "left", 0)],  # an original that ends at this very instant counts as open
)
def test_a_repeat_merges_with_an_original_that_is_open(tell: Tell, length: int, outcome: str, repeats: int) -> None:
    story = tell(rows(2, 4, parent=[-1, 0], work=[10, length]), REPEATED)  # the original ends at 12
    assert (story.column("outcome"), story.column("repeats")) == (["closed", outcome], [repeats, 0])
    assert story.rows(1)[2] == f"merge/4 done {4 + length}"
    assert len(story.rows(1)) == (3 if outcome == "merged" else 4)
    assert story.ended[1] == 4 + length


def test_a_repeat_comes_in_only_while_its_original_is_open(tell: Tell) -> None:
    # The original is open from 2 to 12; row 3 repeats row 2, which never came in.
    story = tell(rows(2, 12, 13, 14, parent=[-1, 0, 0, 2], work=10), REPEATED)
    assert story.column("case") == [0, 1]
    assert story.column("parent") == [-1, 0]
    assert story.ended == [12, 22]


def test_a_repeat_of_the_same_instant_comes_in(tell: Tell) -> None:
    assert tell(rows(2, 2, parent=[-1, 0], work=0), REPEATED).column("outcome") == ["closed", "merged"]


@exercises(Mark)
def test_the_first_mark_of_a_milestone_counts(tell: Tell) -> None:
    workflow = (
        PLAIN.mark("filed").delay(Fixed(2)).mark("filed").mark("graded").delay(Fixed(2)).mark("dispatched").mark("arrived")
        .delay(Fixed(2)).mark("assembled").mark("safe").delay(Fixed(2)).mark("fixed").close()
    )  # fmt: skip
    story = tell(rows(1), workflow)
    names = ("filed", "graded", "dispatched", "arrived", "assembled", "safe", "fixed", "verified", "ended")
    assert [story.column(name)[0] for name in names] == [1, 3, 5, 5, 7, 7, 9, -1, 9]


@exercises(Close, Leave)
def test_close_and_leave_end_a_case(tell: Tell) -> None:
    story = tell(rows(1, 2, genuine=[1, 0]), PLAIN.route(Is("genuine", "==", 0), to="void").close().at("void").leave())
    assert (story.column("outcome"), story.ended) == (["closed", "left"], [1, 2])
    assert story.rows(1) == ["route/0 done 2", "void done 2"]


def test_what_the_intake_says_of_a_case_is_kept(tell: Tell) -> None:
    intake = rows(
        3, incident=8, kind=2, street=0, severity=1, channel=3, genuine=0, n_support=4, occurred=1, priority=2
    )
    story = tell(intake, PLAIN.route(Always(), to="end").at("end").close())
    kept = (
        "incident",
        "kind",
        "street",
        "severity",
        "channel",
        "genuine",
        "n_support",
        "occurred",
        "priority",
        "reported",
    )
    assert [int(story.log.case_columns[name][0]) for name in kept] == [8, 2, 0, 1, 3, 0, 4, 1, 2, 3]


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        (PLAIN.at("take").seize("fireman").release("fireman").close(), ("take", "fireman", "server")),
        (PLAIN.at("take").seize("crew.lead").release("crew.lead").close(), ("take", "crew:L", "server")),
        (PLAIN.at("wait").delay(FromCase("nowhere")).close(), ("wait", "nowhere")),
        (PLAIN.at("wait").delay(Fixed(ByKind("nowhere"))).close(), ("wait", "nowhere")),
        (PLAIN.at("ask").route(Is("nowhere", "==", 1), to="end").at("end").close(), ("ask", "nowhere")),
        (PLAIN.at("wait").delay(Fixed(ByName((("nobody", 1.0),)))).close(), ("wait", "nobody")),
        (PLAIN.at("wait").delay(Fixed(ByName((), 1.0, "nowhere"))).close(), ("wait", "nowhere")),
        (PLAIN.at("wait").delay(Fixed(ByDistrict((("south", 1.0),)))).close(), ("wait", "south", "city")),
        (PLAIN.at("wait").delay(Fixed(ByDistrict((), 1.0, "nowhere"))).close(), ("wait", "nowhere")),
        (by_turn(BySupport((("nobody", 1.0),))), ("wait", "nobody", "department")),
        (by_turn(BySupport((), 1.0, "nowhere")), ("wait", "nowhere")),
        (PLAIN.at("ask").route(Chance(ByKind("nowhere")), to="end").at("end").close(), ("ask", "nowhere")),
    ],
)
def test_names_that_mean_nothing_are_refused_before_the_run(
    engine: Engine, workflow: Workflow, words: tuple[str, ...]
) -> None:
    with pytest.raises(PolicyError) as refusal:
        start(rows(0, kinds=departments()), Policy("wrong", workflow, Staffing.of(server=1)), engine)
    assert [word for word in words if word not in str(refusal.value)] == []
