"""Commands that look at runs again, or hand them on: rerun, compare, branch, export."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from citysim.cli.parts import CHANGED, OK, number
from citysim.errors import InputError
from citysim.words import Words

if TYPE_CHECKING:
    from citysim.log import Log
    from citysim.policy.policy import Policy
    from citysim.world.scenario import Scenario


def _workers_option(parser: argparse.ArgumentParser, words: Words, command: str) -> None:
    add, default = parser.add_argument, os.cpu_count() or 1
    add("--workers", type=number(words, 1), metavar="N", default=default, help=words(f"cli.{command}.workers"))


def rerun_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help=words("cli.rerun.folder"))
    _workers_option(parser, words, "rerun")


def rerun_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.rerun import rerun
    from citysim.experiment.record import FILE
    from citysim.report.progress import progress_bar

    if (options.folder / FILE).exists():
        return _rerun_experiment(options, words)
    with progress_bar(words) as say:
        found = rerun(options.folder, options.workers, say)
    program = "" if found.same_program else words("rerun.program_changed")
    key = "rerun.not_equal" if found.count else "rerun.equal"
    print(words(key, values=found.values, count=found.count, program=program))
    for moved in found.moved:
        print(words("rerun.moved", **vars(moved)))
    return CHANGED if found.count else OK


def _rerun_experiment(options: argparse.Namespace, words: Words) -> int:
    """Make an experiment again, in a store of its own, and compare the mean of every arm and indicator."""
    from tempfile import TemporaryDirectory

    from citysim.evaluation.gather import Hands, Progress
    from citysim.evaluation.store import Store
    from citysim.experiment.record import remake
    from citysim.report.progress import progress_bar

    with TemporaryDirectory(prefix="citysim-") as empty, progress_bar(words) as say:
        found = remake(options.folder, Store(Path(empty)), Hands(options.workers), Progress(say))
    program = words("rerun.program_changed") if found.program_changed else ""
    key = "rerun.not_equal" if found.moved else "rerun.equal"
    print(words(key, values=found.values, count=len(found.moved), program=program))
    for moved in found.moved[:50]:
        print(words("rerun.moved_mean", **vars(moved)))
    return CHANGED if found.moved else OK


def compare_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help=words("cli.compare.folder"))
    parser.add_argument("--before", metavar="DESIGN", help=words("cli.compare.before"))
    parser.add_argument("--after", metavar="DESIGN", help=words("cli.compare.after"))
    parser.add_argument("--cases", metavar="FILE", type=Path, help=words("cli.compare.cases"))


def compare_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.cases import compare_cases, write_pairs
    from citysim.report.table import cases_table, console

    cases = compare_cases(options.folder, options.before, options.after)
    console().print(cases_table(cases, words))
    if options.cases is not None:
        write_pairs(cases, options.cases)
        print(words("compare.written", file=options.cases))
    return OK


def branch_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help=words("cli.branch.scenario"))
    parser.add_argument("design", metavar="DESIGN", nargs="?", help=words("cli.branch.design"))
    parser.add_argument("--design", dest="of_run", metavar="DESIGN", help=words("cli.branch.of_run"))
    parser.add_argument("--at", metavar="MOMENT", required=True, help=words("cli.branch.at"))
    parser.add_argument("--with", dest="other", metavar="FILE", required=True, help=words("cli.branch.with"))
    parser.add_argument("--worlds", type=number(words, 1), metavar="N", help=words("cli.branch.worlds"))
    parser.add_argument("--weeks", type=number(words, 1), metavar="W", help=words("cli.branch.weeks"))
    parser.add_argument("--warm-up", type=number(words, 0), metavar="W", help=words("cli.branch.warm_up"))
    parser.add_argument("--seed", type=number(words, 0), metavar="S", help=words("cli.branch.seed"))
    _workers_option(parser, words, "branch")
    parser.add_argument("--out", type=Path, metavar="FILE", help=words("cli.branch.out"))


def _of_run(options: argparse.Namespace, words: Words) -> None:
    """Where a folder of a run stands for the scenario, its manifest says what was not given: design, worlds, weeks,
    warm-up, seed."""
    folder, chosen = Path(options.scenario), options.of_run or options.design
    options.numbers = range(options.worlds or 8)
    said = {"seed": 1, "warm_up": 0}
    if folder.is_dir():
        from citysim.evaluation.rerun import files_of

        manifest, options.scenario, designs = files_of(folder)
        if chosen is not None and chosen not in designs:
            raise InputError(words("branch.no_design", folder=folder, design=chosen, designs=", ".join(designs)))
        chosen = designs[chosen or next(iter(designs))]
        options.numbers = range(options.worlds) if options.worlds else manifest["replications"]
        said = {"warm_up": manifest.get("warm_up", 0)}
        said |= {name: manifest[name] for name in ("seed", "weeks")}
    if chosen is None:
        raise InputError(words("branch.which_design"))
    options.design = chosen
    for name, value in said.items():
        if getattr(options, name) is None:
            setattr(options, name, value)


def branch_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.branch import Fork, branch_worlds, moment
    from citysim.judging.scorecard import HEADLINE
    from citysim.policy.catalog import load_policy
    from citysim.report.progress import progress_bar
    from citysim.report.table import as_markdown, branch_table, console
    from citysim.sensing import CITY_NAMES
    from citysim.world.scenario import load_scenario

    _of_run(options, words)
    scenario = load_scenario(options.scenario)
    policy, other = (load_policy(name, CITY_NAMES) for name in (options.design, options.other))
    weeks, early = options.weeks or scenario.weeks, options.warm_up
    fork = Fork(scenario, policy, other, moment(options.at), weeks, options.seed, early)
    with progress_bar(words) as say:
        found = branch_worlds(fork, HEADLINE, worlds=options.numbers, workers=options.workers, say=say)
    values = {
        "design": policy.name,
        "other": other.name,
        "at": options.at,
        "worlds": len(options.numbers),
        "weeks": weeks,
    }
    title = words("branch.title", **values) + (words("branch.warm_up", weeks=early) if early else "")
    table = branch_table(found, title, words)
    console().print(table)
    if fork.has_other_prices:
        print(words("branch.prices", other=other.name))
    if options.out is not None:
        options.out.write_text(as_markdown(table), encoding="utf-8")
        print(words("branch.written", file=options.out))
    return OK


def export_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help=words("cli.export.scenario"))
    parser.add_argument("design", metavar="DESIGN", help=words("cli.export.design"))
    parser.add_argument("--xes", type=Path, metavar="FILE", help=words("cli.export.xes"))
    parser.add_argument("--ocel", type=Path, metavar="FILE", help=words("cli.export.ocel"))
    parser.add_argument("--csv", type=Path, metavar="DIR", help=words("cli.export.csv"))
    parser.add_argument("--steps", action="store_true", help=words("cli.export.steps"))
    parser.add_argument(
        "--replication", type=number(words, 0), metavar="K", default=0, help=words("cli.export.replication")
    )
    parser.add_argument("--weeks", type=number(words, 1), metavar="W", help=words("cli.branch.weeks"))
    parser.add_argument("--seed", type=number(words, 0), metavar="S", default=1, help=words("cli.branch.seed"))


def export_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.exchange.names import names_of
    from citysim.exchange.ocel import SUFFIXES, write_ocel
    from citysim.exchange.tables import write_csv
    from citysim.exchange.xes import write_xes
    from citysim.policy.catalog import load_policy
    from citysim.sensing import CITY_NAMES
    from citysim.world.scenario import load_scenario

    if not (options.xes or options.ocel or options.csv):
        raise InputError(words("export.nothing"))
    if options.ocel is not None and options.ocel.suffix not in SUFFIXES:
        raise InputError(words("export.suffix", file=options.ocel))
    scenario, policy = load_scenario(options.scenario), load_policy(options.design, CITY_NAMES)
    log = _log_to_export(scenario, policy, options)
    names = names_of(scenario, policy)
    for target, write in ((options.xes, write_xes), (options.ocel, write_ocel), (options.csv, write_csv)):
        if target is not None:
            write(log, names, target, steps=options.steps)
            print(words("export.written", cases=len(log), file=target))
    return OK


def _log_to_export(scenario: "Scenario", policy: "Policy", options: argparse.Namespace) -> "Log":
    from citysim.committee.govern import govern
    from citysim.engines.simulate import simulate
    from citysim.world.sample import sample_world

    which = {"seed": options.seed, "replication": options.replication, "weeks": options.weeks or scenario.weeks}
    if policy.governance.on:
        return govern(scenario, policy, **which, steps=options.steps).log
    return simulate(sample_world(scenario, **which), policy, steps=options.steps)
