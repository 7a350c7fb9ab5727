"""Commands that look at inputs, and the bench: validate, show, diff, schema, bench."""

import argparse
from pathlib import Path

from citysim.cli.parts import OK
from citysim.words import Words


def validate_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("file", metavar="FILE", help=words("cli.validate.file"))


def validate_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.report.facts import facts_of_file

    for line in facts_of_file(options.file, words):
        print(line)
    return OK


def show_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("design", metavar="DESIGN", help=words("cli.show.design"))
    parser.add_argument("--svg", type=Path, metavar="FILE", help=words("cli.show.svg"))


def show_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.policy.catalog import load_policy
    from citysim.policy.describe import describe, diagram
    from citysim.report.sentence import sentence_lines as said

    policy = load_policy(options.design)
    print(f"{words.title(dict(policy.title), policy.name)} ({policy.name})\n")
    print(describe(policy.workflow) if words.language == "en" else "\n".join(said(policy.workflow.blocks, words)))
    print(f"\n{words('cli.show.diagram')}\n")
    print(diagram(policy.workflow))
    if options.svg is not None:
        from citysim.report.flowchart import write_flowchart

        write_flowchart(policy.workflow, options.svg)
        print(f"\n{words('cli.show.written', file=options.svg)}")
    return OK


def schema_command(options: argparse.Namespace, words: Words) -> int:
    import json

    from citysim.world.scenario import scenario_schema

    print(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))
    return OK


def bench_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--only", metavar="KEY", help=words("cli.bench.only"))
    parser.add_argument("--json", metavar="FILE", help=words("cli.bench.json"))


def bench_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.evaluation.bench import bench

    bench(options.only, options.json, say=print)
    return OK


def diff_options(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("before", metavar="BEFORE", help=words("cli.diff.before"))
    parser.add_argument("after", metavar="AFTER", help=words("cli.diff.after"))


def diff_command(options: argparse.Namespace, words: Words) -> int:
    from citysim.report.differences import differences_of_files

    for line in differences_of_files(options.before, options.after, words):
        print(line)
    return OK
