"""A workflow is a sentence of blocks, built by chaining verbs and checked before anything runs."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from citysim.policy.blocks import (
    AddTo,
    Always,
    Block,
    Bounce,
    CallIn,
    Close,
    Condition,
    Count,
    Delay,
    Extend,
    ForEach,
    Grade,
    Leave,
    Mark,
    Merge,
    Pace,
    RaisePriority,
    Release,
    Route,
    Seize,
    SetTo,
    Split,
    Verify,
    WaitForSlot,
    Watch,
)
from citysim.policy.durations import Duration, Value


@dataclass(frozen=True)
class Workflow:
    """A sequence of blocks. Verbs return a longer workflow; the original stays as it was.

    A workflow without `Close` is a piece to be used as a branch or body. `at(label)` names the block that follows.
    """

    blocks: tuple[Block, ...] = ()
    pending: str | None = None

    def then(self, piece: "Block | Workflow") -> "Workflow":
        """Append a block, or all blocks of a piece; the first takes the label given by a preceding `at`."""
        if isinstance(piece, Workflow):
            joined = self
            for block in piece.blocks:
                joined = joined.then(block)
            return joined if piece.pending is None else joined.at(piece.pending)
        if self.pending is not None:
            piece = replace(piece, name=self.pending)
        return Workflow((*self.blocks, piece))

    def at(self, label: str) -> "Workflow":
        return replace(self, pending=label)

    def seize(
        self,
        *pools: str,
        units: int = 1,
        preempt: bool = False,
        patience: Duration | None = None,
        room: int | None = None,
        otherwise: str | None = None,
        luck: str | None = None,
    ) -> "Workflow":
        return self.then(Seize(pools, units, preempt, patience, room, otherwise, luck))

    def delay(
        self,
        duration: Duration,
        *,
        interruptible: bool = True,
        off_clock: bool = False,
        pace: tuple[Pace, ...] = (),
        luck: str | None = None,
    ) -> "Workflow":
        return self.then(Delay(duration, interruptible, off_clock, pace, luck))

    def call_in(self, pool: str, units: int, lasts: Duration, *, luck: str | None = None) -> "Workflow":
        return self.then(CallIn(pool, units, lasts, luck))

    def release(self, *pools: str) -> "Workflow":
        return self.then(Release(pools))

    def route(self, when: Condition, to: str, *, luck: str | None = None) -> "Workflow":
        return self.then(Route(when, to, luck))

    def go_to(self, label: str) -> "Workflow":
        return self.then(Route(Always(), label))

    def split(self, *branches: "Workflow") -> "Workflow":
        return self.then(Split(tuple(branch.blocks for branch in branches)))

    def for_each_support(self, body: "Workflow", *, parallel: bool) -> "Workflow":
        return self.then(ForEach(body.blocks, parallel))

    def wait_for_slot(self, gate: str) -> "Workflow":
        return self.then(WaitForSlot(gate))

    def watch(self, after: Duration, body: "Workflow", *, luck: str | None = None) -> "Workflow":
        return self.then(Watch(after, body.blocks, luck))

    def raise_priority(self, by: int = 1) -> "Workflow":
        return self.then(RaisePriority(by))

    def mark(self, milestone: str, *, last: bool = False) -> "Workflow":
        return self.then(Mark(milestone, last))

    def count(self, counter: str) -> "Workflow":
        return self.then(Count(counter))

    def add_to(self, tally: str, by: int = 1) -> "Workflow":
        return self.then(AddTo(tally, by))

    def set_to(self, tally: str, value: int) -> "Workflow":
        return self.then(SetTo(tally, value))

    def extend(self, by: Duration, *, luck: str | None = None) -> "Workflow":
        return self.then(Extend(by, luck))

    def grade(
        self, *, set_priority: bool = True, rule: str = "", error: float = 1.0, luck: str | None = None
    ) -> "Workflow":
        return self.then(Grade(set_priority, rule, error, luck))

    def bounce(self, after: Duration, *, to: str, luck: str | None = None) -> "Workflow":
        return self.then(Bounce(after, to, luck))

    def verify(self, fails: Value, *, to: str, luck: str | None = None) -> "Workflow":
        return self.then(Verify(fails, to, luck))

    def merge(self) -> "Workflow":
        return self.then(Merge())

    def close(self) -> "Workflow":
        return self.then(Close())

    def leave(self) -> "Workflow":
        return self.then(Leave())


@dataclass(frozen=True)
class Place:
    """Where a block stands in the sentence.

    Attributes:
        number: counts blocks in reading order over all bodies; the `block` column of a log.
        lane: the number of the lane that walks it: 0 is the main lane; a branch and a watch have one number, a parallel
            for-each one for each supporting department, starting here.
        purpose: names the luck it takes.
        depth: 0 in the main sequence.
    """

    number: int
    block: Block
    lane: int
    purpose: str
    depth: int

    @property
    def label(self) -> str:
        return self.block.name or f"{type(self.block).__name__.lower()}/{self.number}"


MAX_SUPPORT = 8
"""Most supporting departments that a case can need at once."""


def bodies(block: Block) -> tuple[tuple[Block, ...], ...]:
    """The inner sequences of a block, in reading order."""
    match block:
        case Split(branches):
            return branches
        case ForEach(body) | Watch(_, body):
            return (body,)
        case _:
            return ()


def parts(value: Any) -> Iterator[Any]:
    """A block's conditions, paces, durations and values, but not the blocks inside it."""
    yield value
    if is_dataclass(value):
        for field in fields(value):
            part = getattr(value, field.name)
            inside = part if isinstance(part, tuple) else (part,)
            for one in inside:
                if not isinstance(one, Block | tuple):
                    yield from parts(one)


def walk(blocks: tuple[Block, ...]) -> tuple[Place, ...]:
    """All blocks in reading order, with their numbers, lanes and the names of their luck."""
    places: list[Place] = []
    _walk_body(blocks, 0, 0, 1, places)
    return tuple(places)


def _walk_body(blocks: tuple[Block, ...], lane: int, depth: int, free: int, places: list[Place]) -> int:
    for block in blocks:
        number = len(places)
        luck = getattr(block, "luck", None) or block.name or f"{type(block).__name__.lower()}/{number}"
        places.append(Place(number, block, lane, luck, depth))
        for body in bodies(block):
            inner = lane
            if not (isinstance(block, ForEach) and not block.parallel):
                inner, free = free, free + (MAX_SUPPORT if isinstance(block, ForEach) else 1)
            free = _walk_body(body, inner, depth + 1, free, places)
    return free


def lanes(blocks: tuple[Block, ...]) -> int:
    """How many lane numbers a sentence uses."""
    return _walk_body(blocks, 0, 0, 1, [])


def all_bodies(blocks: tuple[Block, ...]) -> Iterator[tuple[Block, ...]]:
    """The main sequence and every inner sequence."""
    yield blocks
    for block in blocks:
        for body in bodies(block):
            yield from all_bodies(body)
