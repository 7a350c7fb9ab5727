"""The folder of a run as a research object (RO-Crate 1.1): what each file is, made by what, from what.

Source: Sefton and others (2022), RO-Crate Metadata Specification 1.1, researchobject.org; Process Run Crate 0.5.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from citysim.evaluation.folder import INPUTS
from citysim.evaluation.inputs import kept_files

CRATE = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENCE = "#licence"
TYPES = {".json": "application/json", ".parquet": "application/vnd.apache.parquet", ".html": "text/html",
         ".md": "text/markdown", ".svg": "image/svg+xml", ".yaml": "application/yaml", ".yml": "application/yaml",
         ".csv": "text/csv"}  # fmt: skip
ABOUT = {
    "manifest.json": "what was run: digests, versions, seed, and the command that remakes it",
    "replications.parquet": "every indicator of every replication, by group",
    "series.parquet": "points of the pictures: open cases over time, time until safe",
    "timings.json": "seconds that each part of the work took",
    "report.html": "the table, pictures and explanations, in English and Chinese",
    "table.md": "the table of headline indicators, then of groups of cases and of quantiles",
    "comparison.csv": "every indicator, group and design: mean, paired difference, intervals and verdict",
    "run.json": "what was run: digests of every arm, versions, seed, and the mean of every arm and indicator",
    "answer.md": "the answer: predictions, intervals and verdicts",
    "answer.zh.md": "the same in Chinese",
    "figure.svg": "the answer's picture",
    "figure.zh.svg": "the same in Chinese",
    "inputs/inputs.json": "which of the files kept in inputs/ is the scenario, which are designs, and their digests",
}


@dataclass(frozen=True)
class Made:
    """What a folder's files came of.

    Args:
        name: of the data set. identifier: digest of all that decides it. command: that remakes it, None without one.
        inputs: seed, size and digests of what was run, in words. complete: whether all of it was finished.
        versions: of citysim and what it uses. commit: of the source, None if nobody knows.
    """

    name: str
    identifier: str
    command: str | None
    inputs: str
    complete: bool
    versions: Mapping[str, str]
    commit: str | None


def made_of(manifest: Mapping[str, Any]) -> Made:
    """What the manifest of a comparison says."""
    return Made(
        name=f"citysim {manifest['scenario']['name']}: {', '.join(d['name'] for d in manifest['designs'])}",
        identifier=manifest["digest"],
        command=manifest["command"],
        inputs=f"seed {manifest['seed']}, {len(manifest['replications'])} replications of"
        f" {manifest['weeks']} weeks, scenario digest {manifest['scenario']['digest']}",
        complete=manifest["complete"],
        versions=manifest["versions"],
        commit=manifest["git_commit"],
    )


def write_crate(folder: Path, made: Made) -> None:
    """Describe every file of a finished run; a file that changes later no longer has the digest told here."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name != CRATE and not p.name.startswith("."))
    made_here, read = [path.name for path in files], [p.relative_to(folder).as_posix() for p in kept_files(folder)]
    graph = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "conformsTo": {"@id": PROFILE},
            "name": made.name,
            "description": "Designs compared under stated assumptions, on synthetic incidents; it forecasts nothing.",
            "datePublished": time.strftime("%Y-%m-%d", time.gmtime()),
            "license": {"@id": LICENCE},
            "identifier": made.identifier,
            "hasPart": [{"@id": quote(name)} for name in made_here + read],
            "mentions": {"@id": "#run"},
        },
        {
            "@id": PROFILE,
            "@type": "CreativeWork",
            "name": "Process Run Crate",
            "version": "0.5",
        },
        {
            "@id": LICENCE,
            "@type": "CreativeWork",
            "name": "no licence stated",
            "description": "Nobody has stated under what licence these results may be used; say it here to publish.",
        },
        *_action(made, made_here, read),
        *(_file(folder, name) for name in made_here + read),
    ]
    data = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    temporary = folder / f".{CRATE}.tmp"
    temporary.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(folder / CRATE)


def _action(made: Made, results: list[str], read: list[str]) -> Iterator[dict[str, Any]]:
    """The run, what it read and left, and the program that it was a run of."""
    yield {
        "@id": "#run",
        "@type": "CreateAction",
        "name": made.command or "made from Python objects",
        "instrument": {"@id": "#citysim"},
        "agent": {"@id": "#agent"},
        "endTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "actionStatus": {"@id": f"http://schema.org/{'Completed' if made.complete else 'Failed'}ActionStatus"},
        **({"object": [{"@id": quote(name)} for name in read]} if read else {}),
        "result": [{"@id": quote(name)} for name in results],
        "description": made.inputs,
    }
    yield {
        "@id": "#citysim",
        "@type": "SoftwareApplication",
        "name": "citysim",
        "softwareVersion": f"{made.versions['citysim']} ({made.commit or 'no commit'})",
        "softwareRequirements": ", ".join(f"{name} {version}" for name, version in made.versions.items()),
    }
    yield {
        "@id": "#agent",
        "@type": "Person",
        "name": "whoever ran the command",
        "description": "citysim keeps no names of people or machines; write yours here before you publish.",
    }


def _file(folder: Path, name: str) -> dict[str, Any]:
    content, is_input = (folder / name).read_bytes(), name.startswith(f"{INPUTS}/")
    return {
        "@id": quote(name),
        "@type": "File",
        "name": name,
        "description": ABOUT.get(name, "read by the run" if is_input else "case log of a design in one world"),
        "encodingFormat": TYPES.get(Path(name).suffix, "application/octet-stream"),
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
