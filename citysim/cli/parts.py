"""What all commands share: exit codes, numbers from the command line, and complaints."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citysim.words import Words

if TYPE_CHECKING:
    from citysim.evaluation.replicate import Replicated
    from citysim.evaluation.shards import Shard, Share
    from citysim.experiment.spec import Measure

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


def add_alone(add: Callable[..., None], words: Words) -> None:
    """The options that run one arm on one world alone."""
    add("--arm", metavar="NAME")
    add("--replication", type=number(words, 0), metavar="K")


def show_alone(done: "Replicated", measures: "Iterable[Measure]", words: Words) -> int:
    """One arm on one world: its values and the digest of all its scores, or how it fails."""
    from citysim.evaluation.content import scores_digest
    from citysim.report.answer import measure_name

    for failure in done.failures:
        print(failure.traceback, end="", file=sys.stderr)
        return complain(words("error.bug", message=failure.error), BUG)
    scores = done.judged[0].scores
    keys = zip(scores.indicator, scores.stratum, scores.group, strict=True)
    found = dict(zip(keys, scores.value.tolist(), strict=True))
    for measure in measures:
        print(f"{measure_name(measure, words)} ({measure.indicator}): {found.get(measure.key, float('nan'))!r}")
    print(words("alone.digest", digest=scores_digest(scores)))
    return OK


def add_shard(add: Callable[..., None]) -> None:
    """The option that does a share of the work."""
    add("--shard", metavar="I/N")


def show_share(share: "Share", shard: "Shard", store: Path, words: Words) -> int:
    """What a shard has done, and what is still to be done before there is an answer."""
    print(words("shard.done", shard=shard, done=share.done, asked=share.asked, store=store, rest=share.rest))
    if not share.troubles:
        print(words("shard.wait" if share.rest or share.done < share.asked else "shard.gather"))
        return OK
    first = share.troubles[0]
    about = {"count": len(share.troubles), "error": first["error"], "replay": first["replay"] or ""}
    return complain(words("run.failed", **about), BUG)
