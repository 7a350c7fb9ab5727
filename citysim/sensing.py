"""What is noticed, when, and through which channel: turns a world into the reports that may come in.

Four channels race to notice an incident (sensor, video, hotline, patrol); citizens repeat what is already reported;
every channel also reports what is not there. All luck is keyed by the incident (or by street, channel and ordinal for a
false alarm), so a lever on one channel, or one more incident, moves nobody else's draws.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.intake import FIELDS, Intake, Places, Signals
from citysim.policy.names import CityNames
from citysim.policy.sensors import Sensing
from citysim.streams import STEP, FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import CHANNELS, HOUR, NEVER, YEAR, IntArray
from citysim.world.incidents import IncidentKind
from citysim.world.kinds import COLUMNS as KIND_COLUMNS
from citysim.world.kinds import kinds_of
from citysim.world.lineage import lineage
from citysim.world.sample import World
from citysim.world.surroundings import SETTINGS, exposed_shares, is_exposed

Rows = dict[str, npt.NDArray[Any]]

COLUMNS = ("exposure", "heard_later")
"""Extra columns of the intake: 1 near a school, a hospital or a crowd; seconds from a sensor's report until somebody
else would have noticed, or the sensor is heard again, 0 for other channels."""

CITY_NAMES = CityNames(of_types=tuple(KIND_COLUMNS), of_cases=COLUMNS, settings=SETTINGS)
"""What a policy may ask of the cases of a city."""

SENSOR, HOTLINE = CHANNELS.index("sensor"), CHANNELS.index("hotline")
NETWORK_BACK = 8 * HOUR
"""After so long a sensor that could not be heard is heard again: the network is repaired [asm]."""
BLUE = 3
UNGRADED_PRIORITY = 3
"""Before any grading all cases are alike."""


@dataclass(frozen=True)
class _Noticed:
    """First reports: row of the incident, when (seconds), by which channel, and `heard_later`."""

    incident: IntArray
    reported: IntArray
    channel: npt.NDArray[np.int8]
    heard_later: IntArray


def sense(world: World, sensing: Sensing) -> Intake:
    """Everything that may be reported in a world under the given coverage, in order of time.

    An incident that nobody has noticed before the horizon is not in the intake, nor is what it does to its
    surroundings, nor what would come back at its place; so are repeats and false alarms after the horizon. A repeat
    report names the row that it repeats, and becomes a case only while that case is open. What an incident breeds has
    the nearest noticed ancestor as its cause (law, section 9).
    """
    noticed, origins = _possible(world, _race(world, sensing))
    first = _first_reports(world, noticed) | origins
    tables = [first, _repeats(world, noticed), _false_alarms(world, sensing)]
    rows: dict[str, Any] = {name: np.concatenate([table[name] for table in tables]) for name in (*FIELDS, *COLUMNS)}
    order = _order(rows)
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    rows = {name: column[order] for name, column in rows.items()}
    for relation in ("parent", "cause"):  # so far a row of the tables
        related = rows[relation] >= 0
        rows[relation][related] = position[rows[relation][related]]
    columns = {name: rows.pop(name) for name in COLUMNS}
    scenario, city = world.scenario, world.scenario.city
    return Intake(
        **rows,
        key=world.key,
        horizon=world.horizon,
        kinds=kinds_of(scenario.kinds, scenario.departments),
        places=Places(city.district_of_street, city.street_population, city.district_ids, city.neighbours),
        working_week=scenario.working_week,
        signals=_signals(world, noticed, position),
        settings=world.settings,
        columns=MappingProxyType(columns),
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
    delay, by_others = np.full(len(incidents), np.inf), np.full(len(incidents), np.inf)
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
        if c != SENSOR:
            np.minimum(by_others, time, out=by_others)
    reported = incidents.occurred + np.floor(np.minimum(delay, 2.0 * world.horizon) + 0.5).astype(np.int64)
    seen = np.flatnonzero(reported < world.horizon)
    wait = np.floor(np.minimum(by_others[seen] - delay[seen], NETWORK_BACK) + 0.5).astype(np.int64)
    return _Noticed(seen, reported[seen], channel[seen], np.where(channel[seen] == SENSOR, wait, 0))


def _possible(world: World, noticed: _Noticed) -> tuple[_Noticed, Rows]:
    """What may happen at all of what would be noticed, and from which of these rows each springs."""
    incidents = world.incidents
    is_noticed = np.zeros(len(incidents), np.bool_)
    is_noticed[noticed.incident] = True
    family = lineage(incidents, is_noticed)
    keep = family.is_possible[noticed.incident]
    row = noticed.incident[keep]
    row_of = _row_of(world, row)
    origins: Rows = {
        "cause": row_of[family.cause[row]],
        "escapes": family.escapes[row],
        "returns": family.returns[row],
        "worsens": incidents.worsens[row],
    }
    return _Noticed(row, noticed.reported[keep], noticed.channel[keep], noticed.heard_later[keep]), origins


def _row_of(world: World, incident: IntArray) -> npt.NDArray[np.int32]:
    """Position in `incident` of each incident of the world, -1 = not in it; -1 itself has none."""
    row_of = np.full(len(world.incidents) + 1, -1, np.int32)
    row_of[incident] = np.arange(len(incident))
    return row_of


def _signals(world: World, noticed: _Noticed, position: IntArray) -> Signals:
    """The world's signals as the intake knows them; what nobody noticed does nothing that a case could tell."""
    given = world.signals
    row = _row_of(world, noticed.incident)[given.cause]
    known = row >= 0
    return Signals(given.at[known], position[row[known]].astype(np.int32), given.signal[known])


def _first_reports(world: World, noticed: _Noticed) -> Rows:
    """Facts of the incidents that `noticed` names."""
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
        "exposure": incidents.exposed[row].astype(np.int64),
        "heard_later": noticed.heard_later,
        **_of_nothing(n),
    }


def _of_nothing(n: int) -> Rows:
    """Origins of n rows that spring from no other row; what happens to an incident happens to its first report."""
    return {
        "cause": np.full(n, -1, np.int32),
        "escapes": np.zeros(n, np.int64),
        "returns": np.zeros(n, np.int8),
        "worsens": np.full(n, NEVER, np.int64),
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
    n = len(parent)
    again = _Noticed(noticed.incident[parent], reported, np.full(n, HOTLINE, np.int8), np.zeros(n, np.int64))
    rows = _first_reports(world, again)
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
    share = exposed_shares(world.scenario.surroundings, city)[small["street"]]
    heard_later = np.where(small["channel"] == SENSOR, NETWORK_BACK, 0)
    exposure = is_exposed(world.key, luck, share).astype(np.int64)
    return rows | {"exposure": exposure, "heard_later": heard_later} | _of_nothing(n)


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
