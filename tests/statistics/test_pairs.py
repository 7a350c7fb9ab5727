"""Two designs on the same worlds: against SciPy, by hand, and how often each answer is wrong."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.statistics.pairs import (
    correlation,
    equivalence,
    holm,
    p_value,
    paired_difference,
    replications_needed,
    three_way,
    variance_factor,
)
from tests.statistics.chance import z

NAN = math.nan


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_the_paired_interval_and_its_p_value_are_those_of_scipy(level: float) -> None:
    from scipy.stats import ttest_rel

    draw = np.random.default_rng(3)
    a = draw.normal(10, 3, size=17)
    b = a + draw.normal(0.5, 1, size=17)
    expected = ttest_rel(a, b)
    limits = expected.confidence_interval(level)

    found = paired_difference(a, b, level)

    assert (found.low, found.high) == pytest.approx((limits.low, limits.high), rel=1e-12)
    assert p_value(a - b) == pytest.approx(expected.pvalue, rel=1e-10)
    assert p_value(b - a) == pytest.approx(expected.pvalue, rel=1e-10)


def test_a_pair_that_lacks_one_value_is_left_out() -> None:
    found = paired_difference([5, NAN, 7, 9], [1, 2, NAN, 3])

    assert (found.n, found.mean) == (2, 5)


def test_a_p_value_says_what_its_interval_says() -> None:
    assert p_value([2.0, 2.0, 2.0]) == 0
    assert p_value([0.0, NAN, 0.0]) == 1
    assert p_value([-1.0, 1.0]) == 1
    assert math.isnan(p_value([3.0]))


def test_the_variance_factor_by_hand() -> None:
    """var(1, 2, 3) = 1, var(2, 4, 6) = 4, var of their difference 1: five times as many."""
    assert variance_factor([1, 2, 3, NAN], [2, 4, 6, 8]) == pytest.approx(5)
    assert variance_factor([1, 2, 3], [2, 3, 4]) == math.inf
    assert math.isnan(variance_factor([1, 1], [2, 2]))
    assert math.isnan(variance_factor([1], [2]))


def test_a_correlation_is_that_of_scipy() -> None:
    from scipy.stats import pearsonr

    draw = np.random.default_rng(5)
    a = draw.normal(size=25)
    b = 0.4 * a + draw.normal(size=25)
    expected = pearsonr(a, b)
    limits = expected.confidence_interval(0.9)

    found = correlation(np.append(a, 1.0), np.append(b, NAN), 0.9)

    assert found.n == 25
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.statistic, limits.low, limits.high), rel=1e-9
    )


def test_pairing_costs_only_where_the_designs_clearly_go_apart() -> None:
    rising = np.arange(8.0)

    assert correlation(rising, -rising).pairing_costs
    assert not correlation(rising, rising).pairing_costs
    assert not correlation(rising, [0, 1, 0, 1, 0, 1, 0, -1]).pairing_costs
    assert not correlation(rising[:3], -rising[:3]).pairing_costs
    assert math.isnan(correlation(rising, np.ones(8)).value)


def test_pairing_gains_exactly_what_the_correlation_says() -> None:
    """Equal variances: var a + var b over var(a - b) = 1 / (1 - r)."""
    a, b = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])

    assert variance_factor(a, b) == pytest.approx(1 / (1 - correlation(a, b).value))


def test_equivalence_is_the_worse_of_two_one_sided_tests_of_scipy() -> None:
    from scipy.stats import ttest_1samp

    values = np.random.default_rng(6).normal(0.1, 1, size=30)
    expected = max(
        ttest_1samp(values, -0.5, alternative="greater").pvalue, ttest_1samp(values, 0.5, alternative="less").pvalue
    )

    found = equivalence(values, 0.5)

    assert found.p == pytest.approx(expected, rel=1e-10)
    assert found.equivalent == (expected < 0.05)


def test_equivalent_means_that_the_narrower_interval_lies_inside() -> None:
    draw = np.random.default_rng(7)
    answers = set()
    for values in draw.normal(0.2, 1, size=(300, 12)):
        inside = paired_difference(values, np.zeros(12), 0.9)
        answers.add(equivalence(values, 0.8, 0.95).equivalent)
        assert equivalence(values, 0.8, 0.95).equivalent == (inside.low > -0.8 and inside.high < 0.8)
    assert answers == {True, False}


def test_equivalence_is_declared_wrongly_as_often_as_allowed() -> None:
    """At the border itself, and so far from the other border that only one of the tests ever fails: 5 % exactly."""
    draw = np.random.default_rng(8)
    wrong = sum(equivalence(values, 5.0, 0.95).equivalent for values in draw.normal(5, 1, size=(5000, 10)))

    assert abs(z(wrong, 5000, 0.05)) < 4


def test_equivalence_is_found_as_often_as_theory_says() -> None:
    """True difference 0: mean and spread are independent, so the chance is an integral over the law of the spread."""
    from scipy.integrate import quad
    from scipy.stats import chi, norm, t

    n, within = 15, 0.7
    critical = t.ppf(0.95, n - 1)

    def both(root: float) -> float:
        reach = within * math.sqrt(n) - critical * root / math.sqrt(n - 1)
        return float(max(0.0, 2 * norm.cdf(reach) - 1) * chi.pdf(root, n - 1))

    power = quad(both, 0, within * math.sqrt(n) * math.sqrt(n - 1) / critical)[0]
    draw = np.random.default_rng(9)
    found = sum(equivalence(values, within).equivalent for values in draw.normal(size=(4000, n)))

    assert 0.3 < power < 0.9
    assert abs(z(found, 4000, power)) < 4


def test_too_few_or_unvarying_differences_and_equivalence() -> None:
    assert not equivalence([0.1], 1.0).equivalent
    assert math.isnan(equivalence([0.1, NAN], 1.0).p)
    assert equivalence([0.5, 0.5], 1.0) == equivalence([0.2, 0.2], 1.0)
    assert not equivalence([1.0, 1.0], 1.0).equivalent


def test_holm_by_hand() -> None:
    """Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, and never falling."""
    assert holm([0.01, 0.04, NAN, 0.03, 0.005]) == pytest.approx((0.03, 0.06, NAN, 0.06, 0.02), nan_ok=True)
    assert holm([0.6, 0.9]) == (1, 1)
    assert holm([]) == ()


def test_holm_is_wrong_anywhere_at_most_as_often_as_allowed() -> None:
    """Four independent true hypotheses: the smallest of four p-values is below 0.05 / 4 with 1 - (1 - 0.0125)^4."""
    draw = np.random.default_rng(10)
    wrong = sum(min(holm(values)) < 0.05 for values in draw.uniform(size=(10_000, 4)))

    assert abs(z(wrong, 10_000, 1 - (1 - 0.05 / 4) ** 4)) < 4


@pytest.mark.parametrize(
    ("differences", "relevant", "answer"),
    [
        ([4, 5, 6, 5, 5], 1, "higher"),
        ([-4, -5, -6, -5, -5], 1, "lower"),
        ([-9, 8, -7, 9, 1], 1, "cannot_tell_yet"),
        ([0.1, -0.1, 0.2, 0, 0], 1, "no_relevant_difference"),
        ([4, 5, 6, 5, 5], 10, "no_relevant_difference"),  # sure, and sure not to matter
        ([4, 5, 6, 5, 5], 5.75, "no_relevant_difference"),  # 95 %: 4.12 to 5.88; two tests at 5 % each: below 5.67
        ([4, 5, 6, 5, 5], 5.6, "higher"),  # sure, but not sure whether it matters
        ([0, 0, 0, 0, 0], 0, "no_relevant_difference"),
        ([0, 0, 0, 0, 0, NAN], 1, "no_relevant_difference"),
        ([5, 5, 5, 5, 5], 0, "higher"),
        ([5, 5, 5, 5], 0, "unknown"),  # too few worlds
        ([5, 5, 5, 5, 5, NAN], 0, "unknown"),  # one case in each of the worlds that have any
        ([], 1, "unknown"),
    ],
)
def test_what_differences_say(differences: list[float], relevant: float, answer: str) -> None:
    assert three_way(differences, relevant, 0.95) == answer


def test_a_design_like_the_baseline_is_called_different_as_often_as_allowed() -> None:
    """relevant = 0, so that nothing else is said: 2.5 % on each side."""
    draw = np.random.default_rng(11)
    said = [three_way(values, 0, 0.95) for values in draw.normal(size=(6000, 8))]

    assert abs(z(said.count("higher"), 6000, 0.025)) < 4
    assert abs(z(said.count("lower"), 6000, 0.025)) < 4


@pytest.mark.parametrize("half_width", [3.0, 0.9, 0.4, 0.1, 0.021])
def test_the_replications_needed_are_the_first_that_are_enough(half_width: float) -> None:
    """Against a search one by one with the t quantile of scipy.stats."""
    from scipy.stats import t

    values = np.random.default_rng(12).normal(size=9)
    counts = np.arange(9, 50_000)
    halves = t.ppf(0.95, counts - 1) * values.std(ddof=1) / np.sqrt(counts)

    assert replications_needed(values, half_width, 0.9) == counts[np.flatnonzero(halves <= half_width)[0]]


def test_no_more_replications_are_needed_where_the_interval_is_narrow_enough() -> None:
    assert replications_needed([1, 2, 3, NAN], 4.302653 / 3**0.5 + 1e-6) == 3
    assert replications_needed([1, 2, 3, NAN], 4.302653 / 3**0.5 - 1e-6) == 4
    assert replications_needed([7.0, 7.0], 1e-9) == 2


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (lambda: paired_difference([1, 2], [1]), "a and b"),
        (lambda: paired_difference([1, 2], [1, math.inf]), "b = inf"),
        (lambda: correlation([1, 2], [1, 2], 2), "level = 2"),
        (lambda: equivalence([1, 2], 0.0), "within = 0.0"),
        (lambda: equivalence([1, 2], math.inf), "within = inf"),
        (lambda: holm([0.1, 1.2]), "p_values = 1.2"),
        (lambda: three_way([1, 2], -1, 0.95), "relevant = -1"),
        (lambda: replications_needed([1, NAN], 1), "at least 2"),
        (lambda: replications_needed([1, 2], -1), "half_width = -1"),
        (lambda: replications_needed([1, 2], 1e-9), "within reach"),
    ],
)
def test_what_is_no_question_gets_no_answer(wrong: Callable[[], object], names: str) -> None:
    with pytest.raises(DataError, match=names):
        wrong()
