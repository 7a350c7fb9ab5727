"""The unit behind each incident of an asset: its age and its condition, the same for every programme that acts on it.

Under a hazard h(a) ~ a^(k-1), what fails in a stock with ages even from l to o has the age (l^k + u (o^k - l^k))^(1/k).
The hazard of a unit is moreover Z times as high as that of its age, with Z lognormal and mean 1 over the stock; among
units that fail, log Z is higher by its variance, since those with a high Z fail more.

Several remedies at one unit do not multiply: all read one mark of the incident, so that what is left of the unit's
hazard is what the best of them leaves. A programme can only thin: where a law says that a remedy would raise the hazard
(a unit that is new later than it was built), the hazard stays as it was.
"""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from citysim.prevention.effects import Effects
from citysim.prevention.rows import luck_of, spare
from citysim.streams import FloatArray
from citysim.units import YEAR, IntArray
from citysim.world.assets import Stock, stock_of
from citysim.world.sample import World
from citysim.world.weather import normals

FRAILTY = 0.8
"""Standard deviation of log Z: how much units of the same age differ in their condition [asm, 0.5-1.2]."""
STEPS = np.linspace(-8.0, 8.0, 3_201)
ABOVE = np.array([0.5 * erfc(step / sqrt(2.0)) for step in STEPS.tolist()])
"""Chance that a standard normal is above each step; numpy has no error function."""


@dataclass(frozen=True, eq=False)
class Units:
    """One entry for each incident of a class; shares are of what fails there (same district, same moment), even.

    Args:
        age: when the run begins, years; in shares of a life where the scenario gives no ages.
        years: age at the incident as built, years; infinite where the scenario gives no ages.
        older, worse: share that is older, and that is in a worse condition. unlike: log Z. shape: k of the class.
    """

    age: FloatArray
    years: FloatArray
    older: FloatArray
    worse: FloatArray
    unlike: FloatArray
    shape: float

    @property
    def place(self) -> FloatArray:
        """Share of what fails that comes first where the oldest and worst come first, even on [0, 1).

        The product w of two even shares is below x with probability x (1 - log x) (Fisher (1932), Statistical Methods
        for Research Workers, 4th ed., 21.1).
        """
        w = np.maximum(self.older * self.worse, 1e-300)
        place: FloatArray = w * (1.0 - np.log(w))
        return place

    def hazard_when(self, years: FloatArray) -> FloatArray:
        """Hazard of each unit if it were so many years old, over the one that it has; never above 1.

        A place keeps its Z. Where the scenario gives no ages there is no clock: what is made new stays so, 0.
        """
        has_clock = np.isfinite(self.years)
        own = np.where(has_clock, self.years, 1.0)
        return np.where(has_clock, (np.minimum(years, own) / own) ** (self.shape - 1.0), 0.0)


def units_at(world: World, rows: IntArray, name: str) -> Units:
    """The unit of a class (world/assets.py) where each incident happens, by the luck of the incident."""
    stock = stock_of(world.scenario.asset_ages, world.scenario.city, name)
    luck = luck_of(world, rows, "age of pipe")
    age, years = _ages(world, rows, stock, name, luck), np.full(len(rows), np.inf)
    worse, unlike = conditions_at(world, rows)
    if name in world.scenario.asset_ages:
        years = np.maximum(age + world.incidents.occurred[rows] / YEAR, 1e-9)
    return Units(age, years, 1.0 - luck, worse, unlike, stock.shape)


def conditions_at(world: World, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """`worse` and `unlike` of the unit where each incident happens, of whatever class."""
    z = normals(world.key, world.incidents.luck[rows], "condition of pipe")
    return np.interp(z, STEPS, ABOVE), FRAILTY * (z + FRAILTY / 2.0)


def remedy(world: World, rows: IntArray, effects: Effects, left: FloatArray) -> None:
    """Spare what a remedy that leaves a share of the hazard of each unit takes away; 1 = the unit is not reached."""
    spare(effects, rows, luck_of(world, rows, "hazard left after renewal") < 1.0 - left)


def _ages(world: World, rows: IntArray, stock: Stock, name: str, luck: FloatArray) -> FloatArray:
    """Age when the run begins of the unit where each incident happens; in shares of a life where none is given."""
    district = world.scenario.city.district_of_street[world.incidents.street[rows]]
    is_given = name in world.scenario.asset_ages
    youngest, oldest = (ages[district] if is_given else ages[[0]] for ages in (stock.youngest, stock.oldest))
    later = world.incidents.occurred[rows] / YEAR if is_given else 0.0
    low = (youngest + later) ** stock.shape
    high = (oldest + later) ** stock.shape
    age: FloatArray = (low + luck * (high - low)) ** (1.0 / stock.shape) - later
    return age
