"""Corridors that are looked after more, desks, small projects, illegal building by stages."""

import numpy as np

from citysim.policy.programmes.community import (
    COMMUNITIES,
    Corridors,
    Desks,
    IllegalBuilding,
    MicroRenewal,
)
from citysim.prevention.building import CHEAP_DAYS, appeals, days_growing, days_seen, more_work_hours, stage_days
from citysim.prevention.effects import Effects
from citysim.prevention.rows import (
    PATROL,
    BoolArray,
    beginnings,
    look_more,
    luck_of,
    rows_of,
    spare,
    years_at,
)
from citysim.prevention.zones import STREET_LIFE, premium_rank, served, take_from_patrols
from citysim.streams import FloatArray
from citysim.units import CHANNELS, DAY, HOUR, WEEK, YEAR, IntArray
from citysim.world.incidents import RECURRENCE
from citysim.world.sample import World

HOTLINE = CHANNELS.index("hotline")
DISPUTED = 0.15
"""Share of the cases in a corridor whose boundary is in dispute before a survey (0.05-0.20, brief item 68 asm)."""
STILL_DISPUTED = 0.02
"""And after (0.01-0.03)."""

SMALL = ("community_micro_request", "piling_and_hanging", "streetlight_fault")
"""Types that people bring to a desk."""
WEAKEST = 0.4
"""A street that reports less than this share of the mean gains no more than one that reports so much [asm]."""

NUISANCE = ("exposed_garbage", "piling_and_hanging", "street_vending", "illegal_parking")
"""Types that a better place has less of."""

STAYS_AWAY = 0.7
"""Share of what would be built again that is not, once it went through all stages [asm]."""


def serve_corridors(world: World, corridors: Corridors, effects: Effects) -> None:
    """Patrols look more in corridors and areas, each at its level, and, unless they are extra, less in other streets.

    Where boundaries were surveyed, a case that would have been disputed needs one department less.
    """
    if corridors.share == 0.0 and corridors.areas == 0.0:
        return
    groups = np.array([kind.group in STREET_LIFE for kind in world.scenario.kinds])
    seen = groups[world.incidents.kind]
    level = levels_of_service(world, corridors)
    effects.noticing[seen, PATROL] *= level[world.incidents.street][seen]
    inside = (is_tagged(world, corridors) | is_in_area(world, corridors))[world.incidents.street]
    rows = np.flatnonzero(seen & inside & (world.incidents.n_support > 0))
    was = luck_of(world, rows, "boundary") < DISPUTED
    still = luck_of(world, rows, "boundary") < STILL_DISPUTED
    known = luck_of(world, rows, "boundary surveyed") < corridors.surveyed
    effects.supports[rows[was & ~still & known]] -= 1


def levels_of_service(world: World, corridors: Corridors) -> FloatArray:
    """Looks of patrols in each street, against now; without extra people their sum stays."""
    corridor, area = is_tagged(world, corridors), is_in_area(world, corridors)
    share, of_areas = float(corridor.mean()), float(area.mean())
    left = 1.0 - share - of_areas
    if not corridors.extra and left <= 0.0:  # nobody is left from whom they could be taken
        return np.ones(len(corridor))
    taken = share * (corridors.service - 1.0) + of_areas * (corridors.area_service - 1.0)
    outside = 1.0 if corridors.extra else max(1.0 - taken / left, 0.0)
    level: FloatArray = np.where(corridor, corridors.service, np.where(area, corridors.area_service, outside))
    return level


def is_tagged(world: World, corridors: Corridors) -> BoolArray:
    """Streets of the city that somebody has chosen, the same in all worlds; a larger share has all of a smaller one."""
    rank = premium_rank(world)
    tagged: BoolArray = rank < round(corridors.share * len(rank))
    return tagged


def is_in_area(world: World, corridors: Corridors) -> BoolArray:
    """Streets that were chosen next, after the corridors."""
    rank = premium_rank(world)
    last = round((corridors.share + corridors.areas) * len(rank))
    inside: BoolArray = ~is_tagged(world, corridors) & (rank < last)
    return inside


def open_desks(world: World, desks: Desks, effects: Effects) -> None:
    """Small requests are settled at the desk; people report more, most of all where they reported little.

    Desks are in some streets; unless they are paid, their officers are taken from the patrols of the others.
    """
    if desks.hours == 0.0:
        return
    inside = served(world, desks.zones, desks.premium)
    if not desks.extra:
        take_from_patrols(world, inside, COMMUNITIES * desks.hours, effects)
    rows = beginnings(world, SMALL)
    brought = inside[world.incidents.street[rows]] & (luck_of(world, rows, "brought to desk") < desks.reached)
    spare(effects, rows, brought & (luck_of(world, rows, "settled at desk") < desks.closes))
    reports = world.scenario.city.reporting_factor / world.scenario.city.reporting_factor.mean()
    readier: FloatArray = 1.0 + inside * desks.trust * desks.reached / np.maximum(reports, WEAKEST)
    groups = np.array([kind.group in STREET_LIFE for kind in world.scenario.kinds])
    heard = groups[world.incidents.kind]
    effects.noticing[heard, HOTLINE] *= readier[world.incidents.street[heard]]


def renew_places(world: World, renewal: MicroRenewal, effects: Effects) -> None:
    """Spare nuisance at places that a project has reached, whose number grows year by year.

    Projects lie anywhere in the district, so a place is still without one with probability exp(-ground covered).
    """
    if renewal.projects == 0.0:
        return
    rows = beginnings(world, NUISANCE)
    city = world.scenario.city
    per_km2 = np.array([d.population / 1e5 / d.area_km2 for d in city.districts])[
        city.district_of_street[world.incidents.street[rows]]
    ]
    covered = 1.0 - np.exp(-renewal.projects * renewal.km2 * per_km2 * years_at(world, rows, effects))
    reached = luck_of(world, rows, "place of project") < covered
    spare(effects, rows, reached & (luck_of(world, rows, "nuisance at place") < renewal.lowers))


def police_building(world: World, policing: IllegalBuilding, effects: Effects) -> None:
    """Find buildings while they grow, which needs a word and no demolition; deal with the others by stages."""
    if policing == IllegalBuilding():
        return
    new = rows_of(world, ("illegal_building_new",))
    if policing.looks:
        look_more(world, new, effects, policing.looks * YEAR / WEEK)
    seen, grows = days_seen(world, new, policing.looks), days_growing(world, new)
    early, cheap = seen < grows, seen < np.minimum(grows, CHEAP_DAYS)
    effects.supports[new[early]] = -world.incidents.n_support[new[early]].astype(np.int64)
    effects.severity[new[early]] = 3
    stock = beginnings(world, ("illegal_building_stock",))
    years = years_at(world, stock, effects)
    spare(effects, stock, luck_of(world, stock, "cleared") < 1.0 - (1.0 - policing.cleared) ** years)
    if policing.staged:
        built = np.minimum(seen / grows, 1.0)
        _go_through_stages(world, policing, effects, new[~cheap], built[~cheap])
        again = new[(world.incidents.link[new] == RECURRENCE) & ~appeals(world, new, policing)[1]]
        spare(effects, again, luck_of(world, again, "built again") < STAYS_AWAY)


def _go_through_stages(
    world: World, policing: IllegalBuilding, effects: Effects, rows: IntArray, built: FloatArray
) -> None:
    """What is seen after its first day takes its crew the longer, the more stands; what is finished takes all stages.

    What still grows is stopped by the first stage. An appeal that succeeds leaves nothing to be demolished.
    """
    days = stage_days(world, rows)
    held_up, upheld = appeals(world, rows, policing)
    finished = built >= 1.0
    until_clear = np.where(finished, days.sum(axis=1) + held_up, days[:, 0])
    effects.clearance[rows] += np.floor(until_clear * DAY + 0.5).astype(np.int64)
    usual = np.array([kind.work_median_hours for kind in world.scenario.kinds])[world.incidents.kind[rows]]
    stays = finished & upheld
    more = np.where(stays, 0.0, more_work_hours(world, rows, built, usual))
    effects.slower[rows] += np.floor(more * HOUR + 0.5).astype(np.int64)
    effects.supports[rows[stays]] = -world.incidents.n_support[rows[stays]].astype(np.int64)
