"""The examples of the guides and the tutorial run, and print what the page says they print."""

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*DOCS.glob("guides/*.md"), *DOCS.glob("tutorial/*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _lines(text: str) -> list[str]:
    """Without the blanks that align a table, which depend on the version of pandas."""
    return [" ".join(line.split()) for line in text.strip().splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_the_examples_of_a_page_run_and_print_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each ```python block runs in order in one namespace; a ```text block after it is what it prints."""
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed: str | None = None
    for match in BLOCK.finditer(text):
        language, body = match.groups()
        line = text[: match.start()].count("\n") + 2
        if language == "python":
            code = compile("\n" * (line - 1) + body, str(page), "exec")
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(code, namespace)
            printed = out.getvalue()
        elif language == "text" and printed is not None:
            assert _lines(printed) == _lines(body), f"{page.name}:{line}: printed\n{printed}"
            printed = None
        else:
            printed = None


def test_there_are_pages_with_examples() -> None:
    assert any("```python" in page.read_text(encoding="utf-8") for page in PAGES)


def test_no_queueing_example_takes_more_than_fifteen_lines() -> None:
    blocks = BLOCK.findall((DOCS / "guides" / "queueing.md").read_text(encoding="utf-8"))
    for language, body in blocks:
        if language == "python":
            code = [line for line in body.splitlines() if line.strip()]
            assert len(code) <= 15, "\n".join(code)
            assert max(map(len, code)) <= 120, max(code, key=len)
