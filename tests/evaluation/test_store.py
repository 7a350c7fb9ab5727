"""Do tables survive the disk?"""

import os
import signal
import threading
import time
import timeit
from pathlib import Path

import duckdb
import numpy as np
import pytest

from citysim.errors import DataError
from citysim.evaluation.folder import read_folder
from citysim.evaluation.parquet import read_parquet, write_parquet


def test_columns_come_back_as_they_were(tmp_path: Path) -> None:
    columns = {
        "who": np.array(["甲", "b'c", ""], dtype=object),
        "value": np.array([1.5, np.nan, np.inf]),
        "n": np.array([1, 2, 3], dtype=np.int64),
    }
    write_parquet(tmp_path / "it's.parquet", columns)
    back = read_parquet([tmp_path / "it's.parquet"])

    assert list(back) == list(columns)
    assert list(back["who"]) == list(columns["who"])
    assert np.array_equal(back["value"], columns["value"], equal_nan=True)
    assert np.array_equal(back["n"], columns["n"])
    assert not list(tmp_path.glob("*.tmp"))


def test_the_same_columns_give_the_same_bytes(tmp_path: Path) -> None:
    columns = {"value": np.random.default_rng(1).random(50_000), "n": np.arange(50_000)}
    for name in ("a", "b"):
        write_parquet(tmp_path / name, columns)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("raised", "wanted", "message"),
    [
        (duckdb.IOException('Could not write: {"errno":"28"}'), OSError, "No space left on device"),
        (duckdb.IOException("Cannot open file\nand more"), OSError, "Cannot open file"),
        (duckdb.OutOfMemoryException("could not allocate block"), MemoryError, "could not allocate block"),
        (duckdb.Error("std::bad_alloc"), MemoryError, "bad_alloc"),
        (RuntimeError("something else"), RuntimeError, "something else"),
    ],
)
def test_what_duckdb_raises_is_told_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, wanted: type[Exception], message: str
) -> None:
    class Broken:
        def __enter__(self) -> "Broken":
            return self

        def __exit__(self, *_: object) -> None: ...

        def execute(self, *_: object) -> None:
            raise raised

    monkeypatch.setattr(duckdb, "connect", Broken)
    with pytest.raises(wanted, match=message):
        write_parquet(tmp_path / "x.parquet", {"n": np.arange(2)})


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a signal to itself")
def test_ctrl_c_at_any_moment_of_writing_is_a_keyboard_interrupt(tmp_path: Path) -> None:
    """DuckDB alone answers with a RuntimeError, with a catalog error, or not at all, depending on the moment."""
    columns = {"who": np.array(["a"] * 5_000, dtype=object), "value": np.random.default_rng(1).random(5_000)}
    path = tmp_path / "x.parquet"
    seconds = timeit.timeit(lambda: write_parquet(path, columns), number=3) / 3
    raised: list[type[BaseException]] = []

    def interrupted(after: float) -> None:
        alarm = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
        alarm.start()
        write_parquet(path, columns)
        time.sleep(10)  # until it comes

    for k in range(60):
        try:
            interrupted(seconds * k / 60)
        except BaseException as error:
            raised.append(type(error))

    assert raised == [KeyboardInterrupt] * 60
    assert len(read_parquet([path])["who"]) == 5_000


def test_a_file_that_is_no_parquet_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(OSError, match=r"x\.parquet"):
        read_parquet([tmp_path / "x.parquet"])


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no manifest\.json"):
        read_folder(tmp_path)
