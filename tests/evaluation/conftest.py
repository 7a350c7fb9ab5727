"""A run of the toy city that several tests look at."""

from pathlib import Path

import pytest

from citysim.evaluation.comparison import Comparison
from citysim.evaluation.run import evaluate

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("toy") / "run"


@pytest.fixture(scope="session")
def toy_run(toy_folder: Path) -> Comparison:
    """Three replications of one week, in this process, written to `toy_folder`."""
    return evaluate(TOY, replications=3, weeks=1, workers=1, out=toy_folder)
