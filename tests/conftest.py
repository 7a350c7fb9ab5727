"""Options of the whole suite."""

import pytest
from hypothesis import settings

settings.register_profile("full", max_examples=100)
settings.register_profile("quick", max_examples=20)


def pytest_configure(config: pytest.Config) -> None:
    """`-m "not slow"` looks at a fifth of the random worlds; the whole suite at all of them."""
    settings.load_profile("quick" if "not slow" in config.option.markexpr else "full")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden results anew instead of comparing")
