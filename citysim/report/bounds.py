"""The comparison as Markdown in which every bound has a column of its own, for all cases and inside groups."""

from collections.abc import Iterator, Sequence
from typing import Literal

from citysim.evaluation.compare import Row
from citysim.evaluation.comparison import Comparison
from citysim.judging.scorecard import BY_ID, HEADLINE
from citysim.report.answer import markdown_rows
from citysim.report.names import design_name, group_name, indicator_name
from citysim.report.numbers import Scale, percent, scale_for
from citysim.report.table import caption, gain, needed
from citysim.words import Words

COLUMNS = (
    "design", "mean", "low", "high", "one_difference", "difference_low", "difference_high", "verdict", "needed", "gain",
)  # fmt: skip
IN_DISTRICTS = ("on_time_closure_rate_true", "report_to_close_so_far_mean")
"""Shown inside each district; comparison.csv has all."""


def markdown_table(comparison: Comparison, words: Words) -> str:
    """The headline indicators, with the caption below."""
    lines = [line for name in HEADLINE for line in _of_indicator(name, "all", ("all",), comparison, words)]
    heads = [words("table.indicator"), *(words(f"table.{name}") for name in COLUMNS)]
    below = caption(comparison, words, "bounds").replace("\n", "\n\n")
    return f"{markdown_rows(heads, [[line[0], *line[2:]] for line in lines])}\n\n{below}\n"


def subgroup_table(comparison: Comparison, stratum: Literal["joint", "district"], words: Words) -> str:
    """Headline indicators inside each group of a stratum, with a title and what it is; "" if there is but one group."""
    names = IN_DISTRICTS if stratum == "district" else HEADLINE
    chosen = [name for name in names if stratum in BY_ID[name].strata]
    groups = tuple(comparison.manifest["scenario"]["districts"]) if stratum == "district" else ("single", "joint")
    lines = [line for name in chosen for line in _of_indicator(name, stratum, groups, comparison, words)]
    if len(groups) < 2 or not lines:
        return ""
    heads = [words("table.indicator"), words(f"stratum.{stratum}"), *(words(f"table.{name}") for name in COLUMNS)]
    many = words("further.many", level=percent(comparison.manifest["level"]))
    about = words(f"further.about_subgroups_{stratum}", many=many)
    return "\n\n".join([f"## {words(f'further.subgroups_{stratum}')}", about, markdown_rows(heads, lines)])


def _of_indicator(
    indicator: str, stratum: str, groups: Sequence[str], comparison: Comparison, words: Words
) -> Iterator[list[str]]:
    """Indicator, group, and the cells of each design; names only where they change. A group is left out in which no
    design has a value (cases of one department have no joint response)."""
    found = [(group, comparison.select(indicator, stratum, group)) for group in groups]
    blocks = [(group, rows) for group, rows in found if stratum == "all" or any(row.n for row in rows)]
    scale = scale_for([row.mean for _, rows in blocks for row in rows], BY_ID[indicator].unit)
    name = words("table.with_unit", name=indicator_name(indicator, words), unit=scale.unit_text(words))
    for group, rows in blocks:
        label = group_name(stratum, group, comparison.manifest, words)
        for row in rows:
            yield [name, label, *_cells(row, scale, comparison, words)]
            name = label = ""


def _cells(row: Row, scale: Scale, comparison: Comparison, words: Words) -> list[str]:
    difference = ["", "", ""]
    if row.design != row.baseline:
        finer = scale.finer(row.difference_low, row.difference_high)
        values = (row.difference, row.difference_low, row.difference_high)
        difference = [finer.text(value, signed=True) for value in values]
    return [
        design_name(row.design, comparison.manifest, words),
        *(scale.text(value) for value in (row.mean, row.low, row.high)),
        *difference,
        words(f"verdict.{row.verdict}"),
        needed(row),
        gain(row),
    ]
