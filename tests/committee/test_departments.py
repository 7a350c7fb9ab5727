"""What makes a department refuse more or less: backlog, incentive, supervision, and who sits on the committee."""

from collections import Counter

import pytest

from citysim.committee.members import Department, Governing, brought_to_bear
from citysim.committee.model import CityCommittee
from citysim.committee.roll import GOVERNANCE, HEARING, OPERATIONAL, OVERSEEN, ROLL
from tests.committee.bodies import committee, one, run


def department(model: CityCommittee, code: str) -> Department:
    return next(d for d in model.departments if d.code == code)


def factors(model: CityCommittee) -> dict[str, float]:
    return model.refusals(0.2)


def busy(model: CityCommittee, code: str) -> CityCommittee:
    """The committee after a quiet week and one in which so much waits on a department that it strains by half."""
    department(model, code).look(0.0)
    department(model, code).look(40.0)
    assert department(model, code).strain == pytest.approx(1.5)
    return model


def test_all_32_members_are_agents_of_their_kind_and_so_are_those_who_answer_requests_without_a_seat() -> None:
    model = committee()
    assert [member.code for member in model.members] == [member.code for member in ROLL]
    assert len(model.members) == 32
    kinds = {member.code: member.kind for member in ROLL}
    assert [isinstance(m, Governing) for m in model.members] == [kinds[m.code] == GOVERNANCE for m in model.members]
    assert {d.code for d in model.departments if d.seat is None} == {p for of in OVERSEEN.values() for p in of} | {
        "ZZ",
        "SQ",
    }
    assert set(model.members) | set(model.departments) == set(model.agents) - {*model.districts, model.office} - {
        model.officer
    }


def test_members_whom_no_type_names_have_no_backlog_and_nobody_who_asks_them() -> None:
    """In this city: one operational member and three regulatory ones; all they have is a seat."""
    model = committee()
    idle = [m for m in model.members if not isinstance(m, Department | Governing)]
    assert Counter(ROLL[m.seat or 0].kind == OPERATIONAL for m in idle) == {True: 1, False: 3}
    assert not any(m.code in model.names.departments or m.overseen for m in idle)


@pytest.mark.slow
@pytest.mark.parametrize("code", [member.code for member in ROLL])
def test_no_member_sits_without_an_effect(code: str) -> None:
    """Each who sits must be heard, which costs time in every joint case; and the roll decides who comes first."""
    place = [member.code for member in ROLL].index(code)
    without, with_ = (run(committee(committee={"members": n, "overhead_hours": 0.5}), 1) for n in (place, place + 1))
    assert with_.rules.overhead - without.rules.overhead == pytest.approx(0.05)
    member = with_.members[place]
    assert member.sits
    assert not without.members[place].sits
    fell = with_.rules.refuse < without.rules.refuse
    more_willing = [d.code for d in with_.departments if fell[d.position]]
    if isinstance(member, Governing):
        assert more_willing == [d.code for d in with_.departments if d.reached]
    elif place >= 5:  # before, no governance member sits and there is no authority to reach anybody with
        assert set(more_willing) == {code, *OVERSEEN.get(code, ())} & set(with_.names.departments)


def test_departments_refuse_less_when_their_districts_are_under_pressure() -> None:
    """By hand: odds of 0.25 at usual load, times 1 - 0.4 x the mean pressure of 1, 0.5 and 0."""
    model = committee(committee={"authority": 1.0}, evaluation={"incentive": 0.4})
    chosen = model.departments[0]
    assert factors(model)[chosen.code] == pytest.approx(1.0)
    for district, pressure in zip(model.districts, (1.0, 0.5, 0.0), strict=True):
        district.ranked(1.0, pressure)
    odds = 0.25 * (1.0 - 0.4 * 0.5)
    assert factors(model)[chosen.code] == pytest.approx(odds / (1.0 + odds) / 0.2)


def test_authority_is_brought_to_bear_by_the_governance_members() -> None:
    """The first four of the roll are line departments: they are reached, but nobody makes them listen.

    By hand, with all: odds of 0.25 / 4; with the first of eleven governance members 0.25 / (1 + 3 / 11).
    """
    first = next(k for k, member in enumerate(ROLL) if member.kind == GOVERNANCE)
    assert first == 4
    of = [
        factors(committee(committee={"authority": 4.0, "members": members}))["CGJ"]
        for members in (0, first, first + 1, len(ROLL))
    ]
    assert of[0] == of[1] == pytest.approx(1.0)
    for factor, odds in zip(of[2:], (0.25 / (1.0 + 3.0 / 11.0), 0.25 / 4.0), strict=True):
        assert factor == pytest.approx(odds / (1.0 + odds) / 0.2)


def test_those_who_hear_the_public_turn_to_whom_most_waits_on_and_the_others_bear_on_all_alike() -> None:
    """CGJ strains by half and 27 are reached: they turn to it 1.5 x 27 / 27.5 times as much, and less to the others."""
    model = busy(committee(), "CGJ")
    assert sum(d.reached for d in model.departments) == 27
    brought = brought_to_bear(model.departments, model.members)
    assert brought["CGJ"] == pytest.approx((len(HEARING) * 1.5 * 27 / 27.5 + 11 - len(HEARING)) / 11)
    assert brought["GAJ"] == pytest.approx((len(HEARING) * 27 / 27.5 + 11 - len(HEARING)) / 11)
    assert len(brought) == 27
    by_code = {member.code: member for member in model.members if isinstance(member, Governing)}
    for code, member in by_code.items():
        on_it, on_another = (member.bears(department(model, at).strain * 27 / 27.5) for at in ("CGJ", "GAJ"))
        hears = code in HEARING
        assert on_it == pytest.approx(1.5 * 27 / 27.5 if hears else 1.0)
        assert on_another == pytest.approx(27 / 27.5 if hears else 1.0)
    assert {by_code[code].code for code in HEARING} == set(HEARING)


def test_a_provider_is_as_ready_as_its_overseer_is_attentive() -> None:
    """Water and sanitation are overseen by CGJ. What waits on water turns CGJ to it, at the cost of sanitation; what
    waits on CGJ itself takes it off both. Gas has another overseer.
    """
    levers = {"committee": {"members": 9, "authority": 4.0}}  # nobody sits who hears the public
    quiet = factors(committee(**levers))
    water_busy = factors(busy(committee(**levers), "U_WATER"))
    itself_busy = factors(busy(committee(**levers), "CGJ"))
    assert water_busy["U_SANI"] > quiet["U_SANI"]
    assert itself_busy["U_SANI"] > quiet["U_SANI"]
    assert itself_busy["U_WATER"] > quiet["U_WATER"]
    assert water_busy["U_GAS"] == itself_busy["U_GAS"] == quiet["U_GAS"]
    overseer = busy(committee(**levers), "U_WATER").members[0]
    mean = (1.5 + 3 * 1.0) / 4
    heeds = {provider.code: overseer.heed(provider) for provider in overseer.overseen}
    assert heeds == pytest.approx({"U_WATER": 1.5 / mean, "U_SANI": 1 / mean, "U_PARK": 1 / mean, "U_BIKE": 1 / mean})


def test_pressure_on_the_districts_comes_to_a_provider_through_its_overseer() -> None:
    """Without any authority: all are as ready as before, but for the providers of a department that is overloaded."""
    model = committee(committee={"authority": 1.0}, evaluation={"incentive": 0.5})
    for district in model.districts:
        district.ranked(1.0, 1.0)
    quiet, strained = factors(model), factors(busy(model, "CGJ"))
    changed = {code for code in quiet if strained[code] != quiet[code]}
    assert changed == {"CGJ", *OVERSEEN["CGJ"]}
    odds = 0.25 * (1.0 - 0.5 / 1.5)
    assert strained["U_WATER"] == pytest.approx(odds / (1.0 + odds) / 0.2)


def test_a_provider_whose_overseer_does_not_sit_is_out_of_reach() -> None:
    places = [member.code for member in ROLL].index("JXW")
    before, after = (committee(committee={"members": n}) for n in (places, places + 1))
    assert not department(before, "U_GAS").reached
    assert department(after, "U_GAS").reached
    assert not department(after, "ZZ").reached


def test_a_department_that_only_supports_strains_under_what_it_is_asked_for() -> None:
    model = run(committee(), 2)
    health = department(model, "WJW")
    assert not health.leads
    usual = model.rules.refuse[health.position]
    run(model, 1, asked=one(len(model.names.departments), health.position, 40.0))
    assert model.rules.refuse[health.position] > usual
    assert health.code not in model._crews  # the pool moves the crews of those who lead


def test_one_case_more_is_no_reason_to_call_a_department_to_account() -> None:
    """By hand: after the usual of 0 comes 1 case, 11 against 10.1; 40 cases are 50 against 14.1, beyond the most."""
    quiet, loaded = committee().departments[:2]
    for waiting in (0.0, 1.0):
        quiet.look(waiting)
    assert quiet.strain == pytest.approx(1.0 + 0.5 * (11.0 / 10.1 - 1.0))
    for waiting in (0.0, 40.0):
        loaded.look(waiting)
    assert loaded.strain == pytest.approx(1.5)
