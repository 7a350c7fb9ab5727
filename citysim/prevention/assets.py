"""Assets with an age: renewal of pipes, maintenance of facilities, and the yearly health check of the city.

They act on the same units (units.py): each incident has one age and one condition, which all of them read, and one
mark, so that several remedies at one unit leave what the best of them leaves.
"""

from functools import lru_cache
from math import sqrt

import numpy as np

from citysim.policy.programmes import HealthCheck, Maintenance, Renewal
from citysim.prevention.effects import Effects
from citysim.prevention.rows import beginnings, luck_of, rows_of, years_at
from citysim.prevention.units import ABOVE, FRAILTY, STEPS, Units, conditions_at, remedy, units_at
from citysim.streams import FloatArray
from citysim.units import IntArray
from citysim.world.assets import CLASSES, stock_of
from citysim.world.sample import World
from citysim.world.weather import normals

__all__ = ["check_health", "maintain", "renew", "rows_of"]

PIPES = ("gas", "water", "sewer")
MAINTAINED = (*PIPES, "pump", "fire_water", "lift", "supply", "slope", "bridge", "light", "signal", "power")
"""Classes with turns of maintenance; roads, covers and tanks have laws of their own (roads.py, pipes.py)."""
INSPECTION_ERROR = 0.5
"""Standard deviation of the error with which an inspection sees the logarithm of a pipe's hazard [asm, 0.3-1]."""
STAKES = 2.0
"""How many times the risk is seen with each grade that what may happen at a pipe is worse [asm]."""
AGES = 64
"""Points at which the ages of a stock are summed up."""
CHECKED = ("fire_water", "lift", "supply", "slope", "bridge", "light", "sewer", "manhole")
"""Classes that a health check of the city looks at: houses, estates, streets and what carries them."""
PAVEMENT = ("pavement_defect",)
"""It looks at these too; they have a condition and no age."""
LATENT = 0.6
"""Share of the incidents of a class that come from the assets with a latent defect, those in the worst condition
[asm, 0.4-0.8]: with FRAILTY 0.8 these are 0.29 of the assets."""
REST_YEARS = 1.0
"""So long after a health check had it mended a unit is not renewed [asm]: it has had its money of the year."""


def renew(world: World, renewal: Renewal, effects: Effects) -> None:
    """Spare what would have happened at pipes that have been renewed by then.

    The share `removes` of a pipe's hazard is that of its age, and is gone when it is renewed; from then on it grows as
    that of any pipe of its new age, (new age / age as built)^(k-1) of what it would have been. The rest is the place's:
    digs, ground, neighbours. As the earlier renewed is the older pipe, more renewal may leave what less spares, seldom.
    """
    if renewal.reached == 0.0:
        return
    for name in PIPES:
        for kind in CLASSES[name].types:
            rows = beginnings(world, (kind,))
            units = units_at(world, rows, name)
            rank = _rank(world, renewal.choice, rows, name, units)
            years = years_at(world, rows, effects)
            since = since_renewed(rank, renewal.reached, years, effects.since_mended[rows])
            effects.since_renewed[rows] = since
            left = 1.0 - renewal.removes * (1.0 - units.hazard_when(since))
            remedy(world, rows, effects, np.where(np.isinf(since), 1.0, left))


def since_renewed(rank: FloatArray, pace: float, years: FloatArray, since_mended: FloatArray) -> FloatArray:
    """Years since each unit was last renewed; infinite = not yet.

    The first of the order is renewed at once, the last after 1 / pace years, and then the order begins again. A unit
    that a health check had mended within the year before waits until that year is over; nobody takes its turn.

    Args:
        rank: share of all units that are renewed before it. pace: share renewed in a year, above 0.
        years: for which renewal has run. since_mended: years, infinite = not mended.
    """
    after = years - rank / pace
    since = np.where(after >= 0.0, after - np.floor(after * pace) / pace, np.inf)
    before = np.where(after >= 1.0 / pace, since + 1.0 / pace, np.inf)
    has_rest = (since_mended >= since) & (since_mended < since + REST_YEARS)
    rested = np.where(since_mended >= REST_YEARS, since_mended - REST_YEARS, before)
    return np.where(has_rest, rested, since)


def _rank(world: World, choice: str, rows: IntArray, name: str, units: Units) -> FloatArray:
    """Share of all pipes of the city that are renewed before the one where each incident of one type happens.

    A pipe picked at random has an even rank; one at which something happens is an old one in bad condition, so it comes
    early where such come first. The order is made when the run begins: by age, which is known; by the condition, age
    and all, as an inspection sees it; or by that and what is at stake. Where renewal follows the digs its rank is that
    of any pipe.
    """
    if choice == "with_digs" or not len(rows):
        return luck_of(world, rows, "order of digs")
    stock = stock_of(world.scenario.asset_ages, world.scenario.city, name)
    if choice == "oldest":
        return stock.share_older(units.age)
    error = INSPECTION_ERROR * normals(world.key, world.incidents.luck[rows], "error of inspection")
    score = (stock.shape - 1.0) * np.log(np.maximum(units.age, 1e-9)) + units.unlike + error
    stakes = (1.0,)
    if choice == "risk":
        stakes = world.scenario.kinds[world.incidents.kind[rows[0]]].severity
        score = score + np.log(STAKES) * (len(stakes) - 1 - world.incidents.severity[rows])
    limits = tuple(zip(stock.youngest.tolist(), stock.oldest.tolist(), stock.weight.tolist(), strict=True))
    at, share = _share_above(limits, stock.shape, stakes, INSPECTION_ERROR)
    rank: FloatArray = np.interp(score, at, share)
    return rank


@lru_cache(maxsize=64)
def _share_above(
    limits: tuple[tuple[float, float, float], ...], shape: float, stakes: tuple[float, ...], error: float
) -> tuple[FloatArray, FloatArray]:
    """Scores in rising order, and the share of all pipes that are seen with a higher one.

    Args:
        limits: youngest, oldest and share of the stock of each district. stakes: share of the pipes at which what may
            happen is of each grade, worst first; one entry = stakes do not count.
    """
    part = (np.arange(AGES) + 0.5) / AGES
    means, weights = [], []
    for youngest, oldest, weight in limits:
        by_age = (shape - 1.0) * np.log(np.maximum(youngest + part * (oldest - youngest), 1e-9))
        for grade, share in enumerate(stakes):
            means.append(by_age - FRAILTY**2 / 2.0 + np.log(STAKES) * (len(stakes) - 1 - grade))
            weights.append(np.full(AGES, weight * share / AGES))
    mean, weight_of = np.concatenate(means), np.concatenate(weights)
    sd = sqrt(FRAILTY**2 + error**2)
    at = np.linspace(mean.min() - 5.0 * sd, mean.max() + 5.0 * sd, 4 * AGES + 1)
    share_above = np.array([np.interp((y - mean) / sd, STEPS, ABOVE) @ weight_of for y in at.tolist()])
    return at, share_above


def maintain(world: World, maintenance: Maintenance, effects: Effects) -> None:
    """Spare failures of facilities that are overhauled, or inspected, more often than now.

    Overhaul by the calendar makes a unit new: with the hazard h(a) ~ a^(k-1) of age a since then, and each unit at the
    same share of its interval T as now, what is left is (T / now)^(k-1): much for what wears steeply, nothing for what
    fails without ageing. Inspection finds what shows before it fails; a failure whose warning is shorter than now's
    interval falls between two inspections as often as its warning is shorter than T, so the share (1 - T / now) of
    what shows is spared, whatever the shape (delay-time law, Christer & Waller (1984), J. Opl Res. Soc. 35, 401); what
    shows are the units in the worst condition. A unit is reached when its first turn of the new interval has come. One
    younger than its last overhaul would be, new, renewed or mended, has had none, and another gives it nothing.
    """
    ratio = maintenance.interval_months / Maintenance.interval_months
    if ratio == 1.0:
        return
    for name in MAINTAINED:
        rows = beginnings(world, CLASSES[name].types)
        units = units_at(world, rows, name)
        turn = luck_of(world, rows, "turn of maintenance") * maintenance.interval_months / 12.0
        if maintenance.by == "time":
            own = np.minimum(units.years, np.minimum(effects.since_renewed[rows], effects.since_mended[rows]))
            left = overhauled(luck_of(world, rows, "share of interval"), units.shape, ratio, own)
        else:
            left = np.where(units.worse < maintenance.shows, ratio, 1.0)
        remedy(world, rows, effects, np.where(turn <= years_at(world, rows, effects), left, 1.0))


def overhauled(luck: FloatArray, shape: float, ratio: float, own: FloatArray) -> FloatArray:
    """Share of the hazard left at units overhauled after `ratio` of the usual interval; `own` = years since new.

    What fails under the usual interval of a year does so after the share luck^(1/k) of it.
    """
    usual = luck ** (1.0 / shape) * (Maintenance.interval_months / 12.0)
    own = np.maximum(own, 1e-9)
    left: FloatArray = (np.minimum(ratio * usual, own) / np.maximum(np.minimum(usual, own), 1e-9)) ** (shape - 1.0)
    return np.minimum(left, 1.0)


def check_health(world: World, check: HealthCheck, effects: Effects) -> None:
    """Spare what would come of latent defects that a survey has found and money has repaired by then.

    Surveys find defects in random order, and what is not found one year may be found the next: the time until one is
    found and repaired is exponential with the smaller of the two rates, that of finding and that of repair; so is, seen
    from an incident, the time since the last repair. Latent defects are at the units in the worst condition. A mended
    unit ages again from 0, where the scenario gives the class ages.
    """
    if check.mended_a_year == 0.0:
        return
    for name in CHECKED:
        rows = beginnings(world, CLASSES[name].types)
        units = units_at(world, rows, name)
        remedy(world, rows, effects, _mend(world, rows, check, effects, units.worse, units))
    rows = beginnings(world, PAVEMENT)
    remedy(world, rows, effects, _mend(world, rows, check, effects, conditions_at(world, rows)[0], None))


def _mend(
    world: World, rows: IntArray, check: HealthCheck, effects: Effects, worse: FloatArray, units: Units | None
) -> FloatArray:
    """Note when units were last mended; return the share of their hazard that is left. None = they have no age."""
    ago = -np.log1p(-luck_of(world, rows, "turn of health check")) / check.mended_a_year
    ago = np.where((worse < LATENT) & (ago < years_at(world, rows, effects)), ago, np.inf)
    effects.since_mended[rows] = ago
    again = np.zeros(len(rows)) if units is None else units.hazard_when(ago)
    return np.where(np.isinf(ago), 1.0, again)
