"""Refuses a policy that names what the world or its staffing lack, before the reference engine starts."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from citysim.engines.reference_pools import family_name
from citysim.engines.reference_state import Body, Step
from citysim.errors import DataError, PolicyError
from citysim.intake import Intake
from citysim.policy.blocks import FIELDS, Is, Seize
from citysim.policy.durations import ByKind, FromCase
from citysim.policy.policy import Policy
from citysim.policy.workflow import MAX_SUPPORT


def departments_of(intake: Intake, kind: int) -> tuple[str | None, tuple[str, ...]]:
    """Codes of a type's leading department and of all its supports."""
    kinds = intake.kinds
    lead = int(kinds.lead[kind])
    supports = tuple(kinds.departments[d] for d in kinds.supports[kind].tolist() if d >= 0)
    return (kinds.departments[lead] if lead >= 0 else None), supports


def check_fits(intake: Intake, policy: Policy, main: Body) -> None:
    """Raise PolicyError unless every name in the workflow means something for every type that occurs.

    Raises:
        PolicyError: names the policy, the block, what is missing and what there is.
        DataError: more supports than a for-each has lanes, or a negative time in a column of the cases.
    """
    kinds = [int(kind) for kind in np.unique(intake.kind)]
    if intake.kinds.supports.shape[1] > MAX_SUPPORT:
        raise DataError(f"intake: types have up to {intake.kinds.supports.shape[1]} supports, at most {MAX_SUPPORT}")
    for step in main.all_steps():
        what = f"policy {policy.name!r}: block {step.label!r}"
        if isinstance(step.block, Seize):
            for kind in kinds:
                _check_families(intake, policy, step, step.block, kind, what)
        for part in _parts(step.block):
            _check_columns(intake, part, what)


def _check_families(intake: Intake, policy: Policy, step: Step, block: Seize, kind: int, what: str) -> None:
    """Every pool that the block can ask for exists, and no two of its names mean the same."""
    lead, supports = departments_of(intake, kind)
    most = int(intake.n_support[intake.kind == kind].max())
    has_role = any(name.endswith(".support") for name in block.pools)
    if has_role and not step.has_turn:
        raise PolicyError(f"{what} seizes a '.support' outside a for-each, where no department has its turn")
    turns = range(min(most, len(supports))) if step.has_turn else range(1)
    for turn in turns:
        names = []
        for pool in block.pools:
            try:
                name = family_name(pool, lead, supports, turn)
            except PolicyError as error:
                raise PolicyError(f"{what} seizes {pool!r}, but type {intake.kinds.ids[kind]!r} has {error}") from None
            if policy.staffing.family(name) is None:
                there = ", ".join(family.name for family in policy.staffing.families) or "none"
                raise PolicyError(
                    f"{what} seizes {pool!r}, for type {intake.kinds.ids[kind]!r} the family {name!r},"
                    f" which the staffing lacks; families are: {there}"
                )
            names.append(name)
        if len(set(names)) < len(names):
            raise PolicyError(f"{what} seizes {', '.join(block.pools)}, which mean the same family {names[0]!r}")


def _parts(value: Any) -> Iterator[Any]:
    """The durations, values and conditions of one block, without the blocks inside it."""
    for part in fields(value):
        inner = getattr(value, part.name)
        if is_dataclass(inner):
            yield inner
            yield from _parts(inner)


def _check_columns(intake: Intake, part: Any, what: str) -> None:
    match part:
        case ByKind(column):
            there = list(intake.kinds.columns)
            if column not in there:
                raise PolicyError(f"{what} reads column {column!r} of the types; there are: {_list(there)}")
        case FromCase(column):
            if column not in intake.columns:
                raise PolicyError(f"{what} reads column {column!r} of the cases; there are: {_list(intake.columns)}")
            if len(intake) and int(np.min(intake.columns[column])) < 0:
                raise DataError(f"{what} takes its time from column {column!r}, which has negative times")
        case Is(field):
            if field not in FIELDS and field not in intake.columns:
                there = [*FIELDS, *intake.columns]
                raise PolicyError(f"{what} asks for {field!r}; fields and columns are: {_list(there)}")


def _list(names: Any) -> str:
    return ", ".join(names) or "none"
