"""What the centers report to the committee each week: figures read off the log, by type, district and department."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysim.judging.clocks import BoolArray, spent
from citysim.judging.harm import HARM_CAP_HOURS, HARM_WEIGHTS
from citysim.judging.view import View, view
from citysim.log import CLOSED, Log
from citysim.sensing.watch import time_of_week
from citysim.streams import FloatArray
from citysim.units import CHANNELS, HOUR, NEVER, WEEK, IntArray

BLUE = 3
LIMITS = np.arange(BLUE)[:, None]
"""The limits of red, orange and yellow: each is that between its grade, or a worse one, and those below."""
HOTLINE = CHANNELS.index("hotline")
JUST_IN_TIME = 0.8
"""A serious case that took more of its limit and yet kept it is a near miss [asm]."""
WEIGHTS = np.array(HARM_WEIGHTS)
"""Harm of an hour by the grade that a case was last given: what a center can know of the true severity."""


@dataclass(frozen=True)
class Findings:
    """One week of a city as its centers know it. Nothing here is the truth of the world, only what was recorded.

    Each case counts once in each figure, in the week in which it is known; only `waiting`, `asked` and `unresolved` are
    states.

    Args:
        week: number, from 0.
        reported: genuine cases that came in, shape (types, districts). harm: weighted unsafe hours, capped, of the
            week, by type; those before the report in the week of the report. hot: (type, street) of each that came in;
            when: in which of sensing.watch.TIMES it did.
        due: by district: cases whose limit since the report ran out, or that left before. on_time, verified,
            since_onset: those of them in time by the official clock, since the report, since the onset; the last two
            only if not found untouched. Clocks that judge other cases than `due` are scaled to it.
        waiting: open cases by leading department; held: the same, shape (departments, districts). asked: open
            cases that were ordered out and are not mended yet, by each department that is to support. closed: by type.
        ordered, returned: by type: cases that left and had been ordered out; those of them that had come back.
        missed, serious: cases that left, by LIMITS: first graded below the limit and above it in the end; all that
            are above it in the end. alarmed, raised: first graded above and in the end below; all first graded above.
        late: hours from onset to report, weighted like harm, by type. limited, overdue: `due` by type; those of them
            that were not closed in time.
        near: near misses by type: cases last graded serious that were closed just in time. unresolved: open cases that
            are over their limit by type, a state like `waiting`.
        notices: sent by supervision about cases that left.
        left, honest, lasting: by district: cases that left; those of them not found to have been reported done
            untouched; those whose work was not sent back. called, heard: those that a citizen reported; of them those
            that nobody had to report again. joint_due, joint_met: `due` and `verified` of cases that need supports.
            came, found: cases that came in; those that no citizen had to report.
    """

    week: int
    reported: FloatArray
    harm: FloatArray
    hot: tuple[IntArray, IntArray]
    when: IntArray
    due: FloatArray
    on_time: FloatArray
    verified: FloatArray
    since_onset: FloatArray
    waiting: FloatArray
    held: FloatArray
    asked: FloatArray
    closed: FloatArray
    ordered: FloatArray
    returned: FloatArray
    missed: FloatArray
    serious: FloatArray
    alarmed: FloatArray
    raised: FloatArray
    late: FloatArray
    limited: FloatArray
    overdue: FloatArray
    near: FloatArray
    unresolved: FloatArray
    notices: float
    left: FloatArray
    honest: FloatArray
    lasting: FloatArray
    called: FloatArray
    heard: FloatArray
    joint_due: FloatArray
    joint_met: FloatArray
    came: FloatArray
    found: FloatArray


def review(log: Log, week: int, *, onset: bool = True) -> Findings:
    """Read a week off a log that holds the cases which left in it or are still open at its end.

    Args:
        onset: whether anybody asks for `since_onset`; each clock takes its time to read.
    """
    cases = view(log)
    types, districts, begin = len(log.kinds.ids), len(log.district_ids), week * WEEK
    new, left = cases.reported >= begin, (cases.ended != NEVER) & (cases.ended >= begin)
    weight = WEIGHTS[np.where(cases.grade < 0, BLUE, cases.grade)]
    came = np.bincount(cases.kind[new] * districts + cases.district[new], minlength=types * districts)
    honest = cases.false_closures == 0
    lead = log.kinds.lead[cases.kind]
    since_report = _judged(cases, begin, cases.reported)
    due = _sum(cases.district, since_report.now, districts)
    official = _judged(cases, begin, cases.filed, cases.off_clock)
    held = np.bincount(
        lead[cases.open] * districts + cases.district[cases.open], minlength=len(log.kinds.departments) * districts
    ).reshape(-1, districts)
    return Findings(
        week=week,
        reported=came.reshape(types, districts).astype(np.float64),
        harm=_sum(cases.kind, weight * _unsafe_hours(cases, begin), types),
        hot=(cases.kind[new].astype(np.int64), cases.street[new].astype(np.int64)),
        when=time_of_week(cases.reported[new]),
        due=due,
        on_time=_scaled(cases, official, cases.shelvings == 0, due),
        verified=_sum(cases.district, since_report.met & honest, districts),
        since_onset=_scaled(cases, _judged(cases, begin, cases.occurred), None, due, honest) if onset else 0.0 * due,
        waiting=held.sum(axis=1).astype(np.float64),
        held=held.astype(np.float64),
        asked=_asked(cases),
        closed=_sum(cases.kind, cases.closed & left, types),
        ordered=_sum(cases.kind, cases.was_dispatched & left, types),
        returned=_sum(cases.kind, cases.was_dispatched & left & (cases.transfers > 0), types),
        late=_sum(cases.kind[new], (weight * np.minimum(cases.detection, HARM_CAP_HOURS))[new], types),
        limited=_sum(cases.kind, since_report.now, types),
        overdue=_sum(cases.kind, since_report.now & ~since_report.met, types),
        near=_sum(cases.kind, since_report.barely & (cases.grade >= 0) & (cases.grade < BLUE), types),
        unresolved=_sum(cases.kind, since_report.unresolved, types),
        notices=float(cases.notices[left].sum()),
        **_graded(cases, left & (cases.first_grade >= 0)),
        **_in_districts(cases, new, left, since_report, districts),
    )


def _graded(cases: View, chosen: BoolArray) -> dict[str, FloatArray]:
    """How often the chosen cases were first graded on the wrong side of each limit, see `Findings`."""
    first, last = cases.first_grade[chosen] <= LIMITS, cases.grade[chosen] <= LIMITS
    counted = {"missed": ~first & last, "serious": last, "alarmed": first & ~last, "raised": first}
    return {name: which.sum(axis=1).astype(np.float64) for name, which in counted.items()}


def _in_districts(
    cases: View, new: BoolArray, left: BoolArray, since_report: "_Judged", districts: int
) -> dict[str, FloatArray]:
    """What the evaluation of districts asks for beside their clocks, see `Findings`."""
    honest, called = cases.false_closures == 0, left & (cases.channel == HOTLINE)
    counted = {
        "left": left, "honest": left & honest, "lasting": left & (cases.reworks == 0),
        "called": called, "heard": called & (cases.repeats == 0),
        "joint_due": since_report.now & cases.joint, "joint_met": since_report.met & honest & cases.joint,
        "came": new, "found": new & (cases.channel != HOTLINE),
    }  # fmt: skip
    return {name: _sum(cases.district, which, districts) for name, which in counted.items()}


@dataclass(frozen=True)
class _Judged:
    """Cases of which it was known in this week, and not before, whether they kept their limit; those that did.

    Args:
        barely: those that did just in time. unresolved: all that are open over their limit, whenever that became known.
    """

    now: BoolArray
    met: BoolArray
    barely: BoolArray
    unresolved: BoolArray


def _judged(cases: View, begin: int, start: IntArray, off_clock: IntArray | None = None) -> _Judged:
    """A case is judged when its limit has run out or when it leaves, whichever comes first; only a closed one met it.

    A case that was put off the clock after its limit ran out may be judged twice, for the log does not say when it was.
    """
    limit, end = cases.log.kinds.close_limit[cases.kind], cases.log.until - 1
    started, gone = (start != NEVER) & (start <= end), cases.ended != NEVER
    since = np.where(started, start, end)
    stop = np.where(gone, cases.ended, end)
    used = _spent(cases, since, stop)
    used_before = _spent(cases, since, np.clip(stop, since, np.maximum(begin - 1, since)))
    excused = np.zeros(len(cases), np.int64)
    if off_clock is not None:  # on the working clock it counts in proportion, as in judging.clocks
        excused = np.minimum(off_clock * used // np.maximum(stop - since, 1), used)
    has_limit = started & (limit != NEVER)
    over, over_before = used - excused > limit, used_before - np.minimum(excused, used_before) > limit
    left = gone & (cases.ended >= begin)
    now = has_limit & ~over_before & (over | left)
    met = now & left & ~over & (cases.outcome == CLOSED)
    return _Judged(now, met, met & (used - excused > JUST_IN_TIME * limit), has_limit & over & ~gone)


def _asked(cases: View) -> FloatArray:
    """Open cases that were ordered out and are not mended yet, by each department that is to support them."""
    rows = np.flatnonzero(cases.open & cases.was_dispatched & (cases.fixed == NEVER) & (cases.supports > 0))
    supports = cases.log.kinds.supports[cases.kind[rows]]
    called = (np.arange(supports.shape[1]) < cases.supports[rows, None]) & (supports >= 0)
    return np.bincount(supports[called], minlength=len(cases.log.kinds.departments)).astype(np.float64)


def _spent(cases: View, begin: IntArray, end: IntArray) -> IntArray:
    """Seconds on the clock of each case's type."""
    return spent(cases.log, begin, end, cases.kind)


def _unsafe_hours(cases: View, begin: int) -> FloatArray:
    """Unsafe hours of each case in this week, up to the cap since onset; all before, if it was reported this week."""
    since = np.where(cases.reported >= begin, cases.occurred, np.maximum(cases.occurred, begin))
    to = cases.occurred + np.minimum(cases.onset_to_safe_so_far, HARM_CAP_HOURS) * HOUR
    hours: FloatArray = np.maximum(to - since, 0.0) / HOUR
    return hours


def weekly_figures(findings: Findings) -> dict[str, float]:
    """A week in a few numbers."""
    due = findings.due.sum()
    return {
        "reported": float(findings.reported.sum()), "closed": float(findings.closed.sum()),
        "waiting": float(findings.waiting.sum()), "harm": float(findings.harm.sum()),
        "on_time": float(findings.on_time.sum() / due) if due else 1.0,
        "verified": float(findings.verified.sum() / due) if due else 1.0,
    }  # fmt: skip


def _sum(of: npt.NDArray[np.integer], values: npt.ArrayLike, n: int) -> FloatArray:
    """Sums of values by number; what is not known counts nothing."""
    return np.bincount(of, np.nan_to_num(np.asarray(values, np.float64)), minlength=n).astype(np.float64)


def _scaled(
    cases: View, judged: _Judged, counts: BoolArray | None, due: FloatArray, honest: BoolArray | None = None
) -> FloatArray:
    """Cases in time by a clock of its own, scaled to as many as are due; those that do not count are in neither.

    Where none counts, all look in time: that is what a statistic without late cases shows.
    """
    now = judged.now if counts is None else judged.now & counts
    met = now & judged.met if honest is None else now & judged.met & honest
    in_time, of = _sum(cases.district, met, len(due)), _sum(cases.district, now, len(due))
    return np.divide(in_time, of, out=np.ones(len(due)), where=of > 0) * due
