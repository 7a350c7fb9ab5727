"""The pictures of a report as SVG text: same numbers, same bytes; letters are drawn as paths, so no font is needed."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from citysim.evaluation.comparison import Comparison, Row
from citysim.evaluation.settling import open_cases
from citysim.judging.scorecard import HEADLINE
from citysim.report.fonts import chinese_font
from citysim.report.names import design_name, group_name, indicator_name
from citysim.words import Words

DESIGN_COLOURS = ("#5f6670", "#0b6fa4", "#b3541e", "#6a4c93", "#8a6d00", "#9c2f6f")
VERDICT_COLOURS = {"better": "#1b7a4b", "worse": "#b3261e"}
UNCLEAR = "#6b7280"
MARKERS = ("o", "s", "^", "D", "v", "P")
WIDTH = 8.6
RELATIVE_LIMIT = 150.0
"""Differences beyond this many percent of the baseline are shown as an arrow at the edge of the picture."""
BREAKDOWN = (
    *(("severity", group) for group in ("I", "II", "III", "IV")),
    *(("joint", group) for group in ("single", "joint")),
)


@dataclass(frozen=True)
class Picture:
    """One figure: its drawing, and what it says for those who cannot see it."""

    name: str
    svg: str
    alternative: str


@contextmanager
def style(words: Words) -> Iterator[None]:
    families = ["DejaVu Sans"]
    path = chinese_font()
    if words.language == "zh" and path is not None:
        font_manager.fontManager.addfont(str(path))
        families.insert(0, font_manager.FontProperties(fname=str(path)).get_name())
    settings: Any = {
        "font.family": families,
        "font.size": 10,
        "svg.fonttype": "path",
        "svg.hashsalt": "citysim",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#6b7280",
        "axes.labelcolor": "#1f2933",
        "xtick.color": "#1f2933",
        "ytick.color": "#1f2933",
        "grid.color": "#e3e6ea",
        "figure.constrained_layout.use": True,
    }
    with matplotlib.rc_context(settings):
        yield


def draw_all(comparison: Comparison, words: Words) -> list[Picture]:
    """Every picture for which there are numbers, with labels in one language."""
    with style(words):
        drawn = (
            ("forest", _forest(comparison, words)),
            ("safe", _safe(comparison, words)),
            ("backlog", _backlog(comparison, words)),
            ("breakdown", _breakdown(comparison, words)),
        )
        return [
            Picture(name, to_svg(figure, f"{words.language}-{name}"), words(f"report.{name}"))
            for name, figure in drawn
            if figure is not None
        ]


def to_svg(figure: Figure, prefix: str) -> str:
    """SVG to be set into a page: no prolog, no metadata, and identifiers that no other figure of the page has."""
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{prefix}-", text)
    return re.sub(
        r'^<svg ([^>]*?)width="[^"]*"', r'<svg \1width="100%"', re.sub(r' height="[\d.]+pt"', "", text, count=1)
    )


def _forest(comparison: Comparison, words: Words) -> Figure | None:
    """Paired difference of each headline indicator as a percentage of the baseline."""
    lines = [rows for rows in map(comparison.select, HEADLINE) if rows and rows[0].mean]
    others = comparison.designs[1:]
    if not others or not lines:
        return None
    figure = Figure(figsize=(WIDTH, 1.0 + (0.24 + 0.12 * len(others)) * len(lines)))
    axes = figure.add_subplot()
    axes.axvline(0, color="#1f2933", linewidth=1)
    for y, rows in enumerate(lines):
        for k, row in enumerate(rows[1:]):
            _difference_mark(axes, row, abs(rows[0].mean), y + _offsets(len(others))[k], MARKERS[k % len(MARKERS)])
    if len(others) > 1:
        for k in range(len(others)):
            marker = MARKERS[k % len(MARKERS)]
            axes.plot([], [], marker, color=UNCLEAR, label=_design(comparison, k + 1, words))
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9)
    axes.set_yticks(range(len(lines)), [indicator_name(rows[0].indicator, words) for rows in lines])
    axes.set_ylim(len(lines) - 0.4, -0.6)
    low, high = axes.get_xlim()
    axes.set_xlim(max(low, -1.05 * RELATIVE_LIMIT), min(high, 1.05 * RELATIVE_LIMIT))
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+.0f}%" if value else "0"))
    axes.set_xlabel(words("report.forest_axis", baseline=_design(comparison, 0, words)))
    return figure


def _difference_mark(axes: Axes, row: Row, unit: float, y: float, marker: str) -> None:
    middle, low, high = (100 * value / unit for value in (row.difference, row.difference_low, row.difference_high))
    if not isfinite(middle):
        return
    colour = VERDICT_COLOURS.get(row.verdict, UNCLEAR)
    clear = row.verdict not in ("no_relevant_difference", "cannot_tell_yet", "unknown")
    if abs(middle) > RELATIVE_LIMIT:
        edge = np.sign(middle) * RELATIVE_LIMIT
        axes.annotate(
            f"{middle:+.0f}%", (edge, y), (0.88 * edge, y), color=colour, va="center",
            ha="right" if edge > 0 else "left", arrowprops={"arrowstyle": "->", "color": colour}, fontsize=9,
        )  # fmt: skip
        axes.plot([edge], [y], alpha=0)
        return
    if isfinite(low):
        axes.plot([low, high], [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
    face = colour if clear else "white"
    axes.plot([middle], [y], marker=marker, markersize=6.5, color=colour, markerfacecolor=face)


def _safe(comparison: Comparison, words: Words) -> Figure | None:
    """Share of incidents made safe within so many hours, for all and for the serious ones."""
    figure = Figure(figsize=(WIDTH, 3.4))
    panels = figure.subplots(1, 2, sharey=True)
    for axes, severities in zip(panels, (("I", "II", "III", "IV"), ("I", "II", "III")), strict=True):
        for k, design in enumerate(comparison.designs):
            edges, shares = safe_curve(comparison, design, severities)
            if len(edges) == 0:
                return None
            axes.plot(
                edges, 100 * shares, color=DESIGN_COLOURS[k % 6], linewidth=2, label=_design(comparison, k, words)
            )
        axes.set_xscale("log")
        axes.set_xlim(0.1, max(10.0, comparison.manifest["weeks"] * 168))
        axes.set_ylim(0, 102)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}%"))
        axes.grid()
        names = [group_name("severity", s, comparison.manifest, words) for s in severities]
        axes.set_title(f"{names[0]} – {names[-1]}", fontsize=10, loc="left")
        axes.set_xlabel(words("report.safe_axis"))
    panels[0].set_ylabel(words("report.safe_share"))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=3, frameon=False, fontsize=9)
    return figure


def safe_curve(
    comparison: Comparison, design: str, severities: Sequence[str]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Hours, and the share of the incidents of these severities that were safe by then, over all replications."""
    series = comparison.series
    chosen = (series["design"] == design) & np.isin(series["group"].astype(str), list(severities))
    made = chosen & (series["series"] == "made_safe")
    lower, inverse = np.unique(series["position"][made].astype(float), return_inverse=True)
    counts = np.bincount(inverse, series["value"][made].astype(float), minlength=len(lower))
    missing = float(series["value"][chosen & (series["series"] == "not_safe")].astype(float).sum())
    total = counts.sum() + missing
    if total == 0:
        return np.empty(0), np.empty(0)
    # a bin is complete at its upper edge, which is the lower edge of the next
    return lower[1:], np.cumsum(counts)[:-1] / total


def _backlog(comparison: Comparison, words: Words) -> Figure | None:
    """Open cases over time: mean and the middle 80 % of the replications."""
    figure = Figure(figsize=(WIDTH, 3.2))
    axes = figure.add_subplot()
    for k, design in enumerate(comparison.designs):
        hours, values = open_cases(comparison.series, design)
        if len(values) == 0:
            return None
        low, high = np.quantile(values, [0.1, 0.9], axis=0)
        colour = DESIGN_COLOURS[k % 6]
        axes.fill_between(hours / 168, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(hours / 168, values.mean(axis=0), color=colour, linewidth=1.8, label=_design(comparison, k, words))
    warm_up = comparison.manifest.get("warm_up", 0)
    if warm_up:
        axes.axvspan(0, warm_up, color=UNCLEAR, alpha=0.12, linewidth=0)
    axes.set_xlim(0, warm_up + comparison.manifest["weeks"])
    axes.set_ylim(bottom=0)
    axes.grid()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel(words("report.backlog_axis"))
    axes.set_ylabel(words("report.backlog_cases"))
    figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9)
    return figure


def _breakdown(comparison: Comparison, words: Words) -> Figure | None:
    """Hours from onset to safe for each severity, and for cases of one or several departments."""
    found = [(s, g, comparison.select("onset_to_safe_so_far_mean", s, g)) for s, g in BREAKDOWN]
    lines = [(s, g, rows) for s, g, rows in found if rows and any(row.mean > 0 for row in rows)]
    if not lines:
        return None
    figure = Figure(figsize=(WIDTH, 1.3 + 0.5 * len(lines)))
    axes = figure.add_subplot()
    offsets = [0.5 * offset for offset in _offsets(len(comparison.designs))]
    left = 0.8 * min(value for _, _, rows in lines for row in rows for value in (row.low, row.mean) if value > 0)
    for y, (_, _, rows) in enumerate(lines):
        for k, row in enumerate(rows):
            label = _design(comparison, k, words) if y == 0 else None
            _mean_mark(axes, row, y + offsets[k], DESIGN_COLOURS[k % 6], label, left)
    axes.set_xscale("log")
    axes.set_xlim(left=left)
    axes.set_yticks(
        range(len(lines)),
        [f"{words(f'stratum.{s}')}: {group_name(s, g, comparison.manifest, words)}" for s, g, _ in lines],
    )
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.set_xlabel(words("report.breakdown_axis"))
    figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9)
    return figure


def _mean_mark(axes: Axes, row: Row, y: float, colour: str, label: str | None, left: float) -> None:
    """A mean with its interval; one that reaches zero, which a log scale does not have, goes to the left edge."""
    has_interval = isfinite(row.low)
    if has_interval:
        axes.plot([max(row.low, left), row.high], [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
    face = colour if has_interval else "white"
    axes.plot([row.mean], [y], "o", markersize=6.5, color=colour, markerfacecolor=face, label=label)


def _offsets(count: int) -> list[float]:
    """Where to put the marks of several designs on one line, around its middle."""
    return [0.7 * ((k + 0.5) / count - 0.5) for k in range(count)]


def _design(comparison: Comparison, position: int, words: Words) -> Any:
    return design_name(comparison.designs[position], comparison.manifest, words)
