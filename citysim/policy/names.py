"""Do the names that a policy in a file uses exist: its pools in the staffing, the rest in the city?

The engines refuse what does not exist when a policy meets its cases; this says it earlier.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from citysim.errors import PolicyError
from citysim.policy.blocks import FIELDS, Block, CallIn, Is, Practised, Release, Seize, Setting, Slower, Spurred
from citysim.policy.durations import ByDistrict, ByKind, ByName, BySupport, FromCase
from citysim.policy.policy import Policy
from citysim.policy.workflow import parts, walk


@dataclass(frozen=True)
class CityNames:
    """What a policy may ask of the cases of a city: columns of incident types, columns of cases, hourly settings."""

    of_types: tuple[str, ...]
    of_cases: tuple[str, ...]
    settings: tuple[str, ...]


def check_city_names(policy: Policy, city: CityNames | None) -> None:
    """Refuse a pool that nobody staffs, and a field, column or setting that no case of a city has.

    Args:
        city: None = the policy may be for cases with columns of their own.

    Raises:
        PolicyError: names the block, the unknown name and the known ones.
    """
    families = [family.name for family in policy.staffing.families]
    for place in walk(policy.workflow.blocks):
        block = place.block
        for pool in _pools(block):
            name = pool.partition("@")[0]
            if "." not in name and name not in families:
                raise PolicyError(f"block {place.label!r} names pool {pool!r}; {_known(families)}")
        if city is not None:
            for part in parts(block):
                _check_part(part, f"block {place.label!r}", city)


def _pools(block: Block) -> Iterator[str]:
    """Every pool that a block seizes, gives back, calls people in to, or asks about."""
    if isinstance(block, Seize | Release):
        yield from block.pools
    if isinstance(block, CallIn):
        yield block.pool
    for part in parts(block):
        if isinstance(part, Is | Slower | Practised | Spurred):
            for field in (part.field if isinstance(part, Is) else part.by, getattr(part, "worn_by", None) or ""):
                if field.startswith(("waiting:", "free:")):
                    yield field.partition(":")[2]


def _check_part(part: Any, what: str, city: CityNames) -> None:
    match part:
        case ByKind(column) if column not in city.of_types:
            raise PolicyError(f"{what} reads column {column!r}; {_known(city.of_types)}")
        case ByName(_, _, column) | ByDistrict(_, _, column) | BySupport(_, _, column) if (
            column is not None and column not in city.of_types
        ):
            raise PolicyError(f"{what} reads column {column!r}; {_known(city.of_types)}")
        case FromCase(column) if column not in city.of_cases:
            raise PolicyError(f"{what} reads column {column!r}; {_known(city.of_cases)}")
        case Setting(name) if name not in city.settings:
            raise PolicyError(f"{what} goes by setting {name!r}; {_known(city.settings)}")
        case Is(field) | Slower(field) | Practised(field) | Spurred(field):
            _check_field(field, what, city)
    if isinstance(part, Spurred) and part.worn_by is not None:
        _check_field(part.worn_by, what, city)


def _check_field(field: str, what: str, city: CityNames) -> None:
    prefix, _, name = field.partition(":")
    if prefix == "setting" and name not in city.settings:
        raise PolicyError(f"{what} asks for {field!r}; {_known(city.settings)}")
    if not name and field not in (*FIELDS, *city.of_cases):
        raise PolicyError(f"{what} asks for {field!r}; {_known((*FIELDS, *city.of_cases))}")


def _known(names: Collection[str]) -> str:
    shown = [name for name in names if not name.startswith("crew:")]
    return f"must be one of {', '.join(shown)}" + (", or a crew" if len(shown) < len(names) else "")
