"""The table that `citysim evaluate` prints: headline indicators, design by design."""

from typing import TYPE_CHECKING, Literal

from rich.table import Table
from rich.text import Text

from citysim.evaluation.comparison import Comparison
from citysim.judging.scorecard import HEADLINE
from citysim.report.names import design_name, indicator_name, scenario_name
from citysim.report.numbers import percent, scale_for
from citysim.words import Words

if TYPE_CHECKING:
    from citysim.evaluation.comparison import Row

STYLES = {"better": "green", "worse": "red"}


def headline_table(comparison: Comparison, words: Words) -> Table:
    """Mean with interval, paired difference with interval, and the verdict in words."""
    manifest = comparison.manifest
    caption = words(
        "table.caption",
        scenario=scenario_name(manifest, words),
        replications=len(manifest["finished"]),
        weeks=manifest["weeks"],
        seed=manifest["seed"],
        level=percent(manifest["level"]),
        baseline=design_name(comparison.designs[0], manifest, words),
    )
    table = Table(caption=caption, caption_justify="left", header_style="bold")
    for column in ("indicator", "design", "mean", "difference", "verdict"):
        justify: Literal["left", "right"] = "right" if column in ("mean", "difference") else "left"
        # fold: Chinese has no spaces to break a line at and would be cut off
        table.add_column(words(f"table.{column}"), justify=justify, overflow="fold")
    for indicator in HEADLINE:
        rows = comparison.select(indicator)
        for k, row in enumerate(rows):
            table.add_row(*_cells(row, rows, comparison, words), end_section=k == len(rows) - 1)
    return table


def _cells(row: "Row", rows: "tuple[Row, ...]", comparison: Comparison, words: Words) -> tuple[str | Text, ...]:
    scale = scale_for([r.mean for r in rows], row.unit)
    name = ""
    if row is rows[0]:
        name = words("table.with_unit", name=indicator_name(row.indicator, words), unit=scale.unit_text(words))
    difference = ""
    if row.design != comparison.designs[0]:
        finer = scale.finer(row.difference_low, row.difference_high)
        difference = finer.interval(row.difference, row.difference_low, row.difference_high, signed=True)
    verdict = Text(words(f"verdict.{row.verdict}"), style=STYLES.get(row.verdict, "dim"))
    mean = scale.interval(row.mean, row.low, row.high)
    return name, design_name(row.design, comparison.manifest, words), mean, difference, verdict
