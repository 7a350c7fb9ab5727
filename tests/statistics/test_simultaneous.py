"""Several designs against a baseline: Dunnett's table, SciPy, and how often all intervals hold together."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.statistics.intervals import t_interval
from citysim.statistics.simultaneous import bonferroni, dunnett, dunnett_critical
from tests.statistics.chance import z

TABLE = {  # Dunnett (1964), Biometrics 20, tables II and III: two-sided, (degrees of freedom, level): k = 1 .. 5
    (5, 0.95): (2.57, 3.03, 3.29, 3.48, 3.62),
    (20, 0.95): (2.09, 2.38, 2.54, 2.65, 2.73),
    (60, 0.95): (2.00, 2.27, 2.41, 2.51, 2.58),
    (20, 0.99): (2.85, 3.13, 3.29, 3.40, 3.48),
}


@pytest.mark.parametrize(("row", "points"), TABLE.items())
def test_the_critical_points_are_those_of_dunnetts_table(row: tuple[int, float], points: tuple[float, ...]) -> None:
    """To half a unit of the last digit printed, and a little, as 2.735 is printed as 2.73."""
    found = [dunnett_critical(k, *row) for k in range(1, 6)]

    assert found == pytest.approx(points, abs=0.0055)


def test_a_common_baseline_needs_a_smaller_critical_point_than_bonferroni() -> None:
    from scipy.stats import t

    for k in (2, 5, 20):
        assert t.ppf(0.975, 30) < dunnett_critical(k, 30) < t.ppf(1 - 0.025 / k, 30)


def test_dunnetts_interval_is_that_of_scipy() -> None:
    """SciPy integrates by quasi Monte Carlo, good to about three digits."""
    from scipy.stats import dunnett as of_scipy

    matrix = np.random.default_rng(1).normal([10, 11, 9, 10], 2, size=(12, 4))
    expected = of_scipy(*matrix.T[1:], control=matrix[:, 0], rng=np.random.default_rng(2)).confidence_interval(0.95)

    found = dunnett(matrix)

    assert [one.mean for one in found] == pytest.approx((matrix.mean(axis=0) - matrix[:, 0].mean())[1:])
    assert [one.low for one in found] == pytest.approx(expected.low, abs=0.01)
    assert [one.high for one in found] == pytest.approx(expected.high, abs=0.01)


def test_dunnetts_interval_by_hand() -> None:
    """Spread 1 in each of three designs, n = 3: 6 degrees of freedom, d = 2.86 (table), half = d √(2/3)."""
    low, high = dunnett([[1, 11, 21], [2, 12, 22], [3, 13, 23]])

    assert (low.n, low.mean, high.mean) == (3, 10, 20)
    assert high.high - high.mean == pytest.approx(2.86 * math.sqrt(2 / 3), abs=0.005)


def test_bonferroni_shares_the_error_between_the_designs() -> None:
    matrix = np.random.default_rng(3).normal(size=(10, 3))

    assert bonferroni(matrix, 0.9) == tuple(t_interval(matrix[:, k] - matrix[:, 0], 0.95) for k in (1, 2))


def test_bonferroni_leaves_a_world_out_only_where_it_lacks_a_value() -> None:
    first, second = bonferroni([[1, 2, math.nan], [1, 4, 5], [1, 3, 6]])

    assert (first.n, first.mean, second.n, second.mean) == (3, 2, 2, 4.5)


def test_bonferronis_intervals_hold_together_as_often_as_they_say() -> None:
    """The baseline never varies, so the differences are independent: (1 - 0.1 / 4)^4 exactly."""
    draw = np.random.default_rng(4)
    hits = 0
    for _ in range(4000):
        matrix = np.column_stack([np.zeros(10), draw.normal(size=(10, 4))])
        hits += all(one.low <= 0 <= one.high for one in bonferroni(matrix, 0.9))

    assert abs(z(hits, 4000, (1 - 0.1 / 4) ** 4)) < 4


def test_bonferronis_intervals_hold_together_at_least_as_often_as_they_say_under_common_luck() -> None:
    draw = np.random.default_rng(5)
    hits = 0
    for _ in range(1000):
        luck = draw.normal(size=(10, 1))
        hits += all(one.low <= 0 <= one.high for one in bonferroni(luck + draw.normal(size=(10, 4)), 0.9))

    assert z(hits, 1000, 0.9) > -4


def test_dunnetts_intervals_hold_together_exactly_as_often_as_they_say() -> None:
    draw = np.random.default_rng(6)
    truth = np.array([5.0, 5, 7, 4, 5])
    hits = 0
    for _ in range(5000):
        found = dunnett(truth + draw.normal(size=(6, 5)), 0.9)
        hits += all(one.low <= right <= one.high for one, right in zip(found, truth[1:] - 5, strict=True))

    assert abs(z(hits, 5000, 0.9)) < 4


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (lambda: bonferroni([[1], [2]]), "matrix has shape"),
        (lambda: bonferroni([1, 2]), "matrix has shape"),
        (lambda: dunnett([[1], [2]]), "matrix has shape"),
        (lambda: bonferroni([[1, "x"]]), "matrix = "),
        (lambda: bonferroni([[1, math.inf], [1, 2]]), "matrix = inf"),
        (lambda: bonferroni([[1, 2], [1, 2]], 1), "level = 1"),
        (lambda: dunnett([[1, math.nan], [1, 2]]), "1 of them nan"),
        (lambda: dunnett([[1, 2]]), "at least 2 replications"),
        (lambda: dunnett([[1, 2], [2, 3]], 0), "level = 0"),
        (lambda: dunnett_critical(0, 10), "designs = 0"),
        (lambda: dunnett_critical(2, 1.5), "freedom = 1.5"),
    ],
)
def test_what_is_no_question_gets_no_answer(wrong: Callable[[], object], names: str) -> None:
    with pytest.raises(DataError, match=names):
        wrong()
