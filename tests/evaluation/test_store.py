"""Do tables survive the disk?"""

from pathlib import Path

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.evaluation.parquet import read_parquet, write_parquet
from citysim.evaluation.store import read_folder


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


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no manifest\.json"):
        read_folder(tmp_path)
