"""Streets: works merged into one trench, cavities found before the road falls in, covers whose owner is known."""

import numpy as np

from citysim.policy.programmes import Cavities, Digging, Manholes
from citysim.policy.programmes.roads import KNOWN_NOW, SIX
from citysim.prevention.effects import Effects
from citysim.prevention.rows import beginnings, hour_of, look_more, luck_of, rows_of, spare, years_at
from citysim.prevention.units import remedy, units_at
from citysim.streams import FloatArray
from citysim.units import WEEK, YEAR, IntArray
from citysim.world.sample import World
from citysim.world.weather import normals

FROM_DIGS = {
    "gas_third_party_damage": 1.0, "excavation_overdue": 1.0, "telecom_outage": 0.3, "water_burst_large": 0.15,
    "water_burst_small": 0.1, "gas_leak_outdoor": 0.1, "power_outage_local": 0.08, "road_cavity_hazard": 0.2,
}  # fmt: skip
"""Share of the incidents of a type that come from a permitted dig, by the road being open or by how it was filled
[asm]. Digs without a permit are in no plan."""
WRONG_DIGS = ("excavation_unpermitted", "excavation_overdue")
FILLED_BADLY = "road_cavity_hazard"
SETTLES_YEARS = 0.5
"""Mean time until a badly filled trench has become a cavity [asm, 0.25-2]."""

GROWS_YEARS = 0.5
"""Median time for which a radar could see a cavity before the road falls in, in usual rain without a leak
[asm, 30-360 days]."""
GROWS_SIGMA = 0.5
"""Of the logarithm of that time [asm]."""
FED = 0.5
"""Share of the cavities that a leaking main or drain feeds [asm]."""
FED_FACTOR = 2.0
"""They grow so many times as fast [asm]."""
RAIN_HOURS = 720
"""Rain of the month before hurries a cavity: growth is 0.5 + 0.5 x that rain over the usual [asm]."""
RISKY = 0.6
"""Share of the collapses on the fifth of the roads with the highest risk: deep fill, old drains (R22) [asm]; the oldest
in the worst condition."""
RISKY_SURVEYS = 3.0
"""How often a graded survey passes the roads of high risk, against an even one of the same length [asm]."""
OTHER_SURVEYS = 0.5
"""And the other roads: 0.2 x 3 + 0.8 x 0.5 = 1 [asm]."""

COVERS = ("manhole_missing", "manhole_defect", "manhole_sensor_alarm")
LOOSE_YEARS = 60.0 / 365.0
"""Mean time for which a cover is loose or worn before it is gone [asm, 14-180 days]."""
LOOSE = 0.6
"""Share of the missing covers that were loose or worn before, the oldest in the worst condition; the others are taken
or washed away [asm]."""


def plan_digs(world: World, digging: Digging, effects: Effects) -> None:
    """Spare what would have come of a dig that is done in the trench of an earlier one; find wrong digs sooner.

    Works of the utilities in the plan pass a road section as a Poisson process; a work is merged into the last one
    before it if that lies within the window. A cavity under a badly filled trench is spared only if the trench would
    have been dug since the plan began.
    """
    if digging.checks:
        look_more(world, rows_of(world, WRONG_DIGS), effects, digging.checks * YEAR / WEEK)
    if digging.window_months == 0.0:
        return
    for kind, share in FROM_DIGS.items():
        rows = beginnings(world, (kind,))
        of_dig = luck_of(world, rows, "comes of a dig") < share
        in_plan = luck_of(world, rows, "utility that digs") < digging.utilities / SIX
        since_last = -np.log1p(-luck_of(world, rows, "last work nearby")) / digging.works_near
        dug = years_at(world, rows, effects)
        if kind == FILLED_BADLY:
            dug = dug + SETTLES_YEARS * np.log1p(-luck_of(world, rows, "trench settles"))
        spare(effects, rows, of_dig & in_plan & (since_last < digging.window_months / 12.0) & (dug >= 0.0))


def survey_cavities(world: World, cavities: Cavities, effects: Effects) -> None:
    """Spare collapses over cavities that a radar passed and saw while they grew; find other cavities sooner.

    A radar passes at random moments, so a cavity that it could see for w years stays unseen with probability
    exp(-surveys x recall x w).
    """
    if cavities.surveys == 0.0:
        return
    rows = beginnings(world, ("road_collapse",))
    passes = cavities.surveys * cavities.recall * _survey_factor(world, rows, cavities)
    seen_for = np.minimum(_visible_years(world, rows), years_at(world, rows, effects))
    remedy(world, rows, effects, np.exp(-passes * seen_for))
    hidden = rows_of(world, ("road_cavity_hazard",))
    look_more(world, hidden, effects, cavities.surveys * cavities.recall * _survey_factor(world, hidden, cavities))


def _visible_years(world: World, rows: IntArray) -> FloatArray:
    """How long a radar could have seen the cavity under each collapse: rain of the month before and leaks hurry it."""
    rain = np.concatenate([[0.0], np.cumsum(world.weather.rain_mm_per_hour)])
    hour = hour_of(world, rows)
    before = np.maximum(hour - RAIN_HOURS, 0)
    month = (rain[hour] - rain[before]) / np.maximum(hour - before, 1)
    usual = sum(world.scenario.climate.rain_mm) / 8_760.0
    fed = np.where(luck_of(world, rows, "leak feeds cavity") < FED, FED_FACTOR, 1.0)
    spread = np.exp(GROWS_SIGMA * normals(world.key, world.incidents.luck[rows], "cavity grows"))
    years: FloatArray = GROWS_YEARS * spread / (fed * (0.5 + 0.5 * month / max(usual, 1e-9)))
    return years


def _survey_factor(world: World, rows: IntArray, cavities: Cavities) -> FloatArray:
    """How often a survey passes the road of each incident, against an even survey."""
    if not cavities.graded:
        return np.ones(len(rows))
    risky = units_at(world, rows, "cavity").place < RISKY
    return np.where(risky, RISKY_SURVEYS, OTHER_SURVEYS)


def mind_covers(world: World, manholes: Manholes, effects: Effects) -> None:
    """Ask one owner instead of many, or none; find loose covers before they are gone.

    Where the ledger names the owner, one department less is asked whose cover it is, and no cover is without owner on
    the map (one_map); where it no longer does, one more is. What the road authority mends at once needs nobody else.
    """
    if manholes == Manholes():
        return
    rows = rows_of(world, COVERS)
    mark, needs = luck_of(world, rows, "owner of cover"), world.incidents.n_support[rows] > 0
    known = mark < manholes.ledger
    effects.supports[rows] -= (known & needs).astype(np.int64) - ((mark < KNOWN_NOW) & needs)
    at_once = ~known & (luck_of(world, rows, "mended for others") < manholes.bottom_line)
    effects.supports[rows[at_once]] = -world.incidents.n_support[rows[at_once]].astype(np.int64)
    effects.clearance[rows[(known & (mark >= KNOWN_NOW)) | at_once]] = 0
    if manholes.checks == 0.0:
        return
    gone = beginnings(world, ("manhole_missing",))
    was_loose = units_at(world, gone, "manhole").place < LOOSE
    loose = -LOOSE_YEARS * np.log1p(-luck_of(world, gone, "cover loose for"))
    seen_for = np.minimum(loose, years_at(world, gone, effects))
    missed = np.exp(-manholes.checks * seen_for)
    remedy(world, gone, effects, np.where(was_loose, missed, 1.0))
    look_more(world, rows_of(world, ("manhole_missing", "manhole_defect")), effects, manholes.checks)
