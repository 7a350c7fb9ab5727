"""Lowers a policy to flat arrays for the kernel: walks the sentence and writes instructions."""

import numpy as np

from citysim.engines.lowering_tables import Tables
from citysim.engines.ordering import TURNS
from citysim.engines.program import (
    ADD_TO,
    AMONG,
    BLOCK,
    BOUNCE,
    CALL_IN,
    CHANCE,
    COMPARE,
    COUNT,
    COUNTER,
    DELAY,
    EACH_AT_ONCE,
    EACH_IN_TURN,
    END,
    EXTEND,
    GRADE,
    JUMP,
    LANE_END,
    MARK,
    MERGE,
    NEXT_TURN,
    OP,
    RAISE,
    RELEASE,
    SEIZE,
    SET_TO,
    SEVERAL,
    SLOT,
    SPLIT,
    VERIFY,
    WATCH,
    WATCH_END,
    A,
    B,
    C,
    Program,
)
from citysim.intake import Intake
from citysim.policy.blocks import (
    OPERATORS,
    AddTo,
    Always,
    Among,
    Block,
    Bounce,
    CallIn,
    Chance,
    Close,
    Condition,
    Count,
    Delay,
    Extend,
    ForEach,
    Grade,
    Is,
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
from citysim.policy.policy import Policy
from citysim.policy.workflow import Place, walk
from citysim.streams import purpose_code
from citysim.units import NEVER

SPREADS = ("safe", "rooted")
"""Milestones that decide what springs from a case; operand D of a mark is 1 or 2, 0 for the others."""


def lower(policy: Policy, intake: Intake, *, springs: bool = False) -> Program:
    """Compile a policy for the places, types, settings and columns of an intake.

    What comes out is the same for each piece of an intake, but for `has_springs`: a run that had them keeps them, so
    `springs` says that it must be set.

    Raises:
        PolicyError: a block names a pool, department, type, setting or column that this scenario and staffing do not
            have.
    """
    return _Lowering(policy, intake, springs=springs).program()


def _has_springs(intake: Intake) -> bool:
    return bool((intake.worsens != NEVER).any() or (intake.cause >= 0).any()) or len(intake.signals) > 0


def _must_remember(policy: Policy) -> bool:
    """Whether first marks must be kept from the start, as the log does not show them (see kernel_state.remember)."""
    marks = [place.block for place in walk(policy.workflow.blocks) if isinstance(place.block, Mark)]
    return any(mark.last and mark.milestone in SPREADS for mark in marks)


class _Lowering:
    """Walks the sentence once; lives only during `lower`."""

    def __init__(self, policy: Policy, intake: Intake, *, springs: bool) -> None:
        self.policy, self.intake = policy, intake
        self.places = walk(policy.workflow.blocks)
        self.next_place = 0
        self.code: list[list[int]] = []
        self.purposes: list[int] = []
        self.lists: list[int] = []
        self.fixes: list[tuple[int, int, str]] = []
        self.turns: set[int] = set()
        self.tables = Tables(policy, intake, springs=springs or _must_remember(policy) or _has_springs(intake))

    def program(self) -> Program:
        self._body(self.policy.workflow.blocks, in_turn=False)
        n_counters = self._count_visits()
        tables, rule = self.tables, self.policy.grading
        seizes = [p.block for p in self.places if isinstance(p.block, Seize)]
        return Program(
            code=np.array(self.code, np.int64).reshape(-1, 9),
            purposes=np.array(self.purposes, np.uint64),
            n_counters=n_counters,
            lists=np.array([*self.lists, 0], np.int64),
            values=np.array([*tables.values, (0, 0)], np.int64),
            numbers=np.array([*tables.numbers, 0.0]),
            durations=np.array([*tables.durations, (0, 0, 0)], np.int64),
            names=np.array([*tables.name_rows, (0, 0)], np.int64),
            entries=np.array([*tables.entries, (-1, 0)], np.int64),
            paces=np.array(tables.paces, np.int64).reshape(-1, 7),
            tallies=np.array(tables.tally_rows, np.int64).reshape(-1, 4),
            n_cells=tables.n_cells,
            n_buckets=tables.n_buckets,
            heard=tables.heard,
            centres=np.array([*rule.centres, *(centre + rule.exposed for centre in rule.centres)]),
            families=tables.families,
            shifts=tables.shifts,
            heads=tables.heads,
            pool_family=tables.pool_family,
            n_pools=tables.n_pools,
            most_pools=max((len(block.pools) for block in seizes), default=1),
            may_preempt=any(block.preempt for block in seizes),
            has_room=any(block.room is not None for block in seizes),
            has_springs=tables.has_springs,
            milestones=tuple(tables.milestones),
            counters=tuple(tables.counters),
            columns=tuple(tables.columns),
            settings=tuple(tables.settings),
            labels=tuple(place.label for place in self.places),
        )

    # --- sentence -> instructions -------------------------------------------------------------------------------

    def _emit(self, place: Place, op: int, *operands: int) -> int:
        self.code.append([op, place.number, place.lane, *operands, *[0] * (5 - len(operands)), -1])
        self.purposes.append(purpose_code(place.purpose))
        return len(self.code) - 1

    def _body(self, blocks: tuple[Block, ...], *, in_turn: bool) -> None:
        """Append the instructions of one body and resolve its jumps."""
        labels, first_fix = {}, len(self.fixes)
        for block in blocks:
            if block.name:
                labels[block.name] = len(self.code)
            place = self.places[self.next_place]
            self.next_place += 1
            first = len(self.code)
            self._block(block, place, in_turn)
            if in_turn:
                self.turns.update(range(first, len(self.code)))
        for at, column, label in self.fixes[first_fix:]:
            self.code[at][column] = labels[label]
        del self.fixes[first_fix:]

    def _jump(self, at: int, label: str) -> None:
        self.fixes.append((at, C, label))

    def _block(self, block: Block, place: Place, in_turn: bool) -> None:
        tables = self.tables
        match block:
            case Seize():
                self._seize(block, place, in_turn)
            case Delay(duration, interruptible, off_clock, pace):
                flags = int(interruptible), 0, int(off_clock), tables.pace(pace, place, in_turn=in_turn)
                self._emit(place, DELAY, tables.duration(duration, place), *flags)
            case CallIn(pool, units, lasts):
                name = tables.asked_name(pool, place, in_turn=in_turn)
                self._emit(place, CALL_IN, tables.duration(lasts, place), 0, name, units)
            case Release(pools):
                self._emit(place, RELEASE, self._name_list(pools, place), len(pools))
            case Route(when, to):
                self._jump(self._route(when, place, in_turn), to)
            case WaitForSlot(gate):
                self._emit(place, SLOT, tables.gate_entry[gate])
            case Bounce(after, to):
                self._jump(self._emit(place, BOUNCE, tables.duration(after, place)), to)
            case Verify(fails, to):
                self._jump(self._emit(place, VERIFY, tables.value(fails, place)), to)
            case Merge():
                self._emit(place, MERGE)
            case Close():
                self._emit(place, END, 1, int(tables.has_springs))
            case Leave():
                self._emit(place, END, 2)
            case Split() | ForEach() | Watch():
                self._nested(block, place)
            case _:
                self._note(block, place)

    def _note(self, block: Block, place: Place) -> None:
        """Blocks that take no time and write something down."""
        tables = self.tables
        match block:
            case RaisePriority(by):
                self._emit(place, RAISE, by)
            case Mark(milestone, last):
                column = tables.milestones.setdefault(milestone, len(tables.milestones))
                spreads = SPREADS.index(milestone) + 1 if tables.has_springs and milestone in SPREADS else 0
                self._emit(place, MARK, column, int(last), 0, spreads)
            case Count(counter):
                self._emit(place, COUNT, tables.counter(counter))
            case AddTo(tally, by):
                self._emit(place, ADD_TO, tables.tallies[tally], by)
            case SetTo(tally, value):
                self._emit(place, SET_TO, tables.tallies[tally], value)
            case Extend(by):
                self._emit(place, EXTEND, tables.duration(by, place), tables.counter("extensions"))
            case Grade(set_priority):
                at, exposure = tables.grading(block)
                self._emit(place, GRADE, int(set_priority), at, tables.counter("regrades"), exposure)

    def _seize(self, block: Seize, place: Place, in_turn: bool) -> None:
        for pool in block.pools:
            self.tables.check_turn(pool, place, in_turn=in_turn)
        patience = -1 if block.patience is None else self.tables.duration(block.patience, place)
        room = -1 if block.room is None else block.room
        names = self._name_list(block.pools, place)
        self.tables.check_apart(block.pools, place)
        flags = block.units * 2 + int(block.preempt)
        at = self._emit(place, SEIZE, names, len(block.pools) * SEVERAL + flags, -1, room, patience)
        if block.otherwise is not None:
            self._jump(at, block.otherwise)

    def _name_list(self, pools: tuple[str, ...], place: Place) -> int:
        self.lists += [self.tables.pool_name(pool, place) for pool in pools]
        return len(self.lists) - len(pools)

    def _route(self, when: Condition, place: Place, in_turn: bool) -> int:
        match when:
            case Chance(share):
                return self._emit(place, CHANCE, self.tables.value(share, place))
            case Is(field, operator, value):
                where, what = self.tables.field(field, place, in_turn=in_turn)
                return self._emit(place, COMPARE, what, OPERATORS.index(operator), 0, value, where)
            case Among(names):
                return self._emit(place, AMONG, self._kinds(names, place))
            case Always():
                return self._emit(place, JUMP)

    def _kinds(self, names: tuple[str, ...], place: Place) -> int:
        """Offset in `lists` of a 1 for each type that is among the names, itself or by its group, else 0."""
        kinds = self.intake.kinds
        known = dict.fromkeys((*kinds.ids, *kinds.groups))
        for name in names:
            if name not in known:
                raise self.tables.error(place, f"asks for type or group {name!r}; there are: {', '.join(known)}")
        self.lists += [int(i in names or g in names) for i, g in zip(kinds.ids, kinds.groups, strict=True)]
        return len(self.lists) - len(kinds.ids)

    def _nested(self, block: Split | ForEach | Watch, place: Place) -> None:
        match block:
            case Split(branches):
                at = self._emit(place, SPLIT, len(self.lists), len(branches))
                self.lists += [0] * len(branches)
                for i, branch in enumerate(branches):
                    self.lists[self.code[at][A] + i] = len(self.code)
                    self._body(branch, in_turn=False)
                    self._emit(place, LANE_END)
            case ForEach(body, parallel):
                at = self._emit(place, EACH_AT_ONCE if parallel else EACH_IN_TURN)
                self._body(body, in_turn=True)
                self._emit(place, LANE_END if parallel else NEXT_TURN, 0, 0, at + 1)
            case Watch(after, body):
                duration = self.tables.duration(after, place)
                at = self._emit(place, WATCH, duration, self.places[self.next_place].lane)
                self._body(body, in_turn=False)
                self._emit(place, WATCH_END)
        self.code[at][C] = len(self.code)

    # --- visits -------------------------------------------------------------------------------------------------

    def _count_visits(self) -> int:
        """Give a visit counter to each drawing instruction that a case can come to twice; returns their number."""
        returning = _returning([self._next(i) for i in range(len(self.code))])
        counters = 0
        for i, row in enumerate(self.code):
            draws = row[OP] in (SEIZE, DELAY, CALL_IN, CHANCE, WATCH, GRADE, BOUNCE, VERIFY, EXTEND)
            if draws and returning[i]:
                row[COUNTER] = counters
                counters += TURNS if i in self.turns else 1
        return counters

    def _next(self, i: int) -> list[int]:
        """Instructions that may follow; a lane's end leads to what follows its start (cautious for watches)."""
        row = self.code[i]
        match row[OP]:
            case op if op in (JUMP, BOUNCE):
                return [row[C]]
            case op if op == END:
                return []
            case op if op == SPLIT:
                return [self.lists[row[A] + k] for k in range(row[B])]
            case op if op in (LANE_END, WATCH_END):
                start = next(j for j in range(i, -1, -1) if self.code[j][BLOCK] == row[BLOCK] and self._starts(j))
                return [self.code[start][C]]
            case op if op in (SEIZE, CHANCE, COMPARE, AMONG, VERIFY, EACH_IN_TURN, NEXT_TURN, EACH_AT_ONCE, WATCH):
                return [i + 1, *([row[C]] if row[C] >= 0 else [])]
            case _:
                return [i + 1]

    def _starts(self, i: int) -> bool:
        return self.code[i][OP] in (SPLIT, EACH_AT_ONCE, WATCH)


def _returning(graph: list[list[int]]) -> list[bool]:
    """To which instructions a case can come back: those in a ring, or that lead to themselves.

    Two walks, forwards and back (Kosaraju's algorithm): linear, and quicker here than loading scipy's.
    """
    before: list[list[int]] = [[] for _ in graph]
    for i, following in enumerate(graph):
        for j in following:
            before[j].append(i)
    returning, ring = [i in following for i, following in enumerate(graph)], [-1] * len(graph)
    for root in reversed(_finished(graph)):
        todo, members = [root] if ring[root] < 0 else [], []
        while todo:
            i = todo.pop()
            if ring[i] < 0:
                ring[i] = root
                members.append(i)
                todo.extend(before[i])
        if len(members) > 1:
            for i in members:
                returning[i] = True
    return returning


def _finished(graph: list[list[int]]) -> list[int]:
    """The instructions in the order in which a walk from each in turn is done with them."""
    order, seen = [], [False] * len(graph)
    for root in range(len(graph)):
        todo = [(root, False)]
        while todo:
            i, is_done = todo.pop()
            if is_done:
                order.append(i)
            elif not seen[i]:
                seen[i] = True
                todo.append((i, True))
                todo.extend((j, False) for j in graph[i])
    return order
