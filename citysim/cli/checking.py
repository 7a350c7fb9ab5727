"""The command that CI runs to see whether the model changed its answer."""

import argparse
from pathlib import Path
from typing import Any

from citysim.cli.parts import CANNOT_CHECK, CHANGED, COULD_NOT_TELL, OK
from citysim.errors import InputError
from citysim.words import Words


def check_options(parser: argparse.ArgumentParser, words: Words) -> None:
    def add(name: str, **options: Any) -> None:
        parser.add_argument(name, help=words(f"cli.check.{name.lstrip('-')}"), **options)

    parser.set_defaults(input_error=CANNOT_CHECK)
    add("--update", action="store_true")
    add("--baseline", type=Path, metavar="FILE", default=Path("results") / "baselines" / "check.json")
    add("--scenarios", type=Path, metavar="DIR", default=Path("scenarios"))
    add("--engine", choices=("kernel", "reference"), default="kernel")
    add("--only", nargs="+", metavar="RUN")
    add("--by-chance", action="store_true")
    add("--speed", action="store_true")
    add("--junit", type=Path, metavar="FILE")
    add("--markdown", type=Path, metavar="FILE")


def check_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation import guard
    from citysim.evaluation.folder import write_json
    from citysim.evaluation.speed import measure_speed, speed_again, speed_findings
    from citysim.report.checked import checked_text, write_junit
    from citysim.report.progress import progress_bar

    if options.only and options.update:
        raise InputError(words("check.only_or_update"))
    runs = guard.named(options.only) if options.only else guard.RUNS
    is_new = options.update and not options.baseline.exists()
    baseline: Any = None if is_new else guard.read_baseline(options.baseline)
    with progress_bar(words) as say:
        now = guard.measure_all(options.scenarios, options.engine, runs, say)
    if options.update:
        now = now if is_new else guard.keep_since(baseline, now)
        write_json(options.baseline, {**now, "speed": measure_speed(options.scenarios)})
        print(words("check.written", file=options.baseline))
        return OK
    if options.only:
        baseline = guard.narrowed(baseline, runs)
    checked = guard.compare_with(baseline, now, exact=False if options.by_chance else None)
    if options.speed:
        speed = speed_again(baseline["speed"], lambda: measure_speed(options.scenarios))
        checked = guard.with_findings(checked, speed_findings(baseline["speed"], speed))
    text = checked_text(checked, words)
    print(text)
    if options.markdown is not None:
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        options.markdown.write_text(text + "\n", encoding="utf-8")
    if options.junit is not None:
        write_junit(checked, options.junit, words)
    return {guard.SAME: OK, guard.CHANGED: CHANGED, guard.OPEN: COULD_NOT_TELL}[checked.verdict]
