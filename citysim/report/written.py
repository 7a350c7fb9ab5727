"""The pages of a run in its folder, made from what is in it: report.html, table.md, comparison.csv."""

import os
import shlex
from pathlib import Path

from citysim.evaluation.comparison import Comparison
from citysim.evaluation.crate import made_of, write_crate
from citysim.evaluation.spreadsheet import write_spreadsheet
from citysim.report.bounds import markdown_table, subgroup_table
from citysim.report.further import further_tables
from citysim.report.page import write_report
from citysim.words import Words

PAGE, SHEET, REPORT = "table.md", "comparison.csv", "report.html"


def write_pages(comparison: Comparison, folder: Path, words: Words) -> list[str]:
    """Write all of them, then describe the folder anew; give the keys of notes about what had to be left out."""
    write_table(comparison, folder, folder / PAGE, words)
    write_spreadsheet(comparison.rows, folder / SHEET)
    notes = write_report(comparison, folder / REPORT)
    write_crate(folder, made_of(comparison.manifest))
    return notes


def write_table(comparison: Comparison, folder: Path, path: Path, words: Words) -> None:
    """The tables of the run in a folder as one page of Markdown, whose first line is how to make it again."""
    command = ["citysim", "table", os.fspath(folder), "--lang", words.language]
    if path != folder / PAGE:
        command += ["--out", os.fspath(path)]
    parts = [
        _made(comparison, shlex.join(command), words),
        _incomplete(comparison, words),
        markdown_table(comparison, words).strip(),
        subgroup_table(comparison, "joint", words),
        subgroup_table(comparison, "district", words),
        further_tables(comparison, words).strip(),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text("\n\n".join(filter(None, parts)) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def _made(comparison: Comparison, command: str, words: Words) -> str:
    run = comparison.manifest["command"]
    return words("table.made_run", command=command, run=run) if run else words("table.made", command=command)


def _incomplete(comparison: Comparison, words: Words) -> str:
    manifest = comparison.manifest
    if comparison.complete:
        return ""
    return words("table.incomplete", done=len(manifest["finished"]), asked=len(manifest["replications"]))
