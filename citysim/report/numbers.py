"""Numbers as people read them: three digits, one unit for a whole row, hours or minutes as fits."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import floor, isfinite, log10

from citysim.words import Words

MISSING = "–"
MINUS = "−"


@dataclass(frozen=True)
class Scale:
    """How the numbers of one row are written.

    Args:
        factor: multiplies the stored value. unit: key of the unit's name. decimals: digits after the point.
    """

    factor: float
    unit: str
    decimals: int

    def text(self, value: float, signed: bool = False) -> str:
        """One number without its unit."""
        if not isfinite(value):
            return MISSING
        text = f"{abs(value * self.factor):,.{self.decimals}f}"
        if not text.strip("0.,"):
            return text
        return (MINUS if value < 0 else "+" if signed else "") + text

    def interval(self, mean: float, low: float, high: float, signed: bool = False) -> str:
        """A number with its interval in brackets, if it has one."""
        return f"{self.text(mean, signed)} {self.brackets(low, high, signed)}".strip()

    def brackets(self, low: float, high: float, signed: bool = False) -> str:
        """An interval alone; `""` if there is none."""
        return f"[{self.text(low, signed)}, {self.text(high, signed)}]" if isfinite(low) else ""

    def finer(self, low: float, high: float) -> "Scale":
        """The same, with up to four decimals more where an interval clear of zero would read as zero."""
        least = min(abs(low), abs(high)) * self.factor
        if not isfinite(least) or least == 0 or (low < 0 < high):
            return self
        needed = min(-floor(log10(least)), self.decimals + 4)
        return self if least >= 0.5 * 10**-self.decimals else replace(self, decimals=max(needed, self.decimals))

    def unit_text(self, words: Words, difference: bool = False) -> str:
        """The unit's name; a difference of shares is in points."""
        return words("unit.share_difference" if difference and self.unit == "share" else f"unit.{self.unit}")

    def with_unit(self, value: float, words: Words) -> str:
        """A number with its unit."""
        space = "" if self.unit == "share" else " "
        return f"{self.text(value)}{space}{self.unit_text(words)}"


def scale_for(values: Iterable[float], unit: str) -> Scale:
    """One scale for values that stand beside each other, by the largest."""
    largest = max((abs(value) for value in values if isfinite(value)), default=0.0)
    factor, name = 1.0, unit
    if unit == "share":
        factor = 100.0
    elif unit == "h" and 0 < largest < 1:
        factor, name = 60.0, "minutes"
    elif unit in ("yuan", "yuan per week") and largest >= 1e6:
        factor, name = 1e-6, f"million {unit}"
    largest *= factor
    decimals = 2 - floor(log10(largest)) if largest > 0 else 0
    return Scale(factor, name, min(max(decimals, 0), 1 if unit == "share" and largest >= 1 else 3))


def percent(level: float) -> str:
    """A level of confidence as people write it: 95%."""
    return f"{100 * level:g}%"
