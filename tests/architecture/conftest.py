"""Every service's web app, as it is wired, without a server behind it."""

from importlib import import_module

import pytest
from flask import Flask

from deploy.secret_files import make_secrets
from shared.settings import SERVICES, load


@pytest.fixture(scope="module", params=SERVICES)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A service's web app; no server is reached."""
    root = tmp_path_factory.mktemp("secrets")
    make_secrets(root)
    environ = {
        "IMC_MONGO_URL": "mongodb://127.0.0.1:1/?replicaSet=imc&serverSelectionTimeoutMS=200",
        "IMC_AMQP_URL": "amqp://guest:guest@127.0.0.1:1//",
        "IMC_SECRET_DIR": str(root / request.param),
    }
    made = import_module(f"services.{request.param}.app").create_app(load(request.param, environ))
    made.config["SERVICE"] = request.param
    return made
