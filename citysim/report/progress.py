"""How far a run is: a bar with the time left on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from citysim.words import Words

QUIET_SECONDS = 15.0
"""Least time between two lines where there is no terminal to draw a bar on."""


@contextmanager
def progress_bar(words: Words) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is called with (finished, asked for); it writes to standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _line_by_line(console, words)
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn(words("progress.left")),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task(words("progress.compiling"), total=None)

        def note(done: int, asked: int) -> None:
            description = words("progress.running" if done else "progress.compiling")
            bar.update(task, completed=done, total=asked, description=description)

        yield note


def _line_by_line(console: Console, words: Words) -> Callable[[int, int], None]:
    started = last = time.monotonic()

    def note(done: int, asked: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == 0:
            console.print(words("progress.first", asked=asked))
        elif now - last >= QUIET_SECONDS and done < asked:
            left = (now - started) / done * (asked - done)
            console.print(words("progress.line", done=done, asked=asked, left=_duration(left)))
            last = now

    return note


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
