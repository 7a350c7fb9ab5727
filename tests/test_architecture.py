"""The folder layout is a promise: imports only go down, never up, sideways or in a ring."""

import ast
import graphlib
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "citysim"
FLOORS = [  # lowest first
    {"errors"},
    {"units", "streams", "yamlfile", "words", "pickled", "damage"},
    {"intake", "patch", "statistics"},
    {"world", "policy", "log"},  # the nouns, unaware of each other
    {"prevention"},  # what happens at all
    {"sensing"},  # what is noticed, when
    {"engines", "judging", "patrol"},  # make a log | judge a log
    {"committee"},  # the slow loop around the engines
    {"evaluation", "exchange"},  # many policies, the same worlds | files for other programs
    {"experiment"},  # questions as data
    {"report"},  # pages for people
    {"cli"},
]
FLOOR = {name: i for i, names in enumerate(FLOORS) for name in names}
FILES = {
    ".".join(("citysim", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}
MODULES = [module for module in FILES if module != "citysim"]
FORBIDDEN = {"utils", "core", "common", "helpers", "base", "manager", "misc"}
LONG = {"citysim.engines.kernel": 450, "citysim.engines.program": 450}
"""Files that may be longer than 400 lines: the kernel's loop, and the lowering that it reads."""


def imports(module: str) -> Iterator[str]:
    """Names of the citysim modules that `module` imports at any depth of its source, type-only imports left out."""
    tree = ast.parse(FILES[module].read_text("utf8"))
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in FILES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: import by full name"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in FILES or node.module in FILES:
                    yield full if full in FILES else str(node.module)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    mine = module.split(".")[1]
    for other in imports(module):
        assert other != "citysim", "the facade is for users, not for the package itself"
        theirs = other.split(".")[1]
        assert theirs == mine or FLOOR[theirs] < FLOOR[mine], f"{module} must not import {other}"


def test_the_reference_engine_stands_alone() -> None:
    """Else one bug could live in both engines and their agreement would prove nothing."""
    todo = [module for module in MODULES if module.startswith("citysim.engines.reference")]
    assert todo
    seen: set[str] = set()
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            todo.extend(imports(module))
    assert not {name for name in seen if "kernel" in name or name.endswith((".program", ".compiled"))}


def test_there_is_no_ring_of_imports() -> None:
    tuple(graphlib.TopologicalSorter({m: set(imports(m)) - {m} for m in MODULES}).static_order())


@pytest.mark.parametrize("module", MODULES)
def test_a_file_can_be_read_in_one_sitting_and_its_name_has_an_edge(module: str) -> None:
    assert len(FILES[module].read_text("utf8").splitlines()) <= LONG.get(module, 400)
    assert not set(module.split(".")) & FORBIDDEN


@pytest.mark.parametrize("module", MODULES)
def test_a_function_is_short(module: str) -> None:
    """Up to 60 lines for a design's sentence, 45 elsewhere; the kernel's loop is the one named exception."""
    for node in ast.walk(ast.parse(FILES[module].read_text("utf8"))):
        if isinstance(node, ast.FunctionDef) and (module, node.name) != ("citysim.engines.kernel", "advance"):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]
            bound = 60 if module == "citysim.policy.catalog" or "kernel_" in module or "cli" in module else 45
            assert length <= bound, f"{module}.{node.name} has {length} lines"


def test_fastmath_is_off_everywhere() -> None:
    """It changes bits, so the engines would no longer agree."""
    for path in FILES.values():
        with tokenize.open(path) as source:
            names = [token.string for token in tokenize.generate_tokens(source.readline) if token.type == tokenize.NAME]
        assert "fastmath" not in names, path


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import citysim", {"numpy", "numba", "pandas", "scipy", "simpy", "matplotlib", "mesa"}),
        ("import citysim.cli", {"numba", "pandas", "scipy", "simpy", "matplotlib", "mesa"}),
        ("import citysim.evaluation.workers", {"pandas", "matplotlib", "mesa", "scipy.stats", "optuna"}),
    ],
)
def test_what_must_start_quickly_loads_nothing_slow(statement: str, unwanted: set[str]) -> None:
    code = f"{statement}; import sys; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not unwanted & set(loaded)
