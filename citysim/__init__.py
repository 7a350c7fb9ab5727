"""Compare ways of governing a very large city: worlds, policies, logs, indicators, comparisons.

The public names below are stable. They load what they need on first use, so that `import citysim` stays quick.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "load_scenario": "citysim.world.scenario",
    "sample_world": "citysim.world.sample",
    "load_policy": "citysim.policy.catalog",
    "simulate": "citysim.engines.simulate",
    "govern": "citysim.committee.govern",
    "indicators": "citysim.judging.scorecard",
    "evaluate": "citysim.evaluation.run",
    "open_results": "citysim.evaluation.results",
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

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # costs 30 ms, so only when asked

        return version("citysim")
    if name not in _HOMES:
        raise AttributeError(f"citysim has no {name!r}; public names: {', '.join(__all__)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
