"""Digests of the kernel's logs in this process, compiled or not: run twice by test_agreement, once with the JIT off."""

import numba
from hypothesis import HealthCheck, given, settings

import citysim
from citysim.engines.simulate import simulate
from citysim.intake import Intake
from citysim.policy.policy import Policy
from tests.agreement.generate import scenes


def digests() -> list[str]:
    """One digest for each of 120 random policies and for six hours of the toy city under both designs."""
    found = []

    @settings(max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(scenes())
    def collect(scene: tuple[Policy, Intake]) -> None:
        policy, intake = scene
        found.append(simulate(intake, policy, until=intake.horizon).digest())

    collect()
    world = citysim.sample_world(citysim.load_scenario("scenarios/toy.yaml"), seed=1, replication=0, weeks=1)
    found += [simulate(world, citysim.load_policy(d), until=86_400).digest() for d in ("fragmented", "unified_command")]
    assert numba.config.DISABLE_JIT in (0, 1)
    return found
