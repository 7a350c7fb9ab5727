"""Do the parts of a difference add up to it, and is a policy in between what it says?"""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from citysim.cli import main
from citysim.errors import InputError, PolicyError
from citysim.evaluation import replicate
from citysim.evaluation.gather import Hands
from citysim.evaluation.replicate import Judged
from citysim.evaluation.run import evaluate
from citysim.evaluation.store import Store
from citysim.experiment.arms import arms_of
from citysim.experiment.explain import explain
from citysim.experiment.mechanisms import GROUPS, between
from citysim.experiment.read import load_experiment, measure
from citysim.policy.catalog import load_policy
from citysim.policy.designs.levers import Levers
from citysim.policy.sensors import Sensing
from citysim.report.explained import explained_text, write_explained
from citysim.words import load_words
from citysim.world.scenario import load_scenario

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TOY, EXPERIMENTS = ROOT / "scenarios" / "toy.yaml", ROOT / "experiments"
CLOSING = measure("report_to_close_so_far_mean")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("fragmented", "unified_command"),
        ("unified_command", "unified_command_ai"),
        ("unified_command_ai", "committee_integrated"),
    ],
)
def test_nothing_changed_is_the_one_policy_and_everything_changed_the_other(before: str, after: str) -> None:
    one, other = load_policy(before), load_policy(after)
    found = between(one, other)
    last = 2 ** len(found.mechanisms) - 1

    assert found.policy(0).with_(name=before).digest == one.digest
    assert found.policy(last).with_(name=after).digest == other.digest
    some = range(0, last + 1, 5)
    different = {found.policy(k).with_(name="x").digest for k in some}
    assert len(different) > len(some) / 2  # a lever may do nothing in one of the two sentences


def test_every_group_names_levers_that_exist() -> None:
    for path in (path for paths in GROUPS.values() for path in paths):
        record: object = Levers()
        for name in path.split("."):
            record = getattr(record, name)


def test_mobilisation_and_authority_are_what_the_experiment_on_them_moves() -> None:
    """H2 separates the two: one name must not mean one thing there and another here."""
    arms = arms_of(load_experiment(EXPERIMENTS / "parallel_or_authority"))
    moves = {"supports": "mobilisation", "authority": "authority"}

    for one, other in combinations(arms, 2):
        asked = tuple(moves[name] for name in moves if dict(one.levels)[name] != dict(other.levels)[name])
        assert between(one.policy, other.policy).mechanisms == asked


def test_help_of_neighbours_is_a_mechanism_of_its_own(tmp_path: Path) -> None:
    """Where one sentence never asks them for crews too."""
    (tmp_path / "alone.yaml").write_text("name: alone\nbased_on: unified_command\nlevers: {command: {aid: false}}\n")
    alone, whole = load_policy(tmp_path / "alone.yaml"), load_policy("unified_command")
    assert between(alone, whole).mechanisms == ("pooling",)

    found = between(load_policy("fragmented"), whole)
    assert "pooling" in found.mechanisms
    assert "pooling" not in between(load_policy("fragmented"), alone).mechanisms
    pooling = 1 << found.mechanisms.index("pooling")
    without = found.policy(2 ** len(found.mechanisms) - 1 - pooling)
    assert without.with_(name="alone").digest == alone.digest


@pytest.mark.slow
def test_shares_add_up_to_the_difference_that_evaluate_finds(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nbased_on: unified_command\n"
        "levers: {friction: {misroute: 0.3}, surge: {waiting: 0}}\nsensing: {patrol: 0.5}\n"
    )
    pair = between(load_policy(tmp_path / "mine.yaml"), load_policy("unified_command"))
    store = Store(tmp_path / "store")
    found = explain(load_scenario(TOY), pair, [CLOSING], worlds=5, weeks=1, store=store, hands=Hands(1))[CLOSING]

    assert pair.mechanisms == ("routing", "calling_in", "sensing")
    assert sum(share.value.mean for share in found.shares) == pytest.approx(found.whole.mean, abs=1e-12)
    alone = evaluate(TOY, [tmp_path / "mine.yaml", "unified_command"], replications=5, weeks=1, workers=1)
    assert found.whole.mean == pytest.approx(alone.select(CLOSING.indicator)[1].difference, abs=1e-12)
    text = explained_text(found, load_words("zh"))
    assert "派单" in text
    for page, picture in zip(write_explained([found], tmp_path / "page"), ("svg", "zh.svg"), strict=True):
        assert page.read_text().count("| ") > 10
        assert f"(report_to_close_so_far_mean.{picture})" in page.read_text()
        assert (page.parent / f"report_to_close_so_far_mean.{picture}").read_text().startswith("<svg")


def test_a_mechanism_that_changes_nothing_here_has_no_share(tmp_path: Path) -> None:
    """No false alarm is recognised or not where there are none."""
    scenario = load_scenario(TOY)
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nbased_on: unified_command\nlevers: {risk: {panel_hours: 9}, friction: {misroute: 0.3}}\n"
    )
    pair = between(load_policy(tmp_path / "mine.yaml"), load_policy("unified_command"))
    store = Store(tmp_path / "store")
    found = explain(scenario, pair, [CLOSING], worlds=5, weeks=1, store=store, hands=Hands(1))[CLOSING]

    shares = dict(zip(pair.mechanisms, found.shares, strict=True))
    assert shares["grading"].value.mean == 0  # the panel is off, so its hours do nothing
    assert shares["routing"].value.mean != 0


def test_what_cannot_be_taken_apart_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="do the same"):
        between(load_policy("fragmented"), load_policy("fragmented"))
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nbased_on: fragmented\nstaffing: [{name: supervisor, shifts: [{start: 0, headcount: 9}]}]\n"
    )
    with pytest.raises(PolicyError, match="'mine' cannot be taken apart"):
        between(load_policy("fragmented"), load_policy(tmp_path / "mine.yaml"))
    with pytest.raises(InputError, match="is not an indicator; did you mean 'backlog'"):
        measure("backlg")


def test_too_few_worlds_with_a_value_are_told(tmp_path: Path) -> None:
    pair = between(load_policy("unified_command"), load_policy("unified_command").with_(sensing=Sensing(patrol=0.5)))
    rare = measure("agenda_wait")  # nobody meets under either
    with pytest.raises(InputError, match=r"0 of 2 worlds have a value .*, must be at least 5"):
        explain(load_scenario(TOY), pair, [rare], worlds=2, weeks=1, store=Store(tmp_path), hands=Hands(1))


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """From here on every policy fails on these first worlds."""
    whole = replicate._try_policy

    def break_first(worlds: int) -> None:
        def broken(study: object, world: object, *more: object) -> Judged:
            if world.replication < worlds:  # type: ignore[attr-defined]
                raise RuntimeError("out of tea")
            return whole(study, world, *more)  # type: ignore[arg-type]

        monkeypatch.setattr(replicate, "_try_policy", broken)

    return break_first


def test_failed_runs_are_told_on_the_page_and_by_the_exit_code(
    tmp_path: Path, failing: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nbased_on: unified_command\nlevers: {friction: {misroute: 0.3}}\n")
    asked = f"{tmp_path / 'mine.yaml'} unified_command --scenario {TOY} --worlds 6 --weeks 1 --seed 1 --level 0.9"
    where = ["--workers", "1", "--store", str(tmp_path / "store"), "--out", str(tmp_path / "page"), "--lang", "en"]

    failing(1)
    assert main(["explain", *asked.split(), *where]) == 3
    told = capsys.readouterr()
    assert f"citysim explain {asked} --arm 'coalition 1' --replication 0" in told.err
    for name, mark in (("explained.md", "INCOMPLETE: 2 runs failed"), ("explained.zh.md", "不完整：2 次运行失败")):
        page = (tmp_path / "page" / name).read_text()
        assert mark in page
        assert f"`citysim explain {asked}`" in page
        assert "out of tea" in page
        assert "90" in page.partition("|")[0]  # the level

    failing(2)
    assert main(["explain", *asked.split(), *where, "--store", str(tmp_path / "other")]) == 3  # four worlds are too few
    assert "4 runs failed" in capsys.readouterr().err

    failing(0)
    assert main(["explain", *asked.split(), *where]) == 0
    assert "INCOMPLETE" not in (tmp_path / "page" / "explained.md").read_text()
