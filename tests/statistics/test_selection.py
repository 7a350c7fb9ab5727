"""Is the best design found as often as promised, and with no more worlds than that takes?"""

from collections.abc import Callable
from math import pi, tan

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.statistics.constants import dudewicz_dalal_constant, kn_constants, rinott_constant
from citysim.statistics.selection import Selected, estimate_again, kn, ocba, ocba_fractions, rinott

Draw = Callable[[tuple[int, ...], int, int], np.ndarray]


@pytest.mark.parametrize(
    ("chance", "n0", "k", "h"),
    [
        (0.90, 20, 2, 1.89574707746), (0.90, 20, 3, 2.34227222282), (0.90, 20, 5, 2.74709258184),
        (0.90, 20, 10, 3.18199696341), (0.90, 40, 2, 1.85194973969), (0.95, 20, 2, 2.45247325262),
        (0.95, 20, 5, 3.25801107264), (0.95, 20, 10, 3.6788034086), (0.95, 40, 10, 3.53861306914),
    ],
)  # fmt: skip
def test_h1_of_dudewicz_and_dalal(chance: float, n0: int, k: int, h: float) -> None:
    """Dudewicz and Dalal (1975); Law (2015), table 10.11, has them to three decimals."""
    assert dudewicz_dalal_constant(chance, n0, k) == pytest.approx(h, abs=2e-9)


@pytest.mark.parametrize(
    ("chance", "n0", "k", "h"),
    [
        (0.90, 10, 2, 1.99855302618), (0.90, 10, 5, 3.13666801773), (0.90, 20, 10, 3.43735930225),
        (0.90, 50, 10, 3.29237399008), (0.95, 10, 2, 2.61411929581), (0.95, 10, 10, 4.28954747633),
        (0.95, 20, 5, 3.38541873322), (0.95, 50, 2, 2.37312896766), (0.95, 50, 10, 3.686758939),
    ],
)  # fmt: skip
def test_h_of_rinott(chance: float, n0: int, k: int, h: float) -> None:
    """Rinott (1978); tables of Wilcox (1984)."""
    assert rinott_constant(chance, n0, k) == pytest.approx(h, abs=1e-8)


@pytest.mark.parametrize("chance", [0.75, 0.95, 0.99, 0.9999, 0.999999])
def test_h1_where_two_worlds_give_a_cauchy_law(chance: float) -> None:
    """The difference of two Cauchy variables is one of scale 2: chance = 1/2 + arctan(h/2) / pi."""
    assert dudewicz_dalal_constant(chance, 2, 2) == pytest.approx(2 * tan(pi * (chance - 0.5)), rel=1e-5)


def test_constants_of_kim_and_nelson() -> None:
    """Kim and Nelson (2001), eq. 2 with c = 1."""
    for n0, k, eta, h2 in (
        (10, 2, 0.3340502686, 6.0129048348), (20, 2, 0.137137492852, 5.21122472836),
        (10, 5, 0.634967265154, 11.4294107728), (20, 10, 0.302933803649, 11.5114845387),
        (20, 20, 0.368637960132, 14.008242485),
    ):  # fmt: skip
        assert kn_constants(0.95, n0, k) == pytest.approx((eta, h2), rel=1e-9)


def test_shares_of_ocba() -> None:
    """Chen et al. (2000), theorem 1: shares of the others go with (s / gap)², of the best with s √Σ(share / s)²."""
    found = ocba_fractions([1, 1.2, 1.5, 2], [1, 1, 1.5, 2], larger_is_better=False)

    assert found.tolist() == pytest.approx([0.404272873973, 0.391925740807, 0.141093266691, 0.0627081185291], rel=1e-9)


def normal(means: list[float], study: int, common: float = 0.0, sd: float = 1.0) -> Draw:
    """Normal values around the means; `common` is the standard deviation of what all designs of a world share."""

    def draw(designs: tuple[int, ...], first: int, count: int) -> np.ndarray:
        rows = []
        for world in range(first, first + count):
            luck = np.random.default_rng((study, world)).normal(size=len(means) + 1)
            rows.append([means[i] + common * luck[-1] + sd * luck[i] for i in designs])
        return np.array(rows).reshape(count, len(designs))

    return draw


def quick(means: list[float], study: int, common: float = 0.0, sd: float = 1.0) -> Draw:
    """The same from a table drawn at once, for many studies; worlds begin anew every 4,000."""
    draw = np.random.default_rng(study)
    table = np.array(means) + common * draw.normal(size=(4000, 1)) + sd * draw.normal(size=(4000, len(means)))
    return lambda designs, first, count: table[np.arange(first, first + count) % 4000][:, list(designs)]


SLIPPAGE = [0.0, 0.0, 0.0, 0.0, 1.0]
"""All others are worse by exactly the indifference: the hardest case that the guarantee covers."""


@pytest.mark.slow
@pytest.mark.parametrize("common", [0.0, 2.0])
def test_kn_is_right_as_often_as_promised(common: float) -> None:
    studies = 1000
    found = [kn(quick(SLIPPAGE, s, common), 5, indifference=1.0, n0=10) for s in range(studies)]

    assert all(one.guaranteed for one in found)
    right = np.mean([one.best == 4 for one in found])
    assert right >= 0.95 - 3 * (0.95 * 0.05 / studies) ** 0.5
    if common == 0.0:  # no more worlds than two stages take, which know nothing of how the first designs fare
        stages = [rinott(quick(SLIPPAGE, s), 5, indifference=1.0, n0=10, most=800) for s in range(200)]
        assert total(found) < 0.9 * total(stages)


@pytest.mark.slow
def test_rinott_is_right_as_often_as_promised() -> None:
    studies = 1000
    found = [rinott(quick(SLIPPAGE, s), 5, indifference=1.0, chance=0.9, n0=20, most=800) for s in range(studies)]

    assert all(one.guaranteed for one in found)
    right = np.mean([one.best == 4 for one in found])
    assert right >= 0.9 - 3 * (0.9 * 0.1 / studies) ** 0.5
    assert right < 1.0  # or it would have used far more worlds than needed


def total(found: list[Selected]) -> float:
    return float(np.mean([sum(one.worlds) for one in found]))


def test_common_luck_saves_kn_worlds() -> None:
    """The same variance of each design; with common luck most of it is not in the differences."""
    apart = [kn(quick(SLIPPAGE, s, 0.0, 2.0), 5, indifference=1.0) for s in range(40)]
    together = [kn(quick(SLIPPAGE, s, 3**0.5, 1.0), 5, indifference=1.0) for s in range(40)]

    assert total(together) < 0.5 * total(apart)


@pytest.mark.slow
@pytest.mark.study
def test_ocba_is_right_more_often_than_equal_shares() -> None:
    means, studies, budget = [0.0, 0.3, 0.4, 0.45, 1.5, 2.0, 2.5, 3.0], 1000, 400
    draws = [quick(means, s, 0.0, 1.0) for s in range(studies)]
    clever = np.mean([ocba(d, 8, budget=budget, larger_is_better=False).best == 0 for d in draws])
    equal = np.mean([np.argmin(d(tuple(range(8)), 0, budget // 8).mean(axis=0)) == 0 for d in draws])

    assert clever - equal > 3 * (equal * (1 - equal) / studies) ** 0.5


@pytest.mark.slow
@pytest.mark.study
def test_the_winner_is_estimated_again_where_nobody_has_looked() -> None:
    """Eight designs that are all alike: whichever wins, its own mean is too good, and fresh worlds say so."""
    searched, fresh = [], []
    for study in range(1000):
        draw = quick([0.0] * 8, study)
        found = ocba(draw, 8, budget=160, n0=10)
        searched.append(found.means[found.best])
        fresh.append(estimate_again(draw, found, 20).mean)

    assert np.mean(searched) > 5 * np.std(searched) / 1000**0.5
    assert abs(np.mean(fresh)) < 4 * np.std(fresh) / 1000**0.5


def test_a_design_that_is_worse_stops_being_run() -> None:
    found = kn(normal([0.0, 5.0, 5.2], 1), 3, indifference=0.5, n0=10, batch=4)

    assert found.worlds[0] < max(found.worlds)
    assert found.best in (1, 2)
    assert found.next_world >= max(found.worlds)


def test_running_out_of_worlds_says_who_is_left() -> None:
    found = kn(normal([0.0, 0.0, -9.0], 2), 3, indifference=0.3, n0=10, most=15)

    assert not found.guaranteed
    assert found.alive == (0, 1)
    assert max(found.worlds) == 15


def test_two_stages_that_were_cut_short_rule_nobody_out() -> None:
    found = rinott(normal([0.0, 0.1], 5), 2, indifference=1e-3, n0=5, most=50)
    assert not found.guaranteed
    assert found.alive == (0, 1)
    assert found.worlds == (50, 50)
    assert rinott(normal([0.0, 0.1], 5), 2, indifference=1e-200, n0=5, most=50).worlds == (50, 50)


def test_smaller_may_be_better() -> None:
    assert kn(normal([3.0, 1.0, 2.0], 3), 3, indifference=0.5, larger_is_better=False).best == 1
    assert rinott(normal([3.0, 1.0, 2.0], 3), 3, indifference=0.5, most=500, larger_is_better=False).best == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"indifference": 0.0}, "indifference = 0.0"),
        ({"chance": 0.2}, "must be above 1/k"),
        ({"n0": 1}, "n0 = 1"),
        ({"most": 5}, "most = 5"),
        ({"batch": 0}, "batch = 0"),
        ({"chance": "0.9"}, "chance = '0.9'"),
    ],
)
def test_arguments_that_make_no_sense_are_told(arguments: dict[str, float], message: str) -> None:
    options = {"indifference": 1.0, **arguments}
    with pytest.raises(DataError, match=message):
        kn(normal([0.0, 1.0, 2.0], 1), 3, **options)  # type: ignore[arg-type]


def test_missing_values_and_ties_are_told() -> None:
    with pytest.raises(DataError, match="missing or infinite"):
        kn(lambda designs, first, count: np.full((count, len(designs)), np.nan), 3, indifference=1.0)
    with pytest.raises(DataError, match="shape"):
        kn(lambda designs, first, count: np.zeros((1, 1)), 3, indifference=1.0)
    with pytest.raises(DataError, match="no table of numbers"):
        kn(lambda designs, first, count: [["many"] * len(designs)] * count, 3, indifference=1.0)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="share the best mean"):
        ocba_fractions([1, 1, 0], [1, 1, 1])
