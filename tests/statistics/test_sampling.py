"""Designs of experiments: what each promises about where its points lie."""

import math

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.statistics.sampling import Factor, latin_hypercube, scaled, sobol_points

CREWS = Factor("crews", 1, 9, (1, 2, 4, 9))
SHARE = Factor("share", 0.2, 0.6)
DELAY = Factor("delay", -30, 90)


def test_a_latin_hypercube_has_one_point_in_each_nth_of_every_range() -> None:
    n = 37
    found = latin_hypercube([SHARE, DELAY], n, seed=5)

    for j, factor in enumerate([SHARE, DELAY]):
        cells = np.floor((found[:, j] - factor.low) / (factor.high - factor.low) * n).astype(int)
        assert sorted(cells) == list(range(n))


def test_a_latin_hypercube_has_each_level_equally_often() -> None:
    levels, counts = np.unique(latin_hypercube([CREWS], 40, seed=0)[:, 0], return_counts=True)

    assert list(levels) == [1, 2, 4, 9]
    assert list(counts) == [10, 10, 10, 10]


def test_a_column_of_a_latin_hypercube_does_not_depend_on_the_other_factors() -> None:
    alone = latin_hypercube([DELAY], 16, seed=3)[:, 0]
    among = latin_hypercube([SHARE, CREWS, DELAY], 16, seed=3)

    assert np.array_equal(among[:, 2], alone)
    assert abs(np.corrcoef(among[:, 0], among[:, 2])[0, 1]) < 0.9  # and yet no two columns are the same draw


def test_columns_of_a_latin_hypercube_are_uncorrelated_on_average() -> None:
    seeds, n = 400, 10
    found = [np.corrcoef(latin_hypercube([SHARE, DELAY], n, seed).T)[0, 1] for seed in range(seeds)]

    # the correlation of two random permutations has mean 0 and variance 1 / (n - 1)
    assert abs(np.mean(found)) < 4 / math.sqrt(seeds * (n - 1))


def test_sobol_points_put_one_point_in_each_elementary_box() -> None:
    found = sobol_points([Factor("a", 0, 1), Factor("b", 0, 1)], 64, seed=1)

    for power in range(7):  # a (0, 6, 2) net: every 2^-i by 2^-(6-i) box holds exactly one of 64 points
        cells = {(int(a * 2**power), int(b * 2 ** (6 - power))) for a, b in found}
        assert len(cells) == 64


def test_a_longer_sobol_design_begins_with_the_shorter_one() -> None:
    assert np.array_equal(sobol_points([SHARE, DELAY], 128, 7)[:16], sobol_points([SHARE, DELAY], 16, 7))


@pytest.mark.parametrize("design", [latin_hypercube, sobol_points])
def test_a_design_is_the_same_whatever_was_drawn_before_and_another_for_another_seed(design) -> None:
    first = design([SHARE, CREWS], 16, 7)
    np.random.seed(99)
    np.random.random(5)

    assert np.array_equal(design([SHARE, CREWS], 16, 7), first)
    assert not np.array_equal(design([SHARE, CREWS], 16, 8), first)


def test_the_ends_of_the_unit_interval_are_the_ends_of_the_range() -> None:
    assert scaled([SHARE, CREWS], [[0, 0], [1, 1], [0.5, 0.5]]).tolist() == [[0.2, 1], [0.6, 9], [0.4, 4]]


@pytest.mark.parametrize(
    ("low", "high", "levels"), [(1, 1, ()), (0, math.inf, ()), (0, 1, (0.5,)), (0, 1, (0.5, 0.2)), (0, 1, (0.5, 2))]
)
def test_a_factor_that_cannot_be_varied_is_refused(low, high, levels) -> None:
    with pytest.raises(DataError, match="share"):
        Factor("share", low, high, levels)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: sobol_points([SHARE], 100, 0), "n = 100, must be a power of 2: 64"),
        (lambda: latin_hypercube([SHARE], 0, 0), "n = 0"),
        (lambda: latin_hypercube([SHARE], 4, -1), "seed = -1"),
        (lambda: latin_hypercube([SHARE, SHARE], 4, 0), "different names"),
        (lambda: scaled([SHARE], [[1.5]]), "within 0..1"),
        (lambda: scaled([SHARE], [[0.5, 0.5]]), "must be"),
    ],
)
def test_nonsense_is_refused_by_name(call, said) -> None:
    with pytest.raises(DataError, match=said):
        call()
