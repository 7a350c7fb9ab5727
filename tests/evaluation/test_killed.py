"""Does a run that is killed outright, again and again, end with the bytes of one that nobody disturbed?"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from citysim.evaluation.comparison import load_comparison
from citysim.evaluation.folder import plan_of
from citysim.evaluation.run import evaluate
from citysim.evaluation.store import Store

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"
REPLICATIONS, WORKERS = 30, 2
DESIGNS = ["fragmented", "unified_command"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kills a process group"),
]


def start(folder: Path) -> "subprocess.Popen[bytes]":
    code = (
        "import citysim\n"
        f"citysim.evaluate({str(TOY)!r}, {DESIGNS}, replications={REPLICATIONS}, weeks=1, workers={WORKERS},"
        f" out={str(folder)!r})\n"
    )
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True)


def written(folder: Path) -> int:
    """Replications whose results stand in the store of the folder, which holds one plan; cheap, as it comes often."""
    return sum(1 for _ in folder.glob("parts/*/runs/*.parquet"))


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.study)])
def test_kills_at_random_points_lose_what_was_in_flight_and_nothing_else(tmp_path: Path, kills: int) -> None:
    evaluate(TOY, DESIGNS, replications=REPLICATIONS, weeks=1, workers=1, out=tmp_path / "undisturbed")
    when = random.Random(7)
    folder, kept = tmp_path / "killed", 0
    for kill in range(kills):
        process = start(folder)
        target = kept + when.randint(0, 2 * REPLICATIONS // kills - WORKERS) if kill else 0
        deadline = time.monotonic() + 120
        while written(folder) < min(target, REPLICATIONS - 10) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(when.random() * 0.2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        done = written(folder)
        assert done >= kept, "a kill may lose what was in flight, never what was written"
        kept = done
        if kept:
            assert len(load_comparison(folder).manifest["finished"]) == kept
    assert 0 < kept < REPLICATIONS

    seen: list[int] = []
    evaluate(
        TOY, DESIGNS, replications=REPLICATIONS, weeks=1, workers=WORKERS, out=folder,
        progress=lambda done, asked: seen.append(done),
    )  # fmt: skip

    assert seen[0] == kept  # everything that had been written was used
    for name in ("manifest.json", "replications.parquet", "series.parquet"):
        assert (folder / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes(), name


def test_a_part_that_was_cut_off_is_never_read(tmp_path: Path) -> None:
    """Scores without their row in `runs`, as a kill between the two leaves them."""
    few: dict[str, object] = {"replications": 3, "weeks": 1, "workers": 1, "store": tmp_path / "store"}
    whole = evaluate(TOY, "fragmented", **few)  # type: ignore[arg-type]
    store, plan = Store(tmp_path / "store"), plan_of(whole.manifest)
    victim = sorted((tmp_path / "store" / plan.world / "runs").glob("*.parquet"))[1]
    victim.unlink()

    assert len(store.finished(plan)["fragmented"]) == 2
    assert set(store.collect(plan, "scores")["replication"].tolist()) == set(store.finished(plan)["fragmented"])
    again = evaluate(TOY, "fragmented", **few)  # type: ignore[arg-type]
    assert all((again.scores[name] == whole.scores[name]).all() for name in ("replication", "indicator", "n"))
