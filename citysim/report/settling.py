"""One line under a table: after how many days the run had settled, or that it had not."""

from math import ceil

from citysim.evaluation.comparison import Comparison
from citysim.report.names import design_name
from citysim.words import Words


def settling_line(comparison: Comparison, words: Words) -> str:
    """By MSER-5 on the open cases, design by design, and what follows for the means; "" if no world is finished."""
    found = comparison.settled
    if not found:
        return ""
    manifest = comparison.manifest
    early = manifest.get("warm_up", 0)
    parts = []
    for name, one in found.items():
        key, days = (
            ("days", f"{one.days:.1f}") if one.reliable else ("not_within", str(7 * (early + manifest["weeks"])))
        )
        of = words(f"settling.{key}", days=days)
        parts.append(words("settling.of", design=design_name(name, manifest, words), days=of))
    designs = words("settling.separator").join(parts)
    if not all(one.reliable for one in found.values()):
        return words("settling.never", designs=designs)
    last = max(one.days for one in found.values())
    key = "at_once" if last == 0 else "outside" if last <= 7 * early else "inside"
    return words(f"settling.{key}", days=f"{last:.1f}", designs=designs, early=early, weeks=ceil(last / 7))
