"""A file that says only what differs from another: a patch on a baseline, merged key by key before it is checked.

Mappings are merged at any depth and everything else is replaced. Records of a list are named by their `id`:
`districts: {east: {population: 400000}}`; `all` means each of them, `group:gas` each with `group: gas`.
`{times: 1.5}` in place of a number, or of a list of numbers, multiplies what the baseline says.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from citysim.yamlfile import Document, KeyPath, Place, show

TIMES, ALL, GROUP = "times", "all", "group:"
MOST_TIMES = 1e6


def patched(base: Document, patch: Document, *, later: bool = False) -> Document:
    """The baseline with the patch on it; a problem found there later is told where the patch, or the baseline, says it.

    Args:
        later: a factor on what the baseline does not give is kept, for who knows what is meant (a policy is based on a
            design whose numbers stand in no file).

    Raises:
        patch.error: the patch names a record that the baseline does not have, or multiplies what is no number.
    """
    places = dict(base.places)
    problems: list[tuple[KeyPath, str]] = []
    data = _merged(base.data, patch.data, (), (), _Patch(patch, places, problems, later))
    if problems:
        raise patch.problems(problems)
    return Document(base.path, data, base.lines, base.error, base.prefix, places)


@dataclass
class _Patch:
    """A patch at work: where keys stand, what was found wrong so far, and whether factors may wait."""

    document: Document
    places: dict[KeyPath, Place]
    problems: list[tuple[KeyPath, str]]
    later: bool


def _merged(old: Any, new: Any, here: KeyPath, there: KeyPath, patch: _Patch) -> Any:
    """The merged value at key path `here` of the baseline, which the patch gives at its own key path `there`."""
    patch.places[here] = patch.document.place(there)
    if isinstance(new, dict) and set(new) == {TIMES} and not (patch.later and old is None):
        return _times(old, new[TIMES], there, patch.problems)
    if isinstance(old, dict) and isinstance(new, dict):
        found = copy.copy(old)
        for key, value in new.items():
            found[key] = _merged(found.get(key), value, (*here, key), (*there, key), patch)
        return found
    if isinstance(new, dict) and _records(old):
        found_list = list(old)
        for name, value in new.items():
            positions = list(_named(old, name))
            if not positions:
                patch.problems.append(((*there, name), f" is not one of these records; {_near(name, old)}"))
            for k in positions:
                found_list[k] = _merged(found_list[k], value, (*here, k), (*there, name), patch)
        return found_list
    _mark(new, here, there, patch.document, patch.places)
    return new


def _times(old: Any, factor: Any, there: KeyPath, problems: Any) -> Any:
    """The old number, or each of a list, multiplied."""
    if not _is_number(factor) or not 0 <= factor <= MOST_TIMES:
        problems.append(((*there, TIMES), f"{show(factor)}, must be a number within 0..{MOST_TIMES:g}"))
    elif _is_number(old):
        return old * factor
    elif isinstance(old, list) and old and all(map(_is_number, old)):
        return [one * factor for one in old]
    else:
        problems.append(((*there, TIMES), f": the baseline has {show(old)[3:] or 'no number'} there to multiply"))
    return old


def _records(old: Any) -> bool:
    return isinstance(old, list) and bool(old) and all(isinstance(one, dict) and "id" in one for one in old)


def _named(old: list[dict[str, Any]], name: str) -> Iterator[int]:
    for k, record in enumerate(old):
        if name in (ALL, record["id"]) or (name.startswith(GROUP) and record.get("group") == name.removeprefix(GROUP)):
            yield k


def _near(name: str, old: list[dict[str, Any]]) -> str:
    groups = {f"{GROUP}{record['group']}" for record in old if "group" in record}
    known = [ALL, *sorted(groups), *(str(record["id"]) for record in old)]
    near = get_close_matches(str(name), known, n=1, cutoff=0.5)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known[:20])}"


def _mark(value: Any, here: KeyPath, there: KeyPath, patch: Document, places: dict[KeyPath, Place]) -> None:
    """Everything inside a replaced value stands where the patch says it."""
    places[here] = patch.place(there)
    if isinstance(value, dict | list):
        for key, inside in value.items() if isinstance(value, dict) else enumerate(value):
            _mark(inside, (*here, key), (*there, key), patch, places)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
