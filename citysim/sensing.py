"""What is noticed, when, and through which channel: turns a world into the reports that may come in.

Four channels race to notice an incident (sensor, video, hotline, patrol); citizens repeat what is already reported;
every channel also reports what is not there. All luck is keyed by the incident (or by street, channel and ordinal for a
false alarm), so a lever on one channel, or one more incident, moves nobody else's draws.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.intake import FIELDS, Intake, Kinds, Places
from citysim.policy.sensors import Sensing
from citysim.streams import STEP, FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import CHANNELS, HOUR, NEVER, YEAR, IntArray
from citysim.world.incidents import IncidentKind
from citysim.world.sample import World

Rows = dict[str, npt.NDArray[Any]]

HOTLINE = CHANNELS.index("hotline")
BLUE = 3
UNGRADED_PRIORITY = 3
"""Before any grading all cases are alike."""

TRAVEL_BY_LEAD = {"ZZ": 0.6, "SQ": 0.6, "XFJ": 0.31}
"""Factor on travel time by lead department, 1 for all others. Street crews are near (brief 4.2.7 [asm]); fire stations
cover at most 7 km2 (R70): 0.31 of the district median gives a mean arrival of about 7.5 min (6-9 min, R71)."""
TRAVEL_BY_KIND = {"elevator_entrapment": 0.5}
"""Lift technicians wait near by: a mean of about 12 min (10-14 min, R78) [asm]."""

DIFFICULTY_STEPS = (0.1, 0.5)
DIFFICULTIES = (0.35, 1.0, 1.3)
"""How hard a type is to route: easy below a joint share of 0.1, normal up to 0.5, strongly joint above [asm]."""


@dataclass(frozen=True)
class _Noticed:
    """First reports: row of the incident, when (seconds) and by which channel."""

    incident: IntArray
    reported: IntArray
    channel: npt.NDArray[np.int8]


def sense(world: World, sensing: Sensing) -> Intake:
    """Everything that may be reported in a world under the given coverage, in order of time.

    An incident that nobody has noticed before the horizon is not in the intake; so are repeats and false alarms after
    it. A repeat report names the row that it repeats, and becomes a case only while that case is open.
    """
    noticed = _race(world, sensing)
    tables = [_first_reports(world, noticed), _repeats(world, noticed), _false_alarms(world, sensing)]
    rows: dict[str, Any] = {name: np.concatenate([table[name] for table in tables]) for name in FIELDS}
    order = _order(rows)
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    rows = {name: column[order] for name, column in rows.items()}
    repeats = rows["parent"] >= 0  # so far a row of the tables; the original keeps its identity, not its row
    rows["parent"][repeats] = position[rows["parent"][repeats]]
    scenario = world.scenario
    return Intake(
        **rows,
        key=world.key,
        horizon=world.horizon,
        kinds=kinds_of(scenario.kinds, scenario.departments),
        places=Places(scenario.city.district_of_street, scenario.city.street_population, scenario.city.district_ids),
        working_week=scenario.working_week,
        origin={
            "scenario": scenario.name,
            "scenario_digest": scenario.digest,
            "seed": world.seed,
            "replication": world.replication,
        },
    )


def detection_hazards(kinds: tuple[IncidentKind, ...], sensing: Sensing) -> FloatArray:
    """Hazard per second with which each channel notices an incident, shape (kinds, severities, channels).

    h_c = share_c x factor_c / mean hidden time (brief 4.2.2): at the usual coverage the winner has the type's channel
    shares and the delay its mean; with other coverage shares and delay move together.
    """
    shares = np.array([kind.channel_shares for kind in kinds])[:, None, :]
    hidden = np.array([kind.mean_hidden_hours for kind in kinds])[:, :, None] * HOUR
    return shares * np.array(sensing.factors) / hidden


def _race(world: World, sensing: Sensing) -> _Noticed:
    """Let the channels race for each incident: the smallest of four exponential times wins."""
    incidents = world.incidents
    table = detection_hazards(world.scenario.kinds, sensing)
    cell = incidents.kind.astype(np.int64) * table.shape[1] + incidents.severity
    readiness = world.scenario.city.reporting_factor[incidents.street]  # L01: some streets report three times faster
    delay = np.full(len(incidents), np.inf)
    channel = np.zeros(len(incidents), dtype=np.int8)
    for c, name in enumerate(CHANNELS):
        hazards = table[:, :, c].ravel()
        if not hazards.any():
            continue
        hazard = hazards[cell] * readiness if c == HOTLINE else hazards[cell]
        luck = uniforms(world.key, incidents.luck, purpose_code(f"noticed by {name}"))
        with np.errstate(divide="ignore", invalid="ignore"):
            time = np.where(hazard > 0.0, -np.log1p(-luck) / hazard, np.inf)
        sooner = time < delay
        delay[sooner] = time[sooner]
        channel[sooner] = c
    reported = incidents.occurred + np.floor(np.minimum(delay, 2.0 * world.horizon) + 0.5).astype(np.int64)
    seen = np.flatnonzero(reported < world.horizon)
    return _Noticed(seen, reported[seen], channel[seen])


def _first_reports(world: World, noticed: _Noticed) -> Rows:
    incidents, row, n = world.incidents, noticed.incident, len(noticed.incident)
    return {
        "reported": noticed.reported,
        "occurred": incidents.occurred[row],
        "incident": row.astype(np.int32),
        "parent": np.full(n, -1, np.int32),
        "kind": incidents.kind[row],
        "street": incidents.street[row],
        "severity": incidents.severity[row],
        "channel": noticed.channel,
        "priority": np.full(n, UNGRADED_PRIORITY, np.int8),
        "n_support": incidents.n_support[row],
        "genuine": np.ones(n, np.int8),
        "luck": incidents.luck[row],
        "tiebreak": incidents.tiebreak[row],
    }


def _repeats(world: World, noticed: _Noticed) -> Rows:
    """Citizens who report again: a Poisson process after the first report (brief 4.2.3, L01), as candidates.

    Its rate is the type's `repeats` over the nominal open time, times the street's readiness to report. `parent` is
    the position in `noticed` here.
    """
    scenario, incidents = world.scenario, world.incidents
    nominal = scenario.reporting.nominal_open_hours * HOUR
    window = scenario.reporting.repeat_window * nominal
    street, luck = incidents.street[noticed.incident], incidents.luck[noticed.incident]
    per_second = np.array([kind.repeats for kind in scenario.kinds]) / nominal
    rate = per_second[incidents.kind[noticed.incident]] * scenario.city.reporting_factor[street]
    last = np.minimum(window, world.horizon - noticed.reported)
    purpose = purpose_code("gap between repeats")
    alive, time = np.flatnonzero(rate > 0.0), np.zeros(len(rate))
    parents, times, ordinals = [], [], []
    ordinal = 0
    while len(alive):
        time[alive] -= np.log1p(-uniforms(world.key, luck[alive], purpose, ordinal)) / rate[alive]
        alive = alive[time[alive] < last[alive]]
        parents.append(alive)
        times.append(time[alive])
        ordinals.append(np.full(len(alive), ordinal, np.uint64))
        ordinal += 1
    parent = np.concatenate(parents) if parents else np.empty(0, np.int64)
    after = np.floor(np.concatenate(times) + 0.5).astype(np.int64) if times else np.empty(0, np.int64)
    number = np.concatenate(ordinals) if ordinals else np.empty(0, np.uint64)
    return _repeat_rows(world, noticed, parent, noticed.reported[parent] + np.maximum(after, 1), number)


def _repeat_rows(world: World, noticed: _Noticed, parent: IntArray, reported: IntArray, number: U64Array) -> Rows:
    """Table rows of repeats; each has luck of its own, derived from the incident's luck and its ordinal."""
    kept = reported < world.horizon
    parent, reported, number = parent[kept], reported[kept], number[kept]
    rows = _first_reports(world, _Noticed(noticed.incident[parent], reported, np.full(len(parent), HOTLINE, np.int8)))
    with np.errstate(over="ignore"):  # scramble first: lucks of one street's incidents differ by multiples of STEP too
        luck = derive_array(derive(0, "repeat"), rows["luck"]) + np.uint64(STEP) * number
    return rows | {"parent": parent.astype(np.int32), "luck": luck, "tiebreak": _tiebreaks(world.key, luck)}


def _false_alarms(world: World, sensing: Sensing) -> Rows:
    """Reports of what is not there: a Poisson process per street and channel; it looks like a blue case of one kind."""
    city = world.scenario.city
    times, lucks, streets, kinds, channels = [], [], [], [], []
    for c, factor in enumerate(sensing.factors):
        per_second = world.scenario.false_alarms_per_100k_year[c] * factor / 1e5 / YEAR * city.street_population
        shares = _detected_shares(world, c)
        if not per_second.any() or shares is None:
            continue
        street, time, luck = _street_processes(world, CHANNELS[c], per_second)
        u = uniforms(world.key, luck, purpose_code("kind of false alarm"))
        times.append(time)
        lucks.append(luck)
        streets.append(street)
        kinds.append(np.minimum(np.searchsorted(np.cumsum(shares), u, side="right"), len(shares) - 1))
        channels.append(np.full(len(time), c))
    reported = np.concatenate(times) if times else np.empty(0, np.int64)
    luck = np.concatenate(lucks) if lucks else np.empty(0, np.uint64)
    n = len(reported)
    small: dict[str, IntArray] = {
        "kind": np.concatenate(kinds) if kinds else np.empty(0, np.int64),
        "street": np.concatenate(streets) if streets else np.empty(0, np.int64),
        "channel": np.concatenate(channels) if channels else np.empty(0, np.int64),
        "incident": np.full(n, -1),
        "parent": np.full(n, -1),
        "severity": np.full(n, BLUE),
        "priority": np.full(n, UNGRADED_PRIORITY),
        "n_support": np.zeros(n, np.int64),
        "genuine": np.zeros(n, np.int64),
    }
    rows: Rows = {name: column.astype(FIELDS[name]) for name, column in small.items()}
    rows |= {"reported": reported, "occurred": reported, "luck": luck, "tiebreak": _tiebreaks(world.key, luck)}
    return rows


def _detected_shares(world: World, channel: int) -> FloatArray | None:
    """What a channel's alarms look like: kinds in proportion to how often the channel notices them; None = nothing."""
    city = world.scenario.city
    town, country = city.street_population.sum(), city.rural_population.sum()
    weights = np.array(
        [
            kind.rate_per_100k_year * kind.channel_shares[channel] * (country if kind.rural_only else town)
            for kind in world.scenario.kinds
        ]
    )
    total = weights.sum()
    return weights / total if total > 0.0 else None


def _street_processes(world: World, channel: str, per_second: FloatArray) -> tuple[IntArray, IntArray, U64Array]:
    """(street, time, luck) of a Poisson process in each street; a point's luck comes from street, channel, ordinal."""
    codes = np.array([purpose_code(street) for street in world.scenario.city.street_ids], dtype=np.uint64)
    streams = derive_array(derive(0, "false alarm", channel), codes)
    purpose = purpose_code("gap between false alarms")
    expected = per_second.max() * world.horizon
    count = int(expected + 8.0 * expected**0.5 + 16.0)  # more is as good as never needed
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        luck = streams[:, None] + np.uint64(STEP) * np.arange(count, dtype=np.uint64)
        times = np.cumsum(-np.log1p(-uniforms(world.key, luck, purpose)), axis=1) / per_second[:, None]
    street, ordinal = np.nonzero(times < world.horizon)
    return street, times[street, ordinal].astype(np.int64), luck[street, ordinal]


def _tiebreaks(key: int, luck: U64Array) -> IntArray:
    return (uniforms(key, luck, purpose_code("tiebreak")) * 2**31).astype(np.int64)


def _order(rows: Rows) -> IntArray:
    """Positions of the rows by (reported, tiebreak, luck); a repeat never comes before its original."""
    joined = (rows["reported"] << 31) | rows["tiebreak"]  # one sort instead of three: five times faster
    order = np.argsort(joined, kind="stable")
    if (np.diff(joined[order]) == 0).any():
        order = np.lexsort((rows["luck"], joined))
    return order


COLUMNS: dict[str, Callable[[IncidentKind], float]] = {
    "work_median": lambda kind: kind.work_median_hours * HOUR,
    "work_sigma": lambda kind: kind.work_sigma,
    "crew_size": lambda kind: kind.crew_size,
    "joint_share": lambda kind: kind.joint_share,
    "difficulty": lambda kind: difficulty(kind.joint_share),
    "travel": lambda kind: TRAVEL_BY_KIND.get(kind.id, TRAVEL_BY_LEAD.get(kind.lead, 1.0)),
}
"""What a workflow may read of an incident type, with `ByKind`."""


def kinds_of(kinds: tuple[IncidentKind, ...], departments: tuple[str, ...]) -> Kinds:
    """The numeric side of a scenario's incident types, as the engines and workflows read it."""
    code = {department: position for position, department in enumerate(departments)}
    supports = np.full((len(kinds), max((len(kind.supports) for kind in kinds), default=0)), -1, np.int16)
    for row, kind in enumerate(kinds):
        supports[row, : len(kind.supports)] = [code[department] for department in kind.supports]
    return Kinds(
        ids=tuple(kind.id for kind in kinds),
        groups=tuple(kind.group for kind in kinds),
        departments=departments,
        lead=np.array([code[kind.lead] for kind in kinds], np.int16),
        supports=supports,
        on_site_limit=np.array([_limit(kind.on_site_limit_hours) for kind in kinds], np.int64),
        close_limit=np.array([_limit(kind.close_limit_hours) for kind in kinds], np.int64),
        clock=np.array([kind.clock for kind in kinds], np.int8),
        emergency=np.array([kind.emergency_line for kind in kinds], np.int8),
        columns={name: np.array([read(kind) for kind in kinds], np.float64) for name, read in COLUMNS.items()},
    )


def difficulty(joint_share: float) -> float:
    """Factor on misrouting and refusal by how joint a type is (brief 4.2.5)."""
    easy, normal = DIFFICULTY_STEPS
    return DIFFICULTIES[0] if joint_share < easy else DIFFICULTIES[1] if joint_share <= normal else DIFFICULTIES[2]


def _limit(hours: float | None) -> int:
    return NEVER if hours is None else round(hours * HOUR)
