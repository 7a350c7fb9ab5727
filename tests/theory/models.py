"""Queueing models in the public words: arrival streams, and what a run shows after its warm-up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import citysim
from citysim.engines.simulate import start
from citysim.intake import Intake
from citysim.log import LEFT, OPEN, Columns, Log
from citysim.policy.policy import Policy

UNIT = 1_000_000
"""Seconds in one unit of time of a model: rounding to whole seconds is far below any tolerance."""


Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def exponential(mean: float) -> citysim.Exponential:
    return citysim.Exponential(mean * UNIT)


def poisson(rate: float, units: float, replication: int, name: str = "arrivals", seed: int = 2026) -> Ints:
    """Times of a Poisson process with `rate` per unit of time, for `units` of time."""
    return citysim.poisson_times(rate / UNIT, int(units * UNIT), seed=seed, replication=replication, name=name)


def streams(rates: Sequence[float], units: float, replication: int) -> tuple[Ints, Ints]:
    """Times and classes of several Poisson processes, in order of time."""
    times = [poisson(rate, units, replication, f"class {k}") for k, rate in enumerate(rates)]
    classes = np.repeat(np.arange(len(rates)), [len(t) for t in times])
    joined = np.concatenate(times)
    order = np.argsort(joined, kind="stable")
    return joined[order], classes[order]


def take(times: npt.ArrayLike, replication: int, units: float | None = None, **columns: npt.ArrayLike) -> Intake:
    """Cases at these times; the model ends after `units` of time."""
    horizon = None if units is None else int(units * UNIT)
    return citysim.arrivals(times, seed=2026, replication=replication, horizon=horizon, **columns)


def served_by(policy_name: str, workflow: citysim.Workflow, **pools: int | citysim.PoolFamily) -> Policy:
    return citysim.Policy(policy_name, workflow, citysim.Staffing.of(**pools))


def station(service: citysim.Exponential | citysim.Fixed | citysim.Lognormal, servers: int) -> Policy:
    """One line and some servers: the seize is labelled "line"."""
    visit = citysim.Workflow().at("line").seize("server").delay(service).release("server").close()
    return served_by("station", visit, server=servers)


def loss_station(service: citysim.Exponential | citysim.Lognormal, servers: int) -> Policy:
    """Servers without a line: who finds none free leaves."""
    visit = (
        citysim.Workflow().seize("server", room=0, otherwise="lost")
        .delay(service).release("server").close()
        .at("lost").leave()
    )  # fmt: skip
    return served_by("loss", visit, server=servers)


def until_all_left(intake: Intake, policy: Policy, more: float = 500) -> Log:
    """A run that goes on after the last arrival until the line is surely empty."""
    return citysim.simulate(intake, policy, until=intake.horizon + int(more * UNIT))


def settled(values: npt.NDArray[np.generic], warm: float = 0.05) -> Floats:
    """Times in units of the model, without the first share of customers."""
    return values[int(len(values) * warm) :] / UNIT


def sojourns(log: Log) -> Floats:
    """Time in system of each case, in units; nan while the case is open."""
    ended, reported = log.case_columns["ended"], log.case_columns["reported"]
    return np.where(ended >= 0, (ended - reported) / UNIT, np.nan)


@dataclass(frozen=True)
class Seen:
    """Means over time from the warm-up to the horizon, by pool, and the cases at the horizon.

    Args:
        line, busy: people in line, units at work. served: requests served per unit of time.
        left: share of the cases at an end that left unserved, without those that came in the warm-up.
    """

    line: Floats
    busy: Floats
    served: Floats
    cases: Columns
    warm: int

    def left(self, chosen: npt.NDArray[np.bool_] | None = None) -> float:
        ended = (self.cases["outcome"] != OPEN) & (self.cases["reported"] >= self.warm)
        if chosen is not None:
            ended &= chosen[: len(ended)]
        return float((self.cases["outcome"][ended] == LEFT).mean())


def over_time(intake: Intake, policy: Policy, warm: float) -> Seen:
    """One run without steps, measured from `warm` (units) to the horizon."""
    run = start(intake, policy, steps=False)
    run.advance(int(warm * UNIT))
    before = run.columns()[2]
    run.advance(intake.horizon)
    cases, _, after = run.columns()
    length = intake.horizon - int(warm * UNIT)
    line, busy, served = ((after[name] - before[name]) / length for name in ("waiting", "busy", "served"))
    return Seen(line, busy, served * UNIT, cases, int(warm * UNIT))
