"""The two kinds of failure, never mixed: your input is wrong, or citysim is wrong."""

import operator
from typing import Any


class InputError(ValueError):
    """What the user gave cannot be used; the message names file, line, key, value and accepted range."""


class ScenarioError(InputError):
    """A scenario (the city, its incident types, its weather) is malformed or contradicts itself."""


class PolicyError(InputError):
    """A policy (workflow, grading, staffing, sensing) is malformed or does not fit the scenario."""


class DataError(InputError):
    """Records handed in (arrival times, case columns) are malformed."""


class SimulationBug(RuntimeError):  # noqa: N818 - the name says whose fault it is
    """An engine broke its own law. Never caught inside citysim.

    The message carries time, incident, block, digests, seed, replication and the command that replays the run.
    """


def whole_number(what: str, value: Any, least: int, most: int, error: type[InputError] = InputError) -> int:
    """A whole number from Python or numpy as an int.

    Raises:
        error: it is none, or outside [least, most].
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or not least <= number <= most:
        raise error(f"{what} = {value!r}, must be a whole number within {least}..{most}")
    return number
