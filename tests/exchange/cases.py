"""Logs that the tests of this folder look at."""

from datetime import date
from functools import cache
from pathlib import Path

from citysim.engines.simulate import simulate
from citysim.exchange.events import MILESTONES
from citysim.exchange.names import Names, names_of
from citysim.log import Log
from citysim.policy.catalog import load_policy
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"
START = date(2025, 6, 2)
"""First day of the toy city."""


@cache
def run_of(design: str) -> tuple[Log, Names]:
    """A week of the toy city under a design, with its steps."""
    scenario, policy = load_scenario(TOY), load_policy(design)
    return simulate(sample_world(scenario, seed=1, replication=0, weeks=1), policy), names_of(scenario, policy)


def milestones(log: Log) -> int:
    """Moments that came."""
    return sum(int((log.case_columns[name] >= 0).sum()) for name in MILESTONES)
