"""Is the kernel the reference? Random worlds and random workflows must leave equal logs on both engines."""

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import citysim
from citysim.engines.simulate import advance, finish, simulate, start
from citysim.intake import Intake
from citysim.log import EVENTS, Log
from citysim.policy.catalog import CATALOG
from citysim.policy.policy import Policy
from citysim.world.sample import World
from tests.agreement.generate import scenes
from tests.agreement.worlds import LENGTH

ROOT = Path(__file__).parents[2]
QUIET = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
Scene = tuple[Policy, Intake]


def examples(most: int) -> int:
    """How many random worlds to look at: all, or a third of them in a quick run (tests/conftest.py)."""
    return most * settings.default.max_examples // 100


def first_difference(one: Log, other: Log) -> str:
    """The first row in which two logs differ, in words; empty if they are equal."""
    for what in ("step_columns", "case_columns", "pool_columns"):
        left, right = getattr(one, what), getattr(other, what)
        n = min(len(next(iter(left.values()))), len(next(iter(right.values()))))
        rows = [
            int((left[name][:n] != right[name][:n]).argmax())
            for name in left
            if (left[name][:n] != right[name][:n]).any()
        ]
        row = min(rows, default=n)
        if rows or any(len(left[name]) != len(right[name]) for name in left):
            shown = [{k: int(v[row]) for k, v in log.items() if row < len(v)} for log in (left, right)]
            for values in shown:
                if "event" in values:
                    values |= {"block": one.blocks[values["block"]], "event": EVENTS[values["event"]]}  # type: ignore[dict-item]
            return f"{what} row {row}:\n  {shown[0]}\n  {shown[1]}"
    return ""


def assert_equal(one: Log, other: Log) -> None:
    assert not (difference := first_difference(one, other)), difference
    assert one.digest() == other.digest()


@settings(QUIET, max_examples=examples(250))
@given(scenes())
def test_engines_agree_on_random_policies(scene: Scene) -> None:
    policy, intake = scene
    end = intake.horizon
    assert_equal(simulate(intake, policy, "kernel", until=end), simulate(intake, policy, "reference", until=end))


@settings(QUIET, max_examples=examples(60))
@given(scenes(), st.lists(st.integers(0, LENGTH), max_size=4))
def test_stopping_anywhere_leaves_the_same_log(scene: Scene, stops: list[int]) -> None:
    policy, intake = scene
    end = intake.horizon
    whole = simulate(intake, policy, "kernel", until=end)
    for engine in ("kernel", "reference"):
        run = start(intake, policy, engine)  # type: ignore[arg-type]
        for stop in sorted(stops):
            advance(run, end - LENGTH + stop)
            finish(run)  # reading a log in between must not disturb the run
        assert_equal(finish(advance(run, end)), whole)


@settings(QUIET, max_examples=40)
@given(scenes(), st.integers(0, 60))
def test_a_snapshot_goes_on_independently(scene: Scene, stop: int) -> None:
    policy, intake = scene
    end = intake.horizon
    whole = simulate(intake, policy, until=end)
    run = advance(start(intake, policy), end - LENGTH + stop)
    copy = run.snapshot()  # type: ignore[attr-defined]
    assert_equal(finish(advance(run, end)), whole)
    assert_equal(finish(advance(copy, end)), whole)


@pytest.mark.parametrize(
    "design",
    [*CATALOG[:7], *(pytest.param(variant, marks=[pytest.mark.slow, pytest.mark.study]) for variant in CATALOG[7:])],
)
@pytest.mark.parametrize(
    ("city", "until_days"),
    [("toy", 14), *(pytest.param(*few, marks=pytest.mark.slow) for few in (("million", 2), ("central-chongqing", 1)))],
)
def test_engines_agree_on_the_cities(city: str, until_days: int, design: str) -> None:
    world = _drawn(city, -(-until_days // 7))
    policy = citysim.load_policy(design).ungoverned
    logs = [simulate(world, policy, engine, until=until_days * 86_400) for engine in ("kernel", "reference")]  # type: ignore[arg-type]
    assert len(logs[0]) > 100 * until_days * (1 if city == "toy" else 4) / 2
    assert_equal(*logs)


@lru_cache(maxsize=1)  # the designs of one city follow each other
def _drawn(city: str, weeks: int) -> World:
    scenario = citysim.load_scenario(ROOT / "scenarios" / f"{city}.yaml")
    return citysim.sample_world(scenario, seed=7, replication=0, weeks=weeks)


@pytest.mark.slow
def test_the_kernel_without_its_compiler_writes_the_same_log() -> None:
    """The same source as plain Python, in another process; a few hundred random policies and a day of the toy city."""
    script = "from tests.agreement.uncompiled import digests; print('\\n'.join(digests()))"
    found = []
    for disabled in ("0", "1"):
        env = {**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env=env, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.split())
    assert len(found[0]) > 100
    assert found[0] == found[1]
