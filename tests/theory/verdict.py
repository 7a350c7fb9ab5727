"""What a theory test is: an exact value with its source, independent replications, and a verdict by |z| < 4.

A claim is a function whose name is a sentence. It returns the exact values and a function that simulates one
replication; `claim` turns it into a test and keeps it in `CLAIMS`, from which `verify.py` writes the verification page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isclose, sqrt
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pytest

LIMIT = 4.0
"""A claim fails if the estimate is this many standard errors away from the exact value."""
POWER = 6.0
"""A quantity is tested strongly if a value that is 2 % off would lie this many standard errors away."""

Sample = float | npt.NDArray[np.float64]
Model = tuple[Mapping[str, float], Callable[[int], Mapping[str, Sample]]]


@dataclass(frozen=True)
class Verdict:
    """One quantity of one claim: what theory says and what the engine says."""

    quantity: str
    exact: float
    estimate: float
    error: float
    replications: int
    band: float = 0.0

    @property
    def z(self) -> float:
        """Standard errors between the estimate and the exact value, or the edge of the band around it."""
        distance = self.estimate - self.exact
        outside = max(0.0, abs(distance) - self.band * abs(self.exact))
        if outside == 0.0:
            return 0.0
        return float(np.copysign(outside / self.error, distance)) if self.error > 0 else inf

    @property
    def power(self) -> float:
        """Standard errors in 2 % of the exact value."""
        return 0.02 * abs(self.exact) / self.error if self.error > 0 else inf


@dataclass(frozen=True)
class Claim:
    """A family of models, one member of it, where the exact value comes from, and how to simulate it.

    Args:
        replications: how often `run` is called; it may return many independent replications at a time, as an array.
        strong: quantities for which a 2 % error must show.
        slow: a study of very many runs, left out of the usual test run; `-m study` asks for it.
        band: share of the exact value by which the theory itself may be off (published approximations only).
    """

    name: str
    family: str
    model: str
    source: str
    replications: int
    strong: tuple[str, ...]
    slow: bool
    band: float
    build: Callable[[], Model]

    def verdicts(self) -> list[Verdict]:
        exact, run = self.build()
        found: dict[str, list[npt.NDArray[np.float64]]] = {quantity: [] for quantity in exact}
        first = crc32(self.name.encode()) % 1_000_000 * 1_000  # no two claims share their luck
        for replication in range(first, first + self.replications):
            for quantity, sample in run(replication).items():
                found[quantity].append(np.atleast_1d(np.asarray(sample, dtype=np.float64)))
        return [self._verdict(quantity, value, np.concatenate(found[quantity])) for quantity, value in exact.items()]

    def _verdict(self, quantity: str, exact: float, sample: npt.NDArray[np.float64]) -> Verdict:
        error = float(sample.std(ddof=1)) / sqrt(len(sample))
        return Verdict(quantity, exact, float(sample.mean()), error, len(sample), self.band)


CLAIMS: list[Claim] = []


def claim(
    family: str,
    model: str,
    source: str,
    *,
    replications: int,
    strong: tuple[str, ...] = (),
    slow: bool = False,
    band: float = 0.0,
) -> Callable[[Callable[[], Model]], Callable[[], None]]:
    """Turn a function that returns (exact values, one replication) into a test that judges them."""

    def decorate(build: Callable[[], Model]) -> Callable[[], None]:
        made = Claim(build.__name__, family, model, source, replications, strong, slow, band, build)
        CLAIMS.append(made)

        def test() -> None:
            judge(made)

        test.__name__, test.__doc__, test.__module__ = build.__name__, build.__doc__, build.__module__
        return pytest.mark.slow(pytest.mark.study(test)) if slow else test

    return decorate


def judge(made: Claim) -> None:
    """Fail if a quantity is off by |z| >= 4, or if one that is called strong would not show a 2 % error."""
    verdicts = made.verdicts()
    lines = "\n".join(
        f"  {v.quantity}: theory {v.exact:.6g}, estimate {v.estimate:.6g} +- {v.error:.2g}, z {v.z:+.2f}, "
        f"2 % would be {v.power:.1f}"
        for v in verdicts
    )
    assert all(abs(v.z) < LIMIT for v in verdicts), f"{made.model}: theory and engine disagree\n{lines}"
    weak = [v.quantity for v in verdicts if v.quantity in made.strong and v.power <= POWER]
    assert not weak, f"{made.model}: too little work to see a 2 % error in {', '.join(weak)}\n{lines}"
    assert set(made.strong) <= {v.quantity for v in verdicts}


def says(computed: float, stated: float) -> float:
    """The value of the cited formula, after a check that it is the number written beside it."""
    assert isclose(computed, stated, rel_tol=2e-6), f"the formula gives {computed!r}, the number beside it is {stated}"
    return computed
