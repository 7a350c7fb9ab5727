"""The reference engine: SimPy reading the workflow as people wrote it. Slow, readable, the judge of the kernel.

It shares nothing with the kernel but the numbers of `ordering` and the functions that turn luck into durations and
grades. See docs/background/semantics.md, which both obey.
"""

from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt
from simpy import Event

from citysim.engines.ordering import ARRIVAL, SHIFT
from citysim.engines.pieces import check_more, check_needed
from citysim.engines.reference_checks import check_fits, departments_of
from citysim.engines.reference_facts import Facts
from citysim.engines.reference_lanes import Walker
from citysim.engines.reference_past import Past, Row, Tallies, read_rows
from citysim.engines.reference_pools import Directory, Station
from citysim.engines.reference_state import Case, Clock, read_sentence
from citysim.errors import InputError
from citysim.intake import SIGNALS, Intake
from citysim.log import CASE_DTYPES, NEVER, POOL_DTYPES, STEP_DTYPES
from citysim.policy.blocks import COUNTERS, MILESTONES
from citysim.policy.change import check_change
from citysim.policy.policy import Policy
from citysim.policy.staffing import HAND_OVER, Gate, PoolFamily
from citysim.units import LEVELS

Columns = dict[str, npt.NDArray[Any]]
SIGNALS_FIRST, ROWS = 0, 1
"""Within the phase of arrivals; given to the clock in the place of a lane, as nobody's lane is moved."""


class Reference:
    """One run of a policy against an intake, from time 0 up to `until`.

    Args:
        shuffle: a seed that shuffles what the law says must not matter: the order in which cases are handled within one
            phase of an instant, and in which shifts and sittings are made. For tests.
        steps: keep one row for each block of each case.

    Raises:
        PolicyError: the policy names pools, departments, columns, settings or types that are not there.
        SimulationBug: the engine broke the law (while it advances).
    """

    def __init__(self, intake: Intake, policy: Policy, shuffle: int | None = None, *, steps: bool = True) -> None:
        self.intake, self.policy, self.until = intake, policy, 0
        self._main = read_sentence(policy.workflow.blocks)
        check_fits(intake, policy, self._main)
        self._clock = Clock({**intake.origin, "policy": policy.name, "policy_digest": policy.digest})
        self._past, self._tallies = Past(), Tallies(policy.tallies)
        self._directory = Directory(intake.places)
        self._facts = Facts(intake, policy.grading, self._clock, self._past, self._tallies, self._directory)
        self._walker = Walker(self._clock, self._facts, self._past, self._tallies, self._directory)
        self._keeps_steps = self._walker.keeps_steps = steps
        self._departments = [departments_of(intake, kind) for kind in range(len(intake.kinds.ids))]
        self._shuffle = None if shuffle is None else np.random.default_rng(shuffle)
        self._heads: list[npt.NDArray[np.int64]] = []
        self._given, self._last = 0, 0
        self._coming: deque[Row] = deque()
        self._signals: deque[tuple[int, int, int]] = deque()
        self._next_signal: Event | None = None
        self._build_stations()
        self._take_in(intake)

    def advance(self, until: int) -> None:
        """Process every instant before `until` (seconds); may be called again with a later time."""
        if until < self.until:
            raise ValueError(f"advance: until = {until}, but the run has come to {self.until} already")
        env = self._clock.env
        while env.peek() < until:
            env.step()
        self.until = until

    def columns(self) -> tuple[Columns, Columns | None, Columns]:
        """Case, step and pool columns at `until`, in the order of `log.CASE_DTYPES` and so on; the run can go on."""
        cases = [self._past.cases[row] for row in sorted(self._past.cases)]
        return self._case_columns(cases), self._step_columns() if self._keeps_steps else None, self._pool_columns()

    # People and sittings.

    def _build_stations(self) -> None:
        """All pools and gates in the order of the law, and the first of their shifts and sittings."""
        families, populations = self.policy.staffing.families, self.intake.places.populations
        plans: list[tuple[Any, tuple[Any, ...], int]] = []
        for number, family in enumerate(families):
            level = LEVELS.index(family.level)
            heads = family.headcounts(populations[level])
            hands_over = family.at_shift_end == HAND_OVER
            pools = [self._station(number, place, hands_over=hands_over) for place in range(len(heads))]
            self._directory.families[family.name] = (level, pools)
            self._heads.append(heads)
            plans.append((self._begin_shift, (number, pools), family.since))
        for number, gate in enumerate(self.policy.gates, start=len(families)):
            level = LEVELS.index(gate.level)
            sitting = [self._station(number, place, agenda=gate.agenda) for place in range(len(populations[level]))]
            self._directory.gates[gate.name] = (level, sitting)
            plans.append((self._sit, (gate, sitting), gate.first))
        if self._shuffle is not None:
            plans = [plans[i] for i in self._shuffle.permutation(len(plans))]
        for call, arguments, delay in plans:
            self._plan_turn(call, arguments, delay)

    def _station(self, family: int, place: int, **what: Any) -> Station:
        stations = self._walker.floor.stations
        stations.append(Station(len(stations), family, place, **what))
        return stations[-1]

    def _plan_turn(self, call: Any, arguments: tuple[Any, ...], delay: int) -> None:
        self._clock.plan(SHIFT, delay, lambda: call(*arguments))

    def _begin_shift(self, number: int, pools: list[Station]) -> None:
        """The family begins, ceases to exist, or its next shift begins, in all its places."""
        family, now = self.policy.staffing.families[number], self._clock.now
        self._staff(family, pools, self._heads[number])
        turns = [turn for turn in (family.until,) if turn is not None and turn > now]
        if len(family.shifts) > 1 and (family.until is None or turns):
            starts = [*(shift.start for shift in family.shifts), family.cycle]
            turns.append(now - now % family.cycle + starts[_shift_of(family, now) + 1])
        if turns:
            self._plan_turn(self._begin_shift, (number, pools), min(turns) - now)

    def _staff(self, family: PoolFamily, pools: list[Station], heads: npt.NDArray[np.int64]) -> None:
        """Give each place of a family the people of its present shift; nobody outside the time that it exists."""
        now = self._clock.now
        exists = family.since <= now and (family.until is None or now < family.until)
        for pool, counts in zip(pools, heads, strict=True):
            units = int(counts[_shift_of(family, now)]) if exists else 0
            if units != pool.by_shift:
                self._walker.floor.set_shift(pool, units)

    def change_policy(self, policy: Policy) -> None:
        """Go on under other numbers from `until` on, which is a shift change of all pools (law, section 8).

        Raises:
            PolicyError: it is more than a change of numbers.
        """
        check_change(self.policy, policy)
        main = read_sentence(policy.workflow.blocks)
        check_fits(self.intake, policy, main)
        for step, new in zip(self._main.all_steps(), main.all_steps(), strict=True):
            step.block, step.purpose = new.block, new.purpose
        self.policy = policy
        self._facts.grade_by(policy.grading)
        populations = self.intake.places.populations
        for number, family in enumerate(policy.staffing.families):
            self._heads[number] = family.headcounts(populations[LEVELS.index(family.level)])
        self._plan_turn(self._staff_all, (), self.until - self._clock.now)

    def _staff_all(self) -> None:
        for number, family in enumerate(self.policy.staffing.families):
            self._staff(family, self._directory.families[family.name][1], self._heads[number])

    def _sit(self, gate: Gate, sitting: list[Station]) -> None:
        for station in sitting:
            self._walker.floor.sit(station)
        self._plan_turn(self._sit, (gate, sitting), gate.period)

    # Cases.

    def extend(self, more: Intake, policy: Policy | None = None) -> None:
        """Take further rows of intake, from `until` on, and other numbers if a policy is given (law, section 8).

        Raises:
            DataError: they do not follow on what the run was given. PolicyError: pools are not there for their types,
                or the policy is more than a change of numbers.
        """
        check_more(self.intake, more, given=self._given, last=self._last, until=self.until)
        check_fits(more, self.policy, self._main)
        self._past.check_knows(more)
        if policy is not None:
            self.change_policy(policy)
        self._facts.surround_by(more)
        self._take_in(more)

    @property
    def held(self) -> int:
        """Number of rows that the run knows: those given, but for those it has forgotten."""
        return len(self._past.rows)

    def retire(self, needed: npt.ArrayLike) -> Columns:
        """Forget the rows that are over and not needed, directly or by rows that stay (law, section 8).

        Args:
            needed: numbers of rows, rising, that later pieces may still name.

        Returns:
            the case columns of those forgotten that were cases.

        Raises:
            InputError: the run keeps steps. DataError: a row is needed that the run does not know.
        """
        if self._keeps_steps:
            raise InputError("retire: this run keeps steps, which name all rows; start it with steps=False")
        past = self._past
        needed_rows = check_needed(needed, np.array(list(past.rows), np.int64)).tolist()
        unfinished = [number for number in past.rows if self._is_unfinished(number)]
        kept = past.with_named([*needed_rows, *unfinished, *(cause for _, cause, _ in self._signals)])
        gone = [number for number in past.rows if number not in kept]
        columns = self._case_columns([past.cases[number] for number in gone if number in past.cases])
        past.forget(gone)
        return columns

    def _is_unfinished(self, number: int) -> bool:
        """Whether the row is still to be reported, is an open case, or one that may yet become worse."""
        row, case = self._past.rows[number], self._past.cases.get(number)
        if case is None:
            return row.reported >= self.until
        may_worsen = row.severity > 0 and row.worsens >= self.until
        return case.ended == NEVER or (may_worsen and not self._past.was_contained(number, row.worsens))

    def _take_in(self, intake: Intake) -> None:
        """Know the rows and signals of an intake, and wait for them behind (signals: among) those still to come."""
        rows = list(read_rows(intake))
        self._past.learn(rows)
        self._given += len(rows)
        self._last = rows[-1].reported if rows else self._last
        if self._shuffle is not None:
            self._clock.ranks += [len(self._clock.ranks) + k for k in self._shuffle.permutation(len(rows)).tolist()]
            rows = self._shuffled(rows)
        is_waiting = bool(self._coming)
        self._coming += rows
        if not is_waiting:
            self._plan_arrival()
        given = (intake.signals.at, intake.signals.cause, intake.signals.signal)
        new = zip(*(np.asarray(column).tolist() for column in given), strict=True)
        self._signals = deque(sorted([*self._signals, *new], key=lambda signal: signal[0]))  # stable: given first
        self._plan_signal()

    def _shuffled(self, rows: list[Row]) -> list[Row]:
        """The rows by time, within an instant in another order, but a parent before its repeats."""
        depth: dict[int, int] = {}
        for row in rows:
            original = self._past.rows.get(row.parent)
            is_tied = original is not None and original.reported == row.reported
            depth[row.number] = depth.get(row.parent, 0) + 1 if is_tied else 0
        return sorted(rows, key=lambda row: (row.reported, depth[row.number], self._clock.ranks[row.number]))

    def _plan_arrival(self) -> None:
        """Only the next arrival stands in SimPy's queue; one at the same instant joins it as the same phase goes on."""
        if self._coming:
            self._clock.plan(ARRIVAL, self._coming[0].reported - self._clock.now, self._arrive, lane=ROWS)

    def _arrive(self) -> None:
        row = self._coming.popleft()
        self._plan_arrival()
        if self._past.comes_in(row.number, self._clock.now):
            case = self._past.cases[row.number] = self._case(row)
            self._walker.come_in(case, self._main)

    def _plan_signal(self) -> None:
        """Only the next signal stands in SimPy's queue, in the place of the one that was the next so far."""
        if self._next_signal is not None and self._next_signal.callbacks is not None:
            self._next_signal.callbacks.clear()
        self._next_signal = None
        if self._signals:
            delay = self._signals[0][0] - self._clock.now
            self._next_signal = self._clock.plan(ARRIVAL, delay, self._give_signal, lane=SIGNALS_FIRST)

    def _give_signal(self) -> None:
        """A case that is not contained acts on its surroundings, even before it came in."""
        now, row, signal = self._signals.popleft()
        self._plan_signal()
        if self._past.happened(row) and not self._past.was_contained(row, now):
            self._past.signals[row] |= 1 << signal
            if SIGNALS[signal] in self._tallies:
                self._tallies.add(SIGNALS[signal], self._places(self._past.rows[row]), 1, now)

    def _places(self, row: Row) -> tuple[int, int, int]:
        return 0, int(self.intake.places.district_of_street[row.street]), row.street

    def _case(self, row: Row) -> Case:
        lead, supports = self._departments[row.kind]
        return Case(
            number=row.number,
            luck=row.luck,
            tiebreak=row.tiebreak,
            kind=row.kind,
            places=self._places(row),
            lead=lead,
            supports=supports[: max(0, row.n_support)],
            priority=row.priority,
        )

    # The log.

    def _case_columns(self, cases: list[Case]) -> Columns:
        return {name: np.array(self._column(name, cases), dtype) for name, dtype in CASE_DTYPES.items()}

    def _column(self, name: str, cases: list[Case]) -> list[int]:
        """One column of the log: a number for each case."""
        rows = [self._past.rows[case.number] for case in cases]
        if name in MILESTONES:
            return [case.milestones.get(name, NEVER) for case in cases]
        if name in COUNTERS:
            return [case.counters[name] for case in cases]
        match name:
            case "case":
                return [row.number for row in rows]
            case "district":
                return [case.places[1] for case in cases]
            case "upgraded":
                last = self.until - 1
                return [row.severity - self._past.severity(row.number, last) for row in rows]
            case "signals":
                return [self._past.signals.get(row.number, 0) for row in rows]
            case "grade" | "first_grade" | "priority" | "outcome":
                return [getattr(case, name) for case in cases]
            case "transfers" | "reworks" | "repeats" | "off_clock" | "ended":
                return [getattr(case, name) for case in cases]
        return [getattr(row, name) for row in rows]

    def _step_columns(self) -> Columns:
        table = np.array(self._walker.rows, dtype=np.int64).reshape(-1, len(STEP_DTYPES)).T
        order = np.lexsort((table[1], table[0]))  # stable: within a lane the order in which rows were made
        return {name: table[i][order].astype(dtype) for i, (name, dtype) in enumerate(STEP_DTYPES.items())}

    def _pool_columns(self) -> Columns:
        stations, until = self._walker.floor.stations, self.until
        columns = {
            "family": [station.family for station in stations],
            "place": [station.place for station in stations],
            "served": [station.served for station in stations],
            "busy": [station.lent.until(until) for station in stations],
            "scheduled": [station.offered if station.agenda else station.capacity.until(until) for station in stations],
            "waiting": [station.waiting.until(until) for station in stations],
            "saturated": [station.saturated.until(until) for station in stations],
            "in_line": [len(station.line) for station in stations],
            "unserved": [station.unserved for station in stations],
        }
        return {name: np.array(columns[name], dtype=dtype) for name, dtype in POOL_DTYPES.items()}


def _shift_of(family: PoolFamily, now: int) -> int:
    """Number of the shift of a family at a time."""
    return sum(shift.start <= now % family.cycle for shift in family.shifts) - 1
