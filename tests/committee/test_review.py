"""What the centers count in a week, each case once; what money, crews and shared applications really come to."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from citysim.committee.allocating import shared_out
from citysim.committee.decisions import HOMES, policy_under
from citysim.committee.govern import govern
from citysim.committee.memo import forecast
from citysim.committee.review import Findings, review
from citysim.committee.spending import LEVERS, Bought, buy, fitted, programmes_under
from citysim.engines.simulate import simulate
from citysim.errors import PolicyError
from citysim.judging.clocks import spent
from citysim.judging.harm import HARM_CAP_HOURS, HARM_WEIGHTS
from citysim.judging.view import view
from citysim.log import CLOSED, Log
from citysim.policy.catalog import load_policy
from citysim.policy.innovation import Innovation
from citysim.policy.programmes import AS_NOW
from citysim.policy.programmes.agents import Agents
from citysim.policy.programmes.digital import DataLibrary
from citysim.policy.programmes.enforcement import Enforcement
from citysim.policy.programmes.pipes import SepticCleaning
from citysim.policy.programmes.waste import MuckTrucks
from citysim.prevention import effects_of
from citysim.units import HOUR, NEVER, WEEK, YEAR
from citysim.world.sample import sample_world
from tests.committee.bodies import city, committee, integrated, one, run
from tests.prevention.places import city as place
from tests.prevention.places import spared, under

WEEKS = 6


def weekly(log: Log, weeks: int) -> list[Findings]:
    """What a committee would have been told week by week of a log that was finished later."""
    found = []
    for week in range(weeks):
        end = (week + 1) * WEEK
        then = cut(log, end)
        rows = (then.case_columns["ended"] == NEVER) | (then.case_columns["ended"] >= week * WEEK)
        found.append(review(replace(then, case_columns={n: c[rows] for n, c in then.case_columns.items()}), week))
    return found


def cut(log: Log, end: int) -> Log:
    """The log as it stood at a moment: what came later has not happened."""
    known = log.case_columns["reported"] < end
    columns = {name: column[known].copy() for name, column in log.case_columns.items()}
    for name in ("filed", "dispatched", "arrived", "assembled", "safe", "fixed", "ended"):
        columns[name] = np.where(columns[name] >= end, NEVER, columns[name])
    columns["outcome"] = np.where(columns["ended"] == NEVER, 0, columns["outcome"]).astype(columns["outcome"].dtype)
    return replace(log, case_columns=columns, until=end)


@pytest.fixture(scope="module")
def worked() -> Log:
    world = sample_world(city("toy"), seed=3, replication=0, weeks=WEEKS)
    return simulate(world, load_policy("fragmented"), steps=False)


def total(found: list[Findings], name: str) -> Any:
    return np.sum([getattr(findings, name) for findings in found], axis=0)


def test_each_case_is_judged_once_in_the_week_in_which_it_leaves_or_its_limit_runs_out(worked: Log) -> None:
    found, cases = weekly(worked, WEEKS), view(worked)
    limit = worked.kinds.close_limit[cases.kind]
    left = cases.ended != NEVER
    judged = (limit != NEVER) & (left | cases.due_true)
    np.testing.assert_array_equal(total(found, "due"), np.bincount(cases.district[judged]))
    np.testing.assert_array_equal(
        total(found, "limited"), np.bincount(cases.kind[judged], minlength=len(worked.kinds.ids))
    )
    late = cases.due_true & ~cases.met_true
    assert total(found, "overdue").sum() == (late | (judged & (cases.outcome != CLOSED))).sum()
    honest = cases.false_closures == 0
    in_time = judged & ~late & honest & (cases.outcome == CLOSED)
    assert total(found, "verified").sum() == in_time.sum() > 0
    assert (cases.closed & ~cases.due_true & (limit != NEVER)).any(), "closed before their limit ran out"


def test_calls_for_support_are_of_open_cases_that_were_ordered_out_and_are_not_mended_yet(worked: Log) -> None:
    end = WEEKS * WEEK // 2
    found, cases = review(cut(worked, end), WEEKS // 2 - 1), view(cut(worked, end))
    asked = dict.fromkeys(worked.kinds.departments, 0.0)
    for k in np.flatnonzero(cases.open & cases.was_dispatched & (cases.fixed == NEVER)):
        for department in worked.kinds.supports[cases.kind[k]][: cases.supports[k]]:
            asked[worked.kinds.departments[department]] += 1.0
    assert found.asked.tolist() == list(asked.values())
    assert found.asked.max() > 0.0


def test_a_near_miss_is_a_serious_case_closed_just_in_time_and_what_is_open_over_its_limit_is_unresolved(
    worked: Log,
) -> None:
    found, cases = weekly(worked, WEEKS), view(worked)
    limit = worked.kinds.close_limit[cases.kind]
    until = np.where(cases.ended == NEVER, worked.until - 1, cases.ended)
    used = spent(worked, cases.reported, until, cases.kind)
    near = cases.met_true & (used > 0.8 * limit) & (cases.grade >= 0) & (cases.grade < 3)
    early = cases.closed & ~cases.due_true & (limit != NEVER) & (used > 0.8 * limit) & (used <= limit)
    near |= early & (cases.grade >= 0) & (cases.grade < 3)
    assert total(found, "near").sum() == near.sum() > 0
    late = cases.open & (limit != NEVER) & (used > limit)
    np.testing.assert_array_equal(found[-1].unresolved, np.bincount(cases.kind[late], minlength=len(worked.kinds.ids)))
    assert late.sum() > 0


def test_every_unsafe_hour_is_counted_in_one_week(worked: Log) -> None:
    found, cases = weekly(worked, WEEKS), view(worked)
    weight = np.array(HARM_WEIGHTS)[np.where(cases.grade < 0, 3, cases.grade)]
    hours = np.minimum(cases.onset_to_safe_so_far, HARM_CAP_HOURS)
    same_grade = cases.grade == cases.first_grade  # an early week weighs by the grade that it knew
    by_kind = np.bincount(cases.kind, weight * hours, minlength=len(worked.kinds.ids))
    others = np.bincount(cases.kind[~same_grade], minlength=len(by_kind)) > 0
    np.testing.assert_allclose(total(found, "harm")[~others], by_kind[~others], rtol=1e-9)
    assert (~others & (by_kind > 0)).sum() > 5


def test_what_cases_went_through_is_counted_when_they_leave(worked: Log) -> None:
    found, cases = weekly(worked, WEEKS), view(worked)
    left = cases.ended != NEVER
    assert total(found, "ordered").sum() == (cases.was_dispatched & left).sum()
    assert total(found, "returned").sum() == (cases.was_dispatched & left & (cases.transfers > 0)).sum() > 0
    assert total(found, "closed").sum() == cases.closed.sum()
    assert total(found, "notices") == cases.notices[left].sum()


def test_money_beyond_the_range_of_a_lever_goes_to_other_programmes_or_is_not_spent() -> None:
    septic = 0.8 * AS_NOW.septic_cleaning.yuan_a_year(1.0)
    wanted = (("septic_cleaning", 5.0 + 2.0 * septic), ("renewal", 1.0))
    got = dict(fitted(AS_NOW, wanted))
    full = replace(AS_NOW.septic_cleaning, before_festival=1.0).yuan_a_year(1.0)
    assert got["septic_cleaning"] == pytest.approx(full - AS_NOW.septic_cleaning.yuan_a_year(1.0))
    assert sum(got.values()) == pytest.approx(sum(dict(wanted).values()))
    endless = dict(fitted(AS_NOW, tuple((name, 1e6) for name in sorted(LEVERS))))
    now = programmes_under(AS_NOW, Bought(tuple(endless.items())))
    for name, lever in LEVERS.items():
        high = next(f.metadata["high"] for f in fields(getattr(now, name)) if f.name == lever)
        assert getattr(getattr(now, name), lever) == pytest.approx(high)
    assert now.yuan_per_week(1.0) * YEAR / WEEK == pytest.approx(sum(endless.values()))


def test_what_an_old_budget_has_built_stands() -> None:
    """Ten weeks at 0.02 a year and then 0.04: after ten more, as much is renewed as in thirty weeks at 0.02."""
    half, whole = (("renewal", 192.0),), (("renewal", 384.0),)
    first = buy(AS_NOW, Bought(), half, 10)
    then = buy(AS_NOW, first, whole, 20)
    assert programmes_under(AS_NOW, first).renewal.share == pytest.approx(0.02)
    assert dict(then.since)["renewal"] == pytest.approx(15.0)
    assert then.begun == 10
    fewer = buy(AS_NOW, then, half, 30)
    assert dict(fewer.since)["renewal"] == pytest.approx(0.0, abs=1e-6)
    world = place("gas_leak_outdoor", weeks=60)
    late = world.incidents.occurred >= 30 * WEEK
    renewed = [effects_of(world, programmes_under(AS_NOW, bought)).happens[late] for bought in (fewer, then, first)]
    assert (~renewed[2]).sum() < (~renewed[0]).sum() < (~renewed[1]).sum()


def test_the_pool_moves_crews_and_makes_or_loses_none() -> None:
    crews = {
        "A": lambda f: float(np.floor(40 * f + 0.5)),
        "B": lambda f: float(np.floor(11 * f + 0.5)),
        "C": lambda f: 2.0,
    }
    factors = shared_out(crews, 0.1, {"B": 9.0, "C": 1.0})
    have = {code: heads(factors[code]) for code, heads in crews.items()}
    assert have == {"A": 37.0, "B": 14.0, "C": 2.0}  # a half crew goes back
    capped = shared_out(crews, 0.3, {"C": 1.0})
    assert {code: heads(capped[code]) for code, heads in crews.items()} == {"A": 40.0, "B": 11.0, "C": 2.0}
    assert set(shared_out(crews, 0.1, {}).values()) == {1.0}


def test_who_stands_alike_in_a_ranking_is_pressed_alike() -> None:
    model = run(committee(evaluation={"by_target": 0.0}), 5, verified=np.array([90.0, 90.0, 50.0]))
    assert [district.pressure for district in model.districts] == [0.25, 0.25, 1.0]


def test_a_fall_is_no_clear_memo() -> None:
    steady, falling = np.full((8, 2), 50.0), np.vstack([np.full((7, 2), 50.0), [[50.0, 0.0]]])
    luck = np.full(2, 0.5)
    assert forecast(falling, luck, 8, 1.0).clarity == pytest.approx(forecast(steady, luck, 8, 1.0).clarity, abs=1e-6)


def test_nobody_acts_on_advice_that_nobody_adopted() -> None:
    """Nor do streets pass anything up."""
    levers = {"library": {"adoption": 0.0, "advice_lag_days": 0.0}, "committee": {"street_agenda": 0}}
    model = committee(**levers)
    run(model, 9, returned=one(len(model.names.types), 2, 5.0))
    assert not [note for note in model.minutes if note.what in ("advice adopted", "acts: list")]


def test_sensors_are_built_by_the_quarter_however_often_the_committee_meets() -> None:
    built = []
    for weeks in (2, 4):
        model = committee(
            library={"top": 1}, office={"people": 50}, committee={"agenda": 50, "plenary_weeks": weeks},
            guidance={"sensors": 0.02},
        )  # fmt: skip
        harm = one(len(model.names.groups), model.names.groups.index("gas"), 900.0)
        run(model, 4 * 13 + 1, harm=harm, late=0.9 * harm)
        built.append(dict(model.rules.coverage)["gas"])
    assert all(0.02 < share <= 4 * 0.02 + 0.01 for share in built)


def test_learning_and_lists_together_leave_some_wrong_orders() -> None:
    model = committee(library={"adoption": 1.0, "advice_lag_days": 0.0}, digital={"learning": 0.1, "feedback": 0.9})
    types = len(model.names.types)
    run(model, 12, returned=one(types, 2, 5.0), closed=np.full(types, 2_000.0))
    assert model.rules.misroute.min() == 0.3


def test_invalid_data_are_invalid_from_the_first_week() -> None:
    model = committee(digital={"start": 0.6})
    policy = integrated(digital={"start": 0.6})
    first = policy_under(policy.ungoverned, model.rules, model.names)
    assert first.grading.data_validity == pytest.approx(0.6 * policy.grading.data_validity)


def test_thresholds_move_from_where_the_policy_set_them() -> None:
    policy = integrated(office={"people": 50}, committee={"agenda": 50, "lag_days": 0.0, "plenary_weeks": 2})
    policy = policy.with_(grading=replace(policy.grading, thresholds=(0.8, 0.6, 0.45)))
    model = type(committee())(city("million"), policy, 7)
    run(model, 40, alarmed=one(3, 2, 9.0), raised=np.full(3, 10.0))
    assert policy.grading.thresholds[2] + model.rules.limits[2] == pytest.approx(0.46)


def test_a_shared_application_costs_where_it_works_and_nothing_before_the_committee_starts() -> None:
    base = integrated(starts_weeks=3)
    tried = base.with_(
        programmes=replace(base.programmes, muck_trucks=MuckTrucks(detection=0.9)),
        governance=replace(base.governance, innovation=Innovation(sharing="isolated", applications="muck_trucks")),
    )
    model = type(committee())(city("toy"), tried, 7)
    assert model.rules.reach == ()
    assert model.spreading.cost == 0.0
    run(model, 3)
    assert dict(model.rules.reach).keys() == {"muck_trucks"}
    assert model.spreading.cost > 0.0
    programmes = tried.programmes
    whole = programmes.yuan_per_week(300.0)
    assert programmes.yuan_unreached((("muck_trucks", (0.0, 0.0)),), (100.0, 200.0)) == pytest.approx(whole)
    assert programmes.yuan_unreached((("muck_trucks", (1.0, 0.25)),), (100.0, 200.0)) == pytest.approx(0.5 * whole)


def test_the_overhead_of_a_run_is_less_by_what_an_application_does_not_reach() -> None:
    base = integrated()
    programmes = replace(base.programmes, muck_trucks=MuckTrucks(detection=0.9))
    levers = Innovation(sharing="mandated", applications="muck_trucks", mandated_month=48, yuan_pilot=0.0, upkeep=0.0)
    shared, everywhere = (
        govern(
            city("toy"),
            base.with_(programmes=programmes, governance=replace(base.governance, innovation=innovation)),
            seed=1,
            replication=0,
            weeks=3,
        ).log.overhead_per_week
        for innovation in (levers, Innovation())
    )
    residents = float(city("toy").city.street_population.sum())
    assert 0.0 < everywhere - shared <= programmes.yuan_per_week(residents) + 1e-6


@pytest.mark.parametrize("name", ["agents", "second_site"])
def test_what_acts_on_the_whole_city_is_no_application(name: str) -> None:
    with pytest.raises(PolicyError, match="no district can pilot it"):
        Innovation(sharing="voluntary", applications=f"muck_trucks, {name}")


def test_twice_the_rounds_halve_the_overflows_of_villages_that_a_full_truck_did_not_cause() -> None:
    world = place("rural_waste_missed", rural=True)
    rounds = spared(world, "rural_waste_missed", rural_waste=replace(AS_NOW.rural_waste, every_days=1.75))
    trucks = spared(world, "rural_waste_missed", rural_waste=replace(AS_NOW.rural_waste, truck_tonnes=12.0))
    assert 0.05 < trucks < 0.3
    assert rounds == pytest.approx(trucks + (1.0 - trucks) * 0.3 * 0.5, abs=0.02)  # 0.7 come of rounds broken off


def test_a_round_before_the_programme_began_cleaned_nothing() -> None:
    world = place("septic_gas_alarm")
    cleaning = SepticCleaning(before_festival=1.0)
    after = world.incidents.occurred >= 40 * WEEK
    early, late = (
        (~effects_of(world, replace(AS_NOW, septic_cleaning=cleaning, begun=begun)).happens & after).sum()
        for begun in ((), (("septic_cleaning", 39),))
    )
    assert late == 0 <= early


def test_right_records_do_not_make_a_trained_crew_quicker() -> None:
    world = place("zhatu_truck_violation")
    together = {"enforcement": Enforcement(degree=5.0, slower=0.2), "data_library": DataLibrary(error=0.0)}
    effects = under(world, **together)
    slow = effects.slower > 0
    assert slow.any()
    alone = under(world, enforcement=together["enforcement"])
    np.testing.assert_array_equal(effects.slower, alone.slower)
    assert (effects.slower[slow] < 24 * HOUR).all()


@pytest.mark.parametrize(
    ("programme", "what"),
    [
        ({"enforcement": Enforcement(degree=3.0, matters="zhatu, ordre")}, "enforcement.matters = 'ordre'"),
        ({"data_library": DataLibrary(of="gass", error=0.2)}, "data_library.of = 'gass'"),
    ],
)
def test_a_programme_for_unknown_types_is_refused(programme: dict[str, Any], what: str) -> None:
    with pytest.raises(PolicyError, match=what):
        under(sample_world(city("toy"), seed=1, replication=0, weeks=1), **programme)


def test_agents_must_be_given_as_levers() -> None:
    with pytest.raises(PolicyError, match=r"agents\.traffic = 3"):
        Agents(traffic=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["toy", "million", "central-chongqing"])
@pytest.mark.parametrize("topics", [1, 2, 3])
def test_a_task_force_has_the_hours_that_its_home_departments_lose(place: str, topics: int) -> None:
    """Over all places and shifts; what does not fit in whole crews is less than one for each place."""
    model = committee(place)
    names, policy = model.names, integrated()
    scope = tuple((group, 99) for group in names.all_groups[:topics])
    rules = replace(model.rules, scope=scope)
    assert rules.seconded == pytest.approx(0.10 + 0.05 * topics)
    hours = {}
    for label, some in (("before", model.rules), ("after", rules)):
        staffing = policy_under(policy, some, names).staffing
        for name in (*HOMES, "task_force"):
            family = staffing.family(name)
            assert family is not None
            starts = np.array([shift.start for shift in family.shifts] + [family.cycle])
            heads = family.headcounts(names.residents[family.level])
            hours[label, name] = float((heads * np.diff(starts)).sum()) / 3600.0
    gone = sum(hours["before", name] - hours["after", name] for name in HOMES)
    come = hours["after", "task_force"] - hours["before", "task_force"]
    assert 0.0 <= gone - come < 24.0 * len(names.residents["district"])
    if place != "toy":
        assert come > 0.0
    if place == "central-chongqing":  # in a small city a crew in each place is much
        taken = gone / sum(hours["before", name] for name in HOMES)
        assert taken == pytest.approx(rules.seconded, abs=0.03)
