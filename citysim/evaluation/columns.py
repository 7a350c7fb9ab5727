"""What is kept of a replication, as columns: its scores and the pictures of its log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.evaluation.parquet import Columns
from citysim.evaluation.replicate import Judged

SCORE_TYPES = {
    "world": "VARCHAR", "policy": "VARCHAR", "replication": "INTEGER", "row": "INTEGER",
    "indicator": "VARCHAR", "stratum": "VARCHAR", "group": "VARCHAR", "value": "DOUBLE", "n": "BIGINT",
}  # fmt: skip
SERIES_TYPES = {
    "world": "VARCHAR", "policy": "VARCHAR", "replication": "INTEGER", "row": "INTEGER",
    "series": "VARCHAR", "group": "VARCHAR", "position": "DOUBLE", "value": "DOUBLE",
}  # fmt: skip
"""Columns of the tables of a store, with DuckDB's types; `row` is the place within the run, which never changes."""


def score_rows(world: str, policies: Mapping[str, str], judged: Sequence[Judged]) -> Columns:
    """One row for each run, indicator and group.

    Args:
        policies: digest of each design, by name.
    """
    lengths = [len(one.scores) for one in judged]
    return {
        **_identity(world, policies, judged, lengths),
        "indicator": _texts(name for one in judged for name in one.scores.indicator),
        "stratum": _texts(name for one in judged for name in one.scores.stratum),
        "group": _texts(name for one in judged for name in one.scores.group),
        "value": _numbers([one.scores.value for one in judged], np.float64),
        "n": _numbers([one.scores.n for one in judged], np.int64),
    }


def series_rows(world: str, policies: Mapping[str, str], judged: Sequence[Judged]) -> Columns:
    """One row for each run and point of a picture."""
    lengths = [len(one.series.name) for one in judged]
    return {
        **_identity(world, policies, judged, lengths),
        "series": _texts(name for one in judged for name in one.series.name),
        "group": _texts(name for one in judged for name in one.series.group),
        "position": _numbers([one.series.position for one in judged], np.float64),
        "value": _numbers([one.series.value for one in judged], np.float64),
    }


def _identity(world: str, policies: Mapping[str, str], judged: Sequence[Judged], lengths: list[int]) -> Columns:
    return {
        "world": _texts([world] * sum(lengths)),
        "policy": _texts(np.repeat(np.array([policies[one.design] for one in judged], dtype=object), lengths)),
        "replication": np.repeat(np.array([one.replication for one in judged], np.int32), lengths),
        "row": _numbers([np.arange(length) for length in lengths], np.int32),
    }


def _texts(values: Iterable[str]) -> npt.NDArray[Any]:
    return np.array(list(values), dtype=object)


def _numbers(parts: Sequence[npt.NDArray[Any]], dtype: type[np.generic]) -> npt.NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *parts]).astype(dtype)
