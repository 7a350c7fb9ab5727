"""Warm-up and long-run means: MSER-5 by hand and on AR(1), batch means and replication/deletion on M/M/1."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.statistics.intervals import t_interval
from citysim.statistics.steady import batch_means, mser5, replication_deletion
from tests.statistics.chance import DELAY, decaying, delays, many_delays, z

COVERAGE = {  # M/M/1, load 0.8, from empty, 90 % intervals: the case of Law and Kelton's table of batch means
    320: (0.660, 0.572, 0.469),
    640: (0.735, 0.673, 0.592),
    1280: (0.786, 0.749, 0.697),
    2560: (0.822, 0.798, 0.772),
}
"""By run length, for 5, 10 and 20 batches; from a simulation of its own, standard error 0.008 each."""


def in_fives(*batches: float) -> np.ndarray:
    return np.repeat(np.array(batches, dtype=np.float64), 5)


def test_the_cut_by_hand() -> None:
    """Batches 9, then 1 and 3 in turn, 40 of them: with the 9 Σ is about 88 over 41², without it 40 over 40²."""
    found = mser5(in_fives(9, *[1, 3] * 20))

    assert (found.cut, found.mean, found.reliable) == (5, 2, True)


def test_a_series_that_starts_like_it_goes_on_is_not_cut() -> None:
    assert mser5(in_fives(*[1, 3] * 20)).cut == 0
    assert mser5(np.full(200, 0.1)).cut == 0


def test_the_cut_is_where_a_plain_search_finds_the_least_error() -> None:
    draw = np.random.default_rng(1)
    for series in draw.normal(size=(40, 203)).cumsum(axis=1) + 1e6:
        batch = [series[5 * j : 5 * j + 5].mean() for j in range(40)]
        errors = [np.var(batch[d:]) / (40 - d) for d in range(35)]  # Σ / m² = variance / m
        found = mser5(series)

        assert found.cut == 5 * int(np.argmin(errors))
        assert found.mean == pytest.approx(series[found.cut :].mean())


def test_a_cut_in_the_second_half_is_not_to_be_trusted() -> None:
    """A step at 60 of 100 batches: 40 remain, enough of them, but what came before lasted longer."""
    late, early = mser5(in_fives(*[9] * 60, *[1, 3] * 20)), mser5(in_fives(*[9] * 40, *[1, 3] * 30))

    assert (late.cut, late.mean, late.reliable) == (300, 2, False)
    assert (early.cut, early.mean, early.reliable) == (200, 2, True)


def test_a_series_of_few_batches_is_not_to_be_trusted() -> None:
    assert not mser5(in_fives(*[1, 3] * 4, 1)).reliable
    assert mser5(in_fives(*[1, 3] * 5)).reliable
    assert mser5([7.0]).mean == 7
    assert not mser5([7.0]).reliable


@pytest.mark.slow
def test_mser5_takes_away_most_of_the_bias_of_a_bad_start() -> None:
    """AR(1) from 10, coefficient 0.95: the mean of observations l + 1 .. 1000 is off by
    10 · 0.95^(l + 1) (1 - 0.95^(1000 - l)) / 0.05 / (1000 - l): 0.19, with 50 cut 0.01539, with 100 cut 0.00125."""
    runs = [series for seed in range(5) for series in decaying(2000, 1000, seed)]

    for cut, bias in ((0, 0.19), (50, 0.01539), (100, 0.00125)):
        means = np.array([series[cut:].mean() for series in runs])
        assert abs(means.mean() - bias) < 4 * means.std(ddof=1) / math.sqrt(len(runs))
    uncut = np.array([series.mean() for series in runs])
    found = [mser5(series) for series in runs]
    gain = uncut - [one.mean for one in found]

    assert gain.mean() - 4 * gain.std(ddof=1) / math.sqrt(len(runs)) > 0.19 / 2
    assert np.mean([one.reliable for one in found]) > 0.9


def test_batch_means_by_hand() -> None:
    """Seven observations in three batches: the first is dropped, the means are 2, 4, 6."""
    assert batch_means([99, 1, 3, 4, 4, 5, 7], 3, 0.9) == t_interval([2, 4, 6], 0.9)


def test_batch_means_hold_independent_observations_as_often_as_they_say() -> None:
    runs = np.random.default_rng(2).normal(size=(5000, 40))
    found = [batch_means(run, 8, 0.9) for run in runs]

    assert abs(z(sum(one.low <= 0 <= one.high for one in found), 5000, 0.9)) < 4


@pytest.mark.slow
def test_batch_means_of_a_queue_fall_short_as_far_as_in_another_simulation() -> None:
    hits = {(length, count): 0 for length in COVERAGE for count in (5, 10, 20)}
    for run in many_delays(4000, 2560, seed=7):
        for length, count in hits:
            found = batch_means(run[:length], count, 0.9)
            hits[length, count] += found.low <= DELAY <= found.high

    for (length, count), number in hits.items():
        expected = COVERAGE[length][(5, 10, 20).index(count)]
        assert abs(number / 4000 - expected) < 4 * math.hypot(0.008, math.sqrt(expected * (1 - expected) / 4000))


@pytest.mark.slow
def test_replication_deletion_of_a_queue_holds_nearly_as_often_as_it_says() -> None:
    """500 of 2560 deleted, 20 replications: about 0.89 for 0.9, as the means are skewed."""
    found = [replication_deletion(delays(20, 2560, seed), 0.9, cut=500).interval for seed in range(1000)]

    assert abs(z(sum(one.low <= DELAY <= one.high for one in found), 1000, 0.89)) < 4


def test_replications_agree_on_one_cut() -> None:
    """The cut of the average, applied to each."""
    matrix = decaying(30, 1000, seed=9)
    cut = mser5(matrix.mean(axis=0)).cut

    found = replication_deletion(matrix)

    assert (found.cut, found.reliable) == (cut, True)
    assert 20 <= cut <= 200
    assert found.interval == t_interval(matrix[:, cut:].mean(axis=1))


def test_replications_that_are_too_short_are_not_to_be_trusted() -> None:
    matrix = decaying(30, 40, seed=9)

    assert not replication_deletion(matrix).reliable
    assert not replication_deletion(matrix, cut=30).reliable
    assert replication_deletion(matrix, cut=20).reliable


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (lambda: mser5([]), "series has 0 values"),
        (lambda: mser5([1, math.nan]), "series has 2 values, 1 of them nan"),
        (lambda: mser5([[1, 2]]), "series has shape"),
        (lambda: batch_means([1, 2, 3], 1), "batches = 1"),
        (lambda: batch_means([1, 2, 3], 4), "batches = 4"),
        (lambda: batch_means([1, 2, 3], 2, 1.5), "level = 1.5"),
        (lambda: replication_deletion([1, 2, 3]), "matrix has shape"),
        (lambda: replication_deletion([[], []]), "matrix has 0 values"),
        (lambda: replication_deletion([[1, 2], [3, 4]], cut=2), "cut = 2"),
        (lambda: replication_deletion([[1, 2], [3, math.inf]]), "matrix = inf"),
    ],
)
def test_what_is_no_question_gets_no_answer(wrong: Callable[[], object], names: str) -> None:
    with pytest.raises(DataError, match=names):
        wrong()
