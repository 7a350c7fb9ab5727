"""How blocks, durations and conditions are spelled in a policy file: one table, read in both directions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from math import isfinite
from typing import Any

from citysim.policy.blocks import (
    Always,
    Block,
    Bounce,
    Chance,
    Close,
    Condition,
    Delay,
    ForEach,
    Grade,
    Is,
    Leave,
    Mark,
    Merge,
    RaisePriority,
    Release,
    Route,
    Seize,
    Split,
    Verify,
    WaitForSlot,
    Watch,
)
from citysim.policy.durations import (
    ByGrade,
    ByKind,
    Duration,
    Exponential,
    Fixed,
    FromCase,
    Lognormal,
    TimeLimit,
    Uniform,
    Value,
)
from citysim.units import DAY, GRADES, HOUR, MINUTE
from citysim.yamlfile import KeyPath, show


class WrongError(Exception):
    """What is wrong with the value at a key path; becomes a PolicyError with file and line in `files`."""

    def __init__(self, key: KeyPath, text: str) -> None:
        super().__init__(text)
        self.key, self.text = key, text


UNITS = {"s": 1, "min": MINUTE, "h": HOUR, "d": DAY}
_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?) ?(s|min|h|d)")
_COMPARISON = re.compile(r"(\w+) *(==|!=|<=|>=|<|>) *(-?\d+)")


@dataclass(frozen=True)
class Spelling:
    """How values of one sort are read from plain data and written back."""

    read: Callable[[Any, KeyPath], Any]
    write: Callable[[Any], Any] = lambda value: value


def near(word: str, known: list[str]) -> str:
    """`; did you mean …?` or the list of what is known."""
    found = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean '{found[0]}'?" if found else f"known: {', '.join(known)}"


def _of_type(types: type | tuple[type, ...], what: str) -> Callable[[Any, KeyPath], Any]:
    def read(value: Any, key: KeyPath) -> Any:
        if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
            raise WrongError(key, f"{show(value)}, must be {what}")
        return value

    return read


def _read_number(value: Any, key: KeyPath) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise WrongError(key, f"{show(value)}, must be a number")
    return value


def _read_cost(value: Any, key: KeyPath) -> float:
    if _read_number(value, key) < 0:
        raise WrongError(key, f"{show(value)}, must be a number >= 0")
    return float(value) if isinstance(value, int) else value  # type: ignore[no-any-return]


TEXT = Spelling(_of_type(str, "text"))
NUMBER, COST = Spelling(_read_number), Spelling(_read_cost)
WHOLE = Spelling(_of_type(int, "a whole number"))

YES_NO = Spelling(_of_type(bool, "true or false"))
_list = _of_type(list, "a list")


def read_time(value: Any, key: KeyPath) -> float:
    """Seconds, or text with a unit: `20 min`, `6 h`, `3 d`."""
    if isinstance(value, str):
        found = _WITH_UNIT.fullmatch(value)
        if found is None:
            raise WrongError(key, f"{show(value)}, must be seconds or a number with a unit ({', '.join(UNITS)})")
        seconds = float(found[1]) * UNITS[found[2]]
        return int(seconds) if seconds.is_integer() else seconds
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise WrongError(key, f"{show(value)}, must be seconds or a number with a unit ({', '.join(UNITS)})")
    return value


def _read_value(value: Any, key: KeyPath) -> Value:
    if not isinstance(value, dict):
        return read_time(value, key)
    if set(value) == set(GRADES):
        return ByGrade(*(read_time(value[grade], (*key, grade)) for grade in GRADES))
    if "column" in value and set(value) <= {"column", "times"}:
        times = read_time(value.get("times", 1.0), (*key, "times"))
        return ByKind(TEXT.read(value["column"], (*key, "column")), times)
    raise WrongError(
        key, f" has {', '.join(value) or 'nothing'}; must be a number, all four grades, or column and times"
    )


def _write_value(value: Value) -> Any:
    match value:
        case ByGrade():
            return {grade: value.at(i) for i, grade in enumerate(GRADES)}
        case ByKind(column, times):
            return {"column": column, "times": times}
        case _:
            return value


_SHAPES: Mapping[str, tuple[type, tuple[str, ...]]] = {
    "fixed": (Fixed, ("length",)),
    "exponential": (Exponential, ("mean",)),
    "lognormal": (Lognormal, ("median", "sigma")),
    "uniform": (Uniform, ("low", "high")),
    "from_case": (FromCase, ("column",)),
    "time_limit": (TimeLimit, ("which",)),
}


def _read_duration(value: Any, key: KeyPath) -> Duration:
    """`{lognormal: {median: 6 h, sigma: 0.8}}`, `{exponential: 3 min}`, `{time_limit: close}`, or a fixed time."""
    if not isinstance(value, dict):
        return Fixed(read_time(value, key))
    if len(value) != 1:
        raise WrongError(key, f" has {len(value)} keys, must be one of {', '.join(_SHAPES)} with its parameters")
    [(shape, inner)] = value.items()
    if shape not in _SHAPES:
        raise WrongError((*key, shape), f" is not a duration; {near(shape, list(_SHAPES))}")
    made, names = _SHAPES[shape]
    here = (*key, shape)
    if made in (FromCase, TimeLimit):
        return made(TEXT.read(inner, here))  # type: ignore[no-any-return]
    if len(names) == 1:
        return made(_read_value(inner, here))  # type: ignore[no-any-return]
    if not isinstance(inner, dict) or set(inner) != set(names):
        raise WrongError(here, f"{show(inner)} must have {' and '.join(names)}")
    return made(*(_read_value(inner[name], (*here, name)) for name in names))  # type: ignore[no-any-return]


def _write_duration(duration: Duration) -> Any:
    shape, names = next((shape, names) for shape, (made, names) in _SHAPES.items() if made is type(duration))
    values = {name: _write_value(getattr(duration, name)) for name in names}
    return {shape: values if len(names) > 1 else values[names[0]]}


def _read_condition(value: Any, key: KeyPath) -> Condition:
    """`grade <= 1`, `{chance: 0.2}` or `always`."""
    if value == "always":
        return Always()
    if isinstance(value, dict) and list(value) == ["chance"]:
        return Chance(_read_value(value["chance"], (*key, "chance")))
    found = _COMPARISON.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise WrongError(key, f"{show(value)}, must be {{chance: …}}, always or a comparison such as 'grade <= 1'")
    return Is(found[1], found[2], int(found[3]))


def _write_condition(when: Condition) -> Any:
    match when:
        case Chance(share):
            return {"chance": _write_value(share)}
        case Is(name, operator, number):
            return f"{name} {operator} {number}"
        case _:
            return "always"


def _read_names(value: Any, key: KeyPath) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    return tuple(TEXT.read(name, key) for name in names)


def _read_body(value: Any, key: KeyPath) -> tuple[Block, ...]:
    return tuple(read_block(block, (*key, i)) for i, block in enumerate(_list(value, key)))


def _read_branches(value: Any, key: KeyPath) -> tuple[tuple[Block, ...], ...]:
    return tuple(_read_body(branch, (*key, i)) for i, branch in enumerate(_list(value, key)))


def _read_nothing(value: Any, key: KeyPath) -> None:
    if value is not None:
        raise WrongError(key, f"{show(value)}, must be empty")


VALUE = Spelling(_read_value, _write_value)
DURATION = Spelling(_read_duration, _write_duration)
CONDITION = Spelling(_read_condition, _write_condition)
NAMES = Spelling(_read_names, lambda names: names[0] if len(names) == 1 else list(names))
BODY = Spelling(_read_body, lambda body: [write_block(block) for block in body])
BRANCHES = Spelling(_read_branches, lambda branches: [BODY.write(branch) for branch in branches])


@dataclass(frozen=True)
class Verb:
    """One verb of the language: the block it makes, its first argument (None = none), and how all are spelled."""

    block: type
    first: str | None
    spelled: Mapping[str, Spelling] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> list[str]:
        return [name for name in self.spelled if name != self.first]


_LUCK = {"luck": TEXT}
VERBS: Mapping[str, Verb] = {
    "seize": Verb(
        Seize, "pools",
        {
            "pools": NAMES, "units": WHOLE, "preempt": YES_NO, "patience": DURATION, "room": WHOLE, "otherwise": TEXT,
            **_LUCK,
        },
    ),
    "delay": Verb(Delay, "duration", {"duration": DURATION, "interruptible": YES_NO, "off_clock": YES_NO, **_LUCK}),
    "release": Verb(Release, "pools", {"pools": NAMES}),
    "go_to": Verb(Route, "to", {"to": TEXT, **_LUCK}, {"when": Always()}),
    "route": Verb(Route, "when", {"when": CONDITION, "to": TEXT, **_LUCK}),
    "split": Verb(Split, "branches", {"branches": BRANCHES}),
    "for_each_support": Verb(ForEach, "body", {"body": BODY, "parallel": YES_NO}),
    "wait_for_slot": Verb(WaitForSlot, "gate", {"gate": TEXT}),
    "watch": Verb(Watch, "after", {"after": DURATION, "body": BODY, **_LUCK}),
    "raise_priority": Verb(RaisePriority, "by", {"by": WHOLE}),
    "mark": Verb(Mark, "milestone", {"milestone": TEXT}),
    "grade": Verb(Grade, None, {"set_priority": YES_NO, **_LUCK}),
    "bounce": Verb(Bounce, "after", {"after": DURATION, "to": TEXT, **_LUCK}),
    "verify": Verb(Verify, "fails", {"fails": VALUE, "to": TEXT, **_LUCK}),
    "merge": Verb(Merge, None),
    "close": Verb(Close, None),
    "leave": Verb(Leave, None),
}  # fmt: skip
"""The verbs of `Workflow`, in the same words. `at` (a label) may stand beside any of them."""


def read_block(data: Any, key: KeyPath) -> Block:
    """One block from plain data: a mapping with one verb, its options and perhaps a label, or a bare verb."""
    if isinstance(data, str):
        data = {data: None}
    if not isinstance(data, dict):
        raise WrongError(key, f"{show(data)}, must be a block such as 'mark: filed'")
    verbs = [name for name in data if name in VERBS]
    if len(verbs) != 1:
        others = [name for name in data if name != "at" and name not in VERBS]
        if verbs or not others:
            raise WrongError(key, f" has {len(verbs)} verbs ({', '.join(verbs) or 'none'}), must have one")
        raise WrongError((*key, others[0]), f" is not a block; {near(others[0], list(VERBS))}")
    verb = VERBS[verbs[0]]
    unknown = [name for name in data if name not in (verbs[0], "at", *verb.options)]
    if unknown:
        text = f" is not an option of {verbs[0]}; {near(unknown[0], ['at', *verb.options])}"
        raise WrongError((*key, unknown[0]), text)
    values: dict[str, Any] = dict(verb.given)
    if verb.first is None:
        _read_nothing(data[verbs[0]], (*key, verbs[0]))
    required = {f.name for f in fields(verb.block) if f.default is MISSING}
    for name, spelling in verb.spelled.items():
        written = verbs[0] if name == verb.first else name
        if written in data:
            values[name] = spelling.read(data[written], (*key, written))
        elif name in required:
            raise WrongError((*key, written), " is missing")
    if "at" in data:
        values["name"] = TEXT.read(data["at"], (*key, "at"))
    return verb.block(**values)  # type: ignore[no-any-return]


def write_block(block: Block) -> dict[str, Any]:
    """The plain data that `read_block` reads as this block; what equals its default is left out."""
    name, verb = next(
        (name, verb)
        for name, verb in VERBS.items()
        if verb.block is type(block) and all(getattr(block, key) == value for key, value in verb.given.items())
    )
    data: dict[str, Any] = {"at": block.name} if block.name is not None else {}
    data[name] = verb.spelled[verb.first].write(getattr(block, verb.first)) if verb.first else None
    defaults = {f.name: f.default for f in fields(verb.block)}
    for option in verb.options:
        if getattr(block, option) != defaults[option]:
            data[option] = verb.spelled[option].write(getattr(block, option))
    return data
