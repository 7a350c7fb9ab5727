"""The city: districts and streets, how many people live there and how readily they report."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp, log

import numpy as np
import numpy.typing as npt

from citysim.streams import FloatArray, derive, normal_quantile, purpose_code, uniform, uniforms
from citysim.units import IntArray

Int32Array = npt.NDArray[np.int32]

Z_90 = 1.2815515655446004
"""Standard normal 90 % quantile: a 90/10 ratio of r needs sigma = ln(r) / (2 * Z_90)."""

MOST_NEIGHBOURS = 8
"""Mutual aid looks no further."""


@dataclass(frozen=True)
class District:
    """One district: residents, area, centroid in degrees, and its number of streets and towns.

    Args:
        rural_share: share of residents who live outside the built-up area, 0 to 1.
    """

    id: str
    name_en: str
    name_zh: str
    population: int
    area_km2: float
    lon: float
    lat: float
    n_streets: int
    rural_share: float = 0.0


@dataclass(frozen=True, eq=False)
class City:
    """The streets of all districts, in order of the districts; arrays over streets, read-only.

    Args:
        street_ids: "yuzhong-01", …
        district_of_street: position of each street's district.
        street_population: residents, may be fractional; rural_population: those outside the built-up area.
        reporting_factor: how readily residents report, relative to the mean 1.
        name: what the luck of places is keyed by.
    """

    districts: tuple[District, ...]
    street_ids: tuple[str, ...]
    district_of_street: Int32Array
    street_population: FloatArray
    rural_population: FloatArray
    reporting_factor: FloatArray
    name: str = ""

    def __post_init__(self) -> None:
        for name in ("district_of_street", "street_population", "rural_population", "reporting_factor"):
            array = getattr(self, name)
            if array.shape != (len(self.street_ids),):
                raise ValueError(f"city: {name} has shape {array.shape}, must be ({len(self.street_ids)},)")
            array.setflags(write=False)

    @property
    def n_streets(self) -> int:
        """Number of streets and towns."""
        return len(self.street_ids)

    @property
    def n_districts(self) -> int:
        """Number of districts."""
        return len(self.districts)

    @property
    def district_ids(self) -> tuple[str, ...]:
        """Ids of the districts, in order."""
        return tuple(district.id for district in self.districts)

    @cached_property
    def neighbours(self) -> Int32Array:
        """The other districts of each, nearest centroid first, at most MOST_NEIGHBOURS; ties in order of the file."""
        lon, lat = (np.radians([getattr(district, name) for district in self.districts]) for name in ("lon", "lat"))
        east = (lon[:, None] - lon) * np.cos((lat[:, None] + lat) / 2)  # plane enough for one city
        apart = np.hypot(east, lat[:, None] - lat)
        np.fill_diagonal(apart, -1.0)
        nearest = np.argsort(apart, axis=1, kind="stable")[:, 1 : 1 + MOST_NEIGHBOURS]
        return nearest.astype(np.int32)

    def other_street(self, street: npt.NDArray[np.integer], luck: FloatArray) -> Int32Array:
        """Another street of the same district for each street, all equally likely; the same where there is no other.

        Args:
            street: positions; luck: on [0, 1), of the same length.
        """
        by_district, first, count, rank = self._streets_by_district
        district = self.district_of_street[street]
        pick = (luck * (count[district] - 1)).astype(np.int64)
        pick += (pick >= rank[street]) & (count[district] > 1)
        other: Int32Array = by_district[first[district] + pick].astype(np.int32)
        return other

    @cached_property
    def _streets_by_district(self) -> tuple[npt.NDArray[np.int64], ...]:
        """Streets in order of their districts; first position and number of each district; rank in its district."""
        by_district = np.argsort(self.district_of_street, kind="stable")
        count = np.bincount(self.district_of_street, minlength=self.n_districts)
        first = np.cumsum(count) - count
        rank = np.empty(self.n_streets, np.int64)
        rank[by_district] = np.arange(self.n_streets) - first[self.district_of_street[by_district]]
        return by_district, first, count, rank

    @property
    def district_population(self) -> FloatArray:
        """Residents of each district."""
        return np.array([float(district.population) for district in self.districts])


def build_city(
    name: str,
    districts: tuple[District, ...],
    street_weights: Mapping[str, tuple[float, ...]],
    reporting_ratio_90_10: float,
) -> City:
    """Lay out the streets of the districts.

    A district's residents are split evenly over its streets unless `street_weights` has an entry for it (asm).
    Some neighbourhoods report the same problem about three times faster than others: Liu, Bhandaram & Garg (2023),
    Nat. Comput. Sci. 3; the lognormal shape is asm. The factor depends on scenario name and street id only.
    """
    ids, owner, people, rural = [], [], [], []
    for position, district in enumerate(districts):
        weights = np.array(street_weights.get(district.id, (1.0,) * district.n_streets), dtype=np.float64)
        ids += [f"{district.id}-{number:02d}" for number in range(1, district.n_streets + 1)]
        owner += [position] * district.n_streets
        people.append(district.population * weights / weights.sum())
        rural.append(people[-1] * district.rural_share)
    return City(
        districts=districts,
        street_ids=tuple(ids),
        district_of_street=np.array(owner, dtype=np.int32),
        street_population=np.concatenate(people),
        rural_population=np.concatenate(rural),
        reporting_factor=reporting_factors(name, tuple(ids), reporting_ratio_90_10),
        name=name,
    )


def reporting_factors(name: str, street_ids: tuple[str, ...], ratio_90_10: float) -> FloatArray:
    """Lognormal factors with mean 1 whose 90 % quantile is `ratio_90_10` times the 10 % quantile."""
    key, purpose = derive(0, "reporting factor", name), purpose_code("reporting factor")
    sigma = log(ratio_90_10) / (2 * Z_90)
    luck = (normal_quantile(uniform(key, purpose_code(street), purpose)) for street in street_ids)
    return np.array([exp(sigma * z - sigma * sigma / 2) for z in luck])


def rank_chosen(scenario: str, streets: int) -> IntArray:
    """Order in which somebody who wants to show something would choose the streets of a city; the same in all worlds.

    Args:
        scenario: its name. streets: how many the city has.
    """
    luck = uniforms(derive(0, f"corridors of {scenario}"), np.arange(streets), purpose_code("tagged"))
    rank: IntArray = np.argsort(np.argsort(luck))
    return rank
