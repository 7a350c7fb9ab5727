"""Do the designs land inside the ranges that published figures suggest? Writes a Markdown table; see question.md.

    .venv/bin/python experiments/baseline-bands/bands.py [SCENARIO] [--weeks W] [--replications N] [--out FOLDER]

Each value is the mean over paired worlds with its 95 % t interval; medians are medians of a world, averaged.
"""

# ruff: noqa: T201 - a script prints
import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import stats

from citysim.engines.simulate import simulate
from citysim.judging.scorecard import Scores, judge
from citysim.judging.summaries import p50
from citysim.judging.times import joint_response_time
from citysim.judging.view import view_all
from citysim.log import Log
from citysim.policy.catalog import load_policy
from citysim.units import NEVER
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

DESIGNS = (
    "fragmented",
    "lead_department",
    "joint_meeting",
    "joint_meeting_monthly",
    "unified_command",
    "unified_command_ai",
)
BEFORE, AFTER = ("fragmented",), ("unified_command", "unified_command_ai")
FIRES = ("highrise_fire", "other_building_fire", "outdoor_or_forest_fire")
Span = tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Run:
    """One log and what is read off it."""

    log: Log
    residents: list[float]

    @cached_property
    def scores(self) -> Scores:
        return judge(self.log, self.residents)


Measure = Callable[[Run], float]


@dataclass(frozen=True)
class Band:
    """One row: what is measured, and the range before and after a reform (None = nothing published) with its source."""

    name: str
    measure: Measure
    before: Span
    after: Span
    source: str


def score(name: str) -> Measure:
    return lambda run: run.scores.get(name)


def serious_joint_median(run: Run) -> float:
    everything = view_all(run.log, run.residents)
    return joint_response_time(everything.where(everything.original), p50)


def hours(
    begin: str, end: str, *kinds: str, severity: int = 3, unit: float = 1.0, summary: Callable[..., float] = np.mean
) -> Measure:
    """A summary of the hours (times `unit`) between two moments of the genuine first reports of some types."""

    def measured(run: Run) -> float:
        log, case = run.log, run.log.case_columns
        chosen = np.isin(case["kind"], [log.kinds.ids.index(kind) for kind in kinds]) & (case["severity"] <= severity)
        chosen &= (case["genuine"] == 1) & (case["parent"] < 0) & (case[begin] != NEVER) & (case[end] != NEVER)
        found = (case[end] - case[begin])[chosen] / 3_600 * unit
        return float(summary(found)) if len(found) else float("nan")

    return measured


BURST, ALARM, LIFT = "water_burst_small", "manhole_sensor_alarm", "elevator_entrapment"
BANDS = (
    Band("recorded cases per 1,000 residents and year", score("recorded_cases_per_1000_year"), (130, 300), (130, 300),
         "R38, R53"),
    Band("on-time closure, official, share", score("on_time_closure_rate"), (0.70, 0.90), None, "R37, R44"),
    Band("on-time closure, true, share", score("on_time_closure_rate_true"), None, None, ""),
    Band("report to close, mean, h", score("report_to_close_mean"), (15, 40), (4, 12), "R50"),
    Band("joint response, severity III or worse, mean, h", score("joint_response_time"), (12, 36), (0.5, 3), "R77"),
    Band("the same, the waiting counted so far, h", score("joint_response_time_so_far"), None, None, ""),
    Band("joint response, severity III or worse, median, h", serious_joint_median, None, None, ""),
    Band("first dispatch right, share", score("first_dispatch_accuracy"), (0.65, 0.80), (0.95, 0.99), "R58, R60-R62"),
    Band("rework, share", score("rework_rate"), (0.01, 0.06), (0.0005, 0.005), "R38, R42"),
    Band("orders per case", score("mean_dispatches"), (1.5, 3.2), (1.0, 1.1), "R62"),
    Band("small pipe burst, onset to restore, median, h", hours("occurred", "fixed", BURST, summary=np.median), None,
         (2.5, 5), "R08"),
    Band("the same, severity III or worse", hours("occurred", "fixed", BURST, severity=2, summary=np.median), None,
         (2.5, 5), "R08"),
    Band("manhole gas alarm to safe, mean, h", hours("reported", "safe", ALARM), None, (0, 2), "R14"),
    Band("manhole gas alarm to safe, median, h", hours("reported", "safe", ALARM, summary=np.median), None, (0, 2),
         "R14"),
    Band("fire arrival, mean, min", hours("reported", "arrived", *FIRES, unit=60), (6, 9), (6, 9), "R71"),
    Band("lift rescue arrival, mean, min", hours("reported", "arrived", LIFT, unit=60), (10, 14), (10, 14), "R78"),
    Band("readiness to report, 90 % street to 10 % street", score("reporting_ratio_90_10"), (2.4, 3.6), (2.4, 3.6),
         "L01, about 3"),
)  # fmt: skip


def text(values: list[float], span: Span) -> str:
    """Mean with its interval, bold where the mean is outside its range."""
    known = np.array([value for value in values if np.isfinite(value)])
    if not len(known):
        return "-"
    half = stats.t.ppf(0.975, len(known) - 1) * known.std(ddof=1) / len(known) ** 0.5 if len(known) > 1 else np.nan
    shown = f"{known.mean():.3g} ± {half:.2g}"
    return f"**{shown}**" if span and not span[0] <= known.mean() <= span[1] else shown


def table(found: dict[str, list[list[float]]]) -> str:
    lines = [f"| quantity | before reform | after | {' | '.join(found)} | source |", "|---" * (4 + len(found)) + "|"]
    for row, band in enumerate(BANDS):
        cells = [
            band.name,
            *("-" if span is None else f"{span[0]:g}-{span[1]:g}" for span in (band.before, band.after)),
        ]
        for design, worlds in found.items():
            span = band.before if design in BEFORE else band.after if design in AFTER else None
            cells.append(text([values[row] for values in worlds], span))
        lines.append(f"| {' | '.join(cells)} | {band.source} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="scenarios/million.yaml")
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--out", type=Path, help="folder to write table.md to")
    given = parser.parse_args()
    scenario = load_scenario(given.scenario)
    residents = [float(district.population) for district in scenario.districts]
    found: dict[str, list[list[float]]] = {design: [] for design in DESIGNS}
    for replication in range(given.replications):
        world = sample_world(scenario, seed=1, replication=replication, weeks=given.weeks)
        for design in DESIGNS:
            run = Run(simulate(world, load_policy(design), steps=False), residents)
            found[design].append([band.measure(run) for band in BANDS])
        print(f"world {replication + 1} of {given.replications}", file=sys.stderr)
    size = f"--weeks {given.weeks} --replications {given.replications}"
    command = f"experiments/baseline-bands/bands.py {given.scenario} {size}"
    page = f"# Designs and published ranges\n\nMade by `{command}`.\nBold: outside its range.\n\n{table(found)}\n"
    if given.out is None:
        print(page)
    else:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "table.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
