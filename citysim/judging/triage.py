"""Was the risk judged rightly, and what did it cost where it was not? Source: domain brief 5.5 (分级一致性).

It is the first grade that counts, by which the case was dispatched; what the desk or the crew on site sees later makes
it right (`regrade_count`, `grade_accuracy_settled`), but not in time.
"""

import numpy as np
import numpy.typing as npt

from citysim.judging.clocks import BoolArray
from citysim.judging.harm import harm_hours
from citysim.judging.summaries import count, ratio, share
from citysim.judging.view import View
from citysim.units import GRADES

MILDEST = len(GRADES) - 1


def confusion(view: View, hindsight: bool = False) -> npt.NDArray[np.int64]:
    """Cases by true severity (rows I-IV) and risk grade (columns red to blue); graded cases only.

    Args:
        hindsight: severity is the worst that the incident reached, else that at its onset. (When it worsened is not in
            the log, so for an upgraded case the severity at grading is one of the two.)
    """
    severity = (view.worst_severity if hindsight else view.severity)[view.was_graded].astype(np.int64)
    cells = severity * len(GRADES) + view.first_grade[view.was_graded]
    return np.bincount(cells, minlength=len(GRADES) ** 2).reshape(len(GRADES), len(GRADES)).astype(np.int64)


def graded_share(view: View, grade: int) -> float:
    """Share of the graded cases first given this grade; by severity, the rows of the confusion matrix (混淆矩阵)."""
    cells = confusion(view)
    return ratio(float(cells[:, grade].sum()), float(cells.sum()))


def grade_accuracy(view: View) -> float:
    """Share of graded cases whose grade is the worst severity that the incident reached (分级一致性).

    Nearly all cases are IV and easy to call blue, so this is close to 1 whatever happens to the others: read it by
    severity, and with `under_triage_rate`.
    """
    return share(view.first_grade == view.worst_severity, view.was_graded)


def grade_accuracy_settled(view: View) -> float:
    """As `grade_accuracy`, of the last grade: after later reports, the expert panel and the crew on site (复核)."""
    return share(view.grade == view.worst_severity, view.was_graded)


def under_triage_rate(view: View) -> float:
    """Share of the graded cases of severity III or worse that were graded milder than they were: what was missed.

    1 - sensitivity; over all cases it would be close to 0 in any design, since nearly all are of severity IV.
    """
    return share(under_triaged(view), serious(view))


def over_triage_rate(view: View) -> float:
    """Share of the cases graded above blue that were graded worse than they were: alarm for less.

    1 - precision, as trauma systems count it; over all cases it would be small in any design.
    """
    return share(over_triaged(view), raised(view))


def under_triage_harm(view: View) -> float:
    """Weighted unsafe hours per week that under-triage added (as `harm_total` counts them).

    sum over severities of under-triaged cases x (their mean harm - mean harm of cases graded rightly). Given the
    severity a wrong grade is luck in this model, but for channel and exposed places, which shift it a little; so the
    difference is about what the error did. With few such cases it can come out below 0 by chance. A severity of which
    no case was graded rightly adds nothing.
    """
    harm, added = harm_hours(view), 0.0
    under, right = under_triaged(view), view.was_graded & (view.first_grade == view.severity)
    for severity in range(MILDEST):
        missed, seen = under & (view.severity == severity), right & (view.severity == severity)
        if missed.any() and seen.any():
            added += count(missed) * float(harm[missed].mean() - harm[seen].mean())
    return ratio(added, view.weeks)


def over_triage_crew_hours(view: View) -> float:
    """Crew-hours per week on the site of over-triaged cases, that is taken by them before their turn.

    sum of (mended or end of run - arrived) x (1 + supports): a proxy from milestones, at most what crews spent, since
    supports need not stay as long as the lead. Not all of it is wasted: the work had to be done some time.
    """
    chosen = over_triaged(view) & ~np.isnan(view.on_site_hours)
    return ratio(float((view.on_site_hours[chosen] * (1 + view.supports[chosen])).sum()), view.weeks)


def regrade_count(view: View) -> float:
    """Times per week that a case's grade was changed by grading again (升降级次数)."""
    return ratio(float(view.regrades.sum(dtype=np.int64)), view.weeks)


def under_triaged(view: View) -> BoolArray:
    """Graded milder than the severity at onset."""
    return view.was_graded & (view.first_grade > view.severity)


def over_triaged(view: View) -> BoolArray:
    """Graded worse than the severity at onset."""
    return view.was_graded & (view.first_grade < view.severity)


def serious(view: View) -> BoolArray:
    """Graded cases of severity III or worse at onset."""
    return view.was_graded & (view.severity < MILDEST)


def raised(view: View) -> BoolArray:
    """Cases graded yellow or worse."""
    return view.was_graded & (view.first_grade < MILDEST)
