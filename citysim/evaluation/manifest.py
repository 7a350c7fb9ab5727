"""What a run was: inputs by digest, versions, and the command that makes it again. Nothing here reads the clock."""

import hashlib
import json
import os
import platform
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citysim.evaluation.content import policy_digest, program_digest, world_digest

if TYPE_CHECKING:
    from citysim.evaluation.replicate import Study

PACKAGES = ("citysim", "numpy", "numba", "simpy", "scipy", "mesa", "duckdb")
NUMBERS = ("replications", "finished")
MOST_LISTED = 1_000
"""Numbers of replications that stand one by one in a file; more are written as ranges."""

PACKAGE_FOLDER = Path(__file__).parent.parent


def describe(
    study: "Study", replications: Sequence[int], level: float, command: str | None, relevant: float = 0.01
) -> dict[str, Any]:
    """The manifest of a run that has not begun: JSON data, equal for equal inputs and versions.

    Args:
        relevant: smallest difference that matters, as a share of the baseline's mean.
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
            {"name": policy.name, "digest": policy.digest, "does": policy_digest(policy), "title": dict(policy.title)}
            for policy in study.policies
        ],
        "seed": study.seed,
        "weeks": study.weeks,
        "warm_up": study.warm_up,
        "replications": list(replications),
        "level": level,
        "relevant": relevant,
        "engine": study.engine,
        "digest": digest(study, replications),
        "command": command,
        "program": program_digest(),
        "world": world_digest(scenario, study.seed, study.weeks, study.warm_up),
        "versions": versions(),
        "git_commit": git_commit(),
        "host": host(),
        "complete": False,
        "finished": [],
        "failures": [],
    }


def digest(study: "Study", replications: Sequence[int]) -> str:
    """SHA-256 (hex) of what decides the numbers of `replications.parquet`, and of nothing else.

    Not in it: the engine and the number of workers (the numbers may not depend on them), the level and what is relevant
    (only tables and pictures read them). The program itself is named by `versions` and `git_commit` instead.
    """
    decisive = {
        "scenario": study.scenario.digest,
        "policies": [policy.digest for policy in study.policies],
        "seed": study.seed,
        "weeks": study.weeks,
        "replications": list(replications),
    }
    if study.warm_up:
        decisive["warm_up"] = study.warm_up
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def folder_name(manifest: dict[str, Any]) -> str:
    """`<scenario>-<design>-<design>-<digest>`, the digest cut to ten characters."""
    designs = [design["name"] for design in manifest["designs"]]
    return "-".join([manifest["scenario"]["name"], *designs, manifest["digest"][:10]])


def finish(
    manifest: Mapping[str, Any], finished: Sequence[int], troubles: Sequence[Mapping[str, Any]], stopped: bool
) -> dict[str, Any]:
    """The manifest of a run that has ended, well or not.

    Args:
        finished: replications that every design has ended well. troubles: what failed, as `Store.troubles` tells it.
    """
    failures = [
        {**{name: value for name, value in trouble.items() if name != "status"}, "status": trouble["status"]}
        for trouble in sorted(troubles, key=lambda trouble: (trouble["replication"], trouble["design"]))
    ]
    return {
        **manifest,
        "complete": not stopped and len(finished) == len(manifest["replications"]),
        "finished": sorted(finished),
        "failures": failures,
    }


def packed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest as it stands on disk: very many replications as ranges, `0..4,7,9..999999`."""
    lists = {name: manifest[name] for name in NUMBERS if len(manifest.get(name, ())) > MOST_LISTED}
    return {**manifest, **{name: _as_ranges(numbers) for name, numbers in lists.items()}}


def unpacked(data: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest that stands on disk so.

    Raises:
        ValueError: its ranges are none.
    """
    return {**data, **{name: _from_ranges(data[name]) for name in NUMBERS if isinstance(data.get(name), str)}}


def _as_ranges(numbers: Sequence[int]) -> str:
    """Whole numbers in rising order."""
    parts = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        parts.append(f"{members[0]}..{members[-1]}" if len(members) > 1 else str(members[0]))
    return ",".join(parts)


def _from_ranges(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("..")
        found.extend(range(int(first), int(last or first) + 1))
    return found


def remake_command(
    scenario: str,
    designs: Sequence[str],
    replications: Sequence[int],
    seed: int,
    weeks: int,
    level: float,
    relevant: float = 0.01,
    warm_up: int = 0,
) -> str:
    """The command line that makes a run again."""
    parts = ["citysim", "evaluate", scenario, "--designs", *designs]
    if list(replications) == list(range(len(replications))):
        parts += ["--replications", str(len(replications))]
    else:
        parts += ["--replication", *map(str, replications)]
    parts += ["--weeks", str(weeks), "--seed", str(seed)]
    if warm_up:
        parts += ["--warm-up", str(warm_up)]
    if level != 0.95:
        parts += ["--level", str(level)]
    if relevant != 0.01:
        parts += ["--relevant", str(relevant)]
    return shlex.join(parts)


def replay_command(manifest: Mapping[str, Any], replication: int, design: str = "") -> str | None:
    """The command line that runs one replication of a run alone, in this process, so that a debugger can look on.

    Args:
        design: the one that is run, of an experiment the arm; "" = all of them.
    """
    parts = replay_parts(manifest, design)
    return None if parts is None else f"{parts[0]}{replication}{parts[1]}"


def replay_parts(manifest: Mapping[str, Any], design: str = "") -> tuple[str, str] | None:
    """What stands before and after the number of the replication in that line; None if no command can."""
    if manifest["command"] is None:
        return None
    words = list(_words_of(manifest["command"]))
    if words[1] in HAVE_ARMS:
        return shlex.join([*words, "--arm", design, "--replication"]) + " ", ""
    if design:
        given = words_after(words, "--designs")
        names = [one["name"] for one in manifest["designs"]]
        words[given] = [words[given][names.index(design)]]
    which = "--replications" if "--replications" in words else "--replication"
    numbers = words_after(words, which)
    before, after = words[: numbers.start - 1], words[numbers.stop :]
    if manifest["engine"] != "kernel":
        after += ["--engine", manifest["engine"]]  # the numbers do not depend on it, a failure may
    return shlex.join([*before, "--replication"]) + " ", " " + shlex.join([*after, "--workers", "1"])


HAVE_ARMS = ("run", "sensitivity", "explain")
"""Commands whose runs have names of their own: one is run alone with --arm NAME --replication K."""


@lru_cache(maxsize=16)
def _words_of(command: str) -> tuple[str, ...]:
    """The words of a command; of one that names very many replications only the first, since all are replaced."""
    return tuple(_shortened(shlex.split(command)))


def _shortened(words: list[str]) -> list[str]:
    if "--replication" in words:
        numbers = words_after(words, "--replication")
        words[numbers] = words[numbers][:1]
    return words


def words_after(words: Sequence[str], option: str) -> slice:
    """Where the values of an option stand in a command."""
    first = words.index(option) + 1
    return slice(first, next((k for k in range(first, len(words)) if words[k].startswith("--")), len(words)))


def versions() -> dict[str, str]:
    """Python and the packages that numbers could depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def host() -> dict[str, str | int]:
    """What kind of machine this is, without its name."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_implementation(),
        "cpus": os.cpu_count() or 1,
    }


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
