"""Queues that the guard remembers: each makes one mistake of an engine or of the statistics plain, also by chance.

A city shows some mistakes only in the last bit: callers seldom arrive in the same second, few jobs are interrupted, and
nobody sees the first hours of a year. Each of these queues is made of nothing but the one thing. All share the seed and
the customers' own luck, so that a difference between two versions has little variance.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from citysim.engines.simulate import Engine, simulate
from citysim.intake import arrivals, poisson_times
from citysim.log import OUTCOMES, Log
from citysim.policy.durations import Exponential, Lognormal
from citysim.policy.policy import Policy
from citysim.policy.staffing import HAND_OVER, PoolFamily, Shift, Staffing
from citysim.policy.workflow import Workflow
from citysim.statistics.steady import replication_deletion
from citysim.streams import FloatArray
from citysim.units import HOUR

SERVICE = 600.0
"""Mean time at the desk, seconds [asm]."""


@dataclass(frozen=True)
class Queue:
    """One desk, its customers, and what is looked at.

    Args:
        load: arrivals in a mean time at the desk. customers: in all, in the order in which they come.
        cut: of these, how many come in the warm-up, which the mean time leaves out.
        together: customers that arrive in the same second.
        more: by name, a further figure of a log.
    """

    workflow: Workflow
    load: float
    customers: int
    cut: int = 0
    shifts: tuple[Shift, ...] = (Shift(0, 1),)
    together: int = 1
    more: Mapping[str, Callable[[Log], float]] | None = None

    @property
    def policy(self) -> Policy:
        """The desk as a policy. Shifts repeat every hour; whoever is interrupted goes on with what was left."""
        return Policy(
            "queue",
            self.workflow,
            Staffing((PoolFamily("desk", "city", self.shifts, int(HOUR), at_shift_end=HAND_OVER),)),
        )

    def run(self, seed: int, number: int, engine: Engine) -> Log:
        """One replication, until everybody has been served or has left."""
        groups = self.customers // self.together
        rate = self.load / SERVICE / self.together
        times = poisson_times(rate, int(groups * 1.3 / rate), seed=seed, replication=number)[:groups]
        end = int(times[-1]) + 1_000 * int(SERVICE)
        come = arrivals(np.repeat(times, self.together), seed=seed, replication=number, horizon=end)
        return simulate(come, self.policy, engine)


def _left(log: Log) -> float:
    return float((log.case_columns["outcome"] == OUTCOMES.index("left")).mean())


def _calls_again(log: Log) -> float:
    return float(log.case_columns["transfers"].mean())


def _first_of_pair(log: Log) -> float:
    """Hours that the one who is first by the tiebreak spends; cases that arrive together are in that order."""
    return float(times_of(log)[::2].mean()) / HOUR


def times_of(log: Log) -> FloatArray:
    """Time in the system of each customer, in order of arrival, seconds."""
    spent: FloatArray = (log.case_columns["ended"] - log.case_columns["reported"]).astype(np.float64)
    return spent


def _leaving(patience: float) -> Workflow:
    return (
        Workflow().seize("desk", patience=Exponential(patience), otherwise="gone").delay(Exponential(SERVICE))
        .release("desk").close().at("gone").leave()
    )  # fmt: skip


def _desk(service: Exponential | Lognormal) -> Workflow:
    return Workflow().seize("desk").delay(service).release("desk").close()


QUEUES: Mapping[str, Queue] = {
    "queue with impatience": Queue(_leaving(4 * SERVICE), 0.8, 2_560, 500, more={"left_share": _left}),
    # Too many come, few give up soon: the line grows for hundreds of customers, which a mean over all of them shows.
    "queue that fills": Queue(_leaving(100 * SERVICE), 1.5, 1_500, 500, more={"left_share": _left}),
    # Nine of ten who hang up call again, as patient as before.
    "queue with redial": Queue(
        Workflow().at("call").seize("desk", patience=Exponential(SERVICE), otherwise="hung_up")
        .delay(Exponential(SERVICE)).release("desk").close()
        .at("hung_up").verify(0.9, to="later").leave().at("later").bounce(Exponential(SERVICE), to="call"),
        0.7, 1_000, more={"calls_again": _calls_again, "left_share": _left},
    ),
    # The desk closes for twenty minutes of each hour, often in the middle of a job, which has no memoryless length.
    "queue with breaks": Queue(
        _desk(Lognormal(SERVICE, 0.5)), 0.4, 1_000, shifts=(Shift(0, 1), Shift(2_400, 0))
    ),
    # Every line begins with a tie.
    "queue of pairs": Queue(
        _desk(Exponential(SERVICE)), 0.6, 1_000, together=2, more={"first_of_pair_h": _first_of_pair}
    ),
}  # fmt: skip


def queue_worlds(
    queue: Queue, worlds: int, seed: int, engine: Engine, level: float
) -> Iterator[tuple[Log, dict[str, float]]]:
    """Each replication's log and figures: the mean time without the warm-up, and what else the queue is there for."""
    logs = [queue.run(seed, number, engine) for number in range(worlds)]
    spent = [times_of(log).tolist() for log in logs]
    steady = replication_deletion(spent, level, queue.cut)
    for log, times in zip(logs, spent, strict=True):
        own = replication_deletion([times], level, steady.cut).interval.mean
        yield log, {"mean_time_h": own / HOUR, **{name: of(log) for name, of in (queue.more or {}).items()}}
