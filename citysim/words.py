"""The words that people read, in English and Chinese, kept in two files with the same keys."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")
FOLDER = Path(__file__).parent / "report"


@dataclass(frozen=True)
class Words:
    """One language; `words("table.title", n=3)` is the text of a key with its placeholders filled."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: Any) -> str:
        text = self.texts[key]
        return text.format(**values) if values else text

    def name(self, family: str, identifier: str) -> str:
        """What people call an identifier, or the identifier itself where the words have no name for it."""
        return self.texts.get(f"{family}.{identifier}", identifier.replace("_", " "))

    def title(self, titles: Mapping[str, str], identifier: str) -> str:
        """The title in this language out of {"en": …, "zh": …}, else the identifier."""
        return titles.get(self.language) or identifier


@cache
def load_words(language: str) -> Words:
    """The words of one language.

    Raises:
        ValueError: there is no such language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language = {language!r}, must be one of {', '.join(LANGUAGES)}")
    data = tomllib.loads((FOLDER / f"words.{language}.toml").read_text(encoding="utf-8"))
    return Words(language, dict(_flat(data, "")))


def default_language(environment: Mapping[str, str]) -> str:
    """`zh` if the environment asks for Chinese (LC_ALL, LC_MESSAGES, LANG: the first that is set), else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"


def _flat(data: Mapping[str, Any], prefix: str) -> Any:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
