"""Is the onset of incidents an exact Poisson process with a changing rate?"""

import numpy as np
import pytest

from citysim.streams import derive_array, purpose_code, uniforms
from citysim.world.onset import cumulative_intensity, invert, onset_hours

# Arrivals per hour over 18 hours: Nelson (2013), Foundations and Methods of Stochastic Simulation.
NELSON = np.array(
    [2.36666666667, 2.8, 8.83333333333, 10.4333333333, 14.8, 26.2666666667, 31.4, 18.0666666667, 16.4666666667,
     12.0333333333, 11.6, 28.8666666667, 18.0333333333, 11.5, 5.3, 4.06666666667, 2.2, 2.1]
)  # fmt: skip
PROCESSES = 20_000


def counts_by_hour(scale: float, key: int = 5) -> np.ndarray:
    """Counts of shape (processes, hours)."""
    streams = derive_array(1, np.arange(PROCESSES))
    process, _, hour = onset_hours(key, streams, np.full(PROCESSES, scale), cumulative_intensity(NELSON))
    cells = process * len(NELSON) + hour.astype(np.int64)
    return np.bincount(cells, minlength=PROCESSES * len(NELSON)).reshape(PROCESSES, len(NELSON))


def frozen_rate_mean(scale: float) -> float:
    """Mean count if the rate were frozen at the last arrival, the classic mistake; shows what the test can see."""
    luck, now, count = np.random.default_rng(3), np.zeros(4000), 0
    while (alive := now < len(NELSON)).any():
        now[alive] += luck.exponential(1, alive.sum()) / (scale * NELSON[now[alive].astype(int)])
        count += int((now < len(NELSON)).sum() if alive.all() else (now[alive] < len(NELSON)).sum())
    return count / len(now)


@pytest.mark.parametrize("scale", [0.02, 0.2])
def test_hourly_counts_have_the_mean_and_the_variance_of_nelsons_profile(scale: float) -> None:
    counts, expected = counts_by_hour(scale), scale * NELSON

    z = (counts.mean(axis=0) - expected) / np.sqrt(expected / PROCESSES)
    assert np.abs(z).max() < 4
    total = counts.sum(axis=1)
    assert abs(total.mean() - expected.sum()) / np.sqrt(expected.sum() / PROCESSES) < 4
    spread = np.sqrt((2 + 1 / expected.sum()) / PROCESSES)  # standard error of variance over mean of Poisson counts
    assert abs(total.var() / expected.sum() - 1) < 4 * spread


@pytest.mark.parametrize("scale", [0.02, 0.2])
def test_a_rate_frozen_at_the_last_arrival_would_be_found_out(scale: float) -> None:
    expected = scale * NELSON.sum()

    assert abs(frozen_rate_mean(scale) - expected) / np.sqrt(expected / PROCESSES) > 8


def test_counts_in_two_hours_are_not_correlated() -> None:
    counts = counts_by_hour(0.2)

    correlations = np.corrcoef(counts.T)[np.triu_indices(len(NELSON), 1)]
    assert np.abs(correlations).max() < 4.5 / np.sqrt(PROCESSES)  # 153 pairs


def test_times_within_an_hour_of_constant_rate_are_uniform() -> None:
    streams = derive_array(2, np.arange(PROCESSES))
    _, _, hour = onset_hours(9, streams, np.ones(PROCESSES), cumulative_intensity(np.ones(4)))

    cells = np.bincount((hour % 1 * 20).astype(int), minlength=20)
    chi_square = ((cells - cells.mean()) ** 2 / cells.mean()).sum()
    assert chi_square < 19 + 4 * np.sqrt(2 * 19)


def test_inversion_is_exact_and_skips_hours_without_intensity() -> None:
    cumulative = cumulative_intensity(np.array([2.0, 0.0, 0.0, 4.0]))

    assert invert(cumulative, np.array([0.0, 1.0, 2.0, 3.0, 5.0])).tolist() == [0.0, 0.5, 3.0, 3.25, 3.75]


def test_streams_that_need_more_gaps_than_expected_get_them() -> None:
    """Against one draw of far too many gaps; 20,000 streams hold some with three times their expected count."""
    cumulative = cumulative_intensity(np.full(10, 1.0))
    streams = derive_array(3, np.arange(PROCESSES))
    process, ordinal, hour = onset_hours(1, streams, np.full(PROCESSES, 0.1), cumulative)

    luck = uniforms(1, streams[:, None], purpose_code("onset"), np.arange(60)[None, :])
    hours = np.cumsum(-np.log1p(-luck), axis=1) / 0.1
    expected = [(p, o, hours[p, o]) for p, o in zip(*np.nonzero(hours < 10), strict=True)]
    assert max(o for _, o, _ in expected) >= 6
    assert sorted(zip(process, ordinal, strict=True)) == [(p, o) for p, o, _ in expected]
    assert np.sort(hour) == pytest.approx(np.sort([h for _, _, h in expected]))


@pytest.mark.slow
def test_a_busy_neighbour_does_not_move_a_stream() -> None:
    cumulative = cumulative_intensity(NELSON)
    streams = derive_array(3, np.arange(500))
    calm = onset_hours(1, streams, np.full(500, 0.02), cumulative)
    busy = onset_hours(1, streams, np.where(np.arange(500) == 7, 50.0, 0.02), cumulative)

    rows = [sorted(row for row in zip(*drawn, strict=True) if row[0] != 7) for drawn in (calm, busy)]
    assert rows[0] == rows[1]


def test_a_city_without_intensity_has_no_incident() -> None:
    process, ordinal, hour = onset_hours(
        1, derive_array(3, np.arange(5)), np.zeros(5), cumulative_intensity(np.ones(9))
    )

    assert len(process) == len(ordinal) == len(hour) == 0
