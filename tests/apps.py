"""Every service's web app, as it is wired, without a server behind it: for tests that look at routes, forms and words."""

from importlib import import_module
from pathlib import Path

from flask import Flask

from deploy.secret_files import make_secrets
from shared.settings import SERVICES, load


def unserved(service: str, root: Path) -> Flask:
    """The app of one service; `root` is an empty directory for its secrets. No server is reached."""
    make_secrets(root)
    environ = {
        "IMC_MONGO_URL": "mongodb://127.0.0.1:1/?replicaSet=imc&serverSelectionTimeoutMS=200",
        "IMC_AMQP_URL": "amqp://guest:guest@127.0.0.1:1//",
        "IMC_SECRET_DIR": str(root / service),
    }
    app: Flask = import_module(f"services.{service}.app").create_app(load(service, environ))
    app.config["SERVICE"] = service
    return app


def all_unserved(root: Path) -> dict[str, Flask]:
    """By the service's name."""
    return {service: unserved(service, root / service) for service in SERVICES}
