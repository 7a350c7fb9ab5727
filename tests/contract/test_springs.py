"""What springs from a case: causes, returns, worsening and signals (law, section 9)."""

import numpy as np
import pytest

from citysim.engines.simulate import Engine, finish, start
from citysim.intake import SIGNALS, Signals
from citysim.policy.blocks import Grade, Is, Mark
from citysim.policy.durations import Fixed, FromCase
from citysim.policy.grading import Grading
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing, Tally
from citysim.policy.workflow import Workflow
from tests.contract.story import CITY, WORK, Tell, asked, exercises, rows

PLAIN = Workflow()
EXACT = Grading(noise_sd=0.0)
SAFE = PLAIN.delay(WORK).mark("safe").delay(Fixed(5)).close()
TRAFFIC, SENSOR_NET, INJURY = range(len(SIGNALS))
ENDS = (
    PLAIN
    .delay(WORK).route(Is("way", "==", 1), to="leave").route(Is("way", "==", 2), to="rooted")
    .route(Is("way", "==", 3), to="merge").close()
    .at("leave").leave()
    .at("rooted").mark("rooted").close()
    .at("merge").merge().close()
)  # fmt: skip
CLOSES, LEAVES, ROOTED, MERGES = range(4)


def signals(*taking: tuple[int, int, int]) -> Signals:
    """(time, row of the cause, signal) of each."""
    at, cause, signal = zip(*taking, strict=True)
    return Signals(np.array(at), np.array(cause, np.int32), np.array(signal, np.int8))


@exercises(Mark)
@pytest.mark.parametrize(("escapes", "comes"), [(3, True), (12, True), (13, False)])
def test_what_is_safe_before_spreads_no_further(tell: Tell, escapes: int, comes: bool) -> None:
    # Safe at 12: what escapes at this very second still does.
    story = tell(rows(2, 15, cause=[-1, 0], escapes=[0, escapes], work=10), SAFE)
    assert story.column("case") == ([0, 1] if comes else [0])
    assert story.column("cause") == ([-1, 0] if comes else [-1])


def test_what_escapes_comes_in_when_it_is_reported(tell: Tell) -> None:
    story = tell(rows(2, 12, cause=[-1, 0], escapes=[0, 12], work=10), SAFE)
    assert story.column("reported") == [2, 12]  # safe in phase 2 of 12, the row comes in phase 3 of 12
    assert story.ended == [17, 27]


@pytest.mark.parametrize(("way", "comes"), [(CLOSES, False), (LEAVES, True), (ROOTED, False)])
def test_a_case_that_closes_is_contained_one_that_leaves_is_not(tell: Tell, way: int, comes: bool) -> None:
    story = tell(rows(2, 15, cause=[-1, 0], escapes=[0, 13], work=10, way=[way, 0]), ENDS)
    assert len(story.log) == 1 + comes


def test_a_case_that_merges_is_not_contained(tell: Tell) -> None:
    cases = rows(0, 1, 15, parent=[-1, 0, -1], cause=[-1, -1, 1], escapes=[0, 0, 14], work=[30, 3, 1], way=[0, 3, 0])
    story = tell(cases, ENDS)
    assert story.column("outcome") == ["closed", "merged", "closed"]


def test_the_first_safe_counts_where_the_last_is_noted(tell: Tell) -> None:
    twice = PLAIN.delay(WORK).mark("safe", last=True).delay(Fixed(10)).mark("safe", last=True).delay(Fixed(10)).close()
    story = tell(rows(0, 16, 17, cause=[-1, 0, 0], escapes=[0, 5, 6], work=5), twice)
    assert story.column("case") == [0, 1]  # safe from 5 on, although 15 is what is noted by 16
    assert story.column("safe") == [15, 31]


def test_no_safe_mark_closing_contains(tell: Tell) -> None:
    plain = PLAIN.delay(WORK).close()
    story = tell(rows(2, 20, 20, cause=[-1, 0, 0], escapes=[0, 12, 13], work=10), plain)
    assert story.column("case") == [0, 1]


def test_a_chain_breaks_where_one_link_did_not_happen(tell: Tell) -> None:
    # Row 0 is safe at 10; row 1 escapes too late, so rows 2 and 3 never were; row 4 springs from row 0 in time.
    cases = rows(0, 20, 30, 40, 50, cause=[-1, 0, 1, 2, 0], escapes=[0, 11, 20, 30, 10], work=10)
    assert tell(cases, SAFE).column("case") == [0, 4]


def test_a_cause_may_come_in_later_than_what_springs_from_it(tell: Tell) -> None:
    # Row 0 springs from row 2, which is reported at 9 only: at 3 it was not contained.
    cases = rows(3, 5, 9, 30, cause=[2, 0, -1, 2], escapes=[2, 5, 0, 20], work=10)
    # Row 1 springs from row 0 (safe at 13) at 5; row 3 from row 2 (safe at 19) at 20: too late.
    assert tell(cases, SAFE).column("case") == [0, 1, 2]


def test_a_cause_that_happened_but_never_became_a_case_is_not_contained(tell: Tell) -> None:
    # Row 1 repeats row 0, which is closed at 10, so it never becomes a case; yet it happened.
    cases = rows(0, 12, 20, parent=[-1, 0, -1], cause=[-1, -1, 1], escapes=[0, 0, 20], work=10, way=0)
    assert tell(cases, ENDS).column("case") == [0, 2]


def test_a_cause_that_did_not_happen_has_no_repeats_either(tell: Tell) -> None:
    cases = rows(0, 20, 21, 22, parent=[-1, -1, 1, 0], cause=[-1, 0, -1, 0], escapes=[0, 6, 0, 4], work=5, way=0)
    # Row 1 escapes after row 0 closed at 5: neither it nor its repeat. Row 3 happened, but its original is closed.
    assert tell(cases, ENDS).column("case") == [0]
    longer = rows(0, 20, 21, 22, parent=[-1, -1, 1, 0], cause=[-1, 0, -1, 0], escapes=[0, 6, 0, 4], work=30, way=0)
    assert tell(longer, ENDS).column("case") == [0, 1, 2, 3]


def test_a_chain_that_asks_too_early_takes_what_has_not_been_for_not_been(tell: Tell) -> None:
    # Row 1 springs from row 2 at 25, but row 0 asks at 20 already whether row 1 happened, and is told yes.
    cases = rows(20, 26, 26, cause=[1, 2, -1], escapes=[20, 25, 0], work=5)
    assert tell(cases, SAFE).column("case") == [0, 1, 2]
    # Row 0 is safe at 5. At 4 row 2 asks for row 1, which would escape at 6: not prevented yet. At 8 it is.
    cases = rows(0, 4, 8, cause=[-1, 2, 0], escapes=[0, 4, 6], work=5)
    assert tell(cases, SAFE).column("case") == [0, 1]


@pytest.mark.parametrize(
    ("way", "escapes", "comes"),
    [(CLOSES, 12, False), (CLOSES, 13, True), (CLOSES, 40, True), (ROOTED, 13, False), (LEAVES, 13, False)],
)
def test_what_is_closed_but_not_mended_at_its_root_returns(tell: Tell, way: int, escapes: int, comes: bool) -> None:
    cases = rows(2, 40, cause=[-1, 0], escapes=[0, escapes], returns=[0, 1], work=10, way=[way, 0])
    assert len(tell(cases, ENDS).log) == 1 + comes


def test_what_has_not_come_in_is_not_closed_and_does_not_return(tell: Tell) -> None:
    cases = rows(5, 9, cause=[1, -1], escapes=[5, 0], returns=[1, 0], work=0, way=0)
    assert tell(cases, ENDS).column("case") == [1]


def test_a_return_of_what_did_not_happen_does_not_happen(tell: Tell) -> None:
    cases = rows(0, 20, 40, cause=[-1, 0, 1], escapes=[0, 11, 39], returns=[0, 0, 1], work=10)
    assert tell(cases, SAFE).column("case") == [0]


def test_what_returns_may_return_again(tell: Tell) -> None:
    cases = rows(0, 20, 40, 60, cause=[-1, 0, 1, 2], escapes=[0, 20, 40, 45], returns=[0, 1, 1, 1], work=10, way=0)
    assert tell(cases, ENDS).column("case") == [0, 1, 2]  # the third is open until 50


def test_a_case_that_another_caused_is_bred(tell: Tell) -> None:
    story = tell(rows(0, 1, cause=[-1, 0], escapes=[0, 1]), asked("bred"))
    assert story.ended == [0 + 1, 1 + 2]


@exercises(Grade)
@pytest.mark.parametrize(("work", "grade"), [(4, 2), (5, 1), (6, 1)])
def test_a_case_is_one_severity_worse_from_its_time_on(tell: Tell, work: int, grade: int) -> None:
    story = tell(rows(0, severity=2, worsens=5, work=work), PLAIN.delay(WORK).grade().close(), grading=EXACT)
    assert (story.column("grade"), story.column("severity")) == ([grade], [2])
    assert story.column("upgraded") == [0 if work == 4 else 1]  # closed at 4 it is contained


@pytest.mark.parametrize(("safe", "severity"), [(4, 2), (5, 1), (6, 1)])
def test_what_is_safe_before_does_not_get_worse(tell: Tell, safe: int, severity: int) -> None:
    flow = PLAIN.delay(WORK).mark("safe").delay(Fixed(20))
    story = tell(rows(0, severity=2, worsens=5, work=safe), asked("severity", flow))
    assert story.ended == [safe + 20 + 1 + severity]
    assert story.column("upgraded") == [2 - severity]


def test_what_is_worst_gets_no_worse(tell: Tell) -> None:
    story = tell(rows(10, severity=0, worsens=5), asked("severity"))
    assert (story.ended, story.column("upgraded")) == ([11], [0])


def test_a_case_may_have_worsened_before_it_came_in_or_after_it_left(tell: Tell) -> None:
    left = PLAIN.route(Is("severity", "==", 1), to="worse").leave().at("worse").delay(WORK).leave()
    story = tell(rows(10, 11, 12, severity=2, worsens=[5, 99, 100], work=1), left, until=100)
    assert story.ended == [11, 11, 12]
    assert story.column("upgraded") == [1, 1, 0]  # the run covers 99, not 100


def test_a_case_does_not_worsen_where_the_intake_says_never(tell: Tell) -> None:
    assert tell(rows(10, severity=2), asked("severity")).ended == [10 + 1 + 2]


CITY_TRAFFIC = (Tally("traffic", "city"),)


@pytest.mark.parametrize(("at", "bits"), [(3, 1), (12, 1), (13, 0)])
def test_a_signal_takes_place_unless_its_cause_was_contained_before(tell: Tell, at: int, bits: int) -> None:
    cases = rows(2, 50, work=10, signals=signals((at, 0, TRAFFIC)))
    story = tell(cases, SAFE)
    assert story.column("signals") == [bits, 0]
    watched = asked("tally:traffic", PLAIN.delay(WORK).mark("safe"))
    assert tell(cases, watched, tallies=CITY_TRAFFIC).ended == [12 + 1 + (at <= 11), 60 + 1 + bits]


def test_a_signal_comes_after_the_completions_and_before_the_arrivals_of_its_instant(tell: Tell) -> None:
    cases = rows(2, 7, work=[5, 0], signals=signals((7, 0, TRAFFIC)))
    first = PLAIN.route(Is("work", "==", 0), to="ask").delay(WORK).at("ask").mark("filed")
    assert tell(cases, asked("tally:traffic", first), tallies=CITY_TRAFFIC).ended == [7 + 1, 7 + 2]


def test_each_signal_has_its_bit_and_may_come_before_its_case(tell: Tell) -> None:
    taking = signals((1, 1, INJURY), (2, 0, SENSOR_NET), (2, 0, TRAFFIC), (3, 0, TRAFFIC), (9, 1, TRAFFIC))
    story = tell(rows(0, 5, work=2, signals=taking), PLAIN.delay(WORK).close(), tallies=CITY_TRAFFIC)
    assert story.column("signals") == [0b011, 0b100]  # closed at 2 and 7: the signals at 3 and 9 come too late


def test_a_signal_is_told_in_the_place_of_its_cause(tell: Tell) -> None:
    taking = signals((1, 0, TRAFFIC), (1, 1, TRAFFIC), (1, 2, TRAFFIC))
    for level, counted in (("street", [1, 1, 1]), ("district", [2, 2, 1]), ("city", [3, 3, 3])):
        cases = rows(0, 0, 0, street=[0, 1, 2], signals=taking, **CITY)
        story = tell(cases, asked("tally:traffic", PLAIN.delay(Fixed(5))), tallies=(Tally("traffic", level),))
        assert story.ended == [6 + count for count in counted]


def test_a_signal_of_what_did_not_happen_does_not_take_place(tell: Tell) -> None:
    # Row 1 would have escaped at 11, but row 0 is safe at 10; row 2 happened but is no case: its original is closed.
    taking = signals((15, 1, TRAFFIC), (15, 2, TRAFFIC))
    cases = rows(
        0, 20, 20, 30, parent=[-1, -1, 0, -1], cause=[-1, 0, -1, -1], escapes=[0, 11, 0, 0], work=10, way=0,
        signals=taking,
    )  # fmt: skip
    story = tell(cases, asked("tally:traffic", PLAIN.delay(WORK).mark("safe")), tallies=CITY_TRAFFIC)
    assert story.column("case") == [0, 3]
    assert story.ended == [11, 40 + 2]


def test_a_signal_without_a_tally_of_its_name_is_only_noted(tell: Tell) -> None:
    cases = rows(0, work=10, signals=signals((1, 0, INJURY)))
    assert tell(cases, SAFE, tallies=CITY_TRAFFIC).column("signals") == [0b100]


def test_a_signal_at_the_end_of_the_run_has_not_taken_place(tell: Tell) -> None:
    cases = rows(0, work=100, signals=signals((49, 0, TRAFFIC), (50, 0, INJURY)))
    assert tell(cases, SAFE, until=50).column("signals") == [1]


def test_a_run_in_slices_remembers_what_is_contained(engine: Engine) -> None:
    n = 40  # row k springs from row (k - 1) // 3
    cases = rows(
        *range(0, 2 * n, 2), cause=[-1, *(k // 3 for k in range(n - 1))], escapes=np.arange(n) * 2,
        returns=np.arange(n) % 5 == 4, work=np.arange(n) % 4, worsens=np.arange(n) * 2 + 1, severity=2,
        signals=signals(*((k, k // 2, k % 3) for k in range(n))),
    )  # fmt: skip
    flow = PLAIN.delay(FromCase("work")).grade().add_to("traffic").seize("server").delay(Fixed(1)).release("server")
    policy = Policy("chain", flow.close(), Staffing.of(server=1), tallies=CITY_TRAFFIC)
    whole, sliced = start(cases, policy, engine), start(cases, policy, engine)
    whole.advance(120)
    for until in range(1, 121):
        sliced.advance(until)
        finish(sliced)
    assert finish(sliced).digest() == finish(whole).digest()
