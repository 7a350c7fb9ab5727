"""Results on disk: a folder with manifest.json, replications.parquet, series.parquet and timings.json, and `inputs/`.

While a run goes on, what is finished is in its store: `parts/` in the folder itself, or the shared one that the file
`store` names. Whatever ends the run (Ctrl-C, a kill), what was finished can be read, and the next run of
the same inputs goes on from there. Every file appears complete or not at all.
"""

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from citysim.errors import DataError
from citysim.evaluation.manifest import packed, unpacked
from citysim.evaluation.parquet import Columns, read_parquet, write_parquet
from citysim.evaluation.store import Plan, Store

SCORES, SERIES, PARTS, POINTER, INPUTS = "replications", "series", "parts", "store", "inputs"
OURS = (
    f"{SCORES}.parquet", f"{SERIES}.parquet", "report.html", "table.md", "comparison.csv", "timings.json",
    "ro-crate-metadata.json",
)  # fmt: skip
TABLES = {SCORES: "scores", SERIES: "series"}


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Readable JSON, Chinese as it is."""
    write_whole(path, (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode())


def write_whole(path: Path, content: bytes) -> None:
    """A file that appears complete or not at all."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def plan_of(manifest: Mapping[str, Any]) -> Plan:
    """What a study asks of a store."""
    policies = {design["name"]: design["does"] for design in manifest["designs"]}
    return Plan(manifest["world"], policies, tuple(manifest["replications"]))


def open_folder(folder: Path, manifest: Mapping[str, Any], store: Path | None) -> Store:
    """Make the folder of a run, and the store that its results go to; what an earlier run of the same inputs left there
    is gone on with.

    If that run ended well its results stay until this one ends: nobody loses results by asking for them again.

    Args:
        store: a shared one; None = the folder's own.

    Raises:
        DataError: the folder holds the results of other inputs, or files of somebody else that would be replaced.
    """
    there = folder / "manifest.json"
    if there.exists():
        other = read_manifest(folder).get("digest")
        if other != manifest["digest"]:
            raise DataError(f"{folder} holds another run (digest {str(other)[:10]}); give another folder or delete it")
    elif strange := [name for name in (*OURS, PARTS, INPUTS) if (folder / name).exists()]:
        raise DataError(f"{folder} holds {strange[0]}, but no manifest.json of a run; give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    if not is_complete(folder):
        write_json(there, packed(manifest))
        for old in (*folder.glob("cases-*.parquet"), *(folder / name for name in OURS)):
            old.unlink(missing_ok=True)
    if store is not None:
        (folder / POINTER).write_text(os.path.relpath(store, folder) + "\n", encoding="utf-8")
    return Store(folder / PARTS if store is None else store)


def close_folder(folder: Path, manifest: Mapping[str, Any], scores: Columns, series: Columns) -> None:
    """Write the tables, then note in the manifest how the run ended; the folder's own store goes once all is there."""
    write_parquet(folder / f"{SERIES}.parquet", series)
    write_parquet(folder / f"{SCORES}.parquet", scores)
    write_json(folder / "manifest.json", packed(manifest))
    if manifest["complete"]:
        drop_store(folder)


def drop_store(folder: Path) -> None:
    """Forget the folder's own store; a shared one is only let go of."""
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    (folder / POINTER).unlink(missing_ok=True)


def is_complete(folder: Path) -> bool:
    """Whether the folder holds a run that ended well."""
    return (folder / "manifest.json").exists() and read_manifest(folder).get("complete") is True


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run, as it stands in its folder.

    Raises:
        DataError: there is none, or it is none.
    """
    there = folder / "manifest.json"
    if not there.exists():
        raise DataError(f"{folder}: no manifest.json, so no results of citysim evaluate")
    try:
        found = json.loads(there.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return unpacked(found)
    except ValueError as broken:
        raise DataError(f"{there}: not the manifest of a run: {broken}") from None
    raise DataError(f"{there}: not the manifest of a run")


def read_folder(folder: str | os.PathLike[str]) -> tuple[dict[str, Any], Columns, Columns]:
    """Manifest, score rows and series rows of a run, also of one that goes on or was killed: then what is finished.

    Raises:
        DataError: there is no run in this folder.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    store = _store_of(folder)
    if store is None or manifest["complete"]:
        scores, series = (read_parquet([folder / f"{name}.parquet"]) for name in TABLES)
        return manifest, scores, series
    plan = plan_of(manifest)
    manifest["finished"] = sorted(finished_by_all(store, plan))
    return manifest, store.collect(plan, "scores"), store.collect(plan, "series")


def finished_by_all(store: Store, plan: Plan) -> frozenset[int]:
    """Replications that every design of the plan has ended well."""
    return frozenset.intersection(*store.finished(plan).values())


def _store_of(folder: Path) -> Store | None:
    if (folder / POINTER).exists():
        return Store(folder / (folder / POINTER).read_text(encoding="utf-8").strip())
    return Store(folder / PARTS) if (folder / PARTS).exists() else None
