"""Shares of the work for commands that do not talk: is every run done once, and the gathered answer the usual one?"""

import subprocess
import sys
from pathlib import Path

import pytest

from citysim.cli import main
from citysim.errors import InputError
from citysim.evaluation.chunks import Job
from citysim.evaluation.manifest import describe
from citysim.evaluation.replicate import Study
from citysim.evaluation.shards import Shard, read_shard
from citysim.evaluation.store import Store
from citysim.policy.catalog import load_policy
from citysim.world.scenario import load_scenario

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"
NAMES = ("manifest.json", "replications.parquet", "series.parquet", "table.md")


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "1/0", "a/b", "1/3/5", "-1/3", "1/200000"])
def test_what_is_no_shard_is_told(text: str) -> None:
    with pytest.raises(InputError, match="must be I/N"):
        read_shard(text)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
def test_each_replication_of_each_city_is_of_one_shard_and_shares_are_even(count: int) -> None:
    """Also where there are more shards than replications of one city: cities are dealt out one after the other."""
    toy, policies = load_scenario(TOY), (load_policy("fragmented"),)
    studies = [(Study(toy, policies, seed, 1), range(5)) for seed in (1, 2, 3)]
    jobs = [Job(study, describe(study, numbers, 0.95, None)) for study, numbers in studies]
    dealt = [
        (job, replication)
        for index in range(1, count + 1)
        for job, own in enumerate(Shard(index, count).of(jobs))
        for replication in own
    ]
    sizes = [sum(map(len, Shard(index, count).of(jobs))) for index in range(1, count + 1)]

    assert sorted(dealt) == [(job, replication) for job in range(3) for replication in range(5)]
    assert max(sizes) - min(sizes) <= 1


def asked(*more: object) -> list[str]:
    words = ["evaluate", TOY, "--designs", "fragmented", "unified_command", "--replications", 10, "--weeks", 1]
    return [*map(str, (*words, "--workers", 1, *more)), "--lang", "en"]


def written(store: Path) -> int:
    return len(list(store.glob("*/runs/*.parquet")))


@pytest.mark.slow
@pytest.mark.study
def test_three_shards_at_once_and_one_that_gathers_leave_the_bytes_of_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    shards = [
        subprocess.Popen(
            [sys.executable, "-m", "citysim.cli", *asked("--store", store, "--shard", f"{index}/3")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=TOY.parents[1],
        )
        for index in (1, 2, 3)
    ]  # fmt: skip
    told = [process.communicate(timeout=500) for process in shards]
    assert [process.returncode for process in shards] == [0, 0, 0], told
    assert sorted(out.split(":")[1].split(" replications")[0] for out, _ in told) == [
        " 3 of its 3", " 3 of its 3", " 4 of its 4",
    ]  # fmt: skip
    assert written(store) == 10

    assert main(asked("--store", store, "--out", tmp_path / "gathered")) == 0
    assert written(store) == 10, "what the shards have done is not done again"
    assert main(asked("--out", tmp_path / "undisturbed")) == 0
    for name in NAMES:
        gathered, undisturbed = ((tmp_path / folder / name).read_bytes() for folder in ("gathered", "undisturbed"))
        if name == "table.md":  # its first line names the folder
            gathered, undisturbed = (page.split(b"\n", 1)[1] for page in (gathered, undisturbed))
        assert gathered == undisturbed, name
    capsys.readouterr()


@pytest.mark.slow
def test_a_shard_run_again_does_what_is_missing_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "store"
    assert main(asked("--store", store, "--shard", "2/3")) == 0
    assert "3 of its 3" in capsys.readouterr().out
    assert not (tmp_path / "results").exists()
    lost = sorted(store.glob("*/runs/*.parquet"))[0]
    lost.unlink()  # as if it had been killed before it wrote that
    there = set(store.glob("*/runs/*.parquet"))

    assert main(asked("--store", store, "--shard", "2/3")) == 0
    assert "of the others 7 are missing" in capsys.readouterr().out
    assert written(store) == 3
    assert there < set(store.glob("*/runs/*.parquet"))


def test_a_shard_without_a_store_or_with_a_place_for_an_answer_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", tmp_path / "store"]
    for more in (["--shard", "1/2"], [*store, "--shard", "1/2", "--out", "x"], [*store, "--shard", "1/2", "--log"]):
        assert main(asked(*more)) == 2
        assert "--shard fills a store and writes no answer" in capsys.readouterr().err
    assert main(asked(*store, "--shard", "3/2")) == 2
    assert "shard = '3/2', must be I/N" in capsys.readouterr().err


def test_a_share_at_work_is_seen_as_long_as_it_lasts(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.at_work("question", "2-3"):
        assert store.is_at_work("question")
        with store.at_work("question", "1-3"):
            pass
        assert store.is_at_work("question")
        assert not store.is_at_work("quest")
    assert not store.is_at_work("question")
