"""Reports of what is not there."""

import numpy as np
import numpy.typing as npt

from citysim.intake import FALSE_ALARM
from citysim.policy.sensors import CLASSES, Sensing
from citysim.sensing.race import NETWORK_BACK, SENSOR
from citysim.sensing.rows import Rows, about_nothing
from citysim.streams import STEP, FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import CHANNELS, YEAR, IntArray
from citysim.world.sample import World
from citysim.world.surroundings import exposed_shares, is_exposed


def false_alarms(world: World, sensing: Sensing) -> Rows:
    """A Poisson process in each street for each channel, and for each class of sensors; each looks like a blue case.

    A class has a process of its own, so a lever on its sensors moves the false alarms of no other.
    """
    city = world.scenario.city
    tables = [_rows(world, 0, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint64), np.ones(1))]
    for c, channel in enumerate(CHANNELS):
        weights = kind_weights(world, c)
        usual = world.scenario.false_alarms_per_100k_year[c] / 1e5 / YEAR
        for name in CLASSES if c == SENSOR else ("all",):
            of_class = np.where(_is_of(world, name), weights, 0.0)
            if not of_class.any():
                continue
            part = of_class.sum() / weights.sum() * sensing.false_alarm_factors(name)[c]
            stream = derive(0, "false alarm", channel, *((name,) if c == SENSOR else ()))
            found = _street_processes(world, stream, usual * part * city.street_population)
            tables.append(_rows(world, c, *found, of_class / of_class.sum()))
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


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


def _street_processes(world: World, stream: int, per_second: FloatArray) -> tuple[IntArray, IntArray, U64Array]:
    """(street, time, luck) of a Poisson process in each street; a point's luck comes from stream, street, ordinal."""
    codes = np.array([purpose_code(street) for street in world.scenario.city.street_ids], dtype=np.uint64)
    streams = derive_array(stream, codes)
    purpose = purpose_code("gap between false alarms")
    expected = per_second.max() * world.horizon
    count = int(expected + 8.0 * expected**0.5 + 16.0)  # more is as good as never needed
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        luck = streams[:, None] + np.uint64(STEP) * np.arange(count, dtype=np.uint64)
        times = np.cumsum(-np.log1p(-uniforms(world.key, luck, purpose)), axis=1) / per_second[:, None]
    street, ordinal = np.nonzero(times < world.horizon)
    return street, times[street, ordinal].astype(np.int64), luck[street, ordinal]
