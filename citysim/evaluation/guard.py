"""Has the model changed its answer? Named runs against what is committed: to the bit where that is meant.

Where Python, NumPy and numba are those of the baseline up to their patch release, every log must have the same digest
and every indicator the same value. Where they are not, last bits may differ and equal logs cannot be asked for: then
each indicator is compared world by world, and is the same, has changed, or cannot be told apart yet.
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
from citysim.evaluation.queues import QUEUES, queue_worlds
from citysim.judging.scorecard import HEADLINE, judge
from citysim.log import Log
from citysim.policy.catalog import load_policy
from citysim.statistics.intervals import shared_level, t_interval
from citysim.statistics.pairs import three_way
from citysim.units import DAY, HOUR
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

SAME, CHANGED, OPEN = "same", "changed", "cannot_tell"
RELEVANT = 0.005
"""A mean that moved by less than this share of itself is the same, where bits cannot be compared [asm]."""

SEED, LEVEL, CLOSE = 2026, 0.95, 1e-9
ENVIRONMENT = ("python", "numpy", "numba")
"""What decides the last bits, each by its first two numbers. A patch release of any of them mends bugs: Python's and
NumPy's arithmetic, and the LLVM that numba compiles with, change with the second number. Should a patch move a bit all
the same, the check says CHANGED where nothing has; it can never miss a change by this."""

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
    Named("million committee_integrated", "million", "committee_integrated", 12, 5),
    *(Named(name, "queue", "", 0, 10) for name in QUEUES),
)
"""A committee decides in the eighth week at the earliest, and ranks several districts. LEAST_PAIRS worlds or more each,
or no difference could be told by chance. The queues show what no city shows so plainly."""

EVENING, MORNING = 22 * HOUR, 6 * HOUR


@dataclass(frozen=True)
class Finding:
    """What became of one indicator of one run, or of its logs (indicator "log").

    Args:
        difference: now minus then, mean over the worlds; low, high: its interval, nan where bits were compared.
        since: version and commit from which on the run's numbers were what the baseline says.
    """

    run: str
    indicator: str
    verdict: str
    before: float
    now: float
    difference: float = 0.0
    low: float = math.nan
    high: float = math.nan
    since: str = ""


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Args:
        exact: whether bits were compared. written: version and commit of the baseline.
    """

    findings: tuple[Finding, ...]
    exact: bool
    written: Mapping[str, str] = field(default_factory=dict)

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
    now = {"version": versions["citysim"], "commit": manifests.git_commit()}
    for measured in found.values():
        measured["since"] = now
    return {
        "version": now["version"],
        "git_commit": now["commit"],
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
        yield _world(
            log,
            {name: scores.get(name) for name in (*HEADLINE, *MORE)} | {"occurred_by_night": _occurred_by_night(log)},
        )


def _queue_worlds(run: Named, engine: Engine) -> Iterator[dict[str, Any]]:
    for log, figures in queue_worlds(QUEUES[run.name], run.worlds, SEED, engine, LEVEL):
        yield _world(log, figures)


def _occurred_by_night(log: Log) -> float:
    """Share of what happened between 22 and 6 h: whether demand still has its hours."""
    hour = log.case_columns["occurred"] % DAY
    return float(((hour >= EVENING) | (hour < MORNING)).mean()) if len(hour) else math.nan


def _world(log: Log, values: Mapping[str, float]) -> dict[str, Any]:
    kept = {name: None if math.isnan(value) else float(value) for name, value in values.items()}
    return {"digest": log.digest(), "indicators": kept}


def named(names: Sequence[str]) -> tuple[Named, ...]:
    """Those of the remembered runs that have these names, in the usual order.

    Raises:
        DataError: there is no such run.
    """
    for name in names:
        if name not in {run.name for run in RUNS}:
            raise DataError(f"no run {name!r}, must be one of {', '.join(run.name for run in RUNS)}")
    return tuple(run for run in RUNS if run.name in names)


def narrowed(baseline: Mapping[str, Any], runs: Sequence[Named]) -> Any:
    """The baseline of these runs alone.

    Raises:
        DataError: it does not have one of them.
    """
    for run in runs:
        if run.name not in baseline["runs"]:
            raise DataError(f"the baseline has no run {run.name!r}; make it anew with citysim check --update")
    return {**baseline, "runs": {run.name: baseline["runs"][run.name] for run in runs}}


def keep_since(baseline: Mapping[str, Any], now: Mapping[str, Any]) -> Any:
    """The measured runs; one whose numbers have not moved keeps the version and commit since which they are so."""
    runs = {}
    for name, run in now["runs"].items():
        then = baseline["runs"].get(name)
        stays = then is not None and then["weeks"] == run["weeks"] and then["worlds"] == run["worlds"]
        runs[name] = {**run, "since": _since(baseline, name)} if stays else run
    return {**now, "runs": runs}


def _since(baseline: Mapping[str, Any], name: str) -> Any:
    """Of the run, or of the whole baseline if it is older than that."""
    whole = {"version": str(baseline["version"]), "commit": str(baseline["git_commit"])}
    return baseline["runs"][name].get("since", whole)


def same_environment(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two measurements may be compared to the bit."""
    return all(_minor(one[name]) == _minor(other[name]) for name in ENVIRONMENT)


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]


def compare_with(baseline: Mapping[str, Any], now: Mapping[str, Any], *, exact: bool | None = None) -> Checked:
    """Each indicator of each run against the baseline.

    Args:
        exact: compare bits; None = if both were measured in the same environment.

    Raises:
        DataError: the baseline has other runs, worlds or indicators.
    """
    if list(baseline["runs"]) != list(now["runs"]):
        raise DataError("the baseline has other runs; make it anew with citysim check --update")
    alike = same_environment(baseline["environment"], now["environment"])
    bits = alike if exact is None else exact
    findings: list[Finding] = []
    for name, then in baseline["runs"].items():
        before, after = then["worlds"], now["runs"][name]["worlds"]
        if len(before) != len(after) or before[0]["indicators"].keys() != after[0]["indicators"].keys():
            raise DataError(f"the baseline's {name!r} has other worlds or indicators; make it anew with --update")
        since = "{version} ({commit})".format(**_since(baseline, name))
        findings += (replace(finding, since=since) for finding in _run_findings(name, before, after, bits))
    written = {"version": str(baseline["version"]), "commit": str(baseline["git_commit"])}
    return Checked(tuple(findings), bits, written)


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
    level = shared_level(LEVEL, together)
    interval = t_interval(new - old, level)
    before, now = t_interval(old).mean, t_interval(new).mean
    if (np.isnan(old) != np.isnan(new)).any():
        verdict = OPEN
    elif not np.nan_to_num(new - old).any():
        verdict = SAME  # in every world that has a value, if any
    else:
        known = ~np.isnan(new)  # a world without a value had none before: the same shift in all others is evidence
        said = three_way((new - old)[known], RELEVANT * abs(before) if before else 0.0, level)
        verdict = {"no_relevant_difference": SAME, "higher": CHANGED, "lower": CHANGED}.get(said, OPEN)
    return Finding(name, indicator, verdict, before, now, interval.mean, interval.low, interval.high)


def with_findings(checked: Checked, more: Iterator[Finding]) -> Checked:
    """The same check with further findings."""
    return replace(checked, findings=(*checked.findings, *more))


def read_baseline(path: Path) -> Any:
    """The committed baseline.

    Raises:
        DataError: there is none, it cannot be read, or a part is missing.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no baseline; make one with citysim check --update") from None
    except ValueError as broken:
        raise DataError(f"{path}: not a baseline: {broken}") from None
    missing = [key for key in ("runs", "speed") if not isinstance(found, dict) or key not in found]
    if missing:
        lost = ", ".join(missing)
        raise DataError(f"{path}: not a baseline: {lost} missing; delete it and make one with citysim check --update")
    return found
