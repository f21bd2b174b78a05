"""Every service's web app, as it is wired, without a server behind it: for tests that look at routes, forms and words."""

from pathlib import Path

from flask import Flask

from deploy.cli import contracts
from deploy.secret_files import make_secrets
from shared.settings import SERVICES


def unserved(service: str, root: Path) -> Flask:
    """The app of one service; `root` is an empty directory for its secrets. No server is reached."""
    make_secrets(root)
    app = contracts.unserved(service, root / service)
    app.config["SERVICE"] = service
    return app


def all_unserved(root: Path) -> dict[str, Flask]:
    """By the service's name."""
    return {service: unserved(service, root / service) for service in SERVICES}
