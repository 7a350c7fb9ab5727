"""Has the model changed its answer? Named runs against what is committed: to the bit where that is meant.

Where Python, NumPy and numba are those of the baseline, every log must have the same digest and every indicator the
same value. Where they are not, last bits may differ and equal logs cannot be asked for: then each indicator is compared
world by world, and is the same, has changed, or cannot be told apart yet.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from citysim.engines.simulate import Engine, simulate
from citysim.errors import DataError
from citysim.evaluation import manifest as manifests
from citysim.intake import arrivals, poisson_times
from citysim.judging.scorecard import HEADLINE, judge
from citysim.log import OUTCOMES, Log
from citysim.policy.catalog import load_policy
from citysim.policy.durations import Exponential
from citysim.policy.policy import Policy
from citysim.policy.staffing import PoolFamily, Shift, Staffing
from citysim.policy.workflow import Workflow
from citysim.statistics.intervals import t_interval
from citysim.statistics.pairs import LEAST_PAIRS
from citysim.statistics.steady import replication_deletion
from citysim.units import HOUR
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

SAME, CHANGED, OPEN = "same", "changed", "cannot_tell"
RELEVANT = 0.005
"""A mean that moved by less than this share of itself is the same, where bits cannot be compared [asm]."""

SEED, LEVEL, CLOSE = 2026, 0.95, 1e-9
ENVIRONMENT = ("python", "numpy", "numba")
MORE = ("recorded_cases", "backlog_mean", "closure_rate", "calls_answered", "report_to_close_mean", "official_true_gap")
"""Indicators watched beside the headline: volume, what is still open, impatience, and the clocks."""


@dataclass(frozen=True)
class Named:
    """A run that is remembered: a design in a city, over a few worlds.

    Args:
        worlds: of `weeks` each; a run of a queue has as many replications instead.
    """

    name: str
    city: str
    design: str
    weeks: int
    worlds: int


RUNS = (
    *(
        Named(f"toy {design}", "toy", design, 1, 6)
        for design in ("fragmented", "lead_department", "joint_meeting", "task_force", "unified_command")
    ),
    Named("toy unified_command_ai", "toy", "unified_command_ai", 1, 6),
    Named("million fragmented", "million", "fragmented", 1, 6),
    Named("million unified_command", "million", "unified_command", 1, 6),
    Named("million committee_integrated", "million", "committee_integrated", 13, 4),
    Named("queue with impatience", "queue", "", 0, 10),
)
"""A committee decides in the eighth week at the earliest, and ranks several districts.
A queue as well: its warm-up is cut off, and its callers hang up, which no city shows so plainly."""

RHO, SERVICE, LENGTH, CUT = 0.8, 600.0, 2_560, 500
PATIENCE = 4 * SERVICE


@dataclass(frozen=True)
class Finding:
    """What became of one indicator of one run, or of its logs (indicator "log").

    Args:
        difference: now minus then, mean over the worlds; low, high: its interval, nan where bits were compared.
    """

    run: str
    indicator: str
    verdict: str
    before: float
    now: float
    difference: float = 0.0
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Args:
        exact: whether bits were compared. since: version and commit of the baseline.
    """

    findings: tuple[Finding, ...]
    exact: bool
    since: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """CHANGED if anything has, else OPEN if anything could not be told, else SAME."""
        found = {finding.verdict for finding in self.findings}
        return CHANGED if CHANGED in found else OPEN if OPEN in found else SAME

    @property
    def moved(self) -> tuple[Finding, ...]:
        """What is not the same."""
        return tuple(finding for finding in self.findings if finding.verdict != SAME)


Say = Callable[[int, int], None]


def measure_all(
    scenarios: Path, engine: Engine = "kernel", runs: Sequence[Named] = RUNS, say: Say | None = None
) -> Any:
    """The named runs as JSON data: environment, and for each world the digest of the log and the indicators.

    Args:
        scenarios: the folder with the cities.
    """
    found = {}
    for k, run in enumerate(runs):
        if say is not None:
            say(k, len(runs))
        worlds = list(_queue_worlds(run, engine) if run.city == "queue" else _city_worlds(run, scenarios, engine))
        found[run.name] = {"weeks": run.weeks, "worlds": worlds}
    if say is not None:
        say(len(runs), len(runs))
    versions = manifests.versions()
    return {
        "version": versions["citysim"],
        "git_commit": manifests.git_commit(),
        "environment": {name: versions[name] for name in ENVIRONMENT},
        "runs": found,
    }


def _city_worlds(run: Named, scenarios: Path, engine: Engine) -> Iterator[dict[str, Any]]:
    scenario, policy = load_scenario(scenarios / f"{run.city}.yaml"), load_policy(run.design)
    for number in range(run.worlds):
        if policy.governance.on:
            from citysim.committee.govern import govern  # loads Mesa, which few runs need

            log = govern(
                scenario, policy, seed=SEED, replication=number, weeks=run.weeks, engine=engine, steps=True
            ).log
        else:
            log = simulate(sample_world(scenario, seed=SEED, replication=number, weeks=run.weeks), policy, engine)
        scores = judge(log)
        yield _world(log, {name: scores.get(name) for name in (*HEADLINE, *MORE)})


def _queue_worlds(run: Named, engine: Engine) -> Iterator[dict[str, Any]]:
    """One server, served in order of arrival, some of whose customers hang up; the mean wait without the warm-up."""
    policy = queue_policy()
    waits, logs = [], []
    for number in range(run.worlds):
        times = poisson_times(RHO / SERVICE, int(LENGTH * 1.3 * SERVICE / RHO), seed=SEED, replication=number)[:LENGTH]
        end = int(times[-1]) + 100 * int(SERVICE)  # until everybody has been served or has left
        log = simulate(arrivals(times, seed=SEED, replication=number, horizon=end), policy, engine)
        logs.append(log)
        waits.append(_waits(log))
    steady = replication_deletion(waits, LEVEL, CUT)
    for log, wait in zip(logs, waits, strict=True):
        left = float((log.case_columns["outcome"] == OUTCOMES.index("left")).mean())
        own = replication_deletion([wait], LEVEL, steady.cut).interval.mean
        yield _world(log, {"mean_time_h": own / HOUR, "left_share": left})


def queue_policy() -> Policy:
    """One desk whose customers leave after a while."""
    workflow = (
        Workflow().seize("desk", patience=Exponential(PATIENCE), otherwise="gone").delay(Exponential(SERVICE))
        .release("desk").close().at("gone").leave()
    )  # fmt: skip
    return Policy("queue", workflow, Staffing((PoolFamily("desk", "city", (Shift(0, 1),)),)))


def _waits(log: Log) -> list[float]:
    """Time in the system of each customer, in order of arrival, seconds."""
    return [float(x) for x in log.case_columns["ended"] - log.case_columns["reported"]]


def _world(log: Log, values: Mapping[str, float]) -> dict[str, Any]:
    kept = {name: None if math.isnan(value) else float(value) for name, value in values.items()}
    return {"digest": log.digest(), "indicators": kept}


def compare_with(baseline: Mapping[str, Any], now: Mapping[str, Any], *, exact: bool | None = None) -> Checked:
    """Each indicator of each run against the baseline.

    Args:
        exact: compare bits; None = if both were measured with the same Python, NumPy and numba.

    Raises:
        DataError: the baseline has other runs, worlds or indicators.
    """
    if list(baseline["runs"]) != list(now["runs"]):
        raise DataError("the baseline has other runs; make it anew with citysim check --update")
    alike = baseline["environment"] == now["environment"]
    bits = alike if exact is None else exact
    findings: list[Finding] = []
    for name, then in baseline["runs"].items():
        before, after = then["worlds"], now["runs"][name]["worlds"]
        if len(before) != len(after) or before[0]["indicators"].keys() != after[0]["indicators"].keys():
            raise DataError(f"the baseline's {name!r} has other worlds or indicators; make it anew with --update")
        findings += _run_findings(name, before, after, bits)
    since = {"version": str(baseline["version"]), "commit": str(baseline["git_commit"])}
    return Checked(tuple(findings), bits, since)


def _run_findings(name: str, before: list[Any], after: list[Any], exact: bool) -> Iterator[Finding]:
    indicators = list(before[0]["indicators"])
    if exact:
        moved = sum(one["digest"] != other["digest"] for one, other in zip(before, after, strict=True))
        yield Finding(name, "log", CHANGED if moved else SAME, len(before), len(before) - moved, -moved)
    for indicator in indicators:
        old, new = (
            np.array([math.nan if (v := w["indicators"][indicator]) is None else v for w in worlds], dtype=np.float64)
            for worlds in (before, after)
        )
        yield _exactly(name, indicator, old, new) if exact else _by_chance(name, indicator, old, new, len(indicators))


def _exactly(name: str, indicator: str, old: np.ndarray, new: np.ndarray) -> Finding:
    alike = np.isclose(old, new, rtol=CLOSE, atol=1e-12, equal_nan=True).all()
    both = ~np.isnan(old) & ~np.isnan(new)
    means = [float(column[both].mean()) if both.any() else math.nan for column in (old, new)]
    return Finding(name, indicator, SAME if alike else CHANGED, means[0], means[1], means[1] - means[0])


def _by_chance(name: str, indicator: str, old: np.ndarray, new: np.ndarray, together: int) -> Finding:
    """Paired difference, all indicators of a run together at LEVEL."""
    interval = t_interval(new - old, 1 - (1 - LEVEL) / together)
    before, now = t_interval(old).mean, t_interval(new).mean
    if (np.isnan(old) != np.isnan(new)).any():
        verdict = OPEN
    elif not np.nan_to_num(new - old).any():
        verdict = SAME  # in every world that has a value, if any
    else:
        least = RELEVANT * abs(before)
        inside = -least <= interval.low and interval.high <= least
        verdict = SAME if inside else CHANGED if interval.excludes_zero and interval.n >= LEAST_PAIRS else OPEN
    return Finding(name, indicator, verdict, before, now, interval.mean, interval.low, interval.high)


def with_findings(checked: Checked, more: Iterator[Finding]) -> Checked:
    """The same check with further findings."""
    return replace(checked, findings=(*checked.findings, *more))


def read_baseline(path: Path) -> Any:
    """The committed baseline.

    Raises:
        DataError: there is none, or it cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no baseline; make one with citysim check --update") from None
    except ValueError as broken:
        raise DataError(f"{path}: not a baseline: {broken}") from None
