"""The same worlds under two arms that differ in one mechanism, and what the difference does to an indicator.

A test here would fail if both arms were the same: the paired 95 % interval must lie on the stated side of zero.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from citysim.committee.govern import govern
from citysim.engines.simulate import simulate
from citysim.judging.scorecard import Scores, judge
from citysim.log import Log
from citysim.policy.catalog import DESIGNS
from citysim.policy.policy import Policy
from citysim.statistics.intervals import Interval
from citysim.statistics.pairs import paired_difference
from citysim.world.sample import World, sample_world
from citysim.world.scenario import Scenario, load_scenario

WORLDS, WEEKS = 5, 4
MILLION = Path(__file__).parents[2] / "scenarios" / "million.yaml"
SAME: Mapping[str, Any] = {}
"""Nothing is changed."""


@dataclass(frozen=True)
class Arm:
    """A design of the catalog whose levers are changed, `group.field` by `group.field`.

    Args:
        like: the design whose usual levers are taken instead of its own; None = its own.
        city: what the city differs in from million.yaml, `part.field` and value.
    """

    design: str
    changes: tuple[tuple[str, Any], ...] = ()
    like: str | None = None
    city: tuple[tuple[str, Any], ...] = ()

    def policy(self) -> Policy:
        return DESIGNS[self.design].policy(_changed(DESIGNS[self.like or self.design].levers, self.changes))


@dataclass(frozen=True)
class Move:
    """A mechanism: `strong` against `weak`, both with what is `given`, and which way an indicator goes."""

    name: str
    design: str
    weak: Mapping[str, Any]
    strong: Mapping[str, Any]
    indicator: str
    sign: int
    given: Mapping[str, Any] = field(default_factory=dict)
    of: tuple[str, str] = ("all", "all")
    """Stratum and group."""
    city: tuple[tuple[str, Any], ...] = ()
    worlds: int = WORLDS
    """Fewer where five worlds give an interval that lies many times its half-width away from zero."""

    def arms(self) -> tuple[Arm, Arm]:
        weak, strong = (tuple(sorted({**self.given, **changes}.items())) for changes in (self.weak, self.strong))
        return Arm(self.design, weak, city=self.city), Arm(self.design, strong, city=self.city)

    def difference(self) -> Interval:
        """Strong minus weak, over the worlds."""
        return difference(*self.arms(), lambda scores: scores.get(self.indicator, *self.of), self.worlds)


def difference(weak: Arm, strong: Arm, value: Callable[[Scores], float], worlds: int = WORLDS) -> Interval:
    """The paired difference of a value, strong minus weak, with its 95 % interval."""
    weaker, stronger = (np.array([value(scores(arm, k)) for k in range(worlds)]) for arm in (weak, strong))
    return paired_difference(stronger, weaker)


def clear(interval: Interval, sign: int) -> bool:
    """Whether the whole interval lies on that side of zero."""
    return interval.low > 0 if sign > 0 else interval.high < 0


@cache
def city(changes: tuple[tuple[str, Any], ...] = ()) -> Scenario:
    return _changed(load_scenario(MILLION), changes)


@cache
def world(replication: int, changes: tuple[tuple[str, Any], ...] = ()) -> World:
    return sample_world(city(changes), seed=1, replication=replication, weeks=WEEKS)


@cache
def scores(arm: Arm, replication: int) -> Scores:
    return judge(worked(arm, replication))


def worked(arm: Arm, replication: int) -> Log:
    policy, drawn = _policy(arm), world(replication, arm.city)
    if policy.governance.on:
        return govern(drawn.scenario, policy, seed=drawn.seed, replication=replication, weeks=WEEKS).log
    return simulate(drawn, policy, steps=False)


@cache
def _policy(arm: Arm) -> Policy:
    return arm.policy()


def _changed(whole: Any, changes: tuple[tuple[str, Any], ...]) -> Any:
    """The changes of one group together, since a group may check its fields against each other."""
    groups: dict[str, dict[str, Any]] = {}
    for name, value in changes:
        group, part = name.split(".")
        groups.setdefault(group, {})[part] = value
    return replace(whole, **{group: replace(getattr(whole, group), **parts) for group, parts in groups.items()})
