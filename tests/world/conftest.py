"""Scenarios that the tests of the world share, loaded once."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from citysim.units import CALENDAR
from citysim.world.incidents import IncidentKind
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


PlainKind = Callable[..., IncidentKind]
PlainCity = Callable[..., Scenario]


@pytest.fixture(scope="session")
def plain_kind() -> PlainKind:
    """Makes a type that happens 40,000 times in 100,000 person-years: 5,500 times in 4 weeks of the toy city."""

    def make(id: str, **changes: Any) -> IncidentKind:
        plain = IncidentKind(
            id=id, name_en=id, name_zh=id, group="plain", rate_per_100k_year=40_000.0, rate_range=(0.0, 90_000.0),
            severity=(0.0, 0.0, 0.0, 1.0), channel_shares=(0.1, 0.2, 0.3, 0.4), mean_hidden_hours=(2.0, 2.0, 2.0, 2.0),
            repeats=0.0, lead="CGJ", supports=("GAJ",), joint_share=0.0, skills=(), work_median_hours=1.0,
            work_sigma=0.5, crew_size=1, on_site_limit_hours=None, close_limit_hours=24.0, clock=CALENDAR,
        )  # fmt: skip
        return dataclasses.replace(plain, **changes)

    return make


@pytest.fixture(scope="session")
def plain_city(toy: Scenario) -> PlainCity:
    """Makes the toy city with these types only; rules of cascades may be changed."""

    def make(*kinds: IncidentKind, **rules: Any) -> Scenario:
        return dataclasses.replace(toy, kinds=kinds, cascades=dataclasses.replace(toy.cascades, **rules))

    return make
