"""The glossary points at what exists, and lacks no word of the language, the log, the scorecard or the departments."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from citysim.intake import SIGNALS
from citysim.log import EVENTS, OUTCOMES
from citysim.policy.blocks import BLOCKS, COUNTERS, MILESTONES
from citysim.policy.catalog import CATALOG
from citysim.units import CHANNELS, GRADES, LEVELS

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| \[(.+?)\]\((.+?)\) `(.+?)` \|$")
LINES = (ROOT / "docs" / "background" / "glossary.md").read_text("utf8").splitlines()
ROWS = [match.groups() for line in LINES if (match := ROW.match(line))]
IDENTIFIERS = {row[5] for row in ROWS}


def test_every_line_of_a_table_is_a_row() -> None:
    heads = ("| zh |", "|---")
    assert not [line for line in LINES if line.startswith("|") and not line.startswith(heads) and not ROW.match(line)]
    assert ROWS


@pytest.mark.parametrize("file", sorted({row[4] for row in ROWS}))
def test_a_file_holds_the_identifiers_that_the_glossary_looks_for(file: str) -> None:
    text = (ROOT / "docs" / "background" / file).read_text("utf8")
    wanted = [row[5] for row in ROWS if row[4] == file]
    assert not [name for name in wanted if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


@pytest.mark.parametrize(
    ("what", "needed"),
    [
        ("block", [f"class {block.__name__}" for block in BLOCKS]),
        ("milestone", [f'"{name}"' for name in MILESTONES]),
        ("counter", [f'"{name}"' for name in COUNTERS]),
        ("signal", [f'"{name}"' for name in SIGNALS]),
        ("outcome", [f'"{name}"' for name in OUTCOMES]),
        ("event", [f'"{name}"' for name in EVENTS]),
        ("grade", [f'"{name}"' for name in GRADES]),
        ("channel", [f'"{name}"' for name in CHANNELS]),
        ("level", [f'"{name}"' for name in LEVELS]),
        ("design", [f'"{name}"' for name in CATALOG]),
    ],
)
def test_no_word_of_the_language_is_missing(what: str, needed: list[str]) -> None:
    assert not [name for name in needed if name not in IDENTIFIERS], what


def test_every_indicator_of_the_reports_has_a_row_in_its_words() -> None:
    words: dict[str, dict[str, Any]] = {
        language: tomllib.loads((ROOT / "citysim" / "report" / f"words.{language}.toml").read_text("utf8"))
        for language in ("zh", "en")
    }
    rows = {(row[0], row[1], row[5]) for row in ROWS}
    needed = {(zh, words["en"]["indicator"][name], name) for name, zh in words["zh"]["indicator"].items()}
    assert not needed - rows


def test_every_department_and_group_has_a_row() -> None:
    types = yaml.safe_load((ROOT / "scenarios" / "incident-types.yaml").read_text("utf8"))
    rows = {(row[0], row[1], row[5]) for row in ROWS}
    assert not {(name["zh"], name["en"], f"{code}:") for code, name in types["departments"].items()} - rows
    assert not {f"group: {kind['group']}" for kind in types["incident_types"]} - IDENTIFIERS
