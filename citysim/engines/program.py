"""Lowers a policy to flat arrays for the kernel: instructions, values, durations, pools. Not read by the reference."""

from dataclasses import dataclass

import numpy as np

from citysim.engines.ordering import TURNS
from citysim.errors import PolicyError
from citysim.intake import Intake
from citysim.policy.blocks import (
    FIELDS,
    MILESTONES,
    OPERATORS,
    Always,
    Block,
    Bounce,
    Chance,
    Close,
    Delay,
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
    Split,
    Verify,
    WaitForSlot,
    Watch,
)
from citysim.policy.durations import (
    FROM_CASE,
    SHAPES,
    TIME_LIMIT,
    ByGrade,
    ByKind,
    Duration,
    FromCase,
    TimeLimit,
    Value,
    parameters,
)
from citysim.policy.policy import Policy
from citysim.policy.staffing import HAND_OVER
from citysim.policy.workflow import MAX_SUPPORT, Place, walk
from citysim.streams import FloatArray, U64Array, purpose_code
from citysim.units import LEVELS, IntArray

(
    SEIZE, DELAY, RELEASE, CHANCE, COMPARE, JUMP, SPLIT, EACH_IN_TURN, NEXT_TURN, EACH_AT_ONCE, LANE_END, WATCH_END,
    SLOT, WATCH, RAISE, MARK, GRADE, BOUNCE, VERIFY, MERGE, END,
) = range(21)  # fmt: skip
"""Operations."""

OP, BLOCK, LANE, A, B, C, D, E, COUNTER = range(9)
"""Columns of the code: operation, block number for the log, lane number, operands, first visit counter (-1 = none)."""

SEVERAL = 100_000
"""Operand B of a seize is pools * SEVERAL + units * 2 + (1 if it may pre-empt)."""

CONSTANT, BY_GRADE, BY_KIND = range(3)
PLAIN, LEAD, SUPPORT = range(3)


@dataclass(frozen=True)
class Program:
    """A lowered policy. `code` has shape (n_instructions, 9); the other tables are indexed by its operands.

    Args:
        purposes: luck purpose of each instruction. n_counters: visit counters that each case needs.
        lists: pool names of seizes and releases, and entries of split branches, one after the other.
        values: shape (n, 2): mode and offset into `numbers`.
        durations: shape (n, 3): shape, then two value numbers, or a column, or which limit.
        names: shape (n_names, 2): mode and offset into `entries`; entries: shape (n, 2): first pool (-1 = none), level.
        families: shape (n_families, 8), see FAMILY columns; gates follow the families. heads: headcounts.
        pool_family: family of each pool, then of each gate place.
        most_pools: most pools that one seize names.
    """

    code: IntArray
    purposes: U64Array
    n_counters: int
    lists: IntArray
    values: IntArray
    numbers: FloatArray
    durations: IntArray
    names: IntArray
    entries: IntArray
    families: IntArray
    shifts: IntArray
    heads: IntArray
    pool_family: IntArray
    n_pools: int
    most_pools: int
    may_preempt: bool
    has_room: bool
    milestones: tuple[str, ...]
    columns: tuple[str, ...]
    labels: tuple[str, ...]


F_FIRST, F_COUNT, F_SHIFTS, F_N_SHIFTS, F_CYCLE, F_HEADS, F_HAND_OVER, F_AGENDA = range(8)
"""Columns of `families`: first pool, pools, first shift, shifts, cycle, first headcount, hands over, agenda of a gate
(0 = a pool). A gate's only shift is its first sitting and its cycle the period."""


def lower(policy: Policy, intake: Intake) -> Program:
    """Compile a policy for the places, types and columns of an intake.

    Raises:
        PolicyError: a block names a pool, department or column that this scenario and staffing do not have.
    """
    return _Lowering(policy, intake).program()


class _Lowering:
    """Walks the sentence once and collects the tables; lives only during `lower`."""

    def __init__(self, policy: Policy, intake: Intake) -> None:
        self.policy, self.intake = policy, intake
        self.places = walk(policy.workflow.blocks)
        self.next_place = 0
        self.code: list[list[int]] = []
        self.purposes: list[int] = []
        self.lists: list[int] = []
        self.values: list[tuple[int, int]] = []
        self.numbers: list[float] = []
        self.durations: list[tuple[int, int, int]] = []
        self.names: dict[str, int] = {}
        self.name_rows: list[tuple[int, int]] = []
        self.entries: list[tuple[int, int]] = []
        self.columns: dict[str, int] = {}
        self.fixes: list[tuple[int, int, str]] = []
        self.gate_family: dict[str, int] = {}
        self.milestones: list[str] = []
        self.turns: set[int] = set()
        self._families()

    def program(self) -> Program:
        self._body(self.policy.workflow.blocks, in_turn=False)
        n_counters = self._count_visits()
        seizes = [p.block for p in self.places if isinstance(p.block, Seize)]
        return Program(
            code=np.array(self.code, np.int64).reshape(-1, 9),
            purposes=np.array(self.purposes, np.uint64),
            n_counters=n_counters,
            lists=np.array([*self.lists, 0], np.int64),
            values=np.array([*self.values, (0, 0)], np.int64),
            numbers=np.array([*self.numbers, 0.0]),
            durations=np.array([*self.durations, (0, 0, 0)], np.int64),
            names=np.array([*self.name_rows, (0, 0)], np.int64),
            entries=np.array([*self.entries, (-1, 0)], np.int64),
            families=self.families,
            shifts=self.shifts,
            heads=self.heads,
            pool_family=self.pool_family,
            n_pools=self.n_pools,
            most_pools=max((len(block.pools) for block in seizes), default=1),
            may_preempt=any(block.preempt for block in seizes),
            has_room=any(block.room is not None for block in seizes),
            milestones=tuple(self.milestones),
            columns=tuple(self.columns),
            labels=tuple(place.label for place in self.places),
        )

    def _families(self) -> None:
        """Number pools family by family, then gates, and flatten their shifts."""
        families: list[list[int]] = []
        shifts: list[int] = []
        heads: list[int] = []
        pool_family: list[int] = []
        populations = self.intake.places.populations
        self.family_entry: dict[str, tuple[int, int]] = {}
        for family in self.policy.staffing.families:
            level = LEVELS.index(family.level)
            count = len(populations[level])
            self.family_entry[family.name] = (len(pool_family), level)
            hand_over = int(family.at_shift_end == HAND_OVER)
            row = [len(pool_family), count, len(shifts), len(family.shifts), family.cycle, len(heads), hand_over, 0]
            shifts += [shift.start for shift in family.shifts]
            heads += family.headcounts(populations[level]).ravel().tolist()
            pool_family += [len(families)] * count
            families.append(row)
        self.n_pools = len(pool_family)
        for gate in self.policy.gates:
            level = LEVELS.index(gate.level)
            count = len(populations[level])
            self.gate_family[gate.name] = self._entry([(len(pool_family), level)])
            families.append([len(pool_family), count, len(shifts), 1, gate.period, len(heads), 0, gate.agenda])
            shifts.append(gate.first)
            pool_family += [len(families) - 1] * count
        self.families = np.array(families, np.int64).reshape(-1, 8)
        self.shifts = np.array([*shifts, 0], np.int64)
        self.heads = np.array([*heads, 0], np.int64)
        self.pool_family = np.array(pool_family, np.int64)

    def _entry(self, rows: list[tuple[int, int]]) -> int:
        self.entries += rows
        return len(self.entries) - len(rows)

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
        match block:
            case Seize():
                self._seize(block, place, in_turn)
            case Delay(duration, interruptible, off_clock):
                self._emit(place, DELAY, self._duration(duration, place), int(interruptible), 0, int(off_clock))
            case Release(pools):
                self._emit(place, RELEASE, self._name_list(pools, place, in_turn), len(pools))
            case Route(when, to):
                self._route(when, to, place)
            case WaitForSlot(gate):
                self._emit(place, SLOT, self.gate_family[gate])
            case RaisePriority(by):
                self._emit(place, RAISE, by)
            case Mark(milestone):
                if milestone not in self.milestones:
                    self.milestones.append(milestone)
                self._emit(place, MARK, self.milestones.index(milestone), MILESTONES.index(milestone))
            case Grade(set_priority):
                self._emit(place, GRADE, int(set_priority))
            case Bounce(after, to):
                self._jump(self._emit(place, BOUNCE, self._duration(after, place)), to)
            case Verify(fails, to):
                self._jump(self._emit(place, VERIFY, self._value(fails, place)), to)
            case Merge():
                self._emit(place, MERGE)
            case Close():
                self._emit(place, END, 1)
            case Leave():
                self._emit(place, END, 2)
            case Split() | ForEach() | Watch():
                self._nested(block, place)

    def _seize(self, block: Seize, place: Place, in_turn: bool) -> None:
        patience = -1 if block.patience is None else self._duration(block.patience, place)
        room = -1 if block.room is None else block.room
        names = self._name_list(block.pools, place, in_turn)
        flags = block.units * 2 + int(block.preempt)
        at = self._emit(place, SEIZE, names, len(block.pools) * SEVERAL + flags, -1, room, patience)
        if block.otherwise is not None:
            self._jump(at, block.otherwise)

    def _route(self, when: Chance | Is | Always, to: str, place: Place) -> None:
        match when:
            case Chance(share):
                at = self._emit(place, CHANCE, self._value(share, place))
            case Is(field, operator, value):
                at = self._emit(place, COMPARE, self._field(field, place), OPERATORS.index(operator), 0, value)
            case Always():
                at = self._emit(place, JUMP)
        self._jump(at, to)

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
                at = self._emit(place, WATCH, self._duration(after, place), self.places[self.next_place].lane)
                self._body(body, in_turn=False)
                self._emit(place, WATCH_END)
        self.code[at][C] = len(self.code)

    # --- tables -------------------------------------------------------------------------------------------------

    def _error(self, place: Place, problem: str) -> PolicyError:
        return PolicyError(f"policy {self.policy.name!r}: block {place.label!r} {problem}")

    def _value(self, value: Value, place: Place) -> int:
        match value:
            case ByGrade(red, orange, yellow, blue):
                row, numbers = (BY_GRADE, len(self.numbers)), [red, orange, yellow, blue]
            case ByKind(column, times):
                known = self.intake.kinds.columns
                if column not in known:
                    raise self._error(place, f"reads column {column!r}; types have: {', '.join(known) or 'none'}")
                row, numbers = (BY_KIND, len(self.numbers)), [times * float(x) for x in known[column]]
            case _:
                row, numbers = (CONSTANT, len(self.numbers)), [float(value)]
        self.numbers += numbers
        self.values.append(row)
        return len(self.values) - 1

    def _duration(self, duration: Duration, place: Place) -> int:
        match duration:
            case FromCase(column):
                row = (FROM_CASE, self._field(column, place) - len(FIELDS), 0)
                if row[1] < 0:
                    raise self._error(place, f"reads the time {column!r}, which is a field and not a column")
            case TimeLimit(which):
                row = (TIME_LIMIT, int(which == "close"), 0)
            case _:
                first, second = parameters(duration)
                row = (SHAPES[type(duration)], self._value(first, place), self._value(second, place))
        self.durations.append(row)
        return len(self.durations) - 1

    def _field(self, field: str, place: Place) -> int:
        if field in FIELDS:
            return FIELDS.index(field)
        if field not in self.intake.columns:
            known = ", ".join((*FIELDS, *self.intake.columns))
            raise self._error(place, f"asks for {field!r}; cases have: {known}")
        return len(FIELDS) + self.columns.setdefault(field, len(self.columns))

    def _name_list(self, pools: tuple[str, ...], place: Place, in_turn: bool) -> int:
        start = len(self.lists)
        for pool in pools:
            if pool.endswith(".support") and isinstance(place.block, Seize) and not in_turn:
                raise self._error(place, f"seizes {pool!r} outside a for-each")
            if pool not in self.names:
                self.names[pool] = len(self.name_rows)
                self.name_rows.append(self._name(pool, place))
            self.lists.append(self.names[pool])
        return start

    def _name(self, pool: str, place: Place) -> tuple[int, int]:
        """Mode and entries of a pool name; by type for a lead, by type and turn for a support."""
        known, kinds = self.family_entry, self.intake.kinds
        stem, _, role = pool.partition(".")
        if not role:
            if pool not in known:
                raise self._error(place, f"names pool {pool!r}; staffing has: {', '.join(known) or 'none'}")
            return PLAIN, self._entry([known[pool]])
        used = set(np.unique(self.intake.kind).tolist())
        rows = []
        for kind in range(len(kinds.ids)):
            leads = [int(kinds.lead[kind])]
            supports = [int(s) for s in kinds.supports[kind][:MAX_SUPPORT]]
            departments = leads if role == "lead" else supports + [-1] * (MAX_SUPPORT - len(supports))
            for department in departments:
                family = f"{stem}:{kinds.departments[department]}" if department >= 0 else ""
                if kind in used and family not in known and (department >= 0 or role == "lead"):
                    problem = f"needs pool {family or pool!r} for type {kinds.ids[kind]!r}"
                    raise self._error(place, f"{problem}; staffing has: {', '.join(known) or 'none'}")
                rows.append(known.get(family, (-1, 0)))
        return (LEAD if role == "lead" else SUPPORT), self._entry(rows)

    def _count_visits(self) -> int:
        """Give a visit counter to each drawing instruction that a case can come to twice; returns their number."""
        graph = [self._next(i) for i in range(len(self.code))]
        counters = 0
        for i, row in enumerate(self.code):
            draws = row[OP] in (SEIZE, DELAY, CHANCE, WATCH, GRADE, BOUNCE, VERIFY)
            if draws and _returns(graph, i):
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
            case op if op in (SEIZE, CHANCE, COMPARE, VERIFY, EACH_IN_TURN, NEXT_TURN, EACH_AT_ONCE, WATCH):
                return [i + 1, *([row[C]] if row[C] >= 0 else [])]
            case _:
                return [i + 1]

    def _starts(self, i: int) -> bool:
        return self.code[i][OP] in (SPLIT, EACH_AT_ONCE, WATCH)


def _returns(graph: list[list[int]], start: int) -> bool:
    """Whether a case can come back to an instruction."""
    todo, seen = list(graph[start]), set()
    while todo:
        i = todo.pop()
        if i == start:
            return True
        if i not in seen:
            seen.add(i)
            todo.extend(graph[i])
    return False
