"""Streets where some groups of incidents happen more often than elsewhere, year after year; streets with hospitals.

That crime, complaints and calls for service gather in the same few places is well known (Weisburd 2015, Criminology 53,
133); the lognormal shape and that groups gather each in streets of its own are asm.
"""

from math import exp, log

import numpy as np

from citysim.streams import FloatArray, derive, normal_quantile, purpose_code, uniform
from citysim.units import IntArray
from citysim.world.geography import Z_90, City

VISITED = ("sanitation", "order", "livelihood")
"""Groups of incident types that come of the people in a street, whether or not they live there [asm]."""
WITH_HOSPITAL = 0.2
"""Share of the streets of a district that have a large hospital, one at least [asm]."""


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


def hospital_streets(city: City) -> IntArray:
    """1 for each street with a large hospital, else 0; the same in all worlds."""
    key, purpose = derive(0, "hospitals", city.name), purpose_code("large hospital")
    luck = np.array([uniform(key, purpose_code(street), purpose) for street in city.street_ids])
    has = np.zeros(city.n_streets, np.int64)
    for district in range(city.n_districts):
        streets = np.flatnonzero(city.district_of_street == district)
        has[streets[np.argsort(luck[streets])[: max(round(WITH_HOSPITAL * len(streets)), 1)]]] = 1
    return has


def visitor_weights(city: City, visitors: float, weights: FloatArray) -> FloatArray:
    """Weights of streets as of `street_weights`, times the people who are there, whether or not they live there.

    People come from elsewhere in the district, so that it keeps its rate.

    Args:
        visitors: for each resident of a street with a large hospital. weights: without them.
    """
    there = weights * (1.0 + visitors * hospital_streets(city))
    owner, residents = city.district_of_street, city.street_population
    mean = np.bincount(owner, there * residents) / np.bincount(owner, residents)
    result: FloatArray = there / mean[owner]
    return result
