"""What the experiments share: values by world, intervals as text, a figure of lines, and an answer that is written.

Every experiment runs as `python -m experiments.NAME` from the project's folder and writes results/NAME.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from citysim.evaluation.comparison import Comparison
from citysim.evaluation.run import evaluate
from citysim.policy.policy import Policy
from citysim.statistics.intervals import Interval, t_interval
from citysim.statistics.pairs import paired_difference
from citysim.world.scenario import Scenario

ROOT = Path(__file__).parents[1]
COLOURS = ("#0b6fa4", "#b3541e", "#1b7a4b", "#6a4c93", "#5f6670", "#8a6d00")
MARKERS = ("o", "s", "^", "D", "v", "P")

FloatArray = npt.NDArray[np.float64]


def run(city: Scenario, arms: Mapping[str, Policy], *, weeks: int, worlds: int) -> Comparison:
    """The arms on the same worlds, on all CPUs; each is called by its name."""
    policies = [policy.with_(name=name) for name, policy in arms.items()]
    return evaluate(city, policies, replications=worlds, weeks=weeks, workers=os.cpu_count())


def values(found: Comparison, arm: str, indicator: str, of: tuple[str, str] = ("all", "all")) -> FloatArray:
    """An indicator of an arm, world by world."""
    rows: Any = found.replications()
    mine = rows[(rows.design == arm) & (rows.indicator == indicator) & (rows.stratum == of[0]) & (rows.group == of[1])]
    return mine.sort_values("replication").value.to_numpy(np.float64)  # type: ignore[no-any-return]


def text(interval: Interval, digits: int = 3) -> str:
    """Mean and 95 % interval."""
    return f"{interval.mean:,.{digits}g} [{interval.low:,.{digits}g}, {interval.high:,.{digits}g}]"


def mean(array: FloatArray) -> Interval:
    """Mean with its interval."""
    return t_interval(array)


def gain(arm: FloatArray, baseline: FloatArray) -> Interval:
    """Arm minus baseline, paired."""
    return paired_difference(arm, baseline)


def verdict(interval: Interval) -> str:
    """What can be said of a difference."""
    if not interval.excludes_zero:
        return "no clear difference"
    return "higher" if interval.mean > 0 else "lower"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


@dataclass(frozen=True)
class Line:
    """A line of a figure: name, positions, and an interval at each."""

    name: str
    at: Sequence[float]
    intervals: Sequence[Interval]


def figure(
    panels: Mapping[str, Sequence[Line]], position: str, *, log: bool = False, ticks: Sequence[float] = ()
) -> Figure:
    """A panel for each quantity, side by side, with 95 % intervals."""
    with matplotlib.rc_context({"svg.hashsalt": "citysim", "font.size": 9, "svg.fonttype": "path"}):
        drawn = Figure(figsize=(4.2 * len(panels), 3.4), layout="constrained")
        for k, (what, lines) in enumerate(panels.items()):
            axes = drawn.add_subplot(1, len(panels), k + 1)
            for n, line in enumerate(lines):
                middle = np.array([i.mean for i in line.intervals])
                error = [middle - [i.low for i in line.intervals], np.array([i.high for i in line.intervals]) - middle]
                axes.errorbar(
                    line.at, middle, yerr=error, label=line.name, color=COLOURS[n], marker=MARKERS[n], capsize=3
                )
            axes.set(xlabel=position, title=what)
            if log:
                axes.set_xscale("log")
            if ticks:
                axes.set_xticks(list(ticks), [f"{x:g}" for x in ticks], minor=False)
                axes.minorticks_off()
            axes.grid(axis="y", color="#e3e6ea")
            axes.spines[["top", "right"]].set_visible(False)
            if len(lines) > 1 and k == 0:
                axes.legend(frameon=False)
    return drawn


def write(name: str, answer: str, drawn: Figure) -> None:
    """Leave answer.md and figure.svg in results/NAME."""
    folder = ROOT / "results" / name
    folder.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": "citysim", "svg.fonttype": "path"}):
        drawn.savefig(folder / "figure.svg", metadata={"Date": None, "Creator": None})
    question = f"[question.md](../../experiments/{name}/question.md)"
    remake = f"Remake it with `python -m experiments.{name}` (question: {question})."
    caveat = (
        "All numbers of the model are assumptions: this compares designs under stated assumptions and says nothing"
        " about how Chongqing fares."
    )
    (folder / "answer.md").write_text(f"{answer}\n\n![figure](figure.svg)\n\n{caveat} {remake}\n", encoding="utf-8")
