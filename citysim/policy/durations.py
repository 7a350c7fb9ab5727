"""How long a step takes and how likely a branch is: distributions and values that depend on grade, kind or district.

Every number is data, so that a workflow can be printed, hashed, compared and compiled. Which luck a draw takes is
decided by the block that uses it; `seconds` turns that luck into whole seconds for both engines.
"""

from dataclasses import dataclass, fields
from math import exp, isfinite, log

from citysim.errors import PolicyError
from citysim.streams import normal_quantile
from citysim.units import GRADES


@dataclass(frozen=True)
class ByGrade:
    """A number for each risk grade, worst first; a case that was never graded counts as blue."""

    red: float
    orange: float
    yellow: float
    blue: float

    def at(self, grade: int) -> float:
        return (self.red, self.orange, self.yellow, self.blue)[grade]


@dataclass(frozen=True)
class ByKind:
    """A number read from the incident type's column, multiplied by `times`.

    Columns are those of `Intake.kinds` (for example `work_median` in seconds, `difficulty` as a factor).
    """

    column: str
    times: float = 1.0


@dataclass(frozen=True)
class Drifting:
    """A number that drifts day by day and is set back every so many days, as a model that is trained again.

    `start + per_day x (day modulo every_days)`, kept within 0 and `most`; day counts from 0.
    """

    start: float
    per_day: float
    every_days: int
    most: float = 1.0

    def at(self, day: int) -> float:
        return min(max(self.start + self.per_day * (day % self.every_days), 0.0), self.most)


@dataclass(frozen=True)
class ByName:
    """A number for each incident type, by name, multiplied by the type's `column` where one is named.

    The name of the type goes before that of its group, and that before the code of its leading department; a type that
    none of them names has `otherwise`.
    """

    numbers: tuple[tuple[str, float], ...]
    otherwise: float = 1.0
    column: str | None = None

    def of(self, *names: str) -> float:
        """The number of the first of these names that has one."""
        given = dict(self.numbers)
        return next((given[name] for name in names if name in given), self.otherwise)


@dataclass(frozen=True)
class ByDistrict:
    """A number for each district, by its id, multiplied by the incident type's `column` where one is named.

    A district that is not named has `otherwise`.
    """

    numbers: tuple[tuple[str, float], ...]
    otherwise: float = 1.0
    column: str | None = None

    def of(self, district: str) -> float:
        """The number of a district."""
        return dict(self.numbers).get(district, self.otherwise)


@dataclass(frozen=True)
class BySupport:
    """A number for each supporting department, by its code, multiplied by the incident type's `column` where one is
    named. It is that of the department whose turn it is, so it stands inside a for-each only.

    A department that is not named has `otherwise`.
    """

    numbers: tuple[tuple[str, float], ...]
    otherwise: float = 1.0
    column: str | None = None

    def of(self, department: str) -> float:
        """The number of a department."""
        return dict(self.numbers).get(department, self.otherwise)


Value = float | ByGrade | ByKind | ByName | ByDistrict | BySupport | Drifting


@dataclass(frozen=True)
class Fixed:
    """Always the same time, in seconds."""

    length: Value


@dataclass(frozen=True)
class Exponential:
    """Memoryless time with the given mean in seconds."""

    mean: Value


@dataclass(frozen=True)
class Lognormal:
    """Skewed positive time: `median` in seconds, `sigma` the standard deviation of its logarithm."""

    median: Value
    sigma: Value


@dataclass(frozen=True)
class Uniform:
    """Any time between `low` and `high` seconds, equally likely."""

    low: Value
    high: Value


@dataclass(frozen=True)
class FromCase:
    """A time written in the case's own column, in whole seconds; takes no luck."""

    column: str


@dataclass(frozen=True)
class TimeLimit:
    """The time until a deadline of the incident type runs out if its clock starts now, on its own clock.

    `which` is "on_site" or "close". A type without that deadline has no limit: a watch on it never starts.
    """

    which: str


Duration = Fixed | Exponential | Lognormal | Uniform | FromCase | TimeLimit

FIXED, EXPONENTIAL, LOGNORMAL, UNIFORM, FROM_CASE, TIME_LIMIT = range(6)
LONGEST = 1e12
"""Seconds, 31,700 years: no draw is longer, so that no sum of times leaves 64 bits."""
SHAPES = {Fixed: FIXED, Exponential: EXPONENTIAL, Lognormal: LOGNORMAL, Uniform: UNIFORM}


def seconds(shape: int, first: float, second: float, luck: float) -> int:
    """Whole seconds (half up, never negative, at most LONGEST) of a draw with the given luck.

    Args:
        shape: FIXED, EXPONENTIAL, LOGNORMAL or UNIFORM.
        first, second: its parameters in the order of the dataclass, in seconds (sigma has no unit).

    Plain arithmetic: the kernel compiles this function, the reference engine calls it.
    """
    if shape == FIXED:
        value = first
    elif shape == EXPONENTIAL:
        value = -log(1.0 - luck) * first  # 1 - luck is exact: luck is a multiple of 2**-53
    elif shape == LOGNORMAL:
        value = first * exp(min(second * normal_quantile(luck), 700.0))  # exp(710) is above all floats
    else:
        value = first + (second - first) * luck
    return int(min(value, LONGEST) + 0.5) if value > 0.0 else 0


def parameters(duration: Duration) -> tuple[Value, Value]:
    """The two parameters that `seconds` takes, still as values (the second is 0 where there is one only)."""
    match duration:
        case Fixed(length):
            return length, 0.0
        case Exponential(mean):
            return mean, 0.0
        case Lognormal(median, sigma):
            return median, sigma
        case Uniform(low, high):
            return low, high
        case _:
            raise TypeError(f"{duration!r} has no parameters")


def check_value(value: Value, what: str, low: float = 0.0, high: float = float("inf")) -> None:
    """Refuse a value outside [low, high]; by-kind values are checked when the policy meets a scenario."""
    match value:
        case ByGrade(red, orange, yellow, blue):
            for name, number in zip(GRADES, (red, orange, yellow, blue), strict=True):
                if isinstance(number, ByGrade | ByKind | ByName | ByDistrict | BySupport | Drifting):
                    raise PolicyError(f"{what}.{name} = {number!r}, must be a number")
                check_value(number, f"{what}.{name}", low, high)
        case Drifting():
            _check_drifting(value, what, high)
        case ByKind(column, times):
            if not isinstance(column, str) or not column:
                raise PolicyError(f"{what}.column = {column!r}, must name a column of the incident types")
            check_value(times, f"{what}.times", 0.0)
        case (
            ByName(numbers, otherwise, column)
            | ByDistrict(numbers, otherwise, column)
            | BySupport(numbers, otherwise, column)
        ):
            names = [name for name, _ in numbers]
            if len(set(names)) < len(names) or not all(names) or column == "":
                raise PolicyError(f"{what}: names must be different and not empty: {', '.join(map(repr, names))}")
            for name, number in (*numbers, ("otherwise", otherwise)):
                check_value(number, f"{what}.{name}", low, high if column is None else float("inf"))
        case bool() | str() | None:
            raise PolicyError(f"{what} = {value!r}, must be a number, a by-grade, a by-kind or a drifting value")
        case _:
            if not low <= value <= high:  # also refuses nan
                raise PolicyError(f"{what} = {value}, must be within {low:g}..{high:g}")


def _check_drifting(value: Drifting, what: str, high: float) -> None:
    for name, number in (("start", value.start), ("per_day", value.per_day)):
        if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
            raise PolicyError(f"{what}.{name} = {number!r}, must be a number")
    if isinstance(value.every_days, bool) or not isinstance(value.every_days, int) or value.every_days < 1:
        raise PolicyError(f"{what}.every_days = {value.every_days!r}, must be a whole number from 1 on")
    check_value(value.most, f"{what}.most", 0.0, high)
    if not 0.0 < value.most < float("inf"):
        raise PolicyError(f"{what}.most = {value.most!r}, must be above 0 and finite")


def check_duration(duration: Duration, what: str) -> None:
    """Refuse a duration whose parameters are out of range."""
    match duration:
        case FromCase(column):
            if not column:
                raise PolicyError(f"{what}.column is empty, must name a column of the cases")
        case TimeLimit(which):
            if which not in ("on_site", "close"):
                raise PolicyError(f"{what}.which = {which!r}, must be 'on_site' or 'close'")
        case Fixed() | Exponential() | Lognormal() | Uniform():
            for parameter in fields(duration):
                check_value(getattr(duration, parameter.name), f"{what}.{parameter.name}")
            if isinstance(duration, Uniform):
                low, high = duration.low, duration.high
                if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
                    raise PolicyError(f"{what}.low = {low:g}, must be <= high {high:g}")
        case _:
            raise PolicyError(f"{what} = {duration!r}, must be a duration such as Exponential(600)")
