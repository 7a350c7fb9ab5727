"""Trucks, loads and villages: what is spared, and by what law."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from citysim.errors import PolicyError
from citysim.policy.programmes import AS_NOW, BuildingWaste, MuckTrucks, RuralWaste
from citysim.policy.programmes.waste import TRUCKS as TRUCKS_EACH
from citysim.prevention.sites import PER_HOUR, PER_KM, SENSITIVE, dumped, queues, queues_under
from citysim.prevention.villages import luck_of_rounds, stops_of
from citysim.prevention.waste import (
    ANSWERED,
    AWAY,
    BY_MISS,
    CONSPICUOUS,
    DAYS_TO_CLOSE,
    OFFENCES,
    STOPPED,
    VIDEO,
    trucks_of,
)
from citysim.units import DAY, YEAR
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario
from tests.prevention.places import assert_share, assert_superset, assert_untouched, city, rows_of, spared, under

MILLION = load_scenario(Path(__file__).parents[2] / "scenarios" / "million.yaml")
THREE = sample_world(
    replace(
        MILLION,
        kinds=tuple(
            replace(kind, rate_per_100k_year=3_000.0) for kind in MILLION.kinds if kind.id == "zhatu_truck_violation"
        ),
    ),
    seed=7,
    replication=0,
    weeks=52,
)
VILLAGES = city("rural_waste_missed", weeks=52, rural=True)
TRUCKS = city("zhatu_truck_violation", "waste_illegal_dumping", weeks=52, often=60_000.0)


def test_caught_offences_deter_if_the_evidence_stands_up_and_hardly_if_not() -> None:
    """All trucks are at home here, and cases take three days to close: with t = time watched less three days,

    each further offence caught leaves r or 0.97 of what would follow, and each of those caught as now whose evidence
    now stands up leaves r / 0.97; numbers are Poisson. Trucks are few, so the mean over them is only near it.
    """
    better = MuckTrucks(detection=0.9, evidence=0.95)
    t = TRUCKS.incidents.occurred[rows_of(TRUCKS, "zhatu_truck_violation")] / YEAR - DAYS_TO_CLOSE / 365.0
    r, now = better.after, MuckTrucks()
    each = 1.0 - 0.95 * r - 0.05 * STOPPED
    stands = 1.0 - r / STOPPED
    a_year = OFFENCES * (0.5 * each + now.detection * 0.2 * stands)
    expected = 1.0 - np.exp(-a_year * np.maximum(t, 0.0)).mean()

    assert spared(TRUCKS, "zhatu_truck_violation", muck_trucks=better) == pytest.approx(expected, rel=0.2)
    assert spared(TRUCKS, "waste_illegal_dumping", muck_trucks=better) == 0.0


def test_detection_and_evidence_are_not_one_factor() -> None:
    """0.8 x 0.75 = 0.64 x 0.9375 = 0.6 punished; cameras also see and stop, evidence only makes files stand up."""
    seeing, proving = MuckTrucks(detection=0.8), MuckTrucks(detection=0.64, evidence=0.9375)
    effects = [under(TRUCKS, muck_trucks=trucks) for trucks in (seeing, proving)]

    assert (effects[0].happens != effects[1].happens).any()
    assert (under(TRUCKS, muck_trucks=MuckTrucks(evidence=0.95)).noticing == 1.0).all()


def test_trucks_have_a_home_and_files_from_elsewhere_count_once_they_are_shared() -> None:
    rows = rows_of(THREE, "zhatu_truck_violation")
    fleet = np.array([round(TRUCKS_EACH * district.population) for district in THREE.scenario.city.districts])
    home = np.searchsorted(np.cumsum(fleet), trucks_of(THREE, rows), side="right")
    here = THREE.scenario.city.district_of_street[THREE.incidents.street[rows]]

    assert (home != here).mean() == pytest.approx(AWAY, abs=0.02)
    assert set(home.tolist()) == {0, 1, 2}
    weak, strong = MuckTrucks(cross_district=0.3), MuckTrucks(cross_district=1.0)
    assert_superset(THREE, {"muck_trucks": weak}, {"muck_trucks": strong})
    assert_superset(THREE, {"muck_trucks": strong}, {"muck_trucks": MuckTrucks(cross_district=1.0, evidence=0.95)})
    assert spared(TRUCKS, "zhatu_truck_violation", muck_trucks=strong) == 0.0  # one district: nothing to share


@pytest.mark.slow
def test_more_certainty_and_a_higher_fine_spare_supersets_and_certainty_does_more() -> None:
    mild, sure = MuckTrucks(detection=0.6), MuckTrucks(detection=0.9)
    dear = MuckTrucks(detection=0.6, fine=6_000.0)
    assert_superset(TRUCKS, {"muck_trucks": mild}, {"muck_trucks": sure})
    assert_superset(TRUCKS, {"muck_trucks": mild}, {"muck_trucks": dear})
    fined = spared(TRUCKS, "zhatu_truck_violation", muck_trucks=MuckTrucks(fine=4_000.0))
    caught = spared(TRUCKS, "zhatu_truck_violation", muck_trucks=MuckTrucks(detection=0.8))
    assert caught > fined > 0.0


def test_cameras_see_trucks_sooner() -> None:
    noticing = under(TRUCKS, muck_trucks=MuckTrucks(detection=0.8)).noticing
    assert (noticing[rows_of(TRUCKS, "zhatu_truck_violation"), VIDEO] == 2.0).all()
    assert (noticing[rows_of(TRUCKS, "waste_illegal_dumping")] == 1.0).all()


def test_in_closed_hours_trucks_that_obey_do_nothing_and_the_other_hours_stay_as_they_are() -> None:
    """From 22 to 5 h: 70 % of the trucks of three districts obey, each in all that it would do then."""
    night = MuckTrucks(closed_from=22.0, closed_hours=7.0, obeys=0.7)
    effects = under(THREE, muck_trucks=night)
    rows = rows_of(THREE, "zhatu_truck_violation")
    hour = THREE.incidents.occurred[rows] % DAY // 3_600
    closed, gone, truck = (hour >= 22) | (hour < 5), ~effects.happens[rows], trucks_of(THREE, rows)
    obedient = np.unique(truck[closed & gone])

    assert not gone[~closed].any()
    assert set(effects.noticing[rows, VIDEO][closed].tolist()) == {CONSPICUOUS}
    assert (effects.noticing[rows, VIDEO][~closed] == 1.0).all()
    assert len(obedient) / len(np.unique(truck[closed])) == pytest.approx(0.7, abs=0.06)
    assert gone[closed & np.isin(truck, obedient)].all()
    by_hour = np.bincount(hour[~gone], minlength=24) / np.bincount(hour, minlength=24)
    assert (by_hour[5:22] == 1.0).all()
    assert by_hour[[22, 23, 0, 1, 2, 3, 4]].max() < 0.45


def test_longer_closing_and_more_obedience_spare_supersets_and_waiting_costs() -> None:
    weak = MuckTrucks(closed_hours=3.0, obeys=0.5)
    for better in ({"closed_hours": 7.0}, {"obeys": 0.9}):
        strong = replace(weak, **better)
        assert_superset(TRUCKS, {"muck_trucks": weak}, {"muck_trucks": strong})
        assert strong.yuan_a_year(1e6) > weak.yuan_a_year(1e6) > MuckTrucks().yuan_a_year(1e6)
    dumped_at_night = under(TRUCKS, muck_trucks=MuckTrucks(closed_hours=7.0, obeys=1.0)).happens
    rows = rows_of(TRUCKS, "waste_illegal_dumping")
    late = TRUCKS.incidents.occurred[rows] % DAY // 3_600
    assert (dumped_at_night[rows] == ((late >= 5) & (late < 22))).all()


def test_what_a_site_cannot_take_waits_from_day_to_day_and_is_turned_away_when_it_is_full() -> None:
    """Two days of half a day too much, one of two days too much (room for two days in all), then a quiet one."""
    wait, turned = queues(np.array([[1.5], [1.5], [3.0], [0.2]]), np.ones(4))

    assert wait[:, 0] == pytest.approx([5.0, 10.0, 20.0, 12.0])
    assert turned[:, 0] == pytest.approx([0.0, 0.0, 1.0 / 3.0, 0.0])
    with_more = queues(np.array([[1.5], [1.5], [3.0], [0.2]]), np.array([1.0, 2.0, 2.0, 2.0]))
    assert with_more[0][:, 0] == pytest.approx([5.0, 0.0, 5.0, 0.0])


def test_loads_follow_the_logit_of_what_each_way_costs() -> None:
    """15 km less, there and back: 180 yuan less for the licensed way; an hour more in the queue costs 120."""
    usual, none = np.array([2.0, 3.0]), np.zeros(2)
    assert dumped(BuildingWaste(), usual, none) == pytest.approx(
        [0.05, float(expit(logit(0.05) + PER_HOUR / SENSITIVE))]
    )
    assert dumped(BuildingWaste(km=10.0), usual, none)[0] == pytest.approx(
        float(expit(logit(0.05) - 2 * 15 * PER_KM / SENSITIVE))
    )
    assert dumped(BuildingWaste(reused=0.3), usual, none)[0] == pytest.approx(0.7 * 0.05)
    assert dumped(BuildingWaste(), usual, np.full(2, 0.2))[0] == pytest.approx(0.8 * 0.05 + 0.2 * 0.5)


def test_loads_are_spared_by_the_queue_of_their_day() -> None:
    rows = rows_of(TRUCKS, "waste_illegal_dumping")
    wait, turned = queues_under(TRUCKS, BuildingWaste(), 364, 0)
    gone = ~under(TRUCKS, building_waste=BuildingWaste(capacity=1.5)).happens[rows]
    met = wait[TRUCKS.incidents.occurred[rows] // DAY, 0]

    assert 1.0 < wait.mean() < 8.0
    assert 0.0 < turned.mean() < 0.05
    assert gone[met > np.median(met)].mean() > 2.0 * gone[met == 0.0].mean()
    for weak, strong in (({"km": 20.0}, {"km": 5.0}), ({"capacity": 1.2}, {"capacity": 3.0}), ({"price": 80.0},
                         {"price": 0.0}), ({"checks": 0.03}, {"checks": 0.2}),
                         ({"reused": 0.1}, {"reused": 0.4})):  # fmt: skip
        arms = [{"building_waste": BuildingWaste(**levers)} for levers in (weak, strong)]
        assert_superset(TRUCKS, *arms)


def test_villages_by_care_rounds_trucks_and_sensors() -> None:
    """What a full truck leaves (f) is spared by a larger one or by sooner rounds; the rest by care and rounds."""
    kind, rows = "rural_waste_missed", rows_of(VILLAGES, "rural_waste_missed")
    full = float((stops_of(VILLAGES, rows).tonnes > 6.0).mean())
    by_round = spared(VILLAGES, kind, rural_waste=RuralWaste(missed=0.01))

    assert_share(VILLAGES, kind, full, rural_waste=RuralWaste(truck_tonnes=12.0))
    assert_share(VILLAGES, kind, full + 0.5 * (1.0 - full) * (1.0 - BY_MISS), rural_waste=RuralWaste(every_days=1.75))
    assert by_round == pytest.approx(0.75 * (1.0 - full) * BY_MISS, rel=0.05)
    assert spared(VILLAGES, kind, rural_waste=RuralWaste(sensors=0.5)) == pytest.approx(0.5 * ANSWERED, rel=0.1)
    for weak, strong in (({"missed": 0.03}, {"missed": 0.01}), ({"truck_tonnes": 6.5}, {"truck_tonnes": 8.0}),
                         ({"every_days": 3.0}, {"every_days": 2.0}), ({"sensors": 0.2}, {"sensors": 0.8})):  # fmt: skip
        assert_superset(VILLAGES, {"rural_waste": RuralWaste(**weak)}, {"rural_waste": RuralWaste(**strong)})
    with pytest.raises(PolicyError, match="missed"):
        RuralWaste(missed=0.0)


def test_the_truck_fills_up_along_the_route_and_a_round_broken_off_misses_all_its_stops() -> None:
    """A stop brings 0.1575 t in 3.5 days, so 6 t are on the truck after 38 of 45 stops, and after 29 in February."""
    rows = rows_of(VILLAGES, "rural_waste_missed")
    stops = stops_of(VILLAGES, rows)
    month = (VILLAGES.scenario.almanac.days(365)[VILLAGES.incidents.occurred[rows] // DAY]).astype("datetime64[M]")
    february = month == np.datetime64("2026-02")
    full = stops.tonnes > 6.0

    assert stops.position.min() == 1
    assert stops.position.max() == 45
    assert np.median(stops.tonnes / stops.position) == pytest.approx(0.1575, rel=0.05)
    assert full[february].mean() > 1.5 * full[~february].mean() > 0.0
    gone = ~under(VILLAGES, rural_waste=RuralWaste(missed=0.02)).happens[rows]
    lucks = luck_of_rounds(VILLAGES, stops, "round broken off")
    assert len(np.unique(stops.route)) < len(np.unique(lucks)) < len(rows)
    assert not (gone & (lucks < 0.5)).any()


def test_villages_are_paid_for_villagers_only() -> None:
    programmes = replace(AS_NOW, rural_waste=RuralWaste(sensors=1.0))
    all_of_them = programmes.yuan_per_week(1e6)

    assert programmes.yuan_per_week(1e6, villagers=23_000.0) == pytest.approx(0.023 * all_of_them)
    assert programmes.yuan_per_week(1e6, villagers=0.0) == 0.0
    half = programmes.yuan_unreached((("rural_waste", (0.0, 1.0)),), (6e5, 4e5), (1e4, 3e4))
    assert half == pytest.approx(0.01 * all_of_them)
    assert programmes.yuan_unreached((("rural_waste", (0.0, 1.0)),), (6e5, 4e5), (0.0, 0.0)) == 0.0


def test_as_now_nothing_changes() -> None:
    as_now = under(TRUCKS, muck_trucks=MuckTrucks(), building_waste=BuildingWaste(yuan_per_check=1.0))
    assert_untouched(as_now, TRUCKS)
