"""Repeat reports in a log give back how readily each street reports: by hand, and from simulated logs (L01)."""

from dataclasses import replace
from functools import cache
from math import exp, sqrt
from pathlib import Path

import numpy as np
import pytest

from citysim.engines.simulate import simulate
from citysim.judging.reporting import (
    Z_90,
    poisson_interval,
    readiness,
    reporting_adjusted_delay,
    reporting_rates,
    reporting_ratio_90_10,
)
from citysim.judging.view import view_all
from citysim.log import CLOSED, Log
from citysim.policy.durations import Lognormal
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from citysim.units import DAY, HOUR, WEEK
from citysim.world.incidents import Excitation
from citysim.world.sample import sample_world
from citysim.world.scenario import Scenario, load_scenario
from tests.judging.logs import case, make_log

SCENARIOS = Path(__file__).parents[2] / "scenarios"
HOTLINE, PATROL = 2, 3
CLOSES = Policy("closes", Workflow().delay(Lognormal(8 * HOUR, 0.8)).close(), Staffing(()))
"""Every case ends after 8 hours in the middle, 38 hours for one in fifty."""
REPEATS_PER_HOUR = 3.0 / 15.0


@cache
def city() -> Scenario:
    return load_scenario(SCENARIOS / "central-chongqing.yaml")


@cache
def logged(one_kind: bool) -> Log:
    """Two weeks of the city: all its types, or one type that citizens repeat at 3 / 15 h in the average street."""
    place = city()
    if one_kind:
        parking = next(kind for kind in place.kinds if kind.id == "illegal_parking")
        plain = replace(parking, repeats=3.0, excitation=Excitation(), escalations=(), recurrence_chance=0.0)
        place = replace(place, kinds=(plain,))
    return simulate(sample_world(place, seed=9, replication=0, weeks=2), CLOSES, steps=False)


def test_the_rate_is_further_reports_by_the_time_during_which_they_could_come() -> None:
    """Street 0: 2 further reports in 4 h + 45 h (open to the end, but 45 h is the most); street 1: none in 10 h."""
    log = make_log(
        [
            case(street=0, reported=0, ended=4 * HOUR, outcome=CLOSED),
            case(street=1, reported=0, ended=10 * HOUR, outcome=CLOSED),
            case(street=0, reported=HOUR, parent=0, ended=2 * HOUR, outcome=CLOSED),
            case(street=0, reported=DAY),
            case(street=0, reported=DAY, genuine=0),
            case(street=0, reported=2 * DAY, parent=3),
        ],
        until=WEEK,
    )
    rates = reporting_rates(log)
    assert rates.area.tolist() == [0, 1]
    assert rates.reports.tolist() == [2, 0]
    assert rates.hours.tolist() == [49.0, 10.0]
    assert rates.rate.tolist() == [2 / 49, 0.0]
    assert rates.delay_hours.tolist() == pytest.approx([49 / 2, np.inf])
    assert rates.low[1] == 0.0


def test_the_interval_is_that_of_the_poisson_tables() -> None:
    """Garwood (1936): 95 % limits of 0 are 0 and 3.689, of 10 are 4.795 and 18.390."""
    low, high = poisson_interval(np.array([0, 10]))
    assert low == pytest.approx([0.0, 4.795], abs=5e-4)
    assert high == pytest.approx([3.689, 18.390], abs=5e-4)


def test_true_rates_of_many_streets_lie_in_their_intervals() -> None:
    """Coverage over the streets of the city: the exact interval covers at least 95 %, and is not idle."""
    rates = reporting_rates(logged(one_kind=True))
    true = REPEATS_PER_HOUR * city().city.reporting_factor[rates.area]
    covered = (rates.low <= true) & (true <= rates.high)
    n = len(rates.area)
    assert n > 150
    assert (covered.mean() - 0.95) / sqrt(0.95 * 0.05 / n) > -4.0
    assert ((rates.high - rates.low) / rates.rate).mean() < 0.45  # to a fifth
    z = (rates.reports - true * rates.hours) / np.sqrt(true * rates.hours)
    assert abs((z**2).sum() - n) / sqrt(2 * n) < 4.0
    assert abs(z.sum()) / sqrt(n) < 4.0


def test_expected_delays_of_citizens_are_recovered() -> None:
    rates = reporting_rates(logged(one_kind=True))
    true = 1.0 / (REPEATS_PER_HOUR * city().city.reporting_factor[rates.area])
    assert np.median(np.abs(rates.delay_hours / true - 1.0)) < 0.1


def test_readiness_compares_like_types_with_like() -> None:
    """All types of the city at once: the readiness of the streets comes back, up to a common factor and chance."""
    ready = readiness(view_all(logged(one_kind=False)))
    true = city().city.reporting_factor[ready.area]
    true = true * (ready.expected.sum() / (true * ready.expected).sum())
    z = (ready.reports - true * ready.expected) / np.sqrt(true * ready.expected)
    n = len(ready.area)
    assert abs((z**2).sum() - n) / sqrt(2 * n) < 4.0
    assert np.corrcoef(np.log(true), np.log(ready.shrunk))[0, 1] > 0.9


def test_the_ratio_between_streets_is_recovered_and_not_blown_up_by_chance() -> None:
    factor = np.log(city().city.reporting_factor)
    true = exp(2 * Z_90 * factor.std())
    view = view_all(logged(one_kind=False))
    assert 2.0 < true < 4.5
    assert reporting_ratio_90_10(view) == pytest.approx(true, rel=0.15)
    few = view.where(view.reported < 2 * DAY)
    chance_included = readiness(few).factor
    raw = np.quantile(chance_included, 0.9) / max(float(np.quantile(chance_included, 0.1)), 1e-9)
    assert raw > 1.15 * true
    assert reporting_ratio_90_10(few) == pytest.approx(true, rel=0.3)


def test_chance_alone_makes_no_difference_between_streets() -> None:
    """400 streets alike, 8 further reports each on average: the counts alone would make a ratio of 2.4. Four standard
    errors of the variance, 4 sqrt(2 / 400) / 8, make 1.6."""
    counts = np.random.default_rng(5).poisson(8, 400)
    rows = [case(street=k, ended=10 * HOUR, outcome=CLOSED) for k in range(400)]
    rows += [case(street=k, reported=HOUR, parent=k) for k in range(400) for _ in range(counts[k])]
    assert reporting_ratio_90_10(view_all(make_log(rows, until=WEEK))) < 1.6


def test_streets_that_report_alike_have_a_ratio_of_one() -> None:
    rows = [case(street=k, ended=10 * HOUR, outcome=CLOSED) for k in range(4)]
    rows += [case(street=k % 4, reported=HOUR, parent=k % 4) for k in range(8)]
    assert reporting_ratio_90_10(view_all(make_log(rows, until=WEEK))) == 1.0


def test_the_adjusted_delay_adds_the_hours_until_a_citizen_reports() -> None:
    """4 streets, 10 hours and 2 further reports each: 1 / rate = 5 h; cases of the hotline take 10 h from report on."""
    rows = [case(street=k, ended=10 * HOUR, outcome=CLOSED, channel=HOTLINE if k else PATROL) for k in range(4)]
    rows += [case(street=k % 4, reported=HOUR, parent=k % 4, ended=HOUR, outcome=CLOSED) for k in range(8)]
    assert reporting_adjusted_delay(view_all(make_log(rows, until=WEEK))) == pytest.approx(15.0)


def test_a_log_without_reports_has_no_rates() -> None:
    empty = make_log([], until=WEEK)
    assert len(reporting_rates(empty).area) == 0
    assert np.isnan(reporting_ratio_90_10(view_all(empty)))
    assert np.isnan(reporting_adjusted_delay(view_all(empty)))
