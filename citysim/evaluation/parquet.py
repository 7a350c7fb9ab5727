"""Columns to and from Parquet files."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[Any]]


def write_parquet(path: Path, columns: Mapping[str, npt.NDArray[Any]]) -> None:
    """Columns as a Parquet file; the same columns give the same bytes (for one version of DuckDB)."""
    temporary = path.with_name(path.name + ".tmp")
    with duckdb.connect() as connection:
        connection.execute("SET threads=1")  # more threads would write row groups in any order
        rows = dict(columns)  # noqa: F841 - the query reads this variable by its name
        target = str(temporary).replace("'", "''")
        connection.execute(f"COPY (SELECT * FROM rows) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    os.replace(temporary, path)


def read_parquet(paths: Sequence[Path]) -> Columns:
    """The rows of one or several Parquet files, in the order given."""
    with duckdb.connect() as connection:
        connection.execute("SET threads=1")
        relation = connection.execute("SELECT * FROM read_parquet(?)", [[str(path) for path in paths]])
        return {name: _plain(values) for name, values in relation.fetchnumpy().items()}


def _plain(values: Any) -> npt.NDArray[Any]:
    """DuckDB gives masked arrays where a column has nulls; a missing number is nan here."""
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    return np.asarray(values.filled(np.nan) if values.dtype.kind == "f" else values.data)
