"""A lowered policy: the instructions and tables that the kernel reads. The reference does without."""

from dataclasses import dataclass
from typing import Any

from citysim.streams import FloatArray, U64Array
from citysim.units import IntArray

(
    SEIZE, DELAY, RELEASE, CHANCE, COMPARE, JUMP, SPLIT, EACH_IN_TURN, NEXT_TURN, EACH_AT_ONCE, LANE_END, WATCH_END,
    SLOT, WATCH, RAISE, MARK, GRADE, BOUNCE, VERIFY, MERGE, END, CALL_IN, EXTEND, AMONG, COUNT, ADD_TO, SET_TO,
) = range(27)  # fmt: skip
"""Operations."""

OP, BLOCK, LANE, A, B, C, D, E, COUNTER = range(9)
"""Columns of the code: operation, block number for the log, lane number, operands, first visit counter (-1 = none)."""

SEVERAL = 100_000
"""Operand B of a seize is pools * SEVERAL + units * 2 + (1 if it may pre-empt)."""

CONSTANT, BY_GRADE, BY_KIND, DRIFTING, BY_DISTRICT, BY_SUPPORT = range(6)
"""Modes of a value. In `numbers`: the number; four grades; one for each type; start, per day, every days, most; how
many districts there are, a number for each, and a factor for each type; MAX_SUPPORT for each type."""

PLAIN, LEAD, SUPPORT = range(3)
"""Modes of a pool name: one entry; one for each type; MAX_SUPPORT for each type."""

NEIGHBOUR = 3
"""Level of an entry that is no family: its first column is the first of further entries, one for each district."""

OF_CASE, OF_NOW, COUNTED, TALLIED, IN_LINE_AT, FREE_AT, SETTING_IS = range(7)
"""Where a field is read: position in `blocks.FIELDS` and then extra columns; one of FIELDS that time changes; counter;
tally; pool name, twice; setting."""

P_KIND, P_X, P_X_WHAT, P_Y, P_Y_WHAT, P_NUMBERS, P_LAST = range(7)
"""Columns of `paces`: which factor, field x (where, what), field y (-1 = none), two numbers, 1 = the last."""
BY_SETTING, SLOWER, PRACTISED, SPURRED = range(4)

T_PLACE, T_MEMORY, T_CELL, T_BUCKET = range(4)
"""Columns of `tallies`: entry of its first cell and level, hours of memory (-1 = all), first cell, first bucket."""

F_FIRST, F_COUNT, F_SHIFTS, F_N_SHIFTS, F_CYCLE, F_HEADS, F_HAND_OVER, F_AGENDA, F_SINCE, F_UNTIL = range(10)
"""Columns of `families`: first pool, pools, first shift, shifts, cycle, first headcount, hands over, agenda of a gate
(0 = a pool), seconds between which it exists. A gate's only shift is its first sitting and its cycle the period."""

FAR = 1 << 62
"""A moment that never comes, in the kernel's comparisons."""


@dataclass(frozen=True)
class Program:
    """A lowered policy. `code` has shape (n_instructions, 9); the other tables are indexed by its operands.

    Args:
        purposes: luck purpose of each instruction. n_counters: visit counters that each case needs.
        lists: pool names of seizes and releases, entries of split branches, types of a condition, one after the other.
        values: shape (n, 2): mode and offset into `numbers`.
        durations: shape (n, 3): shape, then two value numbers, or a column, or which limit.
        names: shape (n_names, 2): mode and offset into `entries`; entries: shape (n, 2): first pool (-1 = none), level.
        paces: shape (n, 7), see P_KIND. tallies: shape (n_tallies, 4), see T_PLACE; they need n_cells sums and
            n_buckets hours. heard: tally of each of `intake.SIGNALS`, -1 = none.
        centres: mean risk score by severity, then the same at exposed places; shape (8,).
        families: shape (n_families, 10), see F_FIRST; gates follow the families. heads: headcounts.
        pool_family: family of each pool, then of each gate place.
        most_pools: most pools that one seize names.
        has_springs: something in the intake depends on when cases are contained, or may do so later.
        milestones, counters, columns, settings: names of those that the workflow uses, in the order of their numbers.
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
    paces: IntArray
    tallies: IntArray
    n_cells: int
    n_buckets: int
    heard: IntArray
    centres: FloatArray
    families: IntArray
    shifts: IntArray
    heads: IntArray
    pool_family: IntArray
    n_pools: int
    most_pools: int
    may_preempt: bool
    has_room: bool
    has_springs: bool
    milestones: tuple[str, ...]
    counters: tuple[str, ...]
    columns: tuple[str, ...]
    settings: tuple[str, ...]
    labels: tuple[str, ...]

    def shape(self) -> tuple[Any, ...]:
        """What a change of numbers and a later piece of the intake leave as it is: places, pools, counters, columns."""
        fixed = self.code[:, [OP, BLOCK, LANE, COUNTER]], self.names, self.entries, self.tallies, self.pool_family
        names = self.milestones, self.counters, self.columns, self.settings, self.labels
        counts = self.n_counters, self.most_pools, self.may_preempt, self.has_room
        return (*(array.tobytes() for array in fixed), *names, *counts)
