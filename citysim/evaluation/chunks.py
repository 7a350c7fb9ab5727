"""The work that one process is given at a time: a few replications, whose results it writes into the store itself."""

import multiprocessing
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from citysim.evaluation.folder import plan_of
from citysim.evaluation.manifest import replay_command
from citysim.evaluation.replicate import Failure, Replicated, Study, replicate
from citysim.evaluation.store import Plan, Store

MOST_CHUNKS = 2_000
"""The work is not cut into more pieces than this, since each costs files and opening them; one is lost as a whole."""


@dataclass(frozen=True)
class Job:
    """A study, and the manifest that says what is asked of it."""

    study: Study
    manifest: Mapping[str, Any]

    @property
    def plan(self) -> Plan:
        """What it asks of the store."""
        return plan_of(self.manifest)

    def replay(self, design: str, replication: int) -> str | None:
        """The command that runs a design on a replication alone; None if no command can."""
        return replay_command(self.manifest, replication, design)


@dataclass(frozen=True)
class Todo:
    """A replication, and the designs of a job that are still to be tried on it."""

    job: int
    replication: int
    designs: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """All that a worker needs; sent to each process once."""

    jobs: tuple[Job, ...]
    store: Store
    chunks: tuple[tuple[Todo, ...], ...]


@dataclass(frozen=True)
class Report:
    """What came of one chunk; the results themselves are in the store."""

    replications: int
    failures: tuple[Failure, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


def cut(todo: Sequence[Todo]) -> tuple[tuple[Todo, ...], ...]:
    """Chunks of a few replications; of one each, unless there are very many."""
    size = max(-(-len(todo) // MOST_CHUNKS), 1)
    return tuple(tuple(todo[k : k + size]) for k in range(0, len(todo), size))


def work(order: Order, number: int, memory: float | None = None) -> Report:
    """Do one chunk and keep it.

    Args:
        memory: most gigabytes of data that this process may hold, if it is a worker; None = no limit.
    """
    if memory is not None and multiprocessing.parent_process() is not None:
        _limit(memory)
    done: list[tuple[Todo, Replicated]] = []
    seconds: dict[str, float] = defaultdict(float)
    for todo in order.chunks[number]:
        study = order.jobs[todo.job].study
        policies = tuple(policy for policy in study.policies if policy.name in todo.designs)
        done.append((todo, replicate(replace(study, policies=policies), todo.replication)))
        for part, spent in done[-1][1].seconds.items():
            seconds[part] += spent
    for job in sorted({todo.job for todo, _ in done}):
        _keep_or_fail(order, job, [(todo, one) for todo, one in done if todo.job == job])
    failures = tuple(failure for _, one in done for failure in one.failures)
    return Report(len(done), failures, dict(seconds))


def _keep_or_fail(order: Order, job: int, done: Sequence[tuple[Todo, Replicated]]) -> None:
    """Write them, or, in a worker without the memory for it, that they failed; a worker that cannot even do that dies,
    and its work is done again elsewhere."""
    try:
        keep(order, job, done)
    except MemoryError as error:
        if multiprocessing.parent_process() is None:
            raise
        failures = [Failure("", todo.replication, f"MemoryError: {error}") for todo, _ in done]
        failed = [Replicated(failure.replication, (), (failure,)) for failure in failures]
        try:
            keep(order, job, [(todo, one) for (todo, _), one in zip(done, failed, strict=True)])
        except MemoryError:
            os._exit(1)


def keep(order: Order, job: int, done: Sequence[tuple[Todo, Replicated]]) -> None:
    """Write replications of one job into the store."""
    plan = order.jobs[job].plan
    tried = {name for todo, _ in done for name in todo.designs}
    digests = {name: digest for name, digest in plan.policies.items() if name in tried}
    order.store.add(plan.world, digests, [one for _, one in done], order.jobs[job].replay)


def _limit(gigabytes: float) -> None:
    """From here on what does not fit raises MemoryError, so that one replication fails and the machine lives."""
    try:
        import resource
    except ImportError:  # a platform without limits
        return
    most = int(gigabytes * 1e9)
    resource.setrlimit(resource.RLIMIT_DATA, (most, resource.getrlimit(resource.RLIMIT_DATA)[1]))
