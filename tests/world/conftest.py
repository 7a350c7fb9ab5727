"""Scenarios that the tests of the world share, loaded once."""

from pathlib import Path

import pytest

from citysim.world.scenario import Scenario, load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(scope="session")
def scenario_folder() -> Path:
    return SCENARIOS


@pytest.fixture(scope="session")
def toy() -> Scenario:
    return load_scenario(SCENARIOS / "toy.yaml")


@pytest.fixture(scope="session")
def million() -> Scenario:
    return load_scenario(SCENARIOS / "million.yaml")


@pytest.fixture(scope="session")
def central() -> Scenario:
    return load_scenario(SCENARIOS / "central-chongqing.yaml")
