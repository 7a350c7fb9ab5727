"""Can the printed table be read on a narrow terminal, and whatever the titles are?"""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from citysim.evaluation.comparison import Comparison
from citysim.judging.scorecard import HEADLINE
from citysim.report.names import indicator_name
from citysim.report.table import headline_table
from citysim.words import LANGUAGES, load_words


def printed(comparison: Comparison, language: str, width: int) -> str:
    console = Console(width=width, markup=False, highlight=False, record=True, file=io.StringIO())
    console.print(headline_table(comparison, load_words(language), width))
    return console.export_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_on_a_narrow_terminal(toy_comparison: Comparison, language: str) -> None:
    """Chinese has no spaces to break lines at; a name or a verdict that ends in … says something else or nothing."""
    text = printed(toy_comparison, language, 80)
    first_column = "".join(line.split("│")[1].replace(" ", "") for line in text.splitlines() if "│" in line)

    assert "…" not in text
    for indicator in HEADLINE:
        assert re.sub(r"\s", "", indicator_name(indicator, load_words(language))) in first_column


@pytest.mark.parametrize("width", [80, 119, 120, 137, 180, 240])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_is_as_wide_as_the_terminal_at_most_and_whole(
    toy_comparison: Comparison, language: str, width: int
) -> None:
    """A table that is too wide loses its last columns, or is broken into a heap of lines."""
    lines = [line for line in printed(toy_comparison, language, width).splitlines() if line[:1] in "┏│└"]

    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}
    assert cell_len(lines[0]) <= width
    assert lines[0].endswith("┓")


def test_a_mean_stands_in_one_line_with_its_interval_where_there_is_room(toy_comparison: Comparison) -> None:
    row = toy_comparison.select("on_time_closure_rate")[1]
    mean = f"{100 * row.mean:.1f} [{100 * row.low:.1f}, {100 * row.high:.1f}]"
    difference = f"{100 * row.difference:+.1f} [{100 * row.difference_low:+.1f}, {100 * row.difference_high:+.1f}]"

    assert any(mean in line and difference.replace("-", "−") in line for line in printed(
        toy_comparison, "en", 120).splitlines())  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminal_tells_how_many_replications_would_tell(toy_comparison: Comparison, language: str) -> None:
    """Never fewer than a verdict needs, also where the few that there are happen to lie close together."""
    words = load_words(language)
    columns = {str(column.header): list(column.cells) for column in headline_table(toy_comparison, words).columns}
    needed = [int(str(cell).replace(",", "")) for cell in columns[words("table.needed")] if cell]

    assert words("table.gain") in columns
    assert needed
    assert min(needed) >= 5
