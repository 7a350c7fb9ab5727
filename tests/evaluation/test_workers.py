"""Does the work get done, whatever happens to the processes that do it?"""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from citysim.evaluation.workers import Done, run_all


def square(number: int) -> int:
    return number * number


def count_up(folder: Path) -> None:
    (folder / str(os.getpid())).touch()


def die_once(marker: Path, number: int) -> int:
    """Kill this process at number 3, the first time."""
    if number == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def always_die(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def fail(number: int) -> int:
    raise ValueError(f"no {number}")


@pytest.mark.parametrize("workers", [1, 2])
def test_every_number_is_done_once(workers: int) -> None:
    done = list(run_all(square, range(7), workers))

    assert sorted(one.number for one in done) == list(range(7))
    assert all(one.result == one.number**2 for one in done)


def test_one_process_prepares_before_the_others_begin(tmp_path: Path) -> None:
    list(run_all(square, range(6), 2, partial(count_up, tmp_path)))

    assert len(list(tmp_path.iterdir())) == 1


def test_a_preparation_that_fails_keeps_nobody_from_work() -> None:
    assert len(list(run_all(square, range(6), 2, partial(fail, 0)))) == 6


def test_no_numbers_need_no_process() -> None:
    assert list(run_all(square, [], 2)) == []


def test_a_worker_that_is_killed_is_replaced_and_its_work_done_again(tmp_path: Path) -> None:
    done = list(run_all(partial(die_once, tmp_path / "killed"), range(8), 2))

    assert sorted((one.number, one.result) for one in done) == [(k, k * k) for k in range(8)]


def test_a_number_that_kills_its_worker_again_is_given_up_and_takes_nobody_along() -> None:
    done = list(run_all(always_die, range(8), 2))

    assert Done(3, None) in done
    assert sorted(one.number for one in done if one.result is not None) == [0, 1, 2, 4, 5, 6, 7]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_the_task_comes_through(workers: int) -> None:
    with pytest.raises(ValueError, match="no 0"):
        list(run_all(fail, [0], workers) if workers == 1 else run_all(fail, [0, 0], workers))
