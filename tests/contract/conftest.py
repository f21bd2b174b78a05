"""What the tests of this directory share: things to aim at, made once per process in the run's shared system."""

import pytest

from tests.contract.world import World, made
from tests.system import System


@pytest.fixture(scope="session")
def world(system: System) -> World:
    """Do not close, disable or cancel what is in it."""
    return made(system)
