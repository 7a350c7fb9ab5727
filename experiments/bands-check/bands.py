"""Do the two designs land inside the bands that published figures suggest? Prints a Markdown table.

    .venv/bin/python experiments/bands-check/bands.py [SCENARIO] [--weeks W] [--replications N] [--pools]

The bands are those of docs/background/bands.md, with their sources. Means over replications of the same worlds.
"""

# ruff: noqa: T201 - a script prints
import argparse
from dataclasses import dataclass

import numpy as np

from citysim.engines.simulate import simulate
from citysim.judging.scorecard import judge
from citysim.judging.summaries import p50
from citysim.judging.times import joint_response_time
from citysim.judging.view import view_all
from citysim.log import Log
from citysim.policy.catalog import load_policy
from citysim.units import NEVER
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

DESIGNS = ("fragmented", "unified_command")


@dataclass(frozen=True)
class Band:
    """One row: what is measured and the range in which each design should lie; None = no band."""

    name: str
    fragmented: tuple[float, float] | None
    unified: tuple[float, float] | None


BANDS = (
    Band("recorded cases per 1,000 residents and year", (130, 300), (130, 300)),
    Band("on-time closure, official, share", (0.70, 0.90), None),
    Band("on-time closure, true, share", None, None),
    Band("report to close, mean, h", (15, 40), (4, 12)),
    Band("joint response, severity III or worse, mean, h", (12, 36), (0.5, 3)),
    Band("joint response, severity III or worse, median, h", None, None),
    Band("first dispatch right, share", (0.65, 0.80), (0.95, 0.99)),
    Band("rework, share", (0.01, 0.06), (0.0005, 0.005)),
    Band("transfers per order", (1.5, 3.2), (1.0, 1.1)),
    Band("small pipe burst, onset to restore, median, h", None, (2.5, 5)),
    Band("the same, severity III or worse, median, h", None, (2.5, 5)),
    Band("manhole gas alarm to safe, mean, h", None, (0, 2)),
    Band("manhole gas alarm to safe, median, h", None, (0, 2)),
    Band("manhole gas alarm to fixed, median, h", None, None),
    Band("fire arrival, mean, min", (6, 9), (6, 9)),
    Band("lift rescue arrival, mean, min", (10, 14), (10, 14)),
)
FIRES = ("highrise_fire", "other_building_fire", "outdoor_or_forest_fire")


def hours(log: Log, begin: str, end: str, *kinds: str, severity: int = 3) -> np.ndarray:
    """Hours between two moments of the genuine first reports of some types, of this severity or worse."""
    case = log.case_columns
    chosen = np.isin(case["kind"], [log.kinds.ids.index(kind) for kind in kinds]) & (case["severity"] <= severity)
    chosen &= (case["genuine"] == 1) & (case["parent"] < 0) & (case[begin] != NEVER) & (case[end] != NEVER)
    return (case[end] - case[begin])[chosen] / 3_600


def measure(log: Log, residents: list[float]) -> list[np.ndarray | float]:
    """The rows of BANDS in order; arrays are pooled over replications."""
    scores, everything = judge(log, residents), view_all(log, residents)
    originals = everything.where(everything.original)
    clear = hours(log, "reported", "safe", "manhole_sensor_alarm")
    return [
        scores.get("recorded_cases_per_1000_year"),
        scores.get("on_time_closure_rate"),
        scores.get("on_time_closure_rate_true"),
        scores.get("report_to_close_mean"),
        scores.get("joint_response_time"),
        joint_response_time(originals, p50),
        scores.get("first_dispatch_accuracy"),
        scores.get("rework_rate"),
        scores.get("mean_dispatches"),
        hours(log, "occurred", "fixed", "water_burst_small"),
        hours(log, "occurred", "fixed", "water_burst_small", severity=2),
        clear,
        clear,
        hours(log, "reported", "fixed", "manhole_sensor_alarm"),
        hours(log, "reported", "arrived", *FIRES) * 60,
        hours(log, "reported", "arrived", "elevator_entrapment") * 60,
    ]


def pooled(name: str, values: list[np.ndarray | float]) -> float:
    if isinstance(values[0], np.ndarray):
        joined = np.concatenate(values)
        return float(np.median(joined) if "median" in name else joined.mean()) if len(joined) else float("nan")
    return float(np.nanmean(values))


def verdict(value: float, band: tuple[float, float] | None) -> str:
    if band is None:
        return ""
    return "inside" if band[0] <= value <= band[1] else "outside"


def utilisation(log: Log) -> dict[str, tuple[float, float]]:
    """(busy share, mean wait in hours) of each family."""
    pool = log.pool_columns
    result = {}
    for number, name in enumerate(log.families):
        rows = pool["family"] == number
        served = max(int(pool["served"][rows].sum()), 1)
        busy = pool["busy"][rows].sum() / max(int(pool["scheduled"][rows].sum()), 1)
        result[name] = (float(busy), float(pool["waiting"][rows].sum() / served / 3_600))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="scenarios/million.yaml")
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--replications", type=int, default=4)
    parser.add_argument("--pools", action="store_true", help="also print load and waiting of each family")
    given = parser.parse_args()
    scenario = load_scenario(given.scenario)
    residents = [float(district.population) for district in scenario.districts]
    found: dict[str, list[list[np.ndarray | float]]] = {design: [] for design in DESIGNS}
    loads: dict[str, dict[str, tuple[float, float]]] = {}
    for replication in range(given.replications):
        world = sample_world(scenario, seed=1, replication=replication, weeks=given.weeks)
        for design in DESIGNS:
            log = simulate(world, load_policy(design), steps=False)
            found[design].append(measure(log, residents))
            loads[design] = utilisation(log)
    print("| quantity | band fragmented | fragmented | | band unified | unified | |\n|---|---|---|---|---|---|---|")
    for row, band in enumerate(BANDS):
        cells = [band.name]
        for design, span in zip(DESIGNS, (band.fragmented, band.unified), strict=True):
            value = pooled(band.name, [rows[row] for rows in found[design]])
            cells += [f"{span[0]:g}-{span[1]:g}" if span else "-", f"{value:.3g}", verdict(value, span)]
        print(f"| {' | '.join(cells)} |")
    if given.pools:
        print("\n| pool | busy D0 | wait D0, h | busy D4 | wait D4, h |\n|---|---|---|---|---|")
        for name in loads[DESIGNS[1]]:
            cells = [f"{x:.2f}" for design in DESIGNS for x in loads[design].get(name, (np.nan, np.nan))]
            print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
