"""When to stop: by hand, against a plain look after every replication, and how often the result holds."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.statistics.intervals import t_interval
from citysim.statistics.pairs import replications_needed
from citysim.statistics.sequential import Precision, next_step, two_stage, until_precise
from tests.statistics.chance import FloatArray, z


def drawn_from(values: FloatArray) -> Callable[[int, int], FloatArray]:
    return lambda first, count: values[first : first + count]


def test_the_first_replications_are_asked_for_before_any_look() -> None:
    rule = Precision(half_width=1, start=8)

    assert next_step([], rule).more == 8
    assert next_step([1, 2, 3], rule).more == 5
    assert not next_step([1, 2, 3], rule).done


def test_values_with_a_narrow_interval_are_enough() -> None:
    """1, 2, 3: half-width 4.302653 / √3 = 2.48414."""
    near, far = Precision(half_width=2.485, start=3), Precision(half_width=2.483, start=3)

    assert next_step([1, 2, 3], near).done
    assert next_step([1, 2, 3], near).reached
    assert next_step([1, 2, 3], near).half_width == pytest.approx(2.48414, abs=1e-5)
    assert next_step([1, 2, 3], far).more == 1
    assert not next_step([1, 2, 3], far).reached


def test_a_relative_goal_is_a_share_of_the_true_mean() -> None:
    """|estimate - true| <= g' |estimate| with g' = g / (1 + g) makes |estimate - true| <= g |true| (Law 2015)."""
    found = next_step([-9, -10, -11], Precision(relative=0.25, start=3))

    assert found.goal == pytest.approx(0.2 * 10)
    assert not found.reached
    assert next_step([-9, -10, -11], Precision(relative=0.34, start=3)).reached


def test_it_asks_for_as_many_as_the_forecast_says_but_never_outgrows_its_cap() -> None:
    values = np.random.default_rng(1).normal(size=40)
    for goal in (0.25, 0.27, 0.3):
        needed = replications_needed(values, goal) - 40
        assert 0 < needed < 40
        assert next_step(values, Precision(half_width=goal)).more == needed
        assert next_step(values, Precision(half_width=goal, growth=1.1)).more == min(needed, 4)
    assert next_step(values, Precision(half_width=1e-9)).more == 40
    assert next_step(values, Precision(half_width=1e-9, most=45)).more == 5
    assert next_step(values, Precision(half_width=1e-9, growth=1.001)).more == 1


def test_it_stops_at_the_most_and_says_that_the_goal_is_missed() -> None:
    values, step = until_precise(drawn_from(np.arange(100.0)), Precision(half_width=0.1, start=5, most=30))

    assert values == tuple(np.arange(30.0))
    assert step.done
    assert not step.reached
    assert step.interval == t_interval(np.arange(30.0))


def test_values_that_never_vary_are_no_precision() -> None:
    values, step = until_precise(drawn_from(np.zeros(100)), Precision(half_width=0.1, start=5, most=30))
    rare, _ = until_precise(drawn_from(np.arange(1000) % 50 == 20), Precision(half_width=0.05, start=10))

    assert len(values) == 30
    assert step.reached
    assert 20 < len(rare) < 1000
    assert 1 in rare


def test_a_replication_without_a_value_counts_as_run_but_not_as_known() -> None:
    values = np.where(np.arange(400) % 2, np.nan, np.random.default_rng(2).normal(size=400))
    found, step = until_precise(drawn_from(values), Precision(half_width=0.3, most=400))

    assert step.reached
    assert step.interval.n == (len(found) + 1) // 2
    assert next_step(values[:80], Precision(half_width=0.27)).more == replications_needed(values[:80], 0.27) - 40
    nothing, without = until_precise(drawn_from(np.full(100, np.nan)), Precision(relative=0.1, start=3, most=20))
    assert len(nothing) == 20
    assert not without.reached
    assert without.done


def test_it_hardly_overshoots_the_first_replication_that_is_enough() -> None:
    """Against a look after every single replication, which can only stop earlier."""
    draw = np.random.default_rng(3)
    excess = []
    for values in draw.normal(size=(100, 500)):
        rule = Precision(half_width=0.2, level=0.9)
        first = next(n for n in range(10, 500) if (t := t_interval(values[:n], 0.9)).high - t.mean <= 0.2)
        count = len(until_precise(drawn_from(values), rule)[0])
        assert count >= first
        excess.append(count / first - 1)
    assert np.mean(excess) < 0.15


@pytest.mark.slow
def test_the_interval_at_the_stop_holds_nearly_as_often_as_it_says() -> None:
    """Chow and Robbins (1965): the coverage tends to the level and n to (z s / h)² = 270.6 as h gets small."""
    draw = np.random.default_rng(4)
    hits, counts = 0, []
    for _ in range(2000):
        _, step = until_precise(lambda first, count: draw.normal(size=count), Precision(half_width=0.1, level=0.9))
        hits += step.interval.low <= 0 <= step.interval.high
        counts.append(step.interval.n)

    assert z(hits, 2000, 0.88) > -4
    assert z(hits, 2000, 0.9) < 4
    assert 1 <= np.mean(counts) / (1.644854 / 0.1) ** 2 < 1.05


def test_two_stages_by_hand() -> None:
    """1, 2, 3: (4.302653 / 0.5)² = 74.05, rounded up."""
    assert two_stage([1, 2, 3], 0.5) == 75
    assert two_stage([1, 2, 3], 50) == 3
    assert two_stage([4, 4, 4], 0.1) == 3


def test_a_mean_after_two_stages_holds_at_least_as_often_as_it_says() -> None:
    """Stein (1945): at least the level, and next to it where the second stage is long, as here (about 65 on 5)."""
    draw = np.random.default_rng(5)
    hits = 0
    for _ in range(5000):
        first = draw.normal(size=5)
        total = two_stage(first, 0.25, 0.9)
        mean = (first.sum() + draw.normal(size=total - 5).sum()) / total
        hits += abs(mean) <= 0.25

    assert -4 < z(hits, 5000, 0.9) < 6


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({}, "exactly one"),
        ({"half_width": 1, "relative": 0.1}, "exactly one"),
        ({"half_width": 0}, "half_width = 0"),
        ({"relative": 1.0}, "relative = 1.0"),
        ({"half_width": 1, "level": 95}, "level = 95"),
        ({"half_width": 1, "start": 1}, "start = 1"),
        ({"half_width": 1, "start": 50, "most": 40}, "most = 40"),
        ({"half_width": 1, "growth": 1.0}, "growth = 1.0"),
    ],
)
def test_a_precision_that_cannot_be_meant_is_refused(arguments: dict[str, Any], names: str) -> None:
    with pytest.raises(DataError, match=names):
        Precision(**arguments)


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (lambda: next_step([1, math.inf], Precision(half_width=1)), "values = inf"),
        (
            lambda: until_precise(lambda first, count: [1.0], Precision(half_width=1)),
            "handed back 1 values, must be 10",
        ),
        (lambda: two_stage([1], 1), "first = 1.0 alone"),
        (lambda: two_stage([1, math.nan], 1), "1 of them nan"),
        (lambda: two_stage([1, 2], 0), "half_width = 0"),
        (lambda: two_stage([1, 2], 1e-9), "within reach"),
    ],
)
def test_what_is_no_question_gets_no_answer(wrong: Callable[[], object], names: str) -> None:
    with pytest.raises(DataError, match=names):
        wrong()
