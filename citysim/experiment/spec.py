"""What an experiment is: arms that differ in named factors, and predictions stated before anybody looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citysim.yamlfile import Document

EXPECTED = ("higher", "lower", "same")
"""What a prediction may say of its contrast: above zero, below zero, within ± the smallest difference that matters."""

SAMPLES = ("full", "latin_hypercube", "sobol", "morris", "saltelli")
"""full: every combination of all levels. latin_hypercube, sobol: so many points spread over the ranges of the factors.
morris: so many trajectories of (factors + 1) points. saltelli: so many times (factors + 2) points (Sobol' indices)."""

BY_MSER5 = -1
"""A warm-up that is found by MSER-5 on the open cases of a pilot run (statistics.steady)."""


@dataclass(frozen=True)
class Measure:
    """An indicator of one group of cases or pools."""

    indicator: str
    stratum: str = "all"
    group: str = "all"

    @property
    def key(self) -> tuple[str, str, str]:
        """As the scorecard names it."""
        return self.indicator, self.stratum, self.group


@dataclass(frozen=True)
class Factor:
    """What is varied: a few levels by name, or a range.

    Args:
        levels: for each level what is otherwise in the scenario (`city`) and in the policy (`design`); empty = a range.
        values: the number of each level, where levels are values of one path.
        paths: keys that get the value, each beginning with city or design. low, high: of a range.
        is_lever: whether a government chooses it (a lever) or not (an uncertainty).
    """

    name: str
    levels: Mapping[str, Document]
    values: Mapping[str, float]
    paths: tuple[tuple[str, ...], ...] = ()
    low: float = 0.0
    high: float = 0.0
    is_lever: bool = True


@dataclass(frozen=True)
class Term:
    """The mean of the arms that `of` selects, times `weight`; of what, where terms differ in that, too."""

    weight: float
    of: Mapping[str, str]
    measure: Measure


@dataclass(frozen=True)
class Prediction:
    """A sum of terms, and which way it is expected to lie.

    Args:
        measure: of all terms that do not say another of the same unit.
        says: the prediction in words, by language. relevant: the smallest difference that matters, in the indicator's
            unit; a difference that is surely smaller refutes "higher" and "lower" and confirms "same".
    """

    says: Mapping[str, str]
    measure: Measure
    terms: tuple[Term, ...]
    expect: str
    relevant: float

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What its terms are means of, its own measure first."""
        return tuple(dict.fromkeys([self.measure, *(term.measure for term in self.terms)]))


@dataclass(frozen=True)
class Worlds:
    """How many paired worlds: `least`, and up to `most` until the interval of the first prediction is narrow enough.

    Args:
        half_width: of that interval, in the indicator's unit; 0 = `least` worlds and no more.
    """

    least: int
    most: int
    half_width: float = 0.0


@dataclass(frozen=True)
class Experiment:
    """A question with everything that decides its answer.

    Args:
        hypothesis: its number in the list of hypotheses, or "". scenario: the baseline's file.
        shown: what the answer's tables show, the primary indicator first.
        sample: one of SAMPLES; points: how many, trajectories of morris, blocks of saltelli; 0 if full.
        warm_up: weeks at the start of each world that are simulated and not judged; BY_MSER5 = as a pilot run says.
        document: the file, for messages. command: that asks it, if that is not `citysim run` of its folder.
    """

    name: str
    folder: Path
    question: Mapping[str, str]
    hypothesis: str
    caveat: Mapping[str, str]
    scenario: Path
    weeks: int
    seed: int
    worlds: Worlds
    primary: Measure
    shown: tuple[Measure, ...]
    designs: Mapping[str, Document]
    factors: tuple[Factor, ...]
    sample: str
    points: int
    predictions: tuple[Prediction, ...]
    level: float
    document: Document
    warm_up: int = 0
    command: str = ""

    def problem(self, key: tuple[str | int, ...], text: str) -> Any:
        """An error that names a key of the experiment's file."""
        return self.document.problems([(key, text)])
