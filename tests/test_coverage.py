"""Every item of the domain brief is modelled, can be switched, and moves what it is said to move."""

import ast
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from citysim.errors import InputError
from citysim.judging.roster import BY_ID
from citysim.policy.designs.levers import Levers
from citysim.report.coverage import Item, page, read_items, switched
from tests.coverage import ITEMS, ROOT, difference, holds, policy_of

ALL = read_items(ITEMS)
BY_NUMBER = {item.number: item for item in ALL}


def named(item: Item) -> str:
    return f"{item.number}-{item.parameter}"


def test_every_item_of_the_brief_has_one_row() -> None:
    assert Counter(item.number for item in ALL) == Counter(range(1, 73))


def test_no_two_rows_are_the_same_factor_under_two_names() -> None:
    assert [p for p, n in Counter(item.parameter for item in ALL).items() if n > 1] == []
    one_class = Counter(re.sub(r"^sensing\.\w+\.", "sensing.", item.parameter) for item in ALL)
    assert [p for p, n in one_class.items() if n > 1] == []  # a lever of one class of sensors is that of another
    keys = Counter((switched(item), item.indicator, item.of) for item in ALL)
    assert [sorted(k[0]) for k, n in keys.items() if n > 1] == []


def test_the_page_is_generated_from_the_file() -> None:
    assert (ROOT / "docs" / "guides" / "coverage.md").read_text() == page(ALL, Path("docs/guides"))


@pytest.mark.parametrize("item", ALL, ids=named)
def test_references_of_a_row_exist(item: Item) -> None:
    assert (ROOT / item.file).is_file()
    assert item.of[0] in BY_ID[item.indicator].strata
    assert {"zh", "en"} == item.term.keys()
    assert "planned" not in item.does
    file, test = item.test.split("::")
    tree = ast.parse((ROOT / file).read_text())
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    policy = policy_of(item.on, "on")
    assert policy.governance.on == is_governed(item)
    group, *rest = item.parameter.split(".")
    value: Any = (policy.source.levers if policy.source else Levers()) if group == "levers" else getattr(policy, group)
    for name in rest:
        value = getattr(value, name)
    assert switched(item), "the row switches nothing"


def is_governed(item: Item) -> bool:
    """Whether a committee sits in the city of a row: weeks of it take ten times as long as those of any other."""
    return "governance" in item.on or item.on.get("based_on") == "committee_integrated"


@pytest.mark.slow
@pytest.mark.parametrize(
    "item", [pytest.param(i, marks=[pytest.mark.study] if is_governed(i) else []) for i in ALL], ids=named
)
def test_an_item_moves_its_indicator(item: Item) -> None:
    found = difference(item)
    assert holds(item, found), f"{item.indicator} of {item.of}: {found}, wanted {item.sign}"


def test_a_switch_that_does_nothing_does_not_hold() -> None:
    item = replace(BY_NUMBER[32], on=BY_NUMBER[32].off, worlds=2, weeks=1)
    assert not holds(item, difference(item))


def test_a_row_with_a_word_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.yaml"
    file.write_text("- {item: 1, colour: red}\n")
    with pytest.raises(InputError, match=r"rows.yaml: item 1: .*colour"):
        read_items(file)
