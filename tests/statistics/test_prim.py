"""Boxes by peeling: planted ones are found, and what is said of a box is what counting says."""

import itertools
import math

import numpy as np
import pytest
from scipy.special import ndtr

from citysim.errors import DataError
from citysim.statistics.intervals import t_interval
from citysim.statistics.prim import (
    Belonging,
    Box,
    Criterion,
    Limit,
    cases,
    densest,
    inside,
    judged,
    membership,
    paste,
    peel,
)

PLANTED = ((0, 0.25, 0.7), (2, -math.inf, 0.4))
"""Of interest where factor 0 lies within 0.25..0.7 and factor 2 below 0.4: a mass of 0.18."""


def planted(points: np.ndarray) -> np.ndarray:
    return np.all([(points[:, j] >= low) & (points[:, j] <= high) for j, low, high in PLANTED], axis=0)


def noisy(n: int = 800, worlds: int = 12, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Mean -1 in the planted box and 1 elsewhere, with luck common to all points and luck of each point's own."""
    draw = np.random.default_rng(seed)
    points = draw.random((n, 4))
    mean = np.where(planted(points), -1.0, 1.0)[:, None]
    return points, mean + 0.5 * draw.normal(size=worlds) + draw.normal(size=(n, worlds))


def crisp(n: int = 400, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    points = np.random.default_rng(seed).random((n, 4))
    return points, np.where(planted(points), -1.0, 1.0)[:, None]


def test_a_planted_box_is_found_under_noise() -> None:
    points, outputs = noisy()
    boxes = peel(cases(points, outputs))

    best = max(boxes, key=lambda box: (planted(points) == inside(box, points)).mean())
    found = paste(densest(boxes, least_coverage=0.55), cases(points, outputs))

    assert (planted(points) == inside(best, points)).mean() > 0.97
    assert [limit.factor for limit in found.limits] == [0, 2]
    first, second = found.limits
    assert (first.low, first.high, second.high) == pytest.approx((0.25, 0.7, 0.4), abs=0.05)
    assert all(limit.quasi_p < 1e-6 for limit in found.limits)


def true_density(box: Box, points: np.ndarray) -> float:
    """A point of the planted box is below 0 with probability Φ(1 / √1.25), any other with 1 minus that."""
    right, share = float(ndtr(1 / 1.25**0.5)), planted(points)[inside(box, points)].mean()
    return share * right + (1 - share) * (1 - right)


@pytest.mark.slow
@pytest.mark.parametrize("worlds", [8, 30])
def test_the_interval_of_a_given_box_holds_its_density_about_as_often_as_it_says(worlds: int) -> None:
    trials, held = 300, 0
    box = peel(cases(*noisy(200, 20, seed=999)))[15]
    for seed in range(trials):
        points, outputs = noisy(200, worlds, seed)
        density = judged(box, cases(points, outputs)).density
        held += density.low <= true_density(box, points) <= density.high

    assert 0.90 < held / trials < 0.99


@pytest.mark.slow
@pytest.mark.study
def test_a_box_looks_better_on_the_worlds_it_was_found_with_than_on_others() -> None:
    here, there = [], []
    for seed in range(100):
        points, outputs = noisy(200, 12, seed)
        box = next(box for box in peel(cases(points, outputs[:, :6])) if box.mass < 0.1)
        here.append(box.density.mean - true_density(box, points))
        there.append(judged(box, cases(points, outputs[:, 6:])).density.mean - true_density(box, points))

    assert np.mean(here) > 4 * np.std(here) / 10
    assert abs(np.mean(there)) < 4 * np.std(there) / 10


def test_density_coverage_and_mass_are_what_counting_says() -> None:
    points, outputs = noisy(200, 5)
    belongs = (outputs < 0).mean(axis=1)

    for box in peel(cases(points, outputs)):
        held = inside(box, points)
        assert box.points == held.sum()
        assert box.mass == held.sum() / 200
        assert box.density.mean == pytest.approx(belongs[held].mean(), abs=1e-12)
        assert box.coverage.mean == pytest.approx(belongs[held].sum() / belongs.sum(), abs=1e-12)


def test_each_step_leaves_less_and_stops_at_the_least_mass() -> None:
    points, outputs = noisy(200, 5)
    masses = [box.mass for box in peel(cases(points, outputs), share=0.1, least_mass=0.2)]

    assert masses[:3] == [1, 0.9, 0.81]
    assert all(after < before for before, after in itertools.pairwise(masses))
    assert 0.2 <= masses[-1] < 0.2 / 0.9 + 0.01


def test_peeling_ends_where_a_box_holds_nothing_but_cases_of_interest() -> None:
    points, outputs = crisp()
    boxes = peel(cases(points, outputs))

    assert boxes[-1].density.mean == 1
    assert all(box.density.mean < 1 for box in boxes[:-1])


def test_share_counts_replications_and_mean_asks_student() -> None:
    from scipy.stats import ttest_1samp

    outputs = np.random.default_rng(4).normal(0.3, 1, size=(20, 7))

    assert membership(outputs) == pytest.approx((outputs < 0).mean(axis=1))
    expected = [ttest_1samp(row, 0.5, alternative="less").pvalue for row in outputs]
    assert 1 - membership(outputs, Criterion(0.5, by="mean")) == pytest.approx(expected, abs=1e-10)
    assert membership(outputs, Criterion(0.5, below=False, by="mean")) == pytest.approx(expected, abs=1e-10)


def test_a_mean_that_never_varies_is_on_one_side_or_on_neither() -> None:
    outputs = [[-1e-9] * 3, [0.0] * 3, [0.1] * 3]

    assert list(membership(outputs, Criterion(by="mean"))) == [1, 0, 0]
    assert list(membership(outputs, Criterion(below=False, by="mean"))) == [0, 0, 1]


def test_a_point_of_which_the_mean_is_unsure_counts_less_by_mean_than_one_that_is_sure() -> None:
    unsure, sure = membership([[-3.0, 2.8, -0.1], [-1.1, -1.0, -0.9]], Criterion(by="mean"))

    assert 0.5 < unsure < 0.6
    assert sure > 0.99


def test_with_one_replication_there_is_no_interval() -> None:
    points, outputs = crisp()
    box = peel(cases(points, outputs))[0]

    assert math.isnan(box.density.low)
    assert math.isnan(box.coverage.high)


def chance_below(outputs: np.ndarray, by: str) -> np.ndarray:
    from scipy.stats import ttest_1samp

    if by == "share":
        return (outputs < 0).mean(axis=1)
    return 1 - ttest_1samp(outputs, 0, axis=1, alternative="less").pvalue


@pytest.mark.slow
@pytest.mark.parametrize("by", ["share", "mean"])
def test_the_intervals_are_those_of_resampling_worlds_one_by_one(by: Belonging) -> None:
    points, outputs = noisy(150, 9)
    box = peel(cases(points, outputs, Criterion(by=by), seed=5))[10]
    held = inside(box, points)
    by_hand = []
    for counts in np.random.default_rng(5).multinomial(9, [1 / 9] * 9, 1000):
        belongs = chance_below(np.repeat(outputs, counts, axis=1), by)
        by_hand.append((belongs[held].mean(), belongs[held].sum() / belongs.sum()))
    tail = ndtr(-2.306004 * (9 / 8) ** 0.5)  # t(8, 0.975) from any table, in place of 1.96
    low, high = np.quantile(by_hand, [tail, 1 - tail], axis=0)

    assert (box.density.low, box.density.high) == pytest.approx((low[0], high[0]), abs=1e-6)
    assert (box.coverage.low, box.coverage.high) == pytest.approx((low[1], high[1]), abs=1e-6)


def test_luck_common_to_all_points_widens_the_interval_that_luck_of_their_own_hardly_does() -> None:
    draw = np.random.default_rng(2)
    points, own = draw.random((400, 2)), draw.normal(size=(400, 10))
    common = np.tile(draw.normal(size=10), (400, 1))

    wide, narrow = peel(cases(points, common))[0].density, peel(cases(points, own))[0].density

    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)


def test_quasi_p_is_the_binomial_tail_of_bryant_and_lempert() -> None:
    from scipy.stats import binomtest

    points, outputs = crisp()
    belongs = outputs[:, 0] < 0
    box = peel(cases(points, outputs))[-3]

    assert len(box.limits) == 2
    for limit, other in zip(box.limits, reversed(box.limits), strict=True):
        without = (points[:, other.factor] >= other.low) & (points[:, other.factor] <= other.high)
        held = inside(box, points)
        expected = binomtest(int(belongs[held].sum()), int(held.sum()), belongs[without].mean(), "greater").pvalue
        assert limit.quasi_p == pytest.approx(expected, rel=1e-8, abs=0)


def test_pasting_lets_in_a_share_at_a_time_as_long_as_density_rises() -> None:
    """Of points 0..99 every other from 20 and all of 12..19 are of interest; the box begins with 20.

    40 of 80; with 16..19 44 of 84; with 11..15 48 of 89 = 0.539; with 6..10 48 of 94 = 0.511, which is less.
    """
    at = np.arange(100)
    wanted = np.where(at >= 20, at % 2 == 0, at >= 12)
    of = cases(at[:, None], np.where(wanted, -1.0, 1.0)[:, None])
    tight = judged(Box((Limit(0, 19.5, math.inf, 1.0),), t_interval([]), t_interval([]), 0.0, 0), of)

    found = paste(tight, of, share=0.05)

    assert (tight.density.mean, tight.points) == (0.5, 80)
    assert [(limit.low, limit.high) for limit in found.limits] == [(10.5, math.inf)]
    assert (found.density.mean, found.points) == (pytest.approx(48 / 89), 89)


def test_a_limit_pasted_over_all_points_is_gone() -> None:
    of = cases(np.arange(40.0)[:, None], np.where(np.arange(40) < 10, -1.0, 1.0 - 2 * (np.arange(40) % 2))[:, None])
    box = Box((Limit(0, 9.5, math.inf, 1.0),), t_interval([]), t_interval([]), 0.0, 0)

    assert paste(box, of, share=0.4).limits == ()


def test_a_factor_with_levels_is_cut_between_them() -> None:
    draw = np.random.default_rng(8)
    points = np.column_stack([draw.integers(0, 4, 300), draw.random(300)]).astype(float)
    box = peel(cases(points, np.where(points[:, :1] >= 2, -1.0, 1.0)))[-1]

    assert [(limit.factor, limit.low, limit.high) for limit in box.limits] == [(0, 1.5, math.inf)]


def test_a_cut_is_judged_by_what_it_gains_for_each_point_it_loses() -> None:
    """Leaving out level 0 of factor 0 would raise density more, 0.5225 to 0.57, but for 100 points, not 10."""
    points = np.column_stack([np.arange(200) % 2, np.arange(200)]).astype(float)
    hits = np.where(points[:, 1] < 10, 0, 5 + points[:, 0])
    outputs = np.where(np.arange(10) < hits[:, None], -1.0, 1.0)

    first = peel(cases(points, outputs))[1]

    assert [(limit.factor, limit.low) for limit in first.limits] == [(1, 9.5)]
    assert (first.density.mean, first.points) == (pytest.approx(0.55), 190)


def test_the_same_seed_gives_the_same_boxes() -> None:
    points, outputs = noisy(100, 5)

    assert peel(cases(points, outputs, seed=3)) == peel(cases(points, outputs, seed=3))


WORKBENCH = (
    (1000, 0.181, 1.0), (950, 0.1905, 1.0), (902, 0.2007, 1.0), (856, 0.2114, 1.0), (813, 0.2226, 1.0),
    (772, 0.2345, 1.0), (733, 0.2469, 1.0), (696, 0.2601, 1.0), (661, 0.2738, 1.0), (627, 0.2887, 1.0),
    (595, 0.3042, 1.0), (565, 0.3204, 1.0), (536, 0.3377, 1.0), (509, 0.3556, 1.0), (483, 0.3747, 1.0),
    (458, 0.3952, 1.0), (435, 0.4161, 1.0), (413, 0.4383, 1.0), (392, 0.4617, 1.0), (372, 0.4866, 1.0),
    (353, 0.5127, 1.0), (335, 0.5403, 1.0), (318, 0.5692, 1.0), (302, 0.5993, 1.0), (286, 0.6329, 1.0),
    (271, 0.6679, 1.0), (257, 0.7043, 1.0), (244, 0.7418, 1.0), (231, 0.7835, 1.0), (219, 0.8265, 1.0),
    (208, 0.8702, 1.0), (197, 0.9188, 1.0), (187, 0.9679, 1.0), (177, 1.0, 0.9779),
)  # fmt: skip
"""Points, density and coverage of each box on the peeling path of ema_workbench 2.5.3 for `crisp(1000)`, with

    hit = (outputs[:, 0] < 0).astype(int)
    box = ema_workbench.analysis.prim.Prim(
        pandas.DataFrame(points, columns=list("abcd")), hit, threshold=0.99, peel_alpha=0.05, mass_min=0.05
    ).find_box()
    box.peeling_trajectory[["n", "density", "coverage"]]
"""

WORKBENCH_BOX = (0.2511561292223343, 0.6931808789616912, 0.4031180989940841)
"""Limits of its last box: factor 0 from and to, factor 2 up to; the other two factors are free."""


def test_the_workbench_of_exploratory_modelling_finds_the_same_box() -> None:
    """It cuts the 5 % of a sorted factor rounded up, we those rounded down, so each path runs between the other's."""
    boxes = peel(cases(*crisp(1000)))

    for box in boxes:
        points, density, coverage = min(WORKBENCH, key=lambda theirs: abs(theirs[0] - box.points))
        assert abs(points - box.points) <= 0.03 * box.points
        assert density == pytest.approx(box.density.mean, abs=0.03)
        assert coverage == pytest.approx(box.coverage.mean, abs=0.03)
    last = boxes[-1]
    assert [limit.factor for limit in last.limits] == [0, 2]
    first, second = last.limits
    assert (first.low, first.high, second.high) == pytest.approx(WORKBENCH_BOX, abs=0.04)
    assert first.low == WORKBENCH_BOX[0]
    assert last.density.mean == WORKBENCH[-1][1] == 1.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: peel(cases([[0.0], [1.0]], [[1.0], [2.0]])), "not one is of interest"),
        (lambda: peel(cases([[0.0]], [[-1.0], [2.0]])), "1 and 2 rows"),
        (lambda: peel(cases([[0.0], [math.nan]], [[-1.0], [2.0]])), "points has 2 values, 1 of them nan"),
        (lambda: peel(cases([[0.0], [1.0]], [[-1.0], [2.0]]), share=1.0), "share = 1"),
        (lambda: peel(cases([[0.0], [1.0]], [[-1.0], [2.0]]), least_mass=0), "least_mass = 0"),
        (lambda: Criterion(math.nan), "threshold = nan"),
        (lambda: Criterion(by="median"), "by = 'median'"),
        (lambda: densest((), 0.5), "none of 0 boxes"),
    ],
)
def test_nonsense_is_refused_by_name(call, said) -> None:
    with pytest.raises(DataError, match=said):
        call()
