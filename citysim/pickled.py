"""Frozen data with read-only mappings, which do not pickle by themselves: they travel as dictionaries."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any


class Pickled:
    """A frozen dataclass that pickles; its dictionaries come back read-only."""

    def __getstate__(self) -> dict[str, Any]:
        plain = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        return {name: dict(value) if isinstance(value, Mapping) else value for name, value in plain.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, MappingProxyType(value) if isinstance(value, dict) else value)
        check = getattr(self, "__post_init__", None)
        if check is not None:
            check()
