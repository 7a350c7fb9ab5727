"""Citizens who report again what is already reported."""

import numpy as np

from citysim.prevention.effects import Effects
from citysim.sensing.rows import HOTLINE, Noticed, Rows, first_reports, tiebreaks
from citysim.streams import STEP, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import HOUR, IntArray
from citysim.world.sample import World


def repeats(world: World, noticed: Noticed, effects: Effects) -> Rows:
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
    return _repeat_rows(world, noticed, effects, parent, noticed.reported[parent] + np.maximum(after, 1), number)


def _repeat_rows(
    world: World, noticed: Noticed, effects: Effects, parent: IntArray, reported: IntArray, number: U64Array
) -> Rows:
    """Table rows of repeats; each has luck of its own, derived from the incident's luck and its ordinal."""
    kept = reported < world.horizon
    parent, reported, number = parent[kept], reported[kept], number[kept]
    n = len(parent)
    by_phone, nothing = np.full(n, HOTLINE, np.int8), np.zeros(n, np.int64)
    again = Noticed(noticed.incident[parent], reported, by_phone, nothing, noticed.search[parent])
    rows = first_reports(world, again, effects)
    with np.errstate(over="ignore"):  # scramble first: lucks of one street's incidents differ by multiples of STEP too
        luck = derive_array(derive(0, "repeat"), rows["luck"]) + np.uint64(STEP) * number
    return rows | {"parent": parent.astype(np.int32), "luck": luck, "tiebreak": tiebreaks(world.key, luck)}
