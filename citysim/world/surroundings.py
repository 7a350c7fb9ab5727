"""What surrounds all incidents of a city: settings by the hour that pace what people do, and places that are exposed.

Every number is asm; the ranges of travel in storms (x1.3-2.5) and of outages (0.5-3 a year, median 4 h) are those of
the domain brief (4.2.7, items 17 and 18).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from citysim.streams import STEP, FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.world.almanac import DAYS_A_YEAR, Almanac
from citysim.world.demand import Hours, hourly_multiplier
from citysim.world.geography import City
from citysim.world.onset import cumulative_intensity, onset_hours
from citysim.world.weather import Climate, normals

MOST_EXPOSED = 0.5
"""Density alone makes no larger share of a street's places exposed."""


@dataclass(frozen=True)
class Surroundings:
    """How weather, outages and density act.

    Args:
        heavy_rain_mm: an hour with more is a storm, like one under a wind warning; torrential_rain_mm: more slows no
            further.
        travel_in_heavy_rain, travel_in_torrential_rain: factors on travel time; linear in between, and from 1 when dry.
        travel_in_wind: factor under a wind warning; the product is at most travel_in_torrential_rain.
        warm_c, hot_c: heat is 1 above the first and 2 above the second.
        cloud_outages_per_year: of each district's data centre or network; ten times as many in wind warnings.
        cloud_outage_median_hours, cloud_outage_sigma: their lognormal length.
        hot_streets_90_10: incidents of a group for each resident in the 90 % street over the 10 % street of a
            district, for good; 1 = all streets alike (world/hotspots.py).
        hospital_visitors: people from elsewhere in the district who are in a street with a large hospital, for each of
            its residents; incidents of street life follow them (world/hotspots.py).
        exposed_share: share of incidents near a school, a hospital or a crowd, in a district with exposed_at_density
            residents a km2; exposed_by_density: power of a district's density that the share goes by.
    """

    heavy_rain_mm: float = 20.0
    torrential_rain_mm: float = 60.0
    travel_in_heavy_rain: float = 1.3
    travel_in_torrential_rain: float = 2.5
    travel_in_wind: float = 1.3
    warm_c: float = 35.0
    hot_c: float = 40.0
    cloud_outages_per_year: float = 1.5
    cloud_outage_median_hours: float = 4.0
    cloud_outage_sigma: float = 0.8
    hot_streets_90_10: float = 1.0
    hospital_visitors: float = 0.0
    exposed_share: float = 0.15
    exposed_at_density: float = 3200.0
    exposed_by_density: float = 0.5


SETTINGS = ("travel", "rain", "heat", "storm", "festival", "cloud_down")
"""What is known of each hour: factor on travel time; mm an hour; 0, 1 or 2; then 0 or 1, cloud_down by district."""


def settings_by_hour(
    key: int, given: Surroundings, hours: Hours, city: City, climate: Climate, almanac: Almanac
) -> Mapping[str, FloatArray]:
    """SETTINGS by name, shape (hours, 1), or (hours, districts) for cloud_down; read-only."""
    weather = hours.weather
    rain, windy = weather.rain_mm_per_hour, weather.has_wind_warning == 1
    steps = [0.0, given.heavy_rain_mm, given.torrential_rain_mm]
    slowed = np.interp(rain, steps, [1.0, given.travel_in_heavy_rain, given.travel_in_torrential_rain])
    slowed = np.minimum(np.where(windy, given.travel_in_wind, 1.0) * slowed, given.travel_in_torrential_rain)
    warm = weather.temperature_c
    everywhere = {
        "travel": slowed,
        "rain": rain,
        "heat": (warm > given.warm_c) + 1.0 * (warm > given.hot_c),
        "storm": windy | (rain > given.heavy_rain_mm),
        "festival": weather.festival > 0,
    }
    settings = {name: values.astype(np.float64)[:, None] for name, values in everywhere.items()}
    settings["cloud_down"] = _cloud_down(key, given, hours, city, climate, almanac)
    for values in settings.values():
        values.setflags(write=False)
    return MappingProxyType(settings)


def _cloud_down(
    key: int, given: Surroundings, hours: Hours, city: City, climate: Climate, almanac: Almanac
) -> FloatArray:
    """1 in the hours whose middle lies in an outage of the district's cloud; none is under way at time 0."""
    length = len(hours.hour)
    codes = np.array([purpose_code(district) for district in city.district_ids], dtype=np.uint64)
    streams = derive_array(derive(0, "cloud outage"), codes)
    profile = cumulative_intensity(hourly_multiplier(("w_storm",), hours, climate, almanac))
    rate = np.full(len(codes), given.cloud_outages_per_year / (24 * DAYS_A_YEAR))
    district, ordinal, begins = onset_hours(key, streams, rate, profile)
    with np.errstate(over="ignore"):
        luck = streams[district] + np.uint64(STEP) * ordinal.astype(np.uint64)
    spread = given.cloud_outage_sigma * normals(key, luck, "length of cloud outage")
    ends = begins + given.cloud_outage_median_hours * np.exp(spread)
    edges = np.zeros((length + 1, len(codes)))
    np.add.at(edges, (np.minimum(begins + 0.5, length).astype(np.int64), district), 1.0)
    np.add.at(edges, (np.minimum(ends + 0.5, length).astype(np.int64), district), -1.0)
    return (np.cumsum(edges[:-1], axis=0) > 0.5).astype(np.float64)


def exposed_shares(given: Surroundings, city: City) -> FloatArray:
    """Share of the places of each street that are exposed, at most MOST_EXPOSED unless exposed_share is more."""
    density = city.district_population / np.array([district.area_km2 for district in city.districts])
    share = given.exposed_share * (density / given.exposed_at_density) ** given.exposed_by_density
    result: FloatArray = np.minimum(share, max(MOST_EXPOSED, given.exposed_share))[city.district_of_street]
    return result


def is_exposed(key: int, luck: U64Array, share: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether each place is exposed, by the share of its street."""
    exposed: npt.NDArray[np.bool_] = uniforms(key, luck, purpose_code("exposure")) < share
    return exposed
