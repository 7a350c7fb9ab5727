"""How long it took, and whether that was in time. Durations in hours; source: domain brief 5.5 and 2.1, GB/T 30428.4.

Durations take a summary (`summaries.mean`, `p50`, `p90`, `p99`). The `_so_far` ones are the headline: see `View`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.judging.clocks import BoolArray
from citysim.judging.summaries import in_order, mean, share
from citysim.judging.view import View
from citysim.units import DAY, HOUR

Summary = Callable[[npt.NDArray[Any]], float]
NIGHT_FROM, NIGHT_TO = 20 * HOUR, 8 * HOUR
"""The night shift, second of day (as the default staffing has it) [asm]."""


def closure_rate(view: View) -> float:
    """Share of the due cases that are closed by the end of the run, late or not.

    closed / due; due: reported + limit inside the run. Shelved cases are due like others here.
    """
    return share(view.closed, view.due_true)


def on_time_closure_rate(view: View) -> float:
    """Share of the due cases closed in time on the official clock, as cities publish it (按期结案率).

    closed with (ended - filed - off-clock time) <= limit / (due - shelved); due: filed + limit + off-clock time inside
    the run; on the clock of the type. A case that was never filed is on no official clock. Source: GB/T 30428.4,
    Jinhua's scoring (R45), which takes shelved cases out of the count.
    """
    return share(view.met_official, due_unshelved(view))


def on_time_closure_rate_strict(view: View) -> float:
    """Share of the due cases closed in time on the official clock, shelved ones counted too.

    closed with (ended - filed - off-clock time) <= limit / due.
    """
    return share(view.met_official, view.due_official)


def due_unshelved(view: View) -> BoolArray:
    """Cases whose official deadline fell inside the run and that were never shelved."""
    return view.due_official & (view.shelvings == 0)


def on_time_closure_rate_true(view: View) -> float:
    """Share of the due cases closed in time as the reporter sees it: from the report, nothing taken off.

    closed with (ended - reported) <= limit / due; due: reported + limit inside the run; on the clock of the type.
    """
    return share(view.met_true, view.due_true)


def on_time_closure_rate_onset(view: View) -> float:
    """Share of the due cases closed in time counted from the onset, so that late detection counts as delay.

    closed with (ended - occurred) <= limit / due; due: occurred + limit inside the run; on the clock of the type.
    Over incidents that were noticed within the run; one that nobody has noticed by then is in no log.
    """
    return share(view.met_onset, view.due_onset)


def on_time_gap(view: View) -> float:
    """Points by which the official on-time share exceeds the true one, over cases that are due on both clocks."""
    both = view.due_official & view.due_true
    return share(view.met_official, both) - share(view.met_true, both)


def urgent_on_time(view: View) -> float:
    """Official on-time share of the types that the emergency line takes (紧急按期率; common target 0.95)."""
    return share(view.met_official, urgent_due(view))


def urgent_due(view: View) -> BoolArray:
    """Cases of emergency types whose official deadline fell inside the run."""
    return view.due_official & view.emergency


def official_true_gap(view: View) -> float:
    """Hours of a closed case that the official clock does not show (真实用时差).

    mean(ended - reported) - mean(max(0, ended - filed - off-clock time)), calendar hours, over closed and filed cases.
    """
    return mean(in_order(gap_column(view)))


def gap_column(view: View) -> npt.NDArray[np.float64]:
    """True minus official hours of each closed case that was filed."""
    return view.report_to_close - view.official_time


def detection_delay(view: View, summary: Summary = mean) -> float:
    """Hours from onset to the first report (发现时延): reported - occurred.

    Over incidents that were noticed within the run; one that nobody has noticed yet is in no log.
    """
    return summary(view.ordered("detection"))


def report_to_dispatch(view: View, summary: Summary = mean) -> float:
    """Hours from report to dispatch: dispatched - reported, over cases dispatched."""
    return summary(view.ordered("report_to_dispatch"))


def report_to_arrival(view: View, summary: Summary = mean) -> float:
    """Hours from report to the first crew on site (t_arrive): arrived - reported, over cases with a crew on site."""
    return summary(view.ordered("report_to_arrival"))


def report_to_close(view: View, summary: Summary = mean) -> float:
    """Hours from report to closure: ended - reported, over closed cases only (as cities publish it)."""
    return summary(view.ordered("report_to_close"))


def report_to_close_so_far(view: View, summary: Summary = mean) -> float:
    """Hours from report to closure, over all cases; one not closed counts with its age at the end of the run.

    min(ended, until) - reported: a lower bound, equal to `report_to_close` if nothing is open.
    """
    return summary(view.ordered("report_to_close_so_far"))


def onset_to_safe(view: View, summary: Summary = mean) -> float:
    """Hours from onset until the danger is over (t_safe): made safe - occurred, over cases made safe."""
    return summary(view.ordered("onset_to_safe"))


def onset_to_safe_so_far(view: View, summary: Summary = mean) -> float:
    """Hours from onset until the danger is over, over all cases; one not yet safe counts with its age.

    min(made safe, until) - occurred: a lower bound, equal to `onset_to_safe` if everything is safe.
    """
    return summary(view.ordered("onset_to_safe_so_far"))


def joint_response_time(view: View, summary: Summary = mean) -> float:
    """Hours from report until the last needed department is on site (联动响应时间), severity III or worse.

    max(assembled, arrived) - reported, over joint cases of true severity I-III that assembled: the lead counts too.
    Source: domain brief 4.7 and 5.5.
    """
    return summary(view.ordered("joint_response"))


def joint_response_time_so_far(view: View, summary: Summary = mean) -> float:
    """Joint response time (severity III or worse) that counts a case still gathering with its age: a lower bound."""
    return summary(view.ordered("joint_response_so_far"))


def joint_response_time_all(view: View, summary: Summary = mean) -> float:
    """Hours from report until the last needed department is on site, over joint cases of every severity."""
    return summary(view.ordered("joint_response_all"))


def joint_response_time_all_so_far(view: View, summary: Summary = mean) -> float:
    """Joint response time at every severity that counts a case still gathering with its age: a lower bound."""
    return summary(view.ordered("joint_response_all_so_far"))


def night_share(view: View) -> float:
    """Share of the closed cases that were closed in the night shift, 20-08 h (夜间结案占比); half the day."""
    second = view.ended % DAY
    return share((second >= NIGHT_FROM) | (second < NIGHT_TO), view.closed)
