"""Every kind of malformed workflow is refused when the policy is built, naming the block and the reason."""

from collections.abc import Callable

import pytest

from citysim.errors import PolicyError
from citysim.policy.blocks import (
    AddTo,
    Among,
    Chance,
    Condition,
    Delay,
    Is,
    Pace,
    Practised,
    Setting,
    Slower,
    Spurred,
    Watch,
)
from citysim.policy.durations import (
    ByDistrict,
    ByGrade,
    ByKind,
    ByName,
    BySupport,
    Drifting,
    Exponential,
    Fixed,
    FromCase,
    Lognormal,
    TimeLimit,
    Uniform,
)
from citysim.policy.grading import Grading
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, Staffing, Tally
from citysim.policy.workflow import MAX_SUPPORT, Workflow, lanes, walk


def start() -> Workflow:
    return Workflow()


def wait() -> Workflow:
    return Workflow().delay(Fixed(60))


def paced(*pace: Pace) -> Workflow:
    return start().delay(Fixed(60), pace=pace).close()


def in_turn(duration: Fixed) -> Workflow:
    return start().for_each_support(start().delay(duration), parallel=False).close()


def asks(when: Condition) -> Workflow:
    return start().route(when, to="a").at("a").close()


def drifting(start: float = 0.1, per_day: float = 0.1, every_days: int = 30, most: float = 1.0) -> Workflow:
    return asks(Chance(Drifting(start, per_day, every_days, most)))


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
    ("no condition", lambda: start().route("always", to="a").at("a").close(), "is none of Chance, Is, Among, Always"),  # type: ignore[arg-type]
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
    ("no neighbour 0", lambda: start().seize("crew@0").release("crew@0").close(), "a neighbour must be '@1' (nearest)"),
    ("no neighbour 9", lambda: start().seize("crew.lead@9").close(), "a neighbour must be '@1' (nearest) to '@8'"),
    ("a neighbour of nothing", lambda: start().seize("@1").close(), "pool '@1', a neighbour must be"),
    ("one family twice", lambda: start().seize("crew", "crew@1").close(), "one family in two places at once"),
    ("call in nobody", lambda: start().call_in("crew", 0, Fixed(1)).close(), "units = 0, must be within 1..10000"),
    ("call in half", lambda: start().call_in("crew", 1.5, Fixed(1)).close(), "units = 1.5, must be within"),  # type: ignore[arg-type]
    ("call in nowhere", lambda: start().call_in("", 1, Fixed(1)).close(), "must name one pool"),
    ("call in for less", lambda: start().call_in("crew", 1, Fixed(-1)).close(), "lasts.length = -1, must be within"),
    ("no such counter", lambda: start().count("sighs").close(), "counter = 'sighs', must be one of regrades, notices"),
    ("add nothing", lambda: start().add_to("joint", 0).close(), "by = 0, must not be 0"),
    ("add too much", lambda: start().add_to("joint", 1_001).close(), "by = 1001, must be within -1000..1000"),
    ("add a part", lambda: start().add_to("joint", 0.5).close(), "by = 0.5, must be within"),  # type: ignore[arg-type]
    ("set too high", lambda: start().set_to("joint", -2_000).close(), "value = -2000, must be within -1000..1000"),
    ("extend backwards", lambda: start().extend(Fixed(-5)).close(), "by.length = -5, must be within"),
    ("a wild panel", lambda: start().grade(error=11).close(), "error = 11, must be within 0..10"),
    ("a panel of nan", lambda: start().grade(error=float("nan")).close(), "error = nan, must be within 0..10"),
    ("slower and faster", lambda: paced(Slower("severity", -0.1)), "pace.each = -0.1, must be within 0..1000"),
    ("slower for ever", lambda: paced(Slower("severity", float("inf"))), "pace.each = inf, must be within"),
    ("practised to nothing", lambda: paced(Practised("age", 1.0, 2.0)), "pace.most = 1.0, must be below 1"),
    ("practised at once", lambda: paced(Practised("age", 0.5, 0.0)), "pace.half = 0.0, must be above 0"),
    ("spurred by less", lambda: paced(Spurred("age", -1.0)), "pace.each = -1.0, must be within"),
    ("worn off at once", lambda: paced(Spurred("age", 1.0, "age", -1.0)), "pace.half = -1.0, must be above 0"),
    ("worn by nothing", lambda: paced(Spurred("age", 1.0, "")), "needs a field"),
    ("no setting", lambda: paced(Setting("")), "pace setting '', must name a setting"),
    ("no pace", lambda: start().then(Delay(Fixed(1), pace=(1.5,))).close(), "pace 1.5 is none of Setting, Slower"),  # type: ignore[arg-type]
    ("no such prefix", lambda: asks(Is("weather:rain", "==", 1)), "must begin with one of count:, tally:, waiting:"),
    ("a prefix alone", lambda: asks(Is("tally:", "==", 1)), "field 'tally:', must begin with"),
    ("asks for no counter", lambda: asks(Is("count:sighs", "==", 1)), "counters are regrades, notices"),
    ("asks for no role", lambda: asks(Is("free:crew.boss", "==", 1)), "a role must be '.lead' or '.support'"),
    ("asks too far", lambda: asks(Is("waiting:crew@12", "==", 1)), "a neighbour must be '@1'"),
    ("among none", lambda: asks(Among(())), "among (), must name at least one type or group"),
    ("among letters", lambda: asks(Among("gas")), "among 'gas', must name"),  # type: ignore[arg-type]
    ("drifting for ever", lambda: drifting(every_days=0), "chance.every_days = 0, must be a whole number from 1 on"),
    ("drifting to nothing", lambda: drifting(most=0.0), "chance.most = 0.0, must be above 0"),
    ("drifting beyond 1", lambda: drifting(most=2.0), "chance.most = 2.0, must be within 0..1"),
    ("drifting from nan", lambda: drifting(start=float("nan")), "chance.start = nan, must be a number"),
    ("a name twice", lambda: start().delay(Fixed(ByName((("a", 1), ("a", 2))))).close(), "names must be different"),
    ("a chance by name", lambda: start().route(Chance(ByName((("a", 2),))), to="end").at("end").close(), "a = 2"),
    ("a district twice", lambda: start().delay(Fixed(ByDistrict((("a", 1), ("a", 2))))).close(), "must be different"),
    ("by district", lambda: start().route(Chance(ByDistrict((("a", 2),))), to="end").at("end").close(), "a = 2"),
    ("by support", lambda: start().delay(Fixed(BySupport((("a", 1),)))).close(), "outside a for-each"),
    ("watched by support", lambda: start().watch(Fixed(BySupport(())), wait()).close(), "outside a for-each"),
    ("a support twice", lambda: in_turn(Fixed(BySupport((("a", 1), ("a", 2))))), "must be different"),
    ("a value in a value", lambda: start().delay(Fixed(ByGrade(1, 1, 1, ByKind("x")))).close(), "length.blue = ByKind"),  # type: ignore[arg-type]
    (
        "loop of notes",
        lambda: start().at("a").count("notices").grade().extend(Fixed(9)).route(Chance(0.5), to="a").close(),
        "block 'a' stands in a loop that takes no time",
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
    "a case may be graded wherever evidence comes in": (
        start().watch(Fixed(1), start().grade()).split(start().grade(), wait()).close()
    ),
    "calling people in takes time": (
        start().at("a").call_in("crew", 1, Fixed(1)).route(Chance(0.5), to="a").close()
    ),
    "own and neighbouring units are two things to hold": (
        start().seize("crew").seize("crew@1").release("crew", "crew@1").close()
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


NAMES: list[tuple[str, Workflow, str]] = [
    ("writes no tally", start().add_to("joint").close(), "writes tally 'joint'; tallies are: recent, all"),
    ("sets no tally", start().set_to("joint", 1).close(), "writes tally 'joint'"),
    ("asks for no tally", asks(Is("tally:joint", ">", 1)), "asks for tally 'joint'; tallies are: recent, all"),
    ("slower by no tally", paced(Slower("tally:joint", 0.1)), "asks for tally 'joint'"),
    ("practised by no tally", paced(Practised("tally:joint", 0.1, 1)), "asks for tally 'joint'"),
    ("worn by no tally", paced(Spurred("age", 0.1, "tally:joint")), "asks for tally 'joint'"),
    ("sets what forgets", start().at("a").set_to("recent", 1).close(), "block 'a': tally 'recent' forgets after hours"),
    ("takes from what forgets", start().add_to("recent", -1).close(), "can only be added to"),
    ("no such rule", start().grade(rule="calm").close(), "grades by rule 'calm'; rules are: storm"),
    ("no such rule on a watch", start().watch(Fixed(1), start().grade(rule="calm")).close(), "rule 'calm'"),
]


def named(workflow: Workflow) -> Policy:
    tallies = (Tally("recent", memory_hours=2), Tally("all"))
    return Policy(
        "trial", workflow, Staffing.of(), tallies=tallies, grading=Grading(rules=(("storm", (0.7, 0.5, 0.1)),))
    )


@pytest.mark.parametrize(("workflow", "reason"), [case[1:] for case in NAMES], ids=[case[0] for case in NAMES])
def test_a_name_that_the_policy_does_not_have_is_refused(workflow: Workflow, reason: str) -> None:
    with pytest.raises(PolicyError) as refused:
        named(workflow)
    assert reason in str(refused.value)


def test_a_name_that_the_policy_has_is_accepted() -> None:
    flow = start().add_to("recent").add_to("all", -1).set_to("all", 3).then(AddTo("all")).grade(rule="storm").grade()
    named(flow.delay(Fixed(1), pace=(Slower("tally:recent", 0.1), Setting("unknown until the run"))).close())


def test_two_tallies_of_one_name_are_refused() -> None:
    with pytest.raises(PolicyError, match="names must differ"):
        Policy("twice", wait().close(), Staffing.of(), tallies=(Tally("joint"), Tally("joint", "city")))


def test_blocks_are_numbered_in_reading_order_and_lanes_branch_by_branch() -> None:
    support = start().seize("crew.support").release("crew.support")
    workflow = wait().split(wait(), wait()).for_each_support(support, parallel=True).watch(Fixed(1), wait()).close()
    places = walk(workflow.blocks)
    assert [place.number for place in places] == list(range(len(places)))
    assert [place.lane for place in places] == [0, 0, 1, 2, 0, 3, 3, 0, 3 + MAX_SUPPORT, 0]
    assert lanes(workflow.blocks) == 4 + MAX_SUPPORT
