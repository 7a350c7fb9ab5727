"""The pages of the designs say what the designs are."""

from pathlib import Path

import pytest

from citysim.policy.catalog import CATALOG
from citysim.report.design_pages import index, page

FOLDER = Path(__file__).parents[2] / "docs" / "designs"
AGAIN = "run python -m citysim.report.design_pages docs/designs"


@pytest.mark.parametrize("name", CATALOG)
def test_each_design_has_its_page_and_its_picture(name: str) -> None:
    assert (FOLDER / f"{name}.md").read_text("utf8") == page(name), AGAIN
    assert "</svg>" in (FOLDER / f"{name}.svg").read_text("utf8"), AGAIN


def test_the_index_names_every_design() -> None:
    assert (FOLDER / "README.md").read_text("utf8") == index(), AGAIN
