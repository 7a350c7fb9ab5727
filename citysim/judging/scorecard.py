"""Which indicators there are, their units, which way is better, for which groups of cases; and judging a log."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from citysim.judging import harm, load, routing, times
from citysim.judging.load import Pools
from citysim.judging.summaries import mean, p50, p90, p99
from citysim.judging.view import View, residents_of, view_all
from citysim.log import Log, to_frame
from citysim.units import GRADES

Direction = Literal["lower", "higher", "neither"]
"""Which way is better; `neither` where a difference is only a difference."""

SEVERITIES = ("I", "II", "III", "IV")
CASE_STRATA = ("all", "severity", "risk_grade", "joint", "group", "district")
"""severity is the true one, equal in every design of one world; risk_grade is what the design judged, so its groups
hold different cases in different designs: read it inside a design, compare designs by severity."""
DESK_STRATA = ("all", "group", "district")
POOL_STRATA = ("all", "family", "level")
STRATA = ("all", "severity", "risk_grade", "joint", "group", "district", "family", "level")


@dataclass(frozen=True)
class Indicator:
    """One entry of the scorecard.

    Args:
        of: `cases` (genuine originals), `desk` (every case, also repeats and false alarms), `pools`, or `run` (all
            pools and the genuine originals).
        measure: the number, from a View, from Pools, or from both (`run`).
        counted: a column whose true or known entries say on how many cases it rests.
        strata: what it is broken down by.
    """

    id: str
    unit: str
    better: Direction
    measure: Callable[..., float]
    of: Literal["cases", "desk", "pools", "run"] = "cases"
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


def _known(column: str) -> Callable[[View], npt.NDArray[Any]]:
    """The known entries of a column of hours."""
    return lambda view: view.ordered(column)


INDICATORS: tuple[Indicator, ...] = (
    Indicator("on_time_closure_rate", "share", "higher", times.on_time_closure_rate, counted=lambda v: v.due_official),
    Indicator(
        "on_time_closure_rate_true", "share", "higher", times.on_time_closure_rate_true, counted=lambda v: v.due_true
    ),
    Indicator(
        "on_time_closure_rate_onset", "share", "higher", times.on_time_closure_rate_onset, counted=lambda v: v.due_onset
    ),
    Indicator("on_time_gap", "share", "lower", times.on_time_gap, counted=lambda v: v.due_official & v.due_true),
    Indicator("urgent_on_time", "share", "higher", times.urgent_on_time, counted=times.urgent_due),
    Indicator("closure_rate", "share", "higher", times.closure_rate, counted=lambda v: v.due_true),
    Indicator("official_true_gap", "h", "lower", times.official_true_gap, counted=times.gap_column),
    *_durations(),
    Indicator(
        "first_dispatch_accuracy", "share", "higher", routing.first_dispatch_accuracy, counted=lambda v: v.dispatched
    ),
    Indicator(
        "mean_dispatches", "dispatches per case", "lower", routing.mean_dispatches, counted=lambda v: v.dispatched
    ),
    Indicator("return_rate", "share", "lower", routing.return_rate, counted=lambda v: v.dispatched),
    Indicator("rework_rate", "share", "lower", routing.rework_rate, counted=lambda v: v.handled),
    Indicator("proactive_share", "share", "higher", routing.proactive_share),
    Indicator("backlog", "cases", "lower", load.backlog),
    Indicator("backlog_mean", "cases", "lower", load.backlog_mean),
    Indicator("backlog_age_p90", "h", "lower", load.backlog_age_p90, counted=lambda v: v.open),
    Indicator("harm_proxy", "weighted h per 100k residents and week", "lower", harm.harm_proxy),
    Indicator("harm_total", "weighted h per week", "lower", harm.harm_total),
    Indicator("recorded_cases", "cases per week", "neither", load.recorded_cases),
    Indicator(
        "recorded_cases_per_1000_year",
        "cases per 1,000 residents and year",
        "neither",
        load.recorded_cases_per_1000_year,
    ),
    Indicator(
        "repeat_reports", "cases per week", "neither", load.repeat_reports, "desk", lambda v: v.repeat, DESK_STRATA
    ),
    Indicator("false_alarms", "cases per week", "lower", load.false_alarms, "desk", lambda v: ~v.genuine, DESK_STRATA),
    Indicator("backlog_all", "cases", "lower", load.backlog_all, "desk", None, DESK_STRATA),
    Indicator("utilisation", "share", "neither", load.utilisation, "pools", None, POOL_STRATA),
    Indicator("saturation_time", "h per week", "lower", load.saturation_time, "pools", None, POOL_STRATA),
    Indicator("queue_wait", "h", "lower", load.queue_wait, "pools", None, POOL_STRATA),
    Indicator("staff_cost", "yuan per week", "lower", harm.staff_cost, "pools", None, POOL_STRATA),
    Indicator("cost_total", "yuan per week", "lower", harm.cost_total, "pools", None, ("all",)),
    Indicator("cost_per_closed", "yuan", "lower", harm.cost_per_closed, "run", lambda v: v.closed, ("all",)),
)
BY_ID: dict[str, Indicator] = {indicator.id: indicator for indicator in INDICATORS}
HEADLINE = (
    "on_time_closure_rate", "on_time_closure_rate_true", "report_to_close_so_far_mean", "onset_to_safe_so_far_mean",
    "onset_to_safe_so_far_p90", "joint_response_time_so_far", "detection_delay", "first_dispatch_accuracy",
    "mean_dispatches", "rework_rate", "backlog", "backlog_age_p90", "utilisation", "saturation_time", "harm_proxy",
    "cost_total",
)  # fmt: skip
"""The indicators of a first page, in the order in which a reader asks."""


@dataclass(frozen=True)
class Scores:
    """What one log is worth: a flat table, one row for each indicator and group of a stratum.

    Every log of one scenario and one set of pool families has the same rows in the same order, also for empty groups.

    Args:
        indicator, stratum, group: names; value: in the indicator's unit, nan where undefined; n: cases or
            pools behind it.
    """

    indicator: tuple[str, ...]
    stratum: tuple[str, ...]
    group: tuple[str, ...]
    value: npt.NDArray[np.float64]
    n: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indicator)

    def get(self, indicator: str, stratum: str = "all", group: str = "all") -> float:
        """The value of one indicator.

        Raises:
            KeyError: there is no such row.
        """
        for k, row in enumerate(zip(self.indicator, self.stratum, self.group, strict=True)):
            if row == (indicator, stratum, group):
                return float(self.value[k])
        raise KeyError(f"no indicator {indicator!r} for {stratum} {group!r}")

    def table(self, frame: Literal["pandas", "polars"] = "pandas") -> Any:
        """The same as a pandas or polars table, with unit and direction."""
        columns = {
            "indicator": self.indicator,
            "stratum": self.stratum,
            "group": self.group,
            "unit": [BY_ID[name].unit for name in self.indicator],
            "better": [BY_ID[name].better for name in self.indicator],
        }
        named = {name: np.array(values, dtype=object) for name, values in columns.items()}
        return to_frame({**named, "value": self.value, "n": self.n}, frame)


def judge(log: Log, residents: Sequence[float] | None = None) -> Scores:
    """Read every indicator off a log, for all cases and for each group of its strata.

    Args:
        residents: people of each district, in the order of log.district_ids; None = as the log says.
    """
    residents = residents_of(log) if residents is None else residents
    everything = view_all(log, residents)
    originals = everything.where(np.flatnonzero(everything.original))
    rows: list[tuple[str, str, str, float, int]] = []
    for scope, view in (("cases", originals), ("desk", everything)):
        chosen = [indicator for indicator in INDICATORS if indicator.of == scope]
        for stratum in CASE_STRATA if scope == "cases" else DESK_STRATA:
            for group, part in _parts(view, stratum, residents):
                for indicator in chosen:
                    if stratum in indicator.strata:
                        rows.append((indicator.id, stratum, group, indicator.measure(part), _count(indicator, part)))
    rows.extend(_judge_pools(log, originals))
    position = {name: k for k, name in enumerate(BY_ID)}
    rows.sort(key=lambda row: (position[row[0]], STRATA.index(row[1])))
    names, strata, groups, values, counts = zip(*rows, strict=True)
    return Scores(names, strata, groups, np.array(values, dtype=np.float64), np.array(counts, dtype=np.int64))


def indicators(
    log: Log, residents: Sequence[float] | None = None, frame: Literal["pandas", "polars"] = "pandas"
) -> Any:
    """Every indicator of a log as a table: indicator, stratum, group, unit, better, value, n.

    Args:
        residents: people of each district, in the order of log.district_ids; None = as the log says.
        frame: `pandas` or `polars`.
    """
    return judge(log, residents).table(frame)


def _judge_pools(log: Log, originals: View) -> Iterator[tuple[str, str, str, float, int]]:
    for stratum in POOL_STRATA:
        for group, pools in _pool_parts(log, stratum):
            for indicator in INDICATORS:
                if indicator.of == "pools" and stratum in indicator.strata:
                    yield indicator.id, stratum, group, indicator.measure(pools), len(pools)
    everyone = Pools(log, np.arange(len(log.pool_columns["family"])))
    for indicator in INDICATORS:
        if indicator.of == "run":
            yield indicator.id, "all", "all", indicator.measure(everyone, originals), _count(indicator, originals)


def _count(indicator: Indicator, view: View) -> int:
    if indicator.counted is None:
        return len(view)
    column = indicator.counted(view)
    return int(np.count_nonzero(column if column.dtype == bool else ~np.isnan(column)))


def _parts(view: View, stratum: str, residents: Sequence[float] | None) -> Iterator[tuple[str, View]]:
    """Each group of a stratum with its cases; also groups without any."""
    if stratum == "all":
        yield "all", view
        return
    names, code = _codes(view, stratum)
    order = np.argsort(code, kind="stable")
    ends = np.searchsorted(code[order], np.arange(len(names) + 1))
    for k, name in enumerate(names):
        people = residents[k] if stratum == "district" and residents is not None else None
        yield name, view.where(order[ends[k] : ends[k + 1]], people)


def _codes(view: View, stratum: str) -> tuple[Sequence[str], npt.NDArray[Any]]:
    """Names of the groups of a stratum, and the position of each case's group among them."""
    if stratum == "severity":
        return SEVERITIES, view.severity
    if stratum == "risk_grade":
        return (*GRADES, "ungraded"), np.where(view.grade < 0, len(GRADES), view.grade)
    if stratum == "joint":
        return ("joint", "single"), np.where(view.joint, 0, 1)
    if stratum == "district":
        return view.log.district_ids, view.district
    names = tuple(dict.fromkeys(view.log.kinds.groups))
    return names, np.array([names.index(g) for g in view.log.kinds.groups])[view.kind]


def _pool_parts(log: Log, stratum: str) -> Iterator[tuple[str, Pools]]:
    family = log.pool_columns["family"]
    if stratum == "all":
        yield "all", Pools(log, np.arange(len(family)))
    elif stratum == "family":
        for k, name in enumerate(log.families):
            yield name, Pools(log, np.flatnonzero(family == k))
    else:
        levels = np.array(log.levels, dtype=object)[family]
        for name in dict.fromkeys(log.levels):
            yield name, Pools(log, np.flatnonzero(levels == name))
