"""Every service's web app, as it is wired, without a server behind it."""

import pytest
from flask import Flask

from shared.settings import SERVICES
from tests.apps import unserved


@pytest.fixture(scope="module", params=SERVICES)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A service's web app; no server is reached."""
    return unserved(request.param, tmp_path_factory.mktemp("secrets"))
