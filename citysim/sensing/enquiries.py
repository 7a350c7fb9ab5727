"""Citizens who call the hotline to ask and report nothing: they take seats, and may hang up before they are heard."""

import numpy as np

from citysim.intake import ENQUIRY
from citysim.policy.sensors import Sensing
from citysim.sensing.false_alarms import kind_weights
from citysim.sensing.rows import HOTLINE, Rows, about_nothing
from citysim.streams import STEP, derive, derive_array, purpose_code, uniforms
from citysim.units import HOUR
from citysim.world.demand import hourly_multiplier, hours_of
from citysim.world.onset import ONSET, Pieces, cumulative_intensity, invert
from citysim.world.sample import HOURS_A_YEAR, World

RHYTHM = ("d_day",)
"""When people call: 06-22 h x 1.35, night x 0.3 (domain brief 4.3, asm)."""


class Enquiries:
    """A Poisson process in each street by residents and hour; outreach of the hotline brings more.

    Each asks about a type that people report to the hotline, and none about what belongs to the emergency line. `until`
    goes on from where it has come, also under another outreach.
    """

    def __init__(self, world: World) -> None:
        scenario, city = world.scenario, world.scenario.city
        self._world, self._now = world, 0
        self._per_hour = scenario.reporting.enquiries_per_1000_year / 1e3 / HOURS_A_YEAR * city.street_population
        weights = kind_weights(world, HOTLINE)
        weights[[kind.emergency_line for kind in scenario.kinds]] = 0.0
        if not weights.any():
            self._per_hour = np.zeros_like(self._per_hour)
        self._shares = np.cumsum(weights) / max(weights.sum(), 1e-300)
        codes = np.array([purpose_code(street) for street in city.street_ids], dtype=np.uint64)
        streams = self._streams = derive_array(derive(0, "enquiry"), codes)
        hours = hours_of(scenario.almanac, world.weather)
        self._profile = cumulative_intensity(hourly_multiplier(RHYTHM, hours, scenario.climate, scenario.almanac))
        self._pieces = Pieces(len(streams), lambda at, k: uniforms(world.key, streams[at], ONSET, k))
        self._reached = np.zeros(len(streams))

    def until(self, end: int, sensing: Sensing) -> Rows:
        """Calls from where it has come until `end`, a whole hour (seconds), under this outreach."""
        world, before = self._world, self._reached
        per_hour = sensing.hotline * self._per_hour
        done, most = self._profile[self._now // HOUR], self._profile[end // HOUR]
        self._reached = before + per_hour * (most - done)
        street, ordinal, unit = self._pieces.until(self._reached)
        level = np.minimum(done + (unit - before[street]) / per_hour[street], np.nextafter(most, 0.0))
        time = (invert(self._profile, level) * HOUR).astype(np.int64)
        with np.errstate(over="ignore"):
            luck = self._streams[street] + np.uint64(STEP) * ordinal.astype(np.uint64)
        about = np.searchsorted(self._shares, uniforms(world.key, luck, purpose_code("kind of enquiry")), side="right")
        rows = about_nothing(
            world,
            np.clip(time, self._now, end - 1),
            luck,
            kind=np.minimum(about, len(self._shares) - 1),
            street=street,
            channel=HOTLINE,
            incident=ENQUIRY,
        )
        self._now = end
        return rows | {"enquiry": np.ones(len(street), np.int64)}
