"""Is it told who works on a store, and is nobody taken for somebody else?"""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from citysim.evaluation import content
from citysim.evaluation.store import Store


def test_who_works_is_told_for_as_long_as_it_does(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.at_work("x (2 weeks)"):
        assert store.is_at_work("x (2 weeks)")
        assert platform.node() not in (tmp_path / "at_work" / "x (2 weeks).pid").read_text().split()
    assert not store.is_at_work("x (2 weeks)")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="nobody tells when a process began")
def test_another_process_of_the_same_number_is_not_taken_for_it(tmp_path: Path) -> None:
    store, note = Store(tmp_path), tmp_path / "at_work" / "x.pid"
    with store.at_work("x"):
        number, here, born = note.read_text().split()
        note.write_text(f"{number} {here} {born}0")
        assert not store.is_at_work("x")


def test_one_that_died_does_not_work_but_of_another_machine_nobody_here_can_tell(tmp_path: Path) -> None:
    store, note = Store(tmp_path), tmp_path / "at_work" / "x.pid"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with store.at_work("x"):
        _, here, born = note.read_text().split()
        note.write_text(f"{dead.pid} {here} {born}")
        assert not store.is_at_work("x")
        note.write_text(f"{dead.pid} 0123456789abcdef {born}")
        assert store.is_at_work("x")
        note.write_text(str(os.getpid()))  # of a version before
        assert not store.is_at_work("x")


@pytest.mark.parametrize("package", ["numpy", "scipy", "mesa"])
def test_another_version_of_what_decides_numbers_is_another_program(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content.program_digest.__wrapped__()
    monkeypatch.setattr(content, "version", lambda name: "0.0" if name == package else version(name))

    assert content.program_digest.__wrapped__() != before
