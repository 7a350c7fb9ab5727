"""The store: what has been run once, on disk, for everybody who asks for it again.

A folder with one folder for each world digest, and in it three tables as Parquet parts that are only ever added:

    <world>/scores/<part>.parquet   one row for each run, indicator and group
    <world>/series/<part>.parquet   the pictures of each run
    <world>/runs/<part>.parquet     one row for each run: policy, replication, OK or FAILED or ABORTED, and why
    plans/<key>.json                what was asked for: the manifest of each study, of each experiment and city

A run is one policy on one replication of a world. `runs` is written last: a part whose `runs` are missing was cut off
and is never read. So a run is in the store whole or not at all, whatever kills the writer, and readers need no lock.
"""

import glob
import hashlib
import json
import os
import platform
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citysim.errors import DataError
from citysim.evaluation.columns import SCORE_TYPES, SERIES_TYPES, score_rows, series_rows
from citysim.evaluation.manifest import packed, unpacked
from citysim.evaluation.parquet import Columns, query, write_parquet
from citysim.evaluation.replicate import Failure, Replicated

OK, FAILED, ABORTED, PENDING = "OK", "FAILED", "ABORTED", "PENDING"
STATES = (OK, FAILED, ABORTED, PENDING)
"""OK: simulated and judged. FAILED: an error, kept with its traceback. ABORTED: begun, but the process that worked on
it was stopped or died. PENDING: asked for and not begun, or lost with a writer that was killed outright."""

RUN_TYPES = {
    "world": "VARCHAR", "policy": "VARCHAR", "replication": "INTEGER", "status": "VARCHAR", "error": "VARCHAR",
    "traceback": "VARCHAR", "replay": "VARCHAR", "seconds": "DOUBLE", "part": "VARCHAR",
}  # fmt: skip
Replay = Callable[[str, int], str | None]
"""The command that runs a design on a replication alone; None if no command can."""

RESULTS = ("scores", "series")
TYPES: dict[str, Mapping[str, str]] = {"runs": RUN_TYPES, "scores": SCORE_TYPES, "series": SERIES_TYPES}


@dataclass(frozen=True)
class Plan:
    """What a study asks of the store: which policies on which replications of one world.

    Args:
        world: its digest. policies: digest of each policy by the name of its design, in the order asked.
    """

    world: str
    policies: Mapping[str, str]
    replications: tuple[int, ...]


@dataclass(frozen=True)
class Store:
    """A folder of parts; it may be shared by any number of readers and writers."""

    folder: Path

    def add(
        self, world: str, policies: Mapping[str, str], done: Sequence[Replicated], replay: Replay = lambda *of: None
    ) -> None:
        """Keep finished replications, the failed ones too.

        Args:
            policies: digest by name of the designs that were tried. replay: the command that runs a design on a
                replication alone, asked for where that failed.
        """
        part = uuid.uuid4().hex  # two writers never meet; no number depends on it
        judged = list({(policies[one.design], one.replication): one for all_ in done for one in all_.judged}.values())
        if judged:
            write_parquet(self._part(world, "series", part), series_rows(world, policies, judged), SERIES_TYPES)
            write_parquet(self._part(world, "scores", part), score_rows(world, policies, judged), SCORE_TYPES)
        self._commit(world, part, [row for one in done for row in _runs_of(one, policies, replay)])

    def abort(
        self,
        world: str,
        policies: Mapping[str, str],
        replications: Iterable[int],
        replay: Replay = lambda *of: None,
    ) -> None:
        """Note that work on these replications was begun and stopped."""
        reason = "stopped before it was done (Ctrl-C)"
        rows = [
            (digest, number, ABORTED, reason, "", replay(name, number), 0.0)
            for name, digest in policies.items()
            for number in replications
        ]
        if rows:
            self._commit(world, uuid.uuid4().hex, rows)

    def _commit(self, world: str, part: str, rows: Sequence[tuple[Any, ...]]) -> None:
        columns: dict[str, list[Any]] = {name: [] for name in RUN_TYPES}
        for row in rows:
            for name, value in zip(RUN_TYPES, (world, *row, part), strict=True):
                columns[name].append(value)
        kinds = {"replication": np.int32, "seconds": np.float64}
        write_parquet(
            self._part(world, "runs", part),
            {name: np.array(values, dtype=kinds.get(name, object)) for name, values in columns.items()},
            RUN_TYPES,
        )

    def _part(self, world: str, table: str, part: str) -> Path:
        folder = self.folder / world / table
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{part}.parquet"

    def finished(self, plan: Plan) -> dict[str, frozenset[int]]:
        """Which replications of each design are in the store, well ended."""
        rows = self.ask(
            f"SELECT policy, replication FROM ({self.table(plan.world, 'runs')}) WHERE status = '{OK}'",
        )
        found: dict[str, set[int]] = {}
        for digest, number in zip(rows["policy"].tolist(), rows["replication"].tolist(), strict=True):
            found.setdefault(digest, set()).add(number)
        asked = frozenset(plan.replications)
        return {name: asked & found.get(digest, set()) for name, digest in plan.policies.items()}

    def troubles(self, plan: Plan) -> list[dict[str, Any]]:
        """What was tried for this plan and is not there: design, replication, status, error, traceback, replay."""
        rows = self.ask(f"SELECT * FROM ({self.latest(plan.world)}) WHERE status <> '{OK}' ORDER BY replication")
        names = {digest: name for name, digest in reversed(list(plan.policies.items()))}
        asked = frozenset(plan.replications)
        columns = ("status", "error", "traceback", "replay")
        return [
            {"design": names[digest], "replication": number, **{c: rows[c][k] for c in columns}}
            for k, (digest, number) in enumerate(
                zip(rows["policy"].tolist(), rows["replication"].tolist(), strict=True)
            )
            if digest in names and number in asked
        ]

    def collect(self, plan: Plan, table: str, indicators: Sequence[str] = ()) -> Columns:
        """The rows of `scores` or `series` of a plan, by design and replication, in the order of the run.

        The order in which workers finished, and what else is in the store, leave no trace.

        Args:
            indicators: only these scores; none = all.
        """
        columns = [f'"{name}"' for name in TYPES[table] if name not in ("world", "policy", "replication", "row")]
        asked = {  # read by its name in the query
            "policy": np.array(list(plan.policies.values()), dtype=object),
            "design": np.array(list(plan.policies), dtype=object),
            "place": np.arange(len(plan.policies)),
        }
        numbers = {"replication": np.array(plan.replications, dtype=np.int32)}
        return self.ask(
            f"SELECT asked.design, t.replication, {', '.join('t.' + c for c in columns)}"
            f" FROM ({self.table(plan.world, table)}) t"
            f" JOIN ({self.chosen(plan.world)}) c USING (part, policy, replication)"
            " JOIN asked USING (policy) JOIN numbers USING (replication)"
            + (" WHERE t.indicator IN (SELECT indicator FROM few)" if indicators else "")
            + " ORDER BY asked.place, t.replication, t.row",
            asked=asked,
            numbers=numbers,
            few={"indicator": np.array([*indicators, ""], dtype=object)},
        )

    def ask(self, sql: str, **tables: Columns) -> Columns:
        """The answer to a query over this store's tables, as columns."""
        return query(sql, self.folder, **tables)

    def table(self, world: str, table: str) -> str:
        """SQL for a table of one world: its committed parts; no rows if there are none."""
        return tables_of([self.folder / world])[table]

    def latest(self, world: str) -> str:
        """SQL for one row for each run: OK if it ever ended well, else the worst that happened."""
        order = f"PARTITION BY policy, replication ORDER BY status <> '{OK}', status DESC, part"
        ranked = f"SELECT *, row_number() OVER ({order}) AS place FROM ({self.table(world, 'runs')})"
        return f"SELECT * EXCLUDE (place) FROM ({ranked}) WHERE place = 1"

    def chosen(self, world: str) -> str:
        """SQL for the part in which each run is to be read: two writers may have made the same one."""
        return (
            f"SELECT policy, replication, min(part) AS part FROM ({self.table(world, 'runs')})"
            f" WHERE status = '{OK}' GROUP BY policy, replication"
        )

    def note_plan(self, manifest: Mapping[str, Any]) -> Path:
        """Keep what was asked for, so that what is missing can be told; of an experiment the last word on each city."""
        folder = self.folder / "plans"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{_key_of_plan(manifest)}.json"
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
        temporary.write_text(json.dumps(packed(manifest), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(temporary, path)
        return path

    def note_plans(self, experiment: str, manifests: Iterable[Mapping[str, Any]]) -> None:
        """Keep what an experiment asks for, one plan for each city, and forget what it asked for before."""
        current = {self.note_plan(manifest) for manifest in manifests}
        for path in set((self.folder / "plans").glob("*.json")) - current:
            if _read_plan(path).get("experiment") == experiment:
                path.unlink(missing_ok=True)

    @contextmanager
    def at_work(self, name: str, shard: str = "") -> Iterator[None]:
        """Say that this process works on something, for as long as it does.

        Args:
            shard: which share of it, if others work on it too.
        """
        path = self.folder / "at_work" / f"{name}{f'.shard-{shard}' if shard else ''}.pid"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{os.getpid()} {_here()} {_born(os.getpid())}", encoding="utf-8")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)

    def is_at_work(self, name: str) -> bool:
        """Whether a process works on it, or on a share of it. One of this machine that was killed outright does not,
        also if another has got its number since; of one of another machine only that machine can tell, so its word is
        taken."""
        folder = self.folder / "at_work"
        return any(map(_lives, [folder / f"{name}.pid", *folder.glob(f"{glob.escape(name)}.shard-*.pid")]))

    def plans(self) -> Iterator[dict[str, Any]]:
        """The manifests of all that was asked for."""
        yield from filter(None, map(_read_plan, sorted((self.folder / "plans").glob("*.json"))))


def _here() -> str:
    """This machine, without its name: a digest that another machine does not share."""
    return hashlib.sha256(f"{platform.node()} {uuid.getnode()}".encode()).hexdigest()[:WIDTH_OF_PLAN]


def _lives(path: Path) -> bool:
    """Whether the process of this file still works."""
    try:
        number, where, born = path.read_text(encoding="utf-8").split()
        if where != _here():
            return True
        os.kill(int(number), 0)
    except PermissionError:  # it lives, and is somebody else's
        return True
    except (OSError, ValueError):
        return False
    return born == _born(int(number))


def _born(process: int) -> str:
    """When a process began, counted from the start of this boot, and which boot that is; "-" where nobody tells."""
    try:
        after_name = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return "-"
    return f"{boot}:{after_name[19]}"  # field 22 of proc(5), starttime


WIDTH_OF_PLAN = 16


def _key_of_plan(manifest: Mapping[str, Any]) -> str:
    """The name of a plan's file: of an experiment its name and city, else the digest of all that was asked for."""
    if "experiment" not in manifest:
        return str(manifest["digest"])[:WIDTH_OF_PLAN]
    identity = f"{manifest['experiment']}\n{manifest['scenario']['digest']}"
    return hashlib.sha256(identity.encode()).hexdigest()[:WIDTH_OF_PLAN]


def _read_plan(path: Path) -> dict[str, Any]:
    try:
        return unpacked(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:  # another process has just replaced it
        return {}
    except ValueError as broken:
        raise DataError(f"{path}: not a plan of this store: {broken}") from None


def _runs_of(done: Replicated, policies: Mapping[str, str], replay: Replay) -> Iterator[tuple[Any, ...]]:
    """The rows of `runs` of a replication, but for world and part; if the world itself failed, one for each design."""
    seconds = round(sum(done.seconds.values()) / max(len(policies), 1), 6)
    for one in done.judged:
        yield policies[one.design], one.replication, OK, "", "", None, seconds
    for failure in done.failures:
        for design in [failure.design] if failure.design else policies:
            status = ABORTED if failure.died else FAILED
            line = replay(design, failure.replication)
            yield policies[design], failure.replication, status, failure.error, failure.traceback, line, seconds


def tables_of(worlds: Sequence[Path]) -> dict[str, str]:
    """SQL for each table of some worlds.

    A run is only there while the scores and series of its part are: of a store that was copied in part the rest is
    missing, and is made again.
    """
    runs = [path for world in worlds for path in sorted((world / "runs").glob("*.parquet"))]
    whole = [path for path in runs if all((path.parents[1] / name / path.name).exists() for name in RESULTS)]
    parts = ", ".join(f"'{path.stem}'" for path in sorted(set(runs) - set(whole)))
    lost = f" WHERE NOT (status = '{OK}' AND part IN ({parts}))" if parts else ""
    found = {name: [path.parents[1] / name / path.name for path in whole] for name in RESULTS}
    return {
        "runs": union(TYPES["runs"], runs, with_part=False) + lost,
        **{name: union(TYPES[name], paths, with_part=True) for name, paths in found.items()},
    }


def union(types: Mapping[str, str], paths: Sequence[Path], *, with_part: bool) -> str:
    """SQL that reads all these files; with none of them, a table of the same columns without rows."""
    part = ", parse_filename(filename, true) AS part" if with_part else ""
    if not paths:
        empty = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in types.items())
        return f"SELECT {empty}{', NULL::VARCHAR AS part' if with_part else ''} WHERE false"
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    columns = ", ".join(f'"{name}"' for name in types)
    return f"SELECT {columns}{part} FROM read_parquet([{names}], filename = true)"


def lost(replication: int) -> Replicated:
    """A replication whose process died."""
    reason = "the process that worked on it died (killed, or no memory left)"
    return Replicated(replication, (), (Failure("", replication, reason, died=True),))
