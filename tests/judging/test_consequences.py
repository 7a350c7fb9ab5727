"""What incidents did, and what accidents that makes, by hand."""

from dataclasses import replace
from math import erfc, exp, log
from pathlib import Path

import numpy as np
import pytest

from citysim.damage import SERVICES, Damage, DamageRules
from citysim.intake import SIGNALS, plain_kinds
from citysim.judging.accidents import DEATHS, LOSS_SIGMA, NO_ACCIDENT, accident_grade, expected_accidents
from citysim.judging.consequences import Consequences, Exposure, consequences
from citysim.judging.view import view
from citysim.log import CLOSED
from citysim.units import HOUR, WEEK
from citysim.world.scenario import load_scenario
from tests.judging.logs import case, make_log

MILLION = load_scenario(Path(__file__).parents[2] / "scenarios" / "million.yaml")
BURN = Damage(
    deaths=.001, deaths_hour=.002, injured=.01, loss=100, loss_hour=10, cap_hours=5,
    households=(400, 300, 200, 100), service="water", lanes=(4, 3, 2, 1), people=50,
)  # fmt: skip


def of_one(severity: int, unsafe: float, broken: float, signals: int = 0) -> Consequences:
    exposure = Exposure(
        np.zeros(1, int), np.array([severity]), np.array([unsafe]), np.array([broken]), np.array([signals], np.int8)
    )
    return consequences(replace(plain_kinds(1), damage=(BURN,)), exposure)


def expected(deaths: float = 0.0, injured: float = 0.0, loss: float = 0.0, **outage: float) -> Consequences:
    columns = {"deaths": deaths, "injured": injured, "loss": loss, "household_hours": 0, "lane_hours": 0}
    columns |= {"person_hours": 0, "households": 0, "outage_hours": 0, "service": SERVICES.index("water")} | outage
    return Consequences(**{name: np.array([value]) for name, value in columns.items()})


def test_severity_and_time_multiply_what_it_does() -> None:
    """Severity III, 3 unsafe hours, 4 until mended: a decade above IV, and twice the people."""
    found = of_one(2, 3.0, 4.0)

    assert found.deaths[0] == pytest.approx(10 * (0.001 + 3 * 0.002))
    assert found.injured[0] == pytest.approx(10 * 0.01)
    assert found.loss[0] == pytest.approx(10 * (100 + 3 * 10))
    assert found.household_hours[0] == 200 * 4
    assert found.lane_hours[0] == 2 * 4
    assert found.person_hours[0] == 2 * 50 * 4
    assert (found.households[0], found.outage_hours[0]) == (200, 4)


def test_hours_until_safe_are_capped_and_hours_until_mended_are_not() -> None:
    found = of_one(3, 30.0, 40.0)

    assert found.deaths[0] == pytest.approx(0.001 + 5 * 0.002)
    assert found.household_hours[0] == 100 * 40


def test_signals_hurt_somebody_and_block_lanes_until_safe() -> None:
    found = of_one(3, 3.0, 4.0, 1 << SIGNALS.index("injury") | 1 << SIGNALS.index("traffic"))

    assert found.injured[0] == pytest.approx(1.01)
    assert found.lane_hours[0] == 1 * 4 + 2 * 3


def test_a_type_without_numbers_does_nothing() -> None:
    exposure = Exposure(np.zeros(1, int), np.zeros(1, int), np.ones(1), np.ones(1), np.zeros(1, np.int8))

    found = consequences(plain_kinds(1), exposure)

    assert not any(getattr(found, name)[0] for name in found.__dataclass_fields__)


def test_every_type_of_the_scenarios_has_its_numbers() -> None:
    assert all(kind.damage != Damage() for kind in MILLION.kinds)


def test_factors_scale_all_types() -> None:
    rules = DamageRules((8.0, 4.0, 2.0, 1.0), (3.0, 3.0, 3.0, 1.0), 5.0, 7.0)
    kinds = replace(plain_kinds(1), damage=(BURN,), damage_rules=rules)
    signals = np.array([1 << SIGNALS.index("injury") | 1 << SIGNALS.index("traffic")], np.int8)
    found = consequences(kinds, Exposure(np.zeros(1, int), np.zeros(1, int), np.ones(1), np.ones(1), signals))

    assert found.deaths[0] == pytest.approx(8 * 0.003)
    assert found.injured[0] == pytest.approx(8 * 0.01 + 5)
    assert found.lane_hours[0] == 4 + 7
    assert found.person_hours[0] == 3 * 50


@pytest.mark.parametrize(
    ("kinds", "hours", "deaths"),
    [
        (("highrise_fire", "other_building_fire", "outdoor_or_forest_fire"), 1.0, 2_001 / 908_000),
        (("gas_explosion",), 1.0, 0.15),
        (("road_collapse",), 2.0, 76 / 1_723),
        (("slope_deformation",), 24.0, 63 / 3_668),
    ],
)
def test_deaths_of_a_mean_incident_come_near_the_public_totals(
    kinds: tuple[str, ...], hours: float, deaths: float
) -> None:
    """Within a factor of two, at so many hours until safe, over the severities of the types."""
    total = rate = 0.0
    for kind in (kind for kind in MILLION.kinds if kind.id in kinds):
        weight = np.dot(kind.severity, MILLION.damage_rules.severity_factors)
        total += kind.rate_per_100k_year * weight * (kind.damage.deaths + hours * kind.damage.deaths_hour)
        rate += kind.rate_per_100k_year

    assert 0.5 < total / rate / deaths < 2.0


@pytest.mark.parametrize(
    ("deaths", "injured", "loss", "grade"),
    [
        (0, 0, 999_999, NO_ACCIDENT), (1, 0, 0, 3), (2, 9, 9.9e6, 3), (3, 0, 0, 2), (0, 10, 0, 2), (0, 0, 10e6, 2),
        (10, 0, 0, 1), (0, 50, 0, 1), (0, 0, 50e6, 1), (30, 0, 0, 0), (0, 100, 0, 0), (0, 0, 100e6, 0), (29, 99, 1, 1),
    ],
)  # fmt: skip
def test_accident_grades_step_as_the_decree_says(deaths: int, injured: int, loss: float, grade: int) -> None:
    assert accident_grade(deaths, injured, loss) == grade


@pytest.mark.parametrize(
    ("households", "hours", "service", "grade"),
    [
        (9_999, 25, "water", 3), (10_000, 25, "water", 2), (30_000, 25, "water", 1), (50_000, 25, "water", 1),
        (50_000, 49, "water", 0), (50_000, 24, "water", NO_ACCIDENT), (999, 25, "gas", NO_ACCIDENT),
        (1_000, 25, "gas", 3), (100_000, 49, "power", 0),
    ],
)  # fmt: skip
def test_outages_step_by_households_and_hours(households: int, hours: float, service: str, grade: int) -> None:
    assert accident_grade(0, 0, 0, households, hours, service) == grade


def test_grades_of_many_at_once() -> None:
    assert accident_grade([0, 1, 30], 0, [0, 20e6, 0]).tolist() == [4, 2, 0]


def test_chances_of_poisson_deaths_by_hand() -> None:
    """Two expected deaths: none e^-2; 1 or 2 are general (IV); three and more are larger (III) or worse."""
    chances = expected_accidents(expected(deaths=2.0))[0]
    three_or_more = 1 - exp(-2) * (1 + 2 + 2)

    assert chances[3] == pytest.approx(exp(-2) * (2 + 2))
    assert chances[:3].sum() == pytest.approx(three_or_more)
    assert chances.sum() == pytest.approx(1 - exp(-2))


def test_ten_incidents_with_a_third_of_a_death_each_are_some_accidents() -> None:
    """The grade of the expectation would be: no accident, ten times."""
    many = expected(deaths=0.3)
    assert accident_grade(many.deaths, many.injured, many.loss)[0] == NO_ACCIDENT

    assert 10 * expected_accidents(many)[0].sum() == pytest.approx(10 * (1 - exp(-0.3)))


def test_chance_of_a_loss_by_hand() -> None:
    """A mean of one million is reached with probability Phi(-sigma/2), since the lognormal's median lies below."""
    chances = expected_accidents(expected(loss=1e6))[0]

    assert chances.sum() == pytest.approx(0.5 * erfc(LOSS_SIGMA / 2 / 2**0.5))
    assert chances[:3].sum() == pytest.approx(0.5 * erfc((log(10) / LOSS_SIGMA + LOSS_SIGMA / 2) / 2**0.5))


def test_an_outage_is_of_its_grade_for_sure() -> None:
    found = expected_accidents(expected(deaths=1e-3, households=12e3, outage_hours=30.0))[0]

    assert found[2] == pytest.approx(1.0, abs=1e-6)
    assert found.sum() == pytest.approx(1.0)


def test_chances_agree_with_grades_of_drawn_numbers() -> None:
    """The formula against 200,000 draws of the same law."""
    draw = np.random.default_rng(5)
    n, mean = 200_000, 3e6
    deaths, injured = draw.poisson(1.5, n), draw.poisson(8.0, n)
    loss = np.exp(draw.normal(np.log(mean) - LOSS_SIGMA**2 / 2, LOSS_SIGMA, n))
    drawn = np.bincount(accident_grade(deaths, injured, loss), minlength=5)[:4] / n

    np.testing.assert_allclose(expected_accidents(expected(1.5, 8.0, mean))[0], drawn, atol=4e-3)


@pytest.mark.parametrize("mean", [0.0, 1e-9, 1e-4, 1.1e-4, 0.5, 40.0, 400.0])
def test_chances_are_chances(mean: float) -> None:
    chances = expected_accidents(expected(deaths=mean, injured=5 * mean, loss=1e6 * mean))[0]

    assert (chances >= 0).all()
    assert chances.sum() <= 1 + 1e-12
    assert len(DEATHS) == len(chances)


def test_a_case_counts_until_safe_until_mended_and_at_its_worst() -> None:
    """Safe after 2 h, marked fixed after 3 but redone, closed after 9; upgraded from III to II; open at the end: 10."""
    redone = case(severity=2, upgraded=1, safe=2 * HOUR, fixed=3 * HOUR, reworks=1, outcome=CLOSED, ended=9 * HOUR)
    plain = case(severity=0, upgraded=1, fixed=3 * HOUR)
    still = case(reported=WEEK - 10 * HOUR)
    cases = view(make_log([redone, plain, still], WEEK))

    assert cases.onset_to_safe_so_far.tolist() == [2, 3, 10]
    assert cases._columns["onset_to_restored_so_far"].tolist() == [9, 3, 10]
    assert cases.worst_severity.tolist() == [1, 0, 3]
