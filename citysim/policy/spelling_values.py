"""How numbers, times, durations, conditions and paces are spelled in a policy file, read in both directions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from math import isfinite
from typing import Any

from citysim.policy.blocks import Always, Among, Chance, Condition, Is, Pace, Practised, Setting, Slower, Spurred
from citysim.policy.durations import (
    ByDistrict,
    ByGrade,
    ByKind,
    ByName,
    BySupport,
    Drifting,
    Duration,
    Exponential,
    Fixed,
    FromCase,
    Lognormal,
    TimeLimit,
    Uniform,
    Value,
)
from citysim.units import CHANNELS, DAY, GRADES, HOUR, MINUTE
from citysim.yamlfile import KeyPath, show


class WrongError(Exception):
    """What is wrong with the value at a key path; becomes a PolicyError with file and line in `files`."""

    def __init__(self, key: KeyPath, text: str) -> None:
        super().__init__(text)
        self.key, self.text = key, text


UNITS = {"s": 1, "min": MINUTE, "h": HOUR, "d": DAY}
_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?) ?(s|min|h|d)")
_COMPARISON = re.compile(r"([\w:.@-]+) *(==|!=|<=|>=|<|>) *(-?\d+|\d+ ?(?:s|min|h|d)|[a-z_]+)")
_WORDS: Mapping[str, tuple[str, ...]] = {"grade": GRADES, "severity": GRADES, "channel": CHANNELS}
"""Fields whose numbers have names; a file may use either."""


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
read_list = _of_type(list, "a list")


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
    for form, made in _NAMED.items():
        if form in value and set(value) <= {form, "otherwise", "column"}:
            return made(*_read_named(value, form, key))
    if set(value) - {"most"} == {"start", "per_day", "every_days"}:
        start, per_day = (read_time(value[name], (*key, name)) for name in ("start", "per_day"))
        days, most = (
            WHOLE.read(value["every_days"], (*key, "every_days")),
            read_time(value.get("most", 1.0), (*key, "most")),
        )
        return Drifting(start, per_day, days, most)
    forms = (
        "a number, all four grades, column and times, by_name, by_district or by_support and otherwise, or start, "
        "per_day, every_days and most"
    )
    raise WrongError(key, f" has {', '.join(value) or 'nothing'}; must be {forms}")


_NAMED: Mapping[str, type[ByName] | type[ByDistrict] | type[BySupport]] = {
    "by_name": ByName,
    "by_district": ByDistrict,
    "by_support": BySupport,
}


def _read_named(
    value: dict[str, Any], form: str, key: KeyPath
) -> tuple[tuple[tuple[str, float], ...], float, str | None]:
    """Numbers by name, the one of all others, and the column that multiplies them."""
    named = value[form]
    if not isinstance(named, dict) or not all(isinstance(name, str) for name in named):
        raise WrongError((*key, form), f"{show(named)}, must be a mapping of names to numbers")
    numbers = tuple((name, read_time(number, (*key, form, name))) for name, number in named.items())
    column = None if value.get("column") is None else TEXT.read(value["column"], (*key, "column"))
    return numbers, read_time(value.get("otherwise", 1.0), (*key, "otherwise")), column


def _write_value(value: Value) -> Any:
    match value:
        case ByGrade():
            return {grade: value.at(i) for i, grade in enumerate(GRADES)}
        case ByKind(column, times):
            return {"column": column, "times": times}
        case (
            ByName(numbers, otherwise, column)
            | ByDistrict(numbers, otherwise, column)
            | BySupport(numbers, otherwise, column)
        ):
            form = next(form for form, made in _NAMED.items() if isinstance(value, made))
            more = {} if column is None else {"column": column}
            return {form: dict(numbers), "otherwise": otherwise, **more}
        case Drifting(start, per_day, every_days, most):
            return {"start": start, "per_day": per_day, "every_days": every_days, "most": most}
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
    """`grade <= orange`, `count:notices >= 2`, `{chance: 0.2}`, `{among: [gas, fire]}` or `always`."""
    if value == "always":
        return Always()
    if isinstance(value, dict) and list(value) == ["chance"]:
        return Chance(_read_value(value["chance"], (*key, "chance")))
    if isinstance(value, dict) and list(value) == ["among"]:
        return Among(_read_names(value["among"], (*key, "among")))
    found = _COMPARISON.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        forms = "{chance: …}, {among: […]}, always or a comparison such as 'grade <= orange'"
        raise WrongError(key, f"{show(value)}, must be {forms}")
    field, operator, number = found.groups()
    return Is(field, operator, _read_number_word(field, number, key))


def _read_number_word(field: str, number: str, key: KeyPath) -> int:
    """The whole number that a comparison names, by its digits, by its word, or (age) with a unit of time."""
    words = _WORDS.get(field, ())
    if field == "age" and _WITH_UNIT.fullmatch(number):
        return int(read_time(number, key))
    if number in words:
        return words.index(number)
    if not number.lstrip("-").isdigit():
        hint = near(number, list(words)) if words else f"{field} is compared with a whole number"
        raise WrongError(key, f": {number!r} is no value of {field}; {hint}")
    return int(number)


def _write_condition(when: Condition) -> Any:
    match when:
        case Chance(share):
            return {"chance": _write_value(share)}
        case Is(name, operator, number):
            words = _WORDS.get(name, ())
            return f"{name} {operator} {words[number] if 0 <= number < len(words) else number}"
        case Among(names):
            return {"among": _write_names(names)}
        case _:
            return "always"


def _read_names(value: Any, key: KeyPath) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    return tuple(TEXT.read(name, key) for name in names)


def _write_names(names: tuple[str, ...]) -> Any:
    return names[0] if len(names) == 1 else list(names)


def _read_factor(value: Any, key: KeyPath) -> Pace:
    """`{setting: travel}`, `{slower: {by: severity, each: 0.1}}`, `{practised: …}` or `{spurred: …}`."""
    if not isinstance(value, dict) or len(value) != 1:
        raise WrongError(key, f"{show(value)}, must be one of {', '.join(_PACES)} with its parameters")
    [(name, inner)] = value.items()
    here = (*key, name)
    if name not in _PACES:
        raise WrongError(here, f" is not a pace; {near(name, list(_PACES))}")
    made, spelled = _PACES[name]
    if made is Setting:
        return Setting(TEXT.read(inner, here))
    needed = [field.name for field in fields(made) if field.default is MISSING]
    if not isinstance(inner, dict) or not set(needed) <= set(inner) <= set(spelled):
        raise WrongError(here, f"{show(inner)} must have {' and '.join(needed)}, of {', '.join(spelled)}")
    return made(**{part: spelled[part].read(number, (*here, part)) for part, number in inner.items()})  # type: ignore[no-any-return]


def _write_factor(pace: Pace) -> dict[str, Any]:
    name, spelled = next((name, spelled) for name, (made, spelled) in _PACES.items() if made is type(pace))
    if isinstance(pace, Setting):
        return {name: pace.name}
    defaults = {field.name: field.default for field in fields(pace)}
    values = {part: getattr(pace, part) for part in spelled}
    return {name: {part: value for part, value in values.items() if value != defaults[part]}}


def _read_pace(value: Any, key: KeyPath) -> tuple[Pace, ...]:
    factors = value if isinstance(value, list) else [value]
    return tuple(
        _read_factor(factor, (*key, i) if isinstance(value, list) else key) for i, factor in enumerate(factors)
    )


_PACES: Mapping[str, tuple[type, Mapping[str, Spelling]]] = {
    "setting": (Setting, {}),
    "slower": (Slower, {"by": TEXT, "each": NUMBER}),
    "practised": (Practised, {"by": TEXT, "most": NUMBER, "half": NUMBER}),
    "spurred": (Spurred, {"by": TEXT, "each": NUMBER, "worn_by": TEXT, "half": NUMBER}),
}

VALUE = Spelling(_read_value, _write_value)
DURATION = Spelling(_read_duration, _write_duration)
CONDITION = Spelling(_read_condition, _write_condition)
NAMES = Spelling(_read_names, _write_names)
PACE = Spelling(_read_pace, lambda paces: [_write_factor(pace) for pace in paces])
