"""One replication: draw a world once, sense it, simulate every policy on it, and judge each log."""

import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from citysim.engines.simulate import Engine, simulate
from citysim.errors import InputError
from citysim.intake import Intake, arrivals
from citysim.judging.scorecard import Scores, judge
from citysim.judging.series import backlog_series, safe_hours
from citysim.judging.view import view
from citysim.log import Log
from citysim.policy.designs.instant import instant_response
from citysim.policy.durations import Fixed
from citysim.policy.policy import Policy
from citysim.policy.programmes import Programmes
from citysim.policy.sensors import Sensing
from citysim.policy.staffing import PoolFamily, Shift, Staffing
from citysim.policy.workflow import Workflow
from citysim.sensing import sense
from citysim.units import HOUR, WEEK
from citysim.world.sample import World, sample_world
from citysim.world.scenario import Scenario

SEVERITIES = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Study:
    """What every replication of a study needs; sent to each worker once.

    Args:
        weeks: length of each world that is judged. warm_up: weeks before those, simulated and not judged.
        engine: `kernel` or `reference`; the numbers do not depend on it.
        cases_folder: where to leave the case log of every design and replication as Parquet; None = nowhere.
    """

    scenario: Scenario
    policies: tuple[Policy, ...]
    seed: int
    weeks: int
    engine: Engine = "kernel"
    cases_folder: str | None = None
    warm_up: int = 0

    @property
    def length(self) -> int:
        """Weeks that are simulated."""
        return self.warm_up + self.weeks


@dataclass(frozen=True)
class Series:
    """Pictures of one log as rows: open cases over time, and how many were made safe after how many hours.

    Args:
        name: `backlog` (position: hours since the start), `made_safe` (position: lower edge of the bin in hours, group:
            true severity) or `not_safe` (by true severity, position 0).
    """

    name: tuple[str, ...]
    group: tuple[str, ...]
    position: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Sensed:
    """What comes in under some levers of sensing, and what instant response to it leaves."""

    intake: Intake
    instant: Log


@dataclass(frozen=True)
class Judged:
    """What one replication says about one design."""

    design: str
    replication: int
    scores: Scores
    series: Series


@dataclass(frozen=True)
class Failure:
    """A replication that did not end well; it is reported, never dropped.

    Args:
        design: the design that failed, `""` if the world itself did or the worker died.
        died: the process that worked on it did not live to say why.
    """

    design: str
    replication: int
    error: str
    traceback: str = ""
    died: bool = False


@dataclass(frozen=True)
class Replicated:
    """All that came of one replication: what was judged, what failed, and the seconds that each part took."""

    replication: int
    judged: tuple[Judged, ...]
    failures: tuple[Failure, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


def replicate(study: Study, replication: int) -> Replicated:
    """Try every policy of the study on the same world; the result depends on nothing but the arguments.

    Raises:
        InputError: a policy does not fit the scenario; that is no failure of this one replication.
    """
    seconds: dict[str, float] = defaultdict(float)
    judged: list[Judged] = []
    failures: list[Failure] = []
    try:
        with _timed(seconds, "sample"):
            world = sample_world(study.scenario, seed=study.seed, replication=replication, weeks=study.length)
    except Exception as error:
        return Replicated(replication, (), (_failure("", replication, error),), seconds)
    sensed: dict[tuple[Sensing, Programmes], _Sensed] = {}
    for policy in study.policies:
        try:
            judged.append(_try_policy(study, world, policy, sensed, seconds))
        except Exception as error:
            failures.append(_failure(policy.name, replication, error))
    return Replicated(replication, tuple(judged), tuple(failures), dict(seconds))


def warm_up(engine: Engine) -> None:
    """Simulate next to nothing, so that the engine is compiled and its code in the cache."""
    staffing = Staffing((PoolFamily("desk", "city", (Shift(0, 1),)),))
    workflow = Workflow().seize("desk").delay(Fixed(1)).release("desk").close()
    simulate(arrivals([0]), Policy("warm_up", workflow, staffing), engine=engine, steps=False)


def _try_policy(
    study: Study,
    world: World,
    policy: Policy,
    sensed: dict[tuple[Sensing, Programmes], _Sensed],
    seconds: dict[str, float],
) -> Judged:
    """Sense (once for policies with the same levers), simulate and judge one policy."""
    levers = policy.sensing, policy.programmes
    if levers not in sensed:
        with _timed(seconds, "sense"):
            intake = sense(world, *levers)
        with _timed(seconds, "simulate"):
            instant = simulate(intake, instant_response(), steps=False, begin=study.warm_up * WEEK)
            sensed[levers] = _Sensed(intake, instant)
    known = sensed[levers]
    log = _run(study, world.replication, known.intake, policy, seconds)
    with _timed(seconds, "indicators"):
        residents = [float(district.population) for district in study.scenario.districts]
        result = Judged(policy.name, world.replication, judge(log, residents, known.instant), _series(log))
    if study.cases_folder is not None:
        with _timed(seconds, "case log"):
            _keep_cases(log, Path(study.cases_folder) / f"cases-{policy.name}-{world.replication}.parquet")
    return result


def _run(study: Study, replication: int, intake: Intake, policy: Policy, seconds: dict[str, float]) -> Log:
    """The log of one policy; one with a committee draws the same world week by week."""
    if not policy.governance.on:
        with _timed(seconds, "simulate"):
            return simulate(intake, policy, engine=study.engine, steps=False, begin=study.warm_up * WEEK)
    from citysim.committee.govern import govern  # loads Mesa, which most studies never need

    governed = govern(
        study.scenario,
        policy,
        seed=study.seed,
        replication=replication,
        weeks=study.length,
        engine=study.engine,
        warm_up=study.warm_up,
    )
    for part, spent in governed.seconds.items():
        seconds[part] = seconds.get(part, 0.0) + spent
    return governed.log


def _series(log: Log) -> Series:
    backlog, safe = backlog_series(log), safe_hours(view(log))
    bins = safe.counts.shape[1]
    return Series(
        name=("backlog",) * len(backlog.times) + ("made_safe",) * (4 * bins) + ("not_safe",) * 4,
        group=("all",) * len(backlog.times) + tuple(s for s in SEVERITIES for _ in range(bins)) + SEVERITIES,
        position=np.concatenate([backlog.times / HOUR, np.tile(safe.edges[:-1], 4), np.zeros(4)]),
        value=np.concatenate([backlog.open_cases, safe.counts.ravel(), safe.unsafe]).astype(np.float64),
    )


def _keep_cases(log: Log, path: Path) -> None:
    """Case rows as they are in the log, with names instead of numbers for kind, district and outcome."""
    from citysim.evaluation.parquet import write_parquet  # loads duckdb, which most workers never need
    from citysim.log import OUTCOMES

    names = {"kind": log.kinds.ids, "district": log.district_ids, "outcome": OUTCOMES}
    columns = dict(log.case_columns)
    for column, labels in names.items():
        columns[column] = np.array(labels, dtype=object)[columns[column]]
    write_parquet(path, columns)


def _failure(design: str, replication: int, error: Exception) -> Failure:
    if isinstance(error, InputError | OSError):  # what was given cannot be used, or the disk is full
        raise error
    message = f"{type(error).__name__}: {error}"
    return Failure(design, replication, message, "".join(traceback.format_exception(error)))


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[part] = seconds.get(part, 0.0) + time.perf_counter() - start
