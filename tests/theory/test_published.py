"""A published simulation study run again: other people's program, other luck, the same model."""

import numpy as np
import pytest

import citysim
from tests.theory.models import UNIT, poisson, take

MINUTES = 1_000
PUBLISHED = {11: 50.1, 13: 2.69, 15: 0.47}
"""Mean wait in minutes, over ten replications, by number of operators.

Source: Monks & Harper, Open Simulation (pythonhealthdatascience), call centre 111, exercise 7b, SimPy: calls every 0.6
minutes (exponential) for 1,000 minutes from empty, Triangular(5, 7, 10) minutes each; waits of those who were answered.
"""


def triangular(luck: np.ndarray, low: float, mode: float, high: float) -> np.ndarray:
    """Times by inversion of the triangular distribution."""
    split = (mode - low) / (high - low)
    left = low + np.sqrt(luck * (high - low) * (mode - low))
    return np.where(luck < split, left, high - np.sqrt((1 - luck) * (high - low) * (high - mode)))


@pytest.mark.parametrize("operators", sorted(PUBLISHED))
def test_the_call_centre_waits_as_published(operators: int) -> None:
    mean = PUBLISHED[operators]
    line = citysim.Workflow().at("answer").seize("operator").delay(citysim.FromCase("call")).release("operator").close()
    policy = citysim.Policy("111", line, citysim.Staffing.of(operator=operators))
    waits = []
    for replication in range(200):
        times = poisson(1 / 0.6, MINUTES, replication)
        luck = np.random.default_rng([111, replication]).random(len(times))
        calls = (triangular(luck, 5, 7, 10) * UNIT).astype(np.int64)
        log = citysim.simulate(take(times, replication, MINUTES, call=calls), policy)
        waits.append(log.waits("answer").mean() / UNIT)
    spread = np.std(waits, ddof=1)  # of one replication; ten published ones tell it badly, for waits are skewed
    assert abs(np.mean(waits) - mean) < 4 * spread * np.sqrt(1 / 10 + 1 / len(waits))
    assert np.mean(waits) == pytest.approx(mean, rel=0.5), "the same order of magnitude, whatever the spread"
