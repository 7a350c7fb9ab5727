"""Can the printed table be read on a narrow terminal, and whatever the titles are?"""

import io
import re

import pytest
from rich.console import Console

from citysim.evaluation.comparison import Comparison
from citysim.judging.scorecard import HEADLINE
from citysim.report.names import indicator_name
from citysim.report.table import headline_table, markdown_table
from citysim.words import LANGUAGES, load_words


def printed(comparison: Comparison, language: str, width: int) -> str:
    console = Console(width=width, markup=False, highlight=False, record=True, file=io.StringIO())
    console.print(headline_table(comparison, load_words(language)))
    return console.export_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_on_a_narrow_terminal(toy_comparison: Comparison, language: str) -> None:
    """Chinese has no spaces to break lines at; a name or a verdict that ends in … says something else or nothing."""
    text = printed(toy_comparison, language, 80)
    first_column = "".join(line.split("│")[1].replace(" ", "") for line in text.splitlines() if "│" in line)

    assert "…" not in text
    for indicator in HEADLINE:
        assert re.sub(r"\s", "", indicator_name(indicator, load_words(language))) in first_column


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_markdown_table_has_a_row_for_each_indicator_and_design(toy_comparison: Comparison, language: str) -> None:
    lines = markdown_table(toy_comparison, load_words(language)).splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| ")]

    assert len(rows) == 2 + sum(len(toy_comparison.select(indicator)) for indicator in HEADLINE)
    assert {len(row) for row in rows} == {7}
    assert lines[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminal_tells_how_many_replications_would_tell(toy_comparison: Comparison, language: str) -> None:
    """Never fewer than a verdict needs, also where the few that there are happen to lie close together."""
    words = load_words(language)
    columns = {str(column.header): list(column.cells) for column in headline_table(toy_comparison, words).columns}
    needed = [int(str(cell).replace(",", "")) for cell in columns[words("table.needed")] if cell]

    assert words("table.gain") in columns
    assert needed
    assert min(needed) >= 5
