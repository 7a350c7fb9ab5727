"""Has the fast engine become slow? Ratios measured inside one run on one machine, against those committed.

Against the reference engine, which does the same work but may become slow together with it, as both read the same
intake; and against plain SimPy serving customers one by one, which is no code of ours: the cost of a case in the
machine's own money. Seconds on a core count, not on the wall, and the sides take turns, so that a busy machine meets
all of them.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from citysim.engines.simulate import simulate
from citysim.errors import DataError
from citysim.evaluation.bench import plain_simpy, timed
from citysim.evaluation.guard import CHANGED, OPEN, SAME, SEED, Finding
from citysim.evaluation.replicate import warm_up
from citysim.policy.catalog import load_policy
from citysim.sensing import sense
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

ROUNDS, CUSTOMERS = 5, 5_000
WORST, DOUBTFUL = 0.5, 0.7
"""A ratio below half of the committed one has changed; below 0.7 of it, that cannot be told from a machine's noise."""


def measure_speed(scenarios: Path) -> dict[str, float]:
    """Two ratios for each design, best of several rounds each; the higher, the cheaper is a case of the kernel.

    kernel_over_reference: seconds of the reference over those of the kernel, for the same cases.
    cases_per_simpy_customer: cases that the kernel does while plain SimPy serves one customer of an M/M/1.
    """
    warm_up("kernel")
    scenario = load_scenario(scenarios / "toy.yaml")
    draw = np.random.default_rng(1)
    times, work = np.cumsum(draw.exponential(1 / 0.8, CUSTOMERS)), draw.exponential(1, CUSTOMERS)
    found = {}
    for design in ("fragmented", "unified_command"):
        policy = load_policy(design)
        intake = sense(sample_world(scenario, seed=SEED, replication=0, weeks=4), policy.sensing, policy.programmes)
        works: dict[str, Callable[[], object]] = {
            "kernel": lambda i=intake, p=policy: simulate(i, p, "kernel", steps=False),  # type: ignore[misc]
            "reference": lambda i=intake, p=policy: simulate(i, p, "reference", steps=False),  # type: ignore[misc]
            "simpy": lambda: plain_simpy(times, work, 1),
        }
        best = dict.fromkeys(works, float("inf"))
        for _ in range(ROUNDS):
            for name, does in works.items():
                best[name] = min(best[name], timed(does, time.process_time))
        found[f"kernel_over_reference {design}"] = round(best["reference"] / best["kernel"], 1)
        per_case = best["kernel"] / len(intake)
        found[f"cases_per_simpy_customer {design}"] = round(best["simpy"] / CUSTOMERS / per_case, 2)
    return found


def speed_again(before: Mapping[str, float], measure: Callable[[], Mapping[str, float]]) -> dict[str, float]:
    """The ratios; measured a second time if one seems slow, and then the better of the two, as noise only slows."""
    now = dict(measure())
    if all(finding.verdict == SAME for finding in speed_findings(before, now)):
        return now
    again = measure()
    return {name: max(ratio, again[name]) for name, ratio in now.items()}


def speed_findings(before: Mapping[str, float], now: Mapping[str, float]) -> Iterator[Finding]:
    """Each ratio against the committed one: changed only if far below; faster is the same.

    Raises:
        DataError: the baseline has other ratios.
    """
    if before.keys() != now.keys():
        raise DataError("the baseline has other ratios of speed; make it anew with citysim check --update")
    for name, then in before.items():
        share = now[name] / then
        verdict = CHANGED if share < WORST else OPEN if share < DOUBTFUL else SAME
        yield Finding("speed", name, verdict, then, now[name], now[name] - then)
