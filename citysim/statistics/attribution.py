"""Which part of a difference is whose: the Shapley value of each of several mechanisms, with intervals."""

from dataclasses import dataclass
from math import factorial

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError
from citysim.statistics.intervals import FloatArray, Interval, complete, t_interval, table

MOST_PLAYERS = 12
"""2^12 coalitions are 4,096 arms; with more nobody would wait for the answer."""


@dataclass(frozen=True)
class Share:
    """What one mechanism contributes.

    Args:
        value: mean over the worlds of its Shapley value, with its interval. alone: the difference if it is the only one
            that changes; last: if all others have changed before. Where these differ, mechanisms work together.
    """

    value: Interval
    alone: Interval
    last: Interval


def shapley(coalitions: npt.ArrayLike, level: float = 0.95) -> tuple[Share, ...]:
    """Shares of the difference between everything changed and nothing changed, one for each mechanism.

    The mean of what a mechanism adds over all orders in which mechanisms could be changed. In every world the values
    add up to the whole difference exactly. It is linear in the worlds, so each world has one, and a t interval holds.

    Args:
        coalitions: shape (2^m, worlds), none missing; in row b the mechanisms are changed whose bits are set in b.

    Raises:
        DataError: the number of rows is no power of 2 from 2 to 2^12, or a value is missing.

    Source: Shapley (1953), A value for n-person games; Song, Nelson and Staum (2016), SIAM/ASA J. Uncertainty
    Quantification 4, 1060-1083 (in simulation).
    """
    values = complete("coalitions", table("coalitions", coalitions))
    players = len(values).bit_length() - 1
    if len(values) != 2**players or not 1 <= players <= MOST_PLAYERS:
        raise DataError(f"coalitions has {len(values)} rows, must be 2, 4, 8 … {2**MOST_PLAYERS}")
    return tuple(_share(values, player, players, level) for player in range(players))


def _share(values: FloatArray, player: int, players: int, level: float) -> Share:
    mine = 1 << player
    without = [b for b in range(len(values)) if not b & mine]
    weights = [factorial(b.bit_count()) * factorial(players - b.bit_count() - 1) / factorial(players) for b in without]
    added = np.array([values[b | mine] - values[b] for b in without])
    return Share(
        t_interval(np.array(weights) @ added, level),
        t_interval(values[mine] - values[0], level),
        t_interval(values[-1] - values[len(values) - 1 - mine], level),
    )
