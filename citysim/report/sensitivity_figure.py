"""The picture of an analysis over ranges: what becomes of each answer, and which assumptions move it."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from citysim.experiment.sensitivity import Answer, Sensitivity
from citysim.report.answer import measure_name
from citysim.report.answer_figure import svg_text
from citysim.report.figures import style
from citysim.statistics.sensitivity import MorrisEffects
from citysim.words import Words

BETTER, UNCLEAR, WORSE = "#1b7a4b", "#c3c8d0", "#b3261e"
ROW, COLUMN = 0.30, 0.27
"""Inches of an answer and of an assumption."""


def draw_flips(found: Sensitivity, words: Words) -> str:
    """Left, at what share of the points a design is better or worse than the first; right, what moves that."""
    strength = np.array([_correlations(found, answer) for answer in found.answers])
    label = words("sensitivity.moves")
    return _drawn(found, words, strength, TwoSlopeNorm(0.0, -1.0, 1.0), "RdBu", label, bars=True)


def draw_effects(found: Sensitivity, words: Words) -> str:
    """Of each answer the share that each assumption has in all effects (Morris), or its total index (Sobol')."""
    strength = np.array([_shares(answer, len(found.factors)) for answer in found.answers])
    label = words("sensitivity.share_of_effects")
    return _drawn(found, words, strength, None, "Blues", label, bars=False)


def _drawn(
    found: Sensitivity, words: Words, strength: np.ndarray, norm: Any, colours: str, label: str, *, bars: bool
) -> str:
    names = [f"{answer.design.replace('_', ' ')}: {measure_name(answer.measure, words)}" for answer in found.answers]
    height, wide = ROW * len(names) + 2.4, COLUMN * len(found.factors)
    with style(words):
        figure = Figure(figsize=(3.4 + 2.6 * bars + wide + 1.2, height))
        if bars:
            left, right = figure.subplots(1, 2, sharey=True, width_ratios=[2.6, wide])
            _bars(left, found, words)
        else:
            right = left = figure.add_subplot()
        shown = right.imshow(strength, aspect="auto", cmap=colours, norm=norm, vmin=None if norm else 0.0)
        right.set_xticks(range(len(found.factors)), found.factors, rotation=90, fontsize=8)
        right.tick_params(length=0)
        right.spines[:].set_visible(False)
        left.set_yticks(range(len(names)), names, fontsize=8)
        left.set_ylim(len(names) - 0.5, -0.5)
        figure.colorbar(shown, ax=right, label=label, shrink=0.8)
        return svg_text(figure)


def _bars(axes: Axes, found: Sensitivity, words: Words) -> None:
    at = np.arange(len(found.answers))
    start = np.zeros(len(at))
    for key, colour, field in (
        ("better", BETTER, "better"), ("unsure", UNCLEAR, "cannot_tell"), ("worse", WORSE, "worse"),
    ):  # fmt: skip
        share = np.array([getattr(answer.flips, field) for answer in found.answers])
        axes.barh(at, share, left=start, height=0.7, color=colour, label=words(f"sensitivity.{key}"))
        start = start + share
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1], ["0", "50%", "100%"])
    axes.set_xlabel(words("sensitivity.share_of_points"), fontsize=8.5)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, frameon=False, fontsize=8, handlelength=1.0)


def _correlations(found: Sensitivity, answer: Answer) -> np.ndarray:
    """Rank correlation of each assumption with how much better the design does; 0 where chance alone may make it.

    Chance: |r| below 2.58 / √(points - 1), the 1 % point of no correlation.
    """
    from scipy.stats import rankdata

    less = -1.0 if answer.less_is_better else 1.0
    outcome = rankdata(less * answer.differences.mean(axis=1))
    if not np.ptp(outcome):
        return np.zeros(found.points.shape[1])
    ranks = np.apply_along_axis(rankdata, 0, found.points)
    r = np.array([np.corrcoef(column, outcome)[0, 1] if np.ptp(column) else 0.0 for column in ranks.T])
    return np.where(np.abs(r) < 2.58 / np.sqrt(len(outcome) - 1), 0.0, r)


def _shares(answer: Answer, factors: int) -> np.ndarray:
    if not answer.effects:  # the difference never varies
        return np.zeros(factors)
    sizes = np.array(
        [e.mu_star.mean if isinstance(e, MorrisEffects) else e.total.mean for e in answer.effects], dtype=np.float64
    )
    sizes = np.clip(np.nan_to_num(sizes), 0.0, None)
    morris = isinstance(answer.effects[0], MorrisEffects)
    return sizes / max(sizes.sum(), 1e-300) if morris else sizes
