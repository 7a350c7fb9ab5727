"""What a log says of each case, as columns in hours and yes/no; each is made when it is first asked for, and kept."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.intake import ENQUIRY
from citysim.judging.accidents import expected_accidents
from citysim.judging.clocks import BoolArray, Deadlines, deadlines, hours
from citysim.judging.consequences import Consequences, Exposure, consequences
from citysim.log import CLOSED, MERGED, OPEN, Log, never
from citysim.units import NEVER, IntArray

Array = npt.NDArray[Any]
SERIOUS = 2
"""Severity III or worse, as position in units.GRADES."""


class Columns:
    """All cases of one log, by column: those of the log, and those that are worked out from them (see MADE)."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """A column by name, or an intermediate result of several columns."""
        if name in self.log.case_columns:
            return self.log.case_columns[name]
        if name not in self._made:
            self._made[name] = MADE[name](self)
        return self._made[name]

    def come(self, name: str) -> BoolArray:
        """Whether a milestone was reached."""
        return ~never(self[name])


def _first_of(columns: Columns, milestones: tuple[str, ...]) -> IntArray:
    """First of some milestones and the closing, in seconds; `until` where none has come."""
    until = columns.log.until
    first: IntArray = np.where(columns["closed"], columns["ended"], until)
    for name in milestones:
        first = np.minimum(first, np.where(columns.come(name), columns[name], until))
    return first


def _restored(columns: Columns) -> IntArray:
    """When the damage was mended: marked fixed or closed; a repair that failed verification was none, so then closed.

    `until` where that has not come.
    """
    closed = np.where(columns["closed"], columns["ended"], columns.log.until)
    return np.where(columns["reworks"] > 0, closed, _first_of(columns, ("fixed",)))


def _worst_severity(columns: Columns) -> npt.NDArray[np.int64]:
    """The worst severity that an incident reached, 0 (I) to 3 (IV): that at onset, or one worse if it was upgraded."""
    return np.maximum(columns["severity"].astype(np.int64) - columns["upgraded"], 0)


def _cause_rows(columns: Columns) -> IntArray:
    """Row of the case that each springs from, -1 where nothing caused it or its cause is in no case of the log."""
    case, cause = columns["case"], columns["cause"]
    rows = np.minimum(np.searchsorted(case, cause), max(len(case) - 1, 0)).astype(np.int64)
    found = cause >= 0
    if len(case):
        found &= case[rows] == cause
    return np.where(found, rows, -1)


def _returned(columns: Columns) -> BoolArray:
    """Whether a case is an incident that came back: same type and street as its cause, which was closed before it.

    A child of a cascade or of self-excitation springs from a cause that is not contained yet, so it is none of these.
    """
    rows = columns["cause_rows"]
    known = rows >= 0
    if not known.any():
        return known
    same = (columns["kind"][rows] == columns["kind"]) & (columns["street"][rows] == columns["street"])
    over: BoolArray = columns["closed"][rows] & (columns["ended"][rows] <= columns["occurred"])
    return known & same & over


def _deadlines(columns: Columns, start: str, off_clock: bool = False) -> Deadlines:
    return deadlines(columns.log, columns[start], columns.come(start), columns["off_clock"] if off_clock else None)


def _consequences(columns: Columns) -> Consequences:
    exposure = Exposure(
        kind=columns["kind"],
        severity=columns["worst_severity"],
        unsafe_hours=columns["onset_to_safe_so_far"],
        broken_hours=columns["onset_to_restored_so_far"],
        signals=columns["signals"],
    )
    return consequences(columns.log.kinds, exposure)


def _since(columns: Columns, end: str, start: str) -> Array:
    """Hours between two moments, nan where the later one did not come."""
    return hours(columns[end] - columns[start], columns.come(end))


def _assembling(columns: Columns, chosen: BoolArray) -> Array:
    """Hours from report until assembled, or until the end of the run, for the chosen cases."""
    last_there = np.maximum(columns["assembled"], columns["arrived"])  # the lead may come after its supports
    until = np.where(columns.come("assembled"), last_there, columns.log.until)
    return hours(until - columns["reported"], chosen)


def _joint(columns: Columns, serious: bool, so_far: bool) -> Array:
    chosen = columns["joint"] & columns.come("assembled")
    if so_far:
        chosen |= columns["joint"] & ~columns["closed"]
    return _assembling(columns, chosen & (columns["severity"] <= SERIOUS) if serious else chosen)


def _until_end(columns: Columns, name: str, start: str) -> Array:
    """Hours from `start` to a moment that is `until` where it has not come."""
    return (columns[name] - columns[start]) / 3600.0


def _flags() -> dict[str, Callable[[Columns], Any]]:
    """Columns of yes and no, and small numbers."""
    return {
        "open": lambda c: c["outcome"] == OPEN,
        "closed": lambda c: c["outcome"] == CLOSED,
        "real": lambda c: c["genuine"] == 1,
        "enquiry": lambda c: c["incident"] == ENQUIRY,
        "repeat": lambda c: c["parent"] >= 0,
        "original": lambda c: c["real"] & ~c["repeat"] & (c["outcome"] != MERGED),
        "joint": lambda c: c["n_support"] > 0,
        "emergency": lambda c: c.log.kinds.emergency[c["kind"]] == 1,
        "was_filed": lambda c: c.come("filed"),
        "was_dispatched": lambda c: c.come("dispatched"),
        "was_graded": lambda c: c["grade"] >= 0,
        "handled": lambda c: c["closed"] | c.come("fixed") | (c["reworks"] > 0),
        "supports": lambda c: np.minimum(c["n_support"], (c.log.kinds.supports >= 0).sum(axis=1)[c["kind"]]),
        "worst_severity": _worst_severity,
        "cause_rows": _cause_rows,
        "returned": _returned,
        "bred": lambda c: (c["cause"] >= 0) & ~c["returned"],
    }


def _due() -> dict[str, Callable[[Columns], Any]]:
    """Whether deadlines fell inside the run and were kept, on three clocks."""
    made: dict[str, Callable[[Columns], Any]] = {
        "on_official": partial(_deadlines, start="filed", off_clock=True),
        "on_true": partial(_deadlines, start="reported"),
        "on_onset": partial(_deadlines, start="occurred"),
    }
    for clock in ("official", "true", "onset"):
        made[f"due_{clock}"] = lambda c, clock=clock: c[f"on_{clock}"].due  # type: ignore[misc]
        made[f"met_{clock}"] = lambda c, clock=clock: c[f"on_{clock}"].met  # type: ignore[misc]
    return made


def _hours() -> dict[str, Callable[[Columns], Any]]:
    """Durations in hours, nan where the moment did not come; `so_far` cuts at the end of the run instead."""
    return {
        "safe_or_end": partial(_first_of, milestones=("safe", "fixed")),
        "restored_or_end": _restored,
        "gone_or_end": lambda c: np.where(c["ended"] == NEVER, c.log.until, c["ended"]),
        "closed_or_end": lambda c: np.where(c["closed"], c["ended"], c.log.until),
        "open_time": partial(_until_end, name="gone_or_end", start="reported"),
        "official_time": lambda c: hours(
            np.maximum(c["ended"] - c["filed"] - c["off_clock"], 0), c["closed"] & c["was_filed"]
        ),
        "detection": partial(_until_end, name="reported", start="occurred"),
        "report_to_filing": partial(_since, end="filed", start="reported"),
        "report_to_dispatch": partial(_since, end="dispatched", start="reported"),
        "report_to_arrival": partial(_since, end="arrived", start="reported"),
        "joint_response": partial(_joint, serious=True, so_far=False),
        "joint_response_so_far": partial(_joint, serious=True, so_far=True),
        "joint_response_all": partial(_joint, serious=False, so_far=False),
        "joint_response_all_so_far": partial(_joint, serious=False, so_far=True),
        "report_to_close": lambda c: hours(c["ended"] - c["reported"], c["closed"]),
        "report_to_close_so_far": partial(_until_end, name="closed_or_end", start="reported"),
        "onset_to_close_so_far": partial(_until_end, name="closed_or_end", start="occurred"),
        "onset_to_safe": lambda c: hours(c["safe_or_end"] - c["occurred"], c["safe_or_end"] < c.log.until),
        "onset_to_safe_so_far": partial(_until_end, name="safe_or_end", start="occurred"),
        "onset_to_restored_so_far": partial(_until_end, name="restored_or_end", start="occurred"),
        "on_site_hours": lambda c: hours(
            c["restored_or_end"] - c["arrived"], c.come("arrived") & (c["restored_or_end"] > c["arrived"])
        ),
    }


def _what_it_did() -> dict[str, Callable[[Columns], Any]]:
    """Expected consequences of each case."""
    made: dict[str, Callable[[Columns], Any]] = {
        "consequences": _consequences,
        "accidents": lambda c: expected_accidents(c["consequences"]),
    }
    for name in ("deaths", "injured", "loss", "household_hours", "lane_hours", "person_hours"):
        made[name] = lambda c, name=name: getattr(c["consequences"], name)  # type: ignore[misc]
    return made


MADE: Mapping[str, Callable[[Columns], Any]] = MappingProxyType(_flags() | _due() | _hours() | _what_it_did())
"""How each column that the log does not hold is made."""
