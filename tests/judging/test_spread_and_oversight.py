"""Children, returns, signals, counters of supervision, filing and alerts, by hand."""

from pathlib import Path

import numpy as np
import pytest

from citysim.engines.simulate import simulate
from citysim.intake import SIGNALS
from citysim.judging import alerts, oversight, spread, times
from citysim.judging.view import View, view, view_all
from citysim.log import CLOSED
from citysim.policy.catalog import load_policy
from citysim.sensing import sense
from citysim.units import CHANNELS, DAY, HOUR, WEEK
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario
from tests.judging.logs import case, make_log

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def seen(*cases: dict[str, int], until: int = WEEK) -> View:
    return view(make_log(cases, until))


def done(**columns: int) -> dict[str, int]:
    return case(**{"outcome": CLOSED, "ended": HOUR} | columns)


def test_escalation_is_over_all_incidents() -> None:
    assert spread.escalation_rate(seen(case(upgraded=1), case(), case(), case(genuine=0, upgraded=1))) == 1 / 3


def test_a_child_of_what_is_not_contained_is_no_return() -> None:
    """Caused by case 0: another type; the same, elsewhere; the same here before it was closed; the same here after."""
    root = done(kind=1, street=2, ended=10 * HOUR)
    other = case(kind=0, street=2, cause=0, reported=20 * HOUR)
    elsewhere = case(kind=1, street=3, cause=0, reported=20 * HOUR)
    nearby = case(kind=1, street=2, cause=0, reported=20 * HOUR, occurred=5 * HOUR)
    again = case(kind=1, street=2, cause=0, reported=20 * HOUR, occurred=10 * HOUR)
    found = seen(root, other, elsewhere, nearby, again)

    assert found.returned.tolist() == [False, False, False, False, True]
    assert spread.cascade_rate(found) == 3 / 5
    assert spread.recurrence_rate(found) == 1 / 1


def test_a_cause_that_never_became_a_case_is_none_that_was_closed() -> None:
    """Its row is not in the log; the number must not be mistaken for a row of the log."""
    found = seen(done(kind=1), case(kind=1, cause=7, reported=2 * HOUR))

    assert found.bred.tolist() == [False, True]
    assert found.returned.tolist() == [False, False]


def test_causes_are_found_by_case_number_not_by_row() -> None:
    """Case 5 sprang from case 3, the first row of this log."""
    log = make_log([done(kind=1, street=4), case(kind=1, street=4, cause=3, reported=2 * HOUR)], WEEK)
    facts = {name: getattr(log, name) for name in log.__dataclass_fields__ if name != "case_columns"}
    renumbered = type(log)(case_columns={**log.case_columns, "case": np.array([3, 5])}, **facts)

    assert view(renumbered).returned.tolist() == [False, True]


@pytest.mark.parametrize("signal", SIGNALS)
def test_signals_are_read_off_their_bit(signal: str) -> None:
    bit = 1 << SIGNALS.index(signal)

    assert spread.signals_per_week(seen(case(signals=bit), case(signals=7), case(), until=2 * WEEK), signal) == 1.0
    assert spread.signals_per_week(seen(case(signals=7 - bit)), signal) == 0.0


def test_extension_and_shelving_are_over_the_due() -> None:
    """A leak is due after 10 h; the survey has no limit, the last leak is not due yet."""
    leaks = [case(kind=0, extensions=1), case(kind=0, shelvings=2), case(kind=0), case(kind=0)]
    found = seen(*leaks, case(kind=2, extensions=1), case(kind=0, extensions=1, reported=WEEK - HOUR))

    assert oversight.extension_rate(found) == 1 / 4
    assert oversight.shelve_rate(found) == 1 / 4


def test_shelved_cases_are_taken_out_of_the_official_rate_only() -> None:
    """One in time, one late, one shelved and late."""
    late = {"filed": 0, "ended": 20 * HOUR}
    found = seen(done(kind=0, filed=0), done(kind=0, **late), done(kind=0, shelvings=1, **late))

    assert times.on_time_closure_rate(found) == 1 / 2
    assert times.on_time_closure_rate_strict(found) == 1 / 3


def test_counters_per_case_and_per_week() -> None:
    found = seen(
        case(notices=3, whistles=1), case(notices=1, conflicts=2), case(callouts=4, wrong_merges=1), until=2 * WEEK
    )

    assert oversight.notices_per_case(found) == 4 / 3
    assert oversight.noticed_share(found) == 2 / 3
    assert oversight.whistles(found) == 0.5
    assert oversight.conflicts(found) == 1.0
    assert oversight.callouts(found) == 2.0
    assert oversight.wrong_merge_rate(found) == 1 / 3


def test_false_closures_and_how_many_verification_found() -> None:
    """Three dispatched; two pretended; one of these was sent back (and once more, for honest work)."""
    found = seen(
        case(dispatched=1, false_closures=1, reworks=2),
        case(dispatched=1, false_closures=1),
        case(dispatched=1),
        case(),
    )

    assert oversight.false_closure_rate(found) == 2 / 3
    assert oversight.false_closures_caught(found) == 1 / 2
    assert np.isnan(oversight.false_closures_caught(seen(case())))


def test_night_is_from_eight_to_eight() -> None:
    hours = (7, 8, 19, 20, 24 + 3)
    found = seen(*(done(ended=hour * HOUR) for hour in hours), case())

    assert times.night_share(found) == 3 / 5
    assert DAY == 24 * HOUR


def test_filing_leaves_repeats_out() -> None:
    cases = [case(filed=HOUR), case(filed=HOUR + 1), case(genuine=0), case(parent=0, filed=5), case(filed=60)]
    everything = view_all(make_log(cases, WEEK))

    assert alerts.filing_rate(everything) == 3 / 4
    assert alerts.filing_on_time(everything) == 2 / 3


def test_alerts_of_devices_and_trips_for_nothing() -> None:
    sensor, video, hotline = (CHANNELS.index(name) for name in ("sensor", "video", "hotline"))
    cases = [
        case(channel=sensor), case(channel=video), case(channel=sensor, genuine=0, arrived=9),
        case(channel=hotline, genuine=0), case(channel=hotline),
    ]  # fmt: skip
    everything = view_all(make_log(cases, 2 * WEEK))

    assert alerts.alert_precision(everything) == 2 / 3
    assert alerts.false_alarm_share(everything) == 2 / 5
    assert alerts.trips_in_vain(everything) == 0.5


def test_returns_are_told_from_children_without_being_told() -> None:
    """The log does not say which causes are returns; what is read off it is what the world meant, case by case."""
    design = load_policy("fragmented")
    intake = sense(sample_world(load_scenario(SCENARIOS / "toy.yaml"), seed=3, replication=0, weeks=8), design.sensing)
    log = simulate(intake, design, steps=False)
    everything, meant = view_all(log), intake.returns[log.case_columns["case"]] == 1

    assert meant.any()
    assert (everything.returned == meant).all()
    assert (everything.bred == (log.case_columns["cause"] >= 0) & ~meant).all()
