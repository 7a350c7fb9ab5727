"""Draw one history of the city, its weather and its incidents, that any policy can be tried against."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from citysim.errors import ScenarioError, whole_number
from citysim.intake import Signals
from citysim.pickled import Pickled
from citysim.streams import MASK, STEP, FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import HOUR, WEEK, IntArray
from citysim.world.assets import rate_factors
from citysim.world.cascades import Arrows, arrows_of, signals_of, with_cascades
from citysim.world.clusters import first_profile, share_come_back, with_aftershocks
from citysim.world.demand import Hours, hourly_multiplier, hours_of
from citysim.world.hotspots import VISITED, street_weights, visitor_weights
from citysim.world.incidents import COLUMNS, FIRST, IncidentKind, Incidents
from citysim.world.onset import cumulative_intensity, onset_hours
from citysim.world.scenario import Scenario
from citysim.world.series import overlaid
from citysim.world.surroundings import settings_by_hour
from citysim.world.traits import Rows, joined, traits_of, with_traits
from citysim.world.weather import Weather, sample_weather

HOURS_A_YEAR = 8_760
MOST_WEEKS = 1_040
"""Twenty years; onset and tiebreak then still fit into one 64-bit number when incidents are sorted."""


@dataclass(frozen=True, eq=False)
class World(Pickled):
    """One history of a scenario; `key` is the root of all its luck.

    Args:
        horizon: seconds.
        incidents: those that happen under every policy, and those that happen only if a policy does not prevent them.
        signals: what incidents do to their surroundings until contained; `cause` is a row of `incidents`.
        settings: what is so in each hour, see `surroundings.settings_by_hour`.
    """

    scenario: Scenario
    seed: int
    replication: int
    key: int
    horizon: int
    weather: Weather
    incidents: Incidents
    signals: Signals
    settings: Mapping[str, FloatArray]

    def __repr__(self) -> str:
        number = f"seed {self.seed}, replication {self.replication}"
        size = f"weeks: {self.horizon / WEEK:g}, incidents: {len(self.incidents):,}"
        return f"<World of {self.scenario.name}: {number}, {size}>"


def sample_world(scenario: Scenario, *, seed: int, replication: int, weeks: int | None = None) -> World:
    """Draw one history of incidents that any policy can be tried against.

    The same arguments give the same bytes, whatever ran before. More weeks leave the earlier incidents as they are; a
    further kind or street changes nobody else's (of a street of the same district: unless incidents spread there).

    Args:
        seed: of the study, from 0 on, 64 bits.
        replication: 0, 1, 2, …; each is independent of the others and can be drawn alone.
        weeks: length, by default the scenario's.

    Raises:
        InputError: seed, replication or weeks is no whole number in its range, or the scenario gives the weather of
            fewer weeks.
    """
    world = empty_world(scenario, seed=seed, replication=replication, weeks=weeks)
    key, horizon = world.key, world.horizon
    arrows = arrows_of(scenario.kinds, scenario.cascades)
    rows = _bred(scenario, arrows, key, hours_of(scenario.almanac, world.weather), horizon)
    return replace(
        world,
        incidents=Incidents(**{name: rows[name] for name in COLUMNS}),
        signals=signals_of(key, rows, arrows, scenario.cascades, horizon),
    )


def empty_world(scenario: Scenario, *, seed: int, replication: int, weeks: int | None = None) -> World:
    """What surrounds the incidents of a world, without any; arguments and errors as of `sample_world`."""
    weeks = whole_number("weeks", scenario.weeks if weeks is None else weeks, 1, MOST_WEEKS, ScenarioError)
    seed, replication = whole_number("seed", seed, 0, MASK), whole_number("replication", replication, 0, MASK)
    key, almanac, climate = derive(seed, "world", replication), scenario.almanac, scenario.climate
    weather = sample_weather(climate, almanac, almanac.days(7 * weeks), key)
    weather = overlaid(scenario.name, scenario.weather, weather)
    hours = hours_of(almanac, weather)
    return World(
        scenario=scenario,
        seed=seed,
        replication=replication,
        key=key,
        horizon=weeks * WEEK,
        weather=weather,
        incidents=Incidents(**{name: np.empty(0, dtype) for name, dtype in COLUMNS.items()}),
        signals=Signals(),
        settings=settings_by_hour(key, scenario.surroundings, hours, scenario.city, climate, almanac),
    )


def _bred(scenario: Scenario, arrows: Arrows, key: int, hours: Hours, horizon: int) -> Rows:
    """First incidents, their aftershocks and all that these may become, sorted."""
    rules, kinds, city = scenario.cascades, scenario.kinds, scenario.city
    streams = street_streams(scenario)
    back = share_come_back(rules, len(hours.hour))
    first = joined([first_incidents(scenario, k, key, hours, streams[k], back) for k in range(len(kinds))])
    exogenous = with_aftershocks(key, first, kinds, city, horizon, rules.generations)
    traits = traits_of(scenario, key)
    exogenous = with_traits(exogenous, traits)
    return in_order(key, with_cascades(exogenous, traits, arrows, rules, city, horizon))


def street_streams(scenario: Scenario) -> U64Array:
    """Identity of the process of first incidents of each kind in each street, shape (kinds, streets)."""
    codes = np.array([purpose_code(street) for street in scenario.city.street_ids], dtype=np.uint64)
    return np.array([derive_array(derive(0, "incident", kind.id), codes) for kind in scenario.kinds])


def rates_per_hour(scenario: Scenario, kind: IncidentKind) -> FloatArray:
    """Mean number of incidents of a kind in an hour, by street."""
    city, ratio = scenario.city, scenario.surroundings.hot_streets_90_10
    residents = city.rural_population if kind.rural_only else city.street_population
    even: FloatArray = kind.rate_per_100k_year / 1e5 / HOURS_A_YEAR * residents
    if (visitors := scenario.surroundings.hospital_visitors) and kind.group in VISITED and not kind.rural_only:
        return even * visitor_weights(city, visitors, street_weights(city, kind.group, ratio))
    return even if ratio == 1.0 else even * street_weights(city, kind.group, ratio)


def ageing(scenario: Scenario, kind: IncidentKind, multiplier: FloatArray) -> list[tuple[IntArray, FloatArray]]:
    """Streets that share a profile of intensity, and the profile: all, or those of a district where assets have ages.

    Args:
        multiplier: the profile without ages, one entry for each hour.
    """
    factors = rate_factors(scenario.asset_ages, scenario.city, kind.id, len(multiplier))
    if factors is None:
        return [(np.arange(scenario.city.n_streets), multiplier)]
    of = scenario.city.district_of_street
    return [(np.flatnonzero(of == district), multiplier * factor) for district, factor in enumerate(factors)]


def first_incidents(
    scenario: Scenario, position: int, key: int, hours: Hours, streams: U64Array, come_back: FloatArray
) -> Rows:
    """All incidents of one kind that nothing has bred."""
    kind = scenario.kinds[position]
    per_hour = rates_per_hour(scenario, kind)
    multiplier = hourly_multiplier(kind.patterns, hours, scenario.climate, scenario.almanac)
    multiplier = multiplier * first_profile(kind, scenario.cascades, come_back)
    parts = []
    for where, profile in ageing(scenario, kind, multiplier):
        at, number, time = onset_hours(key, streams[where], per_hour[where], cumulative_intensity(profile))
        parts.append((where[at], number, time))
    street, ordinal, hour = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    with np.errstate(over="ignore"):
        luck = streams[street] + np.uint64(STEP) * ordinal.astype(np.uint64)
    n = len(luck)
    return {
        # rounding down keeps times below the horizon; the minimum guards the last bit of the division
        "occurred": np.minimum((hour * HOUR).astype(np.int64), len(hours.hour) * HOUR - 1),
        "kind": np.full(n, position, np.int16),
        "street": street.astype(np.int32),
        "luck": luck,
        "parent": np.full(n, -1, np.int32),
        "generation": np.zeros(n, np.int8),
        "link": np.full(n, FIRST, np.int8),
    }


def in_order(key: int, rows: Rows) -> Rows:
    """Sort the incidents by (occurred, tiebreak, luck); parents follow."""
    luck = rows["luck"]
    tiebreak = (uniforms(key, luck, purpose_code("tiebreak")) * 2**31).astype(np.int64)
    together = (rows["occurred"] << 31) | tiebreak  # one sort instead of three: five times faster
    order = np.argsort(together, kind="stable")
    if (np.diff(together[order]) == 0).any():
        order = np.lexsort((luck, together))
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    ordered = {name: column[order] for name, column in (rows | {"tiebreak": tiebreak}).items()}
    has_parent = ordered["parent"] >= 0
    ordered["parent"][has_parent] = position[ordered["parent"][has_parent]]
    return ordered
