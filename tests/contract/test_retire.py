"""A run that forgets what is over: what it hands out, what it must keep, what it refuses (law, section 8)."""

from typing import Any

import numpy as np
import pytest

from citysim.engines.simulate import Engine, Run, advance, extend, finish, retire, simulate, start
from citysim.errors import DataError, InputError
from citysim.intake import Intake
from citysim.log import CASE_DTYPES, Columns
from citysim.policy.durations import Fixed
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from tests.contract.story import WORK, rows
from tests.contract.test_extend import LINE, policy
from tests.contract.test_springs import TRAFFIC, signals

PLAIN = Workflow()
OPEN_HOUSE = policy(PLAIN.delay(WORK).close())


def began(intake: Intake, line: Policy, engine: Engine, at: int) -> Run:
    return advance(start(intake, line, engine, steps=False), at)


def numbers(columns: Columns) -> list[int]:
    return columns["case"].tolist()


def left(run: Run) -> list[int]:
    return numbers(finish(run, steps=False).case_columns)


def test_cases_that_have_ended_are_handed_out_and_gone(engine: Engine) -> None:
    whole = rows(0, 1, 2, 30, work=[5, 20, 3, 4])
    run = began(whole, OPEN_HOUSE, engine, 10)
    handed = retire(run, [])
    assert list(handed) == list(CASE_DTYPES)
    assert {name: column.dtype for name, column in handed.items()} == CASE_DTYPES
    assert (numbers(handed), handed["ended"].tolist()) == ([0, 2], [5, 5])
    assert (left(run), run.held) == ([1], 2)
    assert numbers(retire(run, [])) == []
    assert numbers(retire(advance(run, 50), [])) == [1, 3]
    assert run.held == 0


def test_who_waits_and_who_is_served_goes_on_as_before(engine: Engine) -> None:
    whole = rows(0, 1, 2, 3, 4, work=[3, 4, 5, 6, 7])
    run = began(whole, LINE, engine, 5)
    assert numbers(retire(run, [])) == [0]
    log = finish(advance(run, 100), steps=False)
    one = simulate(whole, LINE, engine, until=100)
    assert log.case_columns["ended"].tolist() == one.case_columns["ended"].tolist()[1:] == [7, 12, 18, 25]
    assert {name: column.tolist() for name, column in log.pool_columns.items()} == {
        name: column.tolist() for name, column in one.pool_columns.items()
    }


def test_a_row_that_never_became_a_case_is_forgotten_without_a_word(engine: Engine) -> None:
    whole = rows(0, 8, 30, parent=[-1, 0, -1], work=5)
    run = began(whole, OPEN_HOUSE, engine, 10)
    assert numbers(retire(run, [])) == [0]
    assert run.held == 1


def test_what_is_needed_stays_and_so_does_what_it_springs_from(engine: Engine) -> None:
    """Row 3 springs from row 1, row 1 from row 0; row 2 repeats row 0. Row 3 is needed, later nothing is."""
    whole = rows(0, 4, 4, 6, cause=[-1, 0, -1, 1], escapes=[0, 4, 0, 6], parent=[-1, -1, 0, -1], work=5)
    run = began(whole, OPEN_HOUSE, engine, 20)
    assert numbers(retire(run, [3])) == [2]
    assert left(run) == [0, 1, 3]
    extend(run, rows(25, 25, 25, cause=[3, 1, 3], escapes=[11, 7, 12], work=1, first_row=4))  # they ended at 11 and 9
    log = finish(advance(run, 50), steps=False)
    assert numbers(log.case_columns) == [0, 1, 3, 4, 5]
    assert log.case_columns["cause"].tolist() == [-1, 0, 1, 3, 1]
    assert numbers(retire(run, [])) == [0, 1, 3, 4, 5]


def test_what_an_open_case_repeats_stays(engine: Engine) -> None:
    """Row 1 repeats row 0, is open when row 0 closes at 5, and is not merged at 21."""
    whole = rows(0, 1, parent=[-1, 0], work=[5, 20])
    run = began(whole, policy(PLAIN.delay(WORK).merge().close()), engine, 10)
    assert numbers(retire(run, [])) == []
    assert numbers(retire(advance(run, 30), [])) == [0, 1]


def test_what_signals_are_still_to_come_through_stays(engine: Engine) -> None:
    """Row 0 left at 5, not contained: at 20 it stops traffic."""
    whole = rows(0, 1, work=5, signals=signals((3, 1, TRAFFIC), (20, 0, TRAFFIC)))
    run = began(whole, policy(PLAIN.delay(WORK).leave()), engine, 20)
    handed = retire(run, [])
    assert (numbers(handed), handed["signals"].tolist()) == ([1], [1])
    handed = retire(advance(run, 21), [])
    assert (numbers(handed), handed["signals"].tolist()) == ([0], [1])


@pytest.mark.parametrize(("ends", "stays"), [("leave", True), ("close", False)])
def test_what_may_become_worse_stays(engine: Engine, ends: str, stays: bool) -> None:
    whole = rows(0, 0, severity=[2, 0], worsens=30, work=5)
    run = began(whole, policy(getattr(PLAIN.delay(WORK), ends)()), engine, 30)
    handed = retire(run, [])
    assert numbers(handed) == ([1] if stays else [0, 1])
    last = finish(advance(run, 31), steps=False).case_columns["upgraded"].tolist()
    assert last == ([1] if stays else [])


def test_what_has_run_out_in_the_meantime_is_no_ones(engine: Engine) -> None:
    """Watches that would expire long after their case has ended, and after its row is forgotten."""
    watched = PLAIN.watch(Fixed(40), Workflow().count("notices")).delay(WORK).close()
    run = began(rows(0, 1, 2, 3, work=[50, 1, 1, 60]), policy(watched), engine, 10)
    assert numbers(retire(run, [])) == [1, 2]
    log = finish(advance(run, 100), steps=False)
    assert log.case_columns["notices"].tolist() == [1, 1]
    assert log.case_columns["ended"].tolist() == [50, 63]


@pytest.mark.parametrize(
    ("needed", "words"),
    [
        ([1, 0], "rising"),
        ([1, 1], "rising"),
        ([[1]], "rising"),
        ([0.5], "rising"),
        ([0], "row 0"),
        ([-1], "row -1"),
        ([3], "row 3"),
    ],
)
def test_what_is_needed_must_be_there(engine: Engine, needed: Any, words: str) -> None:
    run = began(rows(0, 1, 2, work=[1, 9, 9]), OPEN_HOUSE, engine, 5)
    assert numbers(retire(run, np.array([], np.int64))) == [0]
    with pytest.raises(DataError, match=words):
        retire(run, needed)
    assert left(run) == [1, 2]


@pytest.mark.parametrize("naming", [{"parent": 0}, {"cause": 0}, {"signals": signals((7, 0, TRAFFIC))}])
def test_what_is_forgotten_cannot_be_named(engine: Engine, naming: dict[str, Any]) -> None:
    run = began(rows(0, 1, 2, work=[1, 9, 9]), OPEN_HOUSE, engine, 5)
    retire(run, [])
    with pytest.raises(DataError, match="row 0 is named"):
        extend(run, rows(6, work=1, escapes=6, first_row=3, **naming))
    extend(run, rows(6, 6, work=1, escapes=6, first_row=3, parent=[1, -1], cause=[-1, 2]))
    assert left(advance(run, 30)) == [1, 2, 3, 4]


def test_a_run_with_steps_forgets_nothing(engine: Engine) -> None:
    run = advance(start(rows(0, work=1), OPEN_HOUSE, engine), 5)
    with pytest.raises(InputError, match="steps=False"):
        retire(run, [])
    assert left(run) == [0]


def test_a_run_without_steps_has_none(engine: Engine) -> None:
    log = finish(began(rows(0, work=1), OPEN_HOUSE, engine, 5))
    assert log.step_columns is None
    assert log.case_columns["ended"].tolist() == [1]


def test_memory_does_not_grow_with_the_pieces(engine: Engine) -> None:
    """A hundred pieces of twenty rows, half of which repeat a row of the piece before, or spring from one."""
    size, line = 20, Policy("line", PLAIN.seize("desk").delay(WORK).release("desk").close(), Staffing.of(desk=3))
    run, held, came = start(rows(*range(size), work=2), line, engine, steps=False), [], []
    turn = np.arange(size) % 4
    for begin in range(size, 100 * size, size):
        before = np.arange(begin - size, begin)
        came += numbers(retire(advance(run, begin), before[turn > 1]))
        related = {"parent": np.where(turn == 0, before + 2, -1), "cause": np.where(turn == 1, before + 2, -1)}
        extend(run, rows(*range(begin, begin + size), work=2, escapes=begin, first_row=begin, **related))
        held.append(run.held)
    came += left(advance(run, 3000))
    assert max(held) <= 4 * size
    assert len(came) == len(set(came)) > 100 * size // 2
