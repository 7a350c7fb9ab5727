"""Sittings with their agendas, and the officers who decide: where coordination itself becomes the bottleneck.

Source: domain brief 5.1 (meeting and command sub-models) and 5.5.
"""

import numpy as np

from citysim.judging.load import Pools
from citysim.judging.summaries import ratio
from citysim.streams import FloatArray
from citysim.units import HOUR

YUAN_PER_ATTENDEE_HOUR = 100.0
"""What an hour of one attendee costs, plausible 50-300 [asm]; a sitting's cost over this is its attendee-hours."""
COMMAND = ("duty_officer", "city_officer")
"""Families whose decision a case waits for under unified command."""


def sittings(pools: Pools) -> float:
    """Sittings held per week: for each gate min(places offered / agenda, items let through).

    A sitting without an item is not held. Exact for an agenda of one; with longer agendas and few items it is at most
    one too many for each further item.
    """
    return ratio(float(_held(pools).sum()), _weeks(pools))


def meeting_hours(pools: Pools) -> float:
    """Attendee-hours per week in sittings (会议负荷): cost of sittings / cost of an attendee-hour."""
    return meeting_cost(pools) / YUAN_PER_ATTENDEE_HOUR


def meeting_cost(pools: Pools) -> float:
    """Yuan per week for sittings: sittings held x cost of one [asm]."""
    gates = pools.gates
    costs = np.array(pools.log.unit_costs)[gates.column("family")]
    return ratio(float((_held(pools) * costs).sum()), _weeks(pools))


def agenda_backlog(pools: Pools) -> float:
    """Items that wait for a sitting at the end of the run (议题积压); it grows with the run where agendas are full."""
    return float(pools.gates.total("in_line")) if len(pools.gates) else 0.0


def agenda_wait(pools: Pools) -> float:
    """Hours that an item waits for its sitting: request-seconds in line, also of those still waiting / let through."""
    return ratio(pools.gates.total("waiting") / HOUR, pools.gates.total("served"))


def agenda_used(pools: Pools) -> float:
    """Share of the places offered by sittings that an item took: let through / places; near 1 the agenda explodes."""
    return ratio(pools.gates.total("served"), pools.gates.total("scheduled"))


def command_delay(pools: Pools) -> float:
    """Hours that a decision waits for a duty officer (指挥时延): request-seconds in line / requests that were in line.

    Of COMMAND; nan in a design without them. Those still in line, and those that waited in vain and went on without a
    decision, are counted in both.
    """
    numbers = [k for k, name in enumerate(pools.log.families) if name in COMMAND]
    officers = Pools(pools.log, pools.rows[np.isin(pools.column("family"), numbers)])
    asked = sum(officers.total(name) for name in ("served", "unserved", "in_line"))
    return ratio(officers.total("waiting") / HOUR, asked)


def _held(pools: Pools) -> FloatArray:
    gates = pools.gates
    agenda = np.array(pools.log.agendas, np.float64)[gates.column("family")]
    held: FloatArray = np.minimum(gates.column("scheduled") / agenda, gates.column("served"))
    return held


def _weeks(pools: Pools) -> float:
    return pools.log.span / (168 * HOUR)
