"""Who springs from whom among the incidents that somebody noticed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysim.units import IntArray
from citysim.world.incidents import RECURRENCE, Incidents

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Lineage:
    """For each incident of a world what its row in the intake must say; arrays over incidents.

    Args:
        is_possible: false where a programme spares it, where it comes back at the place of one that nobody ever
            noticed, so that was never closed, or where it springs from such a one.
        cause: the nearest ancestor that somebody noticed, -1 = it happens whatever is done. escapes: moment of the link
            just below that ancestor. returns: 1 if that link is a recurrence.
    """

    is_possible: BoolArray
    cause: IntArray
    escapes: IntArray
    returns: npt.NDArray[np.int8]


def lineage(incidents: Incidents, is_noticed: BoolArray, happens: BoolArray) -> Lineage:
    """Follow the chains of escalations and recurrences upwards until somebody noticed an ancestor.

    An aftershock does not spring from its parent: it happens whatever is done about that one.

    Args:
        happens: false for what a programme spares.
    """
    parent = np.where(incidents.is_latent, incidents.parent, -1).astype(np.int64)
    latent = np.flatnonzero(parent >= 0)
    comes_back = incidents.link == RECURRENCE
    is_possible = happens.copy()
    for _ in range(int(incidents.generation[latent].max(initial=0))):  # a chain has no more links than this
        above = parent[latent]
        is_possible[latent] = happens[latent] & is_possible[above] & (is_noticed[above] | ~comes_back[latent])
    cause, below = parent.copy(), np.arange(len(incidents))
    looking = latent[~is_noticed[parent[latent]]]
    while len(looking):
        below[looking] = cause[looking]
        cause[looking] = parent[cause[looking]]
        looking = looking[cause[looking] >= 0]
        looking = looking[~is_noticed[cause[looking]]]
    escapes = np.where(cause >= 0, incidents.occurred[below], 0)
    returns = ((cause >= 0) & comes_back[below]).astype(np.int8)
    return Lineage(is_possible, cause, escapes, returns)
