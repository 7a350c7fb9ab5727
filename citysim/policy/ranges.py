"""Levers that say themselves what they are: a number with unit, plausible range and source, refused out of range."""

from dataclasses import field, fields
from typing import Any

from citysim.errors import PolicyError


def number(default: float, unit: str, low: float, high: float, source: str = "asm") -> Any:
    """A lever: its usual value, unit, plausible range and source."""
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "source": source})


def chance(default: float, source: str = "asm", low: float = 0.0, high: float = 1.0) -> Any:
    """A lever that is a share or a probability: its usual value, source and plausible range."""
    return number(default, "share", low, high, source)


def switch(default: bool) -> Any:
    """A lever that is on or off."""
    return field(default=default, metadata={"unit": "yes or no", "low": False, "high": True, "source": "asm"})


class Checked:
    """Refuses values outside the range of their lever."""

    def __post_init__(self) -> None:
        for lever in fields(self):  # type: ignore[arg-type]
            value, limits = getattr(self, lever.name), lever.metadata
            if not limits:
                continue
            what = f"{type(self).__name__.lower()}.{lever.name} = {value!r}"
            if isinstance(limits["low"], bool) != isinstance(value, bool) or not isinstance(value, int | float):
                raise PolicyError(f"{what}, must be {'true or false' if limits['low'] is False else 'a number'}")
            if lever.type is int and not isinstance(value, int):
                raise PolicyError(f"{what}, must be a whole number")
            if not limits["low"] <= value <= limits["high"]:
                raise PolicyError(f"{what}, must be within {limits['low']:g}..{limits['high']:g} {limits['unit']}")
