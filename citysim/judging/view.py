"""The cases of a log as columns in hours and yes/no, so that an indicator is one line of arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError
from citysim.judging.clocks import BoolArray, deadlines, hours
from citysim.judging.summaries import in_order
from citysim.log import CLOSED, MERGED, OPEN, Log, never
from citysim.streams import FloatArray
from citysim.units import NEVER, WEEK

SmallIntArray = npt.NDArray[np.integer[Any]]
NO_RESIDENTS = float("nan")
SERIOUS = 2
"""Severity III or worse, as position in units.GRADES."""


@dataclass(frozen=True)
class View:
    """Some cases of one log, one entry of each array for each case; hours are nan where the moment did not come.

    Two kinds of duration stand side by side. `report_to_close` and its like know only what is finished, and so flatter
    a design that leaves a backlog. The `_so_far` ones count a case that is not finished with its age at the end of the
    run (a lower bound). In paired runs on one world they are means over the same cases, cut at the same age in every
    design; that makes them the fair ones to compare. This holds only among designs with the same sensing: an incident
    that nobody has noticed by the end of the run is in no log, so a design that notices more of what was hidden long
    also counts more of it.

    Args:
        original: genuine, not a repeat, not merged into another case: these count for case indicators.
        residents: people whom these cases concern, nan if not known.
        supports: supporting departments that are asked: those needed, at most those of the type's list.

    A case is safe at the first of its marks safe and fixed, and its closing: danger does not outlast the repair. A case
    that left without being closed counts as not finished. Joint response: severity III or worse, or all; until the last
    of supports (mark assembled) and lead (mark arrived) is there; a joint case that was closed without ever assembling
    is in neither.
    """

    log: Log
    residents: float
    original: BoolArray
    genuine: BoolArray
    repeat: BoolArray
    kind: SmallIntArray
    district: SmallIntArray
    severity: SmallIntArray
    grade: SmallIntArray
    channel: SmallIntArray
    transfers: SmallIntArray
    supports: SmallIntArray
    reworks: SmallIntArray
    joint: BoolArray
    emergency: BoolArray
    open: BoolArray
    closed: BoolArray
    dispatched: BoolArray
    handled: BoolArray
    due_official: BoolArray
    met_official: BoolArray
    due_true: BoolArray
    met_true: BoolArray
    due_onset: BoolArray
    met_onset: BoolArray
    open_time: FloatArray
    official_time: FloatArray
    detection: FloatArray
    report_to_dispatch: FloatArray
    report_to_arrival: FloatArray
    joint_response: FloatArray
    joint_response_so_far: FloatArray
    joint_response_all: FloatArray
    joint_response_all_so_far: FloatArray
    report_to_close: FloatArray
    report_to_close_so_far: FloatArray
    onset_to_safe: FloatArray
    onset_to_safe_so_far: FloatArray
    _ordered: dict[str, FloatArray] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def weeks(self) -> float:
        """Length of the run in weeks."""
        return self.log.until / WEEK

    def where(self, chosen: npt.NDArray[Any], residents: float | None = None) -> "View":
        """The chosen cases (a mask or row numbers), with the people they concern if those are others."""
        names = [f.name for f in fields(self) if f.name not in ("log", "residents", "_ordered")]
        arrays = {name: getattr(self, name)[chosen] for name in names}
        return replace(self, residents=self.residents if residents is None else residents, **arrays)

    def ordered(self, name: str) -> FloatArray:
        """The known hours of a column, shortest first; sorted once."""
        if name not in self._ordered:
            self._ordered[name] = in_order(getattr(self, name))
        return self._ordered[name]

    def of_kind(self, name: str) -> "View":
        """The cases of one incident type."""
        return self.where(self.kind == self.log.kinds.ids.index(name))


def residents_of(log: Log) -> Sequence[float] | None:
    """People of each district as the log knows them; None in a model without a city."""
    return log.residents if sum(log.residents) > 0 else None


def view_all(log: Log, residents: Sequence[float] | None = None) -> View:
    """Every case of the log, repeats and false alarms too.

    Args:
        residents: people of each district, in the order of log.district_ids; None = as the log says.

    Raises:
        DataError: residents does not have one number for each district.
    """
    residents = residents_of(log) if residents is None else residents
    if residents is not None and len(residents) != len(log.district_ids):
        raise DataError(
            f"residents has {len(residents)} numbers, must have one for each of {len(log.district_ids)} districts"
        )
    case = log.case_columns
    kind, outcome = case["kind"], case["outcome"]
    original = (case["genuine"] == 1) & (case["parent"] < 0) & (outcome != MERGED)
    return View(
        log=log,
        residents=NO_RESIDENTS if residents is None else float(sum(residents)),
        original=original,
        genuine=case["genuine"] == 1,
        repeat=case["parent"] >= 0,
        kind=kind,
        district=case["district"],
        severity=case["severity"],
        grade=case["grade"],
        channel=case["channel"],
        transfers=case["transfers"],
        supports=np.minimum(case["n_support"], (log.kinds.supports >= 0).sum(axis=1)[kind]),
        reworks=case["reworks"],
        joint=case["n_support"] > 0,
        emergency=log.kinds.emergency[kind] == 1,
        open=outcome == OPEN,
        closed=outcome == CLOSED,
        dispatched=~never(case["dispatched"]),
        handled=(outcome == CLOSED) | ~never(case["fixed"]) | (case["reworks"] > 0),
        **_due(log),
        **_durations(log),
    )


def view(log: Log, residents: Sequence[float] | None = None) -> View:
    """The cases that count for case indicators: genuine originals."""
    everything = view_all(log, residents)
    return everything.where(everything.original)


def _due(log: Log) -> dict[str, Any]:
    case = log.case_columns
    always = np.ones(len(log), dtype=bool)
    official = deadlines(log, case["filed"], ~never(case["filed"]), case["off_clock"])
    true = deadlines(log, case["reported"], always)
    onset = deadlines(log, case["occurred"], always)
    return {
        "due_official": official.due,
        "met_official": official.met,
        "due_true": true.due,
        "met_true": true.met,
        "due_onset": onset.due,
        "met_onset": onset.met,
    }


def _durations(log: Log) -> dict[str, Any]:
    case, until = log.case_columns, log.until
    occurred, reported, ended = case["occurred"], case["reported"], case["ended"]
    all_cases = np.ones(len(log), dtype=bool)
    closed = case["outcome"] == CLOSED
    filed, assembled = ~never(case["filed"]), ~never(case["assembled"])
    safe = _made_safe(log)
    joint, serious = case["n_support"] > 0, case["severity"] <= SERIOUS
    begun = assembled | ~closed
    last_there = np.maximum(case["assembled"], case["arrived"])  # the lead may come after its supports
    to_assembled = np.where(assembled, last_there, until) - reported
    off_clock_end = np.maximum(ended - case["filed"] - case["off_clock"], 0)
    return {
        "open_time": hours(np.where(ended == NEVER, until, ended) - reported, all_cases),
        "official_time": hours(off_clock_end, closed & filed),
        "detection": hours(reported - occurred, all_cases),
        "report_to_dispatch": hours(case["dispatched"] - reported, ~never(case["dispatched"])),
        "report_to_arrival": hours(case["arrived"] - reported, ~never(case["arrived"])),
        "joint_response": hours(to_assembled, joint & assembled & serious),
        "joint_response_so_far": hours(to_assembled, joint & begun & serious),
        "joint_response_all": hours(to_assembled, joint & assembled),
        "joint_response_all_so_far": hours(to_assembled, joint & begun),
        "report_to_close": hours(ended - reported, closed),
        "report_to_close_so_far": hours(np.where(closed, ended, until) - reported, all_cases),
        "onset_to_safe": hours(safe - occurred, safe < until),
        "onset_to_safe_so_far": hours(safe - occurred, all_cases),
    }


def _made_safe(log: Log) -> npt.NDArray[np.int64]:
    """First of safe, fixed and closed, in seconds; `until` where none has come."""
    case = log.case_columns
    first = np.full(len(log), log.until, dtype=np.int64)
    for name in ("safe", "fixed"):
        first = np.minimum(first, np.where(never(case[name]), log.until, case[name]))
    return np.minimum(first, np.where(case["outcome"] == CLOSED, case["ended"], log.until))
