"""May a run be given these further rows, and forget others? What the pieces of an intake share (law, section 8)."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError
from citysim.intake import Intake
from citysim.units import IntArray

SAME = ("key", "horizon", "kinds", "places", "working_week")
UNREAD = frozenset({"damage", "damage_rules"})
"""Fields of types that no engine reads."""


def check_more(first: Intake, more: Intake, *, given: int, last: int, until: int) -> None:
    """Refuse rows that cannot follow in a run.

    Args:
        first: what the run began with. given: number of rows that it was given so far.
        last: when the last of them is reported; until: where the run has come. Seconds.

    Raises:
        DataError: names what differs.
    """
    what = "intake: these rows cannot follow in this run"
    if more.first_row != given:
        raise DataError(f"{what}: first_row is {more.first_row}, but it was given {given} rows so far")
    for name in SAME:
        if found := _difference(getattr(first, name), getattr(more, name)):
            raise DataError(f"{what}: {name} differs: {found}")
    for name, one, other in (
        ("settings", _shapes(first.settings), _shapes(more.settings)),
        ("columns", sorted(first.columns), sorted(more.columns)),
    ):
        if one != other:
            raise DataError(f"{what}: {name} differ: {one} against {other}")
    if len(more) and int(more.reported[0]) < max(until, last):
        where = f"it has come to {until} s and its last row is reported at {last} s"
        raise DataError(f"{what}: row {given} is reported at {int(more.reported[0])} s, but {where}")
    if len(more.signals) and int(more.signals.at[0]) < until:
        raise DataError(f"{what}: signals begin at {int(more.signals.at[0])} s, but it has come to {until} s")


def check_needed(needed: npt.ArrayLike, held: IntArray) -> IntArray:
    """The numbers of rows that a run must not forget, as an array.

    Args:
        held: numbers of the rows that the run holds, rising.

    Raises:
        DataError: they are no rising whole numbers, or a row is not held.
    """
    rows = np.asarray(needed)
    rows = rows.astype(np.int64) if not rows.size else rows
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or (np.diff(rows) <= 0).any():
        raise DataError("retire: needed must be a list of row numbers, rising, each once")
    unknown = rows[~np.isin(rows, held)]
    if len(unknown):
        raise DataError(f"retire: row {int(unknown[0])} is needed, but the run was not given it or has forgotten it")
    return rows.astype(np.int64)


def _shapes(settings: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: np.shape(settings[name]) for name in sorted(settings)}


def _difference(one: Any, other: Any) -> str:
    """Where two values differ, in words; empty if they do not."""
    if is_dataclass(one) and type(one) is type(other):
        parts = [field.name for field in fields(one) if field.name not in UNREAD]
        found = ((name, _difference(getattr(one, name), getattr(other, name))) for name in parts)
        return next((f"{name}: {inside}" for name, inside in found if inside), "")
    if isinstance(one, Mapping) and isinstance(other, Mapping) and sorted(one) == sorted(other):
        found = ((name, _difference(one[name], other[name])) for name in one)
        return next((f"{name}: {inside}" for name, inside in found if inside), "")
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return "" if np.array_equal(one, other) else f"{one!r} against {other!r}"
    return "" if one == other else f"{one!r} against {other!r}"
