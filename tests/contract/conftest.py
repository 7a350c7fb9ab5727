"""Every contract case is told to both engines."""

import pytest

from citysim.engines.simulate import ENGINES, Engine
from tests.contract.story import Tell, teller


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.param


@pytest.fixture
def tell(engine: Engine) -> Tell:
    return teller(engine)
