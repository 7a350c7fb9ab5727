"""Is the best design selected on real simulations, kept in the store, and estimated again where nobody has looked?"""

from dataclasses import replace
from pathlib import Path

import pytest

from citysim.cli import main
from citysim.errors import InputError
from citysim.evaluation.gather import Hands, Progress
from citysim.evaluation.store import Store
from citysim.experiment.read import measure
from citysim.experiment.select import Chosen, Search, select
from citysim.policy.catalog import load_policy
from citysim.world.scenario import load_scenario

pytestmark = pytest.mark.slow

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"
CLOSED = measure("on_time_closure_rate_true")


def searched(store: Path, search: Search, *policies: object, progress: Progress | None = None) -> Chosen:
    few = policies or tuple(load_policy(name) for name in ("fragmented", "unified_command"))
    return select(load_scenario(TOY), few, search, store=Store(store), hands=Hands(), weeks=1, progress=progress)  # type: ignore[arg-type]


def test_the_better_design_is_selected_and_what_is_in_the_store_is_not_run_again(tmp_path: Path) -> None:
    search = Search(CLOSED, 0.05, fresh=3)
    first = searched(tmp_path, search)
    done = len(list(tmp_path.glob("*/runs/*.parquet")))
    again = searched(tmp_path, search)

    assert first.winner == "unified_command"
    assert first.found.guaranteed
    assert first.found.worlds == (10, 10)
    assert first.fresh.n == 3
    assert first == again
    assert len(list(tmp_path.glob("*/runs/*.parquet"))) == done > 0


def test_two_designs_that_are_equal_are_not_told_apart_by_luck(tmp_path: Path) -> None:
    """On common luck their difference is nothing in every world: either is best, and there is no more to run."""
    one = load_policy("unified_command")
    found = searched(tmp_path, Search(CLOSED, 0.05, fresh=2), one, replace(one, name="the same")).found

    assert found.means[0] == found.means[1]
    assert found.worlds == (10, 10)


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (Search(measure("recorded_cases"), 1.0), "must be one of which higher or lower is better"),
        (Search(CLOSED, -1.0), "indifference = -1.0"),
        (Search(CLOSED, 0.1, most=5), "most = 5"),
        (Search(CLOSED, 0.1, method="ocba", budget=5), "budget = 5"),
        (Search(measure("calls_answered"), 0.1), "has no value in world 0"),
    ],
)
def test_what_makes_no_sense_is_told(tmp_path: Path, search: Search, said: str) -> None:
    with pytest.raises(InputError, match=said):
        searched(tmp_path, search)


def test_one_design_is_no_choice(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be two or more, each once"):
        searched(tmp_path, Search(CLOSED, 0.1), load_policy("fragmented"))


def test_the_command_prints_the_winner_and_writes_a_page_in_each_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["select", str(TOY), "--designs", "fragmented", "unified_command", "--indicator", CLOSED.indicator]
    more = ["--indifference", "0.05", "--fresh", "2", "--weeks", "1", "--workers", "1"]
    code = main([*asked, *more, "--store", str(tmp_path / "store"), "--out", str(tmp_path / "out"), "--lang", "en"])

    assert code == 0
    said = capsys.readouterr().out
    assert "**unified_command**" in said
    assert "Guaranteed" in said
    page = (tmp_path / "out" / "selection.md").read_text("utf-8")
    assert "citysim select" in page
    assert "--indifference=0.05" in page
    assert "有保证" in (tmp_path / "out" / "selection.zh.md").read_text("utf-8")
