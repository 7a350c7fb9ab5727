"""Every policy of the gallery leaves the same log on both engines, in a city."""

from functools import cache
from pathlib import Path

import pytest

from citysim.engines.simulate import simulate
from citysim.policy.policy import Policy
from citysim.units import DAY
from citysim.world.sample import World, sample_world
from citysim.world.scenario import load_scenario
from tests.examples import EXAMPLES

NAMES = [policy.name for policy in EXAMPLES]


@cache
def toy_world() -> World:
    scenario = load_scenario(Path(__file__).parents[2] / "scenarios" / "toy.yaml")
    return sample_world(scenario, seed=5, replication=0, weeks=1)


@pytest.mark.slow
@pytest.mark.parametrize("policy", EXAMPLES, ids=NAMES)
def test_an_example_runs_alike_on_both_engines(policy: Policy) -> None:
    logs = [simulate(toy_world(), policy, engine, until=5 * DAY) for engine in ("kernel", "reference")]
    assert len(logs[0]) > 100
    assert logs[0].digest() == logs[1].digest()
