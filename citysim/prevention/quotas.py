"""Quotas of the operators of shared bikes: each follows the operator's own overflow of the periods before."""

import numpy as np

from citysim.policy.programmes.traffic import Bikes
from citysim.streams import STEP, FloatArray, U64Array, purpose_code, uniforms
from citysim.units import DAY, HOUR, IntArray
from citysim.world.clusters import first_profile, share_come_back
from citysim.world.demand import hourly_multiplier, hours_of
from citysim.world.onset import cumulative_intensity, onset_hours
from citysim.world.sample import World, rates_per_hour, street_streams

HEAPS = "shared_bike_cluster"
PERIOD = 28 * DAY
"""From score to score."""
OVERFULL = 1.3
"""A place with so many times the bikes that it has room for is a case (1.3-2, brief item 52)."""
TAIL = 3.0
"""Exponent of the Pareto law of how overfull such places are [asm]."""
OPERATORS = np.array([0.5, 0.3, 0.2])
"""Three operators with a third of the bikes each: their shares of the overfull places as now [asm]."""
GOOD = 0.4
"""Score below which a quota grows: overfull places against what a third of all places as now would be [asm]."""
GROWS = 0.05
"""Share by which it grows in a period at a score of nothing, at most to the bikes of now [asm]."""


def operator_of(key: int, luck: U64Array) -> IntArray:
    """Whose bikes lie there."""
    found: IntArray = np.searchsorted(np.cumsum(OPERATORS)[:-1], uniforms(key, luck, purpose_code("operator")), "right")
    return found


def overfull_of(key: int, luck: U64Array) -> FloatArray:
    """How many times the bikes that there is room for lie there as now; above OVERFULL."""
    overfull: FloatArray = OVERFULL * (1.0 - uniforms(key, luck, purpose_code("overfull"))) ** (-1.0 / TAIL)
    return overfull


def quotas_until(world: World, bikes: Bikes, begun: int, until: int) -> FloatArray:
    """Bikes that each operator may have, against now; shape (periods, operators), the first all 1.

    A closed loop: what overflows under the quota of a period is the score that sets the next one. Scored are the places
    that nothing has bred, drawn again from the world's luck, so that a stretch of a world knows those before it.

    Args:
        begun: second of the first period. until: the last period begins at or before it.
    """
    periods = max(until - begun, 0) // PERIOD
    occurred, luck = _first_heaps(world, begun + periods * PERIOD)
    period = (occurred - begun) // PERIOD
    operator, overfull = operator_of(world.key, luck), overfull_of(world.key, luck)
    quota = np.ones((periods + 1, len(OPERATORS)))
    for k in range(periods):
        now = period == k
        usual = max(float(now.sum()) / len(OPERATORS), 1.0)
        left = now & (overfull * quota[k, operator] * (1.0 - bikes.moved) > OVERFULL)
        score = np.bincount(operator[left], minlength=len(OPERATORS)) / usual
        lost, won = bikes.quota_cut * np.clip(score - GOOD, 0.0, 1.0), GROWS * np.clip(1.0 - score / GOOD, 0.0, 1.0)
        quota[k + 1] = np.clip(quota[k] * (1.0 - lost + won), bikes.least, 1.0)
    return quota


def _first_heaps(world: World, until: int) -> tuple[IntArray, U64Array]:
    """Moment and luck of all heaps before a moment that nothing has bred."""
    scenario = world.scenario
    position = [kind.id for kind in scenario.kinds].index(HEAPS)
    kind, streams = scenario.kinds[position], street_streams(scenario)[position]
    hours = hours_of(scenario.almanac, world.weather)
    profile = first_profile(kind, scenario.cascades, share_come_back(scenario.cascades, len(hours.hour)))
    hourly = hourly_multiplier(kind.patterns, hours, scenario.climate, scenario.almanac) * profile
    cumulative = cumulative_intensity(hourly[: until // HOUR])
    street, ordinal, hour = onset_hours(world.key, streams, rates_per_hour(scenario, kind), cumulative)
    with np.errstate(over="ignore"):
        luck = streams[street] + np.uint64(STEP) * ordinal.astype(np.uint64)
    return (hour * HOUR).astype(np.int64), luck
