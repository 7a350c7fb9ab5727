"""The sentence as text and as a diagram: every block is there, in words and units that people use."""

import re

import pytest

from citysim.policy.blocks import Among, Block, Chance, Is, Practised, Setting, Slower, Spurred
from citysim.policy.catalog import CATALOG, load_policy
from citysim.policy.describe import describe, diagram, say, say_condition, say_duration, say_pace, say_value
from citysim.policy.durations import (
    ByGrade,
    ByKind,
    Drifting,
    Exponential,
    Fixed,
    FromCase,
    Lognormal,
    TimeLimit,
    Uniform,
)
from citysim.policy.workflow import Workflow, walk

SENTENCE = (
    Workflow()
    .at("call").seize("desk", patience=Exponential(180), otherwise="gone")
    .delay(Lognormal(360, 0.4)).release("desk")
    .split(Workflow().delay(Fixed(60)), Workflow().seize("crew.lead", preempt=True).delay(Fixed(7_200)))
    .release("crew.lead")
    .verify(0.04, to="call").close()
    .at("gone").leave()
)  # fmt: skip


def test_a_sentence_reads_one_block_a_line_with_branches_indented() -> None:
    assert describe(SENTENCE).splitlines() == [
        "call: seize desk (patience exponential, mean 3 min, else go to gone)",
        "      delay lognormal, median 6 min, sigma 0.4",
        "      release desk",
        "      split into 2 branches, go on when all have ended",
        "          branch 1 of 2",
        "              delay 60 s",
        "          branch 2 of 2",
        "              seize crew.lead (pre-empting)",
        "              delay 2 h",
        "      release crew.lead",
        "      verify: with chance 0.04 it fails, go to call",
        "      close",
        "gone: leave",
    ]


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (Fixed(90), "90 s"),
        (Fixed(1_260.0), "21 min"),
        (Uniform(300, 259_200), "uniform, 5 min to 72 h"),
        (Lognormal(ByKind("work_median", 0.25), ByKind("work_sigma")),
         "lognormal, median 0.25 x work_median, sigma work_sigma"),
        (Lognormal(ByKind("travel", 1_260.0), 0.5), "lognormal, median 21 min x travel, sigma 0.5"),
        (Exponential(ByGrade(60, 60, 3_600, 7_200)), "exponential, mean (red 60 s, orange 60 s, yellow 1 h, blue 2 h)"),
        (FromCase("length"), "the case's length"),
        (TimeLimit("on_site"), "the on-site limit of the type"),
        (Fixed(Drifting(60, 6, 30, 7_200)), "60 s + 6 s a day, anew every 30 days, at most 2 h"),
    ],
)  # fmt: skip
def test_durations_are_said_in_large_units(duration: object, words: str) -> None:
    assert say_duration(duration) == words  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Is("grade", "<=", 1), "if grade is orange or worse"),
        (Is("severity", ">", 2), "if severity is milder than yellow"),
        (Is("channel", "!=", 2), "if channel is not hotline"),
        (Is("genuine", "==", 0), "if not genuine"),
        (Is("repeat", "!=", 0), "if repeat"),
        (Is("n_support", ">", 0), "if n_support > 0"),
        (Chance(0.2), "with chance 0.2"),
        (Chance(Drifting(0.5, -0.01, 7)), "with chance 0.5 - 0.01 a day, anew every 7 days, at most 1"),
        (Among(("gas", "fire")), "if the type is among gas, fire"),
        (Is("working", "==", 0), "if not working"),
        (Is("age", ">", 7_200), "if age > 2 h"),
        (Is("waiting:crew.lead@1", ">=", 3), "if waiting for crew.lead of the nearest district >= 3"),
        (Is("free:crew@2", "==", 0), "if free crew of the 2nd nearest district == 0"),
        (Is("count:wrong_merges", "<", 2), "if wrong merges so far < 2"),
        (Is("tally:joint", ">", 5), "if joint > 5"),
        (Is("setting:rain", ">=", 1), "if rain >= 1"),
    ],
)
def test_conditions_are_said_in_names(condition: object, words: str) -> None:
    assert say_condition(condition) == words  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        (Setting("travel"), "travel"),
        (Slower("waiting:desk", 0.1), "(1 + 0.1 for each waiting for desk)"),
        (Practised("tally:joint", 0.3, 50), "(1 - up to 0.3 by joint, half of it at 50)"),
        (Spurred("count:notices", 0.5), "1 / (1 + 0.5 for each notices so far)"),
        (Spurred("age", 0.5, "tally:tired", 3), "1 / (1 + 0.5 for each age, half worn off at 3 tired)"),
    ],
)
def test_a_pace_is_said_as_a_factor(pace: object, words: str) -> None:
    assert say_pace(pace) == words  # type: ignore[arg-type]


PLAIN = Workflow()


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        (PLAIN.call_in("crew.lead", 3, Fixed(7_200)), "call in 3 more of crew.lead, for 2 h"),
        (PLAIN.seize("crew.lead@3"), "seize crew.lead of the 3rd nearest district"),
        (PLAIN.delay(Fixed(90), pace=(Setting("travel"),), off_clock=True), "delay 90 s, times travel (off the clock)"),
        (PLAIN.mark("safe", last=True), "mark safe (again each time)"),
        (PLAIN.count("false_closures"), "count one of false closures"),
        (PLAIN.add_to("joint", 2), "add 2 to joint"),
        (PLAIN.add_to("joint", -2), "take 2 from joint"),
        (PLAIN.set_to("joint", 0), "set joint to 0"),
        (PLAIN.extend(Fixed(7_200)), "extend: 2 h off the clock"),
        (PLAIN.grade(), "grade the risk and set the priority"),
        (PLAIN.grade(set_priority=False, rule="storm", error=0.5), "grade the risk (rule storm, error x 0.5)"),
    ],
)
def test_the_new_blocks_are_said_in_words(workflow: Workflow, words: str) -> None:
    block: Block = workflow.blocks[0]
    assert say(block) == words


def test_a_plain_number_is_said_plainly() -> None:
    assert say_value(0.25) == "0.25"


@pytest.mark.parametrize("name", CATALOG)
def test_the_description_of_a_design_has_a_line_for_every_block(name: str) -> None:
    workflow = load_policy(name).workflow
    lines = [line for line in describe(workflow).splitlines() if not re.match(r" *branch \d+ of \d+$", line)]
    assert len(lines) == len(walk(workflow.blocks))


@pytest.mark.parametrize("name", CATALOG)
def test_a_diagram_has_a_node_for_every_block_and_only_arrows_between_nodes(name: str) -> None:
    workflow = load_policy(name).workflow
    lines = diagram(workflow).splitlines()
    assert lines[0] == "flowchart TD"
    nodes = {m[1] for line in lines if (m := re.match(r' +(b\d+)[\[{(]+"', line))}
    assert nodes == {f"b{place.number}" for place in walk(workflow.blocks)}
    arrows = [re.match(r" +(b\d+) -->(?:\|.*\|)? (b\d+)$", line) for line in lines if "-->" in line]
    assert all(arrow and {arrow[1], arrow[2]} <= nodes for arrow in arrows)
    reached = {arrow[2] for arrow in arrows if arrow}
    assert nodes - reached == {"b0"}
    assert sum(line.lstrip().startswith("subgraph") for line in lines) == sum(line.strip() == "end" for line in lines)


def test_a_diagram_goes_on_from_the_ends_of_all_branches() -> None:
    lines = [line.strip() for line in diagram(SENTENCE).splitlines()]
    assert {"b4 --> b7", "b6 --> b7"} <= set(lines)
    assert "b3 --> b7" not in lines
    assert 'b0 -->|"unserved"| b10' in lines
