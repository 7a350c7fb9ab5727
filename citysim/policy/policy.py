"""A policy: how cases are worked, graded, staffed and noticed. Frozen, comparable, with a digest."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Any

from citysim.errors import PolicyError
from citysim.policy.check import check_workflow
from citysim.policy.check_names import check_names
from citysim.policy.grading import Grading
from citysim.policy.sensors import Sensing
from citysim.policy.staffing import Gate, Staffing, Tally
from citysim.policy.workflow import Workflow

NAME_OF_FILES = re.compile(r"[^\W_][\w .+-]{0,59}")
FIT_FOR_FILES = "1 to 60 letters, digits, spaces or any of _.+- and begin with a letter or digit"


@dataclass(frozen=True)
class Policy:
    """One way of governing. Building it checks the workflow; `with_` makes a variant.

    Args:
        name: identifier, for example "unified_command".
        overhead_per_week: fixed cost of coordination in yuan per week [asm].
        title: what people call it, by language ("en", "zh").
    """

    name: str
    workflow: Workflow
    staffing: Staffing
    gates: tuple[Gate, ...] = ()
    tallies: tuple[Tally, ...] = ()
    grading: Grading = Grading()
    sensing: Sensing = Sensing()
    overhead_per_week: float = 0.0
    title: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.workflow.pending is not None:
            raise PolicyError(f"policy {self.name!r}: label {self.workflow.pending!r} has no block after it")
        check_workflow(self.workflow.blocks)
        check_names(self)

    def with_(self, **changes: Any) -> "Policy":
        """A variant with some fields replaced; the name stays unless given."""
        return replace(self, **changes)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything that can change a log; the title cannot."""
        parts = (
            self.workflow.blocks,
            self.staffing,
            self.gates,
            self.tallies,
            self.grading,
            self.sensing,
            self.overhead_per_week,
        )
        return hashlib.sha256(repr((self.name, *parts)).encode()).hexdigest()
