"""What happened: cases, steps and pools of one simulated run. Both engines write the same Log, byte for byte."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from citysim.intake import Kinds
from citysim.pickled import Pickled
from citysim.units import NEVER, WorkingWeek

if TYPE_CHECKING:
    import pandas
    import polars

Columns = Mapping[str, npt.NDArray[Any]]

OUTCOMES = ("open", "closed", "left", "merged")
"""How a case stands at the end of the log; stored as positions in this tuple."""
OPEN, CLOSED, LEFT, MERGED = range(4)

EVENTS = ("done", "started", "preempted", "resumed", "reneged", "no_room", "relieved", "cancelled", "expired")
"""What a step row notes: the lane left the block (done), began (started), its crew was taken by a more urgent case
(preempted) or went off shift (relieved), work went on (resumed), it left a line for lack of patience (reneged) or room
(no_room), it ended with its case (cancelled), its clock ran out (expired). Stored as positions in this tuple."""
DONE, STARTED, PREEMPTED, RESUMED, RENEGED, NO_ROOM, RELIEVED, CANCELLED, EXPIRED = range(9)

CASE_DTYPES: dict[str, type[np.generic]] = {
    "case": np.int32, "incident": np.int32, "parent": np.int32, "cause": np.int32, "kind": np.int16, "street": np.int32,
    "district": np.int32, "severity": np.int8, "channel": np.int8, "genuine": np.int8, "n_support": np.int8,
    "grade": np.int8, "first_grade": np.int8, "priority": np.int8, "outcome": np.int8, "transfers": np.int16,
    "reworks": np.int16,
    "repeats": np.int16, "regrades": np.int16, "notices": np.int16, "extensions": np.int16, "shelvings": np.int16,
    "meetings": np.int16, "whistles": np.int16, "conflicts": np.int16, "wrong_merges": np.int16,
    "false_closures": np.int16, "callouts": np.int16, "upgraded": np.int8, "signals": np.int8, "off_clock": np.int64,
    "occurred": np.int64, "reported": np.int64, "filed": np.int64, "graded": np.int64, "dispatched": np.int64,
    "arrived": np.int64, "assembled": np.int64, "safe": np.int64,
    "fixed": np.int64, "rooted": np.int64, "verified": np.int64, "ended": np.int64,
}  # fmt: skip
STEP_DTYPES: dict[str, type[np.generic]] = {
    "case": np.int32, "lane": np.uint8, "block": np.int16, "event": np.int8, "time": np.int64,
}  # fmt: skip
POOL_DTYPES: dict[str, type[np.generic]] = {
    "family": np.int16, "place": np.int32, "served": np.int64, "busy": np.int64, "scheduled": np.int64,
    "waiting": np.int64, "saturated": np.int64,
    "in_line": np.int64, "unserved": np.int64,
}  # fmt: skip


@dataclass(frozen=True)
class Log(Pickled):
    """One run up to `until`, and the facts needed to judge it.

    Args:
        case_columns: one row for each case that came in before `until`, by case number (the row of the intake);
            times in seconds, NEVER where a moment did not come; `off_clock` seconds; `grade` the present and
            `first_grade` the first one, NEVER if not graded; `severity` at onset, `upgraded` 1 if it became one worse
            before `until`; `signals` has bit k set where the case gave off intake.SIGNALS[k].
        step_columns: one row for each block that a lane left, and for each other event (see EVENTS). Sorted by case and
            lane; within a lane in order of time. None if the run kept no steps.
        pool_columns: one row for each pool, in pool order, then for each gate: requests served, unit-seconds busy and
            scheduled (gates: 0, and places offered), request-seconds in line, seconds with somebody in line, all within
            [begin, until); requests in line at the end; requests that left the line unserved within [begin, until).
        begin: seconds of warm-up at the start. Case columns hold what came in then too, but it is not judged.
        blocks: label of each block number. families: name of each family number, then of each gate. levels: likewise.
        unit_costs: yuan for an hour of one unit of each family, for one sitting of each gate [asm].
        agendas: places of one sitting of each family that is a gate, 0 for the others. overhead_per_week: yuan.
        residents: people of each district, empty or 0 in a model without a city.
        committee: of a governed run: problems listed, answered by a decision, improved since; decisions taken; where
            applications are shared, what they do in the mean, and at the end, and which share does harm then.
        origin: scenario and policy digests, seed, replication, engine-independent.
    """

    case_columns: Columns
    step_columns: Columns | None
    pool_columns: Columns
    until: int
    blocks: tuple[str, ...]
    families: tuple[str, ...]
    levels: tuple[str, ...]
    unit_costs: tuple[float, ...]
    agendas: tuple[int, ...]
    overhead_per_week: float
    kinds: Kinds
    district_ids: tuple[str, ...]
    working_week: WorkingWeek
    residents: tuple[float, ...] = ()
    committee: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    begin: int = 0
    origin: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for name, dtypes in (("case", CASE_DTYPES), ("step", STEP_DTYPES), ("pool", POOL_DTYPES)):
            columns = getattr(self, f"{name}_columns")
            if columns is None:
                continue
            if list(columns) != list(dtypes):
                raise TypeError(f"{name} columns are {list(columns)}, must be {list(dtypes)}")
            typed = {key: np.ascontiguousarray(columns[key], dtype=dtype) for key, dtype in dtypes.items()}
            for array in typed.values():
                array.setflags(write=False)
            object.__setattr__(self, f"{name}_columns", MappingProxyType(typed))

    def __len__(self) -> int:
        return len(self.case_columns["case"])

    @property
    def span(self) -> int:
        """Seconds that are judged: those after the warm-up."""
        return self.until - self.begin

    def __repr__(self) -> str:
        steps = "no" if self.step_columns is None else f"{len(self.step_columns['case']):,}"
        return f"<Log: {len(self):,} cases, {steps} steps, {len(self.pool_columns['family']):,} pools>"

    @cached_property
    def _digest(self) -> str:
        if self.step_columns is None:
            raise ValueError("this log kept no steps, so it has no digest; simulate with steps=True")
        digest = hashlib.sha256(f"citysim log 1 until {self.until} blocks {self.blocks}".encode())
        for columns in (self.case_columns, self.step_columns, self.pool_columns):
            for name, array in columns.items():
                digest.update(f"{name} {len(array)} ".encode())
                digest.update(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes())
        return digest.hexdigest()

    def digest(self) -> str:
        """SHA-256 (hex) of all cases, steps and pools; equal for both engines, any machine."""
        return self._digest

    def cases(self, frame: Literal["pandas", "polars"] = "pandas") -> "pandas.DataFrame | polars.DataFrame":
        """One row for each case; milestones in seconds, NEVER (-1) where the moment did not come."""
        kind = np.array(self.kinds.ids, dtype=object)[self.case_columns["kind"]]
        district = np.array(self.district_ids, dtype=object)[self.case_columns["district"]]
        outcome = np.array(OUTCOMES, dtype=object)[self.case_columns["outcome"]]
        return to_frame({**self.case_columns, "kind": kind, "district": district, "outcome": outcome}, frame)

    def steps(self, frame: Literal["pandas", "polars"] = "pandas") -> "pandas.DataFrame | polars.DataFrame":
        """One row for each case and block it left (and each other event), with `entered` and `time` in seconds."""
        if self.step_columns is None:
            raise ValueError("this log kept no steps; simulate with steps=True")
        labels = np.array(self.blocks, dtype=object)[self.step_columns["block"]]
        events = np.array(EVENTS, dtype=object)[self.step_columns["event"]]
        columns = {**self.step_columns, "block": labels, "event": events, "entered": self.entered()}
        return to_frame(columns, frame)

    def pools(self, frame: Literal["pandas", "polars"] = "pandas") -> "pandas.DataFrame | polars.DataFrame":
        """One row for each pool with its unit-seconds busy and scheduled and its request-seconds in line."""
        family = np.array(self.families, dtype=object)[self.pool_columns["family"]]
        return to_frame({**self.pool_columns, "family": family}, frame)

    def entered(self) -> npt.NDArray[np.int64]:
        """When the lane came to the block of each step row, in seconds: the time of the lane's row before."""
        if self.step_columns is None:
            raise ValueError("this log kept no steps; simulate with steps=True")
        case, lane, time = (self.step_columns[name] for name in ("case", "lane", "time"))
        if len(case) == 0:
            return np.empty(0, np.int64)
        first = np.ones(len(case), dtype=bool)
        first[1:] = (case[1:] != case[:-1]) | (lane[1:] != lane[:-1])
        entered = np.empty(len(time), dtype=np.int64)
        entered[1:] = time[:-1]
        rows = np.searchsorted(self.case_columns["case"], case[first])
        is_main = lane[first] == 0
        entered[first] = np.where(is_main, self.case_columns["reported"][rows], time[first])
        return entered

    def waits(self, block: str) -> npt.NDArray[np.int64]:
        """Seconds in line before the named seize was served, one number for each time it was, by case."""
        if self.step_columns is None:
            raise ValueError("this log kept no steps; simulate with steps=True")
        chosen = (self.step_columns["block"] == self.blocks.index(block)) & (self.step_columns["event"] == DONE)
        return (self.step_columns["time"] - self.entered())[chosen]


def to_frame(columns: Columns, frame: str) -> Any:
    """Columns as a pandas or polars table, at the user's choice."""
    if frame == "pandas":
        import pandas

        return pandas.DataFrame(dict(columns))
    if frame == "polars":
        try:
            import polars
        except ImportError as error:
            raise ImportError("polars tables need the extra: pip install 'citysim[polars]'") from error
        return polars.DataFrame({name: list(v) if v.dtype == object else v for name, v in columns.items()})
    raise ValueError(f"frame = {frame!r}, must be 'pandas' or 'polars'")


def never(times: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Where a moment did not come."""
    return times == NEVER
