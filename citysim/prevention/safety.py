"""Rare and grave events: high-rise fires, accidents in confined spaces, listed risks, and stocks for storms."""

import numpy as np

from citysim.policy.programmes import ConfinedSpace, DisasterStocks, HighRise, RiskList
from citysim.policy.programmes.safety import LANE_BLOCKED, WITHOUT_WATER
from citysim.prevention.effects import Effects
from citysim.prevention.rows import beginnings, hour_of, look_more, luck_of, rows_of, spare, years_at
from citysim.prevention.units import remedy, units_at
from citysim.streams import FloatArray
from citysim.units import DAY, YEAR, IntArray
from citysim.world.assets import CLASSES
from citysim.world.sample import World

ODDS = np.array([1.0, 1.5, 2.0, 3.5])
"""Odds of severity I-III of a high-rise fire where all is well, the lane is blocked, the fire water is out, or both
(brief 4.4 asm); a building's state is 2 x water out + lane blocked."""
IN_PLACE_YEARS = 0.5
"""All that is planned for high-rises is in place after so long [asm]."""
BLUE = 3

UNSAFE_WITH_PERMIT = 0.1
"""Unsafe entries under a permit against those without: 0.05-0.5 % against 0.5-5 % of jobs (brief item 67 asm)."""
UNSEEN_BY_METER = 0.3
"""Share of the poisonings that a gas meter does not prevent: gas that it does not know, alarms passed over [asm]."""
BLIND = 0.6
"""Share of the poisonings as now in which others go in after the victim; they then have 1.5-3 times as many victims
(brief item 67), here one grade of severity [asm]."""

LISTED = (
    "gas_leak_outdoor", "gas_leak_indoor", "gas_explosion", "septic_gas_alarm", "septic_explosion",
    "unsafe_confined_space_entry", "bridge_tunnel_abnormal", "slope_deformation", "waterlogging",
    "disposal_site_failure", "road_cavity_hazard", "ebike_charging_hazard", "highrise_fire", "other_building_fire",
)  # fmt: skip
"""Types that a list of operation-safety risks looks out for."""
ALL_POINTS = 2_000.0
"""Risk points per 100,000 residents that could be listed at all [asm]."""
SKEW = 3.0
"""What happens, happens at the most dangerous points: at the share u^3 of the full list [asm]; of assets, u = 0 is the
oldest in the worst condition."""
WARNING_YEARS = 0.25
"""Mean time for which an inspector could see what is coming [asm, 0.1-0.5]."""
HOURS_ON_THE_WAY = 0.5
"""Of each review [asm]."""
HOURS_TO_SEE = 3.0
"""A review of h hours sees what is to be seen with probability 1 - exp(-(h - way) / 3) [asm]."""

HELPED = (
    "waterlogging", "slope_deformation", "tree_fall", "power_outage_local", "water_burst_large", "water_burst_small",
    "secondary_supply_failure", "disposal_site_failure",
)  # fmt: skip
"""What pumps, generators, saws and water trucks help against."""
LAYERS = ((10.0, 0.5), (30.0, 0.3), (60.0, 0.1))
"""Within so many minutes (R26), the chance that equipment keeps it one severity milder [asm]."""
LOADING_MINUTES = 5.0
"""Until the truck leaves [asm]."""
KM_PER_MINUTE = 0.4
"""Its speed in a storm: 24 km/h [asm]."""
DETOUR = 1.3
"""Way by road over the straight line [asm]."""
SETS_PER_MM = 0.2
"""Sets that a depot's surroundings need at once for each mm of rain an hour [asm]."""


def mend_highrises(world: World, high_rise: HighRise, effects: Effects) -> None:
    """Make fires milder where fire water works, or the lane is clear, that would not be so now.

    The oldest fire water in the worst condition is put right first.
    """
    if high_rise.water == high_rise.lanes == 0.0:
        return
    for position, kind in enumerate(world.scenario.kinds):
        if kind.id != "highrise_fire" or not 0.0 < sum(kind.severity[:3]) < 1.0:
            continue
        rows = np.flatnonzero((world.incidents.kind == position) & (effects.severity < BLUE))
        shares = np.outer([1.0 - WITHOUT_WATER, WITHOUT_WATER], [1.0 - LANE_BLOCKED, LANE_BLOCKED]).ravel()
        serious = _chances(sum(kind.severity[:3]), shares)
        of_serious = np.cumsum(shares * serious / (shares @ serious))
        state = np.searchsorted(of_serious, luck_of(world, rows, "state of building"), side="right").clip(max=3)
        done = np.minimum(years_at(world, rows, effects) / IN_PLACE_YEARS, 1.0)
        no_water = (state >= 2) & (units_at(world, rows, "fire_water").place >= high_rise.water * done)
        no_lane = (state % 2 == 1) & (luck_of(world, rows, "lane kept clear") >= high_rise.lanes * done)
        left = serious[2 * no_water + no_lane] / serious[state]
        milder = luck_of(world, rows, "fire contained early") >= left
        effects.severity[rows[milder]] = BLUE


def _chances(mean: float, shares: FloatArray) -> FloatArray:
    """Chance of severity I-III by state of the building, so that over all buildings it is `mean`."""
    low, high = 0.0, mean / (1.0 - mean)  # odds where all is well; all states together have at least these
    for _ in range(60):
        odds = 0.5 * (low + high) * ODDS
        low, high = (0.5 * (low + high), high) if shares @ (odds / (1.0 + odds)) < mean else (low, 0.5 * (low + high))
    chances: FloatArray = low * ODDS / (1.0 + low * ODDS)
    return chances


def enter_safely(world: World, confined: ConfinedSpace, effects: Effects) -> None:
    """Spare unsafe entries and poisonings, keep rescuers out of them, and find unsafe entries sooner."""
    if confined == ConfinedSpace():
        return
    entries, poisonings = (
        beginnings(world, ("unsafe_confined_space_entry",)),
        beginnings(world, ("confined_space_poisoning",)),
    )
    for rows in (entries, poisonings):
        permit = luck_of(world, rows, "work permit") < confined.permits
        spare(effects, rows, permit & (luck_of(world, rows, "unsafe in spite of permit") >= UNSAFE_WITH_PERMIT))
    meter = luck_of(world, poisonings, "gas meter") < confined.meters
    spare(effects, poisonings, meter & (luck_of(world, poisonings, "unseen by meter") >= UNSEEN_BY_METER))
    victims = rows_of(world, ("confined_space_poisoning",))
    blind = luck_of(world, victims, "blind rescue") < BLIND
    helped = victims[blind & (luck_of(world, victims, "rescue with air") < confined.rescue)]
    effects.severity[helped] = np.minimum(effects.severity[helped] + 1, BLUE)
    if confined.inspections:
        at_work = rows_of(world, ("unsafe_confined_space_entry",))
        look_more(world, at_work, effects, confined.inspections * YEAR / DAY)


def review_risks(world: World, risk_list: RiskList, effects: Effects) -> None:
    """Spare what a review found at a listed point while it was coming.

    Reviews come at random moments of the interval: what could be seen for w years stays unseen with probability
    exp(-reviews a year x chance to see it x w). More points for the same inspectors are each reviewed more rarely.
    """
    if risk_list.inspectors == 0.0:
        return
    rows = beginnings(world, LISTED)
    is_listed = _places(world, rows) ** SKEW * ALL_POINTS < risk_list.points
    coming = -WARNING_YEARS * np.log1p(-luck_of(world, rows, "warning"))
    finds = risk_list.reviews_a_year * -np.expm1((HOURS_ON_THE_WAY - risk_list.hours) / HOURS_TO_SEE)
    missed = np.exp(-finds * np.minimum(coming, years_at(world, rows, effects)))
    remedy(world, rows, effects, np.where(is_listed, missed, 1.0))


def _places(world: World, rows: IntArray) -> FloatArray:
    """Share of what happens at each type of point that is worse: of assets by age and condition, else by luck."""
    places = luck_of(world, rows, "place on the list")
    kinds, kind = world.scenario.kinds, world.incidents.kind[rows]
    for name, one in CLASSES.items():
        of_class = np.isin(kind, [k for k, given in enumerate(kinds) if given.id in one.types])
        if of_class.any():
            places[of_class] = units_at(world, rows[of_class], name).place
    return places


def stock_depots(world: World, stocks: DisasterStocks, effects: Effects) -> None:
    """Make milder what equipment reaches in time from a nearer depot, as far as the stock goes in that rain."""
    if stocks.depots == 0.0 or stocks.pumps == 0.0:
        return
    rows = rows_of(world, HELPED)
    rows = rows[effects.severity[rows] < BLUE]
    help_as_now, help_then = (_helps(_minutes(world, rows, 1.0 + more)) for more in (0.0, stocks.depots))
    needed = SETS_PER_MM * world.weather.rain_mm_per_hour[hour_of(world, rows)]
    there = luck_of(world, rows, "equipment is there") * needed < stocks.pumps
    mark = help_as_now + (1.0 - help_as_now) * luck_of(world, rows, "equipment helps")  # the depot as now did not help
    effects.severity[rows[there & (mark < help_then)]] += 1


def _minutes(world: World, rows: IntArray, depots: float) -> FloatArray:
    """Minutes until a truck from the nearest of so many depots in the district is there.

    The distance to the nearest of random places is that of the share u of the area which each of them serves.
    """
    city = world.scenario.city
    area = np.array([district.area_km2 for district in city.districts])
    district = city.district_of_street[world.incidents.street[rows]]
    away = np.sqrt(luck_of(world, rows, "way to the depot") * area[district] / (np.pi * depots))
    minutes: FloatArray = LOADING_MINUTES + DETOUR * away / KM_PER_MINUTE
    return minutes


def _helps(minutes: FloatArray) -> FloatArray:
    """Chance that equipment which comes after so many minutes keeps it milder."""
    return np.select([minutes <= limit for limit, _ in LAYERS], [share for _, share in LAYERS], 0.0)
