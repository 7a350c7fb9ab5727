"""One small run to make pages of."""

from pathlib import Path

import pytest

from citysim.evaluation.comparison import Comparison
from citysim.evaluation.run import evaluate

TOY = Path(__file__).parents[2] / "scenarios" / "toy.yaml"


@pytest.fixture(scope="session")
def toy_comparison() -> Comparison:
    """Three replications of one week."""
    return evaluate(TOY, replications=3, weeks=1, workers=1)
