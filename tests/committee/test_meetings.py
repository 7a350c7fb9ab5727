"""The meetings of streets and districts: periods, agendas, lags, and what goes up. By hand, without engines."""

from typing import Any

import numpy as np
import pytest

from citysim.committee.meetings import LowerMeetings
from citysim.committee.model import CityCommittee
from tests.committee.bodies import city, committee, one, run, week

BELOW = {
    "street_weeks": 1, "district_weeks": 2, "street_agenda": 2, "district_agenda": 1, "street_lag_weeks": 0,
    "district_lag_weeks": 1.0,
}  # fmt: skip


def below(**levers: Any) -> tuple[CityCommittee, LowerMeetings]:
    model = committee(committee=BELOW | {"lag_sigma": 0.0} | levers)
    return model, model.meetings


def came(street: int, **times: int) -> dict[str, Any]:
    """Types 0, 1, 2 … came so often at a street: `t0=3`."""
    kinds = np.repeat([int(name[1:]) for name in times], list(times.values()))
    return {"hot": (kinds.astype(np.int64), np.full(len(kinds), street, np.int64))}


def test_a_street_settles_what_came_most_at_its_place_alone_and_the_rest_waits() -> None:
    """Two places for three matters; what came once is none."""
    model, meetings = below(street_settles=1.0)
    sat = meetings.step(1, week(model, 0, **came(4, t0=2, t1=3, t2=5, t3=1)))
    assert sat.streets == 2
    share = city("million").city.street_population / city("million").city.street_population.sum()
    assert meetings.clear()[[0, 1, 2, 3]] == pytest.approx([0.0, share[4], share[4], 0.0])
    assert meetings.step(2, week(model, 1, **came(4))).streets == 1
    assert meetings.clear()[0] == pytest.approx(share[4])


def test_what_a_street_cannot_settle_its_district_does_after_a_lag_in_all_its_streets() -> None:
    """One place at the district: the type that came most; it acts two weeks later, the other waits its turn."""
    model, meetings = below(street_settles=0.0, district_settles=1.0, district_lag_weeks=2.0)
    nothing = week(model, 0, **came(0))
    assert meetings.step(1, week(model, 0, **came(0, t0=2, t1=3))).districts == ()
    district = int(city("million").city.district_of_street[0])
    assert meetings.step(2, nothing).districts == ((district, 1),)
    assert meetings.step(3, nothing).districts == ()
    assert meetings.clear()[1] == 0.0
    assert meetings.step(4, nothing).districts == ((district, 0),)
    people, of_street = city("million").city.street_population, city("million").city.district_of_street
    assert meetings.clear()[1] == pytest.approx(people[of_street == district].sum() / people.sum())


def test_what_a_street_settles_acts_after_its_lag_and_takes_no_place_again() -> None:
    """Settled in week 1, clear in week 4; what comes there meanwhile is no matter, so another type has its turn."""
    model, meetings = below(street_settles=1.0, street_lag_weeks=3, street_agenda=1)
    assert meetings.step(1, week(model, 0, **came(4, t1=5, t2=3))).streets == 1
    assert meetings.step(2, week(model, 1, **came(4, t1=5))).streets == 1
    assert meetings.step(3, week(model, 2, **came(4, t1=5))).streets == 0
    assert not meetings.clear().any()
    meetings.step(4, week(model, 3, **came(4)))
    assert np.flatnonzero(meetings.clear()).tolist() == [1]
    meetings.step(5, week(model, 4, **came(4)))
    assert np.flatnonzero(meetings.clear()).tolist() == [1, 2]


def test_what_no_district_settles_goes_up_to_the_municipal_committee() -> None:
    model = committee(committee=BELOW | {"street_settles": 0.0, "district_settles": 0.0})
    hot = came(0, t0=2, t1=3)
    run(model, 2, **hot)
    assert [(item.topic, item.name) for item in (*model.office.inbox, *model.office.ready) if item.topic == "list"] == [
        ("list", model.names.types[1])
    ]
    run(model, 8, **hot)
    assert model.names.types[1] in [note.about for note in model.minutes if note.what == "acts: list"]
    assert model.rules.misroute[1] < model.rules.misroute[5]


def test_clear_responsibility_at_a_street_makes_first_orders_better_by_its_share() -> None:
    """By hand: listed 0.5 at the street's share of all residents."""
    model = committee(
        committee=BELOW | {"street_settles": 1.0}, library={"listed": 0.5, "adoption": 0.0}, digital={"learning": 0.0}
    )
    run(model, 1, **came(3, t7=4))
    share = city("million").city.street_population[3] / city("million").city.street_population.sum()
    assert model.rules.misroute[7] == pytest.approx(1.0 - 0.5 * share)
    assert model.rules.misroute[8] == 1.0


def test_a_district_calls_up_who_has_most_waiting_in_it_and_only_there() -> None:
    """Called at the meeting of week 2, acting in week 3 in one of three districts, and over two weeks later."""
    model = committee(committee=BELOW | {"authority": 1.0})
    department = model.departments[0]
    held = np.zeros((len(model.names.departments), 3))
    held[department.position, 1] = 50.0
    run(model, 1)
    run(model, 1, held=held, waiting=one(len(held), department.position, 50.0))
    called = [note for note in model.minutes if note.what == "department called up"]
    assert [(note.body, note.about) for note in called] == [(model.names.districts[1], department.code)]
    assert department.called_up == 0.0
    run(model, 1)
    assert department.called_up == pytest.approx(1 / 3)
    plain = model.refusals(0.2)[department.code]
    department.called_up = 0.0
    assert plain < model.refusals(0.2)[department.code]
    run(model, 2)
    assert department.called_up == 0.0
