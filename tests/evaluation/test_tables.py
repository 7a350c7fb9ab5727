"""Means over all cases, and quantiles over worlds: by hand, and against the log of a run."""

from pathlib import Path

import numpy as np
import pytest

from citysim.engines.simulate import simulate
from citysim.evaluation.run import evaluate
from citysim.evaluation.tables import POOLED, difference_quantiles, pooled, quantiles
from citysim.judging.scorecard import judge
from citysim.policy.catalog import load_policy
from citysim.report.further import further_tables
from citysim.words import LANGUAGES, load_words
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

TOY = load_scenario(Path(__file__).parents[2] / "scenarios" / "toy.yaml")


def scores(rows: list[tuple[str, str, str, str, int, float, int]]) -> dict[str, np.ndarray]:
    names = ("indicator", "stratum", "group", "design", "replication", "value", "n")
    return {name: np.array([row[k] for row in rows], dtype=object) for k, name in enumerate(names)}


def test_cases_weigh_alike_and_the_interval_is_that_of_the_jackknife() -> None:
    of = [(0, 0.5, 2), (1, 1.0, 8), (2, float("nan"), 0)]
    (row,) = pooled(scores([("rework_rate", "all", "all", "a", k, v, n) for k, v, n in of]), ["a"], 0.95)

    assert (row.cases, row.worlds) == (10, 2)
    assert row.of_worlds == pytest.approx(0.75)
    one, other = 2 * 0.9 - 1.0, 2 * 0.9 - 0.5  # pseudo-values: n R - (n - 1) R(without one)
    assert row.interval.mean == pytest.approx(0.9)
    middle = (one + other) / 2
    half = 12.706204736 * abs(one - other) / 2  # t(1), of two pseudo-values
    assert row.interval.low == pytest.approx(max(0.0, middle - half))
    assert row.interval.high == 1.0  # a share ends there


def test_a_single_world_has_no_interval_and_none_no_mean() -> None:
    (row,) = pooled(scores([("rework_rate", "all", "all", "a", 0, 0.5, 2)]), ["a"], 0.95)
    assert row.interval.mean == 0.5
    assert np.isnan(row.interval.low)
    (none,) = pooled(scores([("rework_rate", "all", "all", "a", 0, float("nan"), 0)]), ["a"], 0.95)
    assert none.cases == 0
    assert np.isnan(none.of_worlds)


def test_every_pooled_indicator_is_a_sum_over_the_cases_it_counts() -> None:
    """A share times its count is a whole number, so the sum over worlds is one of cases."""
    policy = load_policy("fragmented")
    found = judge(simulate(sample_world(TOY, seed=1, replication=0, weeks=2), policy, steps=False))
    shares = [name for name in POOLED if name.endswith(("rate", "rate_true", "rate_onset", "accuracy", "share"))]

    assert len(shares) > 8
    for name, value, n in zip(found.indicator, found.value, found.n, strict=True):
        if name in shares and np.isfinite(value):
            assert value * n == pytest.approx(round(value * n), abs=1e-6), name


def test_quantiles_lie_between_order_statistics() -> None:
    rows = [
        ("backlog", "all", "all", "a", k, float(v), 1) for k, v in enumerate(np.random.default_rng(1).permutation(40))
    ]
    low, middle, high = quantiles(scores(rows), ["a"], 0.95)

    assert (low.interval.value, middle.interval.value, high.interval.value) == (3.0, 19.0, 35.0)
    assert middle.interval.low < 19.0 < middle.interval.high
    assert np.isfinite(high.interval.high)
    few = quantiles(scores(rows[:8]), ["a"], 0.95, shares=(0.9,))
    assert np.isnan(few[0].interval.low)


def test_quantiles_of_differences_are_taken_world_by_world() -> None:
    """Ten worlds, in which the second design is 1 … 10 below the first, and one in which it has no value; the worlds of
    the second are told in another order."""
    base = {k: float(100 - k * k) for k in range(11)}
    other = {k: base[k] - (k + 1) for k in range(10)} | {10: float("nan")}
    rows = [("backlog", "all", "all", "a", k, v, 1) for k, v in base.items()]
    rows += [("backlog", "all", "all", "b", k, v, 1) for k, v in reversed(other.items())]
    found = difference_quantiles(scores(rows), ["a", "b"], 0.9)

    assert [(row.design, row.share, row.interval.n, row.interval.value) for row in found] == [
        ("b", 0.1, 10, -10.0), ("b", 0.5, 10, -6.0), ("b", 0.9, 10, -2.0),
    ]  # fmt: skip
    # 10 worlds, level 0.9: at most 1 of 10 below the median has chance 11 / 1024 < 0.05, at most 2 has 56 / 1024
    assert (found[1].interval.low, found[1].interval.high) == (-9.0, -2.0)
    assert np.isnan(found[0].interval.low)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_below_the_headline_name_every_design_and_severity(language: str) -> None:
    found = evaluate(TOY, replications=3, weeks=1, workers=1)
    text = further_tables(found, load_words(language))

    assert text.count("\n## ") == 2
    assert text.startswith("## ")
    frame = found.pooled()
    assert {"mean", "low", "high", "cases", "of_worlds"} <= set(frame.columns)
    assert len(found.quantiles(shares=(0.5,))) == 2 * len({(r.indicator) for r in found.rows if r.stratum == "all"})
