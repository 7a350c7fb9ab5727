"""What the centers report to the committee each week: figures read off the log, by type, district and department."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysim.judging.harm import HARM_CAP_HOURS, HARM_WEIGHTS
from citysim.judging.view import View, view
from citysim.log import Log
from citysim.streams import FloatArray
from citysim.units import WEEK

BLUE = 3
WEIGHTS = np.array(HARM_WEIGHTS)
"""Harm of an hour by the grade that a case was last given: what a center can know of the true severity."""


@dataclass(frozen=True)
class Findings:
    """One week of a city as its centers know it. Nothing here is the truth of the world, only what was recorded.

    Args:
        week: number, from 0.
        reported: genuine cases that came in, shape (types, districts). harm: weighted unsafe hours, capped, of the
            cases that were worked on, by type. hot: (type, street) of each case that came in.
        due, on_time, verified, since_onset: by district: cases due, in time by the official clock, in time since the
            report and not found untouched, in time since the onset and not found untouched.
        waiting: open cases by leading department; closed: by type.
        ordered, returned: by type: cases ordered out, and those of them that came back.
        missed, serious: cases first graded blue and later worse; all that are worse in the end. alarmed, raised: cases
            first graded worse and later blue; all that were first graded worse.
        late: hours from onset to report, weighted like harm, by type. limited, overdue: by type: cases whose limit has
            run out or that were closed before; those of them that were not closed in time.
        notices: sent by supervision; untouched: cases found to have been reported done untouched.
    """

    week: int
    reported: FloatArray
    harm: FloatArray
    hot: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
    due: FloatArray
    on_time: FloatArray
    verified: FloatArray
    since_onset: FloatArray
    waiting: FloatArray
    closed: FloatArray
    ordered: FloatArray
    returned: FloatArray
    missed: float
    serious: float
    alarmed: float
    raised: float
    late: FloatArray
    limited: FloatArray
    overdue: FloatArray
    notices: float
    untouched: float


def review(log: Log, week: int, *, onset: bool = True) -> Findings:
    """Read a week off a log that holds the cases which ended in it or are still open at its end.

    Args:
        onset: whether anybody asks for `since_onset`; each clock takes its time to read.
    """
    cases = view(log)
    types, districts, begin = len(log.kinds.ids), len(log.district_ids), week * WEEK
    new = cases.reported >= begin
    weight = WEIGHTS[np.where(cases.grade < 0, BLUE, cases.grade)]
    came = np.bincount(cases.kind[new] * districts + cases.district[new], minlength=types * districts)
    honest = cases.false_closures == 0
    lead = log.kinds.lead[cases.kind]
    was_graded = cases.first_grade >= 0
    first_blue, last_blue = cases.first_grade == BLUE, cases.grade == BLUE
    return Findings(
        week=week,
        reported=came.reshape(types, districts).astype(np.float64),
        harm=_sum(cases.kind, weight * np.minimum(cases.onset_to_safe_so_far, HARM_CAP_HOURS), types),
        hot=(cases.kind[new].astype(np.int64), cases.street[new].astype(np.int64)),
        due=_sum(cases.district, cases.due_true, districts),
        on_time=_in_time(cases, cases.met_official, cases.due_official, districts),
        verified=_sum(cases.district, cases.met_true & honest, districts),
        since_onset=_sum(cases.district, cases.met_onset & honest, districts) if onset else np.zeros(districts),
        waiting=_sum(lead[cases.open], np.ones(int(cases.open.sum())), len(log.kinds.departments)),
        closed=_sum(cases.kind, cases.closed, types),
        ordered=_sum(cases.kind, cases.was_dispatched, types),
        returned=_sum(cases.kind, cases.was_dispatched & (cases.transfers > 0), types),
        missed=float((was_graded & first_blue & ~last_blue).sum()),
        serious=float((was_graded & ~last_blue).sum()),
        alarmed=float((was_graded & ~first_blue & last_blue).sum()),
        raised=float((was_graded & ~first_blue).sum()),
        late=_sum(cases.kind[new], (weight * np.minimum(cases.detection, HARM_CAP_HOURS))[new], types),
        limited=_sum(cases.kind, cases.due_true, types),
        overdue=_sum(cases.kind, cases.due_true & ~cases.met_true, types),
        notices=float(cases.notices.sum()),
        untouched=float((cases.false_closures > 0).sum()),
    )


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


def _in_time(cases: View, met: npt.NDArray[np.bool_], due: npt.NDArray[np.bool_], districts: int) -> FloatArray:
    """Cases in time by the official clock, scaled to as many as are due at all: shelved ones are in neither."""
    counted = due & (cases.shelvings == 0)
    in_time, of = _sum(cases.district, met & counted, districts), _sum(cases.district, counted, districts)
    all_due = _sum(cases.district, cases.due_true, districts)
    return np.divide(in_time, of, out=np.zeros(districts), where=of > 0) * all_due
