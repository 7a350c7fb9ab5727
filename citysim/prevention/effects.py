"""What programmes do to the incidents of a world: an array for each thing that they may change."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysim.streams import FloatArray
from citysim.units import CHANNELS, IntArray
from citysim.world.sample import World


@dataclass(eq=False)
class Effects:
    """One entry for each incident of a world; programmes change the arrays one after the other.

    Args:
        happens: false where a programme spares it, and then what would spring from it too.
        noticing: factor on the hazard of each channel to notice it, shape (incidents, channels).
        search: seconds that a crew searches for the place, besides what an unmapped point takes; never below 0 in sum.
        slower: seconds that a crew needs longer than specialists would; no record spares it these.
        supports: change of the number of supporting departments needed; never below 0 in sum.
        severity: true severity, 0 = I … 3 = IV; at first that of the world.
        clearance: seconds until it is clear whose the matter is and what the law allows to be done; never below 0.
        linked: whether its sensor is heard though the network of the district is down.
        false_forecast: whether what foresaw it foresaw another one too, in the same street, that does not come.
        since_mended, since_renewed: years at the incident since a health check had its unit mended, and since the unit
            was renewed; infinite = not yet.
        begun: second from which on the programme whose turn it is has run. since: from which on it would have had to
            run at its present strength to have built what stands; below 0 where it built faster before.
    """

    happens: npt.NDArray[np.bool_]
    noticing: FloatArray
    search: IntArray
    slower: IntArray
    supports: IntArray
    severity: npt.NDArray[np.int8]
    clearance: IntArray
    linked: npt.NDArray[np.bool_]
    false_forecast: npt.NDArray[np.bool_]
    since_mended: FloatArray
    since_renewed: FloatArray
    begun: int = 0
    since: float = 0.0


def no_effects(world: World) -> Effects:
    """What happens where programmes stay as they are now."""
    n = len(world.incidents)
    return Effects(
        happens=np.ones(n, np.bool_),
        noticing=np.ones((n, len(CHANNELS))),
        search=np.zeros(n, np.int64),
        slower=np.zeros(n, np.int64),
        supports=np.zeros(n, np.int64),
        severity=world.incidents.severity.astype(np.int8),
        clearance=np.zeros(n, np.int64),
        linked=np.zeros(n, np.bool_),
        false_forecast=np.zeros(n, np.bool_),
        since_mended=np.full(n, np.inf),
        since_renewed=np.full(n, np.inf),
    )
