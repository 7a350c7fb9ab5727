"""What stands below the headline table: means over all cases by severity, and how worlds differ."""

from collections.abc import Callable, Iterator, Sequence

from citysim.evaluation.comparison import Comparison
from citysim.evaluation.tables import POOLED, Pooled, Quantile, Scores, difference_quantiles, pooled, quantiles
from citysim.judging.scorecard import BY_ID, HEADLINE, SEVERITIES
from citysim.report.answer import markdown_rows
from citysim.report.names import design_name, group_name, indicator_name
from citysim.report.numbers import Scale, percent, scale_for
from citysim.words import Words

POOLED_COLUMNS = ("indicator", "group", "design", "cases", "over_cases", "over_worlds")
QUANTILE_COLUMNS = ("indicator", "design", "tenth", "half", "nine_tenths")


def further_tables(comparison: Comparison, words: Words) -> str:
    """Tables as Markdown, each with what it is."""
    manifest = comparison.manifest
    level, baseline = percent(manifest["level"]), design_name(comparison.designs[0], manifest, words)
    heads = [words(f"further.{name}") for name in QUANTILE_COLUMNS]
    parts = [
        f"## {words('further.pooled')}",
        words("further.about_pooled", level=level),
        markdown_rows([words(f"further.{name}") for name in POOLED_COLUMNS], list(_pooled(comparison, words))),
        f"## {words('further.quantiles')}",
        words("further.about_quantiles", level=level),
        markdown_rows(heads, list(_quantiles(quantiles, comparison, words))),
    ]
    if comparison.designs[1:]:
        parts += [
            f"## {words('further.difference_quantiles')}",
            words("further.about_difference_quantiles", level=level, baseline=baseline),
            markdown_rows(heads, list(_quantiles(difference_quantiles, comparison, words))),
        ]
    return "\n\n".join(parts) + "\n"


def _pooled(comparison: Comparison, words: Words) -> Iterator[list[str]]:
    rows = pooled(comparison.scores, comparison.designs, comparison.manifest["level"])
    of = {(row.indicator, row.stratum, row.group, row.design): row for row in rows}
    for indicator in (name for name in HEADLINE if name in POOLED):
        for severity in SEVERITIES:
            beside = [
                row for d in comparison.designs if (row := of.get((indicator, "severity", severity, d))) is not None
            ]
            scale = scale_for([row.interval.mean for row in beside], BY_ID[indicator].unit)
            for row in beside:
                first = severity == SEVERITIES[0] and row is beside[0]
                yield _pooled_row(row, scale, comparison, words, first, row is beside[0])


def _pooled_row(
    row: Pooled, scale: Scale, comparison: Comparison, words: Words, named: bool, grouped: bool
) -> list[str]:
    unit = scale.unit_text(words)
    return [
        words("table.with_unit", name=indicator_name(row.indicator, words), unit=unit) if named else "",
        f"{group_name('severity', row.group, comparison.manifest, words)}, {unit}" if grouped else "",
        design_name(row.design, comparison.manifest, words),
        f"{row.cases:,}",
        scale.interval(row.interval.mean, row.interval.low, row.interval.high),
        scale.text(row.of_worlds),
    ]


def _quantiles(
    of_what: Callable[[Scores, Sequence[str], float], tuple[Quantile, ...]], comparison: Comparison, words: Words
) -> Iterator[list[str]]:
    """A line for each headline indicator and design; differences carry their sign."""
    signed = of_what is difference_quantiles
    of: dict[tuple[str, str], list[Quantile]] = {}
    for row in of_what(comparison.scores, comparison.designs, comparison.manifest["level"]):
        of.setdefault((row.indicator, row.design), []).append(row)
    for indicator in HEADLINE:
        beside = [of[indicator, design] for design in comparison.designs if (indicator, design) in of]
        scale = scale_for([one.interval.value for row in beside for one in row], BY_ID[indicator].unit)
        unit = scale.unit_text(words, difference=signed)
        name = words("table.with_unit", name=indicator_name(indicator, words), unit=unit)
        for k, cells in enumerate(beside):
            design = design_name(cells[0].design, comparison.manifest, words)
            shown = [scale.interval(c.interval.value, c.interval.low, c.interval.high, signed) for c in cells]
            yield ["" if k else name, design, *shown]
