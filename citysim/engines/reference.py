"""The reference engine: SimPy reading the workflow as people wrote it. Slow, readable, the judge of the kernel.

It shares nothing with the kernel but the numbers of `ordering` and the functions that turn luck into durations and
grades. See docs/background/semantics.md, which both obey.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.engines.ordering import ARRIVAL, SHIFT
from citysim.engines.reference_checks import check_fits, departments_of
from citysim.engines.reference_lanes import Facts, Walker, is_open
from citysim.engines.reference_pools import Directory, Station
from citysim.engines.reference_state import Case, Clock, read_sentence
from citysim.intake import Intake
from citysim.log import CASE_DTYPES, NEVER, POOL_DTYPES, STEP_DTYPES
from citysim.policy.blocks import MILESTONES
from citysim.policy.policy import Policy
from citysim.policy.staffing import HAND_OVER, Gate, PoolFamily
from citysim.units import LEVELS

Columns = dict[str, npt.NDArray[Any]]


class Reference:
    """One run of a policy against an intake, from time 0 up to `until`.

    Args:
        shuffle: a seed that shuffles what the law says must not matter: the order in which cases are handled within one
            phase of an instant, and in which shifts and sittings are made. For tests.

    Raises:
        PolicyError: the policy names pools, departments or columns that the intake or its staffing lack.
        SimulationBug: the engine broke the law (while it advances).
    """

    def __init__(self, intake: Intake, policy: Policy, shuffle: int | None = None) -> None:
        self.intake, self.policy, self.until = intake, policy, 0
        self._main = read_sentence(policy.workflow.blocks)
        check_fits(intake, policy, self._main)
        self._cases: dict[int, Case] = {}
        self._clock = Clock({**intake.origin, "policy": policy.name, "policy_digest": policy.digest})
        self._walker = Walker(self._clock, Facts(intake, policy.grading), self._parent_of)
        self._departments = [departments_of(intake, kind) for kind in range(len(intake.kinds.ids))]
        self._shuffle = None if shuffle is None else np.random.default_rng(shuffle)
        if self._shuffle is not None:
            self._clock.ranks = self._shuffle.permutation(len(intake)).tolist()
        self._rows = self._order_of_arrival()
        self._build_stations()
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
        families: dict[str, tuple[int, list[Station]]] = {}
        gates: dict[str, tuple[int, list[Station]]] = {}
        plans: list[tuple[Any, tuple[Any, ...], int]] = []
        for number, family in enumerate(self.policy.staffing.families):
            level = LEVELS.index(family.level)
            heads = family.headcounts(self.intake.places.populations[level])
            hands_over = family.at_shift_end == HAND_OVER
            pools = [self._station(family=number, place=p, hands_over=hands_over) for p in range(len(heads))]
            families[family.name] = (level, pools)
            plans.append((self._start_shift, (family, pools, heads, 0), 0))
        for gate in self.policy.gates:
            level = LEVELS.index(gate.level)
            sitting = [
                self._station(place=p, agenda=gate.agenda) for p in range(len(self.intake.places.populations[level]))
            ]
            gates[gate.name] = (level, sitting)
            plans.append((self._sit, (gate, sitting), gate.first))
        if self._shuffle is not None:
            plans = [plans[i] for i in self._shuffle.permutation(len(plans))]
        for call, arguments, delay in plans:
            self._plan_turn(call, arguments, delay)
        self._walker.directory = Directory(families, gates)

    def _station(self, **what: Any) -> Station:
        stations = self._walker.floor.stations
        stations.append(Station(len(stations), **what))
        return stations[-1]

    def _plan_turn(self, call: Any, arguments: tuple[Any, ...], delay: int) -> None:
        self._clock.plan(SHIFT, delay, lambda: call(*arguments))

    def _start_shift(self, family: PoolFamily, pools: list[Station], heads: npt.NDArray[np.int64], turn: int) -> None:
        """The family's next shift begins in all its places; `turn` counts shifts since time 0."""
        cycles, shift = divmod(turn, len(family.shifts))
        for pool, counts in zip(pools, heads, strict=True):
            if counts[shift] != pool.capacity.value:
                self._walker.floor.set_capacity(pool, int(counts[shift]))
        if len(family.shifts) > 1:
            cycles, shift = divmod(turn + 1, len(family.shifts))
            starts = cycles * family.cycle + family.shifts[shift].start
            self._plan_turn(self._start_shift, (family, pools, heads, turn + 1), starts - self._clock.now)

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
            self._clock.plan(ARRIVAL, delay, lambda: self._arrive(position))

    def _arrive(self, position: int) -> None:
        row = self._rows[position]
        self._plan_arrival(position + 1)
        original = int(self.intake.parent[row])
        if original >= 0:
            parent = self._cases.get(original)
            if parent is None or not is_open(parent, self._clock.now):
                return
        case = self._case(row)
        self._cases[row] = case
        self._walker.come_in(case, self._main)

    def _case(self, row: int) -> Case:
        intake = self.intake
        street, kind = int(intake.street[row]), int(intake.kind[row])
        lead, supports = self._departments[kind]
        return Case(
            number=row,
            luck=int(intake.luck[row]),
            tiebreak=int(intake.tiebreak[row]),
            kind=kind,
            places=(0, int(intake.places.district_of_street[street]), street),
            lead=lead,
            supports=supports[: max(0, int(intake.n_support[row]))],
            priority=int(intake.priority[row]),
        )

    def _parent_of(self, case: Case) -> Case | None:
        return self._cases.get(int(self.intake.parent[case.number]))

    # The log.

    def _case_columns(self) -> Columns:
        cases = [self._cases[row] for row in sorted(self._cases)]
        rows = np.array([case.number for case in cases], dtype=np.int64)
        columns: dict[str, Any] = {"case": rows, "district": [case.places[1] for case in cases]}
        for name in CASE_DTYPES.keys() - columns.keys():
            if name in MILESTONES:
                columns[name] = [case.milestones.get(name, NEVER) for case in cases]
            elif hasattr(Case, name) and name != "kind":
                columns[name] = [getattr(case, name) for case in cases]
            else:
                columns[name] = getattr(self.intake, name)[rows]
        return {name: np.array(columns[name], dtype=dtype) for name, dtype in CASE_DTYPES.items()}

    def _step_columns(self) -> Columns:
        table = np.array(self._walker.rows, dtype=np.int64).reshape(-1, len(STEP_DTYPES)).T
        order = np.lexsort((table[1], table[0]))  # stable: within a lane the order in which rows were made
        return {name: table[i][order].astype(dtype) for i, (name, dtype) in enumerate(STEP_DTYPES.items())}

    def _pool_columns(self) -> Columns:
        pools = [station for station in self._walker.floor.stations if not station.agenda]
        columns = {
            "family": [pool.family for pool in pools],
            "place": [pool.place for pool in pools],
            "served": [pool.served for pool in pools],
            "busy": [pool.lent.until(self.until) for pool in pools],
            "scheduled": [pool.capacity.until(self.until) for pool in pools],
            "waiting": [pool.waiting.until(self.until) for pool in pools],
            "saturated": [pool.saturated.until(self.until) for pool in pools],
        }
        return {name: np.array(columns[name], dtype=dtype) for name, dtype in POOL_DTYPES.items()}
