"""Columns to and from Parquet files."""

import errno
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[Any]]


def write_parquet(path: Path, columns: Mapping[str, npt.NDArray[Any]]) -> None:
    """Columns as a Parquet file; the same columns give the same bytes (for one version of DuckDB)."""
    temporary = path.with_name(path.name + ".tmp")
    with _undisturbed(), _clear_errors(path), duckdb.connect() as connection:
        connection.execute("SET threads=1")  # more threads would write row groups in any order
        rows = dict(columns)  # noqa: F841 - the query reads this variable by its name
        target = str(temporary).replace("'", "''")
        connection.execute(f"COPY (SELECT * FROM rows) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    os.replace(temporary, path)


def read_parquet(paths: Sequence[Path]) -> Columns:
    """The rows of one or several Parquet files, in the order given."""
    with _undisturbed(), _clear_errors(paths[0].parent), duckdb.connect() as connection:
        connection.execute("SET threads=1")
        relation = connection.execute("SELECT * FROM read_parquet(?)", [[str(path) for path in paths]])
        return {name: _plain(values) for name, values in relation.fetchnumpy().items()}


@contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    """DuckDB tells a full disk as an error of its own that holds JSON; here it is an OSError that names the file."""
    try:
        yield
    except duckdb.Error as error:
        number = re.search(r'"errno":"(\d+)"', str(error))
        code = int(number[1]) if number else errno.EIO
        raise OSError(code, os.strerror(code) if number else str(error).partition("\n")[0], str(path)) from None


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


def _plain(values: Any) -> npt.NDArray[Any]:
    """DuckDB gives masked arrays where a column has nulls; a missing number is nan here."""
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    return np.asarray(values.filled(np.nan) if values.dtype.kind == "f" else values.data)
