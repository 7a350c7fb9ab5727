"""The line under a table that says whether the means still hold the empty start of the run."""

import numpy as np
import pytest

from citysim.evaluation.comparison import Comparison
from citysim.evaluation.settling import as_data
from citysim.report.bounds import markdown_table
from citysim.report.settling import settling_line
from citysim.report.table import headline_table
from citysim.words import LANGUAGES, load_words
from tests.report.hand import with_open_cases

EN = load_words("en")


def open_cases(empty: int, lasting: int) -> list[list[float]]:
    """Two worlds whose mean is 0 for as many batches of five steps of six hours, then 21 and 19 in turn; the last step
    is that of the end, which does not count."""
    mean = np.repeat([0.0] * empty + [21.0, 19.0] * (lasting // 2), 5)
    return [[*(mean + 5.0), 99.0], [*(mean - 5.0), 99.0]]


def line(comparison: Comparison, first: tuple[int, int], second: tuple[int, int], early: int = 0) -> str:
    of = {"fragmented": open_cases(*first), "unified_command": open_cases(*second)}
    return settling_line(with_open_cases(comparison, of, weeks=9, warm_up=early), EN)


def test_the_last_design_says_when_the_run_had_settled(toy_comparison: Comparison) -> None:
    """Four empty batches are 20 steps of six hours: five days."""
    text = line(toy_comparison, (4, 30), (2, 32))

    assert "had settled after 5.0 days (fragmented: 5.0 d; unified command: 2.5 d)" in text
    assert "--warm-up 1 leaves them out" in text


def test_a_warm_up_that_is_long_enough_is_told(toy_comparison: Comparison) -> None:
    assert "5.0 days" in line(toy_comparison, (4, 30), (2, 32), early=1)
    assert "within the 1 week(s) of warm-up that no mean holds" in line(toy_comparison, (4, 30), (2, 32), early=1)
    assert "--warm-up 2 leaves them out" in line(toy_comparison, (8, 40), (2, 46), early=1)


def test_a_run_without_a_start_had_settled_at_once(toy_comparison: Comparison) -> None:
    assert "had settled from the start (fragmented: 0.0 d; unified command: 0.0 d)" in line(
        toy_comparison, (0, 40), (0, 40)
    )


@pytest.mark.parametrize("second", [(30, 12), (0, 8)])
def test_one_design_that_had_not_settled_is_enough(toy_comparison: Comparison, second: tuple[int, int]) -> None:
    """The start fills more than half of the run, or fewer than ten batches are there."""
    text = line(toy_comparison, (4, 30), second)

    assert "had not settled" in text
    assert "(fragmented: 5.0 d; unified command: not within 63 d)" in text
    assert "means depend on the empty start" in text


def test_days_that_say_nothing_are_not_in_a_manifest(toy_comparison: Comparison) -> None:
    of = {"fragmented": open_cases(4, 30), "unified_command": open_cases(30, 12)}
    found = with_open_cases(toy_comparison, of).settled

    assert as_data(found) == {
        "fragmented": {"days": 5.0, "reliable": True},
        "unified_command": {"days": None, "reliable": False},
    }


def test_a_design_without_a_finished_world_is_left_out(toy_comparison: Comparison) -> None:
    assert list(with_open_cases(toy_comparison, {"fragmented": open_cases(4, 30)}).settled) == ["fragmented"]
    nothing = {name: column[:0] for name, column in toy_comparison.series.items()}
    assert settling_line(Comparison(toy_comparison.manifest, toy_comparison.scores, nothing), EN) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_stands_under_the_table_on_the_terminal_and_in_markdown(
    toy_comparison: Comparison, language: str
) -> None:
    """A week is too short to tell, and the manifest of the run says so too."""
    words = load_words(language)
    text = settling_line(toy_comparison, words)

    assert "MSER-5" in text
    assert str(headline_table(toy_comparison, words).caption).endswith("\n" + text)
    assert markdown_table(toy_comparison, words).endswith(f"\n\n{text}\n")
    assert toy_comparison.manifest["settled"] == as_data(toy_comparison.settled)
    assert {one["reliable"] for one in toy_comparison.manifest["settled"].values()} == {False}
