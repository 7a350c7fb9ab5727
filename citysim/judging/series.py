"""Two pictures of a log in a few hundred numbers: the backlog over time, and how long until safe."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysim.judging.view import View
from citysim.log import Log
from citysim.units import HOUR, NEVER, IntArray

BACKLOG_STEP = 6 * HOUR
SAFE_EDGES_HOURS = np.concatenate([[0.0], np.geomspace(0.1, 10_000.0, 51), [np.inf]])
"""Ten bins a decade from 0.1 h to 10,000 h, one below and one above; equal for every log, so counts can be added."""


@dataclass(frozen=True)
class Backlog:
    """Open genuine originals at each time, in seconds."""

    times: IntArray
    open_cases: IntArray


@dataclass(frozen=True)
class SafeHours:
    """How many cases were made safe within each bin of hours since onset, by true severity (row 0 = I … 3 = IV).

    Args:
        counts: shape (4, bins); bin k holds edges[k] <= hours < edges[k + 1].
        unsafe: cases of each severity that were not safe by the end of the run; they are in no bin.
    """

    edges: npt.NDArray[np.float64]
    counts: IntArray
    unsafe: IntArray


def backlog_series(log: Log, step: int = BACKLOG_STEP) -> Backlog:
    """Open genuine originals at 0, step, 2 step, … and at the end; a case that ends at t is not open at t."""
    case = log.case_columns
    counts = (case["genuine"] == 1) & (case["parent"] < 0)
    came, ended = np.sort(case["reported"][counts]), case["ended"][counts]
    gone = np.sort(ended[ended != NEVER])
    times = np.append(np.arange(0, log.until, step, dtype=np.int64), np.int64(log.until))
    open_cases = np.searchsorted(came, times, side="right") - np.searchsorted(gone, times, side="right")
    return Backlog(times, open_cases.astype(np.int64))


def safe_hours(view: View) -> SafeHours:
    """Distribution of the hours from onset until safe, for a view of the cases that count (`view.view(log)`)."""
    counts = np.zeros((4, len(SAFE_EDGES_HOURS) - 1), dtype=np.int64)
    finished = ~np.isnan(view.onset_to_safe)
    bins = np.searchsorted(SAFE_EDGES_HOURS, view.onset_to_safe[finished], side="right") - 1
    np.add.at(counts, (view.severity[finished], bins), 1)
    unsafe = np.bincount(view.severity[~finished], minlength=4)
    return SafeHours(SAFE_EDGES_HOURS, counts, unsafe.astype(np.int64))
