"""Random worlds and random workflows for the agreement of engines: small integers everywhere, so that times tie.

A workflow is grown piece by piece so that every policy it makes passes `check_workflow`; hypothesis shrinks it.
"""

from types import MappingProxyType
from typing import Any

import numpy as np
from hypothesis import strategies as st

from citysim.intake import Intake, Kinds, Places
from citysim.policy.blocks import Chance, Is
from citysim.policy.durations import (
    ByGrade,
    ByKind,
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
from citysim.policy.staffing import Gate, PoolFamily, Shift, Staffing
from citysim.policy.workflow import Workflow
from citysim.streams import derive_array
from citysim.units import NEVER, WorkingWeek

PLAIN = ("desk", "van", "team")
DEPARTMENTS = ("X", "Y", "Z")
COUNTS = ("work", "flag")


class Grower:
    """Grows one workflow; `draw` is hypothesis', names are counted so that labels differ."""

    def __init__(self, draw: Any) -> None:
        self.draw, self.labels, self.left = draw, 0, 14

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
        )

    def drawn(self) -> Duration:
        return self.chosen(Fixed(float(self.number(0, 4))), Exponential(4.0), FromCase("work"))

    def condition(self) -> Any:
        return self.chosen(
            Chance(0.5), Chance(ByKind("odds")), Is("grade", "<=", 2), Is("flag", ">", 0), Is("priority", "<", 3),
            Is("n_support", "==", 1), Is("transfers", "<", 2), Is("repeat", "==", 1), Is("severity", "!=", 3),
        )  # fmt: skip

    def delay(self, flow: Workflow) -> Workflow:
        return flow.delay(
            self.duration(), interruptible=self.chosen(True, True, False), off_clock=self.chosen(False, False, True)
        )

    def pools(self, held: set[str], *, in_each: bool) -> tuple[str, ...]:
        free = [p for p in (*PLAIN, "crew.lead", *(("crew.support",) if in_each else ())) if p not in held]
        if not free:
            return ()
        count = self.chosen(1, 1, 1, 2)
        first = self.number(0, len(free) - 1)
        picked = [free[(first + i) % len(free)] for i in range(min(count, len(free)))]
        # a lead and a support may be the same crew, which one seize must not name twice
        if len(picked) > 1 and {"crew.lead", "crew.support"} <= set(picked):
            picked = picked[:1]
        return tuple(picked)

    def body(self, flow: Workflow, held: set[str], *, main: bool, in_each: bool, depth: int) -> Workflow:
        for _ in range(self.number(1, 3)):
            if self.left <= 0:
                break
            self.left -= 1
            flow = self.piece(flow, held, main=main, in_each=in_each, depth=depth)
        return flow

    def piece(self, flow: Workflow, held: set[str], *, main: bool, in_each: bool, depth: int) -> Workflow:
        options = ["delay", "hold", "hold", "hold", "skip", "loop", "raise", "mark", "gate", "bounce", "verify"]
        if main:
            options += ["grade", "watch", "merge"]
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
            case "raise":
                return flow.raise_priority(self.number(1, 3))
            case "mark":
                return flow.mark(self.chosen("filed", "arrived", "safe"))
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
                return flow.grade(set_priority=self.chosen(True, False))
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
            body = Workflow().delay(self.drawn()).seize("crew.support", preempt=self.chosen(True, False))
            flow = flow.for_each_support(body.delay(self.drawn()), parallel=True)
            return self.delay(flow).release("crew.support")
        body = self.hold(Workflow(), inner, main=False, in_each=True, depth=2)
        return flow.for_each_support(body, parallel=parallel)


def shifts(draw: Any, cycle: int) -> tuple[Shift, ...]:
    starts = sorted({0, *draw(st.lists(st.integers(1, cycle - 1), max_size=2))})
    return tuple(Shift(start, draw(st.integers(0 if i else 1, 3))) for i, start in enumerate(starts))


@st.composite
def policies(draw: Any) -> Policy:
    """A policy that may use every block and every option."""
    grower = Grower(draw)
    flow = Workflow()
    for _ in range(draw(st.integers(1, 3))):
        flow = grower.piece(flow, set(), main=True, in_each=False, depth=0)
    families = [
        PoolFamily(
            name,
            draw(st.sampled_from(["city", "district", "street"])),
            shifts(draw, cycle),
            cycle,
            at_shift_end=draw(st.sampled_from(["finish", "hand_over"])),
        )
        for name in (*PLAIN, *(f"crew:{d}" for d in DEPARTMENTS))
        for cycle in [draw(st.sampled_from([10, 16, 24]))]
    ]
    gate = Gate("meeting", draw(st.integers(0, 6)), draw(st.integers(1, 9)), draw(st.integers(1, 3)), "district")
    return Policy(
        "random", flow.close(), Staffing(tuple(families)), (gate,), grading=Grading((0.8, 0.5, 0.3), noise_sd=0.3)
    )


@st.composite
def intakes(draw: Any) -> Intake:
    """A few dozen cases at small integer times in two districts, some of them repeats of earlier ones."""
    n = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    reported = np.sort(rng.integers(0, draw(st.sampled_from([4, 20, 60])), n))
    tiebreak = rng.integers(0, 3, n)
    luck = derive_array(int(rng.integers(2**62)), np.arange(n))
    order = np.lexsort((luck, tiebreak, reported))
    parent = np.where(rng.random(n) < 0.3, rng.integers(0, np.arange(n) + 1) - 1, -1)
    return Intake(
        reported=reported,
        occurred=reported,
        incident=np.full(n, -1),
        parent=parent,
        kind=rng.integers(0, 3, n),
        street=rng.integers(0, 3, n),
        severity=rng.integers(0, 4, n),
        channel=rng.integers(0, 4, n),
        priority=rng.integers(0, 4, n),
        n_support=rng.integers(0, 4, n),
        genuine=rng.integers(0, 2, n),
        luck=luck[order],
        tiebreak=tiebreak[order],
        key=int(rng.integers(2**62)),
        horizon=200,
        kinds=Kinds(
            ids=("a", "b", "c"),
            groups=("g", "g", "h"),
            departments=DEPARTMENTS,
            lead=np.array([0, 1, 2], np.int16),
            supports=np.array([[1, 2, -1], [0, -1, -1], [-1, -1, -1]], np.int16),
            on_site_limit=np.array([3, NEVER, 8], np.int64),
            close_limit=np.array([NEVER, 5, 12], np.int64),
            clock=np.array([0, 1, 1], np.int8),
            emergency=np.array([0, 0, 1], np.int8),
            columns=MappingProxyType({"slow": np.array([1.0, 2.0, 4.0]), "odds": np.array([0.0, 0.5, 1.2])}),
        ),
        places=Places(np.array([0, 0, 1], np.int32), np.array([10.0, 20.0, 30.0]), ("east", "west")),
        working_week=WorkingWeek(days=(0,), start=2, end=30),
        columns={name: rng.integers(0, 5, n) for name in COUNTS},
        origin={"scenario": "random", "seed": 0, "replication": 0},
    )
