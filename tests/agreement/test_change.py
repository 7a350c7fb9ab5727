"""Policies that change during a run: equal logs on both engines, and nothing moves before the change."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citysim.engines.simulate import advance, change_policy, finish, simulate, start
from citysim.intake import Intake
from citysim.log import Log
from citysim.policy.blocks import Chance
from citysim.policy.durations import Exponential, Fixed, Lognormal, Uniform
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from tests.agreement.generate import scenes
from tests.agreement.test_agreement import QUIET, Scene, assert_equal, examples
from tests.agreement.worlds import LENGTH


def other_numbers(policy: Policy) -> Policy:
    """The same sentence: delays longer, chances turned round, thresholds lower, one more in every second shift."""
    families = tuple(
        replace(
            family,
            shifts=tuple(replace(s, headcount=(s.headcount + 1) % 4) for s in family.shifts),
            unit_cost_per_hour=family.unit_cost_per_hour + 1,
        )
        for family in policy.staffing.families
    )
    return policy.with_(
        name="other",
        workflow=Workflow(_changed(policy.workflow.blocks)),
        staffing=Staffing(families),
        grading=replace(policy.grading, thresholds=(0.6, 0.3, 0.1), exposed=0.1),
    )


def _changed(value: Any) -> Any:
    match value:
        case Fixed(length) if isinstance(length, int | float):
            return Fixed(length + 2)
        case Exponential(mean) if isinstance(mean, int | float):
            return Exponential(2.0 * mean)
        case Lognormal(median, sigma) if isinstance(median, int | float):
            return Lognormal(3.0 * median, sigma)
        case Uniform(low, high) if isinstance(high, int | float):
            return Uniform(low, high + 3)
        case Chance(share) if isinstance(share, int | float):
            return Chance(1.0 - share)
        case tuple():
            return tuple(_changed(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _changed(getattr(value, field.name)) for field in fields(value)})
    return value


def changed_at(policy: Policy, intake: Intake, moments: list[int], engine: Any) -> Log:
    """A run that turns to the other numbers at the first moment, back at the second, and so on."""
    run, policies = start(intake, policy, engine), (other_numbers(policy), policy)
    for k, moment in enumerate(sorted(moments)):
        advance(run, moment)
        change_policy(run, policies[k % 2])
    return finish(advance(run, intake.horizon))


MOMENTS = st.lists(st.integers(0, LENGTH), min_size=1, max_size=3)


@settings(QUIET, max_examples=examples(250))
@given(scenes(), MOMENTS)
def test_engines_agree_when_the_policy_changes(scene: Scene, moments: list[int]) -> None:
    policy, intake = scene
    begin = intake.horizon - LENGTH
    logs = [changed_at(policy, intake, [begin + m for m in moments], e) for e in ("kernel", "reference")]
    assert_equal(*logs)


@QUIET
@given(scenes(), st.integers(0, LENGTH))
def test_a_change_to_the_same_policy_changes_nothing(scene: Scene, moment: int) -> None:
    policy, intake = scene
    moment += intake.horizon - LENGTH
    whole = simulate(intake, policy)
    for engine in ("kernel", "reference"):
        run = advance(start(intake, policy, engine), moment)  # type: ignore[arg-type]
        assert_equal(finish(advance(change_policy(run, policy), intake.horizon)), whole)


@QUIET
@given(scenes(), st.integers(1, LENGTH))
def test_nothing_moves_before_the_change(scene: Scene, moment: int) -> None:
    policy, intake = scene
    moment += intake.horizon - LENGTH
    later = changed_at(policy, intake, [moment], "kernel")
    steps, plain = (log.step_columns for log in (later, simulate(intake, policy)))
    assert steps is not None
    assert plain is not None
    for name in steps:
        assert np.array_equal(steps[name][steps["time"] < moment], plain[name][plain["time"] < moment])
