"""What the store costs with very many small runs: python -m tests.evaluation.million [RUNS] [GIGABYTES] [SIZE]

Writes RUNS runs (a million) of five made-up scores each through `Store.add`, SIZE (2,500) at once, and asks for a
grouped mean under a limit of GIGABYTES (0.5). Writer and reader are processes of their own, since each tells its
peak; the reader's mean is compared with the exact one.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from citysim.evaluation.replicate import Judged, Replicated, Series
from citysim.evaluation.results import open_results
from citysim.evaluation.store import Store
from citysim.judging.scorecard import Scores

NAMES = ("recorded_cases", "backlog", "report_to_close_so_far_mean", "false_closure_rate", "mean_dispatches")
ALL = ("all",) * len(NAMES)
QUERY = (
    "SELECT design, indicator, count(*) AS n, avg(value) AS mean FROM results WHERE experiment = 'million'"
    " GROUP BY ALL ORDER BY ALL"
)


def run(number: int) -> Replicated:
    """A made-up run whose k-th score is number + k."""
    values = number + np.arange(len(NAMES), dtype=np.float64)
    scores = Scores(NAMES, ALL, ALL, values, np.ones(len(NAMES), np.int64))
    return Replicated(number, (Judged("design", number, scores, Series((), (), np.empty(0), np.empty(0))),))


def write(folder: Path, runs: int, size: int) -> None:
    """All runs, in parts of `size`."""
    store = Store(folder)
    store.note_plan(
        {
            "experiment": "million",
            "scenario": {"name": "made_up", "digest": "0"},
            "designs": [{"name": "design", "does": "policy"}],
            "world": "world",
            "seed": 1,
            "weeks": 1,
            "replications": list(range(runs)),
            "command": None,
        }
    )
    for first in range(0, runs, size):
        store.add("world", {"design": "policy"}, [run(k) for k in range(first, min(first + size, runs))])


def read(folder: Path, runs: int, gigabytes: float) -> None:
    """The grouped means are those of 0, 1, 2, … shifted."""
    answer = open_results(folder, gigabytes).columns(QUERY)
    expected = {name: (runs - 1) / 2 + k for k, name in enumerate(NAMES)}
    assert answer["n"].tolist() == [runs] * len(NAMES)
    assert dict(zip(answer["indicator"].tolist(), answer["mean"].tolist(), strict=True)) == expected


def _measured(*words: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "tests.evaluation.million", *words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def main(runs: int = 1_000_000, gigabytes: float = 0.5, size: int = 2_500) -> None:
    """Print the line of docs/background/speed.md."""
    with tempfile.TemporaryDirectory(prefix="citysim-") as folder:
        written = _measured("write", folder, str(runs), str(size))
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        total = sum(path.stat().st_size for path in files)
        asked = _measured("read", folder, str(runs), str(gigabytes))
    sys.stdout.write(
        f"{runs:,} runs of {len(NAMES)} scores in parts of {size:,}: written in {written['seconds']:.0f} s"
        f" (peak {written['gib']:.2f} GiB),"
        f" {total / 1e6:.0f} MB in {len(files):,} files; grouped means under a limit of {gigabytes} GB in"
        f" {asked['seconds']:.1f} s (peak {asked['gib']:.2f} GiB)\n"
    )


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] in (["write"], ["read"]):
        start = time.perf_counter()
        if words[0] == "write":
            write(Path(words[1]), int(words[2]), int(words[3]))
        else:
            read(Path(words[1]), int(words[2]), float(words[3]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        sys.stdout.write(json.dumps({"seconds": time.perf_counter() - start, "gib": peak}))
    else:
        main(*(kind(word) for kind, word in zip((int, float, int), words, strict=False)))  # type: ignore[arg-type]
