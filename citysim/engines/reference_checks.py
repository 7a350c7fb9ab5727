"""Refuses a policy that names what the world or its staffing lack, before the reference engine starts.

Names that the policy itself must know (gates, tallies, counters, grading rules) were checked when it was built.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from citysim.engines.reference_pools import family_name
from citysim.engines.reference_state import Body, Step
from citysim.errors import DataError, PolicyError
from citysim.intake import Intake
from citysim.policy.blocks import (
    BLOCKS,
    FIELDS,
    PREFIXES,
    Among,
    CallIn,
    Is,
    Practised,
    Seize,
    Setting,
    Slower,
    Spurred,
)
from citysim.policy.durations import ByDistrict, ByKind, ByName, BySupport, FromCase
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
        DataError: more supports than a for-each has lanes, a negative time in a column of the cases, or a setting that
            has no hours or a number that is not finite.
    """
    if intake.kinds.supports.shape[1] > MAX_SUPPORT:
        raise DataError(f"intake: types have up to {intake.kinds.supports.shape[1]} supports, at most {MAX_SUPPORT}")
    for step in main.all_steps():
        what = f"policy {policy.name!r}: block {step.label!r}"
        match step.block:
            case Seize(pools):
                _check_pools(intake, policy, step, pools, f"{what} seizes")
            case CallIn(pool):
                _check_pools(intake, policy, step, (pool,), f"{what} calls in")
        for part in _parts(step.block):
            _check_part(intake, part, what)
            for field in _fields_of(part):
                _check_field(intake, policy, step, field, what)


def _check_pools(intake: Intake, policy: Policy, step: Step, pools: tuple[str, ...], what: str) -> None:
    """Every pool that the block can mean exists, and no two of its names mean the same family."""
    if any(".support" in pool for pool in pools) and not step.has_turn:
        raise PolicyError(f"{what} a '.support' outside a for-each, where no department has its turn")
    for kind in np.unique(intake.kind).tolist():
        of_type = f"for type {intake.kinds.ids[kind]!r}"
        lead, supports = departments_of(intake, kind)
        most = int(intake.n_support[intake.kind == kind].max())
        for turn in range(min(most, len(supports))) if step.has_turn else range(1):
            names = []
            for pool in pools:
                try:
                    name, _ = family_name(pool, lead, supports, turn)
                except PolicyError as error:
                    raise PolicyError(f"{what} {pool!r}, but {of_type} there is {error}") from None
                if policy.staffing.family(name) is None:
                    there = _list(family.name for family in policy.staffing.families)
                    missing = f"{what} {pool!r}, {of_type} the family {name!r}"
                    raise PolicyError(f"{missing}, which the staffing lacks; families are: {there}")
                names.append(name)
            if len(set(names)) < len(names):
                raise PolicyError(f"{what} {', '.join(pools)}, which {of_type} mean the same family {names[0]!r}")


def _parts(value: Any) -> Iterator[Any]:
    """The durations, values, conditions and paces of one block, without the blocks inside it."""
    for part in fields(value):
        inner = getattr(value, part.name)
        for element in inner if isinstance(inner, tuple) else (inner,):
            if is_dataclass(element) and not isinstance(element, BLOCKS):
                yield element
                yield from _parts(element)


def _check_part(intake: Intake, part: Any, what: str) -> None:
    kinds = intake.kinds
    match part:
        case ByKind(column):
            if column not in kinds.columns:
                raise PolicyError(f"{what} reads column {column!r} of the types; there are: {_list(kinds.columns)}")
        case ByName(numbers, _, column):
            if column is not None and column not in kinds.columns:
                raise PolicyError(f"{what} reads column {column!r} of the types; there are: {_list(kinds.columns)}")
            known = {*kinds.ids, *kinds.groups, *kinds.departments}
            for name, _ in numbers:
                if name not in known:
                    raise PolicyError(f"{what} names {name!r}, which is no type, group or department here")
        case ByDistrict(numbers, _, column):
            if column is not None and column not in kinds.columns:
                raise PolicyError(f"{what} reads column {column!r} of the types; there are: {_list(kinds.columns)}")
            for name, _ in numbers:
                if name not in intake.places.district_ids:
                    there = _list(intake.places.district_ids)
                    raise PolicyError(f"{what} names {name!r}, which is no district here; there are: {there}")
        case BySupport(numbers, _, column):
            if column is not None and column not in kinds.columns:
                raise PolicyError(f"{what} reads column {column!r} of the types; there are: {_list(kinds.columns)}")
            for name, _ in numbers:
                if name not in kinds.departments:
                    there = _list(kinds.departments)
                    raise PolicyError(f"{what} names {name!r}, which is no department here; there are: {there}")
        case FromCase(column):
            if column not in intake.columns:
                raise PolicyError(f"{what} reads column {column!r} of the cases; there are: {_list(intake.columns)}")
            if len(intake) and int(np.min(intake.columns[column])) < 0:
                raise DataError(f"{what} takes its time from column {column!r}, which has negative times")
        case Among(names):
            for name in names:
                if name not in kinds.ids and name not in kinds.groups:
                    there = f"types are: {_list(kinds.ids)}; groups are: {_list(sorted(set(kinds.groups)))}"
                    raise PolicyError(f"{what} asks whether a case is among {name!r}; {there}")
        case Setting(name):
            _check_setting(intake, name, what)


def _fields_of(part: Any) -> Iterator[str]:
    """The fields that a condition or a pace asks for."""
    match part:
        case Is(field) | Slower(field) | Practised(field):
            yield field
        case Spurred(field, worn_by=worn_by):
            yield field
            if worn_by is not None:
                yield worn_by


def _check_field(intake: Intake, policy: Policy, step: Step, field: str, what: str) -> None:
    prefix, colon, name = field.partition(":")
    if colon and prefix == "setting":
        _check_setting(intake, name, what)
    elif colon and prefix in ("waiting", "free"):
        _check_pools(intake, policy, step, (name,), f"{what} asks for {prefix!r} of")
    elif not (colon and prefix in PREFIXES) and field not in FIELDS and field not in intake.columns:
        raise PolicyError(f"{what} asks for {field!r}; fields and columns are: {_list([*FIELDS, *intake.columns])}")


def _check_setting(intake: Intake, name: str, what: str) -> None:
    if name not in intake.settings:
        raise PolicyError(f"{what} asks for setting {name!r}; settings are: {_list(intake.settings)}")
    values = intake.settings[name]
    if not (len(values) and np.isfinite(values).all()):
        raise DataError(f"{what} asks for setting {name!r}, which must have at least one hour and finite numbers")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
