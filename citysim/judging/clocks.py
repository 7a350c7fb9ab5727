"""Was a case closed within its limit? Judged on the clock of its type: every hour, or the hours of the working week."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.log import CLOSED, Log
from citysim.units import NEVER, WORKING, IntArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Deadlines:
    """For each case: whether its deadline fell inside the run, and whether it was closed by then."""

    due: BoolArray
    met: BoolArray


def spent(log: Log, begin: IntArray, end: IntArray, kind: npt.NDArray[Any] | None = None) -> IntArray:
    """Seconds from `begin` to `end` on the clock of each case's type.

    Args:
        kind: types of the cases; None = those of all cases of the log.
    """
    on_working_clock = log.kinds.clock[log.case_columns["kind"] if kind is None else kind] == WORKING
    seconds: IntArray = end - begin
    if on_working_clock.any():
        worked = log.working_week.between(begin[on_working_clock], end[on_working_clock])
        seconds = seconds.copy()
        seconds[on_working_clock] = worked
    return seconds


def deadlines(log: Log, start: IntArray, started: BoolArray, off_clock: IntArray | None = None) -> Deadlines:
    """Judge every case against the closing limit of its type, counted from `start`.

    deadline = start + limit + off-clock time, on the type's clock. due: the deadline lies in [0, until). met: due,
    closed, and (ended - start - off-clock time) <= limit. A case that is still open after its deadline, or left without
    being closed, is due and not met. A type without a limit, or a case whose clock never started, is never due.

    The log knows off-clock time in calendar seconds only. On the working clock it therefore counts in the proportion
    in which the case's own time (start to end) was working time; taking a night's bounce off in full would take off
    more than was ever on the clock.
    """
    kind, ended = log.case_columns["kind"], log.case_columns["ended"]
    limit = log.kinds.close_limit[kind]
    closed = log.case_columns["outcome"] == CLOSED
    last = np.full(len(log), log.until - 1, dtype=np.int64)
    begin = np.where(started, start, last)
    stop = np.where(closed, ended, last)
    used, window = spent(log, begin, stop), spent(log, begin, last)
    excused = np.zeros(len(log), np.int64)
    if off_clock is not None:
        excused = np.minimum(off_clock * used // np.maximum(stop - begin, 1), used)
    due = started & (limit != NEVER) & (window - excused >= limit)
    return Deadlines(due, due & closed & (used - excused <= limit))


def hours(seconds: npt.NDArray[Any], came: BoolArray) -> npt.NDArray[np.float64]:
    """Seconds as hours, nan where the moment did not come."""
    return np.where(came, seconds / 3600.0, np.nan)
