"""What all commands share: exit codes, numbers from the command line, and complaints."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from citysim.words import Words

OK, CHANGED, INPUT_ERROR, BUG, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: done; results are not what they were; what you gave cannot be used; citysim is
wrong or replications failed; Ctrl-C."""

COULD_NOT_TELL, CANNOT_CHECK = 2, 4
"""Exit codes of `citysim check`, which CI must tell apart: it could not be told whether anything has changed; what you
gave cannot be used (no baseline, a bad option), for which all other commands have INPUT_ERROR."""


def number(words: Words, least: float, below: float | None = None, kind: type = int) -> Callable[[str], Any]:
    """A converter that says what is accepted."""

    def convert(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not value >= least or (below is not None and not value < below):
            key = "error.whole_number" if kind is int else "error.number"
            raise argparse.ArgumentTypeError(words(key, text=text, least=least, below=below))
        return value

    return convert


def complain(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


STORE = Path("results") / "store"
"""Where every run is kept if nobody says where."""


def add_work(add: Callable[..., None], words: Words) -> None:
    """The options that say who does the work, and where it is kept."""
    add("--store", type=Path, metavar="DIR", default=STORE)
    add("--workers", type=number(words, 1), metavar="N", default=os.cpu_count() or 1)
    add("--scheduler", metavar="ADDRESS")
    add("--memory", type=number(words, 0.1, 1e6, float), metavar="GB")
    add("--out", type=Path, metavar="DIR")
