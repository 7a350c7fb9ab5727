"""Does a log depend on accidents: order of creation, process, hash seed, replication alone or among many, workers?"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import citysim
from citysim.engines.reference import Reference
from citysim.engines.simulate import finish, simulate
from citysim.intake import Intake
from citysim.policy.durations import Exponential
from citysim.policy.policy import Policy
from citysim.policy.workflow import Workflow
from citysim.units import DAY
from tests.agreement.generate import scenes

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(scenes(), st.integers(1, 10**6))
def test_the_order_in_which_things_are_made_and_handled_does_not_matter(
    scene: tuple[Policy, Intake], shuffle: int
) -> None:
    policy, intake = scene
    run = Reference(intake, policy, shuffle=shuffle)
    run.advance(intake.horizon)
    assert finish(run).digest() == simulate(intake, policy, "reference", until=intake.horizon).digest()


def toy_digests(replications: list[int]) -> list[str]:
    scenario = citysim.load_scenario(ROOT / "scenarios" / "toy.yaml")
    policy = citysim.load_policy("unified_command")
    worlds = [citysim.sample_world(scenario, seed=3, replication=k, weeks=1) for k in replications]
    return [simulate(world, policy).digest() for world in worlds]


def test_a_replication_alone_is_that_replication_of_many() -> None:
    many = toy_digests([0, 1, 2, 3])
    assert len(set(many)) == 4
    assert toy_digests([2]) == [many[2]]
    assert toy_digests([3, 1]) == [many[3], many[1]]


@pytest.mark.slow
def test_another_process_with_another_hash_seed_writes_the_same_log() -> None:
    script = "from tests.order.test_accidents import toy_digests; print(hash('citysim'), *toy_digests([0, 1]))"
    outputs = []
    for hash_seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env=env, cwd=ROOT, check=True
        )
        outputs.append(done.stdout.split())
    assert outputs[0][0] != outputs[1][0], "the hash seeds did not differ"
    assert outputs[0][1:] == outputs[1][1:] == toy_digests([0, 1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "weeks"),
    [
        (("fragmented", "unified_command"), 1),
        pytest.param(("committee_integrated",), 10, marks=pytest.mark.study),
    ],
)
def test_one_worker_finds_what_two_find(names: tuple[str, ...], weeks: int) -> None:
    scenario = citysim.load_scenario(ROOT / "scenarios" / "toy.yaml")
    designs = [citysim.load_policy(name) for name in names]
    tables = [
        citysim.evaluate(scenario, designs, replications=3, weeks=weeks, workers=workers).table() for workers in (1, 2)
    ]
    assert tables[0].equals(tables[1])


def one_line(**extra: float) -> Policy:
    """A desk, then a crew; with `extra` a second look that draws twice more in between."""
    flow = Workflow().seize("desk").delay(Exponential(600.0), luck="desk work").release("desk")
    for name, mean in extra.items():
        flow = flow.delay(Exponential(mean), luck=name)
    flow = flow.seize("crew").delay(Exponential(3000.0), luck="crew work").release("crew").close()
    return Policy("line", flow, citysim.Staffing.of(desk=50, crew=50))


def lengths(policy: Policy, intake: Intake, block: str) -> np.ndarray:
    """How long each case was in a block, by case."""
    log = simulate(intake, policy)
    steps = log.steps()
    chosen = steps[steps["block"] == block]
    return (chosen["time"] - chosen["entered"]).to_numpy()


def test_a_policy_that_draws_twice_more_moves_no_other_draw() -> None:
    """The point of order-free luck: nobody's work changes because somebody takes another step."""
    times = citysim.poisson_times(0.01, DAY, seed=5, replication=0)
    intake = citysim.arrivals(times, seed=5, horizon=10 * DAY)
    plain, longer = one_line(), one_line(look=100.0, second_look=50.0)
    for plain_block, longer_block in (("delay/1", "delay/1"), ("delay/4", "delay/6")):
        before, after = lengths(plain, intake, plain_block), lengths(longer, intake, longer_block)
        assert len(before) == len(times)
        np.testing.assert_array_equal(before, after)


def test_one_more_incident_moves_no_other_incidents_draws() -> None:
    scenario = citysim.load_scenario(ROOT / "scenarios" / "toy.yaml")
    short, longer = (citysim.sample_world(scenario, seed=3, replication=0, weeks=w).incidents for w in (1, 2))
    assert len(longer) > len(short)
    for name in ("occurred", "kind", "street", "severity", "n_support", "luck", "tiebreak"):
        np.testing.assert_array_equal(getattr(short, name), getattr(longer, name)[: len(short)])


@pytest.mark.parametrize("shift", [1, 7])
def test_relabelling_streets_relabels_the_log_and_nothing_else(shift: int) -> None:
    """Pools of equal places are interchangeable: cases keep their milestones when streets swap their numbers."""
    times = citysim.poisson_times(0.02, DAY, seed=9, replication=0)
    streets = np.arange(len(times)) % 8
    flow = Workflow().seize("seat").delay(Exponential(400.0)).release("seat").close()
    family = citysim.PoolFamily("seat", "street", (citysim.Shift(0, 1),))
    policy = Policy("streets", flow, citysim.Staffing((family,)))
    ended = []
    for labels in (streets, (streets + shift) % 8):
        log = simulate(citysim.arrivals(times, seed=9, street=labels, horizon=2 * DAY), policy)
        ended.append(log.case_columns["ended"])
    np.testing.assert_array_equal(*ended)
