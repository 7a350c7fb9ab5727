"""Calls that only ask: how many, when, about what, what they do to the seats, and that they are no reports."""

from dataclasses import replace
from math import sqrt

import numpy as np

from citysim.engines.simulate import simulate
from citysim.intake import ENQUIRY, Intake
from citysim.judging.scorecard import judge
from citysim.log import CLOSED
from citysim.policy.blocks import Is
from citysim.policy.catalog import load_policy
from citysim.policy.durations import Exponential
from citysim.policy.policy import Policy
from citysim.policy.sensors import Sensing
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from citysim.sensing import sense
from citysim.units import DAY, HOUR, MINUTE, WEEK, YEAR
from citysim.world.scenario import Scenario
from tests.sensing.places import HOTLINE, Z_LIMIT, kind, scenario, toy, world, z_of_share
from tests.theory.formulas import erlang_a

ASKED = kind("asked")
FIRE = kind("fire", emergency_line=True)


def asking(place: Scenario, per_1000: float) -> Scenario:
    return replace(place, reporting=replace(place.reporting, enquiries_per_1000_year=per_1000))


def only(intake: Intake) -> np.ndarray:
    return intake.columns["enquiry"] == 1


def test_enquiries_come_by_residents_and_hour_of_the_day() -> None:
    intake = sense(world(asking(scenario(ASKED), 800.0), weeks=8), Sensing())
    rows = only(intake)
    people = toy().city.street_population
    expected = 0.8 * people * 8 * WEEK / YEAR
    counts = np.bincount(intake.street[rows], minlength=len(people))
    assert (np.abs(counts - expected) / np.sqrt(expected) < Z_LIMIT).all()
    by_day = intake.reported[rows] % DAY // HOUR
    day = int(((by_day >= 6) & (by_day < 22)).sum())
    share = 16 * 1.35 / (16 * 1.35 + 8 * 0.3)
    assert abs(z_of_share(day, int(rows.sum()), share)) < Z_LIMIT


def test_an_enquiry_is_no_report() -> None:
    intake = sense(world(asking(scenario(FIRE, ASKED), 400.0)), Sensing())
    rows = only(intake)
    assert rows.any()
    assert (intake.incident[rows] == ENQUIRY).all()
    assert (intake.genuine[rows] == 0).all()
    assert (intake.channel[rows] == HOTLINE).all()
    assert (intake.parent[rows] == -1).all()
    assert (intake.kind[rows] == 1).all(), "nobody asks the hotline about what belongs to the emergency line"
    assert not intake.columns["enquiry"][intake.incident != ENQUIRY].any()
    assert len(np.unique(intake.luck)) == len(intake)


def test_enquiries_move_nothing_else_and_outreach_brings_more() -> None:
    quiet, busy = (sense(world(asking(toy(), rate)), Sensing()) for rate in (0.0, 300.0))
    for column in ("reported", "luck", "channel", "kind"):
        assert np.array_equal(getattr(quiet, column), getattr(busy, column)[~only(busy)]), column
    more = sense(world(asking(toy(), 300.0)), Sensing(hotline=2.0))
    expected = 2.0 * 0.3 * toy().city.street_population.sum() * 4 * WEEK / YEAR
    assert abs(int(only(more).sum()) - expected) / sqrt(expected) < Z_LIMIT


def test_enquiries_take_seats_and_give_up_as_erlang_a_says() -> None:
    """One seat, calls of 6 minutes and patience of 3 at a constant rate in the day: Garnett et al. (2002), M/M/n+M."""
    call, patience = 6 * MINUTE, 3 * MINUTE
    answer = (
        Workflow().route(Is("enquiry", "==", 0), to="gone")
        .seize("hotline_seat", patience=Exponential(patience), otherwise="gone").delay(Exponential(call))
        .release("hotline_seat").close().at("gone").leave()
    )  # fmt: skip
    place = asking(scenario(ASKED), 400.0)
    log = simulate(world(place, weeks=12), Policy("seats", answer, Staffing.of(hotline_seat=1)), steps=False)
    cases = log.case_columns
    hour = cases["reported"] % DAY // HOUR
    day = (cases["incident"] == ENQUIRY) & (hour >= 7) & (hour < 22)
    rate = 0.4 * toy().city.street_population.sum() / YEAR * 1.35
    exact = erlang_a(rate, 1.0 / call, 1, 1.0 / patience)["p_abandon"]
    answered = cases["outcome"][day] == CLOSED
    blocks = np.array([part.mean() for part in np.array_split(answered, 40)])
    assert abs(answered.mean() - (1.0 - exact)) < Z_LIMIT * blocks.std(ddof=1) / sqrt(40)


def test_designs_answer_enquiries_by_phone_and_keep_them_from_the_desks() -> None:
    quiet, busy = (world(asking(toy(), rate), weeks=2) for rate in (0.0, 3_000.0))
    policy = load_policy("fragmented")
    before, after = (simulate(place, policy, steps=False) for place in (quiet, busy))
    asked = after.case_columns["incident"] == ENQUIRY
    assert asked.sum() > 5_000
    for milestone in ("filed", "graded", "dispatched"):
        assert (after.case_columns[milestone][asked] < 0).all(), milestone
    scores = judge(after), judge(before)
    assert scores[0].get("enquiries") == asked.sum() / 2
    assert 0.1 < scores[0].get("calls_answered") < 0.98
    assert np.isnan(scores[1].get("calls_answered"))
    served = [one.get("utilisation", "family", "hotline_seat") for one in scores]
    assert served[0] > served[1] + 0.1
    for name in ("false_alarm_share", "filing_rate", "false_alarms"):
        assert abs(scores[0].get(name) / scores[1].get(name) - 1.0) < 0.05, name


def test_callers_who_report_wait_longer_where_many_ask() -> None:
    """They hang up, call again later, and so are filed later: the reason why enquiries are in the model."""
    policy = load_policy("fragmented")
    hours = []
    for rate in (0.0, 6_000.0):
        log = simulate(world(asking(toy(), rate), weeks=2), policy, steps=False)
        cases = log.case_columns
        called = (cases["genuine"] == 1) & (cases["channel"] == HOTLINE) & (cases["parent"] < 0) & (cases["filed"] >= 0)
        hours.append(float((cases["filed"] - cases["reported"])[called].mean()) / HOUR)
    assert hours[1] > hours[0] + 0.2


def test_a_city_without_citizens_who_ask_has_no_enquiries() -> None:
    assert not only(sense(world(toy()), Sensing())).any()
