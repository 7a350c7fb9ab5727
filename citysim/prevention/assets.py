"""Assets with an age: renewal of pipes, maintenance of facilities, and the yearly health check of the city.

Each incident of an asset belongs to a unit whose age and condition are drawn by the luck of the incident. Under a
Weibull hazard of shape k, h(a) ~ a^(k-1), what fails in a stock with ages even from l to o has the age (l^k + u (o^k -
l^k))^(1/k). The hazard of a unit is moreover Z times as high as that of its age, with Z lognormal and mean 1 over the
stock; among units that fail, log Z is higher by its variance, since those with a high Z fail more.
"""

from functools import lru_cache
from math import erfc, sqrt

import numpy as np

from citysim.policy.programmes import HealthCheck, Maintenance, Renewal
from citysim.prevention.effects import Effects
from citysim.prevention.rows import beginnings, luck_of, rows_of, spare, years_at
from citysim.streams import FloatArray
from citysim.units import YEAR, IntArray
from citysim.world.assets import CLASSES, Stock, stock_of
from citysim.world.sample import World
from citysim.world.weather import normals

__all__ = ["check_health", "maintain", "renew", "rows_of"]

PIPES = ("gas", "water", "sewer")
MAINTAINED = (*PIPES, "pump", "fire_water", "lift", "supply", "slope", "bridge", "light", "signal", "power")
"""Classes with turns of maintenance; roads, covers and tanks have laws of their own (roads.py, pipes.py)."""
FRAILTY = 0.8
"""Standard deviation of log Z: how much pipes of the same age differ in their condition [asm, 0.5-1.2]."""
INSPECTION_ERROR = 0.5
"""Standard deviation of the error with which an inspection sees the logarithm of a pipe's hazard [asm, 0.3-1]."""
STAKES = 2.0
"""How many times the risk is seen with each grade that what may happen at a pipe is worse [asm]."""
AGES = 64
"""Points at which the ages of a stock are summed up."""
CHECKED = ("fire_water", "lift", "supply", "slope", "bridge", "light", "sewer")
"""Classes that a health check of the city looks at: houses, estates, streets and what carries them."""
CHECKED_TYPES = (*(kind for name in CHECKED for kind in CLASSES[name].types), "pavement_defect", "manhole_defect")
LATENT = 0.6
"""Share of the incidents of a class that come from the assets with a latent defect [asm, 0.4-0.8]."""


def renew(world: World, renewal: Renewal, effects: Effects) -> None:
    """Spare what would have happened at pipes that have been renewed by then."""
    if renewal.reached == 0.0:
        return
    for name in PIPES:
        for kind in CLASSES[name].types:
            rows = beginnings(world, (kind,))
            done = np.minimum(renewal.reached * years_at(world, rows, effects), 1.0)
            rank = _rank(world, renewal.choice, rows, name)
            mark = luck_of(world, rows, "hazard left after renewal")
            spare(effects, rows, (rank <= done) & (mark < renewal.removes))


def _rank(world: World, choice: str, rows: IntArray, name: str) -> FloatArray:
    """Share of all pipes of the city that are renewed before the one where each incident of one type happens.

    A pipe picked at random has an even rank; one at which something happens is an old one in bad condition, so it comes
    early where such come first. The order is made when the run begins: by age, which is known; by the condition, age
    and all, as an inspection sees it; or by that and what is at stake. Where renewal follows the digs its rank is that
    of any pipe.
    """
    if choice == "with_digs" or not len(rows):
        return luck_of(world, rows, "order of digs")
    stock = stock_of(world.scenario.asset_ages, world.scenario.city, name)
    age = _age(world, rows, stock, name)
    if choice == "oldest":
        return stock.share_older(age)
    luck = world.incidents.luck[rows]
    unlike = FRAILTY * (normals(world.key, luck, "condition of pipe") + FRAILTY / 2.0)
    seen = unlike + INSPECTION_ERROR * normals(world.key, luck, "error of inspection")
    score = (stock.shape - 1.0) * np.log(np.maximum(age, 1e-9)) + seen
    stakes = (1.0,)
    if choice == "risk":
        stakes = world.scenario.kinds[world.incidents.kind[rows[0]]].severity
        score = score + np.log(STAKES) * (len(stakes) - 1 - world.incidents.severity[rows])
    limits = tuple(zip(stock.youngest.tolist(), stock.oldest.tolist(), stock.weight.tolist(), strict=True))
    at, share = _share_above(limits, stock.shape, stakes, INSPECTION_ERROR)
    rank: FloatArray = np.interp(score, at, share)
    return rank


def _age(world: World, rows: IntArray, stock: Stock, name: str) -> FloatArray:
    """Age when the run begins of the asset where each incident happens; in shares of a life where none is given."""
    district = world.scenario.city.district_of_street[world.incidents.street[rows]]
    is_given = name in world.scenario.asset_ages
    youngest, oldest = (ages[district] if is_given else ages[[0]] for ages in (stock.youngest, stock.oldest))
    older = world.incidents.occurred[rows] / YEAR if is_given else 0.0
    low = (youngest + older) ** stock.shape
    high = (oldest + older) ** stock.shape
    age: FloatArray = (low + luck_of(world, rows, "age of pipe") * (high - low)) ** (1.0 / stock.shape) - older
    return age


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
    steps = np.linspace(-8.0, 8.0, 3_201)
    above = np.array([0.5 * erfc(step / sqrt(2.0)) for step in steps.tolist()])
    share_above = np.array([np.interp((y - mean) / sd, steps, above) @ weight_of for y in at.tolist()])
    return at, share_above


def maintain(world: World, maintenance: Maintenance, effects: Effects) -> None:
    """Spare failures of facilities that are overhauled, or inspected, more often than now.

    Overhaul by the calendar makes a unit new: with the hazard h(a) ~ a^(k-1) of age a since then, and each unit at the
    same share of its interval T as now, what is left is (T / now)^(k-1): much for what wears steeply, nothing for what
    fails without ageing. Inspection finds what shows before it fails; a failure whose warning is shorter than now's
    interval falls between two inspections as often as its warning is shorter than T, so the share (1 - T / now) of
    what shows is spared, whatever the shape (delay-time law, Christer & Waller (1984), J. Opl Res. Soc. 35, 401).
    A unit is reached when its first turn of the new interval has come.
    """
    ratio = maintenance.interval_months / Maintenance.interval_months
    if ratio == 1.0:
        return
    for name in MAINTAINED:
        rows = beginnings(world, CLASSES[name].types)
        turn = luck_of(world, rows, "turn of maintenance") * maintenance.interval_months / 12.0
        shape = CLASSES[name].shape
        left = ratio ** (shape - 1.0) if maintenance.by == "time" else 1.0 - maintenance.shows * (1.0 - ratio)
        mark = luck_of(world, rows, "hazard left after maintenance")
        spare(effects, rows, (turn <= years_at(world, rows, effects)) & (mark >= left))


def check_health(world: World, check: HealthCheck, effects: Effects) -> None:
    """Spare what would come of latent defects that a survey has found and money has repaired by then.

    Surveys find defects in random order, and what is not found one year may be found the next: the time until one is
    found and repaired is exponential with the smaller of the two rates, that of finding and that of repair.
    """
    if check.mended_a_year == 0.0:
        return
    rows = beginnings(world, CHECKED_TYPES)
    is_latent = luck_of(world, rows, "latent defect") < LATENT
    waits = -np.log1p(-luck_of(world, rows, "turn of health check"))
    spare(effects, rows, is_latent & (waits < check.mended_a_year * years_at(world, rows, effects)))
