"""What is noticed, when, and through which channel: turns a world into the reports that may come in.

Four channels race to notice an incident (sensor, video, hotline, patrol); citizens repeat what is already reported, and
call to ask; every channel also reports what is not there. All luck is keyed by the incident (or by street, channel and
ordinal where there is none), so a lever on one channel, or one more incident, moves nobody else's draws.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.intake import FIELDS, Intake, Signals
from citysim.policy.names import CityNames
from citysim.policy.programmes import AS_NOW, Programmes
from citysim.policy.sensors import Sensing
from citysim.prevention import Effects, effects_of, settings_under
from citysim.sensing.enquiries import Enquiries
from citysim.sensing.false_alarms import FalseAlarms, false_forecasts
from citysim.sensing.race import race
from citysim.sensing.repeats import repeats
from citysim.sensing.rows import COLUMNS, Noticed, Rows, first_reports, in_order, intake_of
from citysim.units import IntArray
from citysim.world.kinds import COLUMNS as KIND_COLUMNS
from citysim.world.lineage import lineage
from citysim.world.sample import World
from citysim.world.surroundings import SETTINGS

__all__ = ["CITY_NAMES", "sense"]

CITY_NAMES = CityNames(of_types=tuple(KIND_COLUMNS), of_cases=COLUMNS, settings=SETTINGS)
"""What a policy may ask of the cases of a city."""


def sense(world: World, sensing: Sensing, programmes: Programmes = AS_NOW) -> Intake:
    """Everything that may be reported in a world under the given coverage, in order of time.

    An incident that nobody has noticed before the horizon is not in the intake, nor is what it does to its
    surroundings, nor what would come back at its place; so are repeats and false alarms after the horizon. A repeat
    report names the row that it repeats, and becomes a case only while that case is open. What an incident breeds has
    the nearest noticed ancestor as its cause (law, section 9).
    """
    effects = effects_of(world, programmes)
    noticed, origins = _possible(world, race(world, sensing, effects), effects)
    first = first_reports(world, noticed, effects) | origins
    end = world.horizon
    tables = [first, repeats(world, noticed, effects), FalseAlarms(world).until(end, sensing)]
    tables += [Enquiries(world).until(end, sensing), false_forecasts(world, effects)]
    rows: dict[str, Any] = {name: np.concatenate([table[name] for table in tables]) for name in (*FIELDS, *COLUMNS)}
    order = in_order(rows)
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    rows = {name: column[order] for name, column in rows.items()}
    for relation in ("parent", "cause"):  # so far a row of the tables
        related = rows[relation] >= 0
        rows[relation][related] = position[rows[relation][related]]
    settings = settings_under(world, programmes)
    return intake_of(world, rows, _signals(world, noticed, position), settings, programmes)


def _possible(world: World, noticed: Noticed, effects: Effects) -> tuple[Noticed, Rows]:
    """What may happen at all of what would be noticed, and from which of these rows each springs."""
    incidents = world.incidents
    is_noticed = np.zeros(len(incidents), np.bool_)
    is_noticed[noticed.incident] = True
    family = lineage(incidents, is_noticed, effects.happens)
    keep = family.is_possible[noticed.incident]
    row = noticed.incident[keep]
    row_of = _row_of(world, row)
    origins: Rows = {
        "cause": row_of[family.cause[row]],
        "escapes": family.escapes[row],
        "returns": family.returns[row],
        "worsens": incidents.worsens[row],
    }
    kept = (row, noticed.reported[keep], noticed.channel[keep], noticed.heard_later[keep], noticed.search[keep])
    return Noticed(*kept), origins


def _row_of(world: World, incident: IntArray) -> npt.NDArray[np.int32]:
    """Position in `incident` of each incident of the world, -1 = not in it; -1 itself has none."""
    row_of = np.full(len(world.incidents) + 1, -1, np.int32)
    row_of[incident] = np.arange(len(incident))
    return row_of


def _signals(world: World, noticed: Noticed, position: IntArray) -> Signals:
    """The world's signals as the intake knows them; what nobody noticed does nothing that a case could tell."""
    given = world.signals
    row = _row_of(world, noticed.incident)[given.cause]
    known = row >= 0
    return Signals(given.at[known], position[row[known]].astype(np.int32), given.signal[known])
