"""What lies below: sewers and plants in one hand, gas in septic tanks, and whose it all is."""

import numpy as np

from citysim.policy.programmes import OneMap, PlantNetwork, SepticCleaning
from citysim.prevention.effects import Effects
from citysim.prevention.rows import beginnings, hour_of, luck_of, rows_of, years_at
from citysim.prevention.units import Units, remedy, units_at
from citysim.streams import FloatArray
from citysim.units import HOUR, WEEK, YEAR, IntArray
from citysim.world.almanac import SPRING_FESTIVAL
from citysim.world.sample import World
from citysim.world.weather import normals

BETWEEN = (
    "sewer_blockage_overflow", "sewer_structural_defect", "pump_or_plant_upset", "river_water_exceedance",
)  # fmt: skip
"""Types that the operators of the network and of the plant hand to each other."""
PREVENTED = ("sewer_blockage_overflow", "pump_or_plant_upset", "waterlogging")
TOO_MUCH_MM = 30.0
"""Rain in mm an hour against which nothing helps that one operator does beforehand: as much is prevented in drizzle as
in a dry hour, less and less up to here [asm]."""

QUIET_MONTHS = 2.0
"""So long after its cleaning a tank at 20 degrees C has no explosive gas; half or twice as long for 10 degrees more or
less [asm]."""
GATHERS = 2.0
"""Power of the time since then with which the hazard of gas grows; that of the level in the tank grows with 1 [asm]."""
TANKS = {"septic_gas_alarm": GATHERS, "septic_explosion": GATHERS, "septic_overflow": 1.0}
FESTIVAL_ROUND = 6 * WEEK
"""The round before the Spring Festival takes six weeks [asm]."""
RISK_KNOWN = 3.0
"""Where tanks known to make gas come first, a tank with an incident stands at the share u^3 of the list [asm]; u = 0
is the oldest in the worst condition."""

COMPONENTS = (
    "manhole_missing", "manhole_defect", "streetlight_fault", "pavement_defect", "road_cavity_hazard",
    "sewer_blockage_overflow", "sewer_structural_defect", "excavation_overdue", "fire_water_fault", "septic_overflow",
    "secondary_supply_failure", "appearance_defect_16p3", "illegal_building_stock", "slope_deformation",
)  # fmt: skip
"""Types of things in the street or the estate of which it may be unclear who owns them."""
UNCLEAR_SIGMA = 0.8
"""Of the logarithm of the time until an owner is found [asm]."""


def join_plant_and_network(world: World, plant: PlantNetwork, effects: Effects) -> None:
    """Where one operator runs both, one department less is asked, and what can be prevented beforehand is."""
    if plant.merged == 0.0:
        return
    rows = rows_of(world, BETWEEN)
    joint = rows[(luck_of(world, rows, "merged sewer") < plant.merged) & (world.incidents.n_support[rows] > 0)]
    effects.supports[joint] -= 1
    rows = beginnings(world, PREVENTED)
    rain = world.weather.rain_mm_per_hour[hour_of(world, rows)]
    prevented = plant.preventive * np.maximum(1.0 - rain / TOO_MUCH_MM, 0.0)
    is_merged = luck_of(world, rows, "merged sewer") < plant.merged
    remedy(world, rows, effects, np.where(is_merged, 1.0 - prevented, 1.0))


def clean_tanks(world: World, cleaning: SepticCleaning, effects: Effects) -> None:
    """Spare what gas or a full tank does where the tank has been cleaned since.

    The hazard is (age - quiet time) to a power. The age of a tank in which something happens is drawn from it under
    now's interval; under a shorter one the tank is at the same share of its interval, once its first turn has come.
    A tank younger than that has been filling since it was built, and no turn of it has come.
    """
    usual = SepticCleaning.interval_months
    if cleaning.interval_months == usual and cleaning.before_festival == 0.0:
        return
    for kind, power in TANKS.items():
        rows = beginnings(world, (kind,))
        quiet = QUIET_MONTHS * 2.0 ** ((20.0 - world.weather.temperature_c[hour_of(world, rows)]) / 10.0)
        quiet = np.clip(quiet, 0.5, 6.0) if power == GATHERS else np.zeros(len(rows))
        tanks = units_at(world, rows, "septic")
        age = quiet + (usual - quiet) * luck_of(world, rows, "age of tank") ** (1.0 / (power + 1.0))
        built = np.maximum(12.0 * tanks.years, quiet + 1e-6)
        turn = luck_of(world, rows, "turn of tank") * cleaning.interval_months / 12.0
        shorter = age * np.where(turn <= years_at(world, rows, effects), cleaning.interval_months / usual, 1.0)
        since_round = _months_since_round(world, rows, cleaning, effects.begun, tanks)
        then, now = (np.minimum(months, built) for months in (np.minimum(shorter, since_round), age))
        remedy(world, rows, effects, (np.maximum(then - quiet, 0.0) / (now - quiet)) ** power)


def _months_since_round(world: World, rows: IntArray, cleaning: SepticCleaning, begun: int, tanks: Units) -> FloatArray:
    """Months since the tank was cleaned in the last round before a Spring Festival, since `begun`; else inf."""
    is_festival = world.weather.festival == SPRING_FESTIVAL
    begins = np.flatnonzero(is_festival & ~np.concatenate([[False], is_festival[:-1]])) * HOUR
    list_at = tanks.place**RISK_KNOWN if cleaning.by_risk else luck_of(world, rows, "tank on the list")
    occurred, since = world.incidents.occurred[rows], np.full(len(rows), np.inf)
    for begin in begins.tolist():
        cleaned = begin - FESTIVAL_ROUND * luck_of(world, rows, "day of the round")
        done = (list_at < cleaning.before_festival) & (cleaned >= begun) & (occurred >= cleaned)
        since = np.where(done, occurred - cleaned, since)
    return since * (12.0 / YEAR)


def clear_owners(world: World, one_map: OneMap, effects: Effects) -> None:
    """Nobody owns up to a share of the components: it takes time, and one more department, until it is clear."""
    if one_map.ownerless == 0.0:
        return
    rows = rows_of(world, COMPONENTS)
    unclear = (luck_of(world, rows, "nobody owns it") < one_map.ownerless) & (
        luck_of(world, rows, "on the map of owners") >= one_map.surveyed
    )
    rows = rows[unclear]
    spread = np.exp(UNCLEAR_SIGMA * normals(world.key, world.incidents.luck[rows], "owner found after"))
    effects.clearance[rows] += np.floor(one_map.unclear_hours * HOUR * spread + 0.5).astype(np.int64)
    effects.supports[rows] += 1
