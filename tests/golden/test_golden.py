"""Did numbers move? Digests and headline indicators of named runs against what is committed in results/baselines.

A digest says that nothing at all changed. When a change is meant: `pytest tests/golden --update`, commit the new file,
and list the change in CHANGELOG.md under "Numbers change".
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import citysim
from citysim.committee.govern import govern
from citysim.engines.simulate import simulate
from citysim.judging.scorecard import HEADLINE, judge
from citysim.policy.catalog import DESIGNS
from citysim.world.sample import World

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "results" / "baselines" / "golden.json"
RUNS = [
    (city, weeks, design)
    for city, weeks in (("toy", 2), ("million", 1), ("central-chongqing", 1))
    for design in DESIGNS
] + [("million", 13, "committee_integrated")]
"""A committee decides at its second plenary, in the eighth week; before, nothing that it does can be seen."""


@cache
def sampled(city: str, weeks: int) -> World:
    return citysim.sample_world(
        citysim.load_scenario(ROOT / "scenarios" / f"{city}.yaml"), seed=2025, replication=0, weeks=weeks
    )


def measured(city: str, weeks: int, design: str) -> dict[str, Any]:
    policy = citysim.load_policy(design)
    if policy.governance.on:
        scenario = sampled(city, weeks).scenario
        log = govern(scenario, policy, seed=2025, replication=0, weeks=weeks, steps=True).log
    else:
        log = simulate(sampled(city, weeks), policy)
    scores = judge(log)
    values = {name: float(scores.get(name)) for name in HEADLINE}
    indicators = {name: None if math.isnan(value) else round(value, 9) for name, value in values.items()}
    return {"cases": len(log), "digest": log.digest(), "indicators": indicators}


@pytest.mark.slow
@pytest.mark.parametrize(("city", "weeks", "design"), RUNS)
def test_the_named_runs_have_not_moved(city: str, weeks: int, design: str, request: pytest.FixtureRequest) -> None:
    name = f"{city} {weeks}w {design}"
    found = measured(city, weeks, design)
    golden = json.loads(GOLDEN.read_text("utf8")) if GOLDEN.exists() else {}
    if request.config.getoption("--update"):
        golden[name] = found
        GOLDEN.write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n", "utf8")
    expected = golden[name]
    for indicator, value in expected["indicators"].items():
        now = found["indicators"][indicator]
        assert now == value or (now and value and math.isclose(now, value, rel_tol=1e-9)), (indicator, now, value)
    assert (found["cases"], found["digest"]) == (expected["cases"], expected["digest"])
