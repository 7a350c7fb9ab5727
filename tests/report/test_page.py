"""Is the page complete, honest, the same each time, and does it work offline?"""

import re
from dataclasses import replace
from html.parser import HTMLParser
from math import isfinite
from pathlib import Path
from typing import Any

import pytest

from citysim.evaluation.comparison import Comparison
from citysim.evaluation.run import evaluate
from citysim.report import fonts, page
from citysim.report.figures import BREAKDOWN, _breakdown, draw_all
from citysim.report.settling import settling_line
from citysim.words import LANGUAGES, load_words

pytestmark = pytest.mark.slow

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"
VOID = {"meta", "input", "link", "br", "img", "hr"}


class Reader(HTMLParser):
    """Checks that tags match, and collects what would be fetched and the identifiers."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.identifiers: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        found = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        self.fetched += [found[name] for name in ("src", "href", "xlink:href", "data", "action") if name in found]
        if "id" in found:
            self.identifiers.append(found["id"])

    def handle_startendtag(self, tag: str, attributes: Any) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def html(toy_comparison: Comparison) -> str:
    return page.render(toy_comparison)


@pytest.fixture(scope="module")
def reader(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_every_tag_is_closed(reader: Reader) -> None:
    assert reader.open == []


def test_nothing_is_fetched(html: str, reader: Reader) -> None:
    assert all(target.startswith("#") for target in reader.fetched)
    assert all(url.startswith(("#", "data:")) for url in re.findall(r"url\(([^)]*)\)", html))
    assert "@import" not in html
    assert not re.search(r"https?://(?!www\.w3\.org/(2000/svg|1999/xlink))", html)


def test_identifiers_are_unique_and_every_reference_leads_somewhere(html: str, reader: Reader) -> None:
    assert len(set(reader.identifiers)) == len(reader.identifiers)
    targets = {target[1:] for target in reader.fetched} | set(re.findall(r"url\(#([^)]*)\)", html))
    assert targets <= set(reader.identifiers)


def test_both_languages_and_the_command_are_on_the_page(reader: Reader) -> None:
    text = "".join(reader.text)

    assert load_words("en")("report.what_it_is") in text
    assert load_words("zh")("report.what_it_is") in text
    assert "citysim evaluate" in text
    assert "--replications 3 --weeks 1 --seed 1" in text


def test_both_languages_say_when_the_run_had_settled(toy_comparison: Comparison, reader: Reader) -> None:
    text = "".join(reader.text)

    for language in LANGUAGES:
        line = settling_line(toy_comparison, load_words(language))
        assert "MSER-5" in line
        assert line in text


def test_a_made_up_city_is_not_called_real_and_the_limits_of_a_run_are_said(reader: Reader) -> None:
    text = "".join(reader.text)

    assert "numbers of streets of the districts are real" not in text
    for words in (load_words("en"), load_words("zh")):
        assert words("report.assumption_2") in text
        assert words("report.assumption_6") in text
    assert "made up throughout" in text
    assert "starts with an empty city" in text


def test_two_builds_give_the_same_bytes(toy_comparison: Comparison, html: str) -> None:
    again = Comparison(toy_comparison.manifest, toy_comparison.scores, toy_comparison.series)

    assert page.render(again) == html


def test_the_chinese_font_is_embedded_small(html: str) -> None:
    pytest.importorskip("pylopdf_fonts_zh_cn")
    (font,) = re.findall(r"font/woff2;base64,([^)]*)\)", html)

    assert 10_000 < len(font) < 200_000


def test_without_a_chinese_font_figures_are_in_english_and_the_page_says_so(
    toy_comparison: Comparison, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in (fonts, page):
        monkeypatch.setattr(module, "chinese_font", lambda: None)
    notes = page.write_report(toy_comparison, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")

    assert notes == ["note.no_chinese_font"]
    assert load_words("zh")("report.english_figures") in html.replace("&#39;", "'")
    assert "@font-face" not in html


def test_an_incomplete_run_says_so(toy_comparison: Comparison) -> None:
    manifest = {**toy_comparison.manifest, "complete": False, "finished": [0, 2]}
    html = page.render(replace(toy_comparison, manifest=manifest))

    assert load_words("en")("report.incomplete", done=2, asked=3, missing="1") in html


@pytest.mark.parametrize(("designs", "replications"), [(["fragmented"], 2), (["fragmented", "unified_command"], 1)])
def test_one_design_or_one_replication_makes_a_page_without_verdicts(designs: list[str], replications: int) -> None:
    comparison = evaluate(TOY, designs, replications=replications, weeks=1, workers=1)
    html = page.render(comparison)

    assert 'class="verdict better"' not in html
    assert load_words("en")("report.precision_none") in html


def test_every_picture_has_words_beside_it(toy_comparison: Comparison) -> None:
    pictures = draw_all(toy_comparison, load_words("en"))

    assert [picture.name for picture in pictures] == ["forest", "safe", "backlog", "breakdown"]
    assert all("<svg" in picture.svg and "<metadata" not in picture.svg for picture in pictures)


def test_the_breakdown_shows_every_interval_also_one_that_reaches_zero(toy_comparison: Comparison) -> None:
    """On a log scale there is no zero; a bare dot in its place would look like the most certain of all."""
    few = toy_comparison.scores["replication"] < 2  # intervals of two worlds are wide
    comparison = replace(toy_comparison, scores={name: column[few] for name, column in toy_comparison.scores.items()})
    groups = [comparison.select("onset_to_safe_so_far_mean", *group) for group in BREAKDOWN]
    rows = [row for group in groups if any(row.mean > 0 for row in group) for row in group if row.mean > 0]
    figure = _breakdown(comparison, load_words("en"))
    assert figure is not None
    (axes,) = figure.axes
    intervals = [line for line in axes.lines if len(line.get_xdata()) == 2]
    dots = [line for line in axes.lines if len(line.get_xdata()) == 1 and line.get_markerfacecolor() != "white"]

    assert any(row.low <= 0 for row in rows)
    assert len(intervals) == len(dots) == sum(isfinite(row.low) for row in rows)
    assert all(min(line.get_xdata()) >= axes.get_xlim()[0] > 0 for line in intervals)


@pytest.mark.slow
def test_three_designs_stand_side_by_side_with_marks_of_their_verdicts() -> None:
    designs = ["fragmented", "lead_department", "unified_command"]
    comparison = evaluate(TOY, designs, replications=5, weeks=1, workers=1)
    found = dict(page._overview(comparison, load_words("en")))

    assert {len(cells) for cells in found.values()} == {3}
    first, *others = found["report to close (mean), h"]
    assert first[1] == "no_relevant_difference"
    assert [verdict for _, verdict, _ in others] == ["better", "better"]
    assert all(
        verdict == "no_relevant_difference"
        for cells in found.values()
        for text, verdict, _ in cells
        if text == cells[0][0]
    )
    assert page.render(comparison).count('title="better">✓') >= 2
