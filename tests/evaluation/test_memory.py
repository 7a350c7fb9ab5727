"""Does a limit of memory cost the replication that needs more, and nothing else?"""

import multiprocessing
import os
from pathlib import Path

import pytest

from citysim.cli import main
from citysim.errors import InputError
from citysim.evaluation.chunks import Job, Order, Todo, work
from citysim.evaluation.gather import Hands
from citysim.evaluation.manifest import describe
from citysim.evaluation.replicate import Study
from citysim.evaluation.run import IncompleteError, evaluate
from citysim.evaluation.store import Store
from citysim.evaluation.workers import run_all
from citysim.policy.catalog import load_policy
from citysim.world.scenario import load_scenario

pytestmark = pytest.mark.slow

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"


def process(number: int) -> int:
    return os.getpid()


def test_a_replication_whose_results_find_no_memory_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study(load_scenario(TOY), (load_policy("fragmented"),), 1, 1)
    job, store = Job(study, describe(study, range(2), 0.95, None)), Store(tmp_path)
    keep = Store.add

    def add(self: Store, world: str, policies: object, done: list[object], *more: object) -> None:
        if done[0].judged and done[0].replication == 0:  # type: ignore[attr-defined]
            raise MemoryError("no room")
        keep(self, world, policies, done, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "add", add)
    order = Order((job,), store, ((Todo(0, 0, ("fragmented",)),), (Todo(0, 1, ("fragmented",)),)))
    with pytest.raises(MemoryError):  # in the process of whoever asks it is theirs
        work(order, 0)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: object())
    for number in (0, 1):
        work(order, number)

    assert store.finished(job.plan) == {"fragmented": {1}}
    (trouble,) = store.troubles(job.plan)
    assert (trouble["replication"], trouble["status"], trouble["error"]) == (0, "FAILED", "MemoryError: no room")


@pytest.mark.skipif(os.name != "posix", reason="limits a process")
def test_a_study_without_memory_ends_and_names_what_is_missing() -> None:
    with pytest.raises(IncompleteError, match="1 of 1 replications failed"):
        evaluate(TOY, "fragmented", replications=1, weeks=1, workers=1, memory=0.2)


def test_with_a_limit_even_one_worker_is_another_process() -> None:
    assert [done.result for done in run_all(process, [7], 1)] == [os.getpid()]
    (apart,) = run_all(process, [7], 1, here=False)
    assert apart.result != os.getpid()


def test_a_limit_that_would_do_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(TOY), "--memory", "1", "--scheduler", "tcp://nobody:1"]) == 2
    assert "memory has no effect with a scheduler" in capsys.readouterr().err
    monkeypatch.setattr("citysim.evaluation.gather.find_spec", lambda name: None)
    with pytest.raises(InputError, match="this platform sets processes no limits"):
        Hands(memory=1.0)
