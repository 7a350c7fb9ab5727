"""The five gates of the lifelines, on hand-made cases."""

from citysim.judging.lifelines import GATES, gate_passed, loop_closure_rate
from citysim.judging.view import View, view
from citysim.log import CLOSED
from citysim.units import HOUR
from tests.judging.logs import case, make_log

UNTIL = 100 * HOUR
SENSOR = 0


def leak(**changes: int) -> dict[str, int]:
    """A gas leak that a sensor found and that passes all gates; whatever is given replaces that."""
    good = {
        "kind": 0, "channel": SENSOR, "severity": 2, "grade": 2, "outcome": CLOSED, "fixed": 2 * HOUR,
        "rooted": 2 * HOUR, "verified": 3 * HOUR, "ended": 3 * HOUR,
    }  # fmt: skip
    return case(**good | changes)


def judged(*cases: dict[str, int]) -> View:
    return view(make_log(cases, UNTIL))


def test_a_case_passes_each_gate_unless_that_arc_failed() -> None:
    failures = {
        "gate_monitor": {"channel": 2},
        "gate_manage": {"grade": 3},
        "gate_prevent": {"upgraded": 1},
        "gate_dispose": {"ended": 11 * HOUR},
        "gate_evaluate": {"rooted": -1},
    }
    for broken, change in failures.items():
        found = judged(leak(), leak(**change))
        assert {gate: gate_passed(found, gate) for gate in GATES} == {g: 0.5 if g == broken else 1.0 for g in GATES}
        assert loop_closure_rate(found) == 0.5


def test_other_ways_to_fail_a_gate() -> None:
    found = judged(leak(transfers=1), leak(grade=-1), leak(grade=1), leak(signals=1), leak(verified=-1))

    assert gate_passed(found, "gate_manage") == 3 / 5, "a grade too high is on the safe side"
    assert gate_passed(found, "gate_prevent") == 4 / 5
    assert gate_passed(found, "gate_evaluate") == 4 / 5
    assert loop_closure_rate(found) == 1 / 5


def test_what_came_back_or_sprang_from_another_case_was_not_prevented() -> None:
    later = {"occurred": 5 * HOUR, "reported": 5 * HOUR, "fixed": 6 * HOUR, "rooted": 6 * HOUR, "verified": 6 * HOUR}
    back = leak(**later, ended=6 * HOUR, cause=0)
    early = leak(**later | {"occurred": HOUR}, ended=6 * HOUR, cause=0)

    assert gate_passed(judged(leak(), back), "gate_prevent") == 0.5
    assert gate_passed(judged(leak(), early), "gate_prevent") == 0.5


def test_only_lifeline_cases_whose_limit_has_ended_count() -> None:
    litter = case(kind=1, channel=2)
    late = leak(reported=95 * HOUR, occurred=95 * HOUR, ended=96 * HOUR, rooted=-1)

    assert gate_passed(judged(leak(), litter, late), "gate_evaluate") == 1.0
    assert loop_closure_rate(judged(litter)) != loop_closure_rate(judged(litter)), "nothing to count: nan"
