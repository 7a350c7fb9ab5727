"""Which factors matter under noise: functions of which the indices are known, and SciPy."""

import sys

import numpy as np
import pytest

from citysim.errors import DataError, InputError
from citysim.statistics.prim import Criterion
from citysim.statistics.sampling import Factor
from citysim.statistics.sensitivity import flips, morris, morris_design, noise_share, regional, sobol, sobol_design

CUBE = [Factor(name, -np.pi, np.pi) for name in "abc"]
UNIT = [Factor(name, 0, 1) for name in "abc"]
FIRST = (0.3139, 0.4424, 0.0)
TOTAL = (0.5576, 0.4424, 0.2437)
"""Ishigami and Homma (1990), a = 7, b = 0.1; from the closed form of the variances."""


def ishigami(points: np.ndarray) -> np.ndarray:
    a, b, c = points.T
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def noisy(mean: np.ndarray, worlds: int, common: float, own: float, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return mean[:, None] + common * draw.normal(size=worlds) + own * draw.normal(size=(len(mean), worlds))


def needs_salib() -> None:
    pytest.importorskip("SALib")


@pytest.mark.slow
def test_sobol_indices_of_ishigami_come_through_noise() -> None:
    """Noise of its own with standard deviation 3, against 3.72 of the function itself."""
    needs_salib()
    outputs = noisy(ishigami(sobol_design(CUBE, 2048, seed=1)), 10, common=5, own=3, seed=2)

    found = sobol(CUBE, outputs)

    assert [one.factor for one in found] == ["a", "b", "c"]
    for one, first, total in zip(found, FIRST, TOTAL, strict=True):
        assert one.first.mean == pytest.approx(first, abs=0.04)
        assert one.total.mean == pytest.approx(total, abs=0.04)
        assert one.first.low <= first <= one.first.high
        assert one.total.low <= total <= one.total.high


def test_the_jackknife_takes_off_what_noise_adds_to_an_index() -> None:
    """The total of c with n replications of noise s: (V_c + s² / n) / (V + s² / n) in the plain estimate."""
    needs_salib()
    from SALib.analyze import sobol as plain

    mean, n, s, variance = ishigami(sobol_design(CUBE, 2048, seed=3)), 5, 6.0, 13.8446
    outputs = noisy(mean, n, common=0, own=s, seed=4)
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    biased = plain.analyze(problem, outputs.mean(axis=1), False, 2, seed=1)["ST"][2]
    expected = (0.2437 * variance + s**2 / n) / (variance + s**2 / n)

    found = sobol(CUBE, outputs)[2].total

    assert biased == pytest.approx(expected, abs=0.04)
    assert abs(biased - TOTAL[2]) > 0.2
    assert found.mean == pytest.approx(TOTAL[2], abs=0.06)
    assert found.low <= TOTAL[2] <= found.high


def test_with_one_replication_indices_are_those_of_salib_without_an_interval() -> None:
    needs_salib()
    from SALib.analyze import sobol as plain

    mean = ishigami(sobol_design(CUBE, 64, seed=7))
    expected = plain.analyze({"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}, mean, False, 2, seed=1)

    for j, one in enumerate(sobol(CUBE, mean[:, None])):
        assert one.first.mean == pytest.approx(expected["S1"][j], abs=1e-12)
        assert one.total.mean == pytest.approx(expected["ST"][j], abs=1e-12)
        assert np.isnan(one.total.low)


def test_luck_common_to_all_points_leaves_sobol_indices_as_they_are() -> None:
    needs_salib()
    mean = ishigami(sobol_design(CUBE, 256, seed=5))

    quiet, lucky = (sobol(CUBE, noisy(mean, 6, common, 0, seed=6)) for common in (0, 50))

    for one, other in zip(quiet, lucky, strict=True):
        assert other.first.mean == pytest.approx(one.first.mean, abs=1e-9)
        assert other.total.mean == pytest.approx(one.total.mean, abs=1e-9)


@pytest.mark.slow
@pytest.mark.study
@pytest.mark.parametrize("own", [3, 9])
def test_the_intervals_of_indices_hold_them_about_as_often_as_they_say(own: float) -> None:
    needs_salib()
    held, trials = np.zeros((2, 3)), 150
    for seed in range(trials):
        outputs = noisy(ishigami(sobol_design(CUBE, 256, seed)), 8, common=2, own=own, seed=1000 + seed)
        for j, one in enumerate(sobol(CUBE, outputs)):
            held[0, j] += one.first.low <= FIRST[j] <= one.first.high
            held[1, j] += one.total.low <= TOTAL[j] <= one.total.high

    assert (held / trials > 0.9).all()


@pytest.mark.slow
@pytest.mark.study
def test_the_interval_holds_where_worlds_differ_in_what_a_factor_does() -> None:
    """(1 + luck) a + b: on average both do the same, so each has half; points in plenty, but only 8 worlds."""
    needs_salib()
    design, held, trials = sobol_design(UNIT[:2], 512, seed=1), 0, 200
    for seed in range(trials):
        slopes = 1 + 0.5 * np.random.default_rng(seed).normal(size=8)
        first = sobol(UNIT[:2], design[:, :1] * slopes + design[:, 1:])[0].first
        held += first.low <= 0.5 <= first.high

    assert 0.88 < held / trials < 0.995


def test_outputs_that_are_nothing_but_noise_have_no_index_or_one_that_is_unsure() -> None:
    needs_salib()
    for seed in range(20):
        for one in sobol(UNIT, np.random.default_rng(seed).normal(size=(5 * 64, 6))):
            assert np.isnan(one.total.mean) or one.total.high - one.total.low > 0.5


def test_a_factor_with_levels_is_run_at_its_levels_only() -> None:
    needs_salib()
    crews = Factor("crews", 1, 9, (1, 2, 9))

    assert set(sobol_design([crews, UNIT[0]], 64, seed=0)[:, 0]) == {1, 2, 9}


def test_morris_finds_slopes_bends_and_nothing() -> None:
    """10 a + 4 c (b - 1/2): a always does 10, c does 4 (b - 1/2), which is ±2 or ±2/3 on the grid, b does 4 c."""
    needs_salib()
    design = morris_design([*UNIT, Factor("d", 0, 1)], 40, seed=2)
    a, b, c, _ = design.T
    factors = [*UNIT, Factor("d", 0, 1)]
    outputs = noisy(10 * a + 4 * c * (b - 0.5), 6, common=7, own=0, seed=3)

    straight, _, crossed, idle = morris(factors, design, outputs)

    assert (straight.mu.mean, straight.mu_star.mean) == pytest.approx((10, 10), abs=1e-9)
    assert straight.sigma.mean == pytest.approx(0, abs=1e-6)
    assert crossed.mu_star.mean == pytest.approx(4 / 3, abs=0.25)  # half of the places have 2, half have 2/3
    assert crossed.sigma.mean > 1
    assert idle.mu_star.mean == pytest.approx(0, abs=1e-9)


def test_effects_by_morris_are_those_of_differences_by_hand() -> None:
    needs_salib()
    design = morris_design(UNIT, 12, seed=4)
    outputs = noisy(np.sin(5 * design).sum(axis=1) * (1 + design[:, 0]), 1, 0, 0, seed=1)
    effects: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for start in range(0, len(design), 4):
        for row in range(start, start + 3):
            step = design[row + 1] - design[row]
            j = int(np.abs(step).argmax())
            effects[j].append(float((outputs[row + 1, 0] - outputs[row, 0]) / step[j]))

    for j, one in enumerate(morris(UNIT, design, outputs)):
        assert one.mu.mean == pytest.approx(np.mean(effects[j]))
        assert one.mu_star.mean == pytest.approx(np.mean(np.abs(effects[j])))
        assert one.sigma.mean == pytest.approx(np.std(effects[j], ddof=1))


def test_mu_star_of_a_factor_without_effect_is_about_what_noise_makes_of_it() -> None:
    """Both by the closed form: √(2 / π) · √2 · own / √replications, divided by a step of 2 / 3."""
    needs_salib()
    design = morris_design(UNIT, 400, seed=5)
    outputs = noisy(10 * design[:, 0], 20, common=3, own=2, seed=6)

    _, idle, _ = morris(UNIT, design, outputs)
    expected = (2 / np.pi) ** 0.5 * 2**0.5 * 2 / 20**0.5 / (2 / 3)

    assert idle.by_noise == pytest.approx(expected, rel=0.03)
    plain = np.abs(np.diff(outputs.mean(axis=1).reshape(-1, 4), axis=1)) / (2 / 3)
    moved = np.abs(np.diff(design.reshape(-1, 4, 3), axis=1)).argmax(axis=2)
    assert plain[moved == 1].mean() == pytest.approx(idle.by_noise, rel=0.1)


def test_noise_is_parted_into_luck_common_to_all_points_and_their_own() -> None:
    draw = np.random.default_rng(1)
    shares = [noise_share(noisy(2 * draw.normal(size=200), 200, 1.0, 2.0, seed)) for seed in range(5)]

    assert np.mean([one.common for one in shares]) == pytest.approx(1 / 9, abs=0.02)
    assert np.mean([one.own for one in shares]) == pytest.approx(4 / 9, abs=0.03)
    assert np.mean([one.total for one in shares]) == pytest.approx(5 / 9, abs=0.04)


def test_the_parts_of_noise_in_a_square_of_four_numbers_are_those_worked_out_by_hand() -> None:
    """Rows 0 1 / 2 7: own 4 / 1; common 4.5 - 4 / 2; factors 8 - 4 / 2; together 12.5."""
    found = noise_share([[0, 1], [2, 7]])

    assert (found.total, found.common, found.own) == pytest.approx((6.5 / 12.5, 2.5 / 12.5, 4 / 12.5))


def test_without_noise_its_share_is_nothing() -> None:
    assert noise_share(np.tile([[1.0], [2.0], [4.0]], (1, 3))).total == pytest.approx(0, abs=1e-15)


def test_regional_distance_and_p_are_those_of_the_kolmogorov_smirnov_test() -> None:
    from scipy.stats import ks_2samp

    draw = np.random.default_rng(3)
    points = draw.random((80, 3))
    outputs = points[:, :1] - 0.6 + draw.normal(0, 0.6, size=(80, 1))
    inside = outputs[:, 0] < 0

    for j, one in enumerate(regional(points, outputs)):
        expected = ks_2samp(points[inside, j], points[~inside, j], method="exact")
        assert one.distance == pytest.approx(expected.statistic, abs=1e-12)
        assert one.p == pytest.approx(expected.pvalue, abs=4 * (expected.pvalue / 1000) ** 0.5 + 0.002)


def test_equal_values_of_a_factor_count_together() -> None:
    from scipy.stats import ks_2samp

    draw = np.random.default_rng(4)
    points = draw.integers(0, 4, size=(60, 5)).astype(float)
    inside = draw.random(60) < 0.5

    for j, one in enumerate(regional(points, np.where(inside, -1.0, 1.0)[:, None])):
        assert one.distance == pytest.approx(ks_2samp(points[inside, j], points[~inside, j]).statistic, abs=1e-12)


def test_a_factor_of_levels_is_separated_at_the_level() -> None:
    points = np.repeat([[1.0], [2.0], [3.0]], 20, axis=0)
    outputs = np.where(points <= 2, -1.0, 1.0)

    (found,) = regional(points, outputs)

    assert (found.distance, found.at) == (1.0, 2.0)
    assert found.p == 1 / 1000


@pytest.mark.slow
def test_p_of_a_factor_that_does_nothing_is_uniform() -> None:
    trials = 200
    draw = np.random.default_rng(9)
    low = sum(
        regional(draw.random((60, 1)), draw.normal(size=(60, 4)), Criterion(0.3), seed=seed)[0].p <= 0.1
        for seed in range(trials)
    )

    assert abs(low / trials - 0.1) < 4 * (0.1 * 0.9 / trials) ** 0.5


def test_a_flip_is_found_and_so_is_the_factor_that_decides_it() -> None:
    draw = np.random.default_rng(5)
    points = draw.random((300, 3))
    outputs = noisy(5 * (points[:, 1] - 0.4), 20, common=0.1, own=0.5, seed=6)

    found = flips(points, outputs)

    assert found.better == pytest.approx(0.4, abs=0.1)
    assert found.worse == pytest.approx(0.6, abs=0.1)
    assert found.better + found.worse + found.cannot_tell == pytest.approx(1)
    assert found.separations[0].factor == 1
    assert found.separations[0].at == pytest.approx(0.4, abs=0.1)
    assert found.separations[0].distance == 1
    assert all(one.p > 0.01 for one in found.separations[1:])


def test_what_is_better_turns_round_if_more_is_better() -> None:
    draw = np.random.default_rng(7)
    points, outputs = draw.random((50, 2)), draw.normal(0.5, 1, size=(50, 8))

    one, other = flips(points, outputs), flips(points, outputs, less_is_better=False)

    assert (one.better, one.worse, one.cannot_tell) == (other.worse, other.better, other.cannot_tell)


def test_where_nothing_differs_a_twentieth_of_points_is_called_by_chance() -> None:
    draw = np.random.default_rng(8)
    found = flips(draw.random((2000, 1)), draw.normal(size=(2000, 6)))

    assert abs(found.cannot_tell - 0.95) < 4 * (0.95 * 0.05 / 2000) ** 0.5


def test_if_all_points_are_alike_nothing_separates_them() -> None:
    found = flips([[0.0], [1.0]], [[1.0, 1.1], [1.0, 1.01]])

    assert found.verdicts == ("worse", "worse")
    assert found.separations == ()


def test_without_salib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib.analyze.sobol", None)

    with pytest.raises(InputError, match=r"pip install 'citysim\[analysis\]'"):
        sobol(UNIT, np.arange(10.0)[:, None])


def test_a_design_is_the_same_for_the_same_seed() -> None:
    needs_salib()

    assert np.array_equal(sobol_design(UNIT, 8, seed=4), sobol_design(UNIT, 8, seed=4))
    assert np.array_equal(morris_design(UNIT, 8, seed=4), morris_design(UNIT, 8, seed=4))
    assert not np.array_equal(sobol_design(UNIT, 8, seed=4), sobol_design(UNIT, 8, seed=0))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: sobol(UNIT, np.ones((11, 2))), "outputs has 11 rows"),
        (lambda: sobol(UNIT, np.ones((10, 2))), "same at every point"),
        (lambda: sobol_design(UNIT, 10, 0), "n = 10, must be a power of 2"),
        (lambda: morris_design(UNIT, 1, 0), "trajectories = 1"),
        (lambda: morris(UNIT, np.ones((8, 2)), np.ones((8, 2))), "design has shape"),
        (lambda: noise_share([[1.0, 1.0], [1.0, 1.0]]), "and vary"),
        (lambda: noise_share([[1.0], [2.0]]), "two or more"),
        (lambda: regional([[0.0], [1.0]], [[1.0], [2.0]]), "0 of 2 are of interest"),
        (lambda: regional([[0.0], [1.0]], [[-1.0], [-2.0]]), "2 of 2 are of interest"),
        (lambda: regional([[0.0]], [[1.0], [-2.0]]), "1 and 2 rows"),
        (lambda: flips([[0.0]], [[1.0]]), "2 or more"),
    ],
)
def test_nonsense_is_refused_by_name(call, said) -> None:
    needs_salib()
    with pytest.raises(DataError, match=said):
        call()
