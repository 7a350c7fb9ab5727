"""Citizens who call the hotline to ask and report nothing: they take seats, and may hang up before they are heard."""

import numpy as np

from citysim.intake import ENQUIRY
from citysim.policy.sensors import Sensing
from citysim.sensing.false_alarms import kind_weights
from citysim.sensing.rows import HOTLINE, Rows, about_nothing
from citysim.streams import STEP, derive, derive_array, purpose_code, uniforms
from citysim.units import HOUR
from citysim.world.demand import hourly_multiplier, hours_of
from citysim.world.onset import cumulative_intensity, onset_hours
from citysim.world.sample import HOURS_A_YEAR, World

RHYTHM = ("d_day",)
"""When people call: 06-22 h x 1.35, night x 0.3 (domain brief 4.3, asm)."""


def enquiries(world: World, sensing: Sensing) -> Rows:
    """A Poisson process in each street by residents and hour; outreach of the hotline brings more.

    Each asks about a type that people report to the hotline, and none about what belongs to the emergency line.
    """
    scenario, city = world.scenario, world.scenario.city
    per_hour = (
        scenario.reporting.enquiries_per_1000_year / 1e3 / HOURS_A_YEAR * sensing.hotline * city.street_population
    )
    weights = kind_weights(world, HOTLINE)
    weights[[kind.emergency_line for kind in scenario.kinds]] = 0.0
    if not weights.any() or not per_hour.any():
        return about_nothing(
            world, np.empty(0, np.int64), np.empty(0, np.uint64), kind=0, street=0, channel=0, incident=ENQUIRY
        )
    hours = hours_of(scenario.almanac, world.weather)
    codes = np.array([purpose_code(street) for street in city.street_ids], dtype=np.uint64)
    streams = derive_array(derive(0, "enquiry"), codes)
    profile = cumulative_intensity(hourly_multiplier(RHYTHM, hours, scenario.climate, scenario.almanac))
    street, ordinal, hour = onset_hours(world.key, streams, per_hour, profile)
    with np.errstate(over="ignore"):
        luck = streams[street] + np.uint64(STEP) * ordinal.astype(np.uint64)
    shares = np.cumsum(weights) / weights.sum()
    about = np.searchsorted(shares, uniforms(world.key, luck, purpose_code("kind of enquiry")), side="right")
    rows = about_nothing(
        world,
        np.minimum((hour * HOUR).astype(np.int64), world.horizon - 1),
        luck,
        kind=np.minimum(about, len(weights) - 1),
        street=street,
        channel=HOTLINE,
        incident=ENQUIRY,
    )
    return rows | {"enquiry": np.ones(len(street), np.int64)}
