"""YAML as citysim accepts it: plain data plus the line of every key, so that an error can name file, line and key.

The accepted language is small on purpose: YAML 1.2 core scalars, no tags, no anchors, no aliases, no duplicate keys,
one document. Used by the scenario files and by the policy files.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml

from citysim.errors import InputError

KeyPath = tuple[str | int, ...]
Place = tuple[str, int]
"""A file and a line in it, from 1."""

Model = TypeVar("Model")

MAX_BYTES = 8_000_000
MAX_DEPTH = 40
MAX_DIGITS = 30
MAX_PROBLEMS = 50

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times faster, not always built
_INTEGER = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NAMED: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(frozen=True)
class Document:
    """A parsed file: its data, the line (from 1) of every key path, and the error class its problems are raised as.

    Args:
        prefix: key path under which the data stands in the file, for messages.
        places: where keys stand that another file gave (`citysim.patch`).
    """

    path: str
    data: Any
    lines: Mapping[KeyPath, int]
    error: type[InputError]
    prefix: KeyPath = ()
    places: Mapping[KeyPath, Place] = field(default_factory=dict)

    def place(self, key: KeyPath) -> Place:
        """Where a key stands, or its nearest ancestor if the key is not in any file."""
        for length in range(len(key), -1, -1):
            if key[:length] in self.places:
                return self.places[key[:length]]
            if key[:length] in self.lines:
                return self.path, self.lines[key[:length]]
        return self.path, 1

    def has(self, key: KeyPath) -> bool:
        """Whether any file gives this key."""
        return key in self.lines or key in self.places

    def at(self, key: KeyPath) -> Any:
        """The value at a key path; KeyError, IndexError or TypeError if there is none."""
        value = self.data
        for part in key:
            value = value[part]
        return value

    def part(self, key: str) -> "Document":
        """The file seen from one of its top-level keys; lines stay those of the whole file."""
        lines = {path[1:]: line for path, line in self.lines.items() if path[:1] == (key,)}
        places = {path[1:]: place for path, place in self.places.items() if path[:1] == (key,)}
        return Document(self.path, self.data[key], lines, self.error, (*self.prefix, key), places)

    def problems(self, found: list[tuple[KeyPath, str]]) -> InputError:
        """One error that lists all problems, given as (key path, what is wrong), one a line, in order of the file."""
        rows = sorted({(*self.place(key), dotted(self.prefix + key), text) for key, text in found})
        lines = [f"{path}:{line}: {key}{text}" for path, line, key, text in rows[:MAX_PROBLEMS]]
        more = [f"{self.path}: and {len(rows) - MAX_PROBLEMS} more problems"] if len(rows) > MAX_PROBLEMS else []
        return self.error("\n".join(lines + more))


def dotted(key: KeyPath) -> str:
    """A key path as people write it: `districts.2.population`."""
    return ".".join(str(part) for part in key)


def load_yaml(path: str | os.PathLike[str], error: type[InputError]) -> Document:
    """Read a YAML file into plain data and the line of every key.

    Raises:
        error: the file is missing, above 8 MB, not UTF-8, empty, not valid YAML, or uses tags, anchors, aliases,
            duplicate keys or several documents; the message names file and line.
    """
    name = os.fspath(path)
    text = _read(name, error)
    try:
        data, lines = _Builder(name, error).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        reason = broken.problem or broken.context or "cannot be read"
        raise error(f"{name}:{mark.line + 1 if mark else 1}: not valid YAML or cut off: {reason}") from None
    except yaml.YAMLError as broken:
        line = text.count("\n", 0, getattr(broken, "position", 0)) + 1
        raise error(f"{name}:{line}: not valid YAML: {getattr(broken, 'reason', broken)}") from None
    if data is None:
        raise error(f"{name}:1: the file is empty")
    return Document(name, data, lines, error)


def _read(name: str, error: type[InputError]) -> str:
    file = Path(name)
    if not file.is_file():
        raise error(f"{name or repr(name)}: {'is not a file' if file.exists() else 'no such file'}")
    size = file.stat().st_size
    if size > MAX_BYTES:
        raise error(f"{name}:1: the file has {size} bytes, must be <= {MAX_BYTES}")
    try:
        content = file.read_bytes()
    except OSError as broken:
        raise error(f"{name}: cannot be read: {broken.strerror}") from None
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise error(f"{name}:1: the file starts with a byte order mark; save it as UTF-8 without one")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as broken:
        line = content.count(b"\n", 0, broken.start) + 1
        raise error(f"{name}:{line}: byte {content[broken.start]:#04x} is not UTF-8") from None


@dataclass
class _Open:
    """A mapping or list whose end has not been read yet."""

    path: KeyPath
    value: dict[str, Any] | list[Any]
    key: str | None = None


class _Builder:
    """Turns parser events into data without recursion, so that deep nesting cannot exhaust the stack."""

    def __init__(self, name: str, error: type[InputError]) -> None:
        self.name, self.error = name, error
        self.lines: dict[KeyPath, int] = {(): 1}
        self.stack: list[_Open] = []
        self.root: Any = None
        self.documents = 0

    def build(self, events: Iterator[Any]) -> tuple[Any, dict[KeyPath, int]]:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                self.refuse_if(self.documents > 1, event, "a second document ('---') starts here; one is allowed")
            elif isinstance(event, yaml.NodeEvent):
                self.check(event)
                self.node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
        return self.root, self.lines

    def check(self, event: Any) -> None:
        self.refuse_if(isinstance(event, yaml.AliasEvent), event, f"alias *{event.anchor} is not allowed; write it out")
        self.refuse_if(event.anchor is not None, event, f"anchor &{event.anchor} is not allowed")
        self.refuse_if(event.tag is not None, event, f"tag {event.tag!r} is not allowed; write plain data")
        self.refuse_if(len(self.stack) >= MAX_DEPTH, event, f"nested more than {MAX_DEPTH} levels deep")

    def refuse_if(self, wrong: bool, event: Any, text: str) -> None:
        if not wrong:
            return
        here = ""
        if self.stack:
            top = self.stack[-1]
            last = len(top.value) if isinstance(top.value, list) else top.key
            here = dotted(top.path if last is None else (*top.path, last))
        line = event.start_mark.line + 1
        raise self.error(f"{self.name}:{line}: {here + ': ' if here else ''}{text}")

    def node(self, event: Any) -> None:
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self.refuse_if(not isinstance(event, yaml.ScalarEvent), event, "a key must be a plain word")
            self.refuse_if(event.value in top.value, event, f"key '{event.value}' is given twice")
            top.key = event.value
            self.lines[(*top.path, event.value)] = event.start_mark.line + 1
            return
        if top is None:
            path: KeyPath = ()
        elif isinstance(top.value, list):
            path = (*top.path, len(top.value))
            self.lines[path] = event.start_mark.line + 1
        else:
            path = (*top.path, str(top.key))
        value = self.value(event)
        if top is None:
            self.root = value
        elif isinstance(top.value, list):
            top.value.append(value)
        else:
            top.value[str(top.key)] = value
            top.key = None
        if isinstance(value, dict | list):
            self.stack.append(_Open(path, value))

    def value(self, event: Any) -> Any:
        if isinstance(event, yaml.MappingStartEvent):
            return {}
        if isinstance(event, yaml.SequenceStartEvent):
            return []
        if not event.implicit[0]:  # quoted or block text stays text
            return event.value
        text = event.value
        if text in _NAMED:
            return _NAMED[text]
        is_whole = bool(_INTEGER.fullmatch(text) or _PREFIXED.fullmatch(text))
        self.refuse_if(len(text) > MAX_DIGITS and is_whole, event, "number has too many digits")
        return plain_scalar(text)


def plain_scalar(text: str) -> Any:
    """What an unquoted word means in the YAML 1.2 core schema; `NO`, `on` and `10:30` are text."""
    if text in _NAMED:
        return _NAMED[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def validate(document: Document, model: type[Model]) -> Model:
    """Check a document against a pydantic model and return the model's instance.

    Raises:
        document.error: one line a problem: `file:line: key path = value, must be …`.
    """
    checker: Any = model
    try:
        return checker.model_validate(document.data)  # type: ignore[no-any-return]
    except ValueError as invalid:
        if not hasattr(invalid, "errors"):
            raise
        raise explain(document, invalid, checker.model_json_schema()) from None


def explain(document: Document, invalid: Any, schema: Mapping[str, Any]) -> InputError:
    """The error for a pydantic ValidationError: file, line, key path, value and accepted range of every problem."""
    problems = [(_path_in_data(document, p["loc"]), p) for p in invalid.errors(include_url=False)]
    missing = {key for key, problem in problems if problem["type"] == "missing"}
    found, misspelt = [], set()
    for key, problem in problems:
        if problem["type"] == "extra_forbidden":
            near, hint = _nearest(key, missing, schema)
            found.append((key, f" is not a known key; {hint}"))
            misspelt.add(near)
        else:
            found.append((key, _describe(document, key, problem, schema)))
    return document.problems([(key, text) for key, text in found if key not in missing & misspelt])


def _nearest(key: KeyPath, missing: set[KeyPath], schema: Mapping[str, Any]) -> tuple[KeyPath, str]:
    """The known key that an unknown one was probably meant to be, a missing one first, and a hint that says so."""
    known = sorted(_subschema(schema, key[:-1]).get("properties", {}))
    wanted = [name for name in known if (*key[:-1], name) in missing]
    near = get_close_matches(str(key[-1]), wanted, n=1, cutoff=0.5) or get_close_matches(str(key[-1]), known, n=1)
    return ((*key[:-1], near[0]), f"did you mean '{near[0]}'?") if near else ((), f"known: {', '.join(known)}")


def _path_in_data(document: Document, loc: KeyPath) -> KeyPath:
    """pydantic puts names of union members into its paths; keep only parts that exist, and a missing last key."""
    key: KeyPath = ()
    for position, part in enumerate(loc):
        if document.has((*key, part)) or position == len(loc) - 1:
            key = (*key, part)
    return key


def _describe(document: Document, key: KeyPath, problem: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    kind = problem["type"]
    if kind == "missing":
        return " is missing"
    try:
        value = document.at(key)
    except (KeyError, IndexError, TypeError):
        value = problem["input"]
    text = problem["ctx"]["error"] if kind == "value_error" else _accepted(_subschema(schema, key), problem)
    return f"{show(value)}, {text}" if key else f"the file: {text}"


def show(value: Any) -> str:
    """` = value` for a message, shortened; nothing for a whole mapping."""
    if isinstance(value, dict):
        return ""
    words = {None: "nothing", True: "true", False: "false"}
    text = words[value] if value is None or isinstance(value, bool) else repr(value)
    return f" = {text if len(text) <= 60 else text[:57] + '…'}"


def _subschema(schema: Mapping[str, Any], key: KeyPath) -> Mapping[str, Any]:
    """The part of a JSON Schema that describes a key path; empty if it cannot be told."""

    def resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            node = schema.get("$defs", {}).get(node["$ref"].rsplit("/", 1)[-1], {})
        options = [o for o in node.get("anyOf", ()) if o.get("type") != "null"]
        return resolve(options[0]) if len(options) == 1 else node

    node = resolve(schema)
    for part in key:
        inside = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
        if inside is None:
            inside = node.get("additionalProperties") or next(iter(node.get("patternProperties", {}).values()), None)
        node = resolve(inside) if isinstance(inside, Mapping) else {}
    return node


_TYPES = {
    "number": "a number", "integer": "a whole number", "string": "text", "boolean": "true or false",
    "array": "a list", "object": "a mapping",
}  # fmt: skip
_BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}


def _accepted(node: Mapping[str, Any], problem: Mapping[str, Any]) -> str:
    """The accepted range of a key, in words; falls back on pydantic's message."""
    kind = problem["type"]
    words = [f"{sign} {node[bound]:g}" for bound, sign in _BOUNDS.items() if bound in node]
    if kind in ("too_short", "too_long"):
        low, high = (node.get(f"{end}Items", node.get(f"{end}Properties")) for end in ("min", "max"))
        want = f"{low}" if low == high else f"{low or 0} or more" if high is None else f"{low or 0} to {high}"
        return f"must have {want} entries, has {problem['ctx']['actual_length']}"
    if "enum" in node or "const" in node:
        return f"must be one of {', '.join(map(str, node.get('enum', [node.get('const')])))}"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal") and words:
        return "must be " + " and ".join(words)
    if kind.endswith(("_type", "_parsing", "finite_number", "_from_float")) and node.get("type") in _TYPES:
        return f"must be {_TYPES[node['type']]}" + "".join(f" {'and ' if i else ''}{w}" for i, w in enumerate(words))
    if kind == "string_pattern_mismatch":
        return f"must match {problem['ctx']['pattern']}"
    return str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
