"""How risk is graded: a noisy score between 0 and 1 against three ordered thresholds."""

from dataclasses import dataclass

from citysim.errors import PolicyError
from citysim.streams import normal_quantile


@dataclass(frozen=True)
class Grading:
    """The risk-grading rule. All numbers are assumptions [asm]; the thresholds are what tuning moves.

    Args:
        thresholds: lowest score that is still red, orange, yellow; below the last it is blue (brief item 32).
        centres: mean score of an incident whose true severity is I, II, III, IV.
        noise_sd: standard deviation of the score around its centre, with valid data and an average channel.
        rules: further thresholds by name, for weather, load, or whatever a workflow asks them for.
        channel_factors: factor on the standard deviation by channel of the report (units.CHANNELS).
        data_validity: share of the evidence that is valid and fresh; the standard deviation is divided by it.
        exposed: added to the score of a case at an exposed place (intake column "exposure" = 1).
    """

    thresholds: tuple[float, float, float] = (0.85, 0.65, 0.40)
    centres: tuple[float, float, float, float] = (0.93, 0.75, 0.52, 0.20)
    noise_sd: float = 0.08
    rules: tuple[tuple[str, tuple[float, float, float]], ...] = ()
    channel_factors: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    data_validity: float = 1.0
    exposed: float = 0.0

    def __post_init__(self) -> None:
        for name, (red, orange, yellow) in (("thresholds", self.thresholds), *self.rules):
            if not 1.0 >= red >= orange >= yellow >= 0.0:
                raise PolicyError(
                    f"grading: {name} = {(red, orange, yellow)}, must fall from red to yellow within 0..1"
                )
        names = [name for name, _ in self.rules]
        if len(set(names)) < len(names) or "" in names:
            raise PolicyError(f"grading: rules {names}, names must differ and not be empty")
        if len(self.channel_factors) != 4 or not all(0.0 <= f <= 10.0 for f in self.channel_factors):
            raise PolicyError(f"grading: channel_factors = {self.channel_factors}, must be four numbers within 0..10")
        if not 0.05 <= self.data_validity <= 1.0:
            raise PolicyError(f"grading: data_validity = {self.data_validity}, must be within 0.05..1")
        if not 0.0 <= self.exposed <= 1.0:
            raise PolicyError(f"grading: exposed = {self.exposed}, must be within 0..1")
        if len(self.centres) != 4 or not all(0.0 <= c <= 1.0 for c in self.centres):
            raise PolicyError(f"grading: centres = {self.centres}, must be four numbers within 0..1")
        if not 0.0 <= self.noise_sd <= 1.0:
            raise PolicyError(f"grading: noise_sd = {self.noise_sd}, must be within 0..1")


def risk_grade(centre: float, noise_sd: float, red: float, orange: float, yellow: float, luck: float) -> int:
    """The grade, 0 (red) to 3 (blue), of a score drawn with the given luck. Compiled by the kernel as it stands."""
    score = centre + noise_sd * normal_quantile(luck)
    if score >= red:
        return 0
    if score >= orange:
        return 1
    if score >= yellow:
        return 2
    return 3
