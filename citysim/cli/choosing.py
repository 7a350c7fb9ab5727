"""The command that selects the best of several designs with a stated chance of being right."""

import argparse
import shlex
import signal
from pathlib import Path
from typing import Any

from citysim.cli.parts import INTERRUPTED, OK, add_work, complain, number
from citysim.words import Words


def select_options(parser: argparse.ArgumentParser, words: Words) -> None:
    def add(*names: str, **options: Any) -> None:
        parser.add_argument(*names, help=words(f"cli.select.{names[-1].lstrip('-')}"), **options)

    add("scenario", metavar="SCENARIO")
    add("--designs", nargs="+", metavar="DESIGN", required=True)
    add("--indicator", metavar="ID", required=True)
    add("--indifference", type=number(words, 1e-12, 1e15, float), metavar="X", required=True)
    add("--method", choices=("kn", "ocba", "rinott"), default="kn")
    add("--chance", type=number(words, 0.5, 1.0, float), default=0.95, metavar="P")
    add("--most", type=number(words, 10), default=200, metavar="N")
    add("--budget", type=number(words, 20), default=100, metavar="N")
    add("--fresh", type=number(words, 2), default=20, metavar="N")
    add("--weeks", type=number(words, 1), metavar="W")
    add("--seed", type=number(words, 0), default=1, metavar="S")
    add_work(add, words)


def select_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.gather import Hands, Progress
    from citysim.evaluation.store import Store
    from citysim.experiment.read import measure
    from citysim.experiment.select import Search, select
    from citysim.policy.catalog import load_policy
    from citysim.report.progress import progress_bar
    from citysim.report.selected import selected_text, write_selected
    from citysim.sensing import CITY_NAMES
    from citysim.world.scenario import load_scenario

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill ends a run as Ctrl-C does
    scenario = load_scenario(options.scenario)
    policies = [load_policy(design, CITY_NAMES) for design in options.designs]
    asked = {name: getattr(options, name) for name in ("indifference", "method", "chance", "most", "budget", "fresh")}
    search = Search(measure(options.indicator), **asked)
    try:
        with progress_bar(words) as say:
            chosen = select(
                scenario,
                policies,
                search,
                weeks=options.weeks,
                seed=options.seed,
                store=Store(options.store),
                hands=Hands(options.workers, options.scheduler, options.memory),
                progress=Progress(say),
                files=(options.scenario, options.designs),
            )
    except KeyboardInterrupt:
        return complain(words("run.stopped", store=options.store), INTERRUPTED)
    folder = options.out or Path("results") / f"select-{scenario.name}-{search.measure.indicator}"
    page = write_selected(chosen, folder, _command(options, chosen.weeks))
    print(selected_text(chosen, words) + "\n")
    print(words("run.written", folder=page))
    return OK


def _command(options: argparse.Namespace, weeks: int) -> str:
    """The command line that makes the same selection again."""
    names = ("indicator", "indifference", "method", "chance", "most", "budget", "fresh", "seed")
    given = [f"--{name}={getattr(options, name)}" for name in names]
    return shlex.join(
        ["citysim", "select", str(options.scenario), "--designs", *options.designs, *given, f"--weeks={weeks}"]
    )
