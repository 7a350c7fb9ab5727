"""Draw one history of the city, its weather and its incidents, that any policy can be tried against."""

from dataclasses import dataclass
from functools import cached_property
from math import exp

import numpy as np
import numpy.typing as npt

from citysim.errors import ScenarioError, whole_number
from citysim.streams import MASK, STEP, FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import HOUR, WEEK
from citysim.world.demand import Hours, hourly_multiplier, hours_of, night_severity
from citysim.world.incidents import IncidentKind, Incidents
from citysim.world.onset import cumulative_intensity, onset_hours
from citysim.world.scenario import Scenario
from citysim.world.weather import Weather, sample_weather

HOURS_A_YEAR = 8_760
MOST_WEEKS = 1_040
"""Twenty years; onset and tiebreak then still fit into one 64-bit number when incidents are sorted."""
FURTHER_DEPARTMENTS = 0.6
"""Mean of the Poisson number of supporting departments beyond the first, where any is needed (asm)."""


@dataclass(frozen=True, eq=False)
class World:
    """One history: `horizon` seconds of weather and incidents of a scenario; `key` is the root of all its luck."""

    scenario: Scenario
    seed: int
    replication: int
    key: int
    horizon: int
    weather: Weather
    incidents: Incidents

    def __repr__(self) -> str:
        number = f"seed {self.seed}, replication {self.replication}"
        size = f"weeks: {self.horizon / WEEK:g}, incidents: {len(self.incidents):,}"
        return f"<World of {self.scenario.name}: {number}, {size}>"


@dataclass(frozen=True)
class _Draw:
    """What the incidents of every kind are drawn with."""

    scenario: Scenario
    key: int
    hours: Hours
    street_codes: U64Array

    @cached_property
    def is_night(self) -> npt.NDArray[np.bool_]:
        return self.hours.hour < 6


def sample_world(scenario: Scenario, *, seed: int, replication: int, weeks: int | None = None) -> World:
    """Draw one history of incidents that any policy can be tried against.

    The same arguments give the same bytes, whatever ran before. More weeks leave the earlier incidents as they are; a
    further kind or street changes nobody else's.

    Args:
        seed: of the study, from 0 on, 64 bits.
        replication: 0, 1, 2, …; each is independent of the others and can be drawn alone.
        weeks: length, by default the scenario's.

    Raises:
        InputError: seed, replication or weeks is no whole number in its range.
    """
    weeks = whole_number("weeks", scenario.weeks if weeks is None else weeks, 1, MOST_WEEKS, ScenarioError)
    seed, replication = whole_number("seed", seed, 0, MASK), whole_number("replication", replication, 0, MASK)
    key = derive(seed, "world", replication)
    weather = sample_weather(scenario.climate, scenario.almanac, scenario.almanac.days(7 * weeks), key)
    codes = np.array([purpose_code(street) for street in scenario.city.street_ids], dtype=np.uint64)
    draw = _Draw(scenario, key, hours_of(scenario.almanac, weather), codes)
    parts = [_incidents_of(draw, position, kind) for position, kind in enumerate(scenario.kinds)]
    columns = [np.concatenate(values) for values in zip(*parts, strict=True)]
    return World(scenario, seed, replication, key, weeks * WEEK, weather, _in_order(key, columns))


def _incidents_of(draw: _Draw, position: int, kind: IncidentKind) -> tuple[npt.NDArray[np.generic], ...]:
    """(occurred, kind, street, severity, n_support, luck) of all incidents of one kind."""
    scenario = draw.scenario
    residents = scenario.city.rural_population if kind.rural_only else scenario.city.street_population
    per_hour = kind.rate_per_100k_year / 1e5 / HOURS_A_YEAR * residents
    multiplier = hourly_multiplier(kind.patterns, draw.hours, scenario.climate, scenario.almanac)
    streams = derive_array(derive(0, "incident", kind.id), draw.street_codes)
    street, ordinal, hour = onset_hours(draw.key, streams, per_hour, cumulative_intensity(multiplier))
    with np.errstate(over="ignore"):
        luck = streams[street] + np.uint64(STEP) * ordinal.astype(np.uint64)
    # rounding down keeps times below the horizon; the minimum guards the last bit of the division
    occurred = np.minimum((hour * HOUR).astype(np.int64), len(draw.hours.hour) * HOUR - 1)
    return (
        occurred,
        np.full(len(luck), position, np.int16),
        street.astype(np.int32),
        _severities(draw, kind, occurred, luck),
        _supports_needed(draw.key, kind, luck),
        luck,
    )


def _severities(
    draw: _Draw, kind: IncidentKind, occurred: npt.NDArray[np.int64], luck: U64Array
) -> npt.NDArray[np.int8]:
    """True severity of each incident; fires are worse in the night."""
    by_day, by_night = night_severity(kind.severity, kind.patterns, draw.scenario.climate, draw.scenario.almanac)
    u = uniforms(draw.key, luck, purpose_code("severity"))
    severity = np.searchsorted(np.cumsum(by_day)[:3], u, side="right")
    if by_day != by_night:
        night = draw.is_night[occurred // HOUR]
        severity[night] = np.searchsorted(np.cumsum(by_night)[:3], u[night], side="right")
    return severity.astype(np.int8)


def _supports_needed(key: int, kind: IncidentKind, luck: U64Array) -> npt.NDArray[np.int8]:
    """0, or with chance `joint_share` 1 + Poisson(0.6) supporting departments, at most as many as the kind lists."""
    most = len(kind.supports)
    further = np.searchsorted(_poisson_table(FURTHER_DEPARTMENTS, most), uniforms(key, luck, purpose_code("n_support")))
    is_joint = uniforms(key, luck, purpose_code("joint")) < kind.joint_share
    return np.where(is_joint, np.minimum(1 + further, most), 0).astype(np.int8)


def _poisson_table(mean: float, length: int) -> FloatArray:
    """Chances of at most 0, 1, … length - 1 events."""
    terms = [exp(-mean)]
    for k in range(1, length):
        terms.append(terms[-1] * mean / k)
    return np.cumsum(terms)


def _in_order(key: int, columns: list[npt.NDArray[np.generic]]) -> Incidents:
    """Sort the incidents by (occurred, tiebreak, luck)."""
    occurred, kind, street, severity, n_support, luck = columns
    tiebreak = (uniforms(key, luck, purpose_code("tiebreak")) * 2**31).astype(np.int64)
    joined = (occurred.astype(np.int64) << 31) | tiebreak  # one sort instead of three: five times faster
    order = np.argsort(joined, kind="stable")
    if (np.diff(joined[order]) == 0).any():
        order = np.lexsort((luck, joined))
    n = len(order)
    return Incidents(
        occurred=occurred[order].astype(np.int64),
        kind=kind[order].astype(np.int16),
        street=street[order].astype(np.int32),
        severity=severity[order].astype(np.int8),
        n_support=n_support[order].astype(np.int8),
        luck=luck[order].astype(np.uint64),
        tiebreak=tiebreak[order],
        parent=np.full(n, -1, np.int32),
        generation=np.zeros(n, np.int8),
    )
