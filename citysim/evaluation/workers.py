"""The same task for many numbers, in several processes; one that dies is replaced and its work done again."""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import BaseContext
from multiprocessing.synchronize import Event, Lock
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")

PRELOAD = "citysim.evaluation.replicate"
"""Imported once by the server process that workers are forked from, where the platform has one."""


@dataclass(frozen=True)
class Done(Generic[Result]):
    """The result for one number; None if the process that worked on it died, also when it had no other work."""

    number: int
    result: Result | None


def run_all(
    task: Callable[[int], Result],
    numbers: Iterable[int],
    workers: int,
    prepare: Callable[[], None] | None = None,
    begun: Callable[[int], None] = lambda number: None,
    *,
    here: bool = True,
) -> Iterator[Done[Result]]:
    """Call `task` for each number and yield what is done as it comes, in no particular order.

    The task must be picklable; it is sent to each process once.
    Leaving the loop early (an error, Ctrl-C) ends the processes at once.

    Args:
        prepare: what one process does before the others begin, for example compiling into a cache that all read.
        begun: told each number when it is given to a process.
        here: one worker means this process, without another.

    Raises:
        Exception: whatever the task raises.
    """
    waiting = deque(numbers)
    if workers <= 1 and here:
        for number in waiting:
            begun(number)
            yield Done(number, task(number))
        return
    while waiting:
        suspects = yield from _until_broken(task, waiting, min(workers, len(waiting)), prepare, begun)
        # One of the numbers in work when a process died may be the reason (no memory left, a crash in compiled code):
        # each gets a process for itself, so that a bad one takes nobody else along.
        for number in suspects:
            if (yield from _until_broken(task, deque([number]), 1, None, begun)):
                yield Done(number, None)


def _until_broken(
    task: Callable[[int], Result],
    waiting: deque[int],
    width: int,
    prepare: Callable[[], None] | None,
    begun: Callable[[int], None],
) -> Generator[Done[Result], None, list[int]]:
    """Work with one pool of processes until nothing waits or one dies; the numbers then in work are returned."""
    context = _context()
    arguments = (pickle.dumps((task, prepare)), context.Lock(), context.Event())
    pool = ProcessPoolExecutor(width, context, _start, arguments)
    in_work: dict[Future[Any], int] = {}
    try:
        while waiting or in_work:
            while waiting and len(in_work) <= width:  # one more than there are processes: nobody waits for work
                with _without_main_script():
                    in_work[pool.submit(_call, waiting[0])] = waiting[0]
                begun(waiting.popleft())
            for future in wait(in_work, return_when=FIRST_COMPLETED).done:
                result = future.result()
                yield Done(in_work.pop(future), result)
    except BrokenProcessPool:
        return sorted(in_work.values())
    finally:
        _end(pool)
    return []


def _context() -> BaseContext:
    """Processes that start from a clean state; `fork` would copy threads and locks of the caller."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([PRELOAD])
        return context
    return multiprocessing.get_context("spawn")


@contextmanager
def _without_main_script() -> Iterator[None]:
    """Keep new processes from running the caller's script again: tasks never live there.

    Without this a script that calls `evaluate` outside `if __name__ == "__main__"` would start itself over and over.
    """
    main = sys.modules["__main__"]
    hidden: dict[str, Any] = {name: value for name, value in vars(main).items() if name in ("__file__", "__spec__")}
    main.__dict__.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        main.__dict__.update(hidden)


_task: Callable[[int], Any] | None = None


def _start(pickled: bytes, turn: Lock, is_prepared: Event) -> None:
    """First thing in a worker. Ctrl-C reaches the whole process group; only the parent shall answer it."""
    global _task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _task, prepare = pickle.loads(pickled)
    with turn:
        if prepare is not None and not is_prepared.is_set():
            with suppress(Exception):  # it will come again, with a number to report, when the task is called
                prepare()
            is_prepared.set()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _call(number: int) -> Any:
    assert _task is not None
    return _task(number)


def _end(pool: ProcessPoolExecutor) -> None:
    """End the processes of this pool, also those in the middle of something."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()
