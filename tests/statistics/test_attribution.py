"""Does each mechanism get its share, no more and no less?"""

from itertools import permutations

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.statistics.attribution import shapley


def test_the_glove_game() -> None:
    """One owns a left glove, two own a right one each; a pair is worth 1: 2/3, 1/6, 1/6 (Shapley 1953)."""
    worth = [float(bool(b & 1) and bool(b & 6)) for b in range(8)]
    shares = shapley([[value, value] for value in worth])

    assert [share.value.mean for share in shares] == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-15)
    assert [share.alone.mean for share in shares] == [0, 0, 0]
    assert [share.last.mean for share in shares] == [1, 0, 0]


def test_a_sum_gives_each_its_own_and_somebody_who_does_nothing_nothing() -> None:
    own = np.array([3.0, -1.0, 0.0, 0.5])
    values = [[sum(own[k] for k in range(4) if b >> k & 1)] * 3 for b in range(16)]

    assert [share.value.mean for share in shapley(values)] == pytest.approx(own.tolist(), abs=1e-14)


def test_values_are_means_over_all_orders_and_add_up_in_every_world() -> None:
    draw = np.random.default_rng(1)
    values = draw.normal(size=(32, 7))
    expected = np.zeros((5, 7))
    for order in permutations(range(5)):
        done = 0
        for player in order:
            expected[player] += (values[done | 1 << player] - values[done]) / 120
            done |= 1 << player

    shares = shapley(values)

    assert [share.value.mean for share in shares] == pytest.approx(expected.mean(axis=1).tolist(), abs=1e-12)
    assert sum(share.value.mean for share in shares) == pytest.approx(float((values[31] - values[0]).mean()), abs=1e-12)
    half = (shares[2].value.high - shares[2].value.low) / 2
    assert half == pytest.approx(2.446912 * expected[2].std(ddof=1) / 7**0.5, rel=1e-5)  # t(6, 0.975), any table


@pytest.mark.parametrize("rows", [1, 3, 6, 2**13])
def test_only_all_coalitions_will_do(rows: int) -> None:
    with pytest.raises(DataError, match=f"coalitions has {rows} rows, must be"):
        shapley(np.zeros((rows, 2)))


def test_a_missing_value_is_refused() -> None:
    with pytest.raises(DataError, match="nan"):
        shapley([[1.0, np.nan], [2.0, 3.0]])
