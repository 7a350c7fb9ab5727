"""Is a sentence said alike in both languages, and in English as `policy.describe` says it?"""

import re

import pytest

from citysim.cli import main
from citysim.policy.blocks import AddTo, Among, CallIn, Chance, Delay, Grade, Is, Practised, Route, Seize, SetTo
from citysim.policy.catalog import DESIGNS
from citysim.policy.describe import describe
from citysim.policy.describe import say as say_in_english
from citysim.policy.durations import ByDistrict, ByName, Drifting, Exponential, Fixed, TimeLimit
from citysim.policy.workflow import walk
from citysim.report.sentence import say, sentence_lines
from citysim.words import load_words

EN, ZH = load_words("en"), load_words("zh")
SELDOM = (
    Seize(("a", "b@1"), 3, True, Exponential(90.0), 4, "gone"),
    Seize(("a@2",)),
    Seize(("a@5",)),
    Route(Among(("gas", "water")), "there"),
    Route(Is("severity", "<", 2), "there"),
    Route(Is("grade", ">", 1), "there"),
    Route(Is("grade", ">=", 1), "there"),
    Route(Is("age", ">", 7200), "there"),
    Route(Is("genuine", "!=", 1), "there"),
    Route(Chance(Drifting(0.1, -0.002, 30)), "there"),
    Route(Chance(ByName((("gas", 0.5),), 1.0, "difficulty")), "there"),
    Delay(Fixed(ByDistrict((("a", 60.0),), 90.0)), False, True, (Practised("count:notices", 0.5, 20.0),)),
    Delay(TimeLimit("on_site")),
    CallIn("crew.lead", 2, Fixed(7200)),
    AddTo("pressed", -2),
    SetTo("alert", 1),
    Grade(False, "alert", 0.5),
)
"""What no design of the catalog says."""


def plain(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.mark.parametrize("name", list(DESIGNS)[:7])
def test_english_is_that_of_the_description_of_the_policy(name: str) -> None:
    workflow = DESIGNS[name].policy().workflow
    assert plain("\n".join(sentence_lines(workflow.blocks, EN))) == plain(describe(workflow))


@pytest.mark.parametrize("block", SELDOM, ids=repr)
def test_so_is_what_no_design_says(block: Seize) -> None:
    assert say(block, EN) == say_in_english(block)


def test_every_block_is_said_in_chinese() -> None:
    """Names stay as a policy file writes them: pools, fields, labels and columns."""
    for block in [place.block for place in walk(DESIGNS["unified_command"].policy().workflow.blocks)] + [*SELDOM]:
        assert re.search("[\u4e00-\u9fff]", say(block, ZH))
    assert (
        say(Seize(("a@2",), patience=Exponential(90.0)), ZH) == "占用 第 2 近区县的 a（最多等待 指数分布，均值 90 秒）"
    )


def test_show_speaks_the_reader_s_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "fragmented", "--lang", "zh"]) == 0
    assert "对各协办单位逐个进行" in capsys.readouterr().out
    assert main(["show", "fragmented", "--lang", "en"]) == 0
    assert describe(DESIGNS["fragmented"].policy().workflow) in capsys.readouterr().out
