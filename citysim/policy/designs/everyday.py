"""The numbers that are the same under every design: how long everyday things take, and how many are on duty.

Marked and ranged as in levers.py.
"""

from dataclasses import dataclass

from citysim.errors import PolicyError
from citysim.policy.durations import ByKind, Duration, Exponential, Lognormal, Uniform
from citysim.policy.ranges import Checked, chance, number
from citysim.units import HOUR, MINUTE

CALL_SIGMA = 0.4
TRAVEL_SIGMA = 0.5
"""Spread of the logarithm [asm]."""


@dataclass(frozen=True)
class Practice(Checked):
    """How long the same things take under every design.

    Args:
        call_minutes: median time of a call; patience_minutes: mean time until a caller hangs up.
        calls_again_hours: median time until a first finder who hung up calls again; found_again_days: until somebody
            finds again what was merged into another case.
        travel_hours: median travel of a district's crew, times the type's factor.
        inspection_low_hours, inspection_high_hours: verification on site.
        safe, alone: shares of the work until the place is safe, and until supports are needed; the rest is joint.
        sent_up_low_minutes, sent_up_high_minutes: a case goes to the next level up or down.
        traffic_slows: further travel time for each incident that stopped the district's traffic in the last hours.
    """

    call_minutes: float = number(6.0, "minutes", 0.5, 60, "R55")
    patience_minutes: float = number(3.0, "minutes", 0.1, 60)
    calls_again_hours: float = number(1.0, "hours", 0.05, 72)
    found_again_days: float = number(1.0, "days", 0.05, 30)
    travel_hours: float = number(0.35, "hours", 0.01, 5, "brief 4.2.7 asm")
    inspection_low_hours: float = number(0.1, "hours", 0.0, 24, "brief 4.2.8")
    inspection_high_hours: float = number(2.0, "hours", 0.0, 72, "brief 4.2.8")
    safe: float = chance(0.25, "brief 4.2.8 asm", high=0.9)
    alone: float = chance(0.15, "brief 4.2.6 asm", high=0.9)
    sent_up_low_minutes: float = number(5.0, "minutes", 0.0, 240)
    sent_up_high_minutes: float = number(30.0, "minutes", 0.0, 480)
    traffic_slows: float = chance(0.1, high=2.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.safe + self.alone >= 1.0:
            raise PolicyError(f"practice.safe + practice.alone = {self.safe + self.alone:g}, must be below 1")
        for what, unit in (("inspection", "hours"), ("sent_up", "minutes")):
            low, high = getattr(self, f"{what}_low_{unit}"), getattr(self, f"{what}_high_{unit}")
            if low > high:
                raise PolicyError(
                    f"practice.{what}_low_{unit} = {low:g}, must not exceed {what}_high_{unit} = {high:g}"
                )

    @property
    def joint(self) -> float:
        return 1.0 - self.safe - self.alone

    @property
    def call(self) -> Duration:
        return Lognormal(self.call_minutes * MINUTE, CALL_SIGMA)

    @property
    def patience(self) -> Duration:
        return Exponential(self.patience_minutes * MINUTE)

    @property
    def inspection(self) -> Duration:
        return Uniform(self.inspection_low_hours * HOUR, self.inspection_high_hours * HOUR)

    @property
    def sent_up(self) -> Duration:
        return Uniform(self.sent_up_low_minutes * MINUTE, self.sent_up_high_minutes * MINUTE)

    @property
    def travel(self) -> Duration:
        return self.travel_by(1.0)

    def travel_by(self, factor: float) -> Duration:
        """Travel of a leading crew so many times as far; near crews and fire by the type's factor."""
        return Lognormal(ByKind("travel", factor * self.travel_hours * HOUR), TRAVEL_SIGMA)

    @property
    def travel_support(self) -> Duration:
        return Lognormal(self.travel_hours * HOUR, TRAVEL_SIGMA)


@dataclass(frozen=True)
class People(Checked):
    """How many are on duty. Crews are sized by the work of the incident types (policy/crews.py).

    Args:
        utilisation: share of the day shift that a crew should be busy; the rest absorbs chance.
        productivity: what crews get done against the usual: so many of those who are paid are fit for work, with
            vehicles and tools that run (处置效率有限).
        day_load: work that falls into the day shift against an even spread over 24 hours.
        night_share: crews at night against the day.
        hotline_per_million: seats; city_share: of them, staffed and free for calls about the city: 0.4 of all contacts
            are (R53), and with six in ten seats staffed 97 % are answered (R118: 96 %).
        street_day, street_night, district_day, district_night, city_day, city_night: seats of one center.
    """

    utilisation: float = chance(0.65, "brief 4.6 asm", low=0.05)
    productivity: float = number(1.0, "times the usual", 0.3, 2.0, "0.7-1.2 brief item 38 asm")
    day_load: float = number(1.1, "factor", 0.5, 2.0)
    night_share: float = chance(0.5, "0.3-0.7 brief item 48 asm", low=0.05)
    hotline_per_million: float = number(34.0, "seats", 1, 500, "R52 calc")
    city_share: float = chance(0.24, "R53 x 0.6 asm", low=0.01)
    street_day: int = number(3, "seats", 0, 50, "2-4 brief item 15 asm")
    street_night: int = number(2, "seats", 0, 50, "1-2 brief item 15 asm")
    district_day: int = number(12, "seats", 0, 200, "8-15 brief item 15 asm")
    district_night: int = number(6, "seats", 0, 200, "4-8 brief item 15 asm")
    city_day: int = number(30, "seats", 0, 500, "20-40 brief item 15 asm")
    city_night: int = number(15, "seats", 0, 500, "12-20 brief item 15 asm")
