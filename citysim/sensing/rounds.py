"""How long until a round of the streets sees an incident: the laws that the agents of `patrol` show and sensing uses.

A grid is passed every `revisit` on average, and each pass sees the incident with chance p = 1 - exp(-looks). Three ways
of going round the same streets with the same people:

- *regular*: always on to the grid that was left alone longest, so a grid is passed exactly every `revisit`. The number
  of passes that see nothing is geometric, and the first pass comes at a uniform moment of the round.
- *roaming*: on to any grid by chance, so passes are a Poisson process, and nobody can learn when they come.
- *steady*: the memoryless law of a race of channels (domain brief 4.2.2): as many looks, spread over the round. It
  finds the same share in every whole round as regular rounds do; only the moment within the round differs.
"""

from math import expm1

import numpy as np

from citysim.streams import FloatArray


def chance_per_pass(looks: FloatArray) -> FloatArray:
    """Chance that one pass sees it: at least one of a Poisson number of looks."""
    return -np.expm1(-looks)


def time_until_seen(luck: FloatArray, looks: FloatArray, revisit: float, rounds: str) -> FloatArray:
    """Time from onset until a pass sees it, by inversion: `luck` uniform on [0, 1), unit of `revisit`; inf = never.

    The more luck, the longer, in every way of going round; so the ways can be compared case by case.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        unseen = -np.log1p(-luck)  # looks that would be needed
        if rounds == "steady":
            passes = unseen / looks
        elif rounds == "roaming":
            passes = unseen / chance_per_pass(looks)
        else:
            whole = np.floor(unseen / looks)
            passes = whole + chance_per_pass(unseen - whole * looks) / chance_per_pass(looks)
        return np.where(looks > 0.0, passes * revisit, np.inf)


def share_seen(times: FloatArray, looks: float, revisit: float, rounds: str) -> FloatArray:
    """Share of incidents seen within each time: the distribution whose inverse `time_until_seen` is."""
    passes = np.asarray(times) / revisit
    chance = -expm1(-looks)
    if rounds == "steady":
        return -np.expm1(-looks * passes)
    if rounds == "roaming":
        return -np.expm1(-chance * passes)
    whole = np.floor(passes)
    return 1.0 - np.exp(-looks * whole) * (1.0 - chance * (passes - whole))


def mean_time(looks: float, revisit: float, rounds: str) -> float:
    """Mean of the time until seen: R / looks, R / p, or, with regular rounds, R (1 / p - 1/2)."""
    chance = -expm1(-looks)
    if rounds == "steady":
        return revisit / looks
    return revisit / chance if rounds == "roaming" else revisit * (1.0 / chance - 0.5)
