"""Which indicators there are: unit, which way is better, and for which groups of cases. A test compares their words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy.typing as npt

from citysim.judging import (
    alerts,
    awareness,
    closing,
    costs,
    fairness,
    harm,
    hotline,
    lifelines,
    load,
    losses,
    meetings,
    oversight,
    reporting,
    routing,
    spread,
    times,
    triage,
)
from citysim.judging.summaries import mean, p50, p90, p99
from citysim.judging.view import View

Direction = Literal["lower", "higher", "neither"]
"""Which way is better; `neither` where a difference is only a difference."""

SEVERITIES = ("I", "II", "III", "IV")
CASE_STRATA = ("all", "severity", "risk_grade", "joint", "group", "district")
"""severity is the true one, equal in every design of one world; risk_grade is what the design judged, so its groups
hold different cases in different designs: read it inside a design, compare designs by severity."""
DESK_STRATA = ("all", "group", "district")
POOL_STRATA = ("all", "family", "level")
LOSS_STRATA = ("all", "severity", "group", "district")
TRIAGE_STRATA = ("all", "severity", "group")
EQUITY_STRATA = ("all", "group", "district")
ALL = ("all",)
QUARTER_STRATA = (*CASE_STRATA, "quarter")
"""quarter: when the case was reported; for the few indicators of which a question asks how they change in a year."""
STRATA = ("all", "severity", "risk_grade", "joint", "group", "district", "quarter", "family", "level")
QUARTER_WEEKS, LEAST_QUARTERS = 13, 2


def quarters(weeks: float) -> tuple[str, ...]:
    """The whole quarters of 13 weeks in so many judged weeks, the first from their beginning; none if less than two."""
    count = int(weeks // QUARTER_WEEKS)
    return tuple(f"q{k + 1}" for k in range(count)) if count >= LEAST_QUARTERS else ()


@dataclass(frozen=True)
class Indicator:
    """One entry of the scorecard.

    Args:
        of: `cases` (genuine originals), `desk` (every report, also repeats and false alarms), `calls` (enquiries),
            `pools` (people), `gates` (sittings), `run` (all pools, and every case), or `twin` (genuine originals of the
            run, and of the same world under instant response; only where that was simulated too).
        measure: the number, from a View, from Pools, from Pools and a View (`run`), or from two Views (`twin`).
        counted: a column whose true or known entries say on how many cases it rests.
        strata: what it is broken down by.
    """

    id: str
    unit: str
    better: Direction
    measure: Callable[..., float]
    of: Literal["cases", "desk", "calls", "pools", "gates", "run", "twin"] = "cases"
    counted: Callable[[View], npt.NDArray[Any]] | None = None
    strata: tuple[str, ...] = CASE_STRATA


def _durations() -> Iterator[Indicator]:
    """Mean and quantiles of each duration; the mean keeps the plain name where the brief gives one."""
    few, some, full = (p90,), (p50, p90), (p50, p90, p99)
    columns: tuple[tuple[str, Callable[..., float], str, str, tuple[Callable[..., float], ...]], ...] = (
        ("detection_delay", times.detection_delay, "detection", "", few),
        ("report_to_dispatch", times.report_to_dispatch, "report_to_dispatch", "_mean", few),
        ("report_to_arrival", times.report_to_arrival, "report_to_arrival", "_mean", few),
        ("joint_response_time", times.joint_response_time, "joint_response", "", some),
        ("joint_response_time_so_far", times.joint_response_time_so_far, "joint_response_so_far", "", some),
        ("joint_response_time_all", times.joint_response_time_all, "joint_response_all", "", some),
        ("joint_response_time_all_so_far", times.joint_response_time_all_so_far, "joint_response_all_so_far", "", some),
        ("report_to_close", times.report_to_close, "report_to_close", "_mean", full),
        ("report_to_close_so_far", times.report_to_close_so_far, "report_to_close_so_far", "_mean", full),
        ("onset_to_safe", times.onset_to_safe, "onset_to_safe", "_mean", full),
        ("onset_to_safe_so_far", times.onset_to_safe_so_far, "onset_to_safe_so_far", "_mean", full),
    )
    for name, measure, column, of_mean, quantiles in columns:
        for suffix, summary in ((of_mean, mean), *((f"_{q.__name__}", q) for q in quantiles)):
            yield Indicator(name + suffix, "h", "lower", partial(measure, summary=summary), counted=_known(column))


def _graded(view: View) -> npt.NDArray[Any]:
    return view.was_graded


def _due(view: View) -> npt.NDArray[Any]:
    return view.due_true


def _known(column: str) -> Callable[[View], npt.NDArray[Any]]:
    """The known entries of a column of hours."""
    return lambda view: view.ordered(column)


TIMES: tuple[Indicator, ...] = (
    Indicator("on_time_closure_rate", "share", "higher", times.on_time_closure_rate, counted=times.due_unshelved),
    Indicator(
        "on_time_closure_rate_strict",
        "share",
        "higher",
        times.on_time_closure_rate_strict,
        counted=lambda v: v.due_official,
        strata=LOSS_STRATA,
    ),
    Indicator(
        "on_time_closure_rate_true",
        "share",
        "higher",
        times.on_time_closure_rate_true,
        counted=lambda v: v.due_true,
        strata=QUARTER_STRATA,
    ),
    Indicator(
        "on_time_closure_rate_onset", "share", "higher", times.on_time_closure_rate_onset, counted=lambda v: v.due_onset
    ),
    Indicator("on_time_gap", "share", "lower", times.on_time_gap, counted=lambda v: v.due_official & v.due_true),
    Indicator("urgent_on_time", "share", "higher", times.urgent_on_time, counted=times.urgent_due),
    Indicator("closure_rate", "share", "higher", times.closure_rate, counted=lambda v: v.due_true),
    Indicator("official_true_gap", "h", "lower", times.official_true_gap, counted=times.gap_column),
    *_durations(),
    Indicator("night_share", "share", "neither", times.night_share, "cases", lambda v: v.closed, EQUITY_STRATA),
)

ROUTING: tuple[Indicator, ...] = (
    Indicator("filing_rate", "share", "neither", alerts.filing_rate, "desk", lambda v: ~v.repeat, DESK_STRATA),
    Indicator(
        "filing_on_time",
        "share",
        "higher",
        alerts.filing_on_time,
        "desk",
        lambda v: v.was_filed & ~v.repeat,
        DESK_STRATA,
    ),
    Indicator(
        "first_dispatch_accuracy",
        "share",
        "higher",
        routing.first_dispatch_accuracy,
        counted=lambda v: v.was_dispatched,
        strata=QUARTER_STRATA,
    ),
    Indicator(
        "mean_dispatches", "dispatches per case", "lower", routing.mean_dispatches, counted=lambda v: v.was_dispatched
    ),
    Indicator("return_rate", "share", "lower", routing.return_rate, counted=lambda v: v.was_dispatched),
    Indicator("rework_rate", "share", "lower", routing.rework_rate, counted=lambda v: v.handled),
    Indicator("proactive_share", "share", "higher", routing.proactive_share),
    Indicator("awareness_gap", "share", "lower", awareness.awareness_gap),
    Indicator("wrong_merge_rate", "share", "lower", oversight.wrong_merge_rate, strata=EQUITY_STRATA),
    Indicator("alert_precision", "share", "higher", alerts.alert_precision, "desk", alerts.automatic, DESK_STRATA),
    Indicator("false_alarms", "cases per week", "lower", load.false_alarms, "desk", lambda v: ~v.real, DESK_STRATA),
    Indicator("false_alarm_share", "share", "lower", alerts.false_alarm_share, "desk", None, DESK_STRATA),
    Indicator("trips_in_vain", "per week", "lower", alerts.trips_in_vain, "desk", lambda v: ~v.real, DESK_STRATA),
    Indicator(
        "repeat_reports", "cases per week", "neither", load.repeat_reports, "desk", lambda v: v.repeat, DESK_STRATA
    ),
    Indicator("enquiries", "per week", "neither", hotline.enquiries, "calls", None, ("all", "district")),
    Indicator("calls_answered", "share", "higher", hotline.calls_answered, "calls", None, ("all", "district")),
    Indicator("recorded_cases", "cases per week", "neither", load.recorded_cases),
    Indicator(
        "recorded_cases_per_1000_year",
        "cases per 1,000 residents and year",
        "neither",
        load.recorded_cases_per_1000_year,
    ),
    Indicator("backlog", "cases", "lower", load.backlog),
    Indicator("backlog_mean", "cases", "lower", load.backlog_mean),
    Indicator("backlog_age_p90", "h", "lower", load.backlog_age_p90, counted=lambda v: v.open),
    Indicator("backlog_all", "cases", "lower", load.backlog_all, "desk", None, DESK_STRATA),
)

TRIAGE: tuple[Indicator, ...] = (
    Indicator("graded_red", "share", "neither", partial(triage.graded_share, grade=0), "cases", _graded, TRIAGE_STRATA),
    Indicator(
        "graded_orange", "share", "neither", partial(triage.graded_share, grade=1), "cases", _graded, TRIAGE_STRATA
    ),
    Indicator(
        "graded_yellow", "share", "neither", partial(triage.graded_share, grade=2), "cases", _graded, TRIAGE_STRATA
    ),
    Indicator(
        "graded_blue", "share", "neither", partial(triage.graded_share, grade=3), "cases", _graded, TRIAGE_STRATA
    ),
    Indicator("grade_accuracy", "share", "higher", triage.grade_accuracy, "cases", _graded, TRIAGE_STRATA),
    Indicator(
        "grade_accuracy_settled", "share", "higher", triage.grade_accuracy_settled, "cases", _graded, TRIAGE_STRATA
    ),
    Indicator("under_triage_rate", "share", "lower", triage.under_triage_rate, "cases", triage.serious, TRIAGE_STRATA),
    Indicator("over_triage_rate", "share", "lower", triage.over_triage_rate, "cases", triage.raised, TRIAGE_STRATA),
    Indicator(
        "under_triage_harm",
        "weighted h per week",
        "lower",
        triage.under_triage_harm,
        "cases",
        triage.under_triaged,
        TRIAGE_STRATA,
    ),
    Indicator(
        "over_triage_crew_hours",
        "crew-h per week",
        "lower",
        triage.over_triage_crew_hours,
        "cases",
        triage.over_triaged,
        TRIAGE_STRATA,
    ),
    Indicator("regrade_count", "per week", "neither", triage.regrade_count, "cases", _graded, TRIAGE_STRATA),
)

SPREAD: tuple[Indicator, ...] = (
    Indicator("escalation_rate", "share", "lower", spread.escalation_rate, strata=LOSS_STRATA),
    Indicator("cascade_rate", "children per incident", "lower", spread.cascade_rate, strata=LOSS_STRATA),
    Indicator("recurrence_rate", "share", "lower", spread.recurrence_rate, "cases", lambda v: v.closed, LOSS_STRATA),
    Indicator("signals_traffic", "per week", "lower", partial(spread.signals_per_week, signal="traffic"), strata=ALL),
    Indicator(
        "signals_sensor_net", "per week", "lower", partial(spread.signals_per_week, signal="sensor_net"), strata=ALL
    ),
    Indicator("signals_injury", "per week", "lower", partial(spread.signals_per_week, signal="injury"), strata=ALL),
)

OVERSIGHT: tuple[Indicator, ...] = (
    Indicator("extension_rate", "share", "lower", oversight.extension_rate, "cases", _due, EQUITY_STRATA),
    Indicator("shelve_rate", "share", "lower", oversight.shelve_rate, "cases", _due, EQUITY_STRATA),
    Indicator("notices_per_case", "per case", "neither", oversight.notices_per_case, strata=EQUITY_STRATA),
    Indicator("noticed_share", "share", "lower", oversight.noticed_share, strata=EQUITY_STRATA),
    Indicator("whistles", "per week", "neither", oversight.whistles, strata=EQUITY_STRATA),
    Indicator("conflicts", "per week", "lower", oversight.conflicts, strata=EQUITY_STRATA),
    Indicator("callouts", "per week", "neither", oversight.callouts, strata=EQUITY_STRATA),
    Indicator(
        "false_closure_rate",
        "share",
        "lower",
        oversight.false_closure_rate,
        "cases",
        lambda v: v.was_dispatched,
        EQUITY_STRATA,
    ),
    Indicator(
        "false_closures_caught",
        "share",
        "higher",
        oversight.false_closures_caught,
        "cases",
        lambda v: v.false_closures > 0,
        EQUITY_STRATA,
    ),
    Indicator("equity_gap", "times", "lower", fairness.equity_gap, strata=EQUITY_STRATA),
    Indicator("gini_delay", "0 to 1", "lower", fairness.gini_delay, strata=EQUITY_STRATA),
    Indicator("premium_gap", "times", "lower", fairness.premium_gap, strata=("all", "group")),
    Indicator(
        "reporting_ratio_90_10",
        "times",
        "neither",
        reporting.reporting_ratio_90_10,
        "desk",
        reporting.citizen_reports,
        ("all", "district"),
    ),
    Indicator(
        "reporting_adjusted_delay",
        "h",
        "lower",
        reporting.reporting_adjusted_delay,
        "desk",
        reporting.citizen_reports,
        ("all", "district"),
    ),
)

LIFELINES: tuple[Indicator, ...] = (
    Indicator(
        "loop_closure_rate", "share", "higher", lifelines.loop_closure_rate, "cases", lifelines.due, ("all", "group")
    ),
    *(
        Indicator(
            gate, "share", "higher", partial(lifelines.gate_passed, gate=gate), "cases", lifelines.due, ("all", "group")
        )
        for gate in lifelines.GATES
    ),
)

PER_RESIDENT = "people per 100k residents and year"
LOSSES: tuple[Indicator, ...] = (
    Indicator("harm_proxy", "weighted h per 100k residents and week", "lower", harm.harm_proxy),
    Indicator("harm_total", "weighted h per week", "lower", harm.harm_total),
    Indicator("casualties", PER_RESIDENT, "lower", losses.casualties, strata=LOSS_STRATA),
    Indicator("deaths", PER_RESIDENT, "lower", losses.deaths, strata=LOSS_STRATA),
    Indicator("injured", PER_RESIDENT, "lower", losses.injured, strata=LOSS_STRATA),
    Indicator("direct_loss", "yuan per week", "lower", losses.direct_loss, strata=LOSS_STRATA),
    Indicator("direct_loss_discounted", "yuan per week", "lower", losses.direct_loss_discounted, strata=ALL),
    Indicator(
        "outage_household_hours", "household-h per week", "lower", losses.outage_household_hours, strata=LOSS_STRATA
    ),
    Indicator("lane_hours", "lane-h per week", "lower", losses.lane_hours, strata=LOSS_STRATA),
    Indicator("nuisance_person_hours", "person-h per week", "lower", losses.nuisance_person_hours, strata=LOSS_STRATA),
    Indicator(
        "accidents_especially_major", "per year", "lower", partial(losses.accidents, grades=(0,)), strata=LOSS_STRATA
    ),
    Indicator("accidents_major", "per year", "lower", partial(losses.accidents, grades=(1,)), strata=LOSS_STRATA),
    Indicator("accidents_larger", "per year", "lower", partial(losses.accidents, grades=(2,)), strata=LOSS_STRATA),
    Indicator("accidents_general", "per year", "lower", partial(losses.accidents, grades=(3,)), strata=LOSS_STRATA),
    Indicator("preventable_loss", "yuan per week", "lower", losses.preventable_direct_loss, "twin", strata=ALL),
    Indicator("preventable_casualties", PER_RESIDENT, "lower", losses.preventable_casualties, "twin", strata=ALL),
)

RESOURCES: tuple[Indicator, ...] = (
    Indicator("utilisation", "share", "neither", load.utilisation, "pools", None, POOL_STRATA),
    Indicator("saturation_time", "h per week", "lower", load.saturation_time, "pools", None, POOL_STRATA),
    Indicator("queue_wait", "h", "lower", load.queue_wait, "pools", None, POOL_STRATA),
    Indicator("command_delay", "h", "lower", meetings.command_delay, "pools", None, ("all", "level")),
    Indicator("sittings", "per week", "neither", meetings.sittings, "gates", None, ALL),
    Indicator("meeting_hours", "attendee-h per week", "lower", meetings.meeting_hours, "gates", None, ALL),
    Indicator("agenda_backlog", "cases", "lower", meetings.agenda_backlog, "gates", None, ALL),
    Indicator("agenda_wait", "h", "lower", meetings.agenda_wait, "gates", None, ALL),
    Indicator("agenda_used", "share", "neither", meetings.agenda_used, "gates", None, ALL),
    Indicator("staff_cost", "yuan per week", "lower", costs.staff_cost, "pools", None, POOL_STRATA),
    Indicator("meeting_cost", "yuan per week", "lower", meetings.meeting_cost, "gates", None, ALL),
    Indicator("cost_total", "yuan per week", "lower", costs.cost_total, "run", None, ALL),
    Indicator("loop_answered", "share", "higher", closing.loop_answered, "run", None, ALL),
    Indicator("loop_closed", "share", "higher", closing.loop_closed, "run", None, ALL),
    Indicator("decisions", "per week", "neither", closing.decisions, "run", None, ALL),
    Indicator("application_effect", "effect", "higher", closing.application_effect, "run", None, ALL),
    Indicator("application_effect_end", "effect", "higher", closing.application_effect_end, "run", None, ALL),
    Indicator("harmful_applications", "share", "lower", closing.harmful_applications, "run", None, ALL),
    Indicator("cost_per_closed", "yuan", "lower", costs.cost_per_closed, "run", lambda v: v.closed & v.original, ALL),
)

INDICATORS = (*TIMES, *ROUTING, *TRIAGE, *SPREAD, *OVERSIGHT, *LIFELINES, *LOSSES, *RESOURCES)
BY_ID: dict[str, Indicator] = {indicator.id: indicator for indicator in INDICATORS}
HEADLINE = (
    "on_time_closure_rate", "on_time_closure_rate_true", "report_to_close_so_far_mean", "onset_to_safe_so_far_mean",
    "onset_to_safe_so_far_p90", "joint_response_time_so_far", "detection_delay", "first_dispatch_accuracy",
    "mean_dispatches", "rework_rate", "backlog", "backlog_age_p90", "utilisation", "saturation_time",
    "under_triage_rate", "cascade_rate", "casualties", "direct_loss", "harm_proxy", "cost_total",
)  # fmt: skip
"""The indicators of a first page, in the order in which a reader asks."""
