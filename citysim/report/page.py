"""The report of a run as one HTML page in English and Chinese, that works offline: nothing in it is fetched."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from citysim.evaluation.comparison import Comparison, Row
from citysim.judging.scorecard import BY_ID, HEADLINE
from citysim.report.bounds import IN_DISTRICTS
from citysim.report.figures import BREAKDOWN, DESIGN_COLOURS, Picture, draw_all
from citysim.report.fonts import LICENCE, chinese_font, embedded_font
from citysim.report.names import design_name, group_name, indicator_name, scenario_name
from citysim.report.numbers import MINUS, Scale, percent, scale_for
from citysim.report.settling import settling_line
from citysim.words import LANGUAGES, Words, load_words

IN_SHORT = (
    "on_time_closure_rate_true", "report_to_close_so_far_mean", "onset_to_safe_so_far_mean",
    "joint_response_time_so_far", "first_dispatch_accuracy", "rework_rate", "backlog", "harm_proxy",
    "saturation_time", "cost_total",
)  # fmt: skip
"""What the first paragraph speaks about."""
IN_BREAKDOWN = ("onset_to_safe_so_far_mean", "report_to_close_so_far_mean", "on_time_closure_rate_true")
BAR_WIDTH, BAR_HEIGHT = 150.0, 14.0
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Line:
    """One line of a table: an indicator (or a group) of one design beside the design it is compared with.

    Args:
        before, after, difference: a number and its interval, as text.
    """

    label: str
    before: tuple[str, str]
    after: tuple[str, str]
    difference: tuple[str, str]
    verdict: str
    verdict_text: str
    bar: Markup


@dataclass(frozen=True)
class Contrast:
    """One design against the first: its paragraph and its tables."""

    design: str
    sentence: str
    headline: list[Line]
    breakdown: list[tuple[str, list[Line]]]
    districts: list[tuple[str, list[Line]]]
    everything: list[Line]


def write_report(comparison: Comparison, path: str | os.PathLike[str]) -> list[str]:
    """Write the page; give the keys of notes about what had to be left out."""
    temporary = Path(path).with_name(Path(path).name + ".tmp")
    temporary.write_text(render(comparison), encoding="utf-8")
    os.replace(temporary, path)
    return [] if chinese_font() else ["note.no_chinese_font"]


def render(comparison: Comparison) -> str:
    """The page as text; the same results give the same text."""
    pictures = {"en": draw_all(comparison, load_words("en"))}
    pictures["zh"] = draw_all(comparison, load_words("zh")) if chinese_font() else pictures["en"]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    articles = [_article(comparison, load_words(language), pictures[language]) for language in LANGUAGES]
    page: dict[str, Any] = {"articles": articles, "colours": DESIGN_COLOURS, "font": "", "licence": LICENCE}
    template = environment.get_template("page.html.j2")
    chinese = "".join(c for c in template.render(page) if ord(c) > 0x2000)
    return template.render({**page, "font": embedded_font(chinese)}) + "\n"


def _article(comparison: Comparison, words: Words, pictures: Sequence[Picture]) -> dict[str, Any]:
    """What the template needs for one language."""
    manifest = comparison.manifest
    baseline = design_name(comparison.designs[0], manifest, words)
    return {
        "words": words,
        "language": {"en": "en", "zh": "zh-CN"}[words.language],
        "code": words.language,
        "manifest": manifest,
        "scenario": scenario_name(manifest, words),
        "residents": f"{manifest['scenario']['residents']:,}",
        "baseline": baseline,
        "level": percent(manifest["level"]),
        "contrasts": [_contrast(comparison, design, words) for design in comparison.designs[1:]],
        "alone": [] if comparison.designs[1:] else list(_single(comparison, words)),
        "overview": list(_overview(comparison, words)) if comparison.designs[2:] else [],
        "pictures": {picture.name: _picture(picture, comparison, words) for picture in pictures},
        "precision": _precision(comparison, words),
        "settling": settling_line(comparison, words),
        "missing": _missing(manifest),
        "designs": [(d["name"], design_name(d["name"], manifest, words), d["digest"]) for d in manifest["designs"]],
        "english_figures": words.language == "zh" and not chinese_font(),
    }


def _contrast(comparison: Comparison, design: str, words: Words) -> Contrast:
    manifest = comparison.manifest

    def lines(keys: Sequence[Key], by_group: bool) -> list[Line]:
        found = [(key, *_pair(comparison, key, design)) for key in keys]
        pairs = [(key, before, after) for key, before, after in found if before and after]
        # groups of one indicator share a scale; different indicators cannot
        reach = max((_reach(after) for _, _, after in pairs), default=0.0) if by_group else None
        return [_line(before, after, key, reach, manifest, words) for key, before, after in pairs]

    def by_indicator(indicators: Sequence[str], groups: Sequence[tuple[str, str]]) -> list[tuple[str, list[Line]]]:
        found = [(name, lines([(name, s, g) for s, g in groups], True)) for name in indicators]
        return [(indicator_name(name, words), rows) for name, rows in found if rows]

    districts = [("district", name) for name in manifest["scenario"]["districts"]]
    return Contrast(
        design=design_name(design, manifest, words),
        sentence=_sentence(comparison, design, words),
        headline=lines([(name, "all", "all") for name in HEADLINE], False),
        breakdown=by_indicator(IN_BREAKDOWN, BREAKDOWN),
        districts=by_indicator(IN_DISTRICTS, districts),
        everything=lines([(name, "all", "all") for name in BY_ID], False),
    )


def _pair(comparison: Comparison, key: Key, design: str) -> tuple[Row | None, Row | None]:
    rows = {row.design: row for row in comparison.select(*key)}
    return rows.get(comparison.designs[0]), rows.get(design)


def _reach(row: Row) -> float:
    """How far from zero the interval of a difference goes."""
    return max(abs(row.difference_low), abs(row.difference_high)) if isfinite(row.difference_low) else 0.0


def _line(before: Row, after: Row, key: Key, reach: float | None, manifest: dict[str, Any], words: Words) -> Line:
    """A line of a table of indicators, or (if a common reach of the bars is given) of groups."""
    scale = scale_for((before.mean, after.mean), before.unit)
    indicator, stratum, group = key
    by_group = reach is not None
    name = group_name(stratum, group, manifest, words) if by_group else indicator_name(indicator, words)
    if by_group and stratum != "district":
        name = f"{words(f'stratum.{stratum}')}: {name}"
    change = (after.difference, after.difference_low, after.difference_high)
    finer = scale.finer(*change[1:])
    return Line(
        label=words("table.with_unit", name=name, unit=scale.unit_text(words)),
        before=(scale.text(before.mean), scale.brackets(before.low, before.high)),
        after=(scale.text(after.mean), scale.brackets(after.low, after.high)),
        difference=(finer.text(after.difference, signed=True), finer.brackets(*change[1:], signed=True)),
        verdict=after.verdict,
        verdict_text=words(f"verdict.{after.verdict}"),
        bar=_bar(after, reach or _reach(after), f"{words('report.interval')}: {finer.interval(*change, signed=True)}"),
    )


def _bar(row: Row, reach: float, text: str) -> Markup:
    """The interval of a difference beside the line at zero; the picture goes as far as `reach` on both sides."""
    if not isfinite(row.difference_low):
        return Markup("")

    def x(value: float) -> float:
        return BAR_WIDTH / 2 * (1 + 0.94 * value / (reach or 1.0))

    half = BAR_HEIGHT / 2
    return Markup(
        '<svg class="bar {verdict}" viewBox="0 0 {w:.0f} {h:.0f}" role="img" aria-label="{text}">'
        '<line class="zero" x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="{h:.0f}"/>'
        '<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="5"/>'
        '<circle cx="{middle:.1f}" cy="{half:.1f}" r="3.6"/></svg>'
    ).format(
        verdict=row.verdict, w=BAR_WIDTH, h=BAR_HEIGHT, text=text, zero=x(0.0), x=x(row.difference_low), y=half - 2.5,
        width=max(x(row.difference_high) - x(row.difference_low), 1.0), middle=x(row.difference), half=half,
    )  # fmt: skip


def _sentence(comparison: Comparison, design: str, words: Words) -> str:
    """The first paragraph, from the numbers: what clearly differs and what does not."""
    items: dict[str, list[str]] = {"clearly_better": [], "clearly_worse": [], "clearly_other": [], "not_clear": []}
    kinds = {"better": "clearly_better", "worse": "clearly_worse", "higher": "clearly_other", "lower": "clearly_other"}
    for indicator in IN_SHORT:
        before, after = _pair(comparison, (indicator, "all", "all"), design)
        if before is None or after is None or after.verdict == "unknown":
            continue
        scale: Scale = scale_for((before.mean, after.mean), before.unit)
        values = {"before": scale.text(before.mean), "after": scale.with_unit(after.mean, words)}
        text = words("report.change", indicator=indicator_name(indicator, words), **values)
        items[kinds.get(after.verdict, "not_clear")].append(text)
    clauses = [
        words(f"report.{kind}", items=words("report.separator").join(texts)) for kind, texts in items.items() if texts
    ]
    if not clauses:
        return words("report.precision_none")
    manifest = comparison.manifest
    names = {"baseline": comparison.designs[0], "design": design}
    start = words("report.against", **{key: design_name(name, manifest, words) for key, name in names.items()})
    space = " " if words.language == "en" else ""
    return start + space + words("report.clause").join(clauses) + words("report.stop")


def _picture(picture: Picture, comparison: Comparison, words: Words) -> dict[str, Any]:
    baseline = design_name(comparison.designs[0], comparison.manifest, words)
    values = {"baseline": baseline, "level": percent(comparison.manifest["level"])}
    note = words.texts[f"report.{picture.name}_note"].format(**values)
    if picture.name == "backlog" and comparison.manifest.get("warm_up"):
        note += " " + words("report.warm_up", weeks=comparison.manifest["warm_up"])
    return {"title": words(f"report.{picture.name}"), "svg": Markup(picture.svg), "note": note}


def _precision(comparison: Comparison, words: Words) -> str:
    """How many replications there are, and what the common luck is worth."""
    rows = [row for name in HEADLINE for row in comparison.select(name)[1:]]
    removed = [100 * row.variance_removed for row in rows if isfinite(row.variance_removed) and row.difference]
    if not removed:
        return words("report.precision_none")
    return words(
        "report.precision_text",
        replications=len(comparison.manifest["finished"]),
        **{
            name: f"{number:.0f}".replace("-", MINUS)
            for name, number in (("removed", median(removed)), ("least", min(removed)), ("most", max(removed)))
        },
    )


def _single(comparison: Comparison, words: Words) -> Iterator[tuple[str, str]]:
    """Indicator and mean, for a run with one design only."""
    for name in HEADLINE:
        for row in comparison.select(name):
            scale = scale_for((row.mean,), row.unit)
            label = words("table.with_unit", name=indicator_name(name, words), unit=scale.unit_text(words))
            yield label, scale.interval(row.mean, row.low, row.high)


def _overview(comparison: Comparison, words: Words) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """For three designs and more: indicator, and for each design its mean, verdict and the verdict in words."""
    for name in HEADLINE:
        rows = comparison.select(name)
        scale = scale_for((row.mean for row in rows), rows[0].unit)
        label = words("table.with_unit", name=indicator_name(name, words), unit=scale.unit_text(words))
        first = scale.text(rows[0].mean)
        verdicts = ["no_relevant_difference" if scale.text(row.mean) == first else row.verdict for row in rows]
        cells = zip(rows, verdicts, strict=True)
        yield label, [(scale.text(row.mean), verdict, words(f"verdict.{verdict}")) for row, verdict in cells]


def _missing(manifest: dict[str, Any]) -> str:
    missing = sorted(set(manifest["replications"]) - set(manifest["finished"]))
    return ", ".join(map(str, missing[:20])) + (" …" if len(missing) > 20 else "")
