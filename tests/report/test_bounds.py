"""The table with a column for each bound, and its file for other programs, against SciPy and by hand."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from citysim.evaluation.comparison import Comparison
from citysim.evaluation.spreadsheet import COLUMNS, write_spreadsheet
from citysim.judging.scorecard import HEADLINE
from citysim.report.bounds import markdown_table, subgroup_table
from citysim.words import LANGUAGES, load_words
from tests.report.hand import with_scores

EN = load_words("en")
BASE, OTHER = [10.0, 20, 30, 40, 50, 60], [9.0, 17, 29, 36, 49, 57]
ONE, TWO = "fragmented", "unified_command"


def cells(table: str) -> list[list[str]]:
    """The lines of a Markdown table, without the rule below its heads."""
    lines = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line] for line in lines]


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "").removeprefix("× "))


def needed_by_trying(differences: np.ndarray, level: float) -> int:
    """The first number of worlds whose interval would be clear of zero."""
    n, mean, s = len(differences), abs(differences.mean()), differences.std(ddof=1)
    while stats.t.ppf((1 + level) / 2, n - 1) * s / math.sqrt(n) > mean:
        n += 1
    return n


@pytest.mark.parametrize(
    ("language", "heads"),
    [
        (
            "en",
            "indicator design mean LB UB difference diff LB diff UB verdict replications needed gain from common luck",
        ),
        ("zh", "指标 设计 均值 下限 上限 差值 差值下限 差值上限 结论 所需重复次数 共同随机数的收益"),
    ],
)
def test_the_columns_are_eleven_in_the_order_that_was_asked_for(
    toy_comparison: Comparison, language: str, heads: str
) -> None:
    found, *rows = cells(markdown_table(toy_comparison, load_words(language)))

    assert " ".join(found) == heads
    assert {len(row) for row in rows} == {11}
    assert len(rows) == sum(len(toy_comparison.select(indicator)) for indicator in HEADLINE)


def test_every_number_of_a_row_is_that_of_scipy(toy_comparison: Comparison) -> None:
    found = with_scores(toy_comparison, {("backlog", "all", "all", d): v for d, v in ((ONE, BASE), (TWO, OTHER))})
    _, first, second = cells(markdown_table(found, EN))
    a, b = np.array(OTHER), np.array(BASE)
    own = stats.ttest_1samp(a, 0).confidence_interval(0.95)
    both = stats.ttest_rel(a, b).confidence_interval(0.95)
    expected = [a.mean(), own.low, own.high, (a - b).mean(), both.low, both.high]

    assert first[:2] == ["open cases at the end, cases", "fragmented"]
    assert first[5:] == ["", "", "", "compared with this", "", ""]
    assert second[:2] == ["", "unified command"]
    assert [number(text) for text in second[2:8]] == pytest.approx(expected, abs=0.05)
    assert second[5].startswith("−")
    assert second[8] == "better"
    assert stats.ttest_rel(a, b).pvalue < 0.05
    assert int(second[9]) == needed_by_trying(a - b, 0.95) == 6
    gain = (a.var(ddof=1) + b.var(ddof=1)) / (a - b).var(ddof=1)
    assert number(second[10]) == pytest.approx(gain, rel=5e-3)


def test_designs_share_the_level_of_their_differences(toy_comparison: Comparison) -> None:
    """Two designs beside the baseline: each difference has an interval of 97.5 %."""
    third = {"name": "third", "digest": "", "does": "", "title": {}}
    designs = [*toy_comparison.manifest["designs"], third]
    values = {("backlog", "all", "all", d): v for d, v in ((ONE, BASE), (TWO, OTHER), ("third", OTHER[::-1]))}
    lines = cells(markdown_table(with_scores(toy_comparison, values, designs=designs), EN))
    both = stats.ttest_rel(OTHER, BASE).confidence_interval(0.975)

    assert [number(text) for text in lines[2][6:8]] == pytest.approx([both.low, both.high], abs=0.05)
    assert lines[3][8] == "cannot tell yet"
    assert int(lines[3][9].replace(",", "")) == needed_by_trying(np.array(OTHER[::-1]) - BASE, 0.975)


@pytest.mark.parametrize("language", LANGUAGES)
def test_groups_have_paired_differences_and_not_only_levels(toy_comparison: Comparison, language: str) -> None:
    words, better = load_words(language), load_words(language)("verdict.better")
    of = {("single", ONE): BASE, ("single", TWO): OTHER, ("joint", ONE): OTHER, ("joint", TWO): BASE}
    values = {("mean_dispatches", "joint", group, design): v for (group, design), v in of.items()}
    table = subgroup_table(with_scores(toy_comparison, values), "joint", words)
    heads, *lines = cells(table)
    low, high = stats.ttest_rel(OTHER, BASE).confidence_interval(0.95)

    assert heads[1] == words("stratum.joint")
    assert len(heads) == 12
    assert [line[1] for line in lines] == [words("group.single"), "", words("group.joint"), ""]
    assert [line[0] != "" for line in lines] == [True, False, False, False]
    assert [number(text) for text in lines[1][6:9]] == pytest.approx([-13 / 6, low, high], abs=0.05)
    assert [number(text) for text in lines[3][6:9]] == pytest.approx([13 / 6, -high, -low], abs=0.05)
    assert [line[9] for line in lines[1::2]] == [better, words("verdict.worse")]


def test_a_group_in_which_nobody_has_a_value_is_left_out(toy_comparison: Comparison) -> None:
    nobody = [math.nan] * 6
    of = {("single", ONE): nobody, ("single", TWO): nobody, ("joint", ONE): OTHER, ("joint", TWO): BASE}
    values = {("joint_response_time_so_far", "joint", group, design): v for (group, design), v in of.items()}
    _, *lines = cells(subgroup_table(with_scores(toy_comparison, values), "joint", EN))

    assert [line[1] for line in lines] == ["several departments", ""]
    assert lines[0][0].startswith("joint response (serious)")


def test_districts_stand_in_the_order_of_the_scenario_and_one_alone_is_no_table(toy_comparison: Comparison) -> None:
    two = {"west": {"en": "West", "zh": "西区"}, "east": {"en": "East", "zh": "东区"}}
    scenario = {**toy_comparison.manifest["scenario"], "districts": two}
    of = {("east", ONE): BASE, ("east", TWO): OTHER, ("west", ONE): OTHER, ("west", TWO): OTHER}
    values = {("report_to_close_so_far_mean", "district", group, design): v for (group, design), v in of.items()}
    heads, *lines = cells(subgroup_table(with_scores(toy_comparison, values, scenario=scenario), "district", EN))

    assert heads[1] == "district"
    assert [line[1] for line in lines] == ["West", "", "East", ""]
    assert lines[1][6:10] == ["0.0", "0.0", "0.0", "no relevant difference"]
    assert number(lines[3][6]) == pytest.approx(-13 / 6, abs=0.05)
    assert subgroup_table(toy_comparison, "district", EN) == ""


def test_the_file_for_other_programs_has_every_row_to_the_last_digit(
    toy_comparison: Comparison, tmp_path: Path
) -> None:
    write_spreadsheet(toy_comparison.rows, tmp_path / "comparison.csv")
    with (tmp_path / "comparison.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    of = {(s["indicator"], s["stratum"], s["group"], s["design"]): s for s in lines}
    names = ("indicator", "stratum", "group", "design", "value")
    values: dict[tuple[str, ...], list[float]] = {}
    for *key, value in zip(*(toy_comparison.scores[name].tolist() for name in names), strict=True):
        values.setdefault(tuple(key), []).append(value)

    assert COLUMNS[:13] == (
        "indicator", "stratum", "group", "design", "mean", "low", "high", "difference", "difference_low",
        "difference_high", "verdict", "needed", "variance_factor",
    )  # fmt: skip
    assert len(lines) == len(of)
    assert {key for key in of if of[key]["n"] != "0" or key in values} == set(values)  # a design may have no such pool
    assert {line["stratum"] for line in lines} >= {"all", "severity", "joint", "district"}
    for key in (("on_time_closure_rate", "all", "all"), ("report_to_close_so_far_mean", "joint", "joint")):
        a, b = np.array(values[*key, TWO]), np.array(values[*key, ONE])
        both, own = stats.ttest_rel(a, b).confidence_interval(0.95), stats.ttest_1samp(a, 0).confidence_interval(0.95)
        line = of[*key, TWO]
        expected = [a.mean(), own.low, own.high, (a - b).mean(), both.low, both.high]
        assert [float(line[name]) for name in COLUMNS[4:10]] == pytest.approx(expected, rel=1e-12)
        assert int(float(line["needed"])) == needed_by_trying(a - b, 0.95)
        assert of[*key, ONE]["difference"] == ""
    assert all(line["verdict"] for line in lines)
    assert not list(tmp_path.glob(".*"))
