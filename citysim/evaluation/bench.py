"""What citysim costs: speed and memory, each compared inside one run on one machine.

Absolute times say more about the machine than about citysim, so every figure that must hold is a ratio of two measured
things, best of several, or a peak that a fresh process reports about itself.
"""

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citysim.engines.simulate import advance, finish, start
from citysim.errors import DataError, SimulationBug
from citysim.evaluation.replicate import warm_up
from citysim.evaluation.run import evaluate
from citysim.intake import Intake, arrivals, poisson_times
from citysim.judging.scorecard import judge
from citysim.log import Log
from citysim.policy.catalog import CATALOG, load_policy
from citysim.policy.durations import Exponential
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from citysim.sensing import sense
from citysim.units import DAY, WEEK
from citysim.world.sample import sample_world
from citysim.world.scenario import Scenario, load_scenario

KEYS = (
    "kernel_over_reference", "kernel_over_simpy_mmc", "cost_growth", "two_worker_speedup", "cached_compile_seconds",
    "year", "loop",
)  # fmt: skip
"""What can be measured, in this order."""

BOUNDS = {
    "kernel_over_reference": (60.0, "at least"),
    "kernel_over_reference.unified_command": (100.0, "at least"),
    "kernel_over_simpy_mmc": (60.0, "at least"),
    "cost_growth": (1.3, "at most"),
    "two_worker_speedup": (1.7, "at least"),
    "cached_compile_seconds": (1.0, "at most"),
    "peak_gib": (4.0, "at most"),
    "loop.share": (0.10, "at most"),
    "loop.growth": (1.1, "at most"),
}
"""What each figure must be, on two cores. A figure of several parts may have a bound of its own for each."""

UNIT = 1_000_000
"""Seconds of the model that stand for one unit of time of a queueing model, so that rounding is far below it."""

CITY = Path("scenarios") / "central-chongqing.yaml"


def bench(
    only: str | None = None,
    json_path: str | Path | None = None,
    say: Callable[[str], None] = lambda line: None,
    scenario: str | Path = CITY,
) -> dict[str, Any]:
    """Measure everything, or one key; tells each figure as it comes and writes them as JSON if asked.

    Raises:
        DataError: `only` is none of KEYS.
    """
    if only is not None and only not in KEYS:
        raise DataError(f"--only {only!r}, must be one of {', '.join(KEYS)}")
    if json_path is not None:
        Path(json_path).open("a").close()  # if it cannot be written, say so before minutes have passed
    city = load_scenario(scenario)
    measures: dict[str, Callable[[], Any]] = {
        "kernel_over_reference": lambda: kernel_over_reference(city, say),
        "kernel_over_simpy_mmc": lambda: kernel_over_simpy_mmc(say),
        "cost_growth": lambda: cost_growth(city, say),
        "two_worker_speedup": lambda: two_worker_speedup(city, say),
        "cached_compile_seconds": lambda: in_fresh_process("_print_compile_seconds", scenario),
        "year": lambda: in_fresh_process("_print_year", scenario),
        "loop": lambda: in_fresh_process("_print_loop", scenario),
    }
    say(f"citysim bench on {platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}")
    results: dict[str, Any] = {}
    for key in KEYS if only is None else (only,):
        results[key] = measures[key]()
        say(verdict(key, results[key]))
        if json_path is not None:
            Path(json_path).write_text(json.dumps(results, indent=2) + "\n", encoding="utf8")
    return results


def verdict(key: str, value: Any) -> str:
    """One line for each figure: what it is, what it must be, and whether it is."""
    if key == "kernel_over_reference" and isinstance(value, dict):
        return "\n".join(verdict(f"{key}.{design}", ratio) for design, ratio in value.items())
    if key == "loop" and isinstance(value, dict):
        told = ", ".join(f"{name} {part:.4g}" for name, part in value.items() if f"loop.{name}" not in BOUNDS)
        return "\n".join(
            [f"loop: {told}", verdict("loop.share", value["share"]), verdict("loop.growth", value["growth"])]
        )
    if isinstance(value, dict):
        parts = ", ".join(f"{name} {part:.4g}" for name, part in value.items() if name != "peak_gib")
        return f"{key}: {parts}\n{verdict('peak_gib', value['peak_gib'])}"
    bound, sense_of = BOUNDS[key] if key in BOUNDS else BOUNDS[key.partition(".")[0]]
    holds = value >= bound if sense_of == "at least" else value <= bound
    return f"{key} = {value:.3g} (must be {sense_of} {bound:g}): {'holds' if holds else 'DOES NOT HOLD'}"


def timed(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of wall time; with `time.process_time`, seconds of this process on a core, whatever else is running."""
    begin = clock()
    work()
    return clock() - begin


def _city_run(city: Scenario, weeks: int, replication: int = 0) -> tuple[Intake, Policy]:
    policy = load_policy("unified_command")
    return sense(sample_world(city, seed=1, replication=replication, weeks=weeks), policy.sensing), policy


def kernel_over_reference(city: Scenario, say: Callable[[str], None]) -> dict[str, float]:
    """For each design: seconds of the SimPy reference over those of the kernel, for the same two days of one world.

    One core, steps kept, the log's columns included; compiling and what comes before the first instant (lowering,
    arrays) are left out and told. The engines take turns, so that a slow minute of the machine meets both, and the best
    turn of each counts.

    Raises:
        SimulationBug: the two logs differ.
    """
    say(f"  compiling the kernel or loading it from the cache: {timed(lambda: warm_up('kernel')):.1f} s, not counted")
    world, until = sample_world(city, seed=1, replication=0, weeks=1), 2 * DAY
    ratios = {}
    for name in CATALOG:
        policy = load_policy(name).ungoverned
        intake = sense(world, policy.sensing)
        fast, slow = [], []
        for _ in range(2):
            fast += [_work(intake, policy, "kernel", until) for _ in range(4)]
            slow.append(_work(intake, policy, "reference", until))
        if fast[0].log.digest() != slow[0].log.digest():
            raise SimulationBug(f"kernel and reference differ: {name}, {dict(intake.origin)}")
        kernel, reference = (min(work.run for work in works) for works in (fast, slow))
        cases, begin = len(fast[0].log), min(work.begin for work in fast)
        say(
            f"  {name}: kernel {cases / kernel:,.0f} cases a second, reference {cases / reference:,.0f}"
            f" ({begin * 1e3:.0f} ms of lowering and making arrays not counted)"
        )
        ratios[name] = reference / kernel
    return ratios


@dataclass(frozen=True)
class _Work:
    """Seconds on a core before the first instant and from there to the columns of the log, and the log."""

    begin: float
    run: float
    log: Log


def _work(intake: Intake, policy: Policy, engine: Any, until: int) -> _Work:
    runs: list[Any] = []
    begin = timed(lambda: runs.append(start(intake, policy, engine)), time.process_time)
    run = timed(lambda: (advance(runs[0], until), runs[0].columns()), time.process_time)
    return _Work(begin, run, finish(runs[0]))


def kernel_over_simpy_mmc(say: Callable[[str], None]) -> float:
    """Customers per second of the kernel over plain SimPy with a `Resource`: M/M/5 at 90 % load, same arrivals."""
    horizon = int(1_000_000 / 4.5 * UNIT)
    intake = arrivals(poisson_times(4.5 / UNIT, horizon, seed=1, replication=0), seed=1, horizon=horizon)
    line = Workflow().seize("server").delay(Exponential(float(UNIT))).release("server").close()
    policy = Policy("M/M/5", line, Staffing.of(server=5))

    def kernel() -> float:
        run = start(intake, policy, "kernel")
        return len(intake) / timed(lambda: advance(run, horizon), time.process_time)

    kernel()
    fast = max(kernel() for _ in range(5))
    times = intake.reported[:100_000] / UNIT
    work = -np.log1p(-np.random.default_rng(1).random(len(times)))
    slow = max(len(times) / timed(lambda: plain_simpy(times, work, 5), time.process_time) for _ in range(3))
    say(f"  kernel {fast:,.0f} customers a second, plain SimPy {slow:,.0f}")
    return fast / slow


def plain_simpy(times: Any, work: Any, servers: int) -> None:
    """M/M/c as SimPy's manual writes it: a process for each customer and one Resource, nothing logged."""
    import simpy

    env = simpy.Environment()
    resource = simpy.Resource(env, servers)

    def customer(seconds: float) -> Generator[Any, Any, None]:
        with resource.request() as request:
            yield request
            yield env.timeout(seconds)

    def source() -> Generator[Any, Any, None]:
        before = 0.0
        for at, seconds in zip(times, work, strict=True):
            yield env.timeout(at - before)
            before = at
            env.process(customer(seconds))

    env.process(source())
    env.run()


def cost_growth(city: Scenario, say: Callable[[str], None]) -> float:
    """Seconds per row of the intake over ten times the horizon against one time (20 weeks against 2), best of several.

    Rows, not cases of the log: a child or a repeat that in the end does not happen takes its time too, and a long run
    has more of them, since they come late. Without step rows, as `evaluate` runs.
    """
    costs = []
    for weeks, tries in ((2, 7), (20, 3)):
        intake, policy = _city_run(city, weeks=weeks)
        advance(start(intake, policy, steps=False), WEEK)
        costs.append(min(_seconds(intake, policy, weeks * WEEK) for _ in range(tries)) / len(intake))
    say(f"  {costs[0] * 1e6:.2f} microseconds a row over 2 weeks, {costs[1] * 1e6:.2f} over 20")
    return costs[1] / costs[0]


def _seconds(intake: Intake, policy: Policy, until: int) -> float:
    """Seconds on a core, the log's columns included."""
    run = start(intake, policy, steps=False)
    return timed(lambda: (advance(run, until), run.columns()), time.process_time)


def two_worker_speedup(city: Scenario, say: Callable[[str], None]) -> float:
    """Wall time of 20 replications of both designs with one worker over that with two, starting workers included."""
    designs = [load_policy(name) for name in ("fragmented", "unified_command")]
    seconds = {}
    for workers in (1, 2):
        seconds[workers] = timed(lambda w=workers: evaluate(city, designs, replications=20, weeks=8, workers=w))  # type: ignore[misc]
    say(f"  20 replications of 8 weeks: {seconds[1]:.1f} s with one worker, {seconds[2]:.1f} s with two")
    return seconds[1] / seconds[2]


def in_fresh_process(function: str, scenario: str | Path) -> Any:
    """What a function of this module prints as JSON when called in a new process (own memory, own compilation)."""
    call = f"from citysim.evaluation import bench; bench.{function}({str(scenario)!r})"
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the measuring process failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _print_compile_seconds(scenario: str) -> None:
    """Seconds that the first kernel call of a process takes more than the second: loading the compiled code."""
    intake, policy = _city_run(load_scenario(scenario), weeks=1)
    seconds = [timed(lambda: advance(start(intake, policy), WEEK // 7)) for _ in range(2)]
    sys.stdout.write(json.dumps(seconds[0] - seconds[1]) + "\n")


def _print_year(scenario: str) -> None:
    """A year of the city under unified command: incidents, seconds with their parts, peak memory of the process."""
    import resource

    city, policy, times = load_scenario(scenario), load_policy("unified_command"), [time.perf_counter()]
    world = sample_world(city, seed=1, replication=0, weeks=52)
    times.append(time.perf_counter())
    intake = sense(world, policy.sensing)
    times.append(time.perf_counter())
    log = finish(advance(start(intake, policy, steps=False), world.horizon), steps=False)
    times.append(time.perf_counter())
    judge(log)
    times.append(time.perf_counter())
    parts = dict(zip(("sample", "sense", "simulate", "indicators"), np.diff(times).tolist(), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (30 if sys.platform == "darwin" else 20))
    figures = {"incidents": len(world.incidents), "seconds": times[-1] - times[0], "peak_gib": peak} | parts
    sys.stdout.write(json.dumps(figures) + "\n")


LOOP_WEEKS = 104


def _print_loop(scenario: str) -> None:
    """Two years of the city under D6: share of the seconds that the committee takes, and how memory grows.

    growth: peak memory after all weeks over that after half of them, a whole year; worlds are drawn week by week and
    cases that are over are not kept, so that it should not grow.
    """
    import resource

    from citysim.committee.govern import govern

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (30 if sys.platform == "darwin" else 20))

    city, policy, peaks = load_scenario(scenario), load_policy("committee_integrated"), []
    for weeks in (LOOP_WEEKS // 2, LOOP_WEEKS):
        governed = govern(city, policy, seed=1, replication=0, weeks=weeks, keep=False)
        peaks.append(peak())
    whole = sum(governed.seconds.values())
    figures = {"weeks": LOOP_WEEKS, "seconds": whole, "gib": peaks[1]} | dict(governed.seconds)
    figures |= {"share": governed.seconds["committee"] / whole, "growth": peaks[1] / peaks[0]}
    sys.stdout.write(json.dumps(figures) + "\n")
