"""Which channel notices an incident first, and when: a race of sensors, cameras, citizens and patrols."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from citysim.policy.sensors import ASSETS, Sensing
from citysim.prevention.effects import Effects
from citysim.sensing.rounds import time_until_seen
from citysim.sensing.rows import HOTLINE, Noticed
from citysim.sensing.watch import EVERYWHERE_ALIKE, Watch
from citysim.streams import FloatArray, purpose_code, uniforms
from citysim.units import CHANNELS, HOUR, MINUTE, IntArray
from citysim.world.incidents import IncidentKind
from citysim.world.sample import World

SENSOR, PATROL = CHANNELS.index("sensor"), CHANNELS.index("patrol")
NETWORK_BACK = 8 * HOUR
"""After so long a sensor that could not be heard is heard again: the network is repaired [asm]."""
SEARCH_MINUTES = (15.0, 60.0)
"""A crew looks so long for a point that is on no map, uniform (domain brief item 22, asm)."""


def detection_hazards(kinds: tuple[IncidentKind, ...], sensing: Sensing) -> FloatArray:
    """Hazard per second with which each channel notices an incident, shape (kinds, severities, channels).

    h_c = share_c x factor_c / mean hidden time (brief 4.2.2): at the usual sensing the winner has the type's channel
    shares and the delay its mean; with other sensing shares and delay move together. For patrols on other than steady
    rounds it is the hazard of as many looks.
    """
    shares = np.array([kind.channel_shares for kind in kinds])[:, None, :]
    hidden = np.array([kind.mean_hidden_hours for kind in kinds])[:, :, None] * HOUR
    factors = np.array([sensing.detection_factors(kind.group) for kind in kinds])[:, None, :]
    return shares * factors / hidden


def race(world: World, sensing: Sensing, effects: Effects, watch: Watch = EVERYWHERE_ALIKE) -> Noticed:
    """Let the channels race for each incident: the smallest of four times wins."""
    incidents = world.incidents
    delay, by_others = np.full(len(incidents), np.inf), np.full(len(incidents), np.inf)
    channel = np.zeros(len(incidents), dtype=np.int8)
    unmapped = is_unmapped(world, sensing)
    for c, time in _times(world, sensing, effects, watch):
        if c == SENSOR:
            time[unmapped] = np.inf
        sooner = time < delay
        delay[sooner] = time[sooner]
        channel[sooner] = c
        if c != SENSOR:
            np.minimum(by_others, time, out=by_others)
    reported = incidents.occurred + np.floor(np.minimum(delay, 2.0 * world.horizon) + 0.5).astype(np.int64)
    seen = np.flatnonzero(reported < world.horizon)
    wait = np.floor(np.minimum(by_others[seen] - delay[seen], NETWORK_BACK) + 0.5).astype(np.int64)
    heard_later = np.where((channel[seen] == SENSOR) & ~effects.linked[seen], wait, 0)
    return Noticed(seen, reported[seen], channel[seen], heard_later, _search(world, unmapped, effects)[seen])


def _times(world: World, sensing: Sensing, effects: Effects, watch: Watch) -> Iterator[tuple[int, FloatArray]]:
    """Of each channel that notices anything: seconds until it notices each incident, inf = never."""
    incidents, kinds = world.incidents, world.scenario.kinds
    table = detection_hazards(kinds, sensing)
    cell = incidents.kind.astype(np.int64) * table.shape[1] + effects.severity
    for c, name in enumerate(CHANNELS):
        hazards = table[:, :, c].ravel()
        if not hazards.any():
            continue
        hazard = hazards[cell] * effects.noticing[:, c]
        if c == HOTLINE:
            hazard *= world.scenario.city.reporting_factor[incidents.street]  # L01: some streets report 3 times faster
        _watch_more(hazard, c, watch, world)
        luck = uniforms(world.key, incidents.luck, purpose_code(f"noticed by {name}"))
        if c == PATROL and sensing.rounds != "steady":
            time = _on_patrol(sensing, luck, hazard)
            yield c, watch.patrolled_until(incidents.street, incidents.occurred, time)
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            time = np.where(hazard > 0.0, -np.log1p(-luck) / hazard, np.inf)
        if c == SENSOR:
            shift = np.array([sensing.latency_shift(kind.group) for kind in kinds])
            time = np.maximum(time + shift[incidents.kind], 0.0)
        if c == PATROL:
            time = watch.patrolled_until(incidents.street, incidents.occurred, time)
        yield c, time


def _watch_more(hazard: FloatArray, channel: int, watch: Watch, world: World) -> None:
    """Let a channel see more in the streets that are watched more, in place."""
    street, n = world.incidents.street, world.scenario.city.n_streets
    if channel == PATROL and watch.patrols:
        hazard *= watch.patrol(n)[street]
    if channel == SENSOR and watch.sensors:
        by_kind = np.array([watch.sensor(kind.group, n) for kind in world.scenario.kinds])
        hazard *= by_kind[world.incidents.kind, street]


def _on_patrol(sensing: Sensing, luck: FloatArray, hazard: FloatArray) -> FloatArray:
    """Seconds until a pass sees it: as many looks an hour as steady rounds have, but pass by pass."""
    revisit = sensing.revisit_hours * HOUR / sensing.patrol
    return time_until_seen(luck, hazard * revisit, revisit, sensing.rounds)


def is_unmapped(world: World, sensing: Sensing) -> npt.NDArray[np.bool_]:
    """Incidents of assets at points that are on no map. Who maps more takes points from the list, and adds none."""
    of_asset = np.array([kind.group in ASSETS for kind in world.scenario.kinds], dtype=bool)
    luck = uniforms(world.key, world.incidents.luck, purpose_code("unmapped"))
    unmapped: npt.NDArray[np.bool_] = of_asset[world.incidents.kind] & (luck < sensing.unmapped)
    return unmapped


def _search(world: World, unmapped: npt.NDArray[np.bool_], effects: Effects) -> IntArray:
    """Seconds that a crew searches for each incident, and what it is slower than specialists."""
    low, high = SEARCH_MINUTES
    luck = uniforms(world.key, world.incidents.luck, purpose_code("search"))
    seconds = np.floor((low + (high - low) * luck) * MINUTE + 0.5)
    searched = np.where(unmapped, seconds, 0.0).astype(np.int64) + effects.search
    return np.maximum(searched, 0) + effects.slower
