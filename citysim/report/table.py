"""The table that `citysim evaluate` prints: headline indicators, design by design."""

from math import isfinite
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from citysim.evaluation.compare import RELEVANT
from citysim.evaluation.comparison import Comparison
from citysim.judging.scorecard import BY_ID, HEADLINE
from citysim.report.names import design_name, indicator_name, scenario_name
from citysim.report.numbers import percent, scale_for
from citysim.report.settling import settling_line
from citysim.statistics.pairs import LEAST_PAIRS
from citysim.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citysim.evaluation.branch import Branched
    from citysim.evaluation.cases import Cases
    from citysim.evaluation.comparison import Row

STYLES = {"better": "green", "worse": "red"}


WIDTHS = {"indicator": 16, "design": 11, "mean": 17, "difference": 20, "verdict": 11, "needed": 12, "gain": 11}
"""Characters of each column on a terminal of LEAST_WIDE: most means and differences fit into one line then, where equal
columns would break each before its interval. Wider ones share what more there is, narrower ones have equal columns."""

LEAST_WIDE, MOST_WIDE = 120, 180
FRAME = 3 * len(WIDTHS) + 1


def headline_table(comparison: Comparison, words: Words, width: int = LEAST_WIDE) -> Table:
    """Mean with interval, paired difference with interval, the verdict in words, how many replications would tell (if
    the difference stays what it is), and how many times more they would have to be without common luck.

    Args:
        width: of the terminal, in characters.
    """
    room = (min(width, MOST_WIDE) - FRAME) / sum(WIDTHS.values()) if width >= LEAST_WIDE else 0.0
    text = caption(comparison, words, "brackets")
    table = Table(caption=text, caption_justify="left", header_style="bold")
    for column, characters in WIDTHS.items():
        justify: Literal["left", "right"] = "left" if column in ("indicator", "design", "verdict") else "right"
        # fold: Chinese has no spaces to break a line at and would be cut off
        fixed = int(room * characters) or None
        table.add_column(words(f"table.{column}"), justify=justify, overflow="fold", width=fixed)
    for indicator in HEADLINE:
        rows = comparison.select(indicator)
        for k, row in enumerate(rows):
            table.add_row(*_cells(row, rows, comparison, words), end_section=k == len(rows) - 1)
    return table


def caption(comparison: Comparison, words: Words, bounds: Literal["brackets", "bounds"]) -> str:
    """What the run was, how its intervals are written, and when it had settled."""
    manifest = comparison.manifest
    level = percent(manifest["level"])
    text = words(
        "table.caption",
        scenario=scenario_name(manifest, words),
        replications=len(manifest["finished"]),
        weeks=manifest["weeks"],
        seed=manifest["seed"],
        bounds=words(f"table.{bounds}", level=level),
        relevant=percent(manifest.get("relevant", RELEVANT)),
        baseline=design_name(comparison.designs[0], manifest, words),
    )
    if manifest.get("warm_up"):
        text += " " + words("answer.warm_up", weeks=manifest["warm_up"])
    return "\n".join(filter(None, [text, settling_line(comparison, words)]))


def as_markdown(table: Table) -> str:
    """A printed table as Markdown, with its title above and its caption below."""
    head = [str(column.header) for column in table.columns]
    columns = [[str(cell) for cell in column.cells] for column in table.columns]
    rows = (head, ["---"] * len(head), *zip(*columns, strict=True))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    above = [f"## {table.title}", ""] if table.title else []
    below = ["", str(table.caption), ""] if table.caption else [""]
    return "\n".join([*above, *lines, *below])


def needed(row: "Row") -> str:
    """At least as many as a verdict needs: three pairs may have a narrow interval and say nothing."""
    return f"{max(row.needed, LEAST_PAIRS):,.0f}" if isfinite(row.needed) else ""


def gain(row: "Row") -> str:
    """How many times more replications without common luck would take."""
    return f"× {row.variance_factor:,.3g}" if isfinite(row.variance_factor) else ""


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
    design = design_name(row.design, comparison.manifest, words)
    return name, design, mean, difference, verdict, needed(row), gain(row)


def console() -> Console:
    """Where tables are printed: no markup, since a title or a folder may hold [brackets] and :colons:."""
    found = Console(highlight=False, markup=False, emoji=False)
    if not found.is_terminal:
        found.width = 120  # a file or a pipe has no width of its own
    return found


def cases_table(cases: "Cases", words: Words) -> Table:
    """For each type of incident what the second design did to it, against the first."""
    before, after = cases.designs
    title = words(
        "compare.title",
        before=before,
        after=after,
        pairs=len(cases.pairs["incident"]),
        only_before=cases.only[0],
        only_after=cases.only[1],
    )
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in ("kind", "incidents", "sooner", "later", "same", "mean", "median"):
        table.add_column(words(f"compare.{name}"), justify="left" if name == "kind" else "right", overflow="fold")
    names = ("kind", "incidents", "sooner", "later", "same", "mean_later_hours", "median_later_hours")
    for row in zip(*(cases.summary[name].tolist() for name in names), strict=True):
        table.add_row(
            str(row[0]), *(f"{n:,}" for n in row[1:5]), *(f"{h:+.2f}" if isfinite(h) else "" for h in row[5:])
        )
    return table


def branch_table(found: "Sequence[Branched]", title: str, words: Words) -> Table:
    """Each headline indicator without and with the change, and the paired difference."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in ("table.indicator", "branch.stayed", "branch.changed", "table.difference"):
        table.add_column(words(name), justify="left" if name == "table.indicator" else "right", overflow="fold")
    for one in found:
        scale = scale_for([one.stayed.mean, one.changed.mean], BY_ID[one.indicator].unit)
        name = words("table.with_unit", name=indicator_name(one.indicator, words), unit=scale.unit_text(words))
        stayed, changed = (scale.interval(i.mean, i.low, i.high) for i in (one.stayed, one.changed))
        gap = one.difference
        table.add_row(
            name, stayed, changed, scale.finer(gap.low, gap.high).interval(gap.mean, gap.low, gap.high, signed=True)
        )
    return table
