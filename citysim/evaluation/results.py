"""Asking a store: one row for each run that was ever asked for, done or not, and the numbers of those that are done."""

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import duckdb
import numpy as np

from citysim.errors import DataError
from citysim.evaluation.folder import plan_of
from citysim.evaluation.manifest import replay_parts
from citysim.evaluation.parquet import Columns, plain
from citysim.evaluation.store import OK, PENDING, Store, tables_of
from citysim.log import to_frame


class IncompleteWarning(UserWarning):
    """Runs that were asked for are not there: every mean and count of an answer leaves them out."""


@dataclass(frozen=True)
class Results:
    """A store as tables for SQL; see `VIEWS`. What is added while it is open is not seen.

    Args:
        memory: most gigabytes that a query may hold; the rest goes to a temporary folder. None = most of the machine.
    """

    store: Store
    memory: float | None = None

    def sql(self, query: str, frame: Literal["pandas", "polars"] = "pandas") -> Any:
        """The answer to a query in DuckDB's SQL, as a pandas or polars table.

        Warns:
            IncompleteWarning: runs that were asked for are not OK; it names their experiments.

        Raises:
            DataError: the query cannot be answered; the message is DuckDB's.
        """
        if gaps := self.gaps():
            named = [f"{name or 'evaluations'} {missing} of {asked}" for name, missing, asked in gaps[:MOST_NAMED]]
            more = f", and {len(gaps) - MOST_NAMED} more experiments" if len(gaps) > MOST_NAMED else ""
            text = f"incomplete; runs that were asked for and are not OK: {', '.join(named)}{more}"
            warnings.warn(text, IncompleteWarning, stacklevel=2)
        return to_frame(self.columns(query), frame)

    def columns(self, query: str) -> Columns:
        """The answer as columns of numpy arrays."""
        with TemporaryDirectory(prefix="citysim-") as aside, duckdb.connect() as connection:
            connection.execute(f"SET temp_directory = '{aside}'")
            if self.memory is not None:
                connection.execute(f"SET memory_limit = '{self.memory} GB'")
            for name, columns in _plan_tables(self.store).items():
                connection.register(name, columns)
            for view in _views(self.store):
                connection.execute(view)
            try:
                answer = connection.execute(query).fetchnumpy()
            except duckdb.Error as error:
                raise DataError(f"query: {error}") from None
        return {name: plain(values) for name, values in answer.items()}

    def gaps(self) -> list[tuple[str, int, int]]:
        """Of each experiment that is not complete its name, how many runs are not OK, and how many were asked for."""
        counts = self.columns(
            f"SELECT experiment, count(*) FILTER (status <> '{OK}') AS gone, count(*) AS n FROM runs"
            " GROUP BY experiment HAVING gone > 0 ORDER BY experiment"
        )
        return list(zip(*(counts[name].tolist() for name in ("experiment", "gone", "n")), strict=True))

    def missing(self) -> tuple[int, int]:
        """How many of the runs that were asked for are not there, and how many were asked for."""
        counts = self.columns(f"SELECT count(*) AS n, count(*) FILTER (status <> '{OK}') AS gone FROM runs")
        return int(counts["gone"][0]), int(counts["n"][0])


MOST_NAMED = 5

VIEWS = ("runs", "results", "scores", "series")
"""runs: experiment, scenario, seed, weeks, design, world, policy, replication, status, error, traceback, replay and
seconds of each run that an experiment (or an evaluation, then experiment = '') asks for, once however many plans name
it; PENDING where nobody has begun it; replay is the line that makes it alone, given where the plan was asked for.
results: the scores of the runs that are OK, with the same names. scores, series: as they are in the parts, each run
once. An arm that does the same as another under another name has its own rows."""


def open_results(folder: str | os.PathLike[str], memory: float | None = None) -> Results:
    """The results in a store.

    Args:
        memory: most gigabytes that a query may hold; the rest goes to a temporary folder. None = most of the machine.

    Raises:
        DataError: there is no store in this folder.
    """
    store = Store(Path(folder))
    if not (store.folder / "plans").is_dir():
        raise DataError(f"{folder}: no plans/, so no store of citysim")
    return Results(store, memory)


IDENTITY = ("experiment", "scenario", "seed", "weeks", "design", "world", "policy")


def _plan_tables(store: Store) -> dict[str, Columns]:
    """`asked`: the runs of each plan as ranges of replications, and what stands before and after the number of the
    replication in the line that makes one of them alone."""
    rows = list(_asked(store))
    names = (*IDENTITY, "line_before", "line_after", "first", "last")
    columns = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    numbers = {"seed": np.uint64, "weeks": np.int64, "first": np.int64, "last": np.int64}
    return {"asked": {name: np.array(values, dtype=numbers.get(name, object)) for name, values in columns.items()}}


def _asked(store: Store) -> Iterator[tuple[Any, ...]]:
    for manifest in store.plans():
        plan = plan_of(manifest)
        about = (manifest.get("experiment", ""), manifest["scenario"]["name"], manifest["seed"], manifest["weeks"])
        lines = {design: replay_parts(manifest, design) or ("", "") for design in plan.policies}
        for _, run in groupby(enumerate(plan.replications), lambda pair: pair[1] - pair[0]):
            numbers = [number for _, number in run]
            for design, digest in plan.policies.items():
                yield (*about, design, plan.world, digest, *lines[design], numbers[0], numbers[-1])


def _views(store: Store) -> Iterator[str]:
    worlds = sorted(path.parent for path in store.folder.glob("*/runs"))
    for table, sql in tables_of(worlds).items():
        yield f"CREATE VIEW every_{table} AS {sql}"
    order = f"PARTITION BY world, policy, replication ORDER BY status <> '{OK}', status DESC, part"
    yield (
        "CREATE VIEW latest AS SELECT * EXCLUDE (place) FROM"
        f" (SELECT *, row_number() OVER ({order}) AS place FROM every_runs) WHERE place = 1"
    )
    identity = ", ".join(IDENTITY)
    yield (  # of several plans that ask for the same, one line, always the same
        f"CREATE VIEW lines AS SELECT DISTINCT ON ({identity}) {identity}, line_before, line_after FROM asked"
        f" ORDER BY {identity}, line_before DESC, line_after"
    )
    line = "CASE WHEN line_before = '' THEN '' ELSE line_before || replication || line_after END"
    yield (
        f"CREATE VIEW runs AS SELECT {identity}, replication,"
        f" coalesce(status, '{PENDING}') AS status, coalesce(error, '') AS error, coalesce(traceback, '') AS traceback,"
        f" coalesce(replay, {line}) AS replay, seconds FROM"
        f" (SELECT DISTINCT {identity}, unnest(range(first, last + 1))::INTEGER AS replication FROM asked)"
        f" JOIN lines USING ({identity})"
        " LEFT JOIN latest USING (world, policy, replication)"
    )
    for table in ("scores", "series"):
        yield (
            f"CREATE VIEW {table} AS SELECT every_{table}.* EXCLUDE (part) FROM every_{table} JOIN latest"
            f" USING (world, policy, replication, part) WHERE status = '{OK}'"
        )
    yield (
        "CREATE VIEW results AS SELECT experiment, scenario, seed, weeks, design, world, policy, replication,"
        ' indicator, stratum, "group", value, n FROM runs JOIN scores USING (world, policy, replication)'
        f" WHERE status = '{OK}'"
    )
