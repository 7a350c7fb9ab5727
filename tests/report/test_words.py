"""Do both languages say the same things?"""

import re
import string

import pytest

from citysim.judging.scorecard import BY_ID, STRATA
from citysim.report.names import indicator_name
from citysim.words import LANGUAGES, default_language, load_words

EN, ZH = load_words("en"), load_words("zh")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert set(EN.texts) == set(ZH.texts)


def test_both_languages_have_the_same_placeholders() -> None:
    different = {key for key in EN.texts if placeholders(EN.texts[key]) != placeholders(ZH.texts[key])}

    assert different == set()


def test_chinese_is_chinese() -> None:
    same = {key for key in EN.texts if ZH.texts[key] == EN.texts[key] and re.search("[a-z]{4}", EN.texts[key])}

    assert same == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_indicator_unit_and_stratum_has_a_name(language: str) -> None:
    words = load_words(language)
    for indicator in BY_ID.values():
        stem = indicator.id.rpartition("_")[0]
        assert {f"indicator.{indicator.id}", f"indicator.{stem}"} & set(words.texts), indicator.id
        assert indicator_name(indicator.id, words)
        assert f"unit.{indicator.unit}" in words.texts
    for stratum in STRATA:
        assert f"stratum.{stratum}" in words.texts


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "zh_CN"}, "zh"),
    ],
)
def test_the_language_follows_the_environment(environment: dict[str, str], language: str) -> None:
    assert default_language(environment) == language
