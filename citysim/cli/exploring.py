"""Commands that look beyond one set of assumptions: sensitivity."""

import argparse
import shlex
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citysim.cli.parts import (
    BUG,
    INPUT_ERROR,
    INTERRUPTED,
    OK,
    add_alone,
    add_shard,
    add_work,
    complain,
    number,
    show_alone,
    show_share,
)
from citysim.words import Words

if TYPE_CHECKING:
    from citysim.evaluation.store import Store
    from citysim.experiment.run import Found
    from citysim.experiment.spec import Experiment
    from citysim.yamlfile import Document

ASSUMPTIONS = Path("experiments") / "assumptions"
"""The ranges that are looked at if nobody says which."""

METHODS = {"flips": "latin_hypercube", "morris": "morris", "sobol": "saltelli"}


def sensitivity_options(parser: argparse.ArgumentParser, words: Words) -> None:
    def add(*names: str, **options: Any) -> None:
        parser.add_argument(*names, help=words(f"cli.sensitivity.{names[-1].lstrip('-')}"), **options)

    add("experiment", metavar="EXPERIMENT", type=Path, nargs="?", default=ASSUMPTIONS)
    add("--designs", nargs="+", metavar="DESIGN")
    add("--scenario", type=Path, metavar="SCENARIO")
    add("--indicators", nargs="+", metavar="ID", default=())
    add("--method", choices=tuple(METHODS))
    add("--points", type=number(words, 2), metavar="N")
    add("--worlds", type=number(words, 2), metavar="N")
    add("--weeks", type=number(words, 1), metavar="W")
    add_alone(add, words)
    add_shard(add)
    parser.add_argument("--warm-up", type=number(words, 0), metavar="W", help=words("cli.run.warm_up"))
    add_work(add, words)


def sensitivity_command(options: argparse.Namespace, words: Words) -> int:
    from dataclasses import replace

    from citysim.evaluation.gather import Hands, Progress
    from citysim.evaluation.store import Store
    from citysim.experiment.record import FILE, write_record
    from citysim.experiment.run import run_alone, run_experiment
    from citysim.experiment.sensitivity import check_asked
    from citysim.report.progress import progress_bar

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill ends a run as Ctrl-C does
    experiment = _asked(options)
    check_asked(experiment)
    if options.arm is not None or options.replication is not None:
        if options.arm is None or options.replication is None or options.shard is not None:
            return complain(words("alone.both"), INPUT_ERROR)
        if options.warm_up is not None:
            experiment = replace(experiment, warm_up=options.warm_up)
        return show_alone(run_alone(experiment, options.arm, options.replication), experiment.shown, words)
    if options.warm_up is not None:
        return complain(words("alone.warm_up"), INPUT_ERROR)
    if options.shard is not None:
        if options.out is not None:
            return complain(words("shard.no_answer"), INPUT_ERROR)
        return run_share(experiment, Store(options.store), options, words)
    store, hands = Store(options.store), Hands(options.workers, options.scheduler, options.memory)
    try:
        with progress_bar(words) as say, store.at_work(experiment.name):
            found = run_experiment(experiment, store, hands, Progress(say))
    except KeyboardInterrupt:
        return complain(words("run.stopped", store=options.store), INTERRUPTED)
    if not found.complete:
        first = found.troubles[0]
        replay = first["replay"] or _command(options)
        return complain(words("run.failed", count=len(found.troubles), error=first["error"], replay=replay), BUG)
    is_whole = _command(options) == f"citysim sensitivity {options.experiment}"
    own = experiment.name.replace(" ", "-").replace("(", "").replace(")", "").replace(",", "")
    folder = options.out or Path("results") / (experiment.folder.resolve().name if is_whole else f"trial-{own}")
    present_sensitivity(found, folder, _command(options), words)
    if is_whole:
        write_record(found, folder)
    else:  # a record is of the experiment as its file says it
        (folder / FILE).unlink(missing_ok=True)
    return OK


def run_share(experiment: "Experiment", store: "Store", options: argparse.Namespace, words: Words) -> int:
    """A shard's share of an experiment, and no answer."""
    from citysim.evaluation.gather import Hands, Progress
    from citysim.evaluation.shards import read_shard
    from citysim.experiment.run import run_shard
    from citysim.report.progress import progress_bar

    shard = read_shard(options.shard)
    hands = Hands(options.workers, options.scheduler, options.memory)
    try:
        with progress_bar(words) as say, store.at_work(experiment.name, f"{shard.index}-{shard.count}"):
            share = run_shard(shard, experiment, store, hands, Progress(say))
    except KeyboardInterrupt:
        return complain(words("run.stopped", store=options.store), INTERRUPTED)
    return show_share(share, shard, options.store, words)


def present_sensitivity(found: "Found", folder: Path, command: str, words: Words) -> None:
    """Leave the page and say what it says in short."""
    from citysim.experiment.sensitivity import sensitivity
    from citysim.report.sensitivity import in_short, write_sensitivity

    answered = sensitivity(found)
    write_sensitivity(answered, folder, command)
    print(words("run.summary", name=found.experiment.name, verdict=in_short(answered, words)))
    print(words("run.written", folder=folder))


def _asked(options: argparse.Namespace) -> "Experiment":
    """The experiment with what the command line says otherwise."""
    from dataclasses import replace

    from citysim.experiment.read import load_experiment, measure
    from citysim.experiment.run import shortened
    from citysim.experiment.sensitivity import chosen

    experiment = shortened(load_experiment(options.experiment), options.weeks, options.worlds)
    asked = chosen(
        experiment,
        designs=_documents(options.designs) if options.designs else None,
        scenario=options.scenario,
        measures=[measure(text) for text in options.indicators],
        sample=METHODS[options.method] if options.method else None,
        points=options.points,
    )
    return replace(asked, command=_command(options))


def _documents(designs: Sequence[str]) -> dict[str, "Document"]:
    """Designs of the catalog by name, or policy files, as documents that factors can be laid over."""
    from citysim.errors import InputError, PolicyError
    from citysim.policy.catalog import DESIGNS, load_policy
    from citysim.sensing import CITY_NAMES
    from citysim.yamlfile import Document, load_yaml

    found: dict[str, Document] = {}
    for design in designs:
        name = load_policy(design, CITY_NAMES).name  # refuses what is no design
        if name in found:
            raise InputError(f"--designs: {name} is given twice, each must have a name of its own")
        if design in DESIGNS:
            found[name] = Document(design, {"based_on": design}, {}, PolicyError)
        else:
            found[name] = load_yaml(design, PolicyError)
    if len(found) < 2:
        raise InputError("--designs: must be two or more; the first is what the others are compared with")
    return found


def _command(options: argparse.Namespace) -> str:
    """The command line that makes the page again."""
    parts = ["citysim", "sensitivity", str(options.experiment)]
    for name in ("designs", "scenario", "indicators", "method", "points", "worlds", "weeks"):
        value = getattr(options, name)
        if value:
            parts += [f"--{name}", *map(str, value if isinstance(value, list | tuple) else [value])]
    return shlex.join(parts)
