"""The page of parameters says what the designs hold."""

from dataclasses import fields
from pathlib import Path

from citysim.policy.designs.levers import Levers
from citysim.report.city_parameters import constants, types_page
from citysim.report.parameters import page
from citysim.world.scenario import load_scenario

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "parameters.md"


def test_the_page_is_what_the_generator_writes() -> None:
    assert PAGE.read_text("utf8") == page(), "run python -m citysim.report.parameters > docs/reference/parameters.md"


def test_every_lever_has_a_unit_a_range_and_a_source() -> None:
    for group in (group for group in fields(Levers) if "decided_by" not in group.metadata):
        for lever in fields(group.default):  # type: ignore[arg-type]
            if lever.name not in ("rule", "order", "pairs"):
                assert all((lever.metadata["unit"], lever.metadata["source"])), (group.name, lever.name)
                assert lever.metadata["low"] <= lever.default <= lever.metadata["high"], (group.name, lever.name)


def test_the_page_of_incident_types_is_what_the_generator_writes() -> None:
    found = types_page(load_scenario(ROOT / "scenarios" / "central-chongqing.yaml"))

    assert (ROOT / "docs" / "reference" / "incident-types.md").read_text("utf8") == found, (
        "run python -m citysim.report.city_parameters > docs/reference/incident-types.md"
    )


def test_a_constant_is_listed_where_it_is_tagged_as_assumed(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "one.py").write_text('A = 2  # asm\nB = 3\n"""Weight [asm]."""\nC = 4\n"""A fact."""\n', "utf8")

    rows = constants(package).splitlines()[2:]

    assert rows == ["| `A` | `2` | package/one.py | asm |", "| `B` | `3` | package/one.py | Weight [asm]. |"]
