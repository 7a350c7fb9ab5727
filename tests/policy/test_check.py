"""Every kind of malformed workflow is refused when the policy is built, naming the block and the reason."""

from collections.abc import Callable

import pytest

from citysim.errors import PolicyError
from citysim.policy.blocks import Chance, Is, Watch
from citysim.policy.durations import ByGrade, ByKind, Exponential, Fixed, FromCase, Lognormal, TimeLimit, Uniform
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, Staffing
from citysim.policy.workflow import MAX_SUPPORT, Workflow, lanes, walk


def start() -> Workflow:
    return Workflow()


def wait() -> Workflow:
    return Workflow().delay(Fixed(60))


def build(workflow: Workflow) -> Policy:
    return Policy("trial", workflow, Staffing.of(desk=1, crew=1))


NEVER_ENDS = wait().at("a").delay(Fixed(1)).go_to("a")

REFUSED: list[tuple[str, Callable[[], Workflow], str]] = [
    ("empty", start, "workflow is empty"),
    ("too long", lambda: Workflow(wait().blocks * 1_001), "1001 blocks"),
    ("too many lanes", lambda: start().split(*[wait()] * 251).close(), "251 lanes|252 lanes"),
    ("label twice", lambda: wait().at("a").delay(Fixed(1)).at("a").close(), "label 'a' is used twice"),
    ("label of nothing", lambda: wait().close().at("a"), "label 'a' has no block after it"),
    ("jump into nothing", lambda: start().go_to("b"), "route leads to 'b', which is no label of the same body"),
    (
        "jump out of a branch",
        lambda: start().at("a").split(wait(), wait().route(Chance(0.5), to="a")).close(),
        "leads to 'a', which is no label of the same body",
    ),
    ("unreachable", lambda: wait().close().at("lost").leave(), "block 'lost' can never be reached"),
    ("runs off its end", wait, "runs off its end"),
    ("never ends", lambda: NEVER_ENDS, "no path ends in close or leave"),
    (
        "branch never ends",
        lambda: start().split(NEVER_ENDS, wait()).close(),
        "a branch never comes to its end",
    ),
    (
        "loop without time",
        lambda: start().at("a").mark("filed").route(Chance(0.5), to="a").close(),
        "block 'a' stands in a loop that takes no time",
    ),
    ("close in a branch", lambda: start().split(wait().close(), wait()).close(), "close must stand in the main"),
    ("grade in a branch", lambda: start().split(wait().grade(), wait()).close(), "grade must stand in the main"),
    ("merge in a branch", lambda: start().split(wait().merge(), wait()).close(), "merge must stand in the main"),
    ("watch in a branch", lambda: start().split(wait().watch(Fixed(1), wait()), wait()).close(), "watch must stand"),
    ("one branch", lambda: start().split(wait()).close(), "split needs at least two branches"),
    ("empty branch", lambda: start().split(wait(), start()).close(), "split needs at least two branches, none empty"),
    ("empty for-each", lambda: start().for_each_support(start(), parallel=True).close(), "body of a for-each is empty"),
    (
        "split in a for-each",
        lambda: start().for_each_support(start().split(wait(), wait()), parallel=True).close(),
        "a for-each must not hold a split",
    ),
    ("empty watch", lambda: start().then(Watch(Fixed(1), ())).close(), "body of a watch is empty"),
    ("negative time", lambda: start().at("a").delay(Fixed(-1)).close(), "block 'a': duration.length = -1"),
    ("no number", lambda: start().delay(Fixed(float("nan"))).close(), "duration.length = nan"),
    ("text as a number", lambda: start().delay(Fixed("6 h")).close(), "duration.length = '6 h', must be a number"),  # type: ignore[arg-type]
    ("negative by grade", lambda: start().delay(Fixed(ByGrade(1, 1, -1, 1))).close(), "duration.length.yellow = -1"),
    ("no column", lambda: start().delay(Lognormal(ByKind(""), 1)).close(), "duration.median.column = ''"),
    ("low above high", lambda: start().delay(Uniform(60, 5)).close(), "duration.low = 60, must be <= high 5"),
    ("far too much", lambda: start().route(Is("grade", "<", 2**40), to="a").at("a").close(), "must be within ±"),
    ("no case column", lambda: start().delay(FromCase("")).close(), "duration.column is empty"),
    ("no such limit", lambda: start().delay(TimeLimit("soon")).close(), "which = 'soon', must be 'on_site' or 'close'"),
    ("no duration", lambda: start().delay(60).close(), "must be a duration"),  # type: ignore[arg-type]
    ("chance above 1", lambda: start().route(Chance(1.5), to="a").at("a").close(), "chance = 1.5, must be within 0..1"),
    ("no operator", lambda: start().route(Is("grade", "=", 1), to="a").at("a").close(), "operator '=', must be one of"),
    (
        "no whole number",
        lambda: start().route(Is("grade", "==", 0.5), to="a").at("a").close(),  # type: ignore[arg-type]
        "needs a field",
    ),
    ("no condition", lambda: start().route("always", to="a").at("a").close(), "is none of Chance, Is, Always"),  # type: ignore[arg-type]
    ("fails above 1", lambda: wait().at("a").delay(Fixed(1)).verify(2, to="a").close(), "fails = 2, must be within"),
    ("no such milestone", lambda: start().mark("solved").close(), "milestone = 'solved', must be one of filed"),
    ("raise by 0", lambda: start().raise_priority(0).close(), "by = 0, must be within 1..7"),
    ("no gate", lambda: start().wait_for_slot("").close(), "gate is empty"),
    ("unknown gate", lambda: start().wait_for_slot("forum").close(), "waits for gate 'forum'; gates are: none"),
    ("no pool", lambda: start().seize().close(), "pools = (), must name one pool"),
    ("a pool twice", lambda: start().seize("desk", "desk").close(), "must name one pool or several different ones"),
    ("no such role", lambda: start().seize("crew.boss").close(), "a role must be '.lead' or '.support'"),
    ("no units", lambda: start().seize("desk", units=0).close(), "units = 0, must be within 1..10000"),
    ("pre-empt two", lambda: start().seize("desk", "crew", preempt=True).close(), "preempt works for one unit"),
    ("room for two", lambda: start().seize("desk", "crew", room=1, otherwise="a").close(), "room = 1, must be"),
    ("patience, no way out", lambda: start().seize("desk", patience=Fixed(1)).close(), "must be given together"),
    ("a way out, no patience", lambda: start().seize("desk", otherwise="a").close(), "must be given together"),
    (
        "patience to a deadline",
        lambda: start().seize("desk", patience=TimeLimit("close"), otherwise="a").at("a").close(),
        "patience must not be a time limit",
    ),
    ("kept at the end", lambda: start().seize("desk").close(), "ends the case while desk may still be held"),
    ("kept on one path", lambda: start().route(Chance(0.5), to="a").seize("desk").at("a").close(), "block 'a' ends"),
    ("kept at a merge", lambda: start().seize("desk").merge().release("desk").close(), "may end the case while desk"),
    ("taken twice", lambda: start().seize("desk").seize("desk").release("desk").close(), "which may be held already"),
    ("not held", lambda: start().release("desk").close(), "releases desk, which is not held there"),
    (
        "not held in the branch",
        lambda: start().seize("desk").split(wait().release("desk"), wait()).release("desk").close(),
        "releases desk, which is not held there",
    ),
    (
        "taken in two branches",
        lambda: start().split(start().seize("desk"), start().seize("desk")).release("desk").close(),
        "desk may be held twice",
    ),
    (
        "kept from turn to turn",
        lambda: start().for_each_support(start().seize("crew.support"), parallel=False).release("crew.support").close(),
        "must release crew.support in its body",
    ),
    (
        "kept by a watch",
        lambda: start().watch(Exponential(60), start().seize("desk")).close(),
        "must release desk in its body",
    ),
]


@pytest.mark.parametrize(("make", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_malformed_workflow_is_refused(make: Callable[[], Workflow], reason: str) -> None:
    with pytest.raises(PolicyError) as refused:
        build(make())
    assert any(words in str(refused.value) for words in reason.split("|"))


ACCEPTED = {
    "released on one path, never held on the other": (
        start().route(Chance(0.5), to="out").seize("desk").delay(Fixed(1)).at("out").release("desk").close()
    ),
    "two ways to one release, the shorter first": (
        start().route(Chance(0.5), to="other").route(Chance(0.5), to="out").seize("desk").go_to("out")
        .at("other").seize("crew").at("out").release("desk", "crew").close()
    ),
    "what a branch still holds passes to the parent": (
        start().split(start().seize("desk"), start().seize("crew")).release("desk", "crew").close()
    ),
    "supports that came in parallel are released together": (
        start().for_each_support(start().seize("crew.support"), parallel=True).release("crew.support").close()
    ),
    "an impatient caller holds nothing": (
        start().seize("desk", patience=Fixed(1), otherwise="out").release("desk").close().at("out").leave()
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_well_formed_workflow_is_accepted(name: str) -> None:
    build(ACCEPTED[name])


def test_a_gate_of_the_policy_may_be_waited_for() -> None:
    Policy("meeting", start().wait_for_slot("forum").close(), Staffing.of(), gates=(Gate("forum", 0, 60, 1),))


def test_two_gates_of_one_name_are_refused() -> None:
    with pytest.raises(PolicyError, match="names must differ"):
        Policy("twice", wait().close(), Staffing.of(), gates=(Gate("forum", 0, 60, 1), Gate("forum", 0, 60, 2)))


def test_blocks_are_numbered_in_reading_order_and_lanes_branch_by_branch() -> None:
    support = start().seize("crew.support").release("crew.support")
    workflow = wait().split(wait(), wait()).for_each_support(support, parallel=True).watch(Fixed(1), wait()).close()
    places = walk(workflow.blocks)
    assert [place.number for place in places] == list(range(len(places)))
    assert [place.lane for place in places] == [0, 0, 1, 2, 0, 3, 3, 0, 3 + MAX_SUPPORT, 0]
    assert lanes(workflow.blocks) == 4 + MAX_SUPPORT
