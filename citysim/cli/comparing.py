"""Commands that simulate or read what was simulated: evaluate, table, run, query."""

import argparse
import os
import signal
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citysim.cli.parts import (
    BUG,
    INPUT_ERROR,
    INTERRUPTED,
    OK,
    STORE,
    add_alone,
    add_shard,
    add_work,
    complain,
    number,
    show_alone,
    show_share,
)
from citysim.errors import InputError
from citysim.words import Words

if TYPE_CHECKING:
    from citysim.evaluation.comparison import Comparison
    from citysim.evaluation.store import Store
    from citysim.experiment.spec import Experiment


def evaluate_options(parser: argparse.ArgumentParser, words: Words) -> None:
    def add(*names: str, **options: Any) -> None:
        key = names[-1].lstrip("-").replace("-", "_")
        parser.add_argument(*names, help=words(f"cli.evaluate.{key}"), **options)

    add("scenario", metavar="SCENARIO")
    add("--designs", nargs="+", metavar="DESIGN", default=None)
    add("--replications", type=number(words, 1), default=20, metavar="N")
    add("--replication", type=number(words, 0), nargs="+", metavar="K")
    add("--weeks", type=number(words, 1), metavar="W")
    add("--warm-up", type=number(words, 0), default=0, metavar="W")
    add("--seed", type=number(words, 0), default=1, metavar="S")
    add("--engine", choices=("kernel", "reference"), default="kernel")
    add("--workers", type=number(words, 1), metavar="N")
    add("--scheduler", metavar="ADDRESS")
    add("--memory", type=number(words, 0.1, 1e6, float), metavar="GB")
    add("--store", type=Path, metavar="DIR")
    add("--out", type=Path, metavar="DIR")
    add("--log", action="store_true")
    add_shard(add)
    add("--level", type=number(words, 0.5, 1.0, float), default=0.95, metavar="P")
    add("--relevant", type=number(words, 0.0, 1.0, float), default=0.01, metavar="SHARE")


def evaluate_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.run import DESIGNS, IncompleteError, Interrupted, evaluate, run_folder
    from citysim.policy.catalog import load_policy
    from citysim.report.progress import progress_bar
    from citysim.sensing import CITY_NAMES
    from citysim.world.scenario import load_scenario

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill ends a run as Ctrl-C does
    designs = options.designs or list(DESIGNS)
    numbers = options.replication or options.replications
    if options.shard is not None:
        return _evaluate_shard(options, designs, numbers, words)
    scenario = load_scenario(options.scenario)
    policies = [load_policy(design, CITY_NAMES) for design in designs]
    folder = options.out or Path("results") / run_folder(
        scenario, policies, numbers, options.seed, options.weeks, options.warm_up
    )
    try:
        with progress_bar(words) as progress:
            comparison = evaluate(
                options.scenario,
                designs,
                replications=numbers,
                seed=options.seed,
                weeks=options.weeks,
                warm_up=options.warm_up,
                workers=options.workers,
                scheduler=options.scheduler,
                memory=options.memory,
                store=options.store,
                engine=options.engine,
                out=folder,
                level=options.level,
                relevant=options.relevant,
                keep_cases=options.log,
                progress=progress,
            )
    except Interrupted as stop:
        asked, done = len(stop.comparison.manifest["replications"]), len(stop.comparison.manifest["finished"])
        return complain(words("error.stopped", done=done, asked=asked, folder=folder), INTERRUPTED)
    except IncompleteError as error:
        _present(error.comparison, folder, words)
        return complain(words("error.bug", message=error), BUG)
    _present(comparison, folder, words)
    return OK


def _evaluate_shard(options: argparse.Namespace, designs: list[str], numbers: Any, words: Words) -> int:
    """A share of the work, and no answer."""
    from citysim.evaluation.gather import Hands
    from citysim.evaluation.run import evaluate_shard
    from citysim.evaluation.shards import read_shard
    from citysim.report.progress import progress_bar

    if options.store is None or options.out is not None or options.log:
        return complain(words("shard.only_store"), INPUT_ERROR)
    shard = read_shard(options.shard)
    try:
        with progress_bar(words) as progress:
            share = evaluate_shard(
                shard,
                options.scenario,
                designs,
                store=options.store,
                hands=Hands(options.workers or os.cpu_count() or 1, options.scheduler, options.memory),
                replications=numbers,
                seed=options.seed,
                weeks=options.weeks,
                warm_up=options.warm_up,
                engine=options.engine,
                progress=progress,
            )
    except KeyboardInterrupt:
        return complain(words("run.stopped", store=options.store), INTERRUPTED)
    return show_share(share, shard, options.store, words)


def _present(comparison: "Comparison", folder: Path, words: Words) -> None:
    """The headline table, then where everything is."""
    from citysim.report.table import console, headline_table
    from citysim.report.written import write_pages

    screen = console()
    screen.print(words("table.what_it_is"), style="italic")
    if not comparison.complete:
        asked, done = comparison.manifest["replications"], comparison.manifest["finished"]
        screen.print(words("table.incomplete", done=len(done), asked=len(asked)), style="bold red")
    screen.print(headline_table(comparison, words, screen.width))
    for note in write_pages(comparison, folder, words):
        screen.print(words(note))
    screen.print(words("table.where", folder=folder), soft_wrap=True)


def table_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help=words("cli.table.folder"))
    parser.add_argument("--out", metavar="FILE", type=Path, help=words("cli.table.out"))


def table_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.comparison import load_comparison
    from citysim.report.written import write_table

    comparison = load_comparison(options.folder)
    if not comparison.manifest["finished"]:
        raise InputError(words("table.nothing", folder=options.folder))
    if options.out is None:
        _present(comparison, options.folder, words)
    else:
        write_table(comparison, options.folder, options.out, words)
        print(words("table.written", file=options.out))
    return OK


def run_options(parser: argparse.ArgumentParser, words: Words) -> None:
    def add(*names: str, **options: Any) -> None:
        parser.add_argument(*names, help=words(f"cli.run.{names[-1].lstrip('-')}"), **options)

    add("experiment", metavar="EXPERIMENT", type=Path, nargs="*")
    add("--list", action="store_true")
    add_work(add, words)
    add("--weeks", type=number(words, 1), metavar="W")
    add("--worlds", type=number(words, 2), metavar="N")
    add_alone(add, words)
    add_shard(add)
    parser.add_argument("--warm-up", type=number(words, 0), metavar="W", help=words("cli.run.warm_up"))


def run_command(options: argparse.Namespace, words: Words) -> int:
    from dataclasses import replace

    from citysim.cli.exploring import run_share
    from citysim.evaluation.store import Store
    from citysim.experiment.read import FILE, load_experiment
    from citysim.experiment.run import run_alone, shortened

    folders = options.experiment
    if not folders:
        folders = sorted(path.parent for path in Path("experiments").glob(f"*/{FILE}"))
        if not folders or not options.list:
            return complain(words("run.which" if folders else "run.none", folder="experiments"), INPUT_ERROR)
    if options.arm is not None or options.replication is not None:
        together = options.arm is not None and options.replication is not None
        if not together or len(folders) != 1 or options.list or options.shard is not None:
            return complain(words("run.alone"), INPUT_ERROR)
        experiment = shortened(load_experiment(folders[0]), options.weeks, options.worlds)
        if options.warm_up is not None:
            experiment = replace(experiment, warm_up=options.warm_up)
        return show_alone(run_alone(experiment, options.arm, options.replication), experiment.shown, words)
    if options.warm_up is not None:
        return complain(words("alone.warm_up"), INPUT_ERROR)
    if options.out is not None and len(folders) > 1:
        return complain(words("run.one_out", count=len(folders)), INPUT_ERROR)
    if options.shard is not None and (options.out is not None or options.list):
        return complain(words("shard.no_answer"), INPUT_ERROR)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill ends a run as Ctrl-C does
    store = Store(options.store)
    worst = OK
    for folder in folders:
        experiment = shortened(load_experiment(folder), options.weeks, options.worlds)
        if options.list:
            _print_state(experiment, store, words)
        elif options.shard is not None:
            worst = max(worst, run_share(experiment, store, options, words))
        else:
            worst = max(worst, _run_one(experiment, store, options, words))
    return worst


def _print_state(experiment: "Experiment", store: "Store", words: Words) -> None:
    from citysim.experiment.arms import arms_of
    from citysim.experiment.record import is_stale
    from citysim.experiment.run import state_of, worlds_asked

    counts = state_of(experiment, store)
    running = words("run.running") if store.is_at_work(experiment.name) else ""
    running += words("run.stale") if is_stale(Path("results") / _folder_name(experiment)) else ""
    arms, worlds, hypothesis = len(arms_of(experiment)), worlds_asked(experiment, store), experiment.hypothesis
    about = {"name": experiment.name, "hypothesis": hypothesis, "arms": arms, "worlds": worlds, "running": running}
    print(words("run.state", **about, **counts))


def _run_one(experiment: "Experiment", store: "Store", options: argparse.Namespace, words: Words) -> int:
    from citysim.cli.exploring import present_sensitivity
    from citysim.evaluation.gather import Hands, Progress
    from citysim.experiment.record import write_record
    from citysim.experiment.run import command_of, run_experiment
    from citysim.experiment.sensitivity import check_asked
    from citysim.report.answer import summary, write_answer
    from citysim.report.progress import progress_bar

    if not experiment.predictions:
        check_asked(experiment)
    folder = options.out or Path("results") / _folder_name(experiment)
    hands = Hands(options.workers, options.scheduler, options.memory)
    try:
        with progress_bar(words) as say, store.at_work(experiment.name):
            found = run_experiment(experiment, store, hands, Progress(say))
    except KeyboardInterrupt:
        return complain(words("run.stopped", store=options.store), INTERRUPTED)
    if experiment.predictions:
        write_answer(found, folder)
        print(words("run.summary", name=experiment.name, verdict=summary(found, words)))
        print(words("run.written", folder=folder))
    elif found.complete:  # over ranges: each answer is judged point by point
        present_sensitivity(found, folder, command_of(experiment), words)
    write_record(found, folder)
    if found.complete:
        return OK
    first = found.troubles[0]
    replay = first["replay"] or command_of(experiment)
    return complain(words("run.failed", count=len(found.troubles), error=first["error"], replay=replay), BUG)


def _folder_name(experiment: "Experiment") -> str:
    """Where its answer goes below results/; a shortened one never replaces the committed answer, and git ignores it."""
    from citysim.experiment.run import options_of

    name = experiment.folder.resolve().name
    return f"trial-{name}-{experiment.weeks}w-{experiment.worlds.most}" if options_of(experiment) else name


def query_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("sql", metavar="SQL", help=words("cli.query.sql"))
    parser.add_argument("--store", type=Path, metavar="DIR", default=STORE, help=words("cli.query.store"))
    parser.add_argument("--csv", action="store_true", help=words("cli.query.csv"))


def query_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.results import IncompleteWarning, open_results

    results = open_results(options.store)
    missing, asked = results.missing()
    if missing:
        print(words("run.incomplete", missing=missing, asked=asked), file=sys.stderr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IncompleteWarning)  # said above, in the reader's language
        answer = results.sql(options.sql)
    print(answer.to_csv(index=False) if options.csv else answer.to_string(index=False, max_rows=200), end="\n")
    return OK
