"""Do shares of an experiment, done one by one or at once, give the answer that one command gives?"""

import subprocess
import sys
from pathlib import Path

import pytest

from citysim.cli import main
from tests.experiment.conftest import SCENARIOS
from tests.experiment.test_lines import RANGES

pytestmark = pytest.mark.slow


def same(tmp_path: Path) -> None:
    """Whether the gathered answer has the bytes of the undisturbed one; what tells the time is left out."""
    names = sorted(path.name for path in (tmp_path / "undisturbed").iterdir())
    assert "answer.md" in names
    assert "run.json" in names
    for name in names:
        if name != "ro-crate-metadata.json":
            there = (tmp_path / "undisturbed" / name).read_bytes()
            assert (tmp_path / "gathered" / name).read_bytes() == there, name


@pytest.mark.study
def test_shares_of_an_experiment_follow_its_rule_as_far_as_they_can(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (folder / "experiment.yaml").read_text()
    (folder / "experiment.yaml").write_text(text.replace("worlds: 5", "worlds: {least: 5, most: 7, half_width: 0.01}"))
    asked = ["run", str(folder), "--workers", "1", "--lang", "en", "--store"]
    store = str(tmp_path / "store")

    assert main([*asked, store, "--shard", "1/2"]) == 0  # two cities by five worlds: every second
    assert "5 of its 5 replications" in (said := capsys.readouterr().out)
    assert "of the others 5 are missing" in said
    assert "When all shards have ended" in said
    assert main([*asked, store, "--shard", "2/2"]) == 0  # sees that the rule asks for two more worlds
    assert "7 of its 7 replications" in (said := capsys.readouterr().out)
    assert "of the others 2 are missing" in said
    assert main([*asked, store, "--shard", "1/2"]) == 0
    assert "Nothing is missing" in capsys.readouterr().out

    before = len(list((tmp_path / "store").glob("*/runs/*.parquet")))
    assert main([*asked, store, "--out", str(tmp_path / "gathered")]) == 0
    assert len(list((tmp_path / "store").glob("*/runs/*.parquet"))) == before
    assert main([*asked, str(tmp_path / "other"), "--out", str(tmp_path / "undisturbed")]) == 0
    assert "7 worlds" in (tmp_path / "gathered" / "answer.md").read_text()
    same(tmp_path)


@pytest.mark.study
def test_three_shares_of_a_sensitivity_at_once_give_its_answer(tmp_path: Path) -> None:
    (tmp_path / "ranges").mkdir()
    (tmp_path / "ranges" / "experiment.yaml").write_text(RANGES.replace("points: 2", "points: 4"))
    asked = ["sensitivity", str(tmp_path / "ranges"), "--workers", "1", "--lang", "en", "--store"]
    store = str(tmp_path / "store")
    shares = [
        subprocess.Popen(
            [sys.executable, "-m", "citysim.cli", *asked, store, "--shard", f"{index}/3"],
            cwd=SCENARIOS.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for index in (1, 2, 3)
    ]  # fmt: skip
    told = [share.communicate(timeout=500) for share in shares]
    assert [share.returncode for share in shares] == [0, 0, 0], told
    assert len(list((tmp_path / "store").glob("*/runs/*.parquet"))) == 8  # four points by two worlds, each once

    assert main([*asked, store, "--out", str(tmp_path / "gathered")]) == 0
    assert main([*asked, str(tmp_path / "other"), "--out", str(tmp_path / "undisturbed")]) == 0
    same(tmp_path)


def test_a_share_is_not_asked_for_with_what_it_does_not_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in (["--out", "x"], ["--list"]):
        assert main(["run", str(folder), "--shard", "1/2", *more, "--lang", "en"]) == 2
        assert "--shard fills a store and writes no answer" in capsys.readouterr().err
    for command in ("run", "sensitivity"):
        assert main([command, str(folder), "--shard", "1/2", "--arm", "x", "--replication", "0", "--lang", "en"]) == 2
