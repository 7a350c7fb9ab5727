"""No block without a contract case."""

from importlib import import_module
from pathlib import Path

from citysim.policy.blocks import BLOCKS


def test_every_block_has_a_contract_case() -> None:
    modules = [import_module(f"tests.contract.{path.stem}") for path in Path(__file__).parent.glob("test_*.py")]
    tests = [value for module in modules for name, value in vars(module).items() if name.startswith("test_")]
    covered = {block for test in tests for block in getattr(test, "exercises", ())}
    assert not [block.__name__ for block in BLOCKS if block not in covered]
