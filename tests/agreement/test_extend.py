"""Intakes given piece by piece: each engine leaves the log of one run over the whole, whatever else changes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from citysim.engines.compiled import KernelRun
from citysim.engines.kernel import advance as compiled_advance
from citysim.engines.reference import Reference
from citysim.engines.simulate import Engine, advance, change_policy, extend, finish, start
from citysim.intake import Intake
from citysim.log import Log
from citysim.policy.durations import FromCase
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from tests.agreement.generate import scenes
from tests.agreement.test_agreement import QUIET, Scene, assert_equal, examples
from tests.agreement.test_change import other_numbers
from tests.agreement.worlds import LENGTH
from tests.contract.story import rows
from tests.pieces import cut, piece_of

MOMENTS = st.lists(st.integers(0, 70), min_size=1, max_size=4).map(sorted)


def in_pieces(
    policy: Policy, pieces: list[Intake], moments: list[int], engine: Engine, ahead: int = 0, *, change: bool = False
) -> Log:
    """A run that is given the next piece (and changes to and fro) at each moment, or some seconds ahead of it."""
    run, policies = start(pieces[0], policy, engine), (other_numbers(policy), policy)
    for k, (moment, more) in enumerate(zip(moments, pieces[1:], strict=True)):
        advance(run, moment - ahead)
        finish(run)  # reading a log in between must not disturb the run
        if change and k % 2:
            extend(change_policy(run, policies[k % 2]), more)
        elif change:
            change_policy(extend(run, more), policies[k % 2])
        else:
            extend(run, more)
    return finish(advance(run, pieces[0].horizon))


def at_once(policy: Policy, whole: Intake, moments: list[int], engine: Engine, *, change: bool) -> Log:
    run, policies = start(whole, policy, engine), (other_numbers(policy), policy)
    for k, moment in enumerate(moments if change else ()):
        change_policy(advance(run, moment), policies[k % 2])
    return finish(advance(run, whole.horizon))


@settings(QUIET, max_examples=examples(250))
@given(scenes(), MOMENTS, st.booleans())
def test_pieces_leave_the_log_of_the_whole(scene: Scene, moments: list[int], change: bool) -> None:
    policy, whole = scene
    moments = [whole.horizon - LENGTH + moment for moment in moments]
    whole, pieces = cut(whole, moments)
    one = at_once(policy, whole, moments, "reference", change=change)
    for engine in ("kernel", "reference"):
        assert_equal(in_pieces(policy, pieces, moments, engine, change=change), one)  # type: ignore[arg-type]


@settings(QUIET, max_examples=examples(60))
@given(scenes(), MOMENTS, st.integers(0, 9))
def test_pieces_may_be_given_ahead_of_their_time(scene: Scene, moments: list[int], ahead: int) -> None:
    policy, whole = scene
    begin = whole.horizon - LENGTH
    moments = [begin + moment + ahead for moment in moments]
    whole, pieces = cut(whole, moments, ahead)
    one = at_once(policy, whole, moments, "kernel", change=False)
    for engine in ("kernel", "reference"):
        assert_equal(in_pieces(policy, pieces, moments, engine, ahead), one)  # type: ignore[arg-type]


@settings(QUIET, max_examples=examples(40))
@given(scenes(), MOMENTS, st.integers(0, 2**32))
def test_what_must_not_matter_does_not_matter_in_pieces(scene: Scene, moments: list[int], seed: int) -> None:
    """As `Reference(shuffle)` shuffles one run, so it shuffles one in pieces: the same draws in another order."""
    policy, whole = scene
    moments = [whole.horizon - LENGTH + moment for moment in moments]
    _, pieces = cut(whole, moments)
    runs = [Reference(pieces[0], policy, shuffle=seed), Reference(pieces[0], policy, shuffle=seed)]
    for run in runs:
        for moment, more in zip(moments, pieces[1:], strict=True):
            extend(advance(run, moment), more)
        advance(run, whole.horizon)
    assert_equal(*(finish(run) for run in runs))


@settings(QUIET, max_examples=examples(40))
@given(scenes(), MOMENTS)
def test_a_snapshot_is_extended_alone(scene: Scene, moments: list[int]) -> None:
    policy, whole = scene
    moments = [whole.horizon - LENGTH + moment for moment in moments]
    whole, pieces = cut(whole, moments)
    run = KernelRun(pieces[0], policy)
    for moment, more in zip(moments, pieces[1:], strict=True):
        run.advance(moment)
        before, copy = finish(run), run.snapshot()
        copy.extend(more)
        copy.advance(whole.horizon)
        assert_equal(finish(run), before)
        run.extend(more)
    run.advance(whole.horizon)
    assert_equal(finish(run), at_once(policy, whole, moments, "kernel", change=False))


def test_the_loop_is_not_compiled_anew_for_what_follows() -> None:
    line = Policy("line", Workflow().delay(FromCase("work")).close(), Staffing(()))
    whole = rows(0, 5, work=1, cause=[-1, 0], escapes=[0, 5])
    run = KernelRun(piece_of(whole, 0, 1), line)
    run.advance(3)
    run.extend(piece_of(whole, 1, 2))
    run.advance(20)
    assert len(getattr(compiled_advance, "signatures", [1])) == 1, "arrays of a further piece have other types"
