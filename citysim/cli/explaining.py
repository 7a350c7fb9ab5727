"""The command that says where a difference comes from: explain."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from citysim.cli.parts import BUG, INPUT_ERROR, INTERRUPTED, OK, add_alone, add_work, complain, number, show_alone
from citysim.words import Words

INDICATORS = ["on_time_closure_rate_true", "report_to_close_so_far_mean"]


def explain_options(parser: argparse.ArgumentParser, words: Words) -> None:
    def add(*names: str, **options: Any) -> None:
        parser.add_argument(*names, help=words(f"cli.explain.{names[-1].lstrip('-')}"), **options)

    add("before", metavar="BEFORE")
    add("after", metavar="AFTER")
    add("--scenario", metavar="SCENARIO", required=True)
    add("--indicators", nargs="+", metavar="ID", default=INDICATORS)
    add("--worlds", type=number(words, 5), metavar="N", default=8)
    add("--weeks", type=number(words, 1), metavar="W")
    add("--seed", type=number(words, 0), default=1, metavar="S")
    add("--level", type=number(words, 0.5, 1.0, float), default=0.95, metavar="P")
    add_alone(add, words)
    add_work(add, words)


def explain_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.gather import Hands, Progress
    from citysim.evaluation.store import Store
    from citysim.experiment.explain import TooManyFailedError, explain, explain_alone
    from citysim.experiment.mechanisms import between
    from citysim.experiment.read import measure
    from citysim.policy.catalog import load_policy
    from citysim.report.explained import explained_text, incomplete_text, write_explained
    from citysim.report.progress import progress_bar
    from citysim.sensing import CITY_NAMES
    from citysim.world.scenario import load_scenario

    hands = Hands(options.workers, options.scheduler, options.memory)
    scenario = load_scenario(options.scenario)
    pair = between(*(load_policy(design, CITY_NAMES) for design in (options.before, options.after)))
    measures = [measure(text) for text in options.indicators]
    if options.arm is not None or options.replication is not None:
        if options.arm is None or options.replication is None:
            return complain(words("alone.both"), INPUT_ERROR)
        done = explain_alone(scenario, pair, options.arm, options.replication, options.weeks, options.seed)
        return show_alone(done, measures, words)
    try:
        with progress_bar(words) as say:
            found = explain(
                scenario,
                pair,
                measures,
                worlds=options.worlds,
                weeks=options.weeks,
                seed=options.seed,
                level=options.level,
                store=Store(options.store),
                hands=hands,
                progress=Progress(say),
                command=_command(options),
            )
    except KeyboardInterrupt:
        return complain(words("run.stopped", store=options.store), INTERRUPTED)
    except TooManyFailedError as error:
        return complain(_failed(error.troubles, words), BUG)
    folder = options.out or Path("results") / f"explain-{pair.before.name}-{pair.after.name}"
    pages = write_explained(list(found.values()), folder)
    for one in found.values():
        print(explained_text(one, words) + "\n")
    for page in pages:
        print(words("run.written", folder=page))
    first = next(iter(found.values()))
    if not first.troubles:
        return OK
    print(incomplete_text(first, words))
    return complain(_failed(first.troubles, words), BUG)


def _failed(troubles: Any, words: Words) -> str:
    first = troubles[0]
    return words("run.failed", count=len(troubles), error=first["error"], replay=first["replay"] or "")


def _command(options: argparse.Namespace) -> str:
    """The command line that makes the page again; where the work is done is not in it."""
    parts = ["citysim", "explain", options.before, options.after, "--scenario", options.scenario]
    if options.indicators != INDICATORS:
        parts += ["--indicators", *options.indicators]
    parts += ["--worlds", str(options.worlds)]
    if options.weeks is not None:
        parts += ["--weeks", str(options.weeks)]
    parts += ["--seed", str(options.seed)]
    if options.level != 0.95:
        parts += ["--level", str(options.level)]
    return shlex.join(parts)
