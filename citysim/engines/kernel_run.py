"""Drives the kernel: makes its arrays, grows them when the loop asks, stops, copies, reads off the log's columns."""

import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.engines import kernel_layout as parts
from citysim.engines.kernel import FINISHED, NO_ROOM_LEFT, STEPS_FULL, STUCK, advance
from citysim.engines.kernel_lanes import sort_steps
from citysim.engines.kernel_state import State, first_state, grow
from citysim.engines.lowering import lower
from citysim.engines.program import (
    F_AGENDA,
    F_COUNT,
    F_CYCLE,
    F_FIRST,
    F_HEADS,
    F_N_SHIFTS,
    F_SHIFTS,
    F_SINCE,
    F_UNTIL,
    Program,
)
from citysim.errors import DataError, SimulationBug
from citysim.intake import Intake
from citysim.log import CASE_DTYPES, STEP_DTYPES
from citysim.policy.blocks import COUNTERS, MILESTONES
from citysim.policy.change import check_change
from citysim.policy.durations import FROM_CASE
from citysim.policy.policy import Policy
from citysim.policy.workflow import MAX_SUPPORT
from citysim.streams import FloatArray, mixed_luck
from citysim.units import NEVER, IntArray

Columns = dict[str, npt.NDArray[Any]]


class KernelRun:
    """One run of the kernel. `advance` goes on from where it stopped; `snapshot` is an independent copy."""

    def __init__(self, intake: Intake, policy: Policy, *, steps: bool = True) -> None:
        self.intake, self.policy = intake, policy
        self.lowered: Program = lower(policy, intake)
        self.until = 0
        self.chunks: list[tuple[IntArray, IntArray]] = []
        self.margin = 9 * len(self.lowered.code) + 600
        self.program = _program_arrays(self.lowered)
        self.world = _world_arrays(intake, self.lowered)
        self.state = first_state(intake, self.lowered, steps=steps, margin=self.margin)
        self.scheduled_more: IntArray = np.zeros(len(self.lowered.pool_family), np.int64)

    def advance(self, until: int) -> None:
        """Process every instant before `until` (seconds).

        Raises:
            SimulationBug: lanes keep moving without time passing.
        """
        with np.errstate(over="ignore"):  # without the compiler, the luck's 64-bit products warn when they wrap
            while (why := advance(self.program, self.world, self.state.arrays(), until, self.margin)) != FINISHED:
                if why == STEPS_FULL:
                    self._store_steps()
                elif why == NO_ROOM_LEFT:
                    grow(self.state)
                elif why == STUCK:
                    raise self._stuck()
        self.until = max(self.until, until)

    def change_policy(self, policy: Policy) -> None:
        """Go on under other numbers from `until` on, which is a shift change of all pools (law, section 8).

        Raises:
            PolicyError: it is more than a change of numbers.
        """
        check_change(self.policy, policy)
        lowered = lower(policy, self.intake)
        if lowered.shape() != self.lowered.shape():
            raise SimulationBug(f"{policy.name!r} is lowered to another shape than {self.policy.name!r}")
        self.scheduled_more += _scheduled(self.lowered, self.until) - _scheduled(lowered, self.until)
        self.policy, self.lowered, self.program = policy, lowered, _program_arrays(lowered)
        pools = lowered.families[:, F_AGENDA] == 0
        self.state.clock[pools, parts.CHANGE] = self.until
        self.state.scalars[parts.SHIFT_NEXT] = min(self.until, self.state.scalars[parts.SHIFT_NEXT])

    def snapshot(self) -> "KernelRun":
        """A copy that goes on independently of this run."""
        other = copy.copy(self)
        other.state = State(*(array.copy() for array in self.state.arrays()))
        other.chunks = list(self.chunks)
        other.scheduled_more = self.scheduled_more.copy()
        return other

    def columns(self) -> tuple[Columns, Columns | None, Columns]:
        """Case, step and pool columns as of the last `until`."""
        steps = self._step_columns() if self.state.scalars[parts.KEEP_STEPS] else None
        return self._case_columns(), steps, self._pool_columns()

    def _store_steps(self) -> None:
        state, used = self.state, int(self.state.scalars[parts.STEPS])
        self.chunks.append((state.step_rows[:used].copy(), state.step_times[:used].copy()))
        state.scalars[parts.STEPS] = 0
        if used < len(state.step_rows) // 2:  # one move or sweep needs more than a chunk has
            state.step_rows = np.empty(2 * len(state.step_rows), np.int64)
            state.step_times = np.empty(2 * len(state.step_times), np.int64)

    def _stuck(self) -> SimulationBug:
        state = self.state
        lane = int(state.work[state.scalars[parts.WORK] - 1]) & 0xFFFFFFFF
        row, pc = int(state.lanes[lane, parts.ROW]), int(state.lanes[lane, parts.PC])
        block = self.lowered.labels[int(self.lowered.code[pc, 1])]
        origin = dict(self.intake.origin)
        return SimulationBug(
            f"at {int(state.scalars[parts.NOW])} s lanes keep moving and no time passes: case {row}, block {block!r},"
            f" policy {self.policy.name!r} (digest {self.policy.digest[:12]}), origin {origin}; replay: citysim"
            f" evaluate with this scenario, design and seed, --replications {int(origin.get('replication', 0)) + 1}"
        )

    def _case_columns(self) -> Columns:
        cases, intake = self.state.cases, self.intake
        known = cases[: int(self.state.scalars[parts.NEXT_ROW])]
        rows = np.flatnonzero(known[:, parts.ACTIVE])
        columns: Columns = {name: np.full(len(rows), NEVER, np.int64) for name in MILESTONES}
        for k, name in enumerate(self.lowered.milestones):
            columns[name] = self.state.milestones[rows, k]
        nothing = np.zeros(len(rows), np.int64)
        columns |= {name: nothing for name in (*COUNTERS, "upgraded", "signals")}
        for k, name in enumerate(self.lowered.counters):
            columns[name] = self.state.counters[rows, k]
        if self.lowered.has_springs:
            columns["upgraded"] = _upgraded(intake, self.state.spring, rows, self.until)
            columns["signals"] = self.state.spring[rows, parts.SIGNALLED]
        for name in INTAKE_COLUMNS:
            columns[name] = getattr(intake, name)[rows]
        columns |= {"case": rows, "district": intake.places.district_of_street[columns["street"]]}
        for name, column in LIVE_COLUMNS.items():
            columns[name] = known[rows, column]
        return {name: columns[name].astype(dtype, copy=False) for name, dtype in CASE_DTYPES.items()}

    def _step_columns(self) -> Columns:
        used = int(self.state.scalars[parts.STEPS])
        rows = np.concatenate([*(chunk[0] for chunk in self.chunks), self.state.step_rows[:used]])
        times = np.concatenate([*(chunk[1] for chunk in self.chunks), self.state.step_times[:used]])
        columns: Columns = {name: np.full(len(rows), -1 if name == "case" else 0, d) for name, d in STEP_DTYPES.items()}
        sort_steps(rows, times, np.zeros(len(self.intake) + 1, np.int64), *columns.values())
        return columns

    def _pool_columns(self) -> Columns:
        until = self.until
        pools = self.state.pools
        family = self.lowered.pool_family
        firsts = self.lowered.families[:, F_FIRST]
        length = pools[:, parts.LENGTH]
        scheduled = _scheduled(self.lowered, until) + self.scheduled_more
        return {
            "family": family.astype(np.int16),
            "place": (np.arange(len(family)) - firsts[family]).astype(np.int32),
            "served": pools[:, parts.SERVED].copy(),
            "busy": pools[:, parts.BUSY] + pools[:, parts.LENT] * until,
            "scheduled": scheduled + pools[:, parts.EXTRA] + pools[:, parts.CALLED] * until,
            "waiting": pools[:, parts.WAITING] + length * until,
            "saturated": pools[:, parts.SATURATED] + (length > 0) * until,
            "in_line": length.copy(),
        }


LIVE_COLUMNS = {
    "grade": parts.GRADE_NOW, "first_grade": parts.FIRST_GRADE,
    "priority": parts.PRIORITY, "outcome": parts.OUTCOME, "transfers": parts.TRANSFERS,
    "reworks": parts.REWORKS, "repeats": parts.REPEATS, "off_clock": parts.OFF_CLOCK, "ended": parts.ENDED,
}  # fmt: skip
"""Columns of a log that the kernel keeps case by case."""

INTAKE_COLUMNS = (
    "incident", "parent", "cause", "kind", "street", "severity", "channel", "genuine", "n_support", "occurred",
    "reported",
)  # fmt: skip
"""Columns of a log that are the intake's own."""


def _upgraded(intake: Intake, spring: IntArray, rows: IntArray, until: int) -> IntArray:
    """1 for each of the rows that has worsened before `until`, else 0 (law, section 7)."""
    worsens, contained = intake.worsens[rows], spring[rows, parts.CONTAINED]
    in_time = (contained != NEVER) & (contained < worsens)
    return ((worsens != NEVER) & (worsens < until) & ~in_time & (intake.severity[rows] > 0)).astype(np.int64)


def _scheduled(program: Program, until: int) -> IntArray:
    """Unit-seconds by shift of each pool over [0, until), and places offered by each gate."""
    result = np.zeros(len(program.pool_family), np.int64)
    for row in program.families:
        first, count, n, cycle = (int(row[k]) for k in (F_FIRST, F_COUNT, F_N_SHIFTS, F_CYCLE))
        starts = program.shifts[row[F_SHIFTS] : row[F_SHIFTS] + n]
        if row[F_AGENDA]:
            result[first : first + count] = row[F_AGENDA] * max(0, -((int(starts[0]) - until) // cycle))
            continue
        seconds = _seconds_of_shifts(starts, cycle, min(int(row[F_UNTIL]), until))
        if row[F_SINCE] > 0:
            seconds -= _seconds_of_shifts(starts, cycle, min(int(row[F_SINCE]), until))
        heads = program.heads[row[F_HEADS] : row[F_HEADS] + count * n].reshape(count, n)
        result[first : first + count] = heads @ seconds
    return result


def _seconds_of_shifts(starts: IntArray, cycle: int, until: int) -> IntArray:
    """Seconds of each shift over [0, until)."""
    lengths = np.diff(np.append(starts, cycle))
    cycles, rest = divmod(until, cycle)
    return cycles * lengths + np.clip(rest - starts, 0, lengths)


def _program_arrays(program: Program) -> tuple[Any, ...]:
    return (
        program.code, program.purposes, program.lists, (program.values, program.numbers, program.durations),
        (program.names, program.entries, program.tallies), program.paces, program.centres, program.families,
        program.shifts, program.heads, program.n_pools, program.may_preempt,
    )  # fmt: skip


def _world_arrays(intake: Intake, program: Program) -> tuple[Any, ...]:
    """The facts of the cases and of what surrounds them, as the loop reads them."""
    kinds, week, n = intake.kinds, intake.working_week, len(intake)
    extra = np.zeros((n if program.columns else 1, max(len(program.columns), 1)), np.int64)
    for k, name in enumerate(program.columns):
        extra[:, k] = intake.columns[name]
    for shape, column, _ in program.durations.tolist():
        if shape == FROM_CASE and n and extra[:, column].min() < 0:
            raise DataError(f"intake: column {program.columns[column]!r} is used as a time and must not be negative")
    days = np.array([day in week.days for day in range(7)], np.int64)
    holidays = np.zeros(max(week.holidays, default=-1) + 1, np.int64)
    holidays[[day for day in week.holidays if day >= 0]] = 1
    limits = np.stack([kinds.on_site_limit, kinds.close_limit], axis=1).astype(np.int64)
    deadlines = (limits, kinds.clock.astype(np.int64), days, holidays)
    _check_causes(intake.cause.astype(np.int64))
    worsens = intake.worsens if (intake.worsens != NEVER).any() else intake.worsens[:0]
    springs = (intake.escapes, intake.returns, worsens)
    facts = (intake.reported, springs, deadlines, _settings(intake, program))
    given = (intake.signals.at, intake.signals.cause, intake.signals.signal)
    signals = (*(np.array(column, np.int64) for column in given), program.heard)
    return mixed_luck(intake.key, intake.luck), intake.tiebreak, _case_facts(intake), extra, facts, signals


def _check_causes(cause: IntArray) -> None:
    """Refuse causes that run in a ring, which the loop would go round for ever.

    Raises:
        DataError: a row springs, through others, from itself.
    """
    further = cause
    for _ in range(len(cause).bit_length()):  # each turn doubles how far back every row looks
        if (further < 0).all():
            return
        further = np.where(further >= 0, further[further], -1)
    if (rows := np.flatnonzero(further >= 0)).size:
        raise DataError(f"intake: causes run in a ring, for example before row {rows[0]}")


def _settings(intake: Intake, program: Program) -> tuple[IntArray, FloatArray]:
    """Where each setting begins, its hours and columns; and all of them one after the other."""
    tables = [np.asarray(intake.settings[name], np.float64) for name in program.settings]
    rows, begin = np.zeros((len(tables), 3), np.int64), 0
    for row, table in zip(rows, tables, strict=True):
        row[:] = begin, *table.shape
        begin += table.size
    return rows, np.concatenate([*(table.ravel() for table in tables), np.zeros(1)])


def _case_facts(intake: Intake) -> npt.NDArray[np.int32]:
    kinds, n = intake.kinds, len(intake)
    supports = np.minimum((kinds.supports >= 0).sum(axis=1), MAX_SUPPORT)
    facts = np.empty((n, 12), np.int32)
    facts[:, parts.A_KIND] = intake.kind
    facts[:, parts.A_STREET] = intake.street
    facts[:, parts.A_DISTRICT] = intake.places.district_of_street[intake.street]
    facts[:, parts.A_SEVERITY] = intake.severity
    facts[:, parts.A_CHANNEL] = intake.channel
    facts[:, parts.A_SUPPORT] = np.minimum(intake.n_support, supports[intake.kind])
    facts[:, parts.A_NEED] = intake.n_support
    facts[:, parts.A_GENUINE] = intake.genuine
    facts[:, parts.A_PARENT] = intake.parent
    facts[:, parts.A_EMERGENCY] = kinds.emergency[intake.kind]
    facts[:, parts.A_PRIORITY] = intake.priority
    facts[:, parts.A_CAUSE] = intake.cause
    return facts
