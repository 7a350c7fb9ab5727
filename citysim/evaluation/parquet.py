"""Columns to and from Parquet files."""

import errno
import os
import re
import signal
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[Any]]

NO_MEMORY = re.compile(rf'bad.?alloc|Cannot allocate memory|"errno":"{errno.ENOMEM}"', re.IGNORECASE)
"""How DuckDB says so where it has no error of its own for it."""


def write_parquet(
    path: Path, columns: Mapping[str, npt.NDArray[Any]], types: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Columns as a Parquet file; the same columns give the same bytes (for one version of DuckDB).

    Args:
        types: DuckDB's type of each column, where it could not be told from the values (all of them missing).
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")  # two writers of one file never meet
    with _undisturbed(), _clear_errors(path), duckdb.connect() as connection:
        connection.execute("SET threads=1")  # more threads would write row groups in any order
        rows = dict(columns)
        target = str(temporary).replace("'", "''")
        cast = ", ".join(f'"{name}"::{types[name]} AS "{name}"' if name in types else f'"{name}"' for name in rows)
        connection.execute(f"COPY (SELECT {cast} FROM rows) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    os.replace(temporary, path)


def read_parquet(paths: Sequence[Path]) -> Columns:
    """The rows of one or several Parquet files, in the order given."""
    with _undisturbed(), _clear_errors(paths[0].parent), duckdb.connect() as connection:
        connection.execute("SET threads=1")
        relation = connection.execute("SELECT * FROM read_parquet(?)", [[str(path) for path in paths]])
        return {name: plain(values) for name, values in relation.fetchnumpy().items()}


def query(sql: str, folder: Path, **tables: Columns) -> Columns:
    """The answer to a query, as columns.

    Args:
        folder: named if something there cannot be read. tables: columns that the query may read, by name.
    """
    with _undisturbed(), _clear_errors(folder), duckdb.connect() as connection:
        connection.execute("SET threads=1")  # sums of more threads come in any order
        for name, columns in tables.items():
            connection.register(name, columns)
        relation = connection.execute(sql)
        return {name: plain(values) for name, values in relation.fetchnumpy().items()}


@contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    """DuckDB tells a full disk as an error of its own that holds JSON; here it is an OSError that names the file.

    Raises:
        MemoryError: there was too little memory, which is nobody's file.
    """
    try:
        yield
    except duckdb.Error as error:
        no_room = isinstance(error, duckdb.InternalException) and _is_limited()  # it trips over buffers it did not get
        if no_room or isinstance(error, duckdb.OutOfMemoryException) or NO_MEMORY.search(str(error)):
            raise MemoryError(str(error).partition("\n")[0]) from None
        number = re.search(r'"errno":"(\d+)"', str(error))
        code = int(number[1]) if number else errno.EIO
        raise OSError(code, os.strerror(code) if number else str(error).partition("\n")[0], str(path)) from None


def _is_limited() -> bool:
    """Whether this process may hold only so much (`--memory`)."""
    try:
        import resource
    except ImportError:  # a platform without limits
        return False
    return resource.getrlimit(resource.RLIMIT_DATA)[0] != resource.RLIM_INFINITY


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold Ctrl-C back until DuckDB is done: inside it the KeyboardInterrupt becomes some other error, or is lost."""
    held: list[Callable[[], Any]] = []
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():  # only there are signals answered
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                before[number] = signal.signal(number, lambda *of, answer=handler: held.append(partial(answer, *of)))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for answer in held:
            answer()


def plain(values: Any) -> npt.NDArray[Any]:
    """DuckDB gives masked arrays where a column has nulls; a missing number is nan here."""
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    return np.asarray(values.filled(np.nan) if values.dtype.kind == "f" else values.data)
