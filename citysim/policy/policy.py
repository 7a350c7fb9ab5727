"""A policy: how cases are worked, graded, staffed and noticed. Frozen, comparable, with a digest."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from citysim.errors import PolicyError
from citysim.policy.check import check_workflow
from citysim.policy.check_names import check_names
from citysim.policy.governance import Governance
from citysim.policy.grading import Grading
from citysim.policy.programmes import AS_NOW, Programmes
from citysim.policy.sensors import Sensing
from citysim.policy.staffing import Gate, Staffing, Tally
from citysim.policy.workflow import Workflow

NAME_OF_FILES = re.compile(r"[^\W_][\w .+-]{0,59}")
FIT_FOR_FILES = "1 to 60 letters, digits, spaces or any of _.+- and begin with a letter or digit"


_SAME_SENTENCE: ContextVar[bool] = ContextVar("same sentence", default=False)


@contextmanager
def same_sentence() -> Iterator[None]:
    """Policies built inside are not checked for their sentence and its names, which takes longest.

    Only for the same sentence with other numbers: `change.check_change` compares it, block by block, with the one that
    was checked when the run began.
    """
    token = _SAME_SENTENCE.set(True)
    try:
        yield
    finally:
        _SAME_SENTENCE.reset(token)


@dataclass(frozen=True)
class Source:
    """The design of the catalog that a workflow was built from, with which levers, and what they are usually."""

    design: str
    levers: Any
    usual: Any


@dataclass(frozen=True)
class Policy:
    """One way of governing. Building it checks the workflow; `with_` makes a variant.

    Args:
        name: identifier, for example "unified_command".
        overhead_per_week: fixed cost of coordination in yuan per week [asm].
        programmes: what is done so that incidents do not happen.
        governance: the slow loop that changes the policy between weeks, off unless it says so.
        source: what a committee builds the workflow from anew; None = a sentence of its own, whose numbers stay.
        title: what people call it, by language ("en", "zh").
    """

    name: str
    workflow: Workflow
    staffing: Staffing
    gates: tuple[Gate, ...] = ()
    tallies: tuple[Tally, ...] = ()
    grading: Grading = Grading()
    sensing: Sensing = Sensing()
    programmes: Programmes = AS_NOW
    overhead_per_week: float = 0.0
    governance: Governance = Governance()
    source: Source | None = field(default=None, compare=False)
    title: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.workflow.pending is not None:
            raise PolicyError(f"policy {self.name!r}: label {self.workflow.pending!r} has no block after it")
        if not _SAME_SENTENCE.get():
            check_workflow(self.workflow.blocks)
            check_names(self)

    def with_(self, **changes: Any) -> "Policy":
        """A variant with some fields replaced; the name stays unless given."""
        return replace(self, **changes)

    @property
    def ungoverned(self) -> "Policy":
        """The policy as it stands at the beginning, without a committee that changes it."""
        return self.with_(governance=Governance())

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything that can change a log; the title cannot."""
        parts: tuple[object, ...] = (
            self.workflow.blocks,
            self.staffing,
            self.gates,
            self.tallies,
            self.grading,
            self.sensing,
            self.overhead_per_week,
        )
        if self.programmes != AS_NOW:
            parts += (self.programmes,)
        if self.governance != Governance():
            parts += (self.governance,)
        return hashlib.sha256(repr((self.name, *parts)).encode()).hexdigest()
