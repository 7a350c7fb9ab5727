"""Runs a policy against a world on either engine: start, advance, finish, or all at once."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy.typing as npt

from citysim.errors import DataError, PolicyError
from citysim.intake import Intake
from citysim.log import Columns, Log
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, PoolFamily
from citysim.policy.workflow import walk
from citysim.sensing import sense

if TYPE_CHECKING:
    from citysim.world.sample import World

OVER_TIME = ("served", "busy", "scheduled", "waiting", "saturated", "unserved")
"""Pool columns that add up over time."""

Engine = Literal["kernel", "reference"]
ENGINES: tuple[Engine, ...] = ("kernel", "reference")


class Run(Protocol):
    """What both engines offer: go on until a moment, and read off what happened so far.

    `intake` is what the run began with; it may have been given more. `held` is the number of rows that it knows now.
    """

    intake: Intake
    policy: Policy
    until: int

    def advance(self, until: int) -> None: ...

    def change_policy(self, policy: Policy) -> None: ...

    def extend(self, more: Intake, policy: Policy | None = None) -> None: ...

    def retire(self, needed: npt.ArrayLike) -> Columns: ...

    @property
    def held(self) -> int: ...

    def columns(self) -> tuple[Any, Any, Any]: ...


def start(world: "World | Intake", policy: Policy, engine: Engine = "kernel", *, steps: bool = True) -> Run:
    """A run at time 0. `steps=False` keeps no step rows (less memory, no digest).

    Raises:
        PolicyError: the policy has a committee, or names pools, departments, columns, settings or types that are not
            there.
        DataError: the intake is a later piece of another (its rows do not count from 0).
    """
    if policy.governance.on:
        raise PolicyError(
            f"policy {policy.name!r} has a committee that changes it on the way: run it with citysim.govern, or as it"
            " stands at the beginning with policy.ungoverned"
        )
    intake = world if isinstance(world, Intake) else sense(world, policy.sensing, policy.programmes)
    if intake.first_row != 0:
        raise DataError(f"intake: first_row = {intake.first_row}; a run begins with row 0, later rows come by `extend`")
    if engine == "kernel":
        from citysim.engines.compiled import KernelRun  # numba takes a second to import, the reference does without

        return KernelRun(intake, policy, steps=steps)
    if engine == "reference":
        from citysim.engines.reference import Reference

        return Reference(intake, policy, steps=steps)
    raise PolicyError(f"engine = {engine!r}, must be one of {', '.join(ENGINES)}")


def advance(run: Run, until: int) -> Run:
    """Process every instant before `until` (seconds); stopping anywhere leaves the same log as one run."""
    run.advance(until)
    return run


def change_policy(run: Run, policy: Policy) -> Run:
    """Let a run go on under another policy: the same sentence with other numbers, grading and headcounts.

    It acts from where the run has come: what was drawn before stays, what is drawn from then on goes by the new
    numbers, and all pools have a shift change then (law, section 8).

    Raises:
        PolicyError: the policies differ in more than that.
    """
    run.change_policy(policy)
    return run


def extend(run: Run, more: Intake, policy: Policy | None = None) -> Run:
    """Give a run more rows of intake, to be reported from where it has come on (law, section 8).

    Args:
        more: its `first_row` is the number of rows that the run was given so far; parents and causes may be any rows
            given so far. Its settings hold from now on.
        policy: goes on under it, as `change_policy` would; both at once are quicker than one after the other.

    Raises:
        DataError: something does not follow on what the run was given; it goes on as before.
        PolicyError: the policy names pools that are not there for types that come in only now, or is more than a change
            of numbers.
    """
    run.extend(more, policy)
    return run


def retire(run: Run, needed: npt.ArrayLike) -> Columns:
    """Let a run forget what is over, so that its memory does not grow with the pieces given to it (law, section 8).

    What it has forgotten is no longer in its log; case numbers stay what they are. Only for a run without steps.

    Args:
        needed: numbers of rows, rising, that later pieces may still name as parent or cause, or signals in them.

    Returns:
        the case columns (as in a log) of the cases that it forgot; together with those of all other calls and of the
        log at the end, they are those of a run that forgets nothing.

    Raises:
        InputError: the run keeps steps.
        DataError: a row is needed that it was not given or has forgotten.
    """
    return run.retire(needed)


def finish(run: Run, *, steps: bool = True) -> Log:
    """The log up to where the run has come. The run can go on afterwards."""
    case_columns, step_columns, pool_columns = run.columns()
    families, gates = run.policy.staffing.families, run.policy.gates
    owners: tuple[PoolFamily | Gate, ...] = (*families, *gates)
    residents = tuple(run.intake.places.populations[1].tolist())
    villagers = float(run.intake.places.rural_population.sum())
    programmes = run.policy.programmes
    return Log(
        case_columns=case_columns,
        step_columns=step_columns if steps else None,
        pool_columns=pool_columns,
        until=run.until,
        blocks=tuple(place.label for place in walk(run.policy.workflow.blocks)),
        families=tuple(owner.name for owner in owners),
        levels=tuple(owner.level for owner in owners),
        unit_costs=(*(family.unit_cost_per_hour for family in families), *(gate.cost_per_sitting for gate in gates)),
        agendas=(*(0 for _ in families), *(gate.agenda for gate in gates)),
        overhead_per_week=run.policy.overhead_per_week
        + programmes.yuan_per_week(sum(residents), villagers, len(residents)),
        kinds=run.intake.kinds,
        district_ids=run.intake.places.district_ids,
        working_week=run.intake.working_week,
        residents=residents,
        origin={**run.intake.origin, "policy": run.policy.name, "policy_digest": run.policy.digest},
    )


def simulate(
    world: "World | Intake",
    policy: Policy,
    engine: Engine = "kernel",
    *,
    until: int | None = None,
    steps: bool = True,
    begin: int = 0,
) -> Log:
    """Work every case that comes in under a policy, up to `until` (the world's horizon unless given).

    Args:
        world: a sampled world, or an intake made by `arrivals` for a queueing model without a city.
        engine: "kernel" (compiled) or "reference" (SimPy); both write the same log, byte for byte.
        steps: keep one row for each block of each case (needed for `Log.digest` and `Log.steps`).
        begin: seconds of warm-up, which are simulated and not judged.
    """
    run = start(world, policy, engine, steps=steps)
    early = finish(advance(run, begin), steps=False) if begin else None
    run.advance(run.intake.horizon if until is None else until)
    return after(finish(run, steps=steps), early)


def after(log: Log, early: Log | None) -> Log:
    """The log of a run without its warm-up, given the log of the same run at the end of that."""
    if early is None:
        return log
    totals = {
        name: column - early.pool_columns[name] if name in OVER_TIME else column
        for name, column in log.pool_columns.items()
    }
    return replace(log, pool_columns=totals, begin=early.until)
