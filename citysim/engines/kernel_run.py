"""Drives the kernel: makes its arrays, grows them when the loop asks, stops, copies, reads off the log's columns."""

import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.engines import kernel_layout as parts
from citysim.engines.kernel import FINISHED, NO_ROOM_LEFT, STEPS_FULL, STUCK, advance
from citysim.engines.kernel_lanes import sort_steps
from citysim.engines.kernel_rows import Rows, read_rows, surroundings_of, world_arrays
from citysim.engines.kernel_state import State, add_rows, first_state, grow, keep_rows, remember
from citysim.engines.lowering import lower
from citysim.engines.pieces import check_more, check_needed
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
    FAR,
    Program,
)
from citysim.errors import InputError, SimulationBug
from citysim.intake import Intake
from citysim.log import CASE_DTYPES, STEP_DTYPES
from citysim.policy.blocks import COUNTERS, MILESTONES
from citysim.policy.change import check_change
from citysim.policy.policy import Policy
from citysim.units import NEVER, IntArray

Columns = dict[str, npt.NDArray[Any]]


class KernelRun:
    """One run of the kernel. `advance` goes on from where it stopped; `snapshot` is an independent copy."""

    def __init__(self, intake: Intake, policy: Policy, *, steps: bool = True) -> None:
        self.intake, self.policy = intake, policy
        self.lowered: Program = lower(policy, intake)
        self.until, self.given, self.last = 0, len(intake), int(intake.reported[-1]) if len(intake) else 0
        self.chunks: list[tuple[IntArray, IntArray]] = []
        self.margin = 9 * len(self.lowered.code) + 600
        self.program = _program_arrays(self.lowered)
        self.rows = read_rows(intake, self.lowered)
        self.surroundings = surroundings_of(intake, self.lowered)
        self.world = world_arrays(self.rows, self.surroundings, self.lowered)
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
        self._go_on_under(policy, self._lowered_again(policy, self.intake))

    def _go_on_under(self, policy: Policy, lowered: Program) -> None:
        """The numbers of a policy hold from now on."""
        self.scheduled_more += _scheduled(self.lowered, self.until) - _scheduled(lowered, self.until)
        self.policy, self.lowered, self.program = policy, lowered, _program_arrays(lowered)
        pools = lowered.families[:, F_AGENDA] == 0
        self.state.clock[pools, parts.CHANGE] = self.until
        self.state.scalars[parts.SHIFT_NEXT] = min(self.until, self.state.scalars[parts.SHIFT_NEXT])

    def extend(self, more: Intake, policy: Policy | None = None) -> None:
        """Take further rows of intake, from `until` on, and other numbers if a policy is given (law, section 8).

        Raises:
            DataError: they do not follow on what the run was given. PolicyError: pools are not there for their types,
                or the policy is more than a change of numbers.
        """
        check_more(self.intake, more, given=self.given, last=self.last, until=self.until)
        if policy is not None:
            check_change(self.policy, policy)
        lowered = self._lowered_again(policy or self.policy, more)
        rows = read_rows(more, lowered, self.rows.number)
        if lowered.has_springs and not self.lowered.has_springs:
            remember(self.state, self.lowered)
        add_rows(self.state, len(more), lowered)
        if policy is not None:
            self._go_on_under(policy, lowered)
        self.lowered, self.program = lowered, _program_arrays(lowered)
        self._hold(self.rows.joined(rows, int(self.state.scalars[parts.NEXT_SIGNAL])), surroundings_of(more, lowered))
        self.given += len(more)
        self.last = int(more.reported[-1]) if len(more) else self.last

    @property
    def held(self) -> int:
        """Number of rows that the run holds: those given, but for those it has forgotten."""
        return len(self.rows)

    def retire(self, needed: npt.ArrayLike) -> Columns:
        """Forget the rows that are over and not needed, directly or by rows that stay (law, section 8).

        Args:
            needed: numbers of rows, rising, that later pieces may still name.

        Returns:
            the case columns of those forgotten that were cases.

        Raises:
            InputError: the run keeps steps. DataError: a row is needed that the run does not hold.
        """
        if self.state.scalars[parts.KEEP_STEPS]:
            raise InputError("retire: this run keeps steps, which name all rows; start it with steps=False")
        keep, next_signal = self._unfinished(), int(self.state.scalars[parts.NEXT_SIGNAL])
        keep[np.searchsorted(self.rows.number, check_needed(needed, self.rows.number))] = True
        keep[self.rows.signal_cause[next_signal:]] = True
        keep = self.rows.with_named(keep)
        columns = self._case_columns(np.flatnonzero(~keep & (self.state.cases[:, parts.ACTIVE] == 1)))
        keep_rows(self.state, keep)
        self._hold(self.rows.kept(keep, next_signal), self.surroundings)
        return columns

    def _unfinished(self) -> npt.NDArray[np.bool_]:
        """Rows still to be reported, open cases, and cases that may yet become worse: their column would change."""
        cases = self.state.cases
        open_now = (cases[:, parts.ACTIVE] == 1) & (cases[:, parts.ENDED] == NEVER)
        still = (np.arange(len(cases)) >= self.state.scalars[parts.NEXT_ROW]) | open_now
        if not self.lowered.has_springs:
            return still
        may_worsen = (self.rows.worsens >= self.until) & (self.rows.facts[:, parts.A_SEVERITY] > 0)
        came, contained = cases[:, parts.ACTIVE] == 1, self.state.spring[:, parts.CONTAINED]
        return still | (came & may_worsen & (contained == NEVER))

    def _lowered_again(self, policy: Policy, intake: Intake) -> Program:
        """The policy lowered to the shape that this run began with."""
        lowered = lower(policy, intake, springs=self.lowered.has_springs)
        if lowered.shape() != self.lowered.shape():
            raise SimulationBug(f"{policy.name!r} is lowered to another shape than {self.policy.name!r}")
        return lowered

    def _hold(self, rows: Rows, surroundings: tuple[Any, Any]) -> None:
        """Go on with these rows, whose signals have all still to come."""
        self.rows, self.surroundings = rows, surroundings
        self.world = world_arrays(rows, surroundings, self.lowered)
        self.state.scalars[parts.NEXT_SIGNAL] = 0
        self.state.scalars[parts.SIGNAL_NEXT] = rows.signal_at[0] if len(rows.signal_at) else FAR

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
        came = np.flatnonzero(self.state.cases[: int(self.state.scalars[parts.NEXT_ROW]), parts.ACTIVE])
        return self._case_columns(came), steps, self._pool_columns()

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
        number, block = int(self.rows.number[row]), self.lowered.labels[int(self.lowered.code[pc, 1])]
        origin = dict(self.intake.origin)
        return SimulationBug(
            f"at {int(state.scalars[parts.NOW])} s lanes keep moving and no time passes: case {number}, block"
            f" {block!r}, policy {self.policy.name!r} (digest {self.policy.digest[:12]}), origin {origin}; replay:"
            " citysim evaluate with this scenario, design and seed, --replications"
            f" {int(origin.get('replication', 0)) + 1}"
        )

    def _case_columns(self, rows: IntArray) -> Columns:
        """Columns of the log for the cases at these positions."""
        cases, facts = self.state.cases, self.rows.facts
        columns: Columns = {name: np.full(len(rows), NEVER, np.int64) for name in MILESTONES}
        for k, name in enumerate(self.lowered.milestones):
            columns[name] = self.state.milestones[rows, k]
        nothing = np.zeros(len(rows), np.int64)
        columns |= {name: nothing for name in (*COUNTERS, "upgraded", "signals")}
        for k, name in enumerate(self.lowered.counters):
            columns[name] = self.state.counters[rows, k]
        if self.lowered.has_springs:
            columns["upgraded"] = self._upgraded(rows)
            columns["signals"] = self.state.spring[rows, parts.SIGNALLED]
        columns |= {"case": self.rows.number[rows], "occurred": self.rows.occurred[rows]}
        columns |= {"incident": self.rows.incident[rows], "reported": self.rows.reported[rows]}
        columns |= {name: facts[rows, column] for name, column in FACT_COLUMNS.items()}
        columns |= {name: self.rows.numbers_of(columns[name]) for name in ("parent", "cause")}
        columns |= {name: cases[rows, column] for name, column in LIVE_COLUMNS.items()}
        return {name: columns[name].astype(dtype, copy=False) for name, dtype in CASE_DTYPES.items()}

    def _upgraded(self, rows: IntArray) -> IntArray:
        """1 for each of the rows that has worsened before `until`, else 0 (law, section 7)."""
        worsens, contained = self.rows.worsens[rows], self.state.spring[rows, parts.CONTAINED]
        in_time = (contained != NEVER) & (contained < worsens)
        has_worsened = (worsens != NEVER) & (worsens < self.until) & ~in_time
        return (has_worsened & (self.rows.facts[rows, parts.A_SEVERITY] > 0)).astype(np.int64)

    def _step_columns(self) -> Columns:
        used = int(self.state.scalars[parts.STEPS])
        rows = np.concatenate([*(chunk[0] for chunk in self.chunks), self.state.step_rows[:used]])
        times = np.concatenate([*(chunk[1] for chunk in self.chunks), self.state.step_times[:used]])
        columns: Columns = {name: np.full(len(rows), -1 if name == "case" else 0, d) for name, d in STEP_DTYPES.items()}
        sort_steps(rows, times, np.zeros(len(self.rows) + 1, np.int64), *columns.values())
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
            "unserved": pools[:, parts.UNSERVED].copy(),
        }


LIVE_COLUMNS = {
    "grade": parts.GRADE_NOW, "first_grade": parts.FIRST_GRADE,
    "priority": parts.PRIORITY, "outcome": parts.OUTCOME, "transfers": parts.TRANSFERS,
    "reworks": parts.REWORKS, "repeats": parts.REPEATS, "off_clock": parts.OFF_CLOCK, "ended": parts.ENDED,
}  # fmt: skip
"""Columns of a log that the kernel keeps case by case."""

FACT_COLUMNS = {
    "parent": parts.A_PARENT, "cause": parts.A_CAUSE, "kind": parts.A_KIND, "street": parts.A_STREET,
    "district": parts.A_DISTRICT, "severity": parts.A_SEVERITY, "channel": parts.A_CHANNEL,
    "genuine": parts.A_GENUINE, "n_support": parts.A_NEED,
}  # fmt: skip
"""Columns of a log that are facts of the case."""


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
