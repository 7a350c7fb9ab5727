"""A small city in which some types happen often, so that a few weeks show a programme."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from citysim.world.sample import World, sample_world
from citysim.world.scenario import load_scenario

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"


@cache
def toy(weeks: int = 8, replication: int = 0, **rates: float) -> World:
    """The toy city with so many times the usual rate of the named types."""
    city = load_scenario(TOY)
    kinds = tuple(replace(k, rate_per_100k_year=k.rate_per_100k_year * rates.get(k.id, 1.0)) for k in city.kinds)
    return sample_world(replace(city, kinds=kinds), seed=1, replication=replication, weeks=weeks)


@cache
def without_cloud(outages_per_year: float, weeks: int = 8) -> World:
    """The toy city whose cloud fails so often."""
    city = load_scenario(TOY)
    often = replace(city.surroundings, cloud_outages_per_year=outages_per_year)
    return sample_world(replace(city, surroundings=often), seed=1, replication=0, weeks=weeks)
