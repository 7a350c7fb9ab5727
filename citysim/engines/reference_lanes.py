"""The reference engine's lanes: what a lane does at each block (law, section 5)."""

from array import array
from collections.abc import Generator

from citysim.engines.ordering import COMPLETION, EXPIRY
from citysim.engines.reference_facts import Facts
from citysim.engines.reference_past import Past, Tallies
from citysim.engines.reference_pools import Directory, Floor, LetGo
from citysim.engines.reference_state import Body, Case, Clock, Lane, Request, Step
from citysim.log import CANCELLED, CLOSED, DONE, EXPIRED, LEFT, MERGED, NEVER, OPEN, RENEGED, RESUMED, STARTED
from citysim.policy.blocks import (
    AddTo,
    Block,
    Bounce,
    CallIn,
    Close,
    Count,
    Delay,
    Extend,
    ForEach,
    Grade,
    Leave,
    Mark,
    Merge,
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
from citysim.policy.durations import Duration

Walk = Generator[None, int, None]
Waiting = Generator[None, int, tuple[int, str | None]]
"""A block that may take time; gives the event to note when the lane leaves it, and the label to go to."""

MOST_MOVES = 1_000_000
PLAIN = (DONE, None)
TAKES_TIME = frozenset({Seize, Delay, CallIn, Bounce, Split, ForEach, WaitForSlot})


class Walker:
    """Moves the lanes of all cases."""

    def __init__(self, clock: Clock, facts: Facts, past: Past, tallies: Tallies, directory: Directory) -> None:
        self.clock, self.facts, self.directory = clock, facts, directory
        self._past, self._tallies = past, tallies
        self.floor = Floor(clock, self.note, self._let_go)
        self.rows = array("q")  # five numbers a row; a list of tuples would keep the garbage collector busy
        self.keeps_steps = True
        self._moves, self._moves_at = 0, -1

    def note(self, lane: Lane, event: int, step: Step | None = None) -> None:
        """Write a row of the log; the block is the innermost that the lane is in, unless given."""
        if self.keeps_steps:
            block = (step or lane.step).number
            self.rows.extend((lane.case.number, lane.number, block, event, self.clock.now))

    # Lanes begin, move and end.

    def come_in(self, case: Case, main: Body) -> None:
        """A new case walks its main sequence as far as it can at once."""
        lane = Lane(case, 0, None, main.steps[0])
        lane.walk = self._walk(lane, main, 0)
        self._begin(lane)

    def _begin(self, lane: Lane) -> None:
        if lane.number in lane.case.lanes:
            self.clock.bug(f"lane {lane.number} lives already", lane)
        lane.case.lanes[lane.number] = lane
        if lane.number != 0:
            self.note(lane, STARTED)
        self._go_on(lane, None)

    def _go_on(self, lane: Lane, signal: int | None) -> None:
        """Move the lane, now, until it waits or ends; `signal` says what it waited for (None at its beginning)."""
        if lane.has_ended:
            return  # cancelled by a lane that the same sweep let go before
        assert lane.walk is not None
        try:
            lane.walk.send(signal)  # type: ignore[arg-type]
        except StopIteration:
            self._end(lane)

    def _let_go(self, lanes: list[LetGo]) -> None:
        for lane, signal in lanes:
            self._go_on(lane, signal)

    def _end(self, lane: Lane) -> None:
        """The lane ran off its end (or closed the case); the last branch takes its parent along."""
        lane.has_ended = True
        lane.case.lanes.pop(lane.number, None)
        parent = lane.parent
        if parent is None:
            if lane.holdings or (lane.number == 0 and lane.case.outcome == OPEN):
                self.clock.bug("a lane ended that holds units or leaves its case open", lane)
            return
        for holding in lane.holdings:
            holding.lane = parent
        parent.holdings += lane.holdings
        parent.children -= 1
        if parent.children == 0 and parent.is_joining:
            self._go_on(parent, DONE)

    def _end_case(self, case: Case, outcome: int) -> None:
        """The main lane ends the case: watches that still live, and what they started, stop where they are."""
        case.outcome, case.ended = outcome, self.clock.now
        for number in sorted(case.lanes.keys() - {0}):
            lane = case.lanes.pop(number)
            self.note(lane, CANCELLED)
            self.clock.cancel(lane)
            lane.has_ended = True
            if lane.request is not None:
                self.floor.give_up(lane.request)
            for holding in list(lane.holdings):
                self.floor.give_back(holding)
            self.floor.send_home(lane)

    # Walking.

    def _walk(self, lane: Lane, body: Body, turn: int) -> Walk:
        at = 0
        while at < len(body.steps):
            lane.step = step = body.steps[at]
            self._count_move(lane)
            if type(step.block) in TAKES_TIME:
                event, label = yield from self._do(lane, step, turn)
            else:
                event, label = DONE, self._do_at_once(lane, step, turn)
            self.note(lane, event, step)
            if lane.case.outcome != OPEN:
                return
            at = at + 1 if label is None else body.labels[label]

    def _count_move(self, lane: Lane) -> None:
        if self._moves_at != self.clock.now:
            self._moves, self._moves_at = 0, self.clock.now
        self._moves += 1
        if self._moves > MOST_MOVES:
            self.clock.bug(f"more than {MOST_MOVES} moves in one instant", lane)

    def _do(self, lane: Lane, step: Step, turn: int) -> Waiting:
        """Blocks that may take time."""
        case, block = lane.case, step.block
        match block:
            case Seize():
                return (yield from self._seize(lane, step, block, turn))
            case Delay():
                began = self.clock.now
                yield from self._pass_time(lane, self.facts.delay(case, block, step, turn), block.interruptible)
                case.off_clock += (self.clock.now - began) * block.off_clock
            case CallIn(name, units, lasts):
                length = self._length(case, lasts, step, turn)
                self.floor.call_in(lane, self.directory.pool(name, case, turn), units)
                yield from self._pass_time(lane, length, False)
                self.floor.send_home(lane)
            case Bounce(after, to):
                began = self.clock.now
                case.transfers += 1
                yield from self._pass_time(lane, self._length(case, after, step, turn), False)
                case.off_clock += self.clock.now - began
                return DONE, to
            case Split():
                yield from self._branch(lane, step, [(body, body.lane, 0) for body in step.bodies])
            case ForEach(_, parallel):
                body, turns = step.bodies[0], range(len(case.supports))
                if parallel:
                    yield from self._branch(lane, step, [(body, body.lane + k, k) for k in turns])
                else:
                    for k in turns:
                        yield from self._walk(lane, body, k)
            case WaitForSlot(gate):
                self.floor.join(Request(lane, (("", self.directory.gate(gate, case.places)),), self.clock.now))
                yield
        return PLAIN

    def _do_at_once(self, lane: Lane, step: Step, turn: int) -> str | None:
        """Blocks that take no time; gives the label to go to."""
        case, now = lane.case, self.clock.now
        match step.block:
            case Release(pools):
                for holding in [h for h in lane.holdings if h.name in pools]:
                    self.floor.give_back(holding)
            case Route(when, to):
                return to if self.facts.holds(case, when, step, turn) else None
            case Watch(after):
                self._watch(lane, step, after)
            case Verify(fails, to):
                if self.facts.draw(case, step, turn) < self.facts.value(case, fails, turn):
                    case.reworks += 1
                    return to
            case Merge():
                parent = self._past.open_parent(case.number, now)
                if parent is not None:
                    parent.repeats += 1
                    self._end_case(case, MERGED)
            case Close():
                self._end_case(case, CLOSED)
            case Leave():
                self._end_case(case, LEFT)
            case block:
                self._write_down(case, block, step, turn)
        return None

    def _write_down(self, case: Case, block: Block, step: Step, turn: int) -> None:
        """Blocks that only change what is known about the case or its place."""
        now = self.clock.now
        match block:
            case RaisePriority(by):
                self._set_priority(case, max(0, case.priority - by))
            case Mark(milestone, last):
                case.first_marks.setdefault(milestone, now)
                case.milestones[milestone] = now if last else case.milestones.get(milestone, now)
            case Count(counter):
                case.counters[counter] += 1
            case AddTo(tally, by):
                self._tallies.add(tally, case.places, by, now)
            case SetTo(tally, value):
                self._tallies.set(tally, case.places, value)
            case Extend(by):
                case.off_clock += self._length(case, by, step, turn)
                case.counters["extensions"] += 1
            case Grade():
                before, case.grade = case.grade, self.facts.risk_grade(case, block, step, turn)
                case.counters["regrades"] += before not in (NEVER, case.grade)
                if before == NEVER:
                    case.first_grade = case.grade
                if block.set_priority:
                    self._set_priority(case, case.grade)

    # Blocks that wait.

    def _length(self, case: Case, duration: Duration, step: Step, turn: int) -> int:
        """Seconds; waiting for a deadline that the type does not have is over at once."""
        return self.facts.length(case, duration, step, turn) or 0

    def _seize(self, lane: Lane, step: Step, block: Seize, turn: int) -> Waiting:
        case, find = lane.case, self.directory.pool
        wants = tuple((name, find(name, case, turn)) for name in block.pools)
        request = Request(lane, wants, self.clock.now, block.units, block.preempt, block.room)
        self.floor.join(request)
        if block.patience is not None:
            patience = self._length(case, block.patience, step, turn)
            lane.alarm = self.clock.plan(
                EXPIRY, patience, lambda: self._renege(lane, request), case.number, lane.number
            )
        event = yield
        self.clock.cancel(lane)
        return event, None if event == DONE else block.otherwise

    def _renege(self, lane: Lane, request: Request) -> None:
        self.floor.give_up(request)
        self._go_on(lane, RENEGED)

    def _pass_time(self, lane: Lane, length: int, interruptible: bool) -> Walk:
        """Wait until the time is over; whoever takes units of the lane stops the clock and sends it into a line."""
        lane.left = length
        while True:
            lane.ends_at = self.clock.now + lane.left
            lane.alarm = self.clock.plan(
                COMPLETION, lane.left, lambda: self._go_on(lane, DONE), lane.case.number, lane.number
            )
            if interruptible:
                lane.is_takeable = True
                for holding in lane.holdings:
                    self.floor.touch(holding.pool)
            if (yield) != RESUMED:
                break
            self.note(lane, RESUMED)
        lane.is_takeable = False

    def _branch(self, lane: Lane, step: Step, branches: list[tuple[Body, int, int]]) -> Walk:
        """Start a lane for each (body, lane number, turn) in order, and wait for the last to end."""
        lane.children = len(branches)
        for body, number, turn in branches:
            child = Lane(lane.case, number, lane, step)
            child.walk = self._walk(child, body, turn)
            self._begin(child)
        if lane.children:
            lane.is_joining = True
            yield
            lane.is_joining = False

    def _watch(self, lane: Lane, step: Step, after: Duration) -> None:
        case, body = lane.case, step.bodies[0]
        if body.lane in case.lanes:
            return  # the watch of an earlier pass still lives: no second one, and no draw
        length = self.facts.length(case, after, step, 0)
        if length is None:
            return
        watch = Lane(case, body.lane, None, step)
        watch.walk = self._watch_walk(watch, body)
        watch.alarm = self.clock.plan(EXPIRY, length, lambda: self._go_on(watch, DONE), case.number, watch.number)
        self._begin(watch)

    def _watch_walk(self, lane: Lane, body: Body) -> Walk:
        yield
        self.note(lane, EXPIRED)
        yield from self._walk(lane, body, 0)

    def _set_priority(self, case: Case, priority: int) -> None:
        """Requests of the case go to the end of their new class; who holds its units may now be outranked."""
        if priority == case.priority:
            return
        case.priority = priority
        for lane in case.lanes.values():
            request = lane.request
            if request is not None:
                self.floor.leave(request)
                request.since = self.clock.now
                self.floor.join(request)
            for holding in lane.holdings:
                self.floor.touch(holding.pool)
