"""The picture of an experiment: what its indicators do along the factor that has most to say."""

import io
import re
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from citysim.experiment.run import Found
from citysim.experiment.spec import Measure
from citysim.judging.scorecard import BY_ID
from citysim.report.figures import DESIGN_COLOURS, MARKERS, style
from citysim.report.names import indicator_name
from citysim.report.numbers import scale_for
from citysim.statistics.intervals import Interval, t_interval
from citysim.words import Words

MOST_PANELS, MOST_LINES = 4, 6


def draw_answer(found: Found, words: Words) -> str:
    """One panel for each indicator shown, as SVG text; the same findings draw the same bytes."""
    measures = found.experiment.shown[:MOST_PANELS]
    levels = _levels(found)
    along = _along(found, levels)
    beside = _beside(levels, along)
    columns = min(len(measures), 2)
    with style(words):
        figure = Figure(figsize=(4.4 * columns, 3.4 * -(-len(measures) // columns) + 0.5))
        for k, measure in enumerate(measures):
            axes = figure.add_subplot(-(-len(measures) // columns), columns, k + 1)
            _panel(axes, found, measure, along, beside, words)
        handles, names = figure.axes[0].get_legend_handles_labels()
        if len(names) > 1:
            figure.legend(handles, names, loc="outside lower center", ncols=min(len(names), 3), frameon=False)
        return svg_text(figure)


def _levels(found: Found) -> dict[str, list[str]]:
    names = ("design", *(factor.name for factor in found.experiment.factors))
    return {name: list(dict.fromkeys(arm.levels[name] for arm in found.arms)) for name in names}


def _along(found: Found, levels: dict[str, list[str]]) -> str:
    """The factor along which lines are drawn: of those with numbers the one with most levels, else of all."""
    numbers = [factor.name for factor in found.experiment.factors if factor.values or not factor.levels]
    return max(numbers or levels, key=lambda name: len(levels[name]))


def _beside(levels: dict[str, list[str]], along: str) -> list[dict[str, str]]:
    """One line for each combination of the other factors, as many factors as fit; over the rest the lines are means."""
    chosen: list[str] = []
    count = 1
    for name in sorted((n for n in levels if n != along and len(levels[n]) > 1), key=lambda n: n != "design"):
        if count * len(levels[name]) <= MOST_LINES:
            chosen.append(name)
            count *= len(levels[name])
    return [dict(zip(chosen, combination, strict=True)) for combination in product(*(levels[n] for n in chosen))]


def _panel(axes: Axes, found: Found, measure: Measure, along: str, beside: list[dict[str, str]], words: Words) -> None:
    places = _places(found, along)
    lines = [[_mean(found, measure, {**of, along: level}) for level in places] for of in beside]
    scale = scale_for([i.mean for line in lines for i in line], BY_ID[measure.indicator].unit)
    spread = 0.0 if _numeric(found, along) else 0.08
    for n, (of, line) in enumerate(zip(beside, lines, strict=True)):
        middle = np.array([i.mean for i in line]) * scale.factor
        low, high = (np.array([getattr(i, end) for i in line]) * scale.factor for end in ("low", "high"))
        at = np.array(list(places.values())) + spread * (n - (len(lines) - 1) / 2)
        label = ", ".join(level if name == "design" else f"{name} {level}" for name, level in of.items())
        axes.errorbar(
            at, middle, yerr=[middle - low, high - middle], label=label, capsize=3, linewidth=1.3,
            color=DESIGN_COLOURS[n % len(DESIGN_COLOURS)], marker=MARKERS[n % len(MARKERS)], markersize=5,
            linestyle="-" if _numeric(found, along) else "none",
        )  # fmt: skip
    name = indicator_name(measure.indicator, words)
    group = "" if measure.group == "all" else f" ({words.name('group', measure.group)})"
    axes.set_title(words("table.with_unit", name=name + group, unit=scale.unit_text(words)), fontsize=9.5, wrap=True)
    axes.set_xlabel(words("answer.design") if along == "design" else along)
    _ticks(axes, found, along, places)
    axes.grid(axis="y")


def _ticks(axes: Any, found: Found, along: str, places: dict[str, float]) -> None:
    if not _numeric(found, along):
        axes.set_xticks(list(places.values()), [_folded(level) for level in places], fontsize=8.5)
        axes.set_xlim(-0.5, len(places) - 0.5)
    elif len(places) <= 8:
        at = list(places.values())
        if min(at) > 0 and max(at) / min(at) >= 8:
            axes.set_xscale("log")
            axes.minorticks_off()
        axes.set_xticks(at, list(places))


def _numeric(found: Found, along: str) -> bool:
    return any(f.name == along and (f.values or not f.levels) for f in found.experiment.factors)


def _places(found: Found, along: str) -> dict[str, float]:
    """Where each level stands: at its number, or in a row."""
    if _numeric(found, along):
        return dict(sorted(((arm.levels[along], arm.values[along]) for arm in found.arms), key=lambda pair: pair[1]))
    return {level: float(k) for k, level in enumerate(_levels(found)[along])}


def _mean(found: Found, measure: Measure, of: dict[str, str]) -> Interval:
    chosen = [k for k, arm in enumerate(found.arms) if arm.matches(of)]
    return t_interval(found.values[measure][chosen].mean(axis=0), found.experiment.level)


def _folded(text: str, width: int = 14) -> str:
    """A long label over several lines."""
    lines = [""]
    for word in text.replace("_", " ").split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def svg_text(figure: Figure) -> str:
    """A figure as SVG without prolog and metadata; the same figure gives the same bytes."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return re.sub(r"[ \t]+\n", "\n", text[text.index("<svg") :])
