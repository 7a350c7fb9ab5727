"""A slip of the keyboard (6e300 h) may be nonsense, but both engines write the same log of it, without overflow."""

import pytest

from citysim.engines.simulate import simulate
from citysim.intake import arrivals
from citysim.policy.durations import LOGNORMAL, LONGEST, Duration, Exponential, Fixed, Lognormal, Uniform, seconds
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow


@pytest.mark.parametrize(
    "duration",
    [
        Fixed(1e300), Fixed(9e18), Fixed(float("inf")), Exponential(1e300), Exponential(1e17), Uniform(0, 1e300),
        Lognormal(1e300, 1), Lognormal(60, 1e9), Lognormal(60, 40), Lognormal(1e300, 1e300),
    ],
)  # fmt: skip
def test_both_engines_agree_on_times_beyond_any_horizon(duration: Duration) -> None:
    workflow = Workflow().seize("desk").delay(duration).release("desk").delay(duration).close()
    policy = Policy("slip", workflow, Staffing.of(desk=2))
    logs = [simulate(arrivals(range(0, 600, 7), seed=3), policy, engine=engine) for engine in ("kernel", "reference")]

    assert logs[0].digest() == logs[1].digest()


def test_a_draw_is_never_longer_than_the_longest() -> None:
    assert seconds(LOGNORMAL, 1e300, 1e9, 0.999) == int(LONGEST)
    assert seconds(LOGNORMAL, 1.0, 1e9, 0.001) == 0
