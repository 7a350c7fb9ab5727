"""Runs that go on under another policy from some moment on, with and without a committee and a warm-up."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from citysim.cli import main
from citysim.engines.simulate import ENGINES, OVER_TIME, Engine
from citysim.errors import InputError, PolicyError
from citysim.evaluation import branch as branching
from citysim.evaluation.branch import Fork, branch, branch_worlds, moment
from citysim.evaluation.run import evaluate
from citysim.evaluation.workers import Done
from citysim.log import Log
from citysim.policy.catalog import load_policy
from citysim.units import DAY, HOUR, MINUTE, WEEK
from citysim.world.scenario import load_scenario

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"


def other_numbers(tmp_path: Path, design: str = "unified_command", levers: str = "{friction: {misroute: 0.6}}") -> Path:
    path = tmp_path / "more.yaml"
    path.write_text(f"name: more\nbased_on: {design}\nlevers: {levers}\n")
    return path


def fork(tmp_path: Path, design: str = "unified_command", at: int = 2 * DAY, **more: int | Engine) -> Fork:
    levers = "{friction: {misroute: 0.6}, machine: {misroute: 0.6}}" if design == "committee_integrated" else ""
    path = other_numbers(tmp_path, design, levers or "{friction: {misroute: 0.6}}")
    return Fork(load_scenario(TOY), load_policy(design), load_policy(path), at, **{"weeks": 1, **more})  # type: ignore[arg-type]


def without_change(one: Fork) -> Fork:
    return replace(one, other=one.policy)


def until(log: Log, at: int) -> dict[str, list[int]]:
    """Step columns before a moment."""
    assert log.step_columns is not None
    return {name: column[log.step_columns["time"] < at].tolist() for name, column in log.step_columns.items()}


@pytest.mark.parametrize("text", ["day 0", "day 1 24:00", "3 14:00", "day 1 9:60", "tomorrow"])
def test_a_moment_is_written_in_one_way(text: str) -> None:
    assert moment("day 3 14:05") == 2 * DAY + 14 * HOUR + 5 * MINUTE
    assert moment("day 2") == DAY
    with pytest.raises(InputError, match="must be like 'day 3 14:00'"):
        moment(text)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_policy_leaves_the_same_log_and_another_the_same_past(tmp_path: Path, engine: Engine) -> None:
    one = fork(tmp_path, at=moment("day 3 14:00"), engine=engine)
    stayed, same = branch(without_change(one), 0, steps=True)
    _, changed = branch(one, 0, steps=True)

    assert same.digest() == stayed.digest() != changed.digest()
    assert until(changed, one.at) == until(stayed, one.at)


@pytest.mark.slow
@pytest.mark.parametrize("design", ["unified_command", "committee_integrated"])
@pytest.mark.parametrize("at", [3 * DAY, WEEK, 10 * DAY], ids=["in the warm-up", "at its end", "after it"])
def test_a_warm_up_is_in_neither_branch_wherever_the_moment_lies(tmp_path: Path, design: str, at: int) -> None:
    one = fork(tmp_path, design, at, warm_up=1)
    stayed, same = branch(without_change(one), 0, steps=True)
    alike, changed = branch(one, 0, steps=True)
    whole, _ = branch(replace(without_change(one), warm_up=0, weeks=2), 0, steps=True)

    assert same.digest() == stayed.digest() == alike.digest() != changed.digest()
    assert until(changed, at) == until(stayed, at)
    for log in (stayed, same, changed):
        assert (log.begin, log.until) == (WEEK, 2 * WEEK)
    for name in OVER_TIME:
        np.testing.assert_array_equal(same.pool_columns[name], stayed.pool_columns[name], err_msg=name)
    assert same.overhead_per_week == stayed.overhead_per_week
    week, other_week, two = (log.pool_columns["scheduled"].sum() for log in (stayed, changed, whole))
    assert other_week == pytest.approx(week, rel=0.02)  # but for those that were called in
    assert two == pytest.approx(2 * week, rel=0.1)


@pytest.mark.slow
def test_over_several_worlds_the_difference_is_paired(tmp_path: Path) -> None:
    (found,) = branch_worlds(fork(tmp_path, at=moment("day 2")), ("mean_dispatches",), worlds=range(5))

    assert found.difference.low > 0
    assert found.difference.mean == pytest.approx(found.changed.mean - found.stayed.mean)


@pytest.mark.slow
@pytest.mark.parametrize("design", ["unified_command", "committee_integrated"])
def test_the_numbers_do_not_depend_on_the_number_of_workers(tmp_path: Path, design: str) -> None:
    told: list[tuple[int, int]] = []
    ask = partial(branch_worlds, fork(tmp_path, design), ("mean_dispatches", "on_time_closure_rate"), worlds=range(3))
    alone, shared = ask(workers=1), ask(workers=2, say=lambda done, asked: told.append((done, asked)))

    assert repr(alone) == repr(shared)  # which also holds where both are nan
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_world_whose_process_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branching, "run_all", lambda *_: iter([Done(0, None)]))
    with pytest.raises(InputError, match="world 0: the process died twice"):
        branch_worlds(fork(tmp_path), ("mean_dispatches",), worlds=range(1))


def test_what_cannot_be_branched_is_told(tmp_path: Path) -> None:
    one = fork(tmp_path)
    with pytest.raises(PolicyError, match="differs"):
        branch(replace(one, other=load_policy("fragmented")), 0)
    for other in (replace(one, other=load_policy("committee_integrated")),
                  replace(one, policy=load_policy("committee_integrated"))):  # fmt: skip
        with pytest.raises(PolicyError, match=r"governance\.on = (True|False), must be (True|False)"):
            branch(other, 0)
    for at in (0, 8 * DAY):
        with pytest.raises(InputError, match=r"at = day (1|9) 0:00, must be .* \(1 weeks\): day 1 0:01 to day 7 23:59"):
            branch_worlds(replace(one, at=at), ("mean_dispatches",), worlds=range(1))
    with pytest.raises(InputError, match=r"within the run \(3 weeks, 2 of them warm-up\): .* to day 21 23:59"):
        branch(replace(one, at=3 * WEEK, warm_up=2), 0)


def test_what_cannot_follow_is_told_before_anything_is_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branching, "run_all", lambda *_: pytest.fail("nothing should run"))
    path = tmp_path / "looks.yaml"
    path.write_text("name: looks\nbased_on: committee_integrated\nsensing: {rounds: roaming}\n")
    one = replace(fork(tmp_path, "committee_integrated"), other=load_policy(path))

    with pytest.raises(PolicyError, match="sensing differs"):
        branch_worlds(one, ("mean_dispatches",), worlds=range(1))


@pytest.mark.slow
def test_the_worlds_are_those_of_the_folder_and_other_prices_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, dear = tmp_path / "run", tmp_path / "dear.yaml"
    dear.write_text("name: dear\nbased_on: unified_command\noverhead_per_week: 90000\n")
    stored = evaluate(TOY, "unified_command", replications=[1, 3], weeks=1, workers=1, out=folder)

    assert main(["branch", str(folder), "--at", "day 2", "--with", str(dear), "--workers", "1"]) == 0
    said = capsys.readouterr().out
    mean = next(row.mean for row in stored.rows if (row.indicator, row.stratum) == ("on_time_closure_rate", "all"))
    assert f" {100 * mean:.1f} [" in said
    assert "2 worlds of 1 weeks" in said
    assert "dear pays other prices" in said


@pytest.mark.slow
def test_a_stored_run_is_branched_by_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, page, other = tmp_path / "run", tmp_path / "table.md", str(other_numbers(tmp_path))
    designs = ["fragmented", "unified_command"]
    evaluate(TOY, designs, replications=2, weeks=1, warm_up=1, workers=1, out=folder)
    asked = ["--at", "day 10 14:00", "--with", other, "--lang", "en", "--out", str(page)]

    assert main(["branch", str(folder), *asked, "--workers", "1", "--design", "unified_command"]) == 0
    told = capsys.readouterr().out
    title = "unified_command until day 10 14:00, then more; 2 worlds of 1 weeks after 1 weeks of warm-up"
    assert title in " ".join(told.split())
    assert page.read_text().startswith("## unified_command until day 10 14:00")
    alone = ["branch", str(TOY), "unified_command", *asked, "--worlds", "2", "--weeks", "1", "--warm-up", "1"]
    assert main(alone) == 0
    assert capsys.readouterr().out == told
    assert main(["branch", str(folder), *asked, "--design", "nobody"]) == 2
    assert "must be one of fragmented, unified_command" in capsys.readouterr().err
