"""Assets with an age: the stock of each class when a run begins, and how its failures grow from there.

What grows with the age a is the same power a^(k-1) for two different things (Ascher & Feingold (1984), Repairable
Systems Reliability; Rigdon & Basu (2000), Statistical Methods for the Reliability of Repairable Systems):

- a system that is repaired where it failed and stays as old as it was (minimal repair: Barlow & Hunter (1960), Oper.
  Res. 8, 90): a^(k-1) is its rate of failures (ROCOF) in calendar time, a Poisson process with the power law of Crow
  (1974). A main with a new clamp on it is a main of the same age;
- a unit that is replaced when it fails: a^(k-1) is the hazard of its one life, a Weibull law, and the unit in its
  place begins at age 0.

A world draws both as the first: failures come with the ages of the stock left alone, and what failed is as old as
before. For a unit that is replaced this counts too many by those that would fail twice in a run; a unit fails once in
many years, so that is little. Only a programme makes a unit new, and that one ages again (citysim/prevention/units.py).
The ages of a class in a district are even from the youngest to the oldest, so that the means and the age of what fails
have closed forms. A world holds what happens when nothing is done; programmes thin it (citysim/prevention).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from citysim.streams import FloatArray
from citysim.units import HOUR, YEAR
from citysim.world.geography import City


@dataclass(frozen=True)
class AssetClass:
    """Incident types that come from the age of an asset, and the shape k of their law a^(k-1); 1 = no ageing.

    A scenario may give another shape with the ages of the class (`asset_ages.<class>.shape`).
    """

    types: tuple[str, ...]
    shape: float


CLASSES: dict[str, AssetClass] = {
    "gas": AssetClass(("gas_leak_outdoor",), 2.0),
    "water": AssetClass(("water_burst_large", "water_burst_small", "water_leak_hidden"), 1.8),
    "sewer": AssetClass(("sewer_structural_defect", "sewer_blockage_overflow"), 2.2),
    "pump": AssetClass(("pump_or_plant_upset",), 2.0),
    "fire_water": AssetClass(("fire_water_fault",), 1.7),
    "lift": AssetClass(("elevator_entrapment",), 1.6),
    "supply": AssetClass(("secondary_supply_failure",), 1.8),
    "slope": AssetClass(("slope_deformation",), 2.0),
    "bridge": AssetClass(("bridge_tunnel_abnormal",), 2.5),
    "light": AssetClass(("streetlight_fault",), 1.4),
    "signal": AssetClass(("traffic_signal_fault",), 1.5),
    "power": AssetClass(("power_outage_local",), 1.5),
    "cavity": AssetClass(("road_cavity_hazard", "road_collapse"), 2.0),
    "manhole": AssetClass(("manhole_defect",), 1.8),
    "septic": AssetClass(("septic_gas_alarm", "septic_explosion", "septic_overflow"), 1.4),
}
"""Shapes by class of assets where the scenario gives none (1.5-3 for pipes, brief item 59 asm).

Repaired in place, so a power law in calendar time: gas, water, sewer, pump, fire_water, lift, supply, slope, bridge,
power, cavity, septic. Replaced, so a Weibull law of one life: light, signal, manhole (the cover and its frame).
`cavity` has the age of the drains and fills under a road, `septic` that of the tank; what a survey of roads or the
cleaning of a tank changes is on top of it (prevention/roads.py, pipes.py)."""


@dataclass(frozen=True)
class AssetAges:
    """Ages in years of one class of assets when a run begins, by district.

    Args:
        youngest, oldest: of each district; ages are even between them.
        rates_hold_at: mean age of a stock, even from 0 to twice as much, for which the rates of the incident types
            hold; None = they hold for this city's stock as a whole when the run begins.
        shape: of the law, 1 to 6; None = that of the class in CLASSES.
    """

    youngest: tuple[float, ...]
    oldest: tuple[float, ...]
    rates_hold_at: float | None = None
    shape: float | None = None


@dataclass(frozen=True, eq=False)
class Stock:
    """The ages of a class as arrays over districts, and its shape; `weight` is a district's share of the assets."""

    youngest: FloatArray
    oldest: FloatArray
    weight: FloatArray
    shape: float

    def share_older(self, age: FloatArray) -> FloatArray:
        """Share of the assets of the whole city that are older than each age when the run begins."""
        width = np.maximum(self.oldest - self.youngest, 1e-9)
        older = np.clip((self.oldest - age[:, None]) / width, 0.0, 1.0)
        share: FloatArray = older @ self.weight
        return share


def shape_of(ages: Mapping[str, AssetAges], name: str) -> float:
    """The shape of a class in a scenario: its own, else that of the table."""
    own = ages[name].shape if name in ages else None
    return CLASSES[name].shape if own is None else own


def stock_of(ages: Mapping[str, AssetAges], city: City, name: str) -> Stock:
    """The stock of a class; where the scenario says nothing, ages are even over a life of 1 in all districts."""
    shape, residents = shape_of(ages, name), city.district_population
    if name not in ages:
        return Stock(np.zeros(1), np.ones(1), np.ones(1), shape)
    given = ages[name]
    return Stock(np.array(given.youngest), np.array(given.oldest), residents / residents.sum(), shape)


def mean_hazard(youngest: FloatArray, oldest: FloatArray, shape: float, years: FloatArray) -> FloatArray:
    """Mean of (age + years)^(shape-1) over ages even from the youngest to the oldest."""
    low, high = youngest + years, np.maximum(oldest, youngest + 1e-3) + years
    mean: FloatArray = (high**shape - low**shape) / (shape * (high - low))
    return mean


def rate_factors(ages: Mapping[str, AssetAges], city: City, kind: str, hours: int) -> FloatArray | None:
    """Rate of a type in each district and hour, against that for which its rate holds; None = the same for ever.

    Returns:
        shape (districts, hours).
    """
    name = next((name for name, one in CLASSES.items() if kind in one.types), None)
    if name is None or name not in ages:
        return None
    stock, at = stock_of(ages, city, name), ages[name].rates_hold_at
    years = (np.arange(hours, dtype=np.float64) + 0.5) * (HOUR / YEAR)
    now = np.zeros(1)
    if at is None:
        usual = mean_hazard(stock.youngest, stock.oldest, stock.shape, now) @ stock.weight
    else:
        usual = mean_hazard(now, np.array([2.0 * at]), stock.shape, now)[0]
    grown = mean_hazard(stock.youngest[:, None], stock.oldest[:, None], stock.shape, years[None, :])
    factors: FloatArray = grown / usual
    return factors
