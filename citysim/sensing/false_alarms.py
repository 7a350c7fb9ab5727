"""Reports of what is not there."""

import numpy as np
import numpy.typing as npt

from citysim.intake import FALSE_ALARM
from citysim.policy.sensors import CLASSES, Sensing
from citysim.prevention.effects import Effects
from citysim.sensing.race import NETWORK_BACK, PATROL, SENSOR
from citysim.sensing.rows import Rows, about_nothing
from citysim.sensing.watch import EVERYWHERE_ALIKE, Watch
from citysim.streams import STEP, FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import CHANNELS, YEAR, IntArray
from citysim.world.onset import Pieces
from citysim.world.sample import World
from citysim.world.surroundings import exposed_shares, is_exposed


class FalseAlarms:
    """A Poisson process in each street for each channel, and for each class of sensors; each looks like a blue case.

    A class has a process of its own, so a lever on its sensors moves the false alarms of no other. `until` goes on from
    where it has come, also under other levers.
    """

    def __init__(self, world: World) -> None:
        self._world, self._now = world, 0
        codes = np.array([purpose_code(street) for street in world.scenario.city.street_ids], dtype=np.uint64)
        self._processes: list[tuple[int, str, float, FloatArray, _Process]] = []
        for c, channel in enumerate(CHANNELS):
            weights = kind_weights(world, c)
            for name in CLASSES if c == SENSOR else ("all",):
                of_class = np.where(_is_of(world, name), weights, 0.0)
                if not of_class.any():
                    continue
                stream = derive(0, "false alarm", channel, *((name,) if c == SENSOR else ()))
                usual = world.scenario.false_alarms_per_100k_year[c] / 1e5 / YEAR * (of_class.sum() / weights.sum())
                process = _Process(world.key, derive_array(stream, codes))
                self._processes.append((c, name, usual, of_class / of_class.sum(), process))

    def until(self, end: int, sensing: Sensing, watch: Watch = EVERYWHERE_ALIKE) -> Rows:
        """Alarms from where it has come until `end` (seconds) under these levers; who watches more raises more."""
        world, city = self._world, self._world.scenario.city
        nothing = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint64)
        tables = [_rows(world, 0, *nothing, np.ones(1))]
        for c, name, usual, shares, process in self._processes:
            per_second = usual * sensing.false_alarm_factors(name)[c] * city.street_population
            if c == SENSOR and watch.sensors:
                per_second = per_second * watch.sensor(name, city.n_streets)
            if c == PATROL and watch.patrols:
                per_second = per_second * watch.patrol(city.n_streets)
            tables.append(_rows(world, c, *process.until(self._now, end, per_second), shares))
        self._now = end
        return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


class _Process:
    """A Poisson process in each street whose rate may change; a point's luck comes from stream, street and ordinal."""

    def __init__(self, key: int, streams: U64Array) -> None:
        self._streams, purpose = streams, purpose_code("gap between false alarms")
        self._pieces = Pieces(len(streams), lambda at, k: uniforms(key, self._luck(at, k), purpose))
        self._reached = np.zeros(len(streams))

    def _luck(self, street: IntArray, ordinal: IntArray) -> U64Array:
        with np.errstate(over="ignore"):
            luck: U64Array = self._streams[street] + np.uint64(STEP) * ordinal.astype(np.uint64)
        return luck

    def until(self, begin: int, end: int, per_second: FloatArray) -> tuple[IntArray, IntArray, U64Array]:
        """(street, time, luck) of the points from `begin` to `end`."""
        before = self._reached
        self._reached = before + per_second * (end - begin)
        street, ordinal, unit = self._pieces.until(self._reached)
        time = begin + (unit - before[street]) / per_second[street]
        return street, np.clip(time.astype(np.int64), begin, end - 1), self._luck(street, ordinal)


def _rows(world: World, channel: int, street: IntArray, reported: IntArray, luck: U64Array, shares: FloatArray) -> Rows:
    u = uniforms(world.key, luck, purpose_code("kind of false alarm"))
    kind = np.minimum(np.searchsorted(np.cumsum(shares), u, side="right"), len(shares) - 1)
    rows = about_nothing(world, reported, luck, kind=kind, street=street, channel=channel, incident=FALSE_ALARM)
    exposed = exposed_shares(world.scenario.surroundings, world.scenario.city)[street]
    return rows | {
        "exposure": is_exposed(world.key, luck, exposed).astype(np.int64),
        "heard_later": np.full(len(street), NETWORK_BACK if channel == SENSOR else 0),
    }


def kind_weights(world: World, channel: int) -> FloatArray:
    """What a channel's alarms look like: kinds in proportion to how often the channel notices them."""
    city = world.scenario.city
    town, country = city.street_population.sum(), city.rural_population.sum()
    return np.array(
        [
            kind.rate_per_100k_year * kind.channel_shares[channel] * (country if kind.rural_only else town)
            for kind in world.scenario.kinds
        ]
    )


def _is_of(world: World, name: str) -> npt.NDArray[np.bool_]:
    """Kinds that the sensors of a class watch; of no class: all."""
    groups = [kind.group if kind.group in CLASSES else "other" for kind in world.scenario.kinds]
    return np.array([name in ("all", group) for group in groups])


def false_forecasts(world: World, effects: Effects) -> Rows:
    """Floodings that a twin foresaw and that do not come: a crew goes out for nothing, when another one does come."""
    incidents = world.incidents
    certain = effects.happens & ~incidents.is_latent & (incidents.occurred < world.horizon)
    row = np.flatnonzero(effects.false_forecast & certain)
    luck = derive_array(derive(0, "false forecast"), incidents.luck[row])
    at, kind, street = incidents.occurred[row], incidents.kind[row], incidents.street[row]
    return about_nothing(world, at, luck, kind=kind, street=street, channel=SENSOR, incident=FALSE_ALARM)
