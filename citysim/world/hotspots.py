"""Streets where some groups of incidents happen more often than elsewhere, year after year.

That crime, complaints and calls for service gather in the same few places is well known (Weisburd 2015, Criminology 53,
133); the lognormal shape and that groups gather each in streets of its own are asm.
"""

from math import exp, log

import numpy as np

from citysim.streams import FloatArray, derive, normal_quantile, purpose_code, uniform
from citysim.world.geography import Z_90, City


def street_weights(city: City, group: str, ratio_90_10: float) -> FloatArray:
    """How many times its share of the district's incidents by residents each street has, for a group of types.

    Lognormal before they are scaled so that each district keeps its rate; the 90 % street has `ratio_90_10` times as
    much for each resident as the 10 % street. A weight depends on the city's name, the street's id and the group, and
    on the other streets of its district by the scaling only.
    """
    if ratio_90_10 == 1.0:
        return np.ones(city.n_streets)
    key, purpose = derive(0, "hot street", city.name), purpose_code(group)
    sigma = log(ratio_90_10) / (2 * Z_90)
    raw = np.array(
        [exp(sigma * normal_quantile(uniform(key, purpose_code(street), purpose))) for street in city.street_ids]
    )
    owner, residents = city.district_of_street, city.street_population
    mean = np.bincount(owner, raw * residents, minlength=city.n_districts) / np.bincount(
        owner, residents, minlength=city.n_districts
    )
    result: FloatArray = raw / mean[owner]
    return result
