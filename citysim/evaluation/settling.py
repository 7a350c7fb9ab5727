"""How long the empty start of a run shows: MSER-5 on the open cases over time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysim.statistics.steady import mser5

DAY_HOURS = 24.0


@dataclass(frozen=True)
class Settled:
    """Until when the start shows in the open cases of a design.

    Args:
        days: after which it no longer does. reliable: whether the run is long enough to tell; if not, days say nothing.
    """

    days: float
    reliable: bool


def settled(hours: npt.ArrayLike, open_cases: npt.ArrayLike) -> Settled:
    """By MSER-5 on the mean over the worlds, which shows the start with less noise than any of them.

    Args:
        hours: since the start, at equal steps but for the last. open_cases: shape (worlds, hours).

    Raises:
        DataError: a value is missing.
    """
    times = np.asarray(hours, dtype=np.float64)[:-1]
    found = mser5(np.asarray(open_cases, dtype=np.float64)[:, :-1].mean(axis=0))
    return Settled(float(times[min(found.cut, len(times) - 1)]) / DAY_HOURS, found.reliable)
