"""The same work on a Dask cluster, through its `concurrent.futures` interface (extra `cluster`).

What is to be done stands once in the store, which all workers must see (shared storage): through the scheduler go a
path and a number one way, and a short report the other. Dask gives the work of a worker that dies to another.
"""

import pickle
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from citysim.errors import InputError
from citysim.evaluation.workers import Done

Result = TypeVar("Result")

AHEAD = 4
"""Chunks given out for each core of the cluster: enough that nobody waits, few enough that Ctrl-C loses little."""

CONNECT_SECONDS = 30
RETRIES = 2
"""Times that a chunk is given to another worker after an error of the one before (a lost file system, no memory)."""


def run_on_cluster(
    task: Callable[[int], Result],
    numbers: Iterable[int],
    address: str,
    folder: Path,
    begun: Callable[[int], None] = lambda number: None,
) -> Iterator[Done[Result]]:
    """Call `task` for each number on the cluster and yield what is done as it comes, in no particular order.

    Args:
        address: of the Dask scheduler, for example `tcp://node1:8786`. folder: on storage that all workers see.
        begun: told each number when it is given to the cluster.

    Raises:
        InputError: the extra is not installed, or nobody answers at the address.
        Exception: whatever the task raises.
    """
    client = _connect(address)
    folder.mkdir(parents=True, exist_ok=True)
    order = folder / f"{uuid.uuid4().hex}.pickle"
    order.write_bytes(pickle.dumps(task))
    try:
        with client.get_executor(pure=False, retries=RETRIES) as executor:
            ahead = AHEAD * max(sum(client.ncores().values()), 1)
            yield from _all(executor, partial(_do, str(order)), numbers, ahead, begun)
    finally:
        client.close()
        order.unlink(missing_ok=True)


def _all(
    executor: Executor,
    do: Callable[[int], Result],
    numbers: Iterable[int],
    ahead: int,
    begun: Callable[[int], None],
) -> Iterator[Done[Result]]:
    from distributed import KilledWorker

    waiting = iter(numbers)
    in_work: dict[Future[Result], int] = {}
    try:
        while True:
            while len(in_work) < ahead and (number := next(waiting, None)) is not None:
                in_work[executor.submit(do, number)] = number
                begun(number)
            if not in_work:
                return
            for future in wait(in_work, return_when=FIRST_COMPLETED).done:
                number = in_work.pop(future)
                try:
                    yield Done(number, future.result())
                except KilledWorker:  # it took several workers along
                    yield Done(number, None)
    finally:
        for future in in_work:
            future.cancel()


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--scheduler needs Dask; install it with: pip install 'citysim[cluster]'") from None
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"scheduler = {address!r}, nobody answers there: {error}") from None


def _do(order: str, number: int) -> Any:
    """On a worker: the task stands in a file that each worker reads once."""
    return _task(order)(number)


@lru_cache(maxsize=2)
def _task(order: str) -> Callable[[int], Any]:
    return pickle.loads(Path(order).read_bytes())  # type: ignore[no-any-return]
