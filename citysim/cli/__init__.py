"""The command line: read a command, call one function, print. Nothing heavy is imported before a command is known."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from citysim.cli import again, checking, choosing, comparing, explaining, exploring, looking
from citysim.cli.parts import BUG, INPUT_ERROR, INTERRUPTED, OK, complain
from citysim.errors import InputError, SimulationBug
from citysim.words import LANGUAGES, Words, default_language, load_words


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    words = load_words(_asked_language(given))
    if "--version" in given[:3]:
        from importlib.metadata import version  # costs 30 ms, so only when asked

        print(f"citysim {version('citysim')}")
        return OK
    parser = build_parser(words)
    options, left_over = parser.parse_known_args(given)
    input_error = getattr(options, "input_error", INPUT_ERROR)
    if left_over:
        parser.set_defaults(input_error=input_error)
        parser.error(words("error.unknown_arguments", arguments=" ".join(left_over)))
    if options.command is None:
        parser.print_help()
        return OK
    try:
        return int(options.command(options, words))
    except InputError as error:
        return complain(str(error), input_error)
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        return complain(f"{error.filename or ''}: {error.strerror or error}", input_error)
    except SimulationBug as error:
        return complain(words("error.bug", message=error), BUG)
    except KeyboardInterrupt:
        return complain(words("error.interrupted"), INTERRUPTED)


def build_parser(words: Words) -> argparse.ArgumentParser:
    """The parser of all commands, with help in one language."""
    parser = _Parser(words, prog="citysim", description=words("cli.description"), epilog=words("cli.epilog"))
    parser.set_defaults(command=None)
    parser.add_argument("--version", action="store_true", help=words("cli.version"))
    _add_language(parser, words)
    commands = parser.add_subparsers(title=words("cli.commands"), metavar=words("cli.command"))
    for name, run, fill in (
        ("evaluate", comparing.evaluate_command, comparing.evaluate_options),
        ("table", comparing.table_command, comparing.table_options),
        ("run", comparing.run_command, comparing.run_options),
        ("query", comparing.query_command, comparing.query_options),
        ("explain", explaining.explain_command, explaining.explain_options),
        ("sensitivity", exploring.sensitivity_command, exploring.sensitivity_options),
        ("select", choosing.select_command, choosing.select_options),
        ("diff", looking.diff_command, looking.diff_options),
        ("check", checking.check_command, checking.check_options),
        ("rerun", again.rerun_command, again.rerun_options),
        ("compare", again.compare_command, again.compare_options),
        ("branch", again.branch_command, again.branch_options),
        ("export", again.export_command, again.export_options),
        ("validate", looking.validate_command, looking.validate_options),
        ("show", looking.show_command, looking.show_options),
        ("schema", looking.schema_command, lambda parser, words: None),
        ("bench", looking.bench_command, looking.bench_options),
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
        raise SystemExit(self.get_default("input_error") or INPUT_ERROR)


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
