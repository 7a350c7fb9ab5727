"""Assets with an age: renewal of pipes, maintenance of facilities, and the yearly health check of the city.

Each incident of an asset belongs to a unit whose age is drawn by the luck of the incident: units with a Weibull hazard
of shape k fail the more the older they are, so the age at failure of a stock with ages even over its life follows the
density k a^(k-1) on [0, 1] (share of the longest age); a uniform draw to the power 1/k gives it.
"""

import numpy as np

from citysim.policy.programmes import HealthCheck, Maintenance, Renewal
from citysim.prevention.effects import Effects
from citysim.prevention.rows import beginnings, luck_of, rows_of, spare, years_at
from citysim.streams import FloatArray
from citysim.units import IntArray
from citysim.world.sample import World

__all__ = ["check_health", "maintain", "renew", "rows_of"]

SHAPES = {
    "gas": 2.0, "water": 1.8, "sewer": 2.2, "pump": 2.0, "fire_water": 1.7, "lift": 1.6, "supply": 1.8, "slope": 2.0,
    "bridge": 2.5, "light": 1.4, "signal": 1.5, "power": 1.5,
}  # fmt: skip
"""Weibull shapes by class of assets (1.5-3 for pipes, brief item 59 asm; 1 would be failures without ageing).

Cavities under roads, manhole covers and septic tanks have laws of their own (roads.py, pipes.py)."""
TYPES = {
    "gas": ("gas_leak_outdoor",),
    "water": ("water_burst_large", "water_burst_small", "water_leak_hidden"),
    "sewer": ("sewer_structural_defect", "sewer_blockage_overflow"),
    "pump": ("pump_or_plant_upset",),
    "fire_water": ("fire_water_fault",),
    "lift": ("elevator_entrapment",),
    "supply": ("secondary_supply_failure",),
    "slope": ("slope_deformation",),
    "bridge": ("bridge_tunnel_abnormal",),
    "light": ("streetlight_fault",),
    "signal": ("traffic_signal_fault",),
    "power": ("power_outage_local",),
}
"""Incident types that come from the age of an asset, by class."""
PIPES = ("gas", "water", "sewer")
JUDGED = 0.7
"""Share of the hazard of a pipe that its inspected condition explains beyond its age [asm]."""
CHECKED = ("fire_water", "lift", "supply", "slope", "bridge", "light", "sewer")
"""Classes that a health check of the city looks at: houses, estates, streets and what carries them."""
CHECKED_TYPES = (*(kind for name in CHECKED for kind in TYPES[name]), "pavement_defect", "manhole_defect")
LATENT = 0.6
"""Share of the incidents of a class that come from the assets with a latent defect [asm, 0.4-0.8]."""


def renew(world: World, renewal: Renewal, effects: Effects) -> None:
    """Spare what would have happened at pipes that have been renewed by then."""
    if renewal.reached == 0.0:
        return
    for name in PIPES:
        rows = beginnings(world, TYPES[name])
        done = np.minimum(renewal.reached * years_at(world, rows, effects), 1.0)
        rank = _rank(world, renewal.choice, rows, SHAPES[name])
        mark = luck_of(world, rows, "hazard left after renewal")
        spare(effects, rows, (rank <= done) & (mark < renewal.removes))


def _rank(world: World, choice: str, rows: IntArray, shape: float) -> FloatArray:
    """Share of all pipes that are renewed before the one where each incident happens, on [0, 1].

    A pipe picked at random has an even rank; one at which something happens is an old one, so it comes early where old
    ones come first. By condition it comes earlier still, and where most is at stake the earlier the worse what happens
    there. Where renewal follows the digs its rank is that of any pipe.
    """
    by_age = 1.0 - luck_of(world, rows, "age of pipe") ** (1.0 / shape)
    match choice:
        case "oldest":
            return by_age
        case "worst":
            return by_age ** (1.0 / (1.0 - JUDGED) ** 0.5)
        case "risk":
            serious = 0.5 ** world.incidents.severity[rows].astype(np.float64)
            return by_age ** (1.0 + serious)
        case _:
            return luck_of(world, rows, "order of digs")


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
    for name, types in TYPES.items():
        rows = beginnings(world, types)
        turn = luck_of(world, rows, "turn of maintenance") * maintenance.interval_months / 12.0
        left = ratio ** (SHAPES[name] - 1.0) if maintenance.by == "time" else 1.0 - maintenance.shows * (1.0 - ratio)
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
