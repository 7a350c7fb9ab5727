"""Corridors, desks, small projects and illegal building do what their sentences say."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from citysim.policy.programmes import Corridors, Desks, IllegalBuilding, MicroRenewal
from citysim.prevention.building import APPEALED, UPHELD, WORD_HOURS, appeals, days_growing, days_seen, stage_days
from citysim.prevention.community import DISPUTED, HOTLINE, STILL_DISPUTED, is_in_area, is_tagged, levels_of_service
from citysim.units import DAY, WEEK
from citysim.world.incidents import RECURRENCE
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

LIFE = city("appearance_defect_16p3", "exposed_garbage", "community_micro_request", "gas_leak_outdoor", weeks=52)
BUILDINGS = city("illegal_building_new", "illegal_building_stock", weeks=52)


def test_a_corridor_takes_its_patrols_from_the_other_streets() -> None:
    """One street of three gets half as many looks again; the other two lose a quarter each, and the sum stays."""
    corridors = Corridors(share=0.34, service=1.5)
    tagged, noticing = is_tagged(LIFE, corridors), under(LIFE, corridors=corridors).noticing
    rows = rows_of(LIFE, "exposed_garbage", link=9)
    factors = [np.unique(noticing[rows[LIFE.incidents.street[rows] == street], PATROL]) for street in range(3)]

    assert tagged.sum() == 1
    assert [f.tolist() for f in factors] == [[1.5] if t else [0.75] for t in tagged]
    assert (noticing[rows_of(LIFE, "gas_leak_outdoor", link=9)] == 1.0).all()


def test_extra_people_leave_the_other_streets_as_they_are() -> None:
    corridors = Corridors(share=0.34, service=1.5, extra=True)
    rows = rows_of(LIFE, "exposed_garbage", link=9)
    noticing = under(LIFE, corridors=corridors).noticing[rows, PATROL]

    assert set(noticing.tolist()) == {1.0, 1.5}
    assert corridors.yuan_a_year(1e6) > Corridors(share=0.34, service=1.5).yuan_a_year(1e6)


def test_corridors_and_areas_each_have_their_level_and_the_other_streets_pay_for_both() -> None:
    """Of three streets one is a corridor (x 1.5), the next an area (x 1.2), and the third pays 0.5 + 0.2."""
    both = Corridors(share=1 / 3, service=1.5, areas=0.3, area_service=1.2)
    corridor, area = is_tagged(LIFE, both), is_in_area(LIFE, both)

    assert (corridor.sum(), area.sum(), (corridor & area).sum()) == (1, 1, 0)
    assert levels_of_service(LIFE, both)[corridor | area].tolist() == [
        1.5 if c else 1.2 for c in corridor[corridor | area]
    ]
    assert levels_of_service(LIFE, both)[~corridor & ~area].tolist() == pytest.approx([0.3])
    extra = levels_of_service(LIFE, replace(both, extra=True))
    assert extra[~corridor & ~area].tolist() == [1.0]
    rows = rows_of(LIFE, "exposed_garbage", link=9)
    noticing = under(LIFE, corridors=both).noticing[rows, PATROL]
    assert (noticing == levels_of_service(LIFE, both)[LIFE.incidents.street[rows]]).all()
    alone = Corridors(areas=0.3, area_service=1.2, extra=True)
    assert alone.yuan_a_year(31_000.0) == pytest.approx(0.3 * 0.2 * 600_000.0)


def test_surveyed_boundaries_are_disputed_less() -> None:
    corridors = Corridors(share=0.5, surveyed=1.0)
    inside = is_tagged(LIFE, corridors)[LIFE.incidents.street]
    rows = np.flatnonzero(inside & (LIFE.incidents.n_support > 0))
    rows = np.intersect1d(rows, rows_of(LIFE, "appearance_defect_16p3", link=9))
    fewer = under(LIFE, corridors=corridors).supports[rows]

    assert set(fewer.tolist()) == {0, -1}
    assert (fewer == -1).mean() == pytest.approx(DISPUTED - STILL_DISPUTED, abs=0.02)


def test_a_desk_settles_small_requests_of_those_whom_it_reaches() -> None:
    desk = Desks(hours=20.0, closes=0.5)
    assert_share(LIFE, "community_micro_request", 0.5 * (1.0 - exp(-1.0)), desks=desk)
    assert spared(LIFE, "exposed_garbage", desks=desk) == 0.0
    assert_superset(LIFE, {"desks": Desks(hours=4.0)}, {"desks": desk})


def test_a_desk_makes_people_report_more_where_they_reported_little() -> None:
    heard = under(LIFE, desks=Desks(hours=20.0)).noticing[:, HOTLINE]
    factor = LIFE.scenario.city.reporting_factor
    rows = rows_of(LIFE, "exposed_garbage", link=9)
    by_street = [heard[rows[LIFE.incidents.street[rows] == s]].mean() for s in range(3)]

    assert np.argsort(by_street).tolist() == np.argsort(-factor).tolist()
    assert min(by_street) > 1.0
    assert (heard[rows_of(LIFE, "gas_leak_outdoor", link=9)] == 1.0).all()


def test_desks_of_a_zone_serve_the_street_that_reports_least_or_the_one_that_was_chosen() -> None:
    """20 hours a week in one street of three: 0.0002 x 20 = 0.004 of 0.03 hours of patrols, half from each other."""
    factor = LIFE.scenario.city.reporting_factor
    for premium, street in ((False, int(np.argmin(factor))), (True, int(np.argmax(is_tagged(LIFE, Corridors(0.34)))))):
        desks = Desks(hours=20.0, zones=0.34, premium=premium, extra=False)
        effects = under(LIFE, desks=desks)
        gone = LIFE.incidents.street[~effects.happens]
        rows = rows_of(LIFE, "exposed_garbage", link=9)
        inside = LIFE.incidents.street[rows] == street

        assert set(gone.tolist()) == {street}
        assert (effects.noticing[rows[inside], HOTLINE] > 1.0).all()
        assert (effects.noticing[rows[inside], PATROL] == 1.0).all()
        assert effects.noticing[rows[~inside], PATROL] == pytest.approx(1.0 - 0.004 / 0.03 / 2)
        assert (effects.noticing[rows[~inside], HOTLINE] == 1.0).all()
    paid = Desks(hours=20.0, zones=0.34)
    assert (under(LIFE, desks=paid).noticing[:, PATROL] == 1.0).all()
    assert paid.yuan_a_year(1e6) == pytest.approx(0.34 * Desks(hours=20.0).yuan_a_year(1e6)) != desks.yuan_a_year(1e6)
    everywhere = under(LIFE, desks=Desks(hours=20.0, extra=False)).noticing[rows, PATROL]
    assert everywhere == pytest.approx(1.0 - 0.004 / 0.03)
    assert_superset(LIFE, {"desks": paid}, {"desks": Desks(hours=20.0, zones=0.67)})


def test_projects_reach_more_places_year_by_year() -> None:
    rows = rows_of(LIFE, "exposed_garbage")
    gone = ~under(LIFE, micro_renewal=MicroRenewal(projects=50.0)).happens[rows]
    late = LIFE.incidents.occurred[rows] > 26 * WEEK

    assert gone[late].mean() > 1.5 * gone[~late].mean() > 0.0
    assert gone.mean() < MicroRenewal(projects=50.0).lowers
    assert_superset(LIFE, {"micro_renewal": MicroRenewal(projects=5.0)}, {"micro_renewal": MicroRenewal(projects=50.0)})


def test_for_the_same_money_small_projects_cover_more_and_large_ones_do_more() -> None:
    small, large = MicroRenewal(projects=30.0, million_yuan=0.1), MicroRenewal(projects=1.0, million_yuan=3.0)
    assert small.yuan_a_year(1e6) == pytest.approx(large.yuan_a_year(1e6))
    assert small.projects * small.km2 > large.projects * large.km2
    assert small.lowers < large.lowers


def test_a_building_found_while_it_grows_needs_a_word_only() -> None:
    effects = under(BUILDINGS, illegal_building=IllegalBuilding(looks=1.0))
    rows = rows_of(BUILDINGS, "illegal_building_new", link=9)
    needs = BUILDINGS.incidents.n_support[rows]
    early = effects.supports[rows] == -needs

    assert 0.8 < early[needs > 0].mean() < 1.0
    assert (effects.severity[rows[early & (needs > 0)]] == 3).all()
    assert (effects.noticing[rows, PATROL] > 1.0).all()
    assert effects.happens.all()


def test_each_stage_takes_its_own_time_within_its_limit() -> None:
    """Limits of 0.5, 7, 5 and 20 working days are 0.7, 9.8, 7 and 28 days; a stage takes 40 to 100 % of it."""
    days = stage_days(BUILDINGS, rows_of(BUILDINGS, "illegal_building_new", link=9))
    limits = np.array([0.7, 9.8, 7.0, 28.0])

    assert (days <= limits + 1e-9).all()
    assert (days >= 0.4 * limits - 1e-9).all()
    assert days.mean(axis=0) == pytest.approx(0.7 * limits, rel=0.02)
    assert abs(np.corrcoef(days.T)[1, 3]) < 0.05


def test_finished_buildings_take_all_stages_and_some_an_appeal_and_do_not_come_back() -> None:
    staged = IllegalBuilding(staged=True)
    effects = under(BUILDINGS, illegal_building=staged)
    rows = rows_of(BUILDINGS, "illegal_building_new", link=9)
    held_up, upheld = appeals(BUILDINGS, rows, staged)
    days = effects.clearance[rows] / DAY
    again = rows[(BUILDINGS.incidents.link[rows] == RECURRENCE) & ~upheld]

    assert days == pytest.approx(stage_days(BUILDINGS, rows).sum(axis=1) + held_up, abs=1e-4)
    assert (held_up > 0.0).mean() == pytest.approx(APPEALED, abs=0.01)
    assert upheld.mean() == pytest.approx(APPEALED * UPHELD, abs=0.004)
    assert not effects.slower[rows[upheld]].any()
    assert 0.5 < 1.0 - effects.happens[again].mean() < 0.9
    assert effects.happens[rows_of(BUILDINGS, "illegal_building_new")].all()
    half = appeals(BUILDINGS, rows, IllegalBuilding(staged=True, mediated=0.5))[0]
    assert (half > 0.0).mean() == pytest.approx(APPEALED / 2, abs=0.01)
    assert ((half == held_up) | (half == 0.0)).all()


def test_what_is_seen_on_its_first_day_stays_cheap_and_what_is_finished_takes_five_to_twenty_times_a_word() -> None:
    policing = IllegalBuilding(looks=3.0, staged=True)
    effects = under(BUILDINGS, illegal_building=policing)
    rows = rows_of(BUILDINGS, "illegal_building_new", link=9)
    seen, grows = days_seen(BUILDINGS, rows, 3.0), days_growing(BUILDINGS, rows)
    cheap, finished = (seen < 1.0) & (seen < grows), seen >= grows
    more = effects.slower[rows] / 3_600.0

    assert cheap.mean() == pytest.approx(1.0 - exp(-3.0 / 7.0), abs=0.02)
    assert not (effects.slower[rows[cheap]] | effects.clearance[rows[cheap]]).any()
    stays = appeals(BUILDINGS, rows, policing)[1]
    assert more[finished & ~stays].max() == pytest.approx(20 * WORD_HOURS - 10.0, abs=0.5)
    assert more[finished & ~stays].mean() == pytest.approx(12.5 * WORD_HOURS - 10.0, abs=1.5)
    assert more[~cheap & ~finished].mean() < 0.5 * more[finished].mean()
    assert (effects.clearance[rows[~cheap & ~finished]] <= 0.7 * DAY + 1).all()


def test_the_stock_is_cleared_year_by_year() -> None:
    weak, strong = (IllegalBuilding(cleared=share) for share in (0.1, 0.4))
    assert_superset(BUILDINGS, {"illegal_building": weak}, {"illegal_building": strong})
    mean = float(np.mean(1.0 - 0.6 ** np.linspace(0.0, 364 / 365, 2_001)))
    assert_share(BUILDINGS, "illegal_building_stock", mean, illegal_building=strong)


def test_as_now_nothing_changes() -> None:
    assert_untouched(under(LIFE, corridors=Corridors(), desks=Desks(), micro_renewal=MicroRenewal()), LIFE)
    assert_untouched(under(BUILDINGS, illegal_building=IllegalBuilding()), BUILDINGS)
