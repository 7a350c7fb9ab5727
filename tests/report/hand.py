"""A comparison with numbers made by hand, under the manifest of a real run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from citysim.evaluation.comparison import Comparison

Values = Mapping[tuple[str, str, str, str], list[float]]
"""Indicator, stratum, group and design: its value in world 0, 1, …"""


def with_scores(comparison: Comparison, values: Values, **manifest: Any) -> Comparison:
    """The same designs with other scores."""
    rows = [(*key, world, value, 1) for key, of in values.items() for world, value in enumerate(of)]
    names = ("indicator", "stratum", "group", "design", "replication", "value", "n")
    columns = {name: np.array([row[k] for row in rows], dtype=object) for k, name in enumerate(names)}
    columns |= {"value": columns["value"].astype(float), "n": columns["n"].astype(int)}
    return replace(comparison, scores=columns, manifest={**comparison.manifest, **manifest})


def with_open_cases(comparison: Comparison, of: Mapping[str, list[list[float]]], **manifest: Any) -> Comparison:
    """The same designs with other open cases: for each design and world, at 0, 6, 12 … hours."""
    rows = [
        (design, "backlog", world, 6.0 * k, float(value))
        for design, worlds in of.items()
        for world, line in enumerate(worlds)
        for k, value in enumerate(line)
    ]
    names = ("design", "series", "replication", "position", "value")
    columns = {name: np.array([row[k] for row in rows], dtype=object) for k, name in enumerate(names)}
    return replace(comparison, series=columns, manifest={**comparison.manifest, **manifest})
