"""The step rows of each case as events in order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError
from citysim.log import CANCELLED, DONE, PREEMPTED, RELIEVED, RESUMED, STARTED, Columns, Log

TRANSITIONS = (
    "complete", "schedule", "suspend", "resume", "ate_abort", "ate_abort", "suspend", "pi_abort", "complete",
)  # fmt: skip
"""What each of log.EVENTS is in the standard lifecycle model of XES (IEEE 1849-2016, lifecycle extension): ate_abort
ends one activity (the line was left unserved), pi_abort ends it with its case."""

Moment = tuple[int, int, bool]
"""Seconds, number of the step row, and whether its visit to the block begins here (else it is the row itself)."""


@dataclass(frozen=True)
class Trails:
    """Step rows as plain lists, with what follows from their order.

    Args:
        first: first row of each case, and the number of rows; rows count from that of the first case.
        entered: seconds at which the lane came to the block. begins: the row ends or first breaks off a visit that
            took time, so that its beginning is a moment of its own. visit: first row of the visit that the row is of.
        instance: `lane.n` for the n-th row of a lane: tells apart visits that overlap or come again.
    """

    first: list[int]
    lane: list[int]
    block: list[int]
    event: list[int]
    time: list[int]
    entered: list[int]
    begins: list[bool]
    instance: list[str]


def steps_of(log: Log) -> Columns:
    """The step rows of a log.

    Raises:
        DataError: it kept none.
    """
    if log.step_columns is None:
        raise DataError(
            "log: step_columns = None, but steps are to be written: run it with simulate(..., steps=True)"
            " or govern(..., steps=True)"
        )
    return log.step_columns


def trails_of(log: Log, came: npt.NDArray[np.int64], begin: int, end: int) -> Trails:
    """All that `moments` needs to tell the stories of the cases at positions [begin, end) of the log.

    Args:
        came: `log.entered()`, which takes too long to be asked for each few cases.

    Raises:
        DataError: the log kept no step rows.
    """
    steps = steps_of(log)
    bounds = np.append(log.case_columns["case"], np.iinfo(np.int32).max)[begin : end + 1]
    first = np.searchsorted(steps["case"], bounds)
    rows = slice(int(first[0]), int(first[-1]))
    case, lane, block, event, time = (steps[name][rows] for name in ("case", "lane", "block", "event", "time"))
    entered = came[rows]
    number = np.arange(len(case))
    same_lane = np.zeros(len(case), bool)
    same_lane[1:] = (case[1:] == case[:-1]) & (lane[1:] == lane[:-1])
    goes_on = same_lane.copy()
    goes_on[1:] &= (block[1:] == block[:-1]) & np.isin(event[:-1], (PREEMPTED, RELIEVED, RESUMED))
    took_time = (time > entered) | np.isin(event, (PREEMPTED, RELIEVED))
    visit = np.maximum.accumulate(np.where(goes_on, 0, number))
    place = visit - np.maximum.accumulate(np.where(same_lane, 0, number)) + 1
    return Trails(
        first=(first - first[0]).tolist(),
        lane=lane.tolist(),
        block=block.tolist(),
        event=event.tolist(),
        time=time.tolist(),
        entered=entered.tolist(),
        begins=(~goes_on & (event != STARTED) & took_time).tolist(),
        instance=[f"{a}.{b}" for a, b in zip(lane.tolist(), place.tolist(), strict=True)],
    )


def moments(trails: Trails, position: int) -> list[Moment]:
    """What happened to a case (by its position among those asked for), in order of time.

    At one instant a lane keeps its order, what a split started comes before its end, and what ends with its case comes
    last; other lanes come in order of their numbers.
    """
    first, last = trails.first[position], trails.first[position + 1]
    if first == last or trails.lane[first] == trails.lane[last - 1]:
        return _expand(trails, range(first, last), {})
    loose, inside = _attached(trails, list(_stretches(trails, first, last)))
    return _merged(trails, [_expand(trails, rows, inside) for rows in loose])


def _stretches(trails: Trails, first: int, last: int) -> Iterator[range]:
    """Rows of one lane from one start of it to the next."""
    begin = first
    for row in range(first + 1, last):
        if trails.lane[row] != trails.lane[row - 1] or trails.event[row] == STARTED:
            yield range(begin, row)
            begin = row
    yield range(begin, last)


def _attached(trails: Trails, stretches: Sequence[range]) -> tuple[list[range], dict[int, list[range]]]:
    """Stretches that stand for themselves, and those that lie inside the visit that a row ends: a split's branches."""
    starters = {trails.block[rows[0]] for rows in stretches if trails.event[rows[0]] == STARTED}
    ends: dict[tuple[int, int], list[int]] = {}
    for rows in stretches:
        for row in rows:
            if trails.block[row] in starters and trails.event[row] == DONE:
                ends.setdefault((trails.block[row], trails.entered[row]), []).append(row)
    loose: list[range] = []
    inside: dict[int, list[range]] = {}
    for rows in stretches:
        begin, end = rows[0], rows[-1]
        found = None
        if trails.event[begin] == STARTED and trails.event[end] != CANCELLED:
            for row in ends.get((trails.block[begin], trails.time[begin]), ()):
                if trails.lane[row] < trails.lane[begin] and trails.time[row] >= trails.time[end]:
                    found = row
                    break
        if found is None:
            loose.append(rows)
        else:
            inside.setdefault(found, []).append(rows)
    return loose, inside


def _expand(trails: Trails, rows: range, inside: dict[int, list[range]]) -> list[Moment]:
    story: list[Moment] = []
    for row in rows:
        if trails.begins[row]:
            story.append((trails.entered[row], row, True))
        if row in inside:
            story += _merged(trails, [_expand(trails, one, inside) for one in inside[row]])
        story.append((trails.time[row], row, False))
    return story


def _merged(trails: Trails, stories: list[list[Moment]]) -> list[Moment]:
    """Stories in order of time; sorting keeps the order of each."""
    if len(stories) == 1:
        return stories[0]
    together = [moment for story in stories for moment in story]
    if any(trails.event[row] == CANCELLED for _, row, begins in together if not begins):
        return sorted(together, key=lambda moment: (moment[0], not moment[2] and trails.event[moment[1]] == CANCELLED))
    return sorted(together, key=itemgetter(0))
