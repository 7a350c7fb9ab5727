"""A workflow as a picture: one row for each block in reading order, jumps as brackets on the right."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from citysim.policy.blocks import (
    Always,
    Block,
    Bounce,
    CallIn,
    Close,
    Delay,
    ForEach,
    Leave,
    Route,
    Seize,
    Split,
    Verify,
    WaitForSlot,
    Watch,
)
from citysim.policy.describe import say
from citysim.policy.workflow import Workflow, bodies
from citysim.report.figures import to_svg

LETTER_POINTS = 8.0
LETTER_INCHES = LETTER_POINTS * 0.602 / 72  # DejaVu Sans Mono: every letter is 0.602 em wide, so boxes fit exactly
ROW, BOX, INDENT, LANE, MARGIN = 0.30, 0.22, 0.45, 0.13, 0.15
COLOURS = (
    ((Seize, CallIn, WaitForSlot), "#dbeaf5"),
    ((Delay,), "#f0f1f3"),
    ((Route, Verify, Bounce), "#fbf0d3"),
    ((Split, ForEach, Watch), "#e6ddf0"),
    ((Close, Leave), "#d5d9de"),
)


@dataclass(frozen=True)
class _Row:
    """One block: where it stands and where it may jump to (row numbers)."""

    number: int
    depth: int
    text: str
    block: Block
    goes_on_to: int | None
    jumps_to: int | None

    @property
    def left(self) -> float:
        return MARGIN + INDENT * self.depth

    @property
    def right(self) -> float:
        return self.left + LETTER_INCHES * (len(self.text) + 1.5)

    @property
    def y(self) -> float:
        return -ROW * (self.number + 0.5)


def write_flowchart(workflow: Workflow, path: str | os.PathLike[str], *, outlines: bool = True) -> None:
    """Draw a workflow into an SVG file; the same workflow gives the same bytes.

    Args:
        outlines: letters as outlines, which look the same everywhere; else as text, in a tenth of the bytes.
    """
    text = '<?xml version="1.0" encoding="utf-8"?>\n' + draw_flowchart(workflow, outlines=outlines)
    temporary = Path(path).with_name(Path(path).name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def draw_flowchart(workflow: Workflow, *, outlines: bool = True) -> str:
    """The picture as SVG text; `outlines` as of `write_flowchart`."""
    rows = list(_rows(workflow.blocks, 0, 0))
    lanes = _lanes([(row.number, row.jumps_to) for row in rows if row.jumps_to is not None])
    edge = max(row.right for row in rows) + LANE
    width, height = edge + LANE * (max(lanes.values(), default=0) + 1) + MARGIN, ROW * len(rows)
    letters = "path" if outlines else "none"
    settings: Any = {"svg.fonttype": letters, "svg.hashsalt": "citysim", "font.family": ["DejaVu Sans Mono"]}
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(-height, 0)
        for row in rows:
            _box(axes, row)
            if row.goes_on_to is not None:
                _step(axes, row, rows[row.goes_on_to])
            if row.jumps_to is not None:
                _bracket(axes, row, rows[row.jumps_to], edge + LANE * lanes[row.number, row.jumps_to])
        return to_svg(figure, "workflow")


def _rows(body: tuple[Block, ...], depth: int, first: int) -> Iterator[_Row]:
    """The rows of a body and of the bodies inside it, numbered from `first`."""
    sizes = [1 + sum(_size(inner) for inner in bodies(block)) for block in body]
    starts = [first + sum(sizes[:k]) for k in range(len(body))]
    targets = {block.name: start for block, start in zip(body, starts, strict=True) if block.name}
    for k, block in enumerate(body):
        jump = getattr(block, "otherwise", None) or getattr(block, "to", None)
        ends = isinstance(block, Close | Leave | Bounce) or (
            isinstance(block, Route) and isinstance(block.when, Always)
        )
        after = starts[k + 1] if k + 1 < len(body) and not ends else None
        text = (f"{block.name}: " if block.name else "") + say(block)
        yield _Row(starts[k], depth, text, block, after, targets.get(jump) if jump else None)
        inside = starts[k] + 1
        for inner in bodies(block):
            yield from _rows(inner, depth + 1, inside)
            inside += _size(inner)


def _size(body: tuple[Block, ...]) -> int:
    return len(body) + sum(_size(inner) for block in body for inner in bodies(block))


def _lanes(jumps: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """A lane for each bracket: two in one lane share no row unless they lead to the same one; short ones inside."""
    placed: list[list[tuple[int, int]]] = []
    found: dict[tuple[int, int], int] = {}
    for jump in sorted(jumps, key=lambda j: (abs(j[1] - j[0]), j)):
        low, high = sorted(jump)
        lane = next(
            (
                k
                for k, others in enumerate(placed)
                if all(high < min(o) or low > max(o) or o[1] == jump[1] for o in others)
            ),
            len(placed),
        )
        if lane == len(placed):
            placed.append([])
        placed[lane].append(jump)
        found[jump] = lane
    return found


def _box(axes: Axes, row: _Row) -> None:
    colour = next((colour for kinds, colour in COLOURS if isinstance(row.block, kinds)), "#ffffff")
    size = (row.right - row.left, BOX)
    shape = FancyBboxPatch(
        (row.left, row.y - BOX / 2), *size, "round,pad=0,rounding_size=0.04", facecolor=colour, edgecolor="#6b7280",
        linewidth=0.8,
    )  # fmt: skip
    axes.add_patch(shape)
    x = row.left + 0.75 * LETTER_INCHES
    axes.text(x, row.y, row.text, fontsize=LETTER_POINTS, va="center_baseline", color="#1f2933")


def _step(axes: Axes, row: _Row, after: _Row) -> None:
    x = row.left + 0.12
    start, end = (x, row.y - BOX / 2), (x, after.y + BOX / 2)
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "#6b7280", "shrinkA": 0, "shrinkB": 0})


def _bracket(axes: Axes, row: _Row, target: _Row, x: float) -> None:
    """Out at the lower half of the box, in at the upper half of the target: a row can be both."""
    out, into = row.y - 0.05, target.y + 0.05
    axes.plot([row.right, x, x], [out, out, into], color="#0b6fa4", linewidth=0.9, solid_joinstyle="round")
    arrow = {"arrowstyle": "-|>", "color": "#0b6fa4", "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (target.right, into), (x, into), arrowprops=arrow)
