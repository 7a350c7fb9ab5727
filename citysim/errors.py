"""The two kinds of failure, never mixed: your input is wrong, or citysim is wrong."""


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
