"""What a case notes about itself, and grading by rules (law, sections 5 and 6)."""

import numpy as np
import pytest

from citysim.policy.blocks import COUNTERS, Count, Extend, Grade, Is, Mark
from citysim.policy.durations import EXPONENTIAL, LOGNORMAL, Exponential, Fixed, FromCase, Lognormal, TimeLimit, seconds
from citysim.policy.grading import Grading, risk_grade
from citysim.policy.workflow import Workflow
from citysim.streams import purpose_code, uniform
from citysim.units import HOUR
from tests.contract.story import CITY, KEY, WORK, Tell, asked, departments, exercises, limited, rows

PLAIN = Workflow()
EXACT = Grading(noise_sd=0.0)


@exercises(Count)
@pytest.mark.parametrize("counter", COUNTERS)
def test_a_counter_counts_and_can_be_asked_for(tell: Tell, counter: str) -> None:
    flow = PLAIN.at("again").delay(Fixed(2)).count(counter).route(Is(f"count:{counter}", "<", 3), to="again")
    story = tell(rows(0), flow.close())
    assert story.ended == [6]
    assert {name: story.column(name)[0] for name in COUNTERS} == {name: 3 * (name == counter) for name in COUNTERS}
    assert [row for row in story.rows(0) if "count" in row] == [f"count/1 done {time}" for time in (2, 4, 6)]


@exercises(Count)
def test_every_lane_of_a_case_counts_in_the_same_counter(tell: Tell) -> None:
    once = PLAIN.count("meetings")
    flow = PLAIN.watch(Fixed(3), once).split(once, PLAIN.delay(Fixed(4)).count("meetings"))
    story = tell(rows(0, 9), asked("count:meetings", flow))
    assert story.ended == [4 + 1 + 3, 13 + 1 + 3]
    assert story.column("meetings") == [3, 3]


def test_counters_that_no_block_counts_are_0(tell: Tell) -> None:
    story = tell(rows(0), asked("count:whistles"))
    assert (story.ended, [story.column(name) for name in COUNTERS]) == ([1], [[0]] * len(COUNTERS))


@exercises(Extend)
def test_an_extension_is_taken_off_the_clock_at_once(tell: Tell) -> None:
    flow = (
        PLAIN
        .at("ask").delay(WORK).at("grant").extend(Exponential(50.0), luck="grant").extend(FromCase("more"))
        .route(Is("count:extensions", "<", 4), to="ask").close()
    )  # fmt: skip
    story = tell(rows(0, 3, work=5, more=100), flow)
    drawn = [
        [seconds(EXPONENTIAL, 50.0, 0.0, uniform(KEY, 100 + row, purpose_code("grant"), 16 * k)) for k in (0, 1)]
        for row in (0, 1)
    ]
    assert story.column("off_clock") == [sum(both) + 200 for both in drawn]
    assert story.column("extensions") == [4, 4]
    assert story.ended == [10, 13]
    assert [row for row in story.rows(0) if "grant" in row] == ["grant done 5", "grant done 10"]


@exercises(Extend)
def test_an_extension_may_be_as_long_as_a_limit_and_may_be_granted_by_a_watch(tell: Tell) -> None:
    flow = PLAIN.watch(Fixed(4), PLAIN.extend(TimeLimit("close"))).delay(Fixed(9)).close()
    story = tell(rows(0, 0, 0, kind=[0, 1, 2], kinds=limited(7), **CITY), flow)
    assert story.column("off_clock") == [7, 8 * HOUR + 7 - 4, 0]  # no limit: no time, and yet an extension
    assert story.column("extensions") == [1, 1, 1]
    assert tell(rows(0, kinds=limited(7)), flow, until=4).column("extensions") == [0]


@exercises(Mark)
def test_the_last_mark_counts_where_that_is_asked_for(tell: Tell) -> None:
    flow = (
        PLAIN
        .mark("filed", last=True).mark("graded").mark("arrived").delay(Fixed(2))
        .mark("filed", last=True).mark("graded").mark("arrived", last=True).delay(Fixed(3)).mark("arrived").close()
    )  # fmt: skip
    story = tell(rows(1), flow)
    assert [story.column(name)[0] for name in ("filed", "graded", "arrived", "rooted")] == [3, 1, 3, -1]


# --- grading ----------------------------------------------------------------------------------------------------------


@exercises(Grade)
def test_a_rule_has_its_own_thresholds(tell: Tell) -> None:
    grading = Grading(noise_sd=0.0, rules=(("storm", (0.7, 0.5, 0.1)), ("calm", (0.99, 0.98, 0.97))))
    for rule, grades in (("", [0, 1, 2, 3]), ("storm", [0, 0, 1, 2]), ("calm", [3, 3, 3, 3])):
        story = tell(rows(0, 0, 0, 0, severity=[0, 1, 2, 3]), PLAIN.grade(rule=rule).close(), grading=grading)
        assert story.column("grade") == story.column("priority") == grades, rule


def test_a_rule_may_be_chosen_by_the_weather(tell: Tell) -> None:
    grading = Grading(noise_sd=0.0, rules=(("storm", (0.7, 0.5, 0.1)),))
    flow = (
        PLAIN
        .route(Is("setting:rain", ">=", 2), to="storm").grade().close()
        .at("storm").grade(rule="storm").close()
    )  # fmt: skip
    cases = rows(0, 3_600, severity=2, settings={"rain": np.array([[1.0], [2.5]])})
    assert tell(cases, flow, until=9_000, grading=grading).column("grade") == [2, 1]


@exercises(Grade)
def test_another_grade_is_counted_the_same_is_not(tell: Tell) -> None:
    grading = Grading(noise_sd=0.0, rules=(("storm", (0.7, 0.5, 0.1)),))
    flow = (
        PLAIN
        .grade().delay(Fixed(1)).grade().delay(Fixed(1)).grade(rule="storm", set_priority=False).delay(Fixed(1))
        .grade(rule="storm").close()
    )  # fmt: skip
    story = tell(rows(0, 0, severity=[0, 2]), flow, grading=grading)
    assert (story.column("grade"), story.column("regrades")) == ([0, 1], [0, 1])
    assert story.column("priority") == [0, 1]
    assert tell(rows(0, 0, severity=[0, 2]), flow, until=3, grading=grading).column("priority") == [0, 2]


def test_the_first_grade_stays_in_the_log(tell: Tell) -> None:
    grading = Grading(noise_sd=0.0, rules=(("storm", (0.7, 0.5, 0.1)),))
    flow = PLAIN.delay(WORK).grade().delay(Fixed(2)).grade(rule="storm").delay(Fixed(2)).grade(rule="storm").close()
    story = tell(rows(0, 0, 0, severity=[1, 3, 3], work=[0, 0, 50]), flow, until=20, grading=grading)
    assert (story.column("first_grade"), story.column("grade")) == ([1, 3, -1], [0, 2, -1])


@exercises(Grade)
def test_new_evidence_may_change_the_grade_in_any_body(tell: Tell) -> None:
    flow = (
        PLAIN
        .grade().watch(Fixed(5), PLAIN.at("again").grade()).seize("server").delay(WORK).release("server").close()
    )  # fmt: skip
    cases = rows(0, 1, 2, severity=[0, 3, 1], worsens=[-1, 6, -1], work=10)
    story = tell(cases, flow, grading=EXACT)
    # Case 1 is one worse (2) at 6, still behind case 2 (1).
    assert story.ended == [10, 30, 20]
    assert (story.column("grade"), story.column("regrades")) == ([0, 2, 1], [0, 1, 0])
    assert story.rows(1, 1) == ["watch/1 started 1", "watch/1 expired 6", "again done 6"]
    branch = PLAIN.split(PLAIN.delay(Fixed(3)).grade(), PLAIN.mark("filed")).close()
    assert tell(rows(0, severity=1), branch, grading=EXACT).column("grade") == [1]


def test_each_turn_of_a_for_each_grades_with_luck_of_its_own(tell: Tell) -> None:
    grading = Grading(noise_sd=0.5)
    cases = rows(*[0] * 30, n_support=3, severity=2, kinds=departments())
    for parallel in (False, True):
        story = tell(
            cases, PLAIN.for_each_support(PLAIN.grade(luck="risk"), parallel=parallel).close(), grading=grading
        )
        drawn = [
            [
                risk_grade(0.52, 0.5, 0.85, 0.65, 0.40, uniform(KEY, 100 + row, purpose_code("risk"), k))
                for k in range(3)
            ]
            for row in range(30)
        ]
        assert story.column("grade") == [three[2] for three in drawn]
        assert story.column("regrades") == [(a != b) + (b != c) for a, b, c in drawn]
    assert 0 < sum(story.column("regrades")) < 60


@exercises(Grade)
def test_the_error_depends_on_channel_evidence_and_who_judges(tell: Tell) -> None:
    grading = Grading(noise_sd=0.2, channel_factors=(0.5, 1.0, 1.5, 2.0), data_validity=0.8)
    channel = np.arange(40) % 4
    for error in (0.0, 0.3, 1.0, 10.0):
        story = tell(
            rows(*range(40), severity=2, channel=channel),
            PLAIN.grade(error=error, luck="risk").close(),
            grading=grading,
        )
        lucks = [uniform(KEY, 100 + row, purpose_code("risk")) for row in range(40)]
        deviations = [0.2 * (0.5, 1.0, 1.5, 2.0)[row % 4] * error / 0.8 for row in range(40)]
        expected = [risk_grade(0.52, sd, 0.85, 0.65, 0.40, luck) for sd, luck in zip(deviations, lucks, strict=True)]
        assert story.column("grade") == expected


@pytest.mark.parametrize(("exposure", "grades"), [([0, 1, 2], [2, 1, 2]), ([1, 1, 0], [1, 1, 2])])
def test_an_exposed_place_is_scored_higher(tell: Tell, exposure: list[int], grades: list[int]) -> None:
    grading = Grading(noise_sd=0.0, exposed=0.2)  # 0.52 + 0.2 is orange
    assert (
        tell(rows(0, 0, 0, severity=2, exposure=exposure), PLAIN.grade().close(), grading=grading).column("grade")
        == grades
    )


def test_an_intake_without_exposure_has_no_exposed_places(tell: Tell) -> None:
    assert tell(rows(0, severity=2), PLAIN.grade().close(), grading=Grading(noise_sd=0.0, exposed=0.5)).column(
        "grade"
    ) == [2]


def test_a_grade_set_in_a_watch_changes_what_is_drawn_by_grade(tell: Tell) -> None:
    flow = PLAIN.delay(Lognormal(20.0, 0.3), luck="t").route(Is("grade", "==", 1), to="end").leave().at("end").close()
    watched = PLAIN.watch(Fixed(0), PLAIN.grade(set_priority=False))
    story = tell(rows(0, severity=1), Workflow((*watched.blocks, *flow.blocks)), grading=EXACT)
    taken = seconds(LOGNORMAL, 20.0, 0.3, uniform(KEY, 100, purpose_code("t")))
    assert (story.column("outcome"), story.ended, story.column("priority")) == (["closed"], [taken], [5])
