"""The reference engine: SimPy reading the workflow as people wrote it. Slow, readable, the judge of the kernel.

It shares nothing with the kernel but the numbers of `ordering` and the functions that turn luck into durations and
grades. See docs/background/semantics.md, which both obey.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.engines.ordering import ARRIVAL, SHIFT
from citysim.engines.reference_checks import check_fits, departments_of
from citysim.engines.reference_facts import Facts
from citysim.engines.reference_lanes import Walker
from citysim.engines.reference_past import Past, Tallies
from citysim.engines.reference_pools import Directory, Station
from citysim.engines.reference_state import Case, Clock, read_sentence
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

    Raises:
        PolicyError: the policy names pools, departments, columns, settings or types that are not there.
        SimulationBug: the engine broke the law (while it advances).
    """

    def __init__(self, intake: Intake, policy: Policy, shuffle: int | None = None) -> None:
        self.intake, self.policy, self.until = intake, policy, 0
        self._main = read_sentence(policy.workflow.blocks)
        check_fits(intake, policy, self._main)
        self._clock = Clock({**intake.origin, "policy": policy.name, "policy_digest": policy.digest})
        self._past, self._tallies = Past(intake), Tallies(policy.tallies)
        self._directory = Directory(intake.places)
        self._facts = Facts(intake, policy.grading, self._clock, self._past, self._tallies, self._directory)
        self._walker = Walker(self._clock, self._facts, self._past, self._tallies, self._directory)
        self._departments = [departments_of(intake, kind) for kind in range(len(intake.kinds.ids))]
        self._shuffle = None if shuffle is None else np.random.default_rng(shuffle)
        if self._shuffle is not None:
            self._clock.ranks = self._shuffle.permutation(len(intake)).tolist()
        self._heads: list[npt.NDArray[np.int64]] = []
        self._rows = self._order_of_arrival()
        self._build_stations()
        self._plan_signal(0)
        self._plan_arrival(0)

    def advance(self, until: int) -> None:
        """Process every instant before `until` (seconds); may be called again with a later time."""
        if until < self.until:
            raise ValueError(f"advance: until = {until}, but the run has come to {self.until} already")
        env = self._clock.env
        while env.peek() < until:
            env.step()
        self.until = until

    def columns(self) -> tuple[Columns, Columns, Columns]:
        """Case, step and pool columns at `until`, in the order of `log.CASE_DTYPES` and so on; the run can go on."""
        return self._case_columns(), self._step_columns(), self._pool_columns()

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

    def _order_of_arrival(self) -> list[int]:
        """Rows by time, then row order; shuffled within an instant if asked, but a parent before its repeats."""
        reported, parent = self.intake.reported.tolist(), self.intake.parent.tolist()
        if self._clock.ranks is None:
            return list(range(len(reported)))
        depth = [0] * len(reported)
        for row, original in enumerate(parent):
            if original >= 0 and reported[original] == reported[row]:
                depth[row] = depth[original] + 1
        ranks = self._clock.ranks
        return sorted(range(len(reported)), key=lambda row: (reported[row], depth[row], ranks[row]))

    def _plan_arrival(self, position: int) -> None:
        """Only the next arrival stands in SimPy's queue; one at the same instant joins it as the same phase goes on."""
        if position < len(self._rows):
            delay = int(self.intake.reported[self._rows[position]]) - self._clock.now
            self._clock.plan(ARRIVAL, delay, lambda: self._arrive(position), lane=ROWS)

    def _arrive(self, position: int) -> None:
        row = self._rows[position]
        self._plan_arrival(position + 1)
        if self._past.comes_in(row, self._clock.now):
            case = self._past.cases[row] = self._case(row)
            self._walker.come_in(case, self._main)

    def _plan_signal(self, position: int) -> None:
        if position < len(self.intake.signals):
            delay = int(self.intake.signals.at[position]) - self._clock.now
            self._clock.plan(ARRIVAL, delay, lambda: self._give_signal(position), lane=SIGNALS_FIRST)

    def _give_signal(self, position: int) -> None:
        """A case that is not contained acts on its surroundings, even before it came in."""
        self._plan_signal(position + 1)
        signals, now = self.intake.signals, self._clock.now
        row, signal = int(signals.cause[position]), int(signals.signal[position])
        if self._past.happened(row) and not self._past.was_contained(row, now):
            self._past.signals[row] |= 1 << signal
            if SIGNALS[signal] in self._tallies:
                self._tallies.add(SIGNALS[signal], self._places(row), 1, now)

    def _places(self, row: int) -> tuple[int, int, int]:
        street = int(self.intake.street[row])
        return 0, int(self.intake.places.district_of_street[street]), street

    def _case(self, row: int) -> Case:
        intake = self.intake
        kind = int(intake.kind[row])
        lead, supports = self._departments[kind]
        return Case(
            number=row,
            luck=int(intake.luck[row]),
            tiebreak=int(intake.tiebreak[row]),
            kind=kind,
            places=self._places(row),
            lead=lead,
            supports=supports[: max(0, int(intake.n_support[row]))],
            priority=int(intake.priority[row]),
        )

    # The log.

    def _case_columns(self) -> Columns:
        cases = [self._past.cases[row] for row in sorted(self._past.cases)]
        rows = np.array([case.number for case in cases], dtype=np.int64)
        return {name: np.array(self._column(name, cases, rows), dtype) for name, dtype in CASE_DTYPES.items()}

    def _column(self, name: str, cases: list[Case], rows: npt.NDArray[np.int64]) -> Any:
        """One column of the log: a number for each case, `rows` being their rows of the intake."""
        if name in MILESTONES:
            return [case.milestones.get(name, NEVER) for case in cases]
        if name in COUNTERS:
            return [case.counters[name] for case in cases]
        match name:
            case "case":
                return rows
            case "district":
                return [case.places[1] for case in cases]
            case "upgraded":
                last = self.until - 1
                return [int(self.intake.severity[row]) - self._past.severity(row, last) for row in rows.tolist()]
            case "signals":
                return [self._past.signals.get(row, 0) for row in rows.tolist()]
            case "grade" | "first_grade" | "priority" | "outcome":
                return [getattr(case, name) for case in cases]
            case "transfers" | "reworks" | "repeats" | "off_clock" | "ended":
                return [getattr(case, name) for case in cases]
        return getattr(self.intake, name)[rows]

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
        }
        return {name: np.array(columns[name], dtype=dtype) for name, dtype in POOL_DTYPES.items()}


def _shift_of(family: PoolFamily, now: int) -> int:
    """Number of the shift of a family at a time."""
    return sum(shift.start <= now % family.cycle for shift in family.shifts) - 1
