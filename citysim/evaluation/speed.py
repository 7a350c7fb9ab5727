"""Has the fast engine become slow? Ratios measured inside one run on one machine, against those committed."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from citysim.engines.simulate import simulate
from citysim.evaluation.guard import CHANGED, OPEN, SAME, SEED, Finding
from citysim.evaluation.replicate import warm_up
from citysim.policy.catalog import load_policy
from citysim.sensing import sense
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

ROUNDS = 5
WORST, DOUBTFUL = 0.5, 0.7
"""A ratio below half of the committed one has changed; below 0.7 of it, that cannot be told from a machine's noise."""


def measure_speed(scenarios: Path) -> dict[str, float]:
    """Cases a second of the kernel over those of the reference, by design; best of several rounds each."""
    warm_up("kernel")
    scenario = load_scenario(scenarios / "toy.yaml")
    found = {}
    for design in ("fragmented", "unified_command"):
        policy = load_policy(design)
        intake = sense(sample_world(scenario, seed=SEED, replication=0, weeks=4), policy.sensing, policy.programmes)
        best = {"kernel": float("inf"), "reference": float("inf")}
        for _ in range(ROUNDS):
            for engine in ("kernel", "reference"):
                started = time.perf_counter()
                simulate(intake, policy, engine, steps=False)  # type: ignore[arg-type]
                best[engine] = min(best[engine], time.perf_counter() - started)
        found[f"kernel_over_reference {design}"] = round(best["reference"] / best["kernel"], 1)
    return found


def speed_findings(before: Mapping[str, float], now: Mapping[str, float]) -> Iterator[Finding]:
    """Each ratio against the committed one: changed only if far below; faster is the same."""
    for name, then in before.items():
        share = now[name] / then
        verdict = CHANGED if share < WORST else OPEN if share < DOUBTFUL else SAME
        yield Finding("speed", name, verdict, then, now[name], now[name] - then)
