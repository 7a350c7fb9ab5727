"""Digital twins that foresee: floodings in rain, and bins that overflow."""

import numpy as np
import numpy.typing as npt

from citysim.policy.programmes.twins import GarbageTwin, SewageTwin
from citysim.prevention.bins import FILL_HOURS, reached_in_time
from citysim.prevention.effects import Effects
from citysim.prevention.rows import beginnings, luck_of, rows_of, spare
from citysim.streams import purpose_code, uniforms
from citysim.units import CHANNELS, HOUR, MINUTE, IntArray
from citysim.world.sample import World
from citysim.world.weather import normals

SENSOR = CHANNELS.index("sensor")
FLOODS = ("waterlogging", "sewer_blockage_overflow")
STREET_BIN, VILLAGE_BIN = "exposed_garbage", "rural_waste_missed"
BINS = (STREET_BIN, VILLAGE_BIN)
FROM_BINS = 0.6
"""Share of exposed garbage that comes from bins which overflow; the rest is thrown there [asm]."""
PUMPS_MINUTES, PUMPS_SIGMA = 30.0, 0.5
"""Until pumps are there and run: median, and spread of the logarithm [asm]."""
AT_ONCE = 1_000.0
"""Factor on the hazard of noticing what is expected: somebody looks at the sensor."""
MILDEST = 3


def foresee_floods(world: World, twin: SewageTwin, effects: Effects) -> None:
    """What is foreseen is noticed as soon as it begins, and is milder where the pumps are there by then."""
    if twin.hits == 0.0:
        return
    rows = rows_of(world, FLOODS)
    rows = rows[_hourly(world, "rain", world.incidents.occurred[rows]) > 0.0]
    luck = world.incidents.luck[rows]
    foreseen = uniforms(world.key, luck, purpose_code("flood foreseen")) < twin.hits
    effects.noticing[rows[foreseen], SENSOR] *= AT_ONCE
    ready = (
        PUMPS_MINUTES * MINUTE * np.exp(PUMPS_SIGMA * normals(world.key, luck, "pumps")) <= twin.lead_minutes * MINUTE
    )
    milder = rows[foreseen & ready]
    effects.severity[milder] = np.minimum(effects.severity[milder] + 1, MILDEST)
    wrong = uniforms(world.key, luck, purpose_code("false forecast")) < twin.false_share / (1.0 - twin.false_share)
    effects.false_forecast[rows[foreseen & wrong]] = True


def empty_in_time(world: World, twin: GarbageTwin, effects: Effects) -> None:
    """Spare bins that are emptied before they overflow, by the routes of trucks and by a share.

    By routes: those that a truck reaches between their call and their overflow. By a share: as many as are known of and
    have not filled since.
    """
    for name, from_bins in ((STREET_BIN, FROM_BINS), (VILLAGE_BIN, 1.0)) if twin.routed else ():
        rows = beginnings(world, (name,))
        of_bin = luck_of(world, rows, "comes of a bin") < from_bins
        spare(effects, rows, of_bin & reached_in_time(world, rows, twin, name == VILLAGE_BIN))
    if twin.spares == 0.0:
        return
    rows = rows_of(world, BINS)
    luck = world.incidents.luck[rows]
    share = FROM_BINS * twin.spares * twin.accuracy * float(np.exp(-twin.lag_hours / FILL_HOURS))
    effects.happens[rows] &= uniforms(world.key, luck, purpose_code("bin emptied")) >= share


def _hourly(world: World, name: str, time: IntArray) -> npt.NDArray[np.float64]:
    """A setting of the whole city at each time."""
    hours = world.settings[name]
    return hours[np.minimum(time // HOUR, len(hours) - 1), 0]
