"""Can the objects of the public API be kept, sent to another process, and looked at in an interactive session?"""

import copy
import pickle
from pathlib import Path

import pytest

import citysim
from citysim.evaluation.comparison import Comparison
from citysim.log import Log
from citysim.world.sample import World

TOY = Path(__file__).parents[1] / "scenarios" / "toy.yaml"


@pytest.fixture(scope="module")
def world() -> World:
    return citysim.sample_world(citysim.load_scenario(TOY), seed=1, replication=0, weeks=1)


@pytest.fixture(scope="module")
def log(world: World) -> Log:
    return citysim.simulate(world, citysim.load_policy("unified_command"))


def test_a_log_can_be_pickled_and_copied(log: Log) -> None:
    for again in (pickle.loads(pickle.dumps(log)), copy.deepcopy(log)):
        assert again.digest() == log.digest()
        assert again.origin == log.origin
        assert not again.case_columns["ended"].flags.writeable


def test_a_world_can_be_pickled(world: World, log: Log) -> None:
    again = pickle.loads(pickle.dumps(world))

    assert again.scenario == world.scenario
    assert citysim.simulate(again, citysim.load_policy("unified_command")).digest() == log.digest()


def test_what_an_interactive_session_shows_fits_on_a_line(world: World, log: Log) -> None:
    comparison: Comparison = citysim.evaluate(TOY, "fragmented", replications=1, weeks=1, workers=1)

    for shown in (world.scenario, world, log, comparison):
        assert len(repr(shown)) < 120
        assert repr(shown).startswith(f"<{type(shown).__name__}")
