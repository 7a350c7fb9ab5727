"""The command line: read a command, call one function, print. Nothing heavy is imported before a command is known."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from citysim.errors import InputError, SimulationBug
from citysim.words import LANGUAGES, Words, default_language, load_words

if TYPE_CHECKING:
    from citysim.evaluation.comparison import Comparison

OK, INPUT_ERROR, BUG, INTERRUPTED = 0, 2, 3, 130
"""Exit codes: done; what you gave cannot be used; citysim is wrong or replications failed; Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    words = load_words(_asked_language(given))
    if "--version" in given[:3]:
        from importlib.metadata import version  # costs 30 ms, so only when asked

        print(f"citysim {version('citysim')}")
        return OK
    parser = build_parser(words)
    options = parser.parse_args(given)
    if options.command is None:
        parser.print_help()
        return OK
    try:
        return int(options.command(options, words))
    except InputError as error:
        return _complain(str(error), INPUT_ERROR)
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        return _complain(f"{error.filename or ''}: {error.strerror or error}", INPUT_ERROR)
    except SimulationBug as error:
        return _complain(words("error.bug", message=error), BUG)
    except KeyboardInterrupt:
        return _complain(words("error.interrupted"), INTERRUPTED)


def build_parser(words: Words) -> argparse.ArgumentParser:
    """The parser of all commands, with help in one language."""
    parser = _Parser(words, prog="citysim", description=words("cli.description"), epilog=words("cli.epilog"))
    parser.set_defaults(command=None)
    parser.add_argument("--version", action="store_true", help=words("cli.version"))
    _add_language(parser, words)
    commands = parser.add_subparsers(title=words("cli.commands"), metavar=words("cli.command"))
    for name, run, fill in (
        ("evaluate", _evaluate, _evaluate_options),
        ("validate", _validate, _validate_options),
        ("show", _show, _show_options),
        ("schema", _schema, lambda parser, words: None),
        ("bench", _bench, _bench_options),
    ):
        about = words(f"cli.{name}.help")
        command = commands.add_parser(name, words=words, help=about, description=words(f"cli.{name}.about"))
        _add_language(command, words)
        fill(command, words)
        command.set_defaults(command=run)
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser whose headings and errors are in the reader's language, and whose errors are one line."""

    def __init__(self, words: Words, **options: Any) -> None:
        super().__init__(allow_abbrev=False, add_help=False, formatter_class=_Formatter, **options)
        self.words = words
        self._positionals.title = words("cli.arguments")
        self._optionals.title = words("cli.options")
        self.add_argument("-h", "--help", action="help", help=words("cli.help"))

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", self.words("cli.usage"), 1)

    def error(self, message: str) -> NoReturn:
        if message.endswith("required: SCENARIO"):
            message = self.words("error.scenario_first")
        print(self.words("error.usage", message=message, command=self.prog), file=sys.stderr)
        raise SystemExit(INPUT_ERROR)


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=100)


def _add_language(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--lang", choices=LANGUAGES, help=words("cli.lang"))


def _asked_language(arguments: Sequence[str]) -> str:
    """The language must be known before the parser that reads `--lang` can be built."""
    for k, word in enumerate(arguments):
        asked = word.removeprefix("--lang=") if word.startswith("--lang=") else ""
        if word == "--lang" and k + 1 < len(arguments):
            asked = arguments[k + 1]
        if asked in LANGUAGES:
            return asked
    return default_language(os.environ)


def _number(words: Words, least: float, below: float | None = None, kind: type = int) -> Callable[[str], Any]:
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


# --- evaluate ---------------------------------------------------------------------------------------------------------


def _evaluate_options(parser: argparse.ArgumentParser, words: Words) -> None:
    def add(*names: str, **options: Any) -> None:
        key = names[-1].lstrip("-").replace("-", "_")
        parser.add_argument(*names, help=words(f"cli.evaluate.{key}"), **options)

    add("scenario", metavar="SCENARIO")
    add("--designs", nargs="+", metavar="DESIGN", default=None)
    add("--replications", type=_number(words, 1), default=20, metavar="N")
    add("--replication", type=_number(words, 0), nargs="+", metavar="K")
    add("--weeks", type=_number(words, 1), metavar="W")
    add("--seed", type=_number(words, 0), default=1, metavar="S")
    add("--engine", choices=("kernel", "reference"), default="kernel")
    add("--workers", type=_number(words, 1), metavar="N")
    add("--out", type=Path, metavar="DIR")
    add("--log", action="store_true")
    add("--level", type=_number(words, 0.5, 1.0, float), default=0.95, metavar="P")


def _evaluate(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.run import DESIGNS, IncompleteError, Interrupted, evaluate, run_folder
    from citysim.policy.catalog import load_policy
    from citysim.report.progress import progress_bar
    from citysim.sensing import CITY_NAMES
    from citysim.world.scenario import load_scenario

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill ends a run as Ctrl-C does
    designs = options.designs or list(DESIGNS)
    numbers = options.replication or options.replications
    scenario = load_scenario(options.scenario)
    policies = [load_policy(design, CITY_NAMES) for design in designs]
    folder = options.out or Path("results") / run_folder(scenario, policies, numbers, options.seed, options.weeks)
    try:
        with progress_bar(words) as progress:
            comparison = evaluate(
                options.scenario,
                designs,
                replications=numbers,
                seed=options.seed,
                weeks=options.weeks,
                workers=options.workers,
                engine=options.engine,
                out=folder,
                level=options.level,
                keep_cases=options.log,
                progress=progress,
            )
    except Interrupted as stop:
        asked, done = len(stop.comparison.manifest["replications"]), len(stop.comparison.manifest["finished"])
        return _complain(words("error.stopped", done=done, asked=asked, folder=folder), INTERRUPTED)
    except IncompleteError as error:
        _present(error.comparison, folder, words)
        return _complain(words("error.bug", message=error), BUG)
    _present(comparison, folder, words)
    return OK


def _present(comparison: "Comparison", folder: Path, words: Words) -> None:
    """The headline table, then where everything is."""
    from rich.console import Console

    from citysim.report.page import write_report
    from citysim.report.table import headline_table

    # no markup: a title or a folder may hold [brackets] and :colons:
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 120  # a file or a pipe has no width of its own
    console.print(words("table.what_it_is"), style="italic")
    if not comparison.complete:
        asked, done = comparison.manifest["replications"], comparison.manifest["finished"]
        console.print(words("table.incomplete", done=len(done), asked=len(asked)), style="bold red")
    console.print(headline_table(comparison, words))
    notes = write_report(comparison, folder / "report.html")
    for note in notes:
        console.print(words(note))
    console.print(words("table.where", folder=folder), soft_wrap=True)


# --- validate, show, schema, bench ------------------------------------------------------------------------------------


def _validate_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("file", metavar="FILE", help=words("cli.validate.file"))


def _validate(options: argparse.Namespace, words: Words) -> int:
    from citysim.report.facts import facts_of_file

    for line in facts_of_file(options.file, words):
        print(line)
    return OK


def _show_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("design", metavar="DESIGN", help=words("cli.show.design"))
    parser.add_argument("--svg", type=Path, metavar="FILE", help=words("cli.show.svg"))


def _show(options: argparse.Namespace, words: Words) -> int:
    from citysim.policy.catalog import load_policy
    from citysim.policy.describe import describe, diagram

    policy = load_policy(options.design)
    print(f"{words.title(dict(policy.title), policy.name)} ({policy.name})\n")
    print(describe(policy.workflow))
    print(f"\n{words('cli.show.diagram')}\n")
    print(diagram(policy.workflow))
    if options.svg is not None:
        from citysim.report.flowchart import write_flowchart

        write_flowchart(policy.workflow, options.svg)
        print(f"\n{words('cli.show.written', file=options.svg)}")
    return OK


def _schema(options: argparse.Namespace, words: Words) -> int:
    import json

    from citysim.world.scenario import scenario_schema

    print(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))
    return OK


def _bench_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--only", metavar="KEY", help=words("cli.bench.only"))
    parser.add_argument("--json", metavar="FILE", help=words("cli.bench.json"))


def _bench(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.bench import bench

    bench(options.only, options.json, say=print)
    return OK


def _complain(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
