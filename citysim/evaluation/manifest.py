"""What a run was: inputs by digest, versions, and the command that makes it again. Nothing here reads the clock."""

import hashlib
import json
import platform
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citysim.evaluation.replicate import Failure, Study

PACKAGES = ("citysim", "numpy", "numba", "simpy", "scipy", "duckdb")
PACKAGE_FOLDER = Path(__file__).parent.parent


def describe(study: "Study", replications: Sequence[int], level: float, command: str | None) -> dict[str, Any]:
    """The manifest of a run that has not begun: JSON data, equal for equal inputs and versions.

    Args:
        command: None if no command line can make the run again (a policy or scenario built in Python).
    """
    scenario = study.scenario
    return {
        "scenario": {
            "name": scenario.name,
            "digest": scenario.digest,
            "title": dict(scenario.title),
            "start": scenario.start.isoformat(),
            "residents": sum(district.population for district in scenario.districts),
            "streets": scenario.city.n_streets,
            "incident_types": len(scenario.kinds),
            "districts": {d.id: {"en": d.name_en, "zh": d.name_zh} for d in scenario.districts},
            "departments": {code: {"en": en, "zh": zh} for code, (en, zh) in scenario.department_names.items()},
        },
        "designs": [
            {"name": policy.name, "digest": policy.digest, "title": dict(policy.title)} for policy in study.policies
        ],
        "seed": study.seed,
        "weeks": study.weeks,
        "replications": list(replications),
        "level": level,
        "engine": study.engine,
        "digest": digest(study, replications),
        "command": command,
        "versions": versions(),
        "git_commit": git_commit(),
        "complete": False,
        "finished": [],
        "failures": [],
    }


def digest(study: "Study", replications: Sequence[int]) -> str:
    """SHA-256 (hex) of what decides the numbers of `replications.parquet`, and of nothing else.

    Not in it: the engine and the number of workers (the numbers may not depend on them), and the level (only tables and
    pictures read it). The program itself is named by `versions` and `git_commit` instead.
    """
    decisive = {
        "scenario": study.scenario.digest,
        "policies": [policy.digest for policy in study.policies],
        "seed": study.seed,
        "weeks": study.weeks,
        "replications": list(replications),
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def folder_name(manifest: dict[str, Any]) -> str:
    """`<scenario>-<design>-<design>-<digest>`, the digest cut to ten characters."""
    designs = [design["name"] for design in manifest["designs"]]
    return "-".join([manifest["scenario"]["name"], *designs, manifest["digest"][:10]])


def finish(
    manifest: dict[str, Any], finished: Sequence[int], failures: Sequence["Failure"], stopped: bool
) -> dict[str, Any]:
    """The manifest of a run that has ended, well or not."""
    return {
        **manifest,
        "complete": not stopped and not failures,
        "finished": sorted(finished),
        "failures": [
            {**asdict(failure), "replay": replay_command(manifest, failure.replication)}
            for failure in sorted(failures, key=lambda failure: (failure.replication, failure.design))
        ],
    }


def remake_command(
    scenario: str, designs: Sequence[str], replications: Sequence[int], seed: int, weeks: int, level: float
) -> str:
    """The command line that makes a run again."""
    parts = ["citysim", "evaluate", scenario, "--designs", *designs]
    if list(replications) == list(range(len(replications))):
        parts += ["--replications", str(len(replications))]
    else:
        parts += ["--replication", *map(str, replications)]
    parts += ["--weeks", str(weeks), "--seed", str(seed)]
    if level != 0.95:
        parts += ["--level", str(level)]
    return shlex.join(parts)


def replay_command(manifest: dict[str, Any], replication: int) -> str | None:
    """The command line that runs one replication of a run alone, in this process, so that a debugger can look on."""
    if manifest["command"] is None:
        return None
    words = shlex.split(manifest["command"])
    for option in ("--replications", "--replication"):
        if option in words:
            start = words.index(option)
            end = next(k for k in range(start + 1, len(words) + 1) if k == len(words) or words[k].startswith("--"))
            words[start:end] = ["--replication", str(replication)]
    if manifest["engine"] != "kernel":
        words += ["--engine", manifest["engine"]]  # the numbers do not depend on it, a failure may
    return shlex.join([*words, "--workers", "1"])


def versions() -> dict[str, str]:
    """Python and the packages that numbers could depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def git_commit() -> str | None:
    """The commit this package is checked out at, with `+changes` if files differ; None outside its own repository."""
    if _git("ls-files", "--error-unmatch", "__init__.py") is None:
        return None  # installed somewhere inside somebody else's repository, or none at all
    commit = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain", "--", ".")
    return f"{commit}+changes" if commit and changed else commit


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=PACKAGE_FOLDER, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
