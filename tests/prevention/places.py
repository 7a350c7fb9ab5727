"""A toy city in which a few incident types happen often, and what a programme does to its incidents."""

from dataclasses import replace
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from citysim.policy.programmes import AS_NOW
from citysim.prevention import Effects, effects_of
from citysim.units import CHANNELS
from citysim.world.incidents import ESCALATION
from citysim.world.sample import World, sample_world
from citysim.world.scenario import load_scenario

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"
PATROL = CHANNELS.index("patrol")
Z_LIMIT = 4.0


@cache
def city(*types: str, weeks: int = 52, often: float = 20_000.0, km2: float = 12.0, rural: bool = False) -> World:
    """Only these types, each `often` times in 100,000 resident-years, in the toy city of 180,000 residents."""
    whole = load_scenario(TOY)
    kinds = tuple(replace(kind, rate_per_100k_year=often) for kind in whole.kinds if kind.id in types)
    districts = tuple(replace(district, area_km2=km2) for district in whole.city.districts)
    whole = replace(whole, city=replace(whole.city, districts=districts))
    if rural:  # the toy city has no villages
        whole = replace(whole, city=replace(whole.city, rural_population=whole.city.street_population.copy()))
    return sample_world(replace(whole, kinds=kinds), seed=7, replication=0, weeks=weeks)


def under(world: World, **programmes: Any) -> Effects:
    """What the given programmes do, all others as now."""
    return effects_of(world, replace(AS_NOW, **programmes))


def rows_of(world: World, kind: str, link: int = ESCALATION) -> np.ndarray:
    """Incidents of a type that nothing uncontained has bred."""
    position = [one.id for one in world.scenario.kinds].index(kind)
    return np.flatnonzero((world.incidents.kind == position) & (world.incidents.link < link))


def spared(world: World, kind: str, **programmes: Any) -> float:
    """Share of the incidents of a type that do not happen."""
    return float(1.0 - under(world, **programmes).happens[rows_of(world, kind)].mean())


def assert_share(world: World, kind: str, expected: float, **programmes: Any) -> None:
    """The share spared is what the law says, within four standard errors."""
    n = len(rows_of(world, kind))
    error = sqrt(max(expected * (1.0 - expected), 1e-9) / n)
    assert abs(spared(world, kind, **programmes) - expected) < Z_LIMIT * error


def assert_superset(world: World, weak: dict[str, Any], strong: dict[str, Any]) -> None:
    """The stronger one spares all that the weaker one spares, and more, and both spare something."""
    less, more = ~under(world, **weak).happens, ~under(world, **strong).happens
    assert less.any()
    assert (more & ~less).any()
    assert not (less & ~more).any()


def assert_untouched(effects: Effects, world: World) -> None:
    """No change at all."""
    assert effects.happens.all()
    assert (effects.noticing == 1.0).all()
    assert (effects.severity == world.incidents.severity).all()
    assert not (effects.search | effects.supports | effects.clearance).any()
