"""What the reference engine remembers: sentences as people wrote them, cases, their lanes, requests and holdings.

Plain data only; `reference_pools` moves units, `reference_lanes` moves lanes. See docs/background/semantics.md.
"""

from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from simpy import Environment, Event
from simpy.events import EventPriority

from citysim.errors import SimulationBug
from citysim.log import DONE, NEVER, OPEN
from citysim.policy.blocks import Block, ForEach
from citysim.policy.workflow import Place, bodies, walk
from citysim.streams import purpose_code

if TYPE_CHECKING:
    from citysim.engines.reference_pools import Station


@dataclass(eq=False)
class Step:
    """One block where it stands; `purpose` codes its luck, `has_turn` says that it stands in a for-each.

    Lanes point at steps; when the policy changes, its numbers change under them: the block is replaced.
    """

    number: int
    block: Block
    label: str
    purpose: int
    has_turn: bool
    bodies: tuple["Body", ...]


@dataclass(frozen=True)
class Body:
    """A sequence of steps, where its labels stand, and the number of the lane (or first lane) that walks it."""

    steps: tuple[Step, ...]
    labels: dict[str, int]
    lane: int

    def all_steps(self) -> Iterator[Step]:
        """Every step here and in inner bodies, in reading order."""
        for step in self.steps:
            yield step
            for body in step.bodies:
                yield from body.all_steps()


def read_sentence(blocks: tuple[Block, ...]) -> Body:
    """The main sequence with everything nested in it, numbered as `policy.workflow.walk` numbers it."""
    return _read_body(blocks, iter(walk(blocks)), has_turn=False)


def _read_body(blocks: tuple[Block, ...], places: Iterator[Place], *, has_turn: bool) -> Body:
    # The places come in reading order, so taking them one by one while descending pairs each block with its own; the
    # same block value may stand in two places, so pairing by value or identity would be wrong.
    steps, lane = [], 0
    for block in blocks:
        place = next(places)
        lane = place.lane
        inner = tuple(_read_body(body, places, has_turn=isinstance(block, ForEach)) for body in bodies(block))
        steps.append(Step(place.number, block, place.label, purpose_code(place.purpose), has_turn, inner))
    return Body(tuple(steps), {step.block.name: i for i, step in enumerate(steps) if step.block.name}, lane)


@dataclass(eq=False, slots=True)
class Case:
    """One row of the intake that came in. Times in seconds.

    Attributes:
        places: its place at the three levels, in the order of `units.LEVELS`.
        lead, supports: codes of the leading department (or None), and of one support for each turn of a for-each.
        milestones, first_marks: when each was marked, as the log shows it, and when for the first time.
        counters: what blocks have counted, by name; not there = 0.
        lanes: its lanes that live, by number.
        visits: how often it has drawn at (block number, turn).
    """

    number: int
    luck: int
    tiebreak: int
    kind: int
    places: tuple[int, int, int]
    lead: str | None
    supports: tuple[str, ...]
    priority: int
    grade: int = NEVER
    first_grade: int = NEVER
    outcome: int = OPEN
    transfers: int = 0
    reworks: int = 0
    repeats: int = 0
    off_clock: int = 0
    ended: int = NEVER
    milestones: dict[str, int] = field(default_factory=dict)
    first_marks: dict[str, int] = field(default_factory=dict)
    counters: Counter[str] = field(default_factory=Counter)
    lanes: dict[int, "Lane"] = field(default_factory=dict)
    visits: dict[tuple[int, int], int] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Lane:
    """One thread of a case: a generator that walks a body and stops wherever it has to wait.

    Attributes:
        walk: is sent DONE, RENEGED, NO_ROOM or RESUMED (see log.EVENTS) when what it waits for has happened.
        parent: the lane that waits for this one to end; None for the main lane and for watches.
        step: the innermost block it is in.
        request: what it waits in line for.
        called_in: the pool that it has units called in for, and how many.
        alarm: the end of its delay, its patience or its watch.
        ends_at, left: when the running delay ends; how long an interrupted one has still to go. Seconds.
        is_takeable: inside an interruptible delay that runs, so its units may be pre-empted or relieved.
        children: branches that have not ended.
    """

    case: Case
    number: int
    parent: "Lane | None"
    step: Step
    walk: Generator[None, Any, None] | None = None
    request: "Request | None" = None
    holdings: list["Holding"] = field(default_factory=list)
    called_in: "tuple[Station, int] | None" = None
    alarm: Event | None = None
    ends_at: int = NEVER
    left: int = NEVER
    is_takeable: bool = False
    is_joining: bool = False
    children: int = 0
    has_ended: bool = False


@dataclass(eq=False, slots=True)
class Request:
    """A lane's wish for `units` of each wanted pool (pairs of pool name and pool), or for a place at a gate.

    Attributes:
        since: waiting since, seconds. signal: what the lane is told when served. order: its rank in line (law 3).
    """

    lane: Lane
    wants: tuple[tuple[str, "Station"], ...]
    since: int
    units: int = 1
    preempt: bool = False
    room: int | None = None
    signal: int = DONE
    order: tuple[int, ...] = ()


@dataclass(eq=False, slots=True)
class Holding:
    """Units of one pool lent to a lane under the name by which it will give them back."""

    lane: Lane
    name: str
    pool: "Station"
    units: int
    since: int


def order_in_line(lane: Lane, since: int) -> tuple[int, int, int, int, int]:
    """The order of a line: priority, waiting since, tiebreak, case, lane."""
    return (lane.case.priority, since, lane.case.tiebreak, lane.case.number, lane.number)


class Clock:
    """Simulated time: SimPy's environment, with the phases of an instant as event priorities.

    SimPy handles events by (time, priority, order of scheduling). The priority is made of phase, case and lane, so
    "always take the lowest phase that has anything left, then case, then lane" is simply SimPy's own order.

    Hazards: `env.timeout`, `event.succeed` and `env.process` use SimPy's own priorities 0 and 1, which come before
    every phase; nothing here uses them. Above all no `Process`: it starts through an event of its own, after whoever
    made it has gone on, but a branch must walk before the next one starts, and a parent must go on at once when its
    last branch ends. Lanes are therefore bare generators, moved by hand by the events that let them go.
    """

    def __init__(self, origin: Mapping[str, Any]) -> None:
        self.env = Environment(initial_time=0)
        self.origin = origin
        self.ranks: list[int] = []

    @property
    def now(self) -> int:
        return self.env.now  # type: ignore[return-value]

    def plan(self, phase: int, delay: int, call: Any, case: int = -1, lane: int = 0) -> Event:
        """Have `call()` called `delay` seconds from now, in the given phase of that instant (case -1: nobody's)."""
        event = Event(self.env)
        event._ok, event._value = True, None  # what Timeout does: it has happened as soon as its time comes
        event.callbacks = [lambda _: call()]
        rank = self.ranks[case] if self.ranks and case >= 0 else case
        self.env.schedule(event, EventPriority((phase << 40) + ((rank + 1) << 8) + lane), delay)
        return event

    def cancel(self, lane: Lane) -> None:
        """Silence the lane's alarm. SimPy cannot take an event off its queue, so it comes and does nothing."""
        if lane.alarm is not None and lane.alarm.callbacks is not None:
            lane.alarm.callbacks.clear()
        lane.alarm = None

    def bug(self, what: str, lane: Lane | None = None) -> NoReturn:
        """Stop: the engine broke its own law."""
        where = f", case {lane.case.number}, lane {lane.number}, block {lane.step.label!r}" if lane else ""
        raise SimulationBug(f"reference engine: {what}, at {self.now} s{where}; origin {dict(self.origin)}")
