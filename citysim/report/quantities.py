"""A number of an input with its unit, as people say it."""

from dataclasses import fields, is_dataclass
from typing import Any

from citysim.words import Words

LONGEST = 120
ENDINGS = {"_hours": "hours", "_share": "share", "_chance": "share", "_per_100k_year": "per 100,000 and year"}
"""Units that the name of a number says itself."""


def unit_of(name: str) -> str:
    """The unit that a name ends with; "" if none."""
    return next((unit for ending, unit in ENDINGS.items() if name.endswith(ending)), "")


def quantity(value: Any, unit: str, words: Words) -> str:
    """A value in its unit; lists item by item, records by their id."""
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return words("quantity.yes" if value else "quantity.no")
    if is_number(value):
        return _in_unit(plain(round(100 * value, 6) if unit == "share" else value), unit, words)
    if isinstance(value, tuple | list):
        return _short(", ".join(quantity(item, unit, words) for item in value))
    if is_dataclass(value) and not isinstance(value, type):
        named = getattr(value, "id", None) or getattr(value, "name", None)
        own = (f"{field.name} {quantity(getattr(value, field.name), '', words)}" for field in fields(value))
        return str(named) if named else _short("; ".join(own))
    return _short(str(value))


def change(before: Any, after: Any, unit: str, words: Words) -> str:
    """Both values with the unit once where both are numbers: 12 → 14 seats."""
    numbers = [plain(round(100 * v, 6) if unit == "share" else v) for v in (before, after) if is_number(v)]
    if len(numbers) == 2:
        return _in_unit(" → ".join(numbers), unit, words)
    return f"{quantity(before, unit, words)} → {quantity(after, unit, words)}"


def is_number(value: Any) -> bool:
    """Whether it is a number and no switch."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def plain(value: float) -> str:
    """A number without exponent where it is whole: 30,000; 0.05."""
    return f"{int(value):,}" if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"


def _in_unit(number: str, unit: str, words: Words) -> str:
    if unit == "share":
        return f"{number}%"
    if f"quantity.{unit}" in words.texts:
        return words(f"quantity.{unit}", value=number)
    return f"{number} {unit}" if unit not in ("", "-") else number


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
