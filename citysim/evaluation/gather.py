"""Doing what is not in the store yet: cut into chunks, worked through by all processes, lost work done again."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec

from citysim.errors import InputError
from citysim.evaluation.chunks import Job, Order, Report, Todo, cut, keep, work
from citysim.evaluation.replicate import warm_up
from citysim.evaluation.shards import Shard
from citysim.evaluation.store import Store, lost
from citysim.evaluation.workers import Done, run_all

Say = Callable[[int, int], None]
"""Called with (finished, asked for) at the start and after each replication."""


@dataclass
class Progress:
    """How far the work is: what was found in the store, what has been done since, and what is being done."""

    say: Say | None = None
    asked: int = 0
    finished: int = 0
    in_work: set[int] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    started: float = field(default_factory=time.perf_counter)

    def take(self, report: Report) -> None:
        """Note what one chunk brought."""
        self.finished += report.replications
        for part, seconds in report.seconds.items():
            self.seconds[part] += seconds
        self.tell()

    def tell(self) -> None:
        """Say how many replications are done."""
        if self.say is not None:
            self.say(self.finished, self.asked)

    def timings(self) -> dict[str, float]:
        """Seconds since the start, and seconds of work by part summed over all workers."""
        parts = {part: round(self.seconds[part], 3) for part in sorted(self.seconds)}
        return {"wall": round(time.perf_counter() - self.started, 3), **parts}


@dataclass(frozen=True)
class Hands:
    """Who does the work; no number depends on it.

    Args:
        workers: processes of this machine; 1 = this process itself.
        scheduler: address of a Dask cluster that does it instead.
        memory: most gigabytes of data that each process may hold, None = no limit; what needs more fails. With a limit
            even one worker is another process than this one.
        shard: the share that is done here, None = all; who waits for the rest has to ask again.

    Raises:
        InputError: the limit would have no effect.
    """

    workers: int = 1
    scheduler: str | None = None
    memory: float | None = None
    shard: Shard | None = None

    def __post_init__(self) -> None:
        if self.memory is not None and self.scheduler is not None:
            raise InputError("memory has no effect with a scheduler: limit the workers of the cluster instead")
        if self.memory is not None and find_spec("resource") is None:
            raise InputError("memory has no effect here: this platform sets processes no limits")


def gather(jobs: Sequence[Job], store: Store, hands: Hands, progress: Progress) -> None:
    """Do what is missing of all jobs, or of the shard's share of them, and leave it in the store.

    A chunk whose process died is tried again, one replication at a time; what dies again is noted as ABORTED.

    Raises:
        InputError: a policy does not fit its scenario.
        KeyboardInterrupt: Ctrl-C; what was in work is noted as ABORTED.
    """
    shares = [job.plan.replications for job in jobs] if hands.shard is None else list(hands.shard.of(jobs))
    todo = [one for number, job in enumerate(jobs) for one in _missing(number, job, shares[number], store)]
    asked = sum(map(len, shares))
    progress.asked += asked
    progress.finished += asked - len(todo)
    progress.tell()
    order = Order(tuple(jobs), store, cut(todo))
    died = _do(order, hands, progress)
    if any(len(order.chunks[number]) > 1 for number in died):
        order = Order(tuple(jobs), store, tuple((one,) for number in died for one in order.chunks[number]))
        died = _do(order, hands, progress)
    for number in died:
        for one in order.chunks[number]:
            keep(order, one.job, [(one, lost(one.replication))])


def _missing(number: int, job: Job, own: Sequence[int], store: Store) -> Iterator[Todo]:
    plan = job.plan
    there, names = store.finished(plan), list({digest: name for name, digest in plan.policies.items()}.values())
    if job.study.cases_folder:  # a case log is not in the store
        there, names = {}, list(plan.policies)
    for replication in own:
        designs = tuple(name for name in names if replication not in there.get(name, ()))
        if designs:
            yield Todo(number, replication, designs)


def _do(order: Order, hands: Hands, progress: Progress) -> list[int]:
    """Work through the chunks; those whose process died twice are returned."""
    died: list[int] = []
    numbers = range(len(order.chunks))
    if not numbers:
        return died
    try:
        for done in _done(order, numbers, hands, progress.in_work.add):
            progress.in_work.discard(done.number)
            if done.result is None:
                died.append(done.number)
            else:
                progress.take(done.result)
    except KeyboardInterrupt:
        for todo in (one for number in sorted(progress.in_work) for one in order.chunks[number]):
            job, plan = order.jobs[todo.job], order.jobs[todo.job].plan
            policies = {name: plan.policies[name] for name in todo.designs}
            order.store.abort(plan.world, policies, [todo.replication], job.replay)
        raise
    return died


def _done(order: Order, numbers: range, hands: Hands, begun: Callable[[int], None]) -> Iterator[Done[Report]]:
    if hands.scheduler is not None:
        from citysim.evaluation.cluster import run_on_cluster

        return run_on_cluster(partial(work, order), numbers, hands.scheduler, order.store.folder / "orders", begun)
    prepare = partial(warm_up, order.jobs[0].study.engine)
    task = partial(work, order, memory=hands.memory)
    return run_all(task, numbers, min(hands.workers, len(numbers)), prepare, begun, here=hands.memory is None)
