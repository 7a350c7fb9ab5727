"""What makes a department refuse more or less: backlog, incentive, supervision, and who sits on the committee."""

import pytest

from citysim.committee.roll import GOVERNANCE, ROLL, brought_to_bear, reached
from tests.committee.bodies import committee


def test_departments_refuse_less_when_their_districts_are_under_pressure() -> None:
    """By hand: odds of 0.25 at usual load, times 1 - 0.4 x the mean pressure of 1, 0.5 and 0."""
    model = committee(committee={"authority": 1.0}, evaluation={"incentive": 0.4})
    department = model.departments[0]
    assert department.factor(0.2) == pytest.approx(1.0)
    for district, pressure in zip(model.districts, (1.0, 0.5, 0.0), strict=True):
        district.ranked(1.0, pressure)
    odds = 0.25 * (1.0 - 0.4 * 0.5)
    assert department.factor(0.2) == pytest.approx(odds / (1.0 + odds) / 0.2)


def test_authority_is_brought_to_bear_by_the_governance_members() -> None:
    """The first four of the roll are line departments: they are reached, but nobody makes them listen."""
    first = next(k for k, member in enumerate(ROLL) if member.kind == GOVERNANCE)
    assert first == 4
    assert brought_to_bear(first) == 0.0
    assert brought_to_bear(len(ROLL)) == 1.0
    factors = [
        next(
            d.factor(0.2)
            for d in committee(committee={"authority": 4.0, "members": members}).departments
            if d.code == "CGJ"
        )
        for members in (0, first, first + 1, len(ROLL))
    ]
    assert factors[0] == factors[1] == pytest.approx(1.0)
    assert factors[1] > factors[2] > factors[3]
    assert not any(member.code in reached(len(ROLL)) for member in ROLL if member.kind == GOVERNANCE)


def test_one_case_more_is_no_reason_to_call_a_department_to_account() -> None:
    """By hand: after the usual of 0 comes 1 case, 11 against 10.1; 40 cases are 50 against 14.1, beyond the most."""
    quiet, busy = committee().departments[:2]
    for waiting in (0.0, 1.0):
        quiet.look(waiting)
    assert quiet.strain == pytest.approx(1.0 + 0.5 * (11.0 / 10.1 - 1.0))
    for waiting in (0.0, 40.0):
        busy.look(waiting)
    assert busy.strain == pytest.approx(1.5)
