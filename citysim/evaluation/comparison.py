"""What an evaluation found: every score of every replication, and how the designs compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from citysim.evaluation import tables
from citysim.evaluation.compare import RELEVANT, Key, Row, Values, by_key, rows_of
from citysim.evaluation.folder import read_folder
from citysim.evaluation.parquet import Columns
from citysim.evaluation.settling import Settled, settled_designs
from citysim.log import to_frame


@dataclass(frozen=True, eq=False)
class Comparison:
    """Paired results of several designs on the same worlds; the first design is the one the others are compared with.

    Args:
        manifest: what the run was (JSON data, see `manifest.describe`).
        scores: one row for each design, replication, indicator and group. series: points of pictures.
    """

    manifest: dict[str, Any]
    scores: Columns
    series: Columns

    def __repr__(self) -> str:
        done, asked = len(self.manifest["finished"]), len(self.manifest["replications"])
        scenario = self.manifest["scenario"]["name"]
        return f"<Comparison of {', '.join(self.designs)} on {scenario}: {done} of {asked} replications>"

    @property
    def designs(self) -> tuple[str, ...]:
        """Names of the designs, the one compared with first."""
        return tuple(design["name"] for design in self.manifest["designs"])

    @property
    def complete(self) -> bool:
        """Whether every replication that was asked for is in it."""
        return bool(self.manifest["complete"])

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Replications that failed, each with error, traceback and the command that replays it."""
        return list(self.manifest["failures"])

    @cached_property
    def settled(self) -> dict[str, Settled]:
        """When the empty start no longer showed in the open cases of each design; see `settling`."""
        return settled_designs(self.series, self.designs)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """One row for each indicator, group and design, with its paired difference from the first design."""
        return tuple(row for key in self._values for row in self.select(*key))

    def select(self, indicator: str, stratum: str = "all", group: str = "all") -> tuple[Row, ...]:
        """The rows of one indicator and group, one for each design, the one compared with first."""
        key = (indicator, stratum, group)
        if key not in self._selected and key in self._values:  # a page shows few of thousands, and each takes its time
            level, relevant = self.manifest["level"], self.manifest.get("relevant", RELEVANT)
            self._selected[key] = tuple(rows_of(key, self._values[key], self.designs, level, relevant))
        return self._selected.get(key, ())

    @cached_property
    def _values(self) -> dict[Key, dict[str, Values]]:
        return by_key(self.scores)

    @cached_property
    def _selected(self) -> dict[Key, tuple[Row, ...]]:
        return {}

    def table(self, frame: Literal["pandas", "polars"] = "pandas") -> Any:
        """The rows as a pandas or polars table."""
        names = list(Row.__dataclass_fields__)
        return to_frame({name: _column([getattr(row, name) for row in self.rows]) for name in names}, frame)

    def pooled(self, frame: Literal["pandas", "polars"] = "pandas") -> Any:
        """Means over all cases of all worlds together, with jackknife intervals, by stratum, group and design."""
        rows = tables.pooled(self.scores, self.designs, self.manifest["level"])
        names = ("indicator", "stratum", "group", "design", "cases", "worlds", "of_worlds")
        columns = {name: _column([getattr(row, name) for row in rows]) for name in names}
        ends = {name: np.array([getattr(row.interval, name) for row in rows]) for name in ("mean", "low", "high")}
        return to_frame({**columns, **ends}, frame)

    def quantiles(
        self,
        shares: Sequence[float] = tables.SHARES,
        stratum: str = "all",
        frame: Literal["pandas", "polars"] = "pandas",
    ) -> Any:
        """Quantiles over worlds of every indicator of a stratum, with order-statistic intervals, by design.

        Raises:
            DataError: a share is not within (0, 1).
        """
        rows = tables.quantiles(self.scores, self.designs, self.manifest["level"], shares, stratum)
        names = ("indicator", "stratum", "group", "design", "share")
        columns = {name: _column([getattr(row, name) for row in rows]) for name in names}
        ends = {name: np.array([getattr(row.interval, name) for row in rows]) for name in ("n", "value", "low", "high")}
        return to_frame({**columns, **ends}, frame)

    def replications(self, frame: Literal["pandas", "polars"] = "pandas") -> Any:
        """Every score of every replication, as in replications.parquet."""
        return to_frame(self.scores, frame)


def load_comparison(folder: str) -> Comparison:
    """A comparison from the folder that `evaluate` wrote, also one that was interrupted."""
    return Comparison(*read_folder(folder))


def _column(values: list[Any]) -> Any:
    is_text = any(isinstance(value, str) for value in values)
    return np.array(values, dtype=object) if is_text else np.array(values)
