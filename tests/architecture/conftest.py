"""Every service's web app, as it is wired, without a server behind it."""

from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask

from deploy.secret_files import make_secrets
from shared.settings import SERVICES, load


@pytest.fixture(scope="module", params=SERVICES)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A service's web app; no server is reached."""
    return wired(request.param, tmp_path_factory.mktemp("secrets"))


def wired(service: str, root: Path) -> Flask:
    """The same, its secrets in a folder of its own."""
    make_secrets(root)
    environ = {
        "IMC_MONGO_URL": "mongodb://127.0.0.1:1/?replicaSet=imc&serverSelectionTimeoutMS=200",
        "IMC_AMQP_URL": "amqp://guest:guest@127.0.0.1:1//",
        "IMC_SECRET_DIR": str(root / service),
    }
    made: Flask = import_module(f"services.{service}.app").create_app(load(service, environ))
    made.config["SERVICE"] = service
    return made
