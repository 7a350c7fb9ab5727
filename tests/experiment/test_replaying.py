"""Does a run that failed say the line that runs it again, and does that line run it?"""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from citysim.cli import main
from citysim.evaluation import replicate
from citysim.evaluation.replicate import Judged
from citysim.evaluation.results import IncompleteWarning, open_results

pytestmark = pytest.mark.slow

ARM = "apart demand 2 seats usual"


@pytest.fixture
def breakable(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From here on one arm fails on world 1; calling it mends it."""
    whole = replicate._try_policy

    def broken(study: object, world: object, policy: object, *more: object) -> Judged:
        if (policy.name, world.replication) == (ARM, 1):  # type: ignore[attr-defined]
            raise RuntimeError("out of tea")
        return whole(study, world, policy, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(replicate, "_try_policy", broken)
    return lambda: monkeypatch.setattr(replicate, "_try_policy", whole)


def test_the_line_of_a_failed_run_runs_that_arm_on_that_world(
    folder: Path, tmp_path: Path, breakable: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    options = ["--worlds", "2", "--workers", "1", "--lang", "en", "--store", str(store), "--out", str(tmp_path / "out")]
    code = main(["run", str(folder), *options])
    answer = (tmp_path / "out" / "answer.md").read_text()
    told = capsys.readouterr().err
    with pytest.warns(IncompleteWarning, match="small .2 worlds. 1 of 16"):
        failed = open_results(store).sql("SELECT design, replication, replay FROM runs WHERE status = 'FAILED'")

    assert code == 3
    assert "`citysim run experiments/small --worlds 2`" in answer
    assert failed.values.tolist()[0][:2] == [ARM, 1]
    line = failed["replay"][0]
    assert line == f"citysim run {folder} --worlds 2 --arm '{ARM}' --replication 1"
    assert f"1 runs failed, the first with: RuntimeError: out of tea\nReplay it with:\n{line}" in told

    assert main(shlex.split(line)[1:]) == 3
    assert "out of tea" in capsys.readouterr().err
    breakable()
    assert main([*shlex.split(line)[1:], "--lang", "en"]) == 0
    assert "(recorded_cases): 1" in capsys.readouterr().out


def test_an_arm_alone_must_be_named_with_its_world(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(folder), "--arm", ARM, "--lang", "en"]) == 2
    assert "--arm NAME and --replication K are given together" in capsys.readouterr().err
    assert main(["run", str(folder), "--arm", "nobody", "--replication", "0"]) == 2
    assert ARM in capsys.readouterr().err


def test_a_shortened_run_leaves_the_answer_of_the_whole_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "experiment.yaml").write_text(
        (folder / "experiment.yaml")
        .read_text()
        .replace("values: [1, 2]", "values: [1]")
        .partition("  - says: {en: More")[0]
    )
    monkeypatch.chdir(folder.parent)
    code = main(["run", "small", "--worlds", "2", "--workers", "1"])

    assert code == 0
    assert [path.name for path in Path("results").iterdir() if path.name != "store"] == ["trial-small-1w-2"]


def test_git_ignores_what_a_shortened_run_leaves() -> None:
    root = Path(__file__).parents[2]
    ignored = "results/trial-small-1w-2/answer.md"
    kept = "results/small/answer.md"
    done = subprocess.run(["git", "check-ignore", ignored, kept], cwd=root, capture_output=True, text=True)
    if done.returncode > 1:
        pytest.skip("no git repository")
    assert done.stdout.split() == [ignored]


def test_one_folder_is_not_for_several_answers(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(folder), str(folder), "--out", str(tmp_path / "x"), "--lang", "en"]) == 2
    assert "2 experiments would each write their answer there" in capsys.readouterr().err
