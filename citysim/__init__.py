"""Compare ways of governing a very large city: worlds, policies, logs, indicators, comparisons.

The public names below are stable. They load what they need on first use, so that `import citysim` stays quick.
"""

from importlib import import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citysim.engines.simulate import simulate
    from citysim.evaluation.run import evaluate
    from citysim.intake import arrivals, poisson_times
    from citysim.judging.scorecard import indicators
    from citysim.policy.catalog import load_policy
    from citysim.policy.durations import Exponential, Fixed, FromCase, Lognormal, Uniform
    from citysim.policy.policy import Policy
    from citysim.policy.staffing import Gate, PoolFamily, Shift, Staffing
    from citysim.policy.workflow import Workflow
    from citysim.world.sample import sample_world
    from citysim.world.scenario import load_scenario

__version__ = _version("citysim")

_HOMES = {
    "load_scenario": "citysim.world.scenario",
    "sample_world": "citysim.world.sample",
    "load_policy": "citysim.policy.catalog",
    "simulate": "citysim.engines.simulate",
    "indicators": "citysim.judging.scorecard",
    "evaluate": "citysim.evaluation.run",
    "arrivals": "citysim.intake",
    "poisson_times": "citysim.intake",
    "Workflow": "citysim.policy.workflow",
    "Policy": "citysim.policy.policy",
    "Staffing": "citysim.policy.staffing",
    "PoolFamily": "citysim.policy.staffing",
    "Shift": "citysim.policy.staffing",
    "Gate": "citysim.policy.staffing",
    "Fixed": "citysim.policy.durations",
    "Exponential": "citysim.policy.durations",
    "Lognormal": "citysim.policy.durations",
    "Uniform": "citysim.policy.durations",
    "FromCase": "citysim.policy.durations",
    "Chance": "citysim.policy.blocks",
    "Is": "citysim.policy.blocks",
}

__all__ = ["__version__", *sorted(_HOMES)]  # noqa: PLE0604 - names are loaded by __getattr__


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"citysim has no {name!r}; public names: {', '.join(__all__)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
