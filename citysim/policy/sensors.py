"""The levers on noticing: how much of its usual coverage each channel has."""

from dataclasses import dataclass

from citysim.errors import PolicyError


@dataclass(frozen=True)
class Sensing:
    """Factors on the detection hazard of each channel against the scenario's usual coverage (1 = as it is).

    A factor also scales the channel's false alarms: twice the cameras, twice the false alerts [asm].
    """

    sensor: float = 1.0
    video: float = 1.0
    hotline: float = 1.0
    patrol: float = 1.0

    def __post_init__(self) -> None:
        if min(self.factors) < 0 or max(self.factors) > 100 or sum(self.factors) == 0:
            raise PolicyError(f"sensing: factors {self.factors}, must be within 0..100 and not all 0")

    @property
    def factors(self) -> tuple[float, float, float, float]:
        """In the order of `units.CHANNELS`."""
        return (self.sensor, self.video, self.hotline, self.patrol)
