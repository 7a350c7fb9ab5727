"""Parking, bikes, schools and hospitals spare what their sentences say."""

from math import exp

import numpy as np

from citysim.policy.programmes import Bikes, Hospitals, Parking, Schools
from citysim.prevention.traffic import CROWDED, EASED, POOL, POSTED, TAIL, at_peak
from citysim.units import DAY, HOUR
from tests.prevention.places import assert_share, assert_superset, assert_untouched, city, rows_of, spared, under

CARS = city("illegal_parking", "street_vending", weeks=26)
HEAPS = city("shared_bike_cluster", weeks=52)
GATES = city("school_gate_disorder", "hospital_access_block", weeks=52)


def test_more_spaces_shared_or_new_and_guidance_spare_supersets() -> None:
    for strong in ({"shared": 0.8}, {"guidance": 0.8}, {"lots": 0.1}):
        weak = {name: value / 4 for name, value in strong.items()}
        assert_superset(CARS, {"parking": Parking(**weak)}, {"parking": Parking(**strong)})


def test_shared_offices_help_most_when_offices_are_closed() -> None:
    rows = rows_of(CARS, "illegal_parking")
    gone = ~under(CARS, parking=Parking(shared=1.0)).happens[rows]
    hour = (CARS.incidents.occurred[rows] % DAY) // HOUR
    crowded = np.isin(hour, (19, 20)), np.isin(hour, (9, 10, 11))

    assert gone[crowded[0]].mean() > 1.2 * gone[crowded[1]].mean()
    assert spared(CARS, "street_vending", parking=Parking(shared=1.0)) == 0.0


def test_parking_by_habit_stays_whatever_is_built() -> None:
    assert 0.2 < spared(CARS, "illegal_parking", parking=Parking(shared=1.0, guidance=1.0, lots=0.2)) < 0.8


def test_moving_a_share_of_the_bikes_empties_as_many_heaps_as_the_pareto_law_says() -> None:
    """A heap is x times overfull with chance x^-3; moving 30 % leaves those above 1 / 0.7."""
    assert_share(HEAPS, "shared_bike_cluster", 1.0 - 0.7**TAIL, bikes=Bikes(moved=0.3))


def test_a_quota_that_follows_the_score_works_month_by_month_down_to_the_least() -> None:
    rows = rows_of(HEAPS, "shared_bike_cluster")
    gone = ~under(HEAPS, bikes=Bikes(quota_cut=0.2)).happens[rows]
    quarter = HEAPS.incidents.occurred[rows] // (91 * DAY)

    assert gone[HEAPS.incidents.occurred[rows] < 30 * DAY].mean() == 0.0
    assert gone[quarter == 3].mean() > gone[quarter == 1].mean() > 0.0
    assert_superset(HEAPS, {"bikes": Bikes(quota_cut=0.05)}, {"bikes": Bikes(quota_cut=0.2)})
    assert_superset(HEAPS, {"bikes": Bikes(quota_cut=0.3, least=0.8)}, {"bikes": Bikes(quota_cut=0.3, least=0.4)})


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
