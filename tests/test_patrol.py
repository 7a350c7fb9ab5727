"""Agents who walk a street see incidents by the laws that sensing uses, whatever the street and however many walk."""

from math import sqrt

import numpy as np
import pytest

from citysim.patrol import Walk, times_until_seen
from citysim.policy.sensors import ROUNDS
from citysim.sensing.rounds import mean_time, share_seen, time_until_seen
from citysim.streams import FloatArray, purpose_code, uniforms
from citysim.units import HOUR, MINUTE

KOLMOGOROV = 2.27
"""Two-sided 6e-5 quantile of the Kolmogorov distribution: the tail beyond |z| = 4."""
INCIDENTS = 3_000
EVEN = np.full((5, 6), 20.0 * MINUTE)
UNEVEN = np.array([[5.0, 40.0, 12.0, 9.0], [25.0, 8.0, 60.0, 15.0], [11.0, 33.0, 6.0, 20.0]]) * MINUTE


def distance(times: FloatArray, looks: float, revisit: float, rounds: str) -> float:
    """Kolmogorov's statistic, sqrt(n) times the greatest distance from the law."""
    ordered, n = np.sort(times), len(times)
    law = share_seen(ordered, looks, revisit, rounds)
    steps = np.arange(n + 1) / n
    return sqrt(n) * float(max((steps[1:] - law).max(), (law - steps[:-1]).max()))


@pytest.mark.parametrize("rounds", ["regular", "roaming"])
@pytest.mark.parametrize(("dwell", "workers"), [(EVEN, 1), (EVEN, 2), (UNEVEN, 1), (UNEVEN, 2)])
@pytest.mark.parametrize("looks", [0.2, 1.5])
def test_workers_see_incidents_by_the_law(dwell: FloatArray, workers: int, rounds: str, looks: float) -> None:
    walk = Walk(dwell, workers, rounds, looks)
    times = times_until_seen(walk, incidents=INCIDENTS, rounds=60, seed=4)
    assert distance(times, looks, walk.revisit, rounds) < KOLMOGOROV


def test_the_comparison_would_notice_a_law_with_another_revisit_time_or_other_rounds() -> None:
    walk = Walk(EVEN, 1, "regular", 1.5)
    times = times_until_seen(walk, incidents=INCIDENTS, rounds=60, seed=4)
    assert distance(times, 1.5, 1.15 * walk.revisit, "regular") > KOLMOGOROV
    assert distance(times, 1.5, walk.revisit, "roaming") > KOLMOGOROV
    assert distance(times, 1.2, walk.revisit, "regular") > KOLMOGOROV


@pytest.mark.parametrize("looks", [0.2, 1.5])
def test_steady_rounds_see_in_each_round_what_regular_workers_see(looks: float) -> None:
    """Chi-square over rounds: the memoryless law of the race is that of workers on regular rounds, round by round."""
    walk = Walk(EVEN, 2, "regular", looks)
    times = times_until_seen(walk, incidents=INCIDENTS, rounds=60, seed=8)
    edges = np.arange(1 + int(4 / looks)) * walk.revisit
    shares = np.append(np.diff(share_seen(edges, looks, walk.revisit, "steady")), np.exp(-looks * (len(edges) - 1)))
    counts = np.append(np.histogram(times, edges)[0], (times >= edges[-1]).sum())
    square = float(((counts - INCIDENTS * shares) ** 2 / (INCIDENTS * shares)).sum())
    freedom = len(shares) - 1
    assert abs(square - freedom) / sqrt(2 * freedom) < 4


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("looks", [0.05, 0.7, 3.0])
def test_times_drawn_by_luck_follow_the_law_and_its_mean(rounds: str, looks: float) -> None:
    n = 20_000
    luck = uniforms(1, np.arange(n), purpose_code("test"))
    times = time_until_seen(luck, np.full(n, looks), 24.0 * HOUR, rounds)
    assert distance(times, looks, 24.0 * HOUR, rounds) < KOLMOGOROV
    assert abs(times.mean() - mean_time(looks, 24.0 * HOUR, rounds)) < 4 * times.std() / sqrt(n)
    assert (np.diff(times[np.argsort(luck)]) >= 0).all()


def test_regular_rounds_find_sooner_than_roaming_with_the_same_people() -> None:
    assert mean_time(1.5, 24.0, "regular") < mean_time(1.5, 24.0, "roaming")


def test_what_cannot_be_seen_is_never_seen() -> None:
    assert np.isinf(time_until_seen(np.array([0.5]), np.zeros(1), 24.0, "regular")).all()


def test_a_walk_that_cannot_be_walked_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of regular, roaming"):
        Walk(EVEN, 1, "steady", 1.0)
    with pytest.raises(ValueError, match="fewer workers than grids"):
        Walk(np.ones((1, 2)), 2, "regular", 1.0)
