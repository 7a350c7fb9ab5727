"""Does a real Dask cluster find what one process finds, also when a worker of it dies?"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citysim.errors import InputError
from citysim.evaluation.comparison import Comparison
from citysim.evaluation.run import evaluate

distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp://", host="127.0.0.1"
    ) as made:
        yield made


@pytest.mark.slow
def test_a_cluster_finds_what_one_process_finds(
    cluster: Any, toy_run: Comparison, toy_folder: Path, tmp_path: Path
) -> None:
    evaluate(TOY, replications=3, weeks=1, out=tmp_path / "run", scheduler=cluster.scheduler_address)

    for name in ("manifest.json", "replications.parquet", "series.parquet"):
        assert (tmp_path / "run" / name).read_bytes() == (toy_folder / name).read_bytes()
    assert not (tmp_path / "run" / "parts").exists()


@pytest.mark.slow
def test_the_work_of_a_worker_that_is_killed_is_done_by_another(cluster: Any, tmp_path: Path) -> None:
    victims = [worker.pid for worker in cluster.workers.values()]
    killed: list[int] = []

    def kill_one(done: int, asked: int) -> None:
        if done >= 3 and not killed:
            killed.append(victims[0])
            os.kill(victims[0], signal.SIGKILL)

    few: dict[str, Any] = {"policies": "fragmented", "replications": 12, "weeks": 1}
    found = evaluate(TOY, out=tmp_path / "run", scheduler=cluster.scheduler_address, progress=kill_one, **few)

    assert killed
    assert found.complete
    alone = evaluate(TOY, workers=1, **few)
    assert all((found.scores[name] == alone.scores[name]).all() for name in ("replication", "indicator", "n"))
    assert found.scores["value"].tobytes() == alone.scores["value"].tobytes()


def test_what_a_cluster_needs_is_told_before_work_begins(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="scheduler needs out or store"):
        evaluate(TOY, replications=1, weeks=1, scheduler="tcp://127.0.0.1:9")


@pytest.mark.slow
def test_nobody_at_the_address_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from citysim.evaluation import cluster as module

    monkeypatch.setattr(module, "CONNECT_SECONDS", 2)
    with pytest.raises(InputError, match=r"scheduler = 'tcp://127\.0\.0\.1:9', nobody answers"):
        evaluate(TOY, replications=1, weeks=1, out=tmp_path / "run", scheduler="tcp://127.0.0.1:9")
