"""The gallery: every block is in it, every policy of it can be written, read and described."""

from pathlib import Path

import pytest

from citysim.policy.blocks import BLOCKS
from citysim.policy.catalog import load_policy
from citysim.policy.describe import describe, diagram
from citysim.policy.files import dump_policy
from citysim.policy.policy import Policy
from citysim.policy.workflow import walk
from tests.examples import EXAMPLES

NAMES = [policy.name for policy in EXAMPLES]


def test_the_gallery_uses_every_block() -> None:
    used = {type(place.block) for policy in EXAMPLES for place in walk(policy.workflow.blocks)}
    assert set(BLOCKS) <= used
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("policy", EXAMPLES, ids=NAMES)
def test_an_example_can_be_written_read_and_described(policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(dump_policy(policy), encoding="utf-8")
    assert load_policy(path).digest == policy.digest
    assert describe(policy.workflow)
    assert diagram(policy.workflow)
