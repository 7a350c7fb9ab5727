"""The shape of experiment.yaml: what may be written, in which unit and range. Only `experiment/read.py` reads this.

Kept apart because it needs pydantic, which costs a fifth of a second to import.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Word = Annotated[str, Field(pattern=r"^[^\W_][\w .+-]*$", max_length=40)]
Number = Annotated[float, Field(ge=-1e12, le=1e12)]
Value = bool | int | Number | str


LONGEST_WARM_UP = 520
"""Weeks."""


def _warm_up(value: Any) -> Any:
    is_weeks = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_WARM_UP
    if not is_weeks and value != "mser5":
        raise ValueError(f"must be weeks from 0 to {LONGEST_WARM_UP}, or mser5")
    return value


class Part(BaseModel):
    """Strict: unknown keys, text for numbers and infinite numbers are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class Spoken(Part):
    """The same in both languages."""

    en: Text
    zh: Text


class WorldsFile(Part):
    """Worlds until an interval is narrow enough."""

    least: Annotated[int, Field(ge=2, le=1_000_000)]
    most: Annotated[int, Field(ge=2, le=1_000_000)]
    half_width: Annotated[float, Field(gt=0, le=1e12, description="of the first prediction's interval")]


class FactorFile(Part):
    """One thing that is varied."""

    path: str | list[str] = Field(default=[], description="keys below city. or design. that get the value")
    values: Annotated[list[Value] | None, Field(min_length=1, max_length=100)] = None
    low: Number | None = None
    high: Number | None = None
    levels: Annotated[dict[Word, dict[str, Any]] | None, Field(min_length=1, max_length=100)] = None
    kind: Annotated[
        Literal["lever", "uncertainty"] | None, Field(description="default: lever, if only designs differ")
    ] = None


class TermFile(Part):
    """A mean of arms, weighted."""

    weight: Number
    of: dict[str, Value]
    indicator: Annotated[str | None, Field(description="default: that of the prediction; of the same unit")] = None


class PredictionFile(Part):
    """What is expected."""

    says: Spoken
    indicator: str | None = None
    of: dict[str, Value] | None = None
    minus: dict[str, Value] | None = None
    sum: Annotated[list[TermFile] | None, Field(min_length=1, max_length=64)] = None
    expect: Literal["higher", "lower", "same"]
    relevant: Annotated[float, Field(ge=0, le=1e12)] = 0.0


class ExperimentFile(Part):
    """A question, what is varied, and what is predicted."""

    question: Spoken
    hypothesis: Annotated[str, Field(pattern=r"^(H\d+)?$")] = ""
    caveat: Spoken | None = None
    scenario: Text
    weeks: Annotated[int, Field(ge=1, le=1040, description="that are judged")]
    seed: Annotated[int, Field(ge=0, le=2**64 - 1)] = 1
    worlds: Annotated[int, Field(ge=2, le=1_000_000)] | WorldsFile
    level: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    primary: Text
    shown: Annotated[list[str], Field(max_length=12)] = []
    designs: Annotated[dict[Word, dict[str, Any]], Field(min_length=1, max_length=100)]
    factors: Annotated[dict[Word, FactorFile], Field(max_length=60)] = {}
    warm_up: Annotated[
        Any, BeforeValidator(_warm_up), Field(description="weeks before those that are judged; mser5")
    ] = 0
    sample: Literal["full", "latin_hypercube", "sobol", "morris", "saltelli"] = "full"
    points: Annotated[
        int | None, Field(ge=2, le=100_000, description="of a sample that is not full; trajectories, blocks")
    ] = None
    predictions: Annotated[list[PredictionFile], Field(max_length=20)] = []
