"""What the organisation costs: people on shift and called in, sittings, overhead; all unit costs are [asm]."""

import numpy as np

from citysim.judging.load import Pools
from citysim.judging.meetings import meeting_cost
from citysim.judging.summaries import count, ratio
from citysim.judging.view import View
from citysim.units import HOUR, WEEK

YUAN_PER_CALLOUT = 500.0
"""Extra pay and travel each time that people are called in, plausible 200-2,000 [asm]."""


def staff_cost(pools: Pools) -> float:
    """Yuan per week for the people on shift and those called in: scheduled unit-hours x unit cost of the family [asm].

    Capacity on loan from a call-in is in the scheduled hours (law, section 4), so it is paid here like any other.
    """
    people = pools.people
    unit_costs = np.array(pools.log.unit_costs)[people.column("family")]
    return ratio(float((people.column("scheduled") / HOUR * unit_costs).sum()), pools.log.span / WEEK)


def callout_cost(view: View) -> float:
    """Yuan per week on top of the hours of people called in: callouts x YUAN_PER_CALLOUT; for a view of all cases."""
    return ratio(float(view.callouts.sum(dtype=np.int64)) * YUAN_PER_CALLOUT, view.weeks)


def cost_total(pools: Pools, everything: View) -> float:
    """Yuan per week: people on shift and called in, callouts, sittings, and overhead of coordination [asm].

    For all pools and all cases of a log.
    """
    return staff_cost(pools) + callout_cost(everything) + meeting_cost(pools) + pools.log.overhead_per_week


def cost_per_closed(pools: Pools, everything: View) -> float:
    """Yuan for each genuine original that was closed: cost of the run / closed; for all pools and cases of a log."""
    return ratio(cost_total(pools, everything) * everything.weeks, count(everything.closed & everything.original))
