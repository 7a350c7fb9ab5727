"""The page of parameters says what the designs hold."""

from dataclasses import fields
from pathlib import Path

from citysim.policy.designs.levers import Levers
from citysim.report.parameters import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "parameters.md"


def test_the_page_is_what_the_generator_writes() -> None:
    assert PAGE.read_text("utf8") == page(), "run python -m citysim.report.parameters > docs/reference/parameters.md"


def test_every_lever_has_a_unit_a_range_and_a_source() -> None:
    for group in fields(Levers):
        for lever in fields(group.default):  # type: ignore[arg-type]
            if lever.name != "rule":
                assert all((lever.metadata["unit"], lever.metadata["source"])), (group.name, lever.name)
                assert lever.metadata["low"] <= lever.default <= lever.metadata["high"], (group.name, lever.name)
