"""Case by case: what each of two designs did to the same incident."""

import re
from dataclasses import dataclass
from pathlib import Path

from citysim.errors import DataError
from citysim.evaluation.folder import read_manifest
from citysim.evaluation.parquet import Columns, query, write_parquet

MILESTONES = ("dispatched", "arrived", "safe", "ended")
"""Moments of a case that are set beside each other, in hours since the onset; nan = not reached."""


@dataclass(frozen=True)
class Cases:
    """Pairs of cases of one incident, and what they come to.

    Args:
        pairs: one row for each incident that both designs recorded, and world. summary: for each kind of incident how
            many were closed sooner, later, equally soon, by one design only; mean and median difference in hours.
        only: incidents that one design alone recorded: cascades that the other prevented, or never heard of.
    """

    designs: tuple[str, str]
    pairs: Columns
    summary: Columns
    only: tuple[int, int]


def compare_cases(folder: Path, before: str | None = None, after: str | None = None) -> Cases:
    """Set the case logs of two designs side by side, by incident and world.

    Args:
        folder: of a run with case logs (`evaluate --log`). before, after: designs; by default the first two.

    Raises:
        DataError: there are no case logs of these designs, or nothing in them can be paired; it says what to do.
    """
    manifest = read_manifest(folder)
    names = [design["name"] for design in manifest["designs"]]
    if len(names) == 1 and before is None and after is None:
        raise DataError(
            f"{folder}: has one design, {names[0]!r}; run citysim evaluate --log with two --designs or more"
        )
    chosen = (before or names[0], after or names[min(1, len(names) - 1)])
    for name in chosen:
        if name not in names:
            raise DataError(f"{folder}: no design {name!r}, must be one of {', '.join(names)}")
        if not _files(folder, name):
            again = "" if manifest["command"] is None else f": {manifest['command']} --log"
            raise DataError(f"{folder}: no case log of {name!r}; run it again with --log{again}")
    pairs = query(_pairs(folder, *chosen), folder)
    _check_pairs(folder, chosen, pairs)
    summary = query(SUMMARY, folder, pairs=pairs)
    return Cases(chosen, pairs, summary, (_only(folder, *chosen), _only(folder, chosen[1], chosen[0])))


def _check_pairs(folder: Path, designs: tuple[str, str], pairs: Columns) -> None:
    """Refuse incidents that only share a number, and none at all; takes out the column that tells.

    Raises:
        DataError: says what to do instead.
    """
    one, other = designs
    if (strangers := int((pairs.pop("other_occurred") != pairs.pop("occurred")).sum())) > 0:
        raise DataError(
            f"{folder}: {strangers} incidents of {one} and {other} have the same number and are not the same;"
            " a design under a committee draws its world week by week and may number it otherwise. Choose, with"
            " --before and --after, two designs that both have a committee or both have none; in report.html all"
            " designs are compared world by world, which needs no such numbers"
        )
    if not len(pairs["incident"]):
        raise DataError(
            f"{folder}: {one} and {other} have no incident in common that both recorded in the same world; run"
            " citysim evaluate --log with both designs in one command, and with more --weeks or --replications"
        )


def write_pairs(cases: Cases, path: Path) -> None:
    """Every pair as Parquet."""
    write_parquet(path, cases.pairs)


def _files(folder: Path, design: str) -> list[Path]:
    """Its case logs; those of a design whose name only begins so are not."""
    own = re.compile(rf"cases-{re.escape(design)}-\d+\.parquet")
    return sorted(path for path in folder.glob("cases-*.parquet") if own.fullmatch(path.name))


def _of(folder: Path, design: str) -> str:
    """SQL for the first report of each incident; repeats, calls and false alarms are no counterfactual."""
    files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in _files(folder, design))
    number = "regexp_extract(parse_filename(filename, true), '([0-9]+)$', 1)::INTEGER"
    hours = ", ".join(
        f"CASE WHEN {name} >= 0 THEN ({name} - occurred) / 3600.0 END AS {name}_hours" for name in MILESTONES
    )
    return (
        f"SELECT {number} AS replication, incident, kind, district, severity, occurred, outcome, transfers, {hours}"
        f" FROM read_parquet([{files}], filename = true) WHERE incident >= 0 AND parent < 0 AND genuine = 1"
    )


def _pairs(folder: Path, before: str, after: str) -> str:
    both = ", ".join(
        f"a.{name} AS {name}_before, b.{name} AS {name}_after"
        for name in ("outcome", "transfers", *(f"{milestone}_hours" for milestone in MILESTONES))
    )
    return (
        "SELECT replication, incident, a.kind, a.district, a.severity, a.occurred, b.occurred AS other_occurred,"
        f" {both},"
        " b.ended_hours - a.ended_hours AS later_hours, b.safe_hours - a.safe_hours AS later_safe_hours"
        f" FROM ({_of(folder, before)}) a JOIN ({_of(folder, after)}) b USING (replication, incident)"
        " ORDER BY replication, incident"
    )


SUMMARY = """
SELECT kind, count(*) AS incidents,
    count(*) FILTER (later_hours < 0) AS sooner, count(*) FILTER (later_hours > 0) AS later,
    count(*) FILTER (later_hours = 0) AS same,
    count(*) FILTER (ended_hours_before IS NULL AND ended_hours_after IS NOT NULL) AS closed_by_after_only,
    count(*) FILTER (ended_hours_before IS NOT NULL AND ended_hours_after IS NULL) AS closed_by_before_only,
    avg(later_hours) FILTER (isfinite(later_hours)) AS mean_later_hours,
    median(later_hours) FILTER (isfinite(later_hours)) AS median_later_hours
FROM (SELECT * REPLACE (nullif(later_hours, 'nan'::DOUBLE) AS later_hours,
    nullif(ended_hours_before, 'nan'::DOUBLE) AS ended_hours_before,
    nullif(ended_hours_after, 'nan'::DOUBLE) AS ended_hours_after) FROM pairs)
GROUP BY kind ORDER BY incidents DESC, kind
"""


def _only(folder: Path, mine: str, other: str) -> int:
    found = query(
        f"SELECT count(*) AS n FROM ({_of(folder, mine)}) a ANTI JOIN ({_of(folder, other)}) b"
        " USING (replication, incident)",
        folder,
    )
    return int(found["n"][0])
