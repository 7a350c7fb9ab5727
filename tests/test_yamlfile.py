"""Is only plain YAML accepted, and does every refusal name file, line and key?"""

import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from citysim.errors import PolicyError, ScenarioError
from citysim.yamlfile import MAX_BYTES, MAX_PROBLEMS, Document, load_yaml, plain_scalar, validate


def load(folder: Path, content: str | bytes) -> Document:
    file = folder / "case.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_yaml(file, PolicyError)


def refusal(folder: Path, content: str | bytes) -> str:
    """The message without the folder."""
    with pytest.raises(PolicyError) as caught:
        load(folder, content)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("on", "on"), ("yes", "yes"), ("10:30", "10:30"), ("2025-06-02", "2025-06-02"), ("0b1", "0b1"),
        ("1_000", "1_000"), ("1e3", 1000.0), ("1.5", 1.5), (".5", 0.5), ("-3", -3), ("+3", 3), ("007", 7),
        ("0x1F", 31), ("0o17", 15), ("true", True), ("False", False), ("~", None), ("null", None), ("", None),
        (".inf", float("inf")), ("-.INF", float("-inf")), ("4 h", "4 h"), ("1e", "1e"), (".", "."),
    ],
)  # fmt: skip
def test_plain_words_mean_what_the_core_schema_of_yaml_1_2_says(text: str, value: object) -> None:
    result = plain_scalar(text)

    assert (type(result), result) == (type(value), value)


def test_quoted_and_block_text_stays_text(tmp_path: Path) -> None:
    document = load(tmp_path, "a: '1'\nb: \"true\"\nc: |\n  12\nd: [NO, 1e3, ~]\n")

    assert document.data == {"a": "1", "b": "true", "c": "12\n", "d": ["NO", 1000.0, None]}


def test_every_key_knows_its_line(tmp_path: Path) -> None:
    document = load(tmp_path, "# head\na: 1\nb:\n  - x: 2\n    y: 3\n  - {x: 4,\n     y: 5}\n")

    assert document.lines[("a",)] == 2
    assert document.lines[("b", 0, "y")] == 5
    assert document.lines[("b", 1)] == 6
    assert document.lines[("b", 1, "y")] == 7
    assert document.place(("b", 1, "missing")) == (document.path, 6)
    assert document.part("b").place((1, "y")) == (document.path, 7)
    assert document.at(("b", 1, "x")) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "case.yaml:1: the file is empty"),
        ("# only a comment\n", "case.yaml:1: the file is empty"),
        ("a: 1\nb: &x 2\n", "case.yaml:2: b: anchor &x is not allowed"),
        ("a: 1\nb: *x\n", "case.yaml:2: b: alias *x is not allowed; write it out"),
        ("a:\n  b: !!int '3'\n", "case.yaml:2: a.b: tag 'tag:yaml.org,2002:int' is not allowed; write plain data"),
        ("a: !mine 3\n", "case.yaml:1: a: tag '!mine' is not allowed; write plain data"),
        ("a: 1\nb: 2\na: 3\n", "case.yaml:3: key 'a' is given twice"),
        ("a: 1\n---\nb: 2\n", "case.yaml:2: a second document ('---') starts here; one is allowed"),
        ("a: 1\n? [x]\n: 2\n", "case.yaml:2: a key must be a plain word"),
        ("a: {b: 1\n", "case.yaml:2: not valid YAML or cut off: did not find expected ',' or '}'"),
        ("a:\n\t- 1\n", "case.yaml:2: not valid YAML or cut off: found character that cannot start any token"),
        ("\ufeffa: 1\n", "case.yaml:1: the file starts with a byte order mark; save it as UTF-8 without one"),
        (b"a: 1\nb: \xff\n", "case.yaml:2: byte 0xff is not UTF-8"),
        (b"a: 1\nb: \x07\n", "case.yaml:2: not valid YAML: control characters are not allowed"),
        ("a: 0x" + "f" * 5000, "case.yaml:1: a: number has too many digits"),
        ("a: " + "9" * 500, "case.yaml:1: a: number has too many digits"),
    ],
)
def test_anything_but_plain_yaml_is_refused_with_file_line_and_key(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    assert refusal(tmp_path, content) == message


def test_deep_nesting_is_refused_and_does_not_exhaust_the_stack(tmp_path: Path) -> None:
    assert "nested more than 40 levels deep" in refusal(tmp_path, "[" * 500)
    deepest = refusal(tmp_path, "[" * 100_000)  # a newer libyaml refuses it by itself
    assert re.search("nested more than 40 levels deep|maximum nesting depth", deepest)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    with open(file, "wb") as sparse:
        sparse.truncate(100_000_000)

    with pytest.raises(ScenarioError, match=rf"huge\.yaml:1: the file has 100000000 bytes, must be <= {MAX_BYTES}$"):
        load_yaml(file, ScenarioError)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nothing\.yaml: no such file$"):
        load_yaml(tmp_path / "nothing.yaml", PolicyError)
    with pytest.raises(PolicyError, match=r"is not a file$"):
        load_yaml(tmp_path, PolicyError)


class Crew(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    size: Annotated[int, Field(ge=1, le=9)]
    speed_kmh: Annotated[float, Field(gt=0)] = 1.0


class Plan(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    crews: Annotated[list[Crew], Field(min_length=1, max_length=2)]
    pools: dict[str, Crew] = {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name: a\ncrews:\n  - size: 0\n", "case.yaml:3: crews.0.size = 0, must be >= 1 and <= 9"),
        ("name: a\ncrews:\n  - size: '2'\n", "case.yaml:3: crews.0.size = '2', must be a whole number >= 1 and <= 9"),
        ("name: a\ncrews:\n  - size: true\n", "case.yaml:3: crews.0.size = true, must be a whole number >= 1 and <= 9"),
        (
            "name: a\ncrews:\n  - {size: 1, speed_kmh: 4 h}\n",
            "case.yaml:3: crews.0.speed_kmh = '4 h', must be a number > 0",
        ),
        (
            "name: a\ncrews:\n  - {size: 1, speed_kmh: .nan}\n",
            "case.yaml:3: crews.0.speed_kmh = nan, must be a number > 0",
        ),
        ("name: a\ncrews: []\n", "case.yaml:2: crews = [], must have 1 to 2 entries, has 0"),
        ("name: a\ncrews: 3\n", "case.yaml:2: crews = 3, must be a list"),
        ("name:\ncrews:\n  - size: 1\n", "case.yaml:1: name = nothing, must be text"),
        ("name: a\n", "case.yaml:1: crews is missing"),
        (
            "name: a\ncrews:\n  - size: 1\n    sped_kmh: 2\n",
            "case.yaml:4: crews.0.sped_kmh is not a known key; did you mean 'speed_kmh'?",
        ),
        ("name: a\ncrews:\n  - sise: 1\n", "case.yaml:3: crews.0.sise is not a known key; did you mean 'size'?"),
        ("name: a\ncrews:\n  - size: 1\nxyz: 2\n", "case.yaml:4: xyz is not a known key; known: crews, name, pools"),
        (
            "name: a\ncrews:\n  - size: 1\npools:\n  fire:\n    size: 10\n",
            "case.yaml:6: pools.fire.size = 10, must be >= 1 and <= 9",
        ),
        ("- 1\n", "case.yaml:1: the file: must be a mapping"),
        (
            "name: 3\ncrews:\n  - size: 99\n",
            "case.yaml:1: name = 3, must be text\ncase.yaml:3: crews.0.size = 99, must be >= 1 and <= 9",
        ),
    ],
)
def test_a_bad_value_is_named_with_file_line_key_value_and_accepted_range(
    tmp_path: Path, content: str, message: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        validate(load(tmp_path, content), Plan)

    assert str(caught.value).replace(f"{tmp_path}/", "") == message


def test_a_file_full_of_mistakes_does_not_flood_the_terminal(tmp_path: Path) -> None:
    keys = "".join(f"k{i}: 1\n" for i in range(200))
    with pytest.raises(PolicyError) as caught:
        validate(load(tmp_path, f"name: a\ncrews:\n  - size: 1\n{keys}"), Plan)

    lines = str(caught.value).splitlines()
    assert len(lines) == MAX_PROBLEMS + 1
    assert lines[0].endswith("k0 is not a known key; known: crews, name, pools")
    assert lines[-1].endswith(f"case.yaml: and {200 - MAX_PROBLEMS} more problems")


def test_a_good_file_becomes_the_model(tmp_path: Path) -> None:
    plan = validate(load(tmp_path, "name: a\ncrews:\n  - {size: 2, speed_kmh: 3}\n"), Plan)

    assert plan == Plan(name="a", crews=[Crew(size=2, speed_kmh=3.0)])
