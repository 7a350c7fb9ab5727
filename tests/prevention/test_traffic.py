"""Parking, bikes, schools and hospitals spare what their sentences say."""

from math import exp

import numpy as np
import pytest

from citysim.policy.programmes import Bikes, Hospitals, Parking, Schools
from citysim.prevention.car_parks import CLOSED, CarParks, as_now, guided, with_more_spaces
from citysim.prevention.quotas import GOOD, GROWS, OVERFULL, PERIOD, TAIL, operator_of, overfull_of, quotas_until
from citysim.prevention.traffic import CROWDED, EASED, POOL, POSTED, at_peak
from citysim.units import DAY, HOUR
from citysim.world.incidents import FIRST
from tests.prevention.places import (
    PATROL,
    assert_share,
    assert_superset,
    assert_untouched,
    city,
    rows_of,
    spared,
    under,
)

CARS = city("illegal_parking", "street_vending", weeks=26)
HEAPS = city("shared_bike_cluster", weeks=52)
GATES = city("school_gate_disorder", "hospital_access_block", weeks=52)


def test_more_spaces_shared_or_new_spare_supersets_with_and_without_guidance() -> None:
    for guidance in (0.0, 0.5):
        for strong in ({"shared": 0.8}, {"lots": 0.1}):
            weak = {name: value / 4 for name, value in strong.items()}
            arms = [{"parking": Parking(guidance=guidance, **levers)} for levers in (weak, strong)]
            assert_superset(CARS, *arms)


def test_cars_led_away_from_a_full_street_fill_the_others_of_its_district_and_none_vanishes() -> None:
    """Half of the 0.2 too many leave; the two with room take them 1 to 3; the other district sees nothing."""
    district = np.array([0, 0, 0, 1])
    parks = CarParks(np.array([[1.1, 0.8, 0.6, 1.2]]), np.ones((1, 4)))

    everywhere = (np.zeros(4, np.int64), np.arange(4))
    assert guided(parks, 0.5, district, everywhere) == pytest.approx([1.0, 0.825, 0.675, 1.2])
    crowded = CarParks(np.array([[1.1, 0.85, 0.9, 0.3]]), np.ones((1, 4)))
    assert guided(crowded, 1.0, district, everywhere) == pytest.approx([1.05, 0.9, 0.9, 0.3])


def test_occupancy_is_of_the_street_and_hour_whoever_asks_and_rises_as_the_pattern() -> None:
    hours = np.arange(24 * 7 * 20)
    all_of_it = as_now(CARS, hours).cars  # of as many spaces as now
    few = np.array([7, 19, 500])

    assert (as_now(CARS, few).cars == all_of_it[few]).all()
    assert all_of_it.shape == (len(hours), 3)
    assert (all_of_it[19::24] > all_of_it[6::24]).all(axis=1).any()
    assert np.ptp(all_of_it.mean(axis=0)) > 0.01
    assert 0.02 < (all_of_it[9::24] - all_of_it[9::24].mean(axis=0)).std() < 0.06


def test_guidance_spares_where_it_was_full_and_takes_some_of_it_back_where_cars_come_to() -> None:
    """Sharing alone spares cases in a street that guidance then fills; more cases are spared in sum."""
    alone, led = Parking(shared=0.3), Parking(shared=0.3, guidance=0.9)
    rows = rows_of(CARS, "illegal_parking")
    without, with_it = (~under(CARS, parking=parking).happens[rows] for parking in (alone, led))

    assert with_it.sum() > without.sum()
    assert (without & ~with_it).any()


def test_shared_offices_help_most_when_offices_are_closed() -> None:
    rows = rows_of(CARS, "illegal_parking")
    gone = ~under(CARS, parking=Parking(shared=1.0)).happens[rows]
    hour, day = (CARS.incidents.occurred[rows] % DAY) // HOUR, CARS.incidents.occurred[rows] // DAY
    crowded = np.isin(hour, (19, 20)), np.isin(hour, (9, 10, 11)) & (day % 7 < 5)
    noon, evening = with_more_spaces(
        CARS, np.array([12, 20]), as_now(CARS, np.array([12, 20])), Parking(shared=1.0)
    ).spaces

    assert noon + evening == pytest.approx(2.0 + CLOSED)
    assert evening.mean() > noon.mean() > 1.0
    assert gone[crowded[0]].mean() > gone[crowded[1]].mean()
    assert spared(CARS, "street_vending", parking=Parking(shared=1.0)) == 0.0


def test_parking_by_habit_stays_whatever_is_built() -> None:
    assert 0.2 < spared(CARS, "illegal_parking", parking=Parking(shared=1.0, guidance=1.0, lots=0.2)) < 0.8


def test_moving_a_share_of_the_bikes_empties_as_many_heaps_as_the_pareto_law_says() -> None:
    """A heap is x times overfull with chance x^-3; moving 30 % leaves those above 1 / 0.7."""
    assert_share(HEAPS, "shared_bike_cluster", 1.0 - 0.7**TAIL, bikes=Bikes(moved=0.3))


def test_the_quota_of_a_period_follows_the_operators_own_overflow_of_the_period_before() -> None:
    """The heaps that nothing has bred, counted by hand in the world itself, give the scores."""
    bikes = Bikes(quota_cut=0.2, moved=0.1)
    rows = rows_of(HEAPS, "shared_bike_cluster")
    rows = rows[HEAPS.incidents.link[rows] == FIRST]
    luck, period = HEAPS.incidents.luck[rows], HEAPS.incidents.occurred[rows] // PERIOD
    quota = quotas_until(HEAPS, bikes, 0, 3 * PERIOD)

    assert quota.shape == (4, 3)
    assert (quota[0] == 1.0).all()
    for k in (0, 1, 2):
        now = period == k
        size = overfull_of(HEAPS.key, luck) * quota[k, operator_of(HEAPS.key, luck)] * 0.9
        cases = [(now & (size > OVERFULL) & (operator_of(HEAPS.key, luck) == o)).sum() for o in range(3)]
        over = np.array(cases) / (now.sum() / 3) - GOOD
        expected = quota[k] * (1.0 - 0.2 * np.clip(over, 0.0, 1.0) + GROWS * np.clip(-over / GOOD, 0.0, 1.0))
        assert quota[k + 1] == pytest.approx(np.clip(expected, 0.5, 1.0))


def test_the_worst_operator_loses_most_bikes_and_a_good_score_brings_some_back() -> None:
    year = quotas_until(HEAPS, Bikes(quota_cut=0.3), 0, 12 * PERIOD)
    assert (np.diff(year[-1]) > 0.0).all()
    assert year[-1, 0] < 0.85
    assert (np.diff(year, axis=0) > 0.0).any()
    assert (quotas_until(HEAPS, Bikes(quota_cut=0.3, least=0.9), 0, 12 * PERIOD) >= 0.9).all()
    clean = quotas_until(HEAPS, Bikes(quota_cut=0.3, moved=0.6), 0, 12 * PERIOD)
    assert (clean == 1.0).all()  # hardly a place overflows, so nobody loses anything


def test_a_smaller_quota_acts_from_the_second_period_on() -> None:
    rows = rows_of(HEAPS, "shared_bike_cluster")
    gone = ~under(HEAPS, bikes=Bikes(quota_cut=0.2)).happens[rows]
    period = HEAPS.incidents.occurred[rows] // PERIOD

    assert gone[period == 0].mean() == 0.0
    assert gone[period == 8].mean() > gone[period == 1].mean() > 0.0
    weak = spared(HEAPS, "shared_bike_cluster", bikes=Bikes(quota_cut=0.05))
    assert gone.mean() > weak > 0.0
    assert_superset(HEAPS, {"bikes": Bikes(moved=0.1)}, {"bikes": Bikes(moved=0.3)})


def test_bays_help_where_there_was_no_room_and_posts_at_the_peaks() -> None:
    assert_share(GATES, "school_gate_disorder", 0.5 * EASED, schools=Schools(bays=0.5))
    peak = float(at_peak(GATES, rows_of(GATES, "school_gate_disorder")).mean())
    assert 0.3 < peak < 1.0
    assert_share(GATES, "school_gate_disorder", 0.5 * POSTED * peak, schools=Schools(posts=0.5))
    assert spared(GATES, "hospital_access_block", schools=Schools(bays=1.0, posts=1.0)) == 0.0
    assert_superset(GATES, {"schools": Schools(bays=0.2)}, {"schools": Schools(bays=0.9, posts=0.5)})


def test_pooled_and_new_spaces_take_the_excess_of_cars() -> None:
    assert_share(GATES, "hospital_access_block", 1.0 - exp(-POOL / CROWDED), hospitals=Hospitals(pooled=1.0))
    assert_share(GATES, "hospital_access_block", 1.0 - exp(-0.1 / CROWDED), hospitals=Hospitals(spaces=0.1))
    assert_superset(GATES, {"hospitals": Hospitals(pooled=0.3)}, {"hospitals": Hospitals(pooled=0.9, spaces=0.1)})


def test_schools_and_hospitals_of_a_zone_are_served_and_posts_that_nobody_pays_leave_the_other_streets() -> None:
    """Posts at all gates of one street of three: 0.00012 x 380 x 1.5 / 52 of 0.03 hours a week, half from each."""
    street = int(np.argmin(GATES.scenario.city.reporting_factor))
    schools = Schools(bays=1.0, posts=1.0, zones=0.34, extra=False)
    hospitals = Hospitals(spaces=0.5, lane=1.0, zones=0.34)
    effects = under(GATES, schools=schools, hospitals=hospitals)
    here = GATES.incidents.street == street
    taken = 0.00012 * 380.0 * 1.5 / 52.0 / 0.03 / 2

    for kind in ("school_gate_disorder", "hospital_access_block"):
        rows = rows_of(GATES, kind)
        assert effects.happens[rows[~here[rows]]].all()
        assert not effects.happens[rows[here[rows]]].all()
    assert (effects.severity[~here] == GATES.incidents.severity[~here]).all()
    assert (effects.noticing[here] == 1.0).all()
    assert effects.noticing[~here, PATROL] == pytest.approx(1.0 - taken)
    paid = Schools(bays=1.0, posts=1.0, zones=0.34)
    assert (under(GATES, schools=paid).noticing == 1.0).all()
    assert paid.yuan_a_year(1e6) > schools.yuan_a_year(1e6) > 0.0
    assert_superset(GATES, {"schools": paid}, {"schools": Schools(bays=1.0, posts=1.0)})


def test_a_free_lane_makes_what_is_blocked_milder() -> None:
    severity = under(GATES, hospitals=Hospitals(lane=1.0)).severity
    blocked = rows_of(GATES, "hospital_access_block", link=9)
    before = GATES.incidents.severity

    assert (severity[blocked] == np.minimum(before[blocked] + 1, 3)).all()
    assert (severity[blocked] > before[blocked]).any()
    gates = rows_of(GATES, "school_gate_disorder", link=9)
    assert (severity[gates] == before[gates]).all()


def test_as_now_nothing_changes() -> None:
    assert_untouched(under(CARS, parking=Parking(yuan_per_lot=1.0), bikes=Bikes(), schools=Schools()), CARS)
    assert_untouched(under(GATES, hospitals=Hospitals(), schools=Schools(yuan_per_post=1.0)), GATES)
