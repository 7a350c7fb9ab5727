"""Self-excitation: incidents that call forth others of their type near by, whatever anybody does about them.

The cluster representation of a Hawkes process, Hawkes & Oakes (1974), J. Appl. Prob. 11, 493; for crime in cities
Mohler et al. (2011), JASA 106, 100. First incidents come as an inhomogeneous Poisson process, each incident has
Poisson(ratio) direct offspring after exponential lags. First incidents are fewer by the mean size of a cluster, so that
a type keeps the rate of the data; what incidents before time 0 would have bred comes as first incidents of the first
days. In the same way first incidents are fewer by what comes back at its place (cascades.py), so that a type has the
rate of the data where every case is closed soon and no root cause is mended.

Weather is a covariate that all incidents share; it is in the rate of first incidents, not in the ratio.
"""

from dataclasses import dataclass
from math import erf, log, sqrt

import numpy as np

from citysim.streams import STEP, FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import DAY, HOUR, IntArray
from citysim.world.geography import City
from citysim.world.incidents import AFTERSHOCK, CascadeRules, IncidentKind
from citysim.world.traits import Rows, bred, joined, poisson_table, selected

MOST_RATIO = 0.95
"""Clusters would hardly end above; the scenario is checked for it."""
MOST_OFFSPRING = 16
"""A ratio of 0.95 has more with a chance below 1e-15."""


def first_share(ratio: float, generations: int) -> float:
    """Share of a type's incidents that are first ones: 1 over the mean size of a cluster of so many generations.

    It is 1 - ratio if generations are not limited.
    """
    return 1.0 / float(sum(ratio**generation for generation in range(generations + 1)))


def share_come_back(rules: CascadeRules, hours: int) -> FloatArray:
    """Share of recurrences that come within the first 0.5, 1.5, … `hours` - 0.5 hours after the onset: a lognormal."""
    median, sigma = rules.recurrence_median_days * DAY / HOUR, max(rules.recurrence_sigma, 1e-9)
    z = (np.log(np.arange(hours) + 0.5) - log(median)) / (sigma * sqrt(2.0))
    return np.array([0.5 * (1.0 + erf(value)) for value in z.tolist()])


def first_profile(kind: IncidentKind, rules: CascadeRules, come_back: FloatArray) -> FloatArray:
    """Share of a kind's rate in each hour that first incidents make up; the rest is bred in this world.

    Args:
        come_back: `share_come_back` of these hours.
    """
    age = np.arange(len(come_back)) + 0.5
    followed = 1.0 - np.exp(-age / kind.excitation.hours)  # share of the offspring that came within this age
    shocks = (1.0 - first_share(kind.excitation.ratio, rules.generations)) * followed
    back = kind.recurrence_chance * come_back if rules.generations else 0.0
    profile: FloatArray = (1.0 - shocks) * (1.0 - back)
    return profile


@dataclass(frozen=True, eq=False)
class Shocks:
    """What aftershocks are drawn with; arrays over kinds, `table` has shape (kinds, MOST_OFFSPRING)."""

    ratios: FloatArray
    lag: FloatArray
    spread: FloatArray
    table: FloatArray


def shocks_of(kinds: tuple[IncidentKind, ...]) -> Shocks:
    """The aftershocks of these kinds; lags in seconds."""
    ratios = np.array([kind.excitation.ratio for kind in kinds])
    table = np.array([poisson_table(ratio, MOST_OFFSPRING) for ratio in ratios]).reshape(-1, MOST_OFFSPRING)
    table[:, -1] = 1.0  # luck is below
    lag = np.array([kind.excitation.hours * HOUR for kind in kinds])
    return Shocks(ratios, lag, np.array([kind.excitation.spread for kind in kinds]), table)


def with_aftershocks(
    key: int, first: Rows, kinds: tuple[IncidentKind, ...], city: City, horizon: int, generations: int
) -> Rows:
    """First incidents and all their offspring before the horizon; first incidents keep their positions."""
    shocks = shocks_of(kinds)
    parts, offset, latest = [first], 0, first
    for _ in range(generations):
        children = aftershocks_of(key, latest, offset, shocks, city)
        if not len(children["luck"]):
            break
        children = selected(children, children["occurred"] < horizon)
        parts.append(children)
        offset, latest = offset + len(latest["luck"]), children
    return joined(parts)


def aftershocks_of(key: int, rows: Rows, offset: int, shocks: Shocks, city: City) -> Rows:
    """The direct offspring of all rows, the first of which has number `offset`."""
    chosen, ordinal = _offspring(key, rows, shocks.ratios, shocks.table)
    kind = rows["kind"][chosen]
    with np.errstate(over="ignore"):
        # scrambled first: lucks of one street's incidents differ by multiples of STEP too
        luck = derive_array(derive(0, "aftershock"), rows["luck"][chosen])
        luck = luck + np.uint64(STEP) * ordinal.astype(np.uint64)
    after = -np.log1p(-uniforms(key, luck, purpose_code("lag"))) * shocks.lag[kind]
    street = moved(key, luck, rows["street"][chosen], shocks.spread[kind], city)
    return bred(rows, chosen, offset, after, luck, AFTERSHOCK, street=street)


def _offspring(key: int, rows: Rows, ratios: FloatArray, table: FloatArray) -> tuple[IntArray, IntArray]:
    """(position of the parent, ordinal among its children) of all direct offspring."""
    able = np.flatnonzero(ratios[rows["kind"]] > 0.0)
    u, kind = uniforms(key, rows["luck"][able], purpose_code("offspring")), rows["kind"][able]
    chosen, ordinals, ordinal = [], [], 0
    has_more = table[kind, 0] <= u
    while has_more.any():
        able, u, kind = able[has_more], u[has_more], kind[has_more]
        chosen.append(able)
        ordinals.append(np.full(len(able), ordinal))
        ordinal += 1
        has_more = table[kind, ordinal] <= u
    none = np.empty(0, np.int64)
    return np.concatenate([none, *chosen]), np.concatenate([none, *ordinals])


def moved(key: int, luck: U64Array, street: IntArray, spread: FloatArray, city: City) -> IntArray:
    """The street of each child: that of its parent, or with chance `spread` another one of the district."""
    result = street.astype(np.int64)
    goes = np.flatnonzero(spread > 0.0)
    goes = goes[uniforms(key, luck[goes], purpose_code("spreads")) < spread[goes]]
    result[goes] = city.other_street(street[goes], uniforms(key, luck[goes], purpose_code("other street")))
    return result
