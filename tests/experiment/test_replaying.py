"""Does a run that failed say the line that runs it again, and does that line run it?"""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from citysim.cli import main
from citysim.evaluation import replicate
from citysim.evaluation.replicate import Judged
from citysim.evaluation.results import open_results

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
    told = capsys.readouterr().err
    failed = open_results(store).sql("SELECT design, replication, replay FROM runs WHERE status = 'FAILED'")

    assert code == 3
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
