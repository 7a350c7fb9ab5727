"""Results on disk: a folder with manifest.json, replications.parquet, series.parquet and timings.json.

While a run goes on, each finished replication is a file of its own under `parts/`: whatever ends the run (Ctrl-C, a
kill, a power cut), what was finished can be read. Every file appears complete or not at all.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError
from citysim.evaluation.parquet import Columns, read_parquet, write_parquet
from citysim.evaluation.replicate import Judged, Replicated

SCORES, SERIES = "replications", "series"
OURS = (f"{SCORES}.parquet", f"{SERIES}.parquet", "report.html", "timings.json")
SCORE_COLUMNS = ("design", "replication", "indicator", "stratum", "group", "value", "n")
SERIES_COLUMNS = ("design", "replication", "series", "group", "position", "value")


def score_rows(judged: Iterable[Judged]) -> Columns:
    """One row for each design, replication, indicator and group."""
    rows = list(judged)
    return {
        "design": _repeat([j.design for j in rows], [len(j.scores) for j in rows]),
        "replication": np.repeat(
            np.array([j.replication for j in rows], np.int32), np.array([len(j.scores) for j in rows], np.int64)
        ),
        "indicator": _texts(name for j in rows for name in j.scores.indicator),
        "stratum": _texts(name for j in rows for name in j.scores.stratum),
        "group": _texts(name for j in rows for name in j.scores.group),
        "value": _numbers([j.scores.value for j in rows], np.float64),
        "n": _numbers([j.scores.n for j in rows], np.int64),
    }


def series_rows(judged: Iterable[Judged]) -> Columns:
    """One row for each design, replication and point of a picture."""
    rows = list(judged)
    lengths = [len(j.series.name) for j in rows]
    return {
        "design": _repeat([j.design for j in rows], lengths),
        "replication": np.repeat(np.array([j.replication for j in rows], np.int32), np.array(lengths, np.int64)),
        "series": _texts(name for j in rows for name in j.series.name),
        "group": _texts(name for j in rows for name in j.series.group),
        "position": _numbers([j.series.position for j in rows], np.float64),
        "value": _numbers([j.series.value for j in rows], np.float64),
    }


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Readable JSON, Chinese as it is."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def open_folder(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Make the folder of a run; what an earlier run of the same inputs left is replaced.

    If that run ended well its results stay until this one ends: nobody loses results by asking for them again.

    Raises:
        DataError: the folder holds the results of other inputs, or files of somebody else that would be replaced.
    """
    there = folder / "manifest.json"
    if there.exists():
        other = _read_manifest(folder).get("digest")
        if other != manifest["digest"]:
            raise DataError(f"{folder} holds another run (digest {str(other)[:10]}); give another folder or delete it")
    elif strange := [name for name in (*OURS, "parts") if (folder / name).exists()]:
        raise DataError(f"{folder} holds {strange[0]}, but no manifest.json of a run; give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    if not is_complete(folder):
        write_json(there, manifest)
        for old in (*folder.glob("cases-*.parquet"), *(folder / name for name in OURS)):
            old.unlink(missing_ok=True)
    drop_parts(folder)
    (folder / "parts").mkdir()


def write_part(folder: Path, done: Replicated) -> None:
    """Keep one finished replication while the others go on."""
    if done.judged:
        write_parquet(folder / "parts" / f"{SERIES}-{done.replication:06}.parquet", series_rows(done.judged))
        write_parquet(folder / "parts" / f"{SCORES}-{done.replication:06}.parquet", score_rows(done.judged))


def close_folder(folder: Path, manifest: Mapping[str, Any], scores: Columns, series: Columns) -> None:
    """Join the parts, then note in the manifest how the run ended."""
    write_parquet(folder / f"{SERIES}.parquet", series)
    write_parquet(folder / f"{SCORES}.parquet", scores)
    write_json(folder / "manifest.json", manifest)
    drop_parts(folder)


def drop_parts(folder: Path) -> None:
    """Forget the replications that were kept one by one."""
    shutil.rmtree(folder / "parts", ignore_errors=True)


def is_complete(folder: Path) -> bool:
    """Whether the folder holds a run that ended well."""
    return (folder / "manifest.json").exists() and _read_manifest(folder).get("complete") is True


def _read_manifest(folder: Path) -> dict[str, Any]:
    there = folder / "manifest.json"
    try:
        found = json.loads(there.read_text(encoding="utf-8"))
    except ValueError as broken:
        raise DataError(f"{there}: not the manifest of a run: {broken}") from None
    if not isinstance(found, dict):
        raise DataError(f"{there}: not the manifest of a run")
    return found


def read_folder(folder: str | os.PathLike[str]) -> tuple[dict[str, Any], Columns, Columns]:
    """Manifest, score rows and series rows of a run, also of one that was killed and has only parts.

    Raises:
        DataError: there is no run in this folder.
    """
    folder = Path(folder)
    if not (folder / "manifest.json").exists():
        raise DataError(f"{folder}: no manifest.json, so no results of citysim evaluate")
    manifest = _read_manifest(folder)
    scores = _read_all(folder, SCORES, SCORE_COLUMNS)
    if not manifest["complete"] and not manifest["finished"]:
        manifest["finished"] = sorted({int(number) for number in scores["replication"]})
    return manifest, scores, _read_all(folder, SERIES, SERIES_COLUMNS)


def _read_all(folder: Path, name: str, columns: tuple[str, ...]) -> Columns:
    whole = folder / f"{name}.parquet"
    paths = [whole] if whole.exists() else sorted((folder / "parts").glob(f"{name}-*.parquet"))
    return read_parquet(paths) if paths else {column: np.array([], dtype=object) for column in columns}


def _texts(values: Iterable[str]) -> npt.NDArray[Any]:
    return np.array(list(values), dtype=object)


def _repeat(names: Sequence[str], lengths: Sequence[int]) -> npt.NDArray[Any]:
    return _texts(name for name, length in zip(names, lengths, strict=True) for _ in range(length))


def _numbers(parts: Sequence[npt.NDArray[Any]], dtype: type[np.generic]) -> npt.NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *parts]).astype(dtype)
