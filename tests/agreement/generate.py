"""Random policies for the agreement of engines: small integers everywhere, so that times tie.

A workflow is grown piece by piece so that every policy it makes passes `check_workflow`; hypothesis shrinks it.
"""

from typing import Any

from hypothesis import strategies as st

from citysim.intake import Intake
from citysim.policy.blocks import (
    COUNTERS,
    FIELDS,
    MILESTONES,
    OPERATORS,
    Among,
    Chance,
    Is,
    Pace,
    Practised,
    Setting,
    Slower,
    Spurred,
)
from citysim.policy.durations import (
    ByDistrict,
    ByGrade,
    ByKind,
    ByName,
    BySupport,
    Drifting,
    Duration,
    Exponential,
    Fixed,
    FromCase,
    Lognormal,
    TimeLimit,
    Uniform,
)
from citysim.policy.grading import Grading
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, PoolFamily, Shift, Staffing, Tally
from citysim.policy.workflow import Workflow
from tests.agreement.worlds import BASES, DEPARTMENTS, intakes

PLAIN = ("desk", "van", "team")
SET, ADDED = ("joint",), ("recent", "traffic", "injury")
"""Tallies without and with a memory limit; the latter must only grow."""


class Grower:
    """Grows one workflow; `draw` is hypothesis', names are counted so that labels differ."""

    def __init__(self, draw: Any) -> None:
        self.draw, self.labels, self.left = draw, 0, 18

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def chosen(self, *options: Any) -> Any:
        return options[self.number(0, len(options) - 1)]

    def label(self) -> str:
        self.labels += 1
        return f"l{self.labels}"

    def duration(self) -> Duration:
        return self.chosen(
            Fixed(float(self.number(0, 4))),
            FromCase("work"),
            Exponential(float(self.number(1, 6))),
            Lognormal(ByKind("slow", 1.5), 0.5),
            Uniform(0.0, ByGrade(2.0, 3.0, 4.0, 9.0)),
            TimeLimit(self.chosen("on_site", "close")),
            Exponential(Drifting(2.0, 3.0, 2, 9.0)),
            Fixed(ByName((("b", 3.0), ("h", 1.0)), 2.0, "slow")),
            Fixed(ByDistrict((("east", 1.5),), 4.0, "slow")),
        )

    def field(self) -> str:
        """Anything that may be asked for in any body."""
        match self.chosen("field", "field", "field", "pool", "pool", "count", "tally", "tally", "other"):
            case "field":
                return self.chosen("severity", "severity", "age", *FIELDS)
            case "pool":
                return self.chosen("waiting:", "free:") + self.chosen(*PLAIN, "crew.lead") + self.near()
            case "count":
                return "count:" + self.chosen("regrades", "notices", "extensions", *COUNTERS)
            case "tally":
                return "tally:" + self.chosen(*SET, *SET, *ADDED)
            case _:
                return self.chosen("flag", "worn", "setting:rain", "setting:travel")

    def near(self) -> str:
        return self.chosen("", "", "@1", "@2")

    def pace(self) -> tuple[Pace, ...]:
        """Mostly none; else up to three factors."""
        return tuple(self.factor() for _ in range(self.chosen(0, 0, 0, 1, 2, 3)))

    def factor(self) -> Pace:
        match self.number(0, 3):
            case 0:
                return Setting(self.chosen("rain", "travel"))
            case 1:
                return Slower(self.field(), self.chosen(0.0, 0.1, 0.25))
            case 2:
                return Practised(self.field(), self.chosen(0.0, 0.5, 0.9), self.chosen(1.0, 3.0))
            case _:
                worn_by = self.field() if self.chosen(True, False) else None
                return Spurred(self.field(), self.chosen(0.1, 1.0), worn_by, self.chosen(1.0, 2.5))

    def drawn(self) -> Duration:
        return self.chosen(Fixed(float(self.number(0, 4))), Exponential(4.0), FromCase("work"))

    def condition(self) -> Any:
        if self.chosen(True, False):
            return Is(self.field(), self.chosen(*OPERATORS), self.number(-1, 4))
        return self.chosen(
            Chance(0.5), Chance(ByKind("odds")), Chance(Drifting(0.3, 0.5, 3)), Is("flag", ">", 0),
            Chance(ByName((("a", 0.2), ("h", 0.9)), 0.5)), Chance(ByDistrict((("east", 0.2),), 0.7)),
            Is("grade", "<=", 2), Is("priority", "<", 3), Among(("a",)), Among(("h", "b")),
        )  # fmt: skip

    def delay(self, flow: Workflow) -> Workflow:
        return flow.delay(
            self.duration(),
            interruptible=self.chosen(True, True, False),
            off_clock=self.chosen(False, False, True),
            pace=self.pace(),
        )

    def pools(self, held: set[str], *, in_each: bool) -> tuple[str, ...]:
        free = [p for p in (*PLAIN, "crew.lead", *(("crew.support",) if in_each else ())) if p not in held]
        if not free:
            return ()
        count = self.chosen(1, 1, 1, 2)
        first = self.number(0, len(free) - 1)
        picked = [free[(first + i) % len(free)] for i in range(min(count, len(free)))]
        # a lead and a support may be the same family, which one seize must not name twice
        if len(picked) > 1 and {"crew.lead", "crew.support"} <= set(picked):
            picked = picked[:1]
        named = [pool + self.near() for pool in picked]
        return () if set(named) & held else tuple(named)

    def body(self, flow: Workflow, held: set[str], *, main: bool, in_each: bool, depth: int) -> Workflow:
        for _ in range(self.number(1, 3)):
            if self.left <= 0:
                break
            self.left -= 1
            flow = self.piece(flow, held, main=main, in_each=in_each, depth=depth)
        return flow

    def piece(self, flow: Workflow, held: set[str], *, main: bool, in_each: bool, depth: int) -> Workflow:
        options = ["delay", "hold", "hold", "hold", "skip", "loop", "note", "note", "gate", "bounce", "verify", "call"]
        options += ["note", "grade", "delay"]
        if main:
            options += ["watch", "watch", "merge"]
        if depth < 2 and not in_each:
            options += ["split", "each", "each"]
        match self.chosen(*options):
            case "hold":
                return self.hold(flow, held, main=main, in_each=in_each, depth=depth)
            case "skip":
                label = self.label()
                flow = self.delay(flow.route(self.condition(), label))
                return flow.at(label).raise_priority()
            case "loop":
                label = self.label()
                flow = flow.at(label).delay(Exponential(3.0))
                return flow.route(Chance(0.4), label)
            case "note":
                return self.note(flow)
            case "call":
                pool = self.chosen(*PLAIN, "crew.lead", *(("crew.support",) if in_each else ()))
                return flow.call_in(pool + self.near(), self.number(1, 3), self.duration())
            case "gate":
                return flow.wait_for_slot("meeting")
            case "bounce":
                start, label = self.label(), self.label()
                flow = flow.at(start).delay(Fixed(1.0)).route(Chance(0.6), label)
                return flow.bounce(self.drawn(), to=start).at(label).mark("dispatched")
            case "verify":
                label = self.label()
                return self.delay(flow.at(label).delay(Fixed(1.0))).verify(0.3, to=label)
            case "grade":
                error, rule = self.chosen(1.0, 0.0, 0.5, 3.0), self.chosen("", "", "storm", "calm")
                return flow.grade(set_priority=self.chosen(True, False), rule=rule, error=error)
            case "watch":
                inner = Grower.body(self, Workflow(), set(), main=False, in_each=False, depth=depth + 1)
                return flow.watch(self.duration(), inner if inner.blocks else Workflow().raise_priority())
            case "merge" if not held:
                return flow.merge()
            case "split":
                return self.split(flow, held, depth)
            case "each":
                return self.each(flow, held, depth)
            case _:
                return self.delay(flow)

    def note(self, flow: Workflow) -> Workflow:
        """A block that takes no time and writes something down."""
        match self.chosen("raise", "mark", "mark", "count", "add", "add", "set", "extend"):
            case "raise":
                return flow.raise_priority(self.number(1, 3))
            case "mark":
                return flow.mark(
                    self.chosen("safe", "safe", "safe", "safe", "rooted", *MILESTONES),
                    last=self.chosen(False, False, True),
                )
            case "count":
                return flow.count(self.chosen("notices", "notices", *COUNTERS))
            case "add":
                by = self.number(1, 3)
                return flow.add_to(*self.chosen(("joint", by), ("joint", -by), (self.chosen(*ADDED), by)))
            case "set":
                return flow.set_to("joint", self.number(-2, 5))
            case _:
                return flow.extend(self.duration())

    def hold(self, flow: Workflow, held: set[str], *, main: bool, in_each: bool, depth: int) -> Workflow:
        """Seize, do something, release; now and then with patience, room, pre-emption or several units."""
        pools = self.pools(held, in_each=in_each)
        if not pools:
            return self.delay(flow)
        label, kind = self.label(), self.chosen("plain", "plain", "patience", "room", "preempt", "units")
        if kind == "patience":
            flow = flow.seize(*pools, patience=self.drawn(), otherwise=label)
        elif kind == "room" and len(pools) == 1:
            flow = flow.seize(*pools, room=self.number(0, 2), otherwise=label)
        elif kind == "preempt" and len(pools) == 1:
            flow = flow.seize(*pools, preempt=True)
        else:
            flow = flow.seize(*pools, units=2 if kind == "units" else 1)
        inner = held | set(pools)
        flow = self.body(self.delay(flow), inner, main=main, in_each=in_each, depth=depth)
        return flow.release(*pools).at(label).mark("fixed")

    def split(self, flow: Workflow, held: set[str], depth: int) -> Workflow:
        branches = [
            self.body(Workflow(), set(held), main=False, in_each=False, depth=depth + 1)
            for _ in range(self.number(2, 3))
        ]
        branches = [b if b.blocks else Workflow().delay(Fixed(1.0)) for b in branches]
        free = [p for p in PLAIN if p not in held]
        if free and self.chosen(True, False):  # what a branch holds at its end passes to the lane that started it
            branches[0] = branches[0].seize(free[0])
            return self.delay(flow.split(*branches)).release(free[0])
        return flow.split(*branches)

    def each(self, flow: Workflow, held: set[str], depth: int) -> Workflow:
        parallel = self.chosen(True, False)
        inner = set() if parallel else set(held)
        if parallel and self.chosen(True, False):
            body = self.asked().delay(self.drawn()).seize("crew.support", preempt=self.chosen(True, False))
            flow = flow.for_each_support(body.delay(self.drawn()), parallel=True)
            return self.delay(flow).release("crew.support")
        body = self.hold(self.asked(), inner, main=False, in_each=True, depth=2)
        return flow.for_each_support(body, parallel=parallel)

    def asked(self) -> Workflow:
        """Mostly nothing; else what goes by the department whose turn it is."""
        if self.chosen(True, True, False):
            return Workflow()
        agrees = self.label()
        return (
            Workflow().route(Chance(BySupport((("X", 0.9), ("Z", 0.2)), 0.5, "odds")), to=agrees)
            .delay(Fixed(BySupport((("Y", 3.0),), 1.0, "slow"))).verify(BySupport((("Y", 1.0),), 0.0), to=agrees)
            .at(agrees).delay(Exponential(BySupport((("X", 2.0),), 5.0)))
        )  # fmt: skip


def family(draw: Any, name: str, base: int) -> PoolFamily:
    """Shifts change every few seconds from `base` on; now and then the family begins late or ends."""
    cycle = base + draw(st.sampled_from([10, 16, 24]))
    starts = sorted({0, *(base + start for start in draw(st.lists(st.integers(1, 9), max_size=2)))})
    since = draw(st.sampled_from([0, 0, 0, base + 7, base + 10]))
    return PoolFamily(
        name,
        draw(st.sampled_from(["city", "district", "street"])),
        tuple(Shift(start, draw(st.integers(0 if i else 1, 3))) for i, start in enumerate(starts)),
        cycle,
        at_shift_end=draw(st.sampled_from(["finish", "hand_over"])),
        since=since,
        until=draw(st.sampled_from([None, None, None, base + 11, base + 40])),
    )


def tallies(draw: Any) -> tuple[Tally, ...]:
    levels = st.sampled_from(["city", "district", "street"])
    remembered = [Tally(name, draw(levels), draw(st.integers(0, 2))) for name in ADDED]
    return (*remembered, *(Tally(name, draw(levels)) for name in SET))


@st.composite
def policies(draw: Any, base: int = 0) -> Policy:
    """A policy that may use every block and every option."""
    grower = Grower(draw)
    flow = Workflow()
    for _ in range(draw(st.integers(1, 4))):
        flow = grower.piece(flow, set(), main=True, in_each=False, depth=0)
    ends = draw(st.sampled_from(["close", "close", "leave", "rooted"]))
    flow = flow.leave() if ends == "leave" else (flow.mark("rooted") if ends == "rooted" else flow).close()
    families = tuple(family(draw, name, base) for name in (*PLAIN, *(f"crew:{d}" for d in DEPARTMENTS)))
    first, period = base + draw(st.integers(0, 6)), draw(st.integers(1, 9))
    gate = Gate("meeting", first, period, draw(st.integers(1, 3)), draw(st.sampled_from(["city", "district"])))
    grading = Grading(
        (0.8, 0.5, 0.3),
        noise_sd=0.3,
        rules=(("storm", (0.5, 0.4, 0.1)), ("calm", (0.9, 0.9, 0.6))),
        channel_factors=draw(st.sampled_from([(1.0, 1.0, 1.0, 1.0), (0.5, 1.0, 1.5, 0.0)])),
        data_validity=draw(st.sampled_from([1.0, 0.7])),
        exposed=draw(st.sampled_from([0.0, 0.2])),
    )
    return Policy("random", flow, Staffing(families), (gate,), tallies(draw), grading)


@st.composite
def scenes(draw: Any) -> tuple[Policy, Intake]:
    """A policy and an intake that begin at the same moment; the run is to last until `intake.horizon`."""
    base = draw(st.sampled_from(BASES))
    return draw(policies(base)), draw(intakes(base))
