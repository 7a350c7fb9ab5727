"""What a run of the kernel changes: every array of its state, at the beginning, and with more room."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.engines import kernel_layout as parts
from citysim.engines.ordering import PRIORITIES
from citysim.engines.program import (
    F_AGENDA,
    F_COUNT,
    F_FIRST,
    F_HAND_OVER,
    F_HEADS,
    F_N_SHIFTS,
    F_SHIFTS,
    F_SINCE,
    F_UNTIL,
    FAR,
    Program,
)
from citysim.intake import Intake
from citysim.log import CLOSED
from citysim.units import NEVER, IntArray

FIRST_LANES = 4_096
STEP_ROWS = 1 << 18
"""Step rows are written in chunks of this many."""


@dataclass
class State:
    """Every array that a run changes, in the order in which the loop takes them. Copying it is a snapshot."""

    lanes: IntArray
    places: IntArray
    line_ends: IntArray
    pools: IntArray
    holdings: IntArray
    cases: IntArray
    milestones: IntArray
    visits: npt.NDArray[np.uint32]
    counters: npt.NDArray[np.int32]
    tally_sums: IntArray
    tally_hours: IntArray
    spring: IntArray
    free_lanes: IntArray
    free_holdings: IntArray
    work: IntArray
    touched: IntArray
    swept: IntArray
    heap_keys: IntArray
    heap_events: IntArray
    clock: IntArray
    scalars: IntArray
    step_rows: IntArray
    step_times: IntArray

    def arrays(self) -> tuple[Any, ...]:
        return tuple(vars(self).values())


def first_state(intake: Intake, program: Program, *, steps: bool, margin: int) -> State:
    """An empty system at time 0, with the capacities of the first shifts."""
    n, n_lines = len(intake), len(program.pool_family)
    n_lanes = max(FIRST_LANES, 4 * margin)
    pools = np.zeros((n_lines, 15), np.int64)
    pools[:, parts.HOLDINGS] = -1
    pools[:, parts.OPENED] = -1
    pools[:, parts.FAMILY] = program.pool_family
    clock = _first_shifts(program, pools)
    signals = intake.signals.at
    scalars = np.zeros(18, np.int64)
    scalars[parts.NOW] = -1
    scalars[parts.FREE_LANES] = n_lanes
    scalars[parts.FREE_HOLDINGS] = 2 * n_lanes * program.most_pools
    scalars[parts.SHIFT_NEXT] = clock[:, parts.CHANGE].min(initial=FAR)
    scalars[parts.SIGNAL_NEXT] = signals[0] if len(signals) else FAR
    scalars[parts.KEEP_STEPS] = int(steps)
    scalars[parts.KEEP_LIST] = int(program.may_preempt or program.families[:, F_HAND_OVER].any())
    scalars[parts.MOST_POOLS] = program.most_pools
    scalars[parts.ALWAYS_TOUCH] = int(program.may_preempt or program.has_room or program.most_pools > 1)
    scalars[parts.WEEK_START], scalars[parts.WEEK_END] = intake.working_week.start, intake.working_week.end
    chunk = max(STEP_ROWS, 4 * margin) if steps else 4 * margin
    return State(
        lanes=np.zeros((n_lanes, 16), np.int64),
        places=np.zeros((n_lanes * program.most_pools, 6), np.int64),
        line_ends=np.full((max(n_lines, 1) * PRIORITIES, 2), -1, np.int64),
        pools=pools,
        holdings=np.zeros((2 * n_lanes * program.most_pools, 8), np.int64),
        cases=np.zeros((n, 12), np.int64),
        milestones=np.empty((n, len(program.milestones)), np.int64),
        visits=np.zeros((n_lanes, max(program.n_counters, 1)), np.uint32),
        counters=np.zeros((n, len(program.counters)), np.int32),
        tally_sums=np.zeros((program.n_cells, 2), np.int64),
        tally_hours=np.zeros(program.n_buckets, np.int64),
        spring=_nothing_sprung(n if program.has_springs else 0),
        free_lanes=np.arange(n_lanes)[::-1].copy(),
        free_holdings=np.arange(2 * n_lanes * program.most_pools)[::-1].copy(),
        work=np.zeros(n_lanes, np.int64),
        touched=np.zeros(max(n_lines, 1), np.int64),
        swept=np.zeros(max(n_lines, 1), np.int64),
        heap_keys=np.zeros(2 * n_lanes, np.int64),
        heap_events=np.zeros(2 * n_lanes, np.int64),
        clock=clock,
        scalars=scalars,
        step_rows=np.empty(chunk, np.int64),
        step_times=np.empty(chunk, np.int64),
    )


def _first_shifts(program: Program, pools: IntArray) -> IntArray:
    """Give each pool that exists from the start the people of its first shift; returns the clock of the families."""
    clock = np.zeros((len(program.families), 4), np.int64)
    for f, row in enumerate(program.families):
        first, count, n_shifts = row[F_FIRST], row[F_COUNT], row[F_N_SHIFTS]
        if row[F_AGENDA]:
            clock[f, parts.CHANGE] = program.shifts[row[F_SHIFTS]]
            continue
        if row[F_SINCE] == 0:
            pools[first : first + count, parts.CAP] = program.heads[row[F_HEADS] + n_shifts * np.arange(count)]
        clock[f, parts.NEXT_SHIFT] = program.shifts[row[F_SHIFTS] + 1] if n_shifts > 1 else FAR
        begin = row[F_SINCE] or FAR
        clock[f, parts.CHANGE] = min(clock[f, parts.NEXT_SHIFT], begin, row[F_UNTIL])
    return clock


def add_rows(state: State, count: int, program: Program) -> None:
    """Room for further rows of the intake, of which none has come in."""
    for name in ("cases", "milestones", "counters"):
        old = getattr(state, name)
        setattr(state, name, np.concatenate([old, np.zeros((count, old.shape[1]), old.dtype)]))
    if program.has_springs:
        state.spring = np.concatenate([state.spring, _nothing_sprung(count)])


def keep_rows(state: State, keep: npt.NDArray[np.bool_]) -> None:
    """Forget all rows but those to keep, wherever a row is named; it has no lane that lives, unless it is kept."""
    position = np.cumsum(keep) - 1
    for name in ("cases", "milestones", "counters"):
        setattr(state, name, getattr(state, name)[keep])
    if len(state.spring):
        state.spring = state.spring[keep]
    live = state.lanes[:, parts.STATE] != parts.FREE
    state.lanes[live, parts.ROW] = position[state.lanes[live, parts.ROW]]
    n = int(state.scalars[parts.HEAP])
    keys, events = state.heap_keys[:n], state.heap_events[:n]
    stays = keep[events >> 32]
    keys, events = keys[stays], events[stays]
    events = (position[events >> 32] << 32) | (events & 0xFFFFFFFF)
    order = np.lexsort((events, keys))  # what is sorted is a heap
    state.heap_keys[: len(keys)], state.heap_events[: len(keys)] = keys[order], events[order]
    state.scalars[parts.HEAP] = len(keys)
    state.scalars[parts.NEXT_ROW] = keep[: state.scalars[parts.NEXT_ROW]].sum()


def remember(state: State, program: Program) -> None:
    """Begin to keep what springs depend on, in a run that did without so far.

    Until now nothing sprang, no signal took place, and what was marked keeps its first mark (see `lowering`), so all of
    it can be read off the cases.
    """
    cases = state.cases
    came = cases[:, parts.ACTIVE] == 1
    state.spring = _nothing_sprung(len(cases))
    closed = came & (cases[:, parts.OUTCOME] == CLOSED)
    state.spring[closed, parts.CONTAINED] = cases[closed, parts.ENDED]
    for name, column in (("safe", parts.CONTAINED), ("rooted", parts.ROOTED)):
        if name in program.milestones:
            marks = state.milestones[:, program.milestones.index(name)]
            marked = came & (marks != NEVER)
            state.spring[marked, column] = marks[marked]


def _nothing_sprung(count: int) -> IntArray:
    return np.tile(np.array([NEVER, NEVER, 0], np.int64), (count, 1))


def grow(state: State) -> None:
    """Double the room for lanes, visits, places, holdings and events; lanes and holdings keep their numbers."""
    for array, stack, free in (
        ("lanes", "free_lanes", parts.FREE_LANES),
        ("holdings", "free_holdings", parts.FREE_HOLDINGS),
    ):
        old, stacked = getattr(state, array), getattr(state, stack)
        n, n_free = len(old), int(state.scalars[free])
        setattr(state, array, np.concatenate([old, np.zeros_like(old)]))
        fresh = np.arange(n, 2 * n)[::-1]
        setattr(state, stack, np.concatenate([fresh, stacked[:n_free], np.zeros(n - n_free, np.int64)]))
        state.scalars[free] += n
    for array in ("places", "visits", "work", "heap_keys", "heap_events"):
        old = getattr(state, array)
        setattr(state, array, np.concatenate([old, np.zeros_like(old)]))
