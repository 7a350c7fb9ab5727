"""What the tests of an interval need: made-up worlds with a known answer, and how far a count is from its chance."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

DELAY = 4.0
"""Long-run mean delay in queue of M/M/1 at a load of 0.8 and a mean service of 1: 0.8 / (1 - 0.8) (any textbook)."""


def z(count: int, trials: int, chance: float) -> float:
    """Standard errors between a count of independent trials and what its chance lets expect."""
    return float((count / trials - chance) / np.sqrt(chance * (1 - chance) / trials))


def delays(runs: int, length: int, seed: int) -> FloatArray:
    """Delays in queue of the first customers of M/M/1 that starts empty, load 0.8, mean service 1; a row is a run.

    Lindley (1952): the next delay is max(0, delay + service - gap); written as a walk above its running minimum.
    """
    draw = np.random.default_rng(seed)
    step = draw.exponential(1, size=(runs, length - 1)) - draw.exponential(1.25, size=(runs, length - 1))
    walk = np.concatenate([np.zeros((runs, 1)), step.cumsum(axis=1)], axis=1)
    return walk - np.minimum.accumulate(walk, axis=1)


def many_delays(runs: int, length: int, seed: int, at_once: int = 500) -> Iterator[FloatArray]:
    """The same run by run, drawn in blocks that fit into memory."""
    for block in range(0, runs, at_once):
        yield from delays(min(at_once, runs - block), length, seed + block)


def decaying(runs: int, length: int, seed: int) -> FloatArray:
    """AR(1) with mean 0 that starts at 10: x' = 0.95 x + a standard normal; the first observation is one step on."""
    draw = np.random.default_rng(seed)
    noise = draw.normal(size=(runs, length))
    found = np.empty((runs, length))
    last = np.full(runs, 10.0)
    for at in range(length):
        last = 0.95 * last + noise[:, at]
        found[:, at] = last
    return found
