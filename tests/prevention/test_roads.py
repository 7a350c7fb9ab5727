"""Merged digs, radar surveys and minded covers spare what their sentences say."""

from math import exp

import numpy as np

from citysim.policy.programmes import Cavities, Digging, Manholes, OneMap
from citysim.policy.programmes.roads import WORKS_NEAR
from citysim.prevention.roads import FROM_DIGS
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

DIGS = city("gas_third_party_damage", "excavation_overdue", "excavation_unpermitted", "power_outage_local")
HOLES = city("road_collapse", "road_cavity_hazard")
LIDS = city("manhole_missing", "manhole_defect", "streetlight_fault", weeks=26)


def test_a_window_merges_the_works_that_lie_within_it() -> None:
    """1 - exp(-works a year x window): 30 % within a year."""
    merged = 1.0 - exp(-WORKS_NEAR)
    for kind in ("gas_third_party_damage", "power_outage_local"):
        assert_share(DIGS, kind, FROM_DIGS[kind] * merged, digging=Digging(window_months=12.0))


def test_utilities_outside_the_plan_dig_as_before() -> None:
    half = WORKS_NEAR / 2
    plan = Digging(window_months=12.0, utilities=3)
    assert_share(DIGS, "gas_third_party_damage", 0.5 * (1.0 - exp(-half)), digging=plan)
    assert spared(DIGS, "excavation_unpermitted", digging=plan) == 0.0


def test_checks_find_digs_without_permit_sooner_and_merge_nothing() -> None:
    effects = under(DIGS, digging=Digging(checks=2.0))
    rows = rows_of(DIGS, "excavation_unpermitted", link=9)
    kind = next(one for one in DIGS.scenario.kinds if one.id == "excavation_unpermitted")
    hidden_weeks = np.array(kind.mean_hidden_hours)[DIGS.incidents.severity[rows]] / 168.0

    assert effects.happens.all()
    assert np.allclose(effects.noticing[rows, PATROL], 1.0 + 2.0 * hidden_weeks / kind.channel_shares[PATROL])
    assert (effects.noticing[rows_of(DIGS, "power_outage_local", link=9)] == 1.0).all()


def test_a_wider_window_and_more_utilities_spare_supersets() -> None:
    three, twelve = Digging(window_months=3.0), Digging(window_months=12.0)
    few = Digging(window_months=12.0, utilities=4)
    assert_superset(DIGS, {"digging": three}, {"digging": twelve})
    assert_superset(DIGS, {"digging": few}, {"digging": twelve})
    assert_superset(HOLES, {"digging": three}, {"digging": twelve})


def test_cavities_of_trenches_dug_before_the_plan_come_all_the_same() -> None:
    """Trenches settle within half a year on average, so early cavities come of digs before the plan."""
    rows = rows_of(HOLES, "road_cavity_hazard")
    gone = ~under(HOLES, digging=Digging(window_months=12.0)).happens[rows]
    half = HOLES.incidents.occurred[rows] < HOLES.horizon // 2

    assert gone[half].mean() < 0.6 * gone[~half].mean()


def test_more_surveys_and_a_better_radar_spare_supersets() -> None:
    once, thrice, sharp = Cavities(surveys=1.0), Cavities(surveys=3.0), Cavities(surveys=1.0, recall=0.85)
    assert_superset(HOLES, {"cavities": once}, {"cavities": thrice})
    assert_superset(HOLES, {"cavities": once}, {"cavities": sharp})


def test_a_graded_survey_finds_more_for_the_same_length() -> None:
    even, graded = (Cavities(surveys=1.0, graded=g) for g in (False, True))

    assert even.yuan_a_year(1e6) == graded.yuan_a_year(1e6)
    assert spared(HOLES, "road_collapse", cavities=graded) > 1.15 * spared(HOLES, "road_collapse", cavities=even)


def test_cavities_that_rain_hurries_are_found_less_often() -> None:
    wet = city("road_collapse", often=60_000.0)
    rows = rows_of(wet, "road_collapse")
    rain = np.concatenate([[0.0], np.cumsum(wet.weather.rain_mm_per_hour)])
    hour = wet.incidents.occurred[rows] // 3600
    late = hour > 26 * 168  # radars have passed for half a year
    month = (rain[hour] - rain[np.maximum(hour - 720, 0)])[late]
    gone = ~under(wet, cavities=Cavities(surveys=2.0)).happens[rows][late]

    assert gone[month < np.quantile(month, 0.3)].mean() > gone[month > np.quantile(month, 0.7)].mean() + 0.02


def test_surveys_find_hidden_cavities_sooner_by_as_many_looks_as_they_are() -> None:
    """Hazard of patrols = share / hidden time; a survey a year with recall 0.7 adds 0.7 a year."""
    effects = under(HOLES, cavities=Cavities(surveys=1.0, recall=0.7))
    rows = rows_of(HOLES, "road_cavity_hazard")
    kind = next(one for one in HOLES.scenario.kinds if one.id == "road_cavity_hazard")
    hidden_years = np.array(kind.mean_hidden_hours)[HOLES.incidents.severity[rows]] / 8_760.0
    expected = 1.0 + 0.7 * hidden_years / kind.channel_shares[PATROL]

    assert np.allclose(effects.noticing[rows, PATROL], expected)
    assert (effects.noticing[:, :PATROL] == 1.0).all()


def test_a_ledger_asks_one_department_less_and_a_worse_one_asks_one_more() -> None:
    rows = rows_of(LIDS, "manhole_missing", link=9)
    joint = LIDS.incidents.n_support[rows] > 0
    for ledger in (0.3, 1.0):
        change = under(LIDS, manholes=Manholes(ledger=ledger)).supports[rows]
        assert not change[~joint].any()
        assert abs(change[joint].mean() - (0.6 - ledger)) < 0.03
    assert not under(LIDS, manholes=Manholes(ledger=1.0)).supports[rows_of(LIDS, "streetlight_fault", link=9)].any()


def test_the_bottom_line_mends_covers_without_owner_alone() -> None:
    rows = rows_of(LIDS, "manhole_defect", link=9)
    effects = under(LIDS, manholes=Manholes(bottom_line=1.0), one_map=OneMap(ownerless=0.5))
    alone = effects.supports[rows] == -LIDS.incidents.n_support[rows]
    joint = LIDS.incidents.n_support[rows] > 0

    assert abs(alone[joint].mean() - 0.4) < 0.05
    assert not effects.clearance[rows][alone & joint].any()


def test_a_full_ledger_leaves_only_covers_known_as_now_without_owner_on_the_map() -> None:
    rows = rows_of(LIDS, "manhole_defect", link=9)
    unclear = [
        (under(LIDS, manholes=Manholes(ledger=ledger), one_map=OneMap(ownerless=0.5)).clearance[rows] > 0).mean()
        for ledger in (0.6, 1.0)
    ]
    assert abs(unclear[0] - 0.5) < 0.05
    assert abs(unclear[1] - 0.3) < 0.05


def test_more_checks_of_covers_spare_a_superset() -> None:
    few, many = Manholes(checks=4.0), Manholes(checks=26.0)
    assert_superset(LIDS, {"manholes": few}, {"manholes": many})
    assert spared(LIDS, "manhole_defect", manholes=many) == 0.0
    assert_untouched(under(LIDS, manholes=Manholes(yuan_per_code=1.0)), LIDS)
