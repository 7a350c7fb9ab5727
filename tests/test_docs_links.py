"""Every relative link of a page leads to a file that is there, and to a heading that is there."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "results", "experiments", "scenarios")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
OUTSIDE = ("http://", "https://", "mailto:")


def links(page: Path) -> list[str]:
    """Targets of the links of a page that lead to other places of the project; code is left out."""
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text("utf8")))
    return [target for target in LINK.findall(text) if not target.startswith(OUTSIDE)]


def anchors(page: Path) -> set[str]:
    """Headings of a page as links spell them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.is_relative_to(ROOT), f"{target} leaves the project"
        assert there.exists(), f"{target} leads nowhere"
        assert not anchor or anchor in anchors(there), f"{target}: no such heading"


def test_the_index_names_every_page_of_the_documentation() -> None:
    index = ROOT / "docs" / "README.md"
    named = {(index.parent / target).resolve() for target in links(index)}
    assert not {page for page in (ROOT / "docs").rglob("*.md") if page != index} - named


def test_the_readme_begins_with_two_commands_of_one_line_each() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text("utf8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 2
    for block, last in zip(blocks, ("evaluate scenarios/central-chongqing.yaml", "-m pytest"), strict=False):
        assert block.count("\n") == 1
        assert block.startswith("python3 -m venv .venv && .venv/bin/pip install -e ")
        assert block.strip().endswith(last)


def test_ci_finds_the_test_command_of_the_readme() -> None:
    """The same sed as in .ci/run."""
    found = subprocess.run(
        ["sed", "-n", "/^<!-- tests -->$/,/^```$/p", "README.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [line for line in found if not line.startswith(("<!--", "```"))] == [
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
    ]
