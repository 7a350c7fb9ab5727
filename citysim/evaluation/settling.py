"""How long the empty start of a run shows: MSER-5 on the open cases over time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysim.evaluation.parquet import Columns
from citysim.statistics.steady import mser5

DAY_HOURS = 24.0


@dataclass(frozen=True)
class Settled:
    """Until when the start shows in the open cases of a design.

    Args:
        days: after which it no longer does. reliable: whether the run is long enough to tell; if not, days say nothing.
    """

    days: float
    reliable: bool


def settled(hours: npt.ArrayLike, open_cases: npt.ArrayLike) -> Settled:
    """By MSER-5 on the mean over the worlds, which shows the start with less noise than any of them.

    Args:
        hours: since the start, at equal steps but for the last. open_cases: shape (worlds, hours).

    Raises:
        DataError: a value is missing.
    """
    times = np.asarray(hours, dtype=np.float64)[:-1]
    found = mser5(np.asarray(open_cases, dtype=np.float64)[:, :-1].mean(axis=0))
    return Settled(float(times[min(found.cut, len(times) - 1)]) / DAY_HOURS, found.reliable)


def settled_designs(series: Columns, designs: Sequence[str]) -> dict[str, Settled]:
    """When each design had settled, a warm-up included; a design of which no world is finished is left out."""
    found = {design: open_cases(series, design) for design in designs}
    return {design: settled(hours, cases) for design, (hours, cases) in found.items() if len(cases)}


def open_cases(series: Columns, design: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Hours since the start (of the warm-up, if there was one), and open cases then: one row for each replication."""
    chosen = (series["design"] == design) & (series["series"] == "backlog")
    if not chosen.any():
        return np.empty(0), np.empty((0, 0))
    hours = np.unique(series["position"][chosen].astype(float))
    return hours, series["value"][chosen].astype(float).reshape(-1, len(hours))


def as_data(found: dict[str, Settled]) -> dict[str, dict[str, float | bool | None]]:
    """For a manifest: no days where nobody can tell them."""
    return {name: {"days": one.days if one.reliable else None, "reliable": one.reliable} for name, one in found.items()}
