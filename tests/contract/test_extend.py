"""A run that is given more rows of intake while it goes on: it leaves the log of one run over all (law, section 8)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from citysim.engines.simulate import Engine, advance, change_policy, extend, finish, simulate, start
from citysim.errors import DataError, PolicyError
from citysim.intake import Intake, Signals, plain_kinds
from citysim.log import Log
from citysim.policy.blocks import Is
from citysim.policy.durations import Fixed
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing, Tally
from citysim.policy.workflow import Workflow
from citysim.units import HOUR
from tests.contract.story import CITY, CREWS, WORK, asked, departments, rows
from tests.contract.test_springs import CITY_TRAFFIC, TRAFFIC, signals
from tests.pieces import piece_of

PLAIN = Workflow()


def policy(flow: Workflow, **more: Any) -> Policy:
    return Policy("line", flow, Staffing.of(server=1), **more)


LINE = policy(PLAIN.seize("server").delay(WORK).release("server").close())


def in_two(whole: Intake, line: Policy, engine: Engine, at: int, first: int, until: int = 200) -> Log:
    """The log of a run over the first rows, given the others at a moment."""
    run = advance(start(piece_of(whole, 0, first, before=at), line, engine), at)
    return finish(advance(extend(run, piece_of(whole, first, len(whole), since=at)), until))


@pytest.mark.parametrize("at", [0, 3, 5])
def test_the_rows_that_follow_come_in_as_if_known_from_the_start(engine: Engine, at: int) -> None:
    whole = rows(0, 2, 5, 5, 9, work=4)
    log = in_two(whole, LINE, engine, at, 2)
    assert log.case_columns["ended"].tolist() == [4, 8, 12, 16, 20]
    assert log.digest() == simulate(whole, LINE, engine, until=200).digest()


def test_a_piece_may_be_empty_and_a_run_may_begin_with_nothing(engine: Engine) -> None:
    whole = rows(5, 9, work=4)
    run = advance(start(piece_of(whole, 0, 0), LINE, engine), 3)
    for first, last in ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2)):
        extend(run, piece_of(whole, first, last))
    assert finish(advance(run, 50)).digest() == simulate(whole, LINE, engine, until=50).digest()


def test_rows_of_one_instant_may_be_given_in_two_pieces(engine: Engine) -> None:
    whole = rows(7, 7, 7, work=[1, 2, 4])
    assert in_two(whole, LINE, engine, 7, 1).case_columns["ended"].tolist() == [8, 10, 14]


def test_what_follows_may_repeat_what_is_there(engine: Engine) -> None:
    """Row 1 repeats row 0, which is open until 10, and row 2 row 1 of its own piece; for row 3 it is too late."""
    whole = rows(0, 8, 8, 12, work=[10, 1, 0, 1], parent=[-1, 0, 1, 0])
    log = in_two(whole, policy(PLAIN.delay(WORK).merge().close()), engine, 5, 1)
    assert log.case_columns["outcome"].tolist() == [1, 3, 3]
    assert log.case_columns["case"].tolist() == [0, 1, 2]
    assert log.case_columns["parent"].tolist() == [-1, 0, 1]
    assert log.case_columns["repeats"].tolist() == [1, 1, 0]


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize(("escapes", "comes"), [(10, True), (11, False)])
def test_what_follows_may_spring_from_what_is_over(engine: Engine, escapes: int, comes: bool, last: bool) -> None:
    """Row 0 is safe at 10, noted again at 15; nothing sprang from anything before row 1 was given."""
    twice = PLAIN.delay(WORK).mark("safe", last=last).delay(Fixed(5)).mark("safe", last=last).delay(Fixed(5)).close()
    whole = rows(0, 30, cause=[-1, 0], escapes=[0, escapes], work=10)
    log = in_two(whole, policy(twice), engine, 25, 1)
    assert log.case_columns["case"].tolist() == ([0, 1] if comes else [0])
    assert log.digest() == simulate(whole, policy(twice), engine, until=200).digest()


@pytest.mark.parametrize(("way", "comes"), [("close", False), ("leave", True), ("rooted", False)])
def test_how_a_case_ended_is_known_to_what_follows(engine: Engine, way: str, comes: bool) -> None:
    """Row 1 springs from row 0, which ended at 10; row 2 returns only if row 0 closed unmended."""
    ends = PLAIN.delay(WORK).mark("rooted").close() if way == "rooted" else getattr(PLAIN.delay(WORK), way)()
    whole = rows(0, 30, 31, cause=[-1, 0, 0], escapes=[0, 12, 20], returns=[0, 0, 1], work=10)
    log = in_two(whole, policy(ends), engine, 25, 1)
    assert log.case_columns["case"].tolist() == [0, *([1] if comes else []), *([2] if way == "close" else [])]
    assert log.digest() == simulate(whole, policy(ends), engine, until=200).digest()


def test_what_follows_may_bring_worsening(engine: Engine) -> None:
    whole = rows(0, 20, severity=2, worsens=[-1, 25], work=10)
    line = policy(PLAIN.delay(WORK).route(Is("severity", "==", 1), to="worse").close().at("worse").leave())
    log = in_two(whole, line, engine, 15, 1)
    assert log.case_columns["outcome"].tolist() == [1, 2]
    assert log.case_columns["upgraded"].tolist() == [0, 1]


def test_signals_fall_in_among_those_still_to_come(engine: Engine) -> None:
    """The first piece has signals at 4 and 40; the second brings one at 20 through row 0, which is safe at 30."""
    whole = rows(0, 25, work=[30, 0], signals=signals((4, 0, TRAFFIC), (20, 0, TRAFFIC), (40, 0, TRAFFIC)))
    first = replace(piece_of(whole, 0, 1), signals=signals((4, 0, TRAFFIC), (40, 0, TRAFFIC)))
    more = replace(piece_of(whole, 1, 2, since=10), signals=signals((20, 0, TRAFFIC)))
    told = policy(asked("tally:traffic", PLAIN.delay(WORK).mark("safe")), tallies=CITY_TRAFFIC)
    log = finish(advance(extend(advance(start(first, told, engine), 10), more), 200))
    assert log.case_columns["ended"].tolist() == [30 + 1 + 2, 25 + 1 + 2]
    assert log.digest() == simulate(whole, told, engine, until=200).digest()


def test_the_first_signals_may_follow(engine: Engine) -> None:
    whole = rows(0, work=30, signals=signals((20, 0, TRAFFIC)), **CITY)
    told = policy(asked("tally:traffic", PLAIN.delay(WORK)), tallies=(Tally("traffic", "street"),))
    run = advance(start(replace(whole, signals=Signals()), told, engine), 10)
    log = finish(advance(extend(run, piece_of(whole, 1, 1, since=10)), 200))
    assert log.case_columns["ended"].tolist() == [32]
    assert log.case_columns["signals"].tolist() == [1]


def test_types_that_come_later_need_their_pools(engine: Engine) -> None:
    line = Policy("lead", PLAIN.seize("crew.lead").delay(WORK).release("crew.lead").close(), CREWS)
    kinds = replace(
        plain_kinds(2), departments=("L", "Q"), lead=np.array([0, 1]), supports=departments().supports[[0, 0]] * 0 - 1
    )
    whole = rows(0, 5, 9, kind=[0, 1, 0], work=3, kinds=kinds)
    run = advance(start(piece_of(whole, 0, 1), line, engine), 5)
    with pytest.raises(PolicyError, match="crew:Q"):
        extend(run, piece_of(whole, 1, 3))
    allowed = replace(piece_of(whole, 2, 3), first_row=1)
    log = finish(advance(extend(run, allowed), 50))
    assert log.case_columns["ended"].tolist() == [3, 12], "a refused piece leaves no trace"


def test_what_comes_later_finds_its_own_pools(engine: Engine) -> None:
    line = Policy("lead", PLAIN.seize("crew.lead").delay(WORK).release("crew.lead").close(), CREWS)
    kinds = replace(plain_kinds(2), departments=("L", "X"), lead=np.array([0, 1]))
    whole = rows(0, 0, 5, 5, kind=[0, 0, 1, 1], work=10, kinds=kinds)
    log = in_two(whole, line, engine, 5, 2)
    assert log.case_columns["ended"].tolist() == [10, 20, 15, 25]


def test_settings_are_those_of_the_last_piece(engine: Engine) -> None:
    def rain(*hours: float) -> Any:
        return {"rain": np.array(hours)[:, None]}

    told = policy(asked("setting:rain"))
    first = rows(0, settings=rain(1.0, 9.0))
    more = rows(HOUR, settings=rain(8.0, 2.0), first_row=1)
    run = extend(advance(start(first, told, engine), 10), more)
    assert finish(advance(run, 2 * HOUR)).case_columns["ended"].tolist() == [2, HOUR + 3]


def test_rows_and_numbers_may_change_at_once(engine: Engine) -> None:
    """Four seconds each at first; from 5 on one second each."""
    whole = rows(0, 0, 5, 5, work=1)
    slow, fast = (policy(PLAIN.seize("server").delay(Fixed(s)).release("server").close()) for s in (4, 1))
    run = advance(start(piece_of(whole, 0, 2), slow, engine), 5)
    extend(change_policy(run, fast), piece_of(whole, 2, 4))
    assert finish(advance(run, 50)).case_columns["ended"].tolist() == [4, 8, 9, 10]


FIRST = rows(0, 8, work=[1, 1])
NEXT = rows(9, 9, work=[1, 1], first_row=2)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (replace(NEXT, first_row=3), ("first_row is 3", "2 rows")),
        (replace(NEXT, key=5), ("key", "5")),
        (replace(NEXT, horizon=5), ("horizon", "5")),
        (replace(NEXT, kinds=plain_kinds(8)), ("kinds", "ids", "kind-8")),
        (replace(NEXT, kinds=replace(NEXT.kinds, close_limit=np.full(9, 7))), ("kinds", "close_limit", "7")),
        (replace(NEXT, places=CITY["places"]), ("places",)),
        (replace(NEXT, working_week=CITY["working_week"]), ("working_week", "days")),
        (replace(NEXT, settings={"rain": np.zeros((1, 1))}), ("settings", "rain")),
        (replace(NEXT, columns={"play": NEXT.columns["work"]}), ("columns", "play", "work")),
        (replace(NEXT, reported=np.array([7, 9])), ("row 2", "7 s", "8 s")),
        (rows(4, work=1, first_row=2), ("row 2", "4 s", "5 s")),
        (replace(NEXT, signals=signals((4, 0, TRAFFIC))), ("signals", "4 s", "5 s")),
        (replace(NEXT, columns={"work": np.array([1, -1])}), ("work", "negative")),
    ],
)
def test_what_does_not_follow_is_refused(engine: Engine, more: Intake, words: tuple[str, ...]) -> None:
    run = advance(start(FIRST, LINE, engine), 5)
    with pytest.raises(DataError) as refusal:
        extend(run, more)

    assert [word for word in words if word not in str(refusal.value)] == []
    assert finish(advance(extend(run, NEXT), 50)).case_columns["ended"].tolist() == [1, 9, 10, 11], "it goes on"


def test_shapes_of_settings_must_not_change(engine: Engine) -> None:
    run = start(rows(0, settings={"rain": np.zeros((2, 1))}), policy(PLAIN.close()), engine)
    with pytest.raises(DataError, match=r"rain.*\(3, 1\)"):
        extend(run, rows(5, settings={"rain": np.zeros((3, 1))}, first_row=1))


def test_a_run_does_not_begin_with_a_later_piece(engine: Engine) -> None:
    with pytest.raises(DataError, match="first_row = 2"):
        start(NEXT, LINE, engine)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"parent": np.array([-1, 3])}, "parent"),
        ({"cause": np.array([-1, 4])}, "cause"),
        ({"cause": np.array([-1, 3])}, "cause"),
        ({"first_row": -1}, "first_row = -1"),
        ({"signals": signals((9, 4, TRAFFIC))}, "signals"),
    ],
)
def test_a_piece_names_only_rows_that_can_be_known(fields: dict[str, Any], words: str) -> None:
    replace(NEXT, parent=np.array([1, 2]), cause=np.array([3, 1]), signals=signals((9, 3, TRAFFIC)))
    with pytest.raises(DataError, match=words):
        replace(NEXT, **fields)
