"""Intervals of a mean, a ratio and a quantile: by hand, against SciPy, and how often they hold the truth."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.statistics.intervals import (
    least_for_quantile,
    quantile_interval,
    ratio_interval,
    shared_level,
    t_interval,
)
from tests.statistics.chance import z


def test_the_interval_of_a_mean_by_hand() -> None:
    """1, 2, 3: mean 2, s = 1, t(2, 0.975) = 4.302653 (any table of Student's t)."""
    found = t_interval([1.0, math.nan, 2.0, 3.0])

    assert (found.n, found.mean) == (3, 2.0)
    assert found.high - found.mean == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert found.mean - found.low == pytest.approx(found.high - found.mean)


@pytest.mark.parametrize(("values", "n", "mean"), [([], 0, math.nan), ([math.nan], 0, math.nan), ([5.0], 1, 5.0)])
def test_too_few_values_have_no_interval(values: list[float], n: int, mean: float) -> None:
    found = t_interval(values)

    assert found.n == n
    assert found.mean == pytest.approx(mean, nan_ok=True)
    assert np.isnan([found.low, found.high]).all()
    assert not found.excludes_zero


def test_the_same_value_again_and_again_has_an_interval_without_width() -> None:
    """0.1 is no binary number: a third of the sum of three of them is another one."""
    found = t_interval([0.1] * 3)

    assert found.low == found.high == found.mean


def test_a_t_interval_holds_the_mean_as_often_as_it_says() -> None:
    draw = np.random.default_rng(1)
    found = [t_interval(values, 0.9) for values in draw.normal(3, 2, size=(10_000, 4))]

    assert abs(z(sum(one.low <= 3 <= one.high for one in found), len(found), 0.9)) < 4


def test_the_interval_of_a_ratio_by_hand() -> None:
    """R = 6/4; without one 5/3, 4/3, 3/2; pseudo-values 3 R - 2 R(without): 7/6, 11/6, 3/2; their s is 1/3."""
    found = ratio_interval([1, 2, 3], [1, 1, 2])

    assert (found.n, found.mean) == (3, pytest.approx(1.5))
    assert found.high - found.mean == pytest.approx(4.302653 / 3 / 3**0.5, rel=1e-6)


def test_a_ratio_that_is_the_same_in_every_replication_is_known_exactly() -> None:
    found = ratio_interval([2, 4, math.nan, 6], [1, 2, 5, 3])

    assert (found.n, found.low, found.mean, found.high) == (3, *[pytest.approx(2)] * 3)


def test_a_ratio_over_nothing_is_unknown() -> None:
    nothing, one = ratio_interval([1, 2], [0, 0]), ratio_interval([1, 2], [0, 4])

    assert np.isnan([nothing.mean, nothing.low, nothing.high]).all()
    assert one.mean == 0.75
    assert np.isnan([one.low, one.high]).all()


@pytest.mark.slow
def test_the_bias_of_the_jackknife_is_that_of_algebra() -> None:
    """1 over exponential values of mean 1, n = 10: the plain ratio has mean n / (n - 1) = 1.111 (inverse gamma), so
    the jackknife n² / (n - 1) - (n - 1)² / (n - 2) = 0.98611; the true ratio is 1."""
    draw = np.random.default_rng(2)
    means = np.array([ratio_interval(np.ones(10), y).mean for y in draw.exponential(size=(20_000, 10))])

    assert abs(means.mean() - (100 / 9 - 81 / 8)) < 4 * means.std(ddof=1) / math.sqrt(len(means))


def test_a_ratio_interval_holds_the_ratio_nearly_as_often_as_it_says() -> None:
    """Cost and cases of 100 replications, correlated; asymptotic only, hence one point of slack below."""
    draw = np.random.default_rng(3)
    hits = 0
    for _ in range(4000):
        cases = draw.gamma(4, 5, size=100)
        found = ratio_interval(3 * cases + draw.exponential(10, size=100), cases, 0.9)
        hits += found.low <= (60 + 10) / 20 <= found.high

    assert z(hits, 4000, 0.89) > -4
    assert z(hits, 4000, 0.9) < 4


@pytest.mark.parametrize(
    ("share", "level", "least"), [(0.5, 0.95, 6), (0.5, 0.99, 8), (0.9, 0.9, 29), (0.95, 0.95, 72)]
)
def test_fewest_values_for_a_quantile(share: float, level: float, least: int) -> None:
    """All of them on one side must be rarer than (1 - level) / 2: share^n <= tail, by hand with logarithms."""
    assert least_for_quantile(share, level) == least_for_quantile(1 - share, level) == least


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.9, 0.999])
def test_a_quantile_has_limits_exactly_from_the_fewest_values_on(share: float) -> None:
    least = least_for_quantile(share)
    enough, short = quantile_interval(np.arange(least), share), quantile_interval(np.arange(least - 1), share)

    assert enough.low < enough.high
    assert enough.coverage >= 0.95
    assert short.n == least - 1
    assert 0 <= short.value < least
    assert np.isnan([short.low, short.high, short.coverage]).all()


@pytest.mark.parametrize(
    ("n", "low", "high", "coverage"), [(6, 1, 6, 0.96875), (20, 6, 15, 0.95861), (10, 2, 9, 0.97852)]
)
def test_the_ranks_around_a_median_are_those_of_the_sign_test(n: int, low: int, high: int, coverage: float) -> None:
    """From the binomial table: n = 10 leaves 2 · (1 + 10) / 1024 outside ranks 2 and 9."""
    found = quantile_interval(np.random.default_rng(0).permutation(np.arange(1, n + 1)), 0.5)

    assert (found.low, found.high) == (low, high)
    assert found.coverage == pytest.approx(coverage, abs=5e-6)


def test_the_ranks_around_a_high_quantile_are_found_by_counting() -> None:
    """Against a search over all pairs of ranks with the binomial sum written out."""
    n, share, tail = 200, 0.9, 0.05
    weight = [math.comb(n, j) * share**j * (1 - share) ** (n - j) for j in range(n + 1)]
    low = max(r for r in range(1, n + 1) if sum(weight[:r]) <= tail)
    high = min(r for r in range(1, n + 1) if sum(weight[r:]) <= tail)

    found = quantile_interval(np.arange(1, n + 1), share, 0.9)

    assert (found.value, found.low, found.high) == (180, low, high)
    assert found.coverage == pytest.approx(sum(weight[low:high]), rel=1e-10)


@pytest.mark.parametrize(("share", "n"), [(0.5, 15), (0.9, 60)])
def test_a_quantile_interval_holds_the_quantile_as_often_as_it_says(share: float, n: int) -> None:
    draw = np.random.default_rng(4)
    found = [quantile_interval(values, share, 0.9) for values in draw.exponential(size=(5000, n))]
    hits = sum(one.low <= -math.log(1 - share) <= one.high for one in found)

    assert found[0].coverage >= 0.9
    assert abs(z(hits, len(found), found[0].coverage)) < 4


@pytest.mark.parametrize("common", [0.0, 1.0])
def test_intervals_at_the_shared_level_hold_together_as_often_as_they_say(common: float) -> None:
    """Exactly (1 - 0.1 / 4)^4 for four independent means; at least 0.9 for means that hang together."""
    draw = np.random.default_rng(5)
    each, hits = shared_level(0.9, 4), 0
    for _ in range(4000):
        matrix = draw.normal(size=(10, 4)) + common * draw.normal(size=(10, 1))
        found = [t_interval(column, each) for column in matrix.T]
        hits += all(one.low <= 0 <= one.high for one in found)

    assert each == pytest.approx(0.975)
    assert z(hits, 4000, 0.9) > -4
    if not common:
        assert abs(z(hits, 4000, 0.975**4)) < 4


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (lambda: t_interval([1, 2], 1.0), "level = 1.0"),
        (lambda: t_interval([1, 2], math.nan), "level = nan"),
        (lambda: t_interval([1, math.inf]), "values = inf"),
        (lambda: t_interval(["a", "b"]), "values = "),
        (lambda: t_interval([[1, 2], [3, 4]]), "values has shape"),
        (lambda: ratio_interval([1], [1, 2]), "numerators and denominators"),
        (lambda: ratio_interval([1, 2], [1, -2]), "denominators = -2"),
        (lambda: ratio_interval([], [], 0.0), "level = 0.0"),
        (lambda: quantile_interval([1, 2, 3], 1.0), "share = 1.0"),
        (lambda: least_for_quantile(0.0), "share = 0.0"),
        (lambda: least_for_quantile(1 - 1e-14), "values would be needed"),
        (lambda: least_for_quantile(0.5, True), "level = True"),
        (lambda: shared_level(1.0, 2), "level = 1.0"),
        (lambda: shared_level(0.95, 0), "together = 0"),
    ],
)
def test_what_is_no_question_gets_no_answer(wrong: Callable[[], object], names: str) -> None:
    with pytest.raises(DataError, match=names):
        wrong()
