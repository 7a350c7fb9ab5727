"""The parts of a difference as a page: a table, and a picture of each mechanism's share with its interval."""

import io
import re
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from citysim.experiment.explain import Explained
from citysim.judging.scorecard import BY_ID
from citysim.report.answer import measure_name
from citysim.report.figures import style
from citysim.report.numbers import Scale, percent, scale_for
from citysim.statistics.intervals import Interval
from citysim.words import LANGUAGES, Words, load_words

BETTER, WORSE, UNCLEAR = "#1b7a4b", "#b3261e", "#6b7280"


NAMES = {"en": "explained.md", "zh": "explained.zh.md"}


def write_explained(found: Sequence[Explained], folder: Path) -> list[Path]:
    """Leave a page in each language, with a picture for each indicator, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write_page(found, folder, load_words(language)) for language in LANGUAGES]


def _write_page(found: Sequence[Explained], folder: Path, words: Words) -> Path:
    parts = [incomplete_text(found[0], words) + "\n"] if found[0].troubles else []
    for one in found:
        group = "" if one.measure.group == "all" else "-" + "-".join(one.measure.key[1:])
        ending = "svg" if words.language == "en" else f"{words.language}.svg"
        picture = f"{one.measure.indicator}{group}.{ending}"
        (folder / picture).write_text(_drawn(one, words), encoding="utf-8")
        parts.append(f"{explained_text(one, words)}\n\n![{measure_name(one.measure, words)}]({picture})\n")
    parts += [words("explain.remake", command=found[0].command) + "\n"] if found[0].command else []
    page = folder / NAMES[words.language]
    page.write_text("\n".join([*parts, words("answer.caveat"), ""]), encoding="utf-8")
    return page


def incomplete_text(one: Explained, words: Words) -> str:
    """That runs failed, in one sentence."""
    return words("explain.incomplete", count=len(one.troubles), error=one.troubles[0]["error"])


def explained_text(one: Explained, words: Words) -> str:
    """The table of one indicator, as Markdown."""
    scale = _scale(one)
    unit = scale.unit_text(words, difference=True)
    head = [words(f"explain.{name}") for name in ("mechanism", "share", "alone", "last")]
    rows = [
        [words.name("mechanism", name), *(_cell(i, scale) for i in (share.value, share.alone, share.last))]
        for name, share in zip(one.between.mechanisms, one.shares, strict=True)
    ]
    rows.append([f"**{words('explain.whole')}**", _cell(one.whole, scale), "", ""])
    title = words(
        "explain.title",
        indicator=measure_name(one.measure, words),
        unit=unit,
        before=one.between.before.name,
        after=one.between.after.name,
    )
    about = words(
        "explain.about",
        worlds=one.worlds,
        weeks=one.weeks,
        scenario=one.scenario,
        left_out=one.left_out,
        level=percent(one.level),
    )
    lines = ["| " + " | ".join(head) + " |", "|---|---:|---:|---:|", *("| " + " | ".join(row) + " |" for row in rows)]
    return f"## {title}\n\n{about}\n\n" + "\n".join(lines)


def _scale(one: Explained) -> Scale:
    return scale_for([one.whole.mean, *(share.value.mean for share in one.shares)], BY_ID[one.measure.indicator].unit)


def _cell(interval: Interval, scale: Scale) -> str:
    return scale.interval(interval.mean, interval.low, interval.high, signed=True)


def _drawn(one: Explained, words: Words) -> str:
    scale, better = _scale(one), BY_ID[one.measure.indicator].better
    names = [*(words.name("mechanism", name) for name in one.between.mechanisms), words("explain.whole")]
    intervals = [*(share.value for share in one.shares), one.whole]
    with style(words):
        figure = Figure(figsize=(7.2, 0.9 + 0.36 * len(names)))
        axes = figure.add_subplot()
        for y, interval in enumerate(intervals):
            middle, low, high = (scale.factor * value for value in (interval.mean, interval.low, interval.high))
            good = (interval.mean > 0) == (better == "higher")
            colour = UNCLEAR if not interval.excludes_zero or better == "neither" else BETTER if good else WORSE
            axes.barh(y, middle, height=0.6, color=colour, alpha=0.55 if y < len(names) - 1 else 0.9)
            axes.plot([low, high], [y, y], color="#1f2933", linewidth=1.4)
        axes.axvline(0, color="#1f2933", linewidth=1)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.set_xlabel(
            words(
                "table.with_unit", name=measure_name(one.measure, words), unit=scale.unit_text(words, difference=True)
            )
        )
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return re.sub(r"[ \t]+\n", "\n", text[text.index("<svg") :])
