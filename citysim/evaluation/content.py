"""What decides a number, as a digest: two runs with the same digest need be made only once."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.judging.scorecard import Scores
from citysim.policy.policy import Policy
from citysim.world.scenario import Scenario

PACKAGE = Path(__file__).parents[1]
ASIDE = ("evaluation", "statistics", "report", "exchange", "experiment", "cli")
"""Parts of citysim that only arrange, compare or show numbers: a change there makes no result stale."""

DECISIVE = ("evaluation/replicate.py", "evaluation/columns.py")
"""Files of those parts that do decide what is kept of a run."""

DECISIVE_PACKAGES = ("numpy", "scipy", "mesa")
"""Packages that draw, solve or order something that a number depends on; Mesa activates the committee's members."""

KEY = ("indicator", "stratum", "group")
"""What names a score of a run."""

WIDTH = 16
"""Hexadecimal digits that are kept: with a billion runs two of them agree by accident with chance 0.03."""


def world_digest(scenario: Scenario, seed: int, weeks: int, warm_up: int = 0) -> str:
    """Digest of what all designs of a study share: the worlds, and the program that draws and judges them."""
    length = f"{warm_up}+{weeks}" if warm_up else str(weeks)
    return _digest(scenario.digest, str(seed), length, program_digest())


def policy_digest(policy: Policy) -> str:
    """Digest of what a policy does; a policy with another name does the same."""
    return _digest(policy.with_(name="policy").digest)


@cache
def program_digest() -> str:
    """Digest of the source that decides numbers: whoever changes the model cannot be given results of the old one."""
    found = hashlib.sha256(" ".join(f"{name} {_version(name)}" for name in DECISIVE_PACKAGES).encode())
    for path in _sources():
        found.update(path.relative_to(PACKAGE).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _sources() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        is_decisive = name.parts[0] not in (*ASIDE, "words.py", "__init__.py")
        if is_decisive or name.as_posix() in DECISIVE:
            yield path


def scores_digest(scores: Mapping[str, npt.NDArray[Any]] | Scores) -> str:
    """SHA-256 (hex) of all scores of one run, to the bit: of columns as a store gives them, or as they were judged."""
    columns = scores if isinstance(scores, Mapping) else vars(scores)
    found = hashlib.sha256("\n".join(map("/".join, zip(*(columns[key] for key in KEY), strict=True))).encode())
    value = np.asarray(columns["value"], np.float64)
    found.update(np.where(np.isnan(value), np.nan, value).tobytes())
    found.update(np.asarray(columns["n"], np.int64).tobytes())
    return found.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:WIDTH]
