"""Do the names that a workflow uses exist: its pools in the staffing, its fields and columns in the city?

The engines refuse what does not exist when a policy meets its cases; this says it earlier, of a policy in a file.
"""

from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from citysim.errors import PolicyError
from citysim.policy.blocks import FIELDS, Block, Is, Release, Seize
from citysim.policy.durations import ByKind, FromCase
from citysim.policy.policy import Policy
from citysim.policy.workflow import walk


def check_names(policy: Policy, columns: Collection[str] | None) -> None:
    """Refuse a pool that nobody staffs, and a field or column that no case of a city has.

    Args:
        columns: of the incident types of a city; None = the policy may be for cases with columns of their own.

    Raises:
        PolicyError: names the block, the unknown name and the known ones.
    """
    families = [family.name for family in policy.staffing.families]
    for place in walk(policy.workflow.blocks):
        block = place.block
        for pool in block.pools if isinstance(block, Seize | Release) else ():
            if "." not in pool and pool not in families:
                raise PolicyError(f"block {place.label!r} names pool {pool!r}; {_known(families)}")
        for part in _parts(block) if columns is not None else ():
            if isinstance(part, Is) and part.field not in FIELDS:
                raise PolicyError(f"block {place.label!r} asks for {part.field!r}; {_known(FIELDS)}")
            if isinstance(part, ByKind) and part.column not in (columns or ()):
                raise PolicyError(f"block {place.label!r} reads column {part.column!r}; {_known(columns or ())}")
            if isinstance(part, FromCase):
                raise PolicyError(f"block {place.label!r} reads column {part.column!r}; cases of a city have none")


def _known(names: Collection[str]) -> str:
    shown = [name for name in names if not name.startswith("crew:")]
    return f"must be one of {', '.join(shown)}" + (", or a crew" if len(shown) < len(names) else "")


def _parts(value: Any) -> Iterator[Any]:
    """A block's conditions, durations and values, but not the blocks inside it."""
    yield value
    if is_dataclass(value):
        inside = (getattr(value, field.name) for field in fields(value))
        for part in inside:
            if not isinstance(part, Block | tuple):
                yield from _parts(part)
