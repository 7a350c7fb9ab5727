"""Runs that forget what is over: what they hand out and what is left are the cases of a run that forgets nothing."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citysim.engines.simulate import Engine, advance, change_policy, extend, finish, retire, simulate, start
from citysim.intake import Intake
from citysim.log import CASE_DTYPES, Columns, Log
from citysim.policy.policy import Policy
from tests.agreement.generate import scenes
from tests.agreement.test_agreement import QUIET, Scene, examples
from tests.agreement.test_change import other_numbers
from tests.agreement.test_extend import MOMENTS, at_once
from tests.agreement.worlds import LENGTH
from tests.pieces import cut


def still_named(pieces: list[Intake], first_row: int) -> Any:
    """Numbers of rows before `first_row` that pieces name."""
    names = [np.concatenate([piece.parent, piece.cause, piece.signals.cause]) for piece in pieces]
    named = np.unique(np.concatenate([*names, [-1]]))
    return named[(named >= 0) & (named < first_row)]


def forgetting(
    policy: Policy, pieces: list[Intake], moments: list[int], engine: Engine, *, change: bool
) -> tuple[list[Columns], Log, list[int]]:
    """What a run hands out at each moment (just before a piece is given, and again after it), its log at the end, and
    how many rows it held after each time.
    """
    run, policies = start(pieces[0], policy, engine, steps=False), (other_numbers(policy), policy)
    handed, held = [], []
    for k, (moment, more) in enumerate(zip(moments, pieces[1:], strict=True)):
        advance(run, moment)
        handed.append(retire(run, still_named(pieces[k + 1 :], more.first_row)))
        held.append(run.held)
        extend(run, more)
        if change:
            change_policy(run, policies[k % 2])
        handed.append(retire(run, still_named(pieces[k + 2 :], more.first_row + len(more))))
        held.append(run.held)
    return handed, finish(advance(run, pieces[0].horizon), steps=False), held


def together(parts: list[Columns]) -> dict[str, Any]:
    """All parts by case number."""
    joined = {name: np.concatenate([part[name] for part in parts]) for name in CASE_DTYPES}
    order = np.argsort(joined["case"], kind="stable")
    return {name: column[order] for name, column in joined.items()}


def assert_same(one: Columns, other: Columns) -> None:
    for name, column in one.items():
        assert column.dtype == other[name].dtype, name
        assert column.tolist() == other[name].tolist(), name


@settings(QUIET, max_examples=examples(250))
@given(scenes(), MOMENTS, st.booleans())
def test_what_is_handed_out_and_what_is_left_is_all(scene: Scene, moments: list[int], change: bool) -> None:
    policy, whole = scene
    moments = [whole.horizon - LENGTH + moment for moment in moments]
    whole, pieces = cut(whole, moments)
    one = at_once(policy, whole, moments, "reference", change=change)
    (parts, log, held), (others, other_log, held_too) = (
        forgetting(policy, pieces, moments, engine, change=change)  # type: ignore[arg-type]
        for engine in ("kernel", "reference")
    )
    assert held == held_too
    for part, other in zip(parts, others, strict=True):
        assert_same(part, other)
    assert_same(together([*parts, log.case_columns]), one.case_columns)
    assert_same(other_log.case_columns, log.case_columns)
    assert_same(log.pool_columns, one.pool_columns)
    assert_same(other_log.pool_columns, one.pool_columns)


@settings(QUIET, max_examples=examples(40))
@given(scenes(), st.lists(st.integers(0, LENGTH), min_size=1, max_size=40).map(sorted))
def test_a_run_may_forget_as_often_as_it_likes(scene: Scene, stops: list[int]) -> None:
    policy, whole = scene
    one = simulate(whole, policy)
    for engine in ("kernel", "reference"):
        run = start(whole, policy, engine, steps=False)  # type: ignore[arg-type]
        handed = [retire(advance(run, whole.horizon - LENGTH + stop), []) for stop in stops]
        log = finish(advance(run, whole.horizon), steps=False)
        assert_same(together([*handed, log.case_columns]), one.case_columns)
        assert_same(log.pool_columns, one.pool_columns)
