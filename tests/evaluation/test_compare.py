"""Paired comparison: the intervals against SciPy and against chance, and verdicts only where zero is outside."""

import math
from typing import Any

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.evaluation.compare import VERDICTS, Row, compare
from citysim.evaluation.compare import verdict as call
from citysim.statistics.intervals import t_interval
from citysim.statistics.pairs import paired_difference, variance_factor
from citysim.words import LANGUAGES, load_words

LOWER_IS_BETTER, HIGHER_IS_BETTER, NEITHER = "backlog", "on_time_closure_rate", "utilisation"


def table(values: dict[str, dict[int, float]], indicator: str = LOWER_IS_BETTER) -> dict[str, Any]:
    """Scores of one indicator: {design: {replication: value}}, in the order given."""
    rows = [(design, world, value) for design, by_world in values.items() for world, value in by_world.items()]
    texts = {"indicator": indicator, "stratum": "all", "group": "all"}
    columns = {name: np.array([text] * len(rows), dtype=object) for name, text in texts.items()}
    columns["design"] = np.array([row[0] for row in rows], dtype=object)
    columns["replication"] = np.array([row[1] for row in rows], dtype=np.int32)
    columns["value"] = np.array([row[2] for row in rows], dtype=np.float64)
    return columns


def worlds(*values: float) -> dict[int, float]:
    return dict(enumerate(values))


def second(
    values: dict[str, dict[int, float]], indicator: str = LOWER_IS_BETTER, level: float = 0.95, relevant: float = 0.0
) -> Row:
    """The row of the second design; any difference matters unless said otherwise."""
    return compare(table(values, indicator), list(values), level, relevant)[1]


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


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_the_paired_interval_is_that_of_scipy(level: float) -> None:
    from scipy.stats import ttest_rel

    draw = np.random.default_rng(3)
    a = draw.normal(10, 3, size=17)
    b = a + draw.normal(0.5, 1, size=17)
    expected = ttest_rel(a, b).confidence_interval(level)

    found = paired_difference(a, b, level)

    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert found.mean == pytest.approx((a - b).mean())


def test_a_verdict_says_what_the_p_value_of_scipy_says() -> None:
    from scipy.stats import ttest_rel

    draw = np.random.default_rng(4)
    for _ in range(200):
        a, b = draw.normal(size=6), draw.normal(0.8, size=6)
        row = second({"a": worlds(*a), "b": worlds(*b)})
        assert (row.verdict in ("better", "worse")) == (ttest_rel(a, b).pvalue < 0.05)


def test_a_95_percent_interval_covers_the_truth_95_times_in_100() -> None:
    """4,000 studies of eight worlds; within four standard errors of the share."""
    draw = np.random.default_rng(5)
    studies, size, truth = 4000, 8, 0.3
    common = draw.normal(0, 5, size=(studies, size))
    a = common + draw.normal(truth, 1, size=(studies, size))
    b = common + draw.normal(0, 1, size=(studies, size))

    found = [paired_difference(a[k], b[k]) for k in range(studies)]
    covered = np.mean([interval.low <= truth <= interval.high for interval in found])

    assert abs(covered - 0.95) < 4 * (0.95 * 0.05 / studies) ** 0.5


@pytest.mark.slow
def test_bonferroni_keeps_the_chance_of_any_false_call_below_one_minus_level() -> None:
    draw = np.random.default_rng(6)
    studies, designs, false_calls = 600, ["base", "a", "b", "c", "d"], 0
    for _ in range(studies):
        rows = compare(table({name: worlds(*draw.normal(size=6)) for name in designs}), designs, 0.95)
        false_calls += any(row.verdict in ("better", "worse") for row in rows)

    assert false_calls / studies < 0.05 + 4 * (0.05 * 0.95 / studies) ** 0.5


def test_differences_share_the_level_and_means_do_not() -> None:
    values = {name: worlds(*np.random.default_rng(k).normal(size=9)) for k, name in enumerate("abc")}
    row = compare(table(values), list("abc"), 0.95)[1]
    a, b = (np.array(list(values[name].values())) for name in "ab")

    assert (row.low, row.high) == (t_interval(b, 0.95).low, t_interval(b, 0.95).high)
    expected = paired_difference(b, a, 0.975)
    assert (row.difference_low, row.difference_high) == pytest.approx((expected.low, expected.high))


def test_worlds_are_paired_by_number_and_not_by_order() -> None:
    base = {0: 10.0, 1: 20.0, 2: 30.0, 3: 41.0, 4: 50.0}
    other = {3: 40.0, 1: 19.0, 2: 29.5, 0: 9.0, 4: 49.0}

    row = second({"base": base, "other": other})

    assert row.difference == pytest.approx((-1 - 1 - 0.5 - 1 - 1) / 5)
    assert row.verdict == "better"


def test_a_world_that_only_one_design_finished_is_no_pair() -> None:
    row = second({"base": worlds(1, 2, 3), "other": worlds(2, 3.5, 4.1, 100)})

    assert (row.n, row.pairs, row.undefined) == (4, 3, 0)
    assert row.difference == pytest.approx((1 + 1.5 + 1.1) / 3)


def test_nan_is_dropped_in_pairs_and_counted() -> None:
    row = second({"base": worlds(1, math.nan, 3, 4, math.nan), "other": worlds(2, 2, math.nan, 6, math.nan)})

    assert (row.n, row.pairs, row.undefined) == (3, 2, 3)
    assert row.difference == pytest.approx(1.5)


def test_the_first_design_is_the_baseline_and_differs_from_nothing() -> None:
    row = compare(table({"base": worlds(1, 2), "other": worlds(2, 3)}), ["base", "other"], 0.95)[0]

    assert (row.verdict, row.pairs, row.undefined, row.n, row.mean) == ("baseline", 0, 0, 2, 1.5)
    assert np.isnan([row.difference, row.difference_low, row.variance_factor, row.variance_removed]).all()


@pytest.mark.parametrize(
    ("indicator", "up", "down"),
    [(LOWER_IS_BETTER, "worse", "better"), (HIGHER_IS_BETTER, "better", "worse"), (NEITHER, "higher", "lower")],
)
def test_a_clear_difference_is_called_by_what_is_better(indicator: str, up: str, down: str) -> None:
    low, high = worlds(1, 2, 3.1, 1, 2), worlds(11, 12.5, 13, 12, 11)

    assert second({"base": low, "other": high}, indicator).verdict == up
    assert second({"base": high, "other": low}, indicator).verdict == down


def test_a_verdict_is_called_where_the_interval_leaves_zero() -> None:
    """-2 … 2 has the half-width 1.963 at 95 % (s = 1.581, t = 2.776)."""
    spread = np.arange(-2.0, 3.0)

    assert call(spread + 1.95, "lower", 0.0, 0.95) == "cannot_tell_yet"
    assert call(spread + 1.97, "lower", 0.0, 0.95) == "worse"
    assert call(spread - 1.97, "lower", 0.0, 0.95) == "better"


def test_equivalence_shares_the_level_between_the_designs() -> None:
    """Mean 0.5, s = 0.2828, six worlds: the test at 5 % reaches to 0.733, at 5 % / 3 to 0.838."""
    base, other = worlds(*np.full(6, 100.0)), worlds(*(100.0 + np.array([0.5, 0.9, 0.1, 0.7, 0.3, 0.5])))
    few = compare(table({"a": base, "b": other}), ["a", "b"], 0.95, relevant=0.0078)
    many = compare(table({"a": base, "b": other, "c": base, "d": base}), list("abcd"), 0.95, relevant=0.0078)

    assert (few[1].verdict, many[1].verdict) == ("no_relevant_difference", "worse")


def test_a_difference_that_is_surely_too_small_to_matter_is_not_called() -> None:
    base, other = worlds(100, 101, 99, 100, 100), worlds(100.5, 101.6, 99.4, 100.5, 100.4)

    assert second({"base": base, "other": other}).verdict == "worse"
    row = second({"base": base, "other": other}, relevant=0.01)
    assert (row.verdict, row.relevant) == ("no_relevant_difference", 1.0)
    assert second({"base": base, "other": other}, relevant=0.005).verdict == "worse"  # 0.5 may well be exceeded


def test_p_is_that_of_scipy_and_holm_over_the_designs() -> None:
    from scipy.stats import ttest_rel

    draw = np.random.default_rng(8)
    values = {name: worlds(*draw.normal(k / 2, 1, size=9)) for k, name in enumerate("abc")}
    rows = compare(table(values), list("abc"), 0.95)
    columns = {name: np.array(list(of.values())) for name, of in values.items()}
    raw = [float(ttest_rel(columns[name], columns["a"]).pvalue) for name in "bc"]
    small, large = sorted(raw)

    assert math.isnan(rows[0].p)
    assert sorted(row.p for row in rows[1:]) == pytest.approx([min(2 * small, 1), max(large, min(2 * small, 1))])


def test_needed_replications_make_the_interval_as_narrow_as_the_difference() -> None:
    draw = np.random.default_rng(9)
    base = draw.normal(50, 3, size=12)
    row = second({"base": worlds(*base), "other": worlds(*(base + draw.normal(0.3, 2, size=12)))})
    spread = (row.difference_high - row.difference_low) / 2 * 12**0.5  # t(11) * s

    assert row.verdict == "cannot_tell_yet"
    assert row.needed > 12
    assert spread * row.needed**-0.5 < 1.2 * abs(row.difference)  # t falls a little with more worlds
    clear = second({"base": worlds(*base), "other": worlds(*(base + draw.normal(9, 2, size=12)))})
    assert clear.needed == 12


def test_designs_that_never_differ_are_not_called_different() -> None:
    row = second({"base": worlds(1, 2, 3, 4, 5), "other": worlds(1, 2, 3, 4, 5)})

    assert (row.difference, row.verdict) == (0.0, "no_relevant_difference")
    assert row.variance_factor == math.inf
    assert row.variance_removed == 1.0


@pytest.mark.parametrize("other", [worlds(5.0), {}, worlds(math.nan, math.nan, 4.0)])
def test_one_pair_is_too_few_for_a_verdict(other: dict[int, float]) -> None:
    rows = compare(table({"base": worlds(1, 2, 3), "other": other}), ["base", "other"], 0.95)

    assert rows[1].verdict == "unknown"
    assert np.isnan([rows[1].difference_low, rows[1].difference_high]).all()


@pytest.mark.parametrize(("pairs", "said"), [(2, "unknown"), (4, "unknown"), (5, "better"), (6, "better")])
def test_a_difference_is_called_from_five_pairs_on(pairs: int, said: str) -> None:
    row = second({"base": worlds(*range(10, 10 + pairs)), "other": worlds(*np.arange(pairs) / 2)})

    assert (row.difference_high < 0, row.verdict) == (True, said)


def test_the_same_difference_in_the_few_worlds_that_have_one_is_no_evidence() -> None:
    """A share of one case in each of five worlds out of six: 0 against 1 each time, so an interval without width."""
    none = math.nan
    base, other = worlds(0, none, 0, 0, 0, 0), worlds(1, none, 1, 1, 1, 1)

    row = second({"base": base, "other": other}, HIGHER_IS_BETTER)
    everywhere = second({"base": worlds(0, 0, 0, 0, 0), "other": worlds(1, 1, 1, 1, 1)}, HIGHER_IS_BETTER)
    equal = second({"base": base, "other": base}, HIGHER_IS_BETTER)

    assert (row.pairs, row.undefined, row.difference_low, row.difference_high) == (5, 1, 1.0, 1.0)
    assert (row.verdict, everywhere.verdict, equal.verdict) == ("unknown", "better", "no_relevant_difference")


def test_variance_factor_is_what_pairing_saves() -> None:
    draw = np.random.default_rng(7)
    common = draw.normal(0, 3, size=200_000)
    a, b = common + draw.normal(size=200_000), common + draw.normal(size=200_000)

    assert variance_factor(a, b) == pytest.approx((10 + 10) / 2, rel=0.02)
    assert variance_factor(a, draw.normal(size=200_000)) == pytest.approx(1, rel=0.02)
    assert math.isnan(variance_factor([1.0, 1.0], [2.0, 2.0]))


def test_rows_come_for_each_design_in_the_order_of_the_scores() -> None:
    one, two = table({"b": worlds(1, 2), "a": worlds(1, 3)}), table({"b": worlds(1, 2), "a": worlds(1, 3)}, NEITHER)
    both = {name: np.concatenate([one[name], two[name]]) for name in one}

    rows = compare(both, ["b", "a"], 0.9)

    assert [(row.indicator, row.design, row.baseline) for row in rows] == [
        (LOWER_IS_BETTER, "b", "b"), (LOWER_IS_BETTER, "a", "b"), (NEITHER, "b", "b"), (NEITHER, "a", "b"),
    ]  # fmt: skip
    assert (rows[1].unit, rows[1].better, rows[3].better) == ("cases", "lower", "neither")


def test_two_values_for_one_world_are_refused() -> None:
    scores = table({"base": worlds(1, 2)})
    twice = {name: np.concatenate([column, column]) for name, column in scores.items()}

    with pytest.raises(DataError, match="two values of backlog, all all in world 0"):
        compare(twice, ["base"], 0.95)


def test_unknown_indicators_and_odd_pairs_are_refused() -> None:
    with pytest.raises(DataError, match="'fame' is not one"):
        compare(table({"base": worlds(1)}, "fame"), ["base"], 0.95)
    with pytest.raises(DataError, match="must be pairs"):
        paired_difference([1.0, 2.0], [1.0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_words(language: str) -> None:
    assert {f"verdict.{name}" for name in VERDICTS} <= set(load_words(language).texts)
