"""Committees of the toy city and of the city of a million, and weeks of findings that are made up."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from citysim.committee.model import CityCommittee
from citysim.committee.review import Findings
from citysim.policy.catalog import load_policy
from citysim.policy.policy import Policy
from citysim.streams import FloatArray
from citysim.world.scenario import Scenario, load_scenario


@cache
def city(name: str) -> Scenario:
    return load_scenario(Path(__file__).parents[2] / "scenarios" / f"{name}.yaml")


def integrated(**changes: Any) -> Policy:
    """D6 with other levers of its governance; groups by name, each with some fields."""
    policy = load_policy("committee_integrated")
    parts = {
        name: replace(getattr(policy.governance, name), **given) if isinstance(given, dict) else given
        for name, given in changes.items()
    }
    return policy.with_(governance=replace(policy.governance, **parts))


def committee(name: str = "million", key: int = 7, **changes: Any) -> CityCommittee:
    """Decisions act in the week after, unless said otherwise."""
    quick = {"lag_days": 0.0, "lag_sigma": 0.0, "plenary_weeks": 4}
    changes["committee"] = quick | changes.get("committee", {})
    return CityCommittee(city(name), integrated(**changes), key)


def week(model: CityCommittee, number: int, **figures: Any) -> Findings:
    """A week in which every type comes twice in each district, everything is in time, and nothing waits."""
    types, districts, departments = len(model.names.types), len(model.districts), len(model.names.departments)
    each, quiet = np.full(types, 2.0 * districts), np.zeros(types)
    hot = np.repeat(np.arange(types), 2 * districts), np.zeros(2 * types * districts, np.int64)
    usual = Findings(
        week=number,
        reported=np.full((types, districts), 2.0),
        harm=each,
        hot=hot,
        when=hot[1],
        due=np.full(districts, 100.0),
        on_time=np.full(districts, 90.0),
        verified=np.full(districts, 90.0),
        since_onset=np.full(districts, 90.0),
        waiting=np.zeros(departments),
        held=np.zeros((departments, districts)),
        asked=np.zeros(departments),
        closed=each,
        ordered=each,
        returned=quiet,
        missed=np.zeros(3),
        serious=np.ones(3),
        alarmed=np.zeros(3),
        raised=np.ones(3),
        late=quiet,
        limited=each,
        overdue=quiet,
        near=quiet,
        unresolved=quiet,
        notices=0.0,
        left=np.full(districts, 100.0),
        honest=np.full(districts, 100.0),
        lasting=np.full(districts, 100.0),
        called=np.full(districts, 50.0),
        heard=np.full(districts, 50.0),
        joint_due=np.full(districts, 10.0),
        joint_met=np.full(districts, 10.0),
        came=np.full(districts, 100.0),
        found=np.full(districts, 50.0),
    )
    figures = {"when": np.zeros(len(figures.get("hot", hot)[0]), np.int64)} | figures
    return replace(usual, **figures)


def one(length: int, position: int, value: float) -> FloatArray:
    """Zero but at one position."""
    array = np.zeros(length)
    array[position] = value
    return array


def run(model: CityCommittee, weeks: int, **figures: Any) -> CityCommittee:
    """The committee after so many more equal weeks."""
    for number in range(model.week, model.week + weeks):
        model.step(week(model, number, **figures))
    return model
