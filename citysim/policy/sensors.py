"""The levers on noticing: sensors by class of asset, cameras, the hotline, patrols, and what is on the map.

A scenario says how soon each channel notices each type under the *usual* sensing, which is the default of every lever
here. A lever acts by how far it is from its default, so the defaults change nothing.
"""

from dataclasses import dataclass
from math import exp

from citysim.errors import PolicyError
from citysim.policy.ranges import Checked, chance, number

ASSETS = ("gas", "water", "drainage", "septic", "manhole", "structure", "fire", "power")
"""Classes of assets that carry sensors: groups of incident types of the same name. Other groups go by `other`."""
CLASSES = (*ASSETS, "other")

ROUNDS = ("steady", "regular", "roaming")
"""Ways of going round on patrol, see sensing.rounds; `steady` is the usual one."""


def _times(source: str = "asm") -> float:
    """A factor on what is usual."""
    return number(1.0, "times the usual", 0.0, 100.0, source)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Devices(Checked):
    """The sensors of one class of assets; plausible values by domain brief item 21.

    Args:
        coverage: share of the assets that carry a sensor (0.05-0.9).
        detects: chance that a working sensor shows what happens at its asset (0.7-0.98).
        latency_minutes: from the trip to the alert (1-30); the usual is part of the type's hidden time.
        false_alarms: alerts about nothing, per device and year, before anybody looks (0.05-2).
        failures: how often a device fails silently, per year since it was serviced: batteries, drift, water.
        serviced_every_years: the maintenance level; each device is serviced so often, one after the other.
    """

    coverage: float = chance(0.5, "brief item 21 asm")
    detects: float = chance(0.9, "brief item 21 asm")
    latency_minutes: float = number(5.0, "minutes", 0.0, 240.0, "brief item 21 asm")
    false_alarms: float = number(0.05, "per device-year", 0.0, 20.0, "brief item 21 asm")
    failures: float = number(0.2, "per device-year", 0.0, 12.0)
    serviced_every_years: float = number(1.0, "years", 0.02, 30.0)

    @property
    def working(self) -> float:
        """Share of the devices that work: exp(-failures x age), mean over the ages 0 to serviced_every_years."""
        worn = self.failures * self.serviced_every_years
        return (1.0 - exp(-worn)) / worn if worn > 1e-9 else 1.0

    @property
    def strength(self) -> float:
        """Share of what happens that sensors show."""
        return self.coverage * self.working * self.detects

    @property
    def alarming(self) -> float:
        """False alarms a year for each asset; a device that has failed is silent."""
        return self.coverage * self.working * self.false_alarms


USUAL: dict[str, Devices] = {
    "gas": Devices(coverage=0.6, failures=0.25),  # catalytic and laser heads age
    "water": Devices(coverage=0.5),
    "drainage": Devices(coverage=0.5, failures=0.4),  # silt and flooding
    "septic": Devices(coverage=0.4, failures=0.5),  # corrosive gas
    "manhole": Devices(coverage=0.01, failures=0.35),  # 442 sensors on 47,451 covers (R14)
    "structure": Devices(coverage=0.7, failures=0.1),
    "fire": Devices(coverage=0.5),
    "power": Devices(coverage=0.9, failures=0.05),  # fed by what they watch over
    "other": Devices(coverage=0.3),
}
"""The sensors of each class as they are, within the ranges of domain brief item 21; shares and failures are asm."""


@dataclass(frozen=True)
class Sensing(Checked):
    """What a city does to notice incidents.

    Args:
        sensor, video, hotline, patrol: devices, cameras, outreach and people on patrol against the usual. Twice as
            many notice at twice the rate (brief 4.2.2) and report twice as much that is not there.
        revisit_hours: time until a grid is passed again, by the usual number of people (12-168, brief item 31).
        sees: looks per pass against the usual: what a grid worker recognises, in which light, with which list.
        rounds: how they go round: steady, regular or roaming (sensing.rounds).
        video_recall: share of what a camera sees that the recognition finds (0.4-0.9, brief item 31).
        video_precision: share of its alerts behind which there is something (0.5-0.95, brief item 31).
        unmapped: share of the incidents of ASSETS at points that are on no map: no sensor stands there (0-0.3,
            brief item 22).
        gas, water, …, other: the sensors of each class.
    """

    sensor: float = _times()
    video: float = _times()
    hotline: float = _times()
    patrol: float = _times()
    revisit_hours: float = number(24.0, "hours", 0.5, 1_000.0, "brief item 31 asm")
    sees: float = _times()
    rounds: str = "steady"
    video_recall: float = chance(0.65, "brief item 31 asm")
    video_precision: float = chance(0.75, "brief item 31 asm", low=0.01)
    unmapped: float = chance(0.0, "brief item 22 asm")
    gas: Devices = USUAL["gas"]
    water: Devices = USUAL["water"]
    drainage: Devices = USUAL["drainage"]
    septic: Devices = USUAL["septic"]
    manhole: Devices = USUAL["manhole"]
    structure: Devices = USUAL["structure"]
    fire: Devices = USUAL["fire"]
    power: Devices = USUAL["power"]
    other: Devices = USUAL["other"]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rounds not in ROUNDS:
            raise PolicyError(f"sensing.rounds = {self.rounds!r}, must be one of {', '.join(ROUNDS)}")
        if max(self.sensor, self.video, self.hotline, self.patrol) <= 0:
            raise PolicyError(
                "sensing.sensor = video = hotline = patrol = 0, must not all be 0: nothing would be found"
            )

    def devices(self, name: str) -> Devices:
        """The sensors that watch a group of incident types, or a class."""
        return getattr(self, name if name in ASSETS else "other")  # type: ignore[no-any-return]

    def latency_shift(self, group: str) -> float:
        """Seconds by which the alert comes later than usual; negative = sooner."""
        return 60.0 * (self.devices(group).latency_minutes - _usual(group).latency_minutes)

    def detection_factors(self, group: str) -> tuple[float, float, float, float]:
        """Factor on the hazard of each channel of `units.CHANNELS` against the usual, for a group of incident types."""
        sensor = self.sensor * (self.devices(group).strength / _usual(group).strength)
        return sensor, self.video * (self.video_recall / _VIDEO_RECALL), self.hotline, self.patrol_factor

    def false_alarm_factors(self, name: str) -> tuple[float, float, float, float]:
        """Factor on the false alarms of each channel; those of sensors look like the types of the class."""
        sensor = self.sensor * (self.devices(name).alarming / _usual(name).alarming)
        video = self.video * (self.video_recall / _VIDEO_RECALL) * (self._odds / _VIDEO_ODDS)
        return sensor, video, self.hotline, self.patrol_factor

    @property
    def patrol_factor(self) -> float:
        """Looks per hour against the usual."""
        return self.sees * self.patrol * (REVISIT_HOURS / self.revisit_hours)

    @property
    def _odds(self) -> float:
        """False alerts for each true one."""
        return (1.0 - self.video_precision) / self.video_precision


_VIDEO_RECALL: float = Sensing.video_recall
_VIDEO_ODDS = (1.0 - Sensing.video_precision) / Sensing.video_precision
REVISIT_HOURS: float = Sensing.revisit_hours
"""The usual time until a grid is passed again: once a day."""


def _usual(group: str) -> Devices:
    return USUAL[group if group in ASSETS else "other"]
