"""Compose's `secrets` container: creates every service's secrets, the servers' key file and one password per user, as files.

Not here: creating those users at the servers (deploy/prepare.py, once they run).
"""

import base64
import secrets
import sys
from functools import partial
from pathlib import Path

from deploy.secret_files import make_secrets, once, random_hex, write
from shared.settings import SERVICES

MONGO, RABBITMQ, MANAGEMENT = "mongo:27017", "rabbitmq:5672", "http://rabbitmq:15672"
GIVEN = {  # secrets from outside: where Compose mounts them, and which service stores them under which name
    Path("/run/secrets/smtp_url"): "notify/imc_smtp_url",
    Path("/run/secrets/oidc_client_secret"): "accounts/imc_oidc_client_secret",
}
SET_UP, OPERATORS = "imc_setup", "imc_operators"
BROKER_CONFIGURATION = """\
default_user = {user}
default_pass = {password}
default_user_tags.administrator = true
loopback_users = none
log.console = true
log.console.level = warning
log.console.formatter = json
log.file = false
"""


def make_passwords(root: Path) -> None:
    """Creates what is missing under `root`: one directory for each service, the operators, `setup` and the two servers."""
    make_secrets(root)
    for service in SERVICES:
        user = f"imc_{service}"
        once(root / service / "imc_mongo_url", partial(mongo_url, user, user))
        once(root / service / "imc_amqp_url", partial(amqp_url, user))
    for file, stored_name in GIVEN.items():
        new_password = file.read_text().strip() if file.is_file() else ""
        if new_password:  # the stored one stays where none is given
            write(root / stored_name, new_password)
    _servers(root)
    _operators(root / "operators", root)


def mongo_url(user: str, kept_in: str) -> str:
    """A MongoDB url with a new password; `kept_in` is the database where the user is defined."""
    return f"mongodb://{user}:{random_hex()}@{MONGO}/?replicaSet=imc&authSource={kept_in}"


def amqp_url(user: str) -> str:
    """An AMQP url with a new password."""
    return f"amqp://{user}:{random_hex()}@{RABBITMQ}"


def _servers(root: Path) -> None:
    """Writes the servers' initial credentials, and the urls by which `setup` connects to them."""
    for name in ("mongo", "rabbitmq", "setup"):
        (root / name).mkdir(exist_ok=True)
    once(root / "mongo" / "key_file", lambda: base64.b64encode(secrets.token_bytes(516)).decode())
    once(root / "mongo" / "root_user", lambda: SET_UP)
    password = once(root / "mongo" / "root_password", random_hex)
    once(root / "setup" / "imc_mongo_url", lambda: f"mongodb://{SET_UP}:{password}@{MONGO}/?authSource=admin")
    password = once(root / "setup" / "imc_amqp_password", random_hex)
    once(root / "setup" / "imc_amqp_url", lambda: f"amqp://{SET_UP}:{password}@{RABBITMQ}")
    # the server runs as its image's user: in this volume, which only it and `setup` mount, everyone may read
    write(root / "rabbitmq" / "20-imc.conf", BROKER_CONFIGURATION.format(user=SET_UP, password=password), 0o444)


def _operators(root: Path, services: Path) -> None:
    """Writes a directory per service with that service's secrets, but the operators' own users of the servers."""
    root.mkdir(exist_ok=True)
    mongo = once(root / "imc_mongo_url", lambda: mongo_url(OPERATORS, "admin"))
    amqp = once(root / "imc_amqp_url", lambda: amqp_url(OPERATORS))
    for service in SERVICES:
        (root / service).mkdir(exist_ok=True, mode=0o700)
        for secret in (services / service).iterdir():
            own = {"imc_mongo_url": mongo, "imc_amqp_url": amqp}.get(secret.name)
            if not secret.name.startswith("."):
                write(root / service / secret.name, own or secret.read_text())


if __name__ == "__main__":
    make_passwords(Path(sys.argv[1]))
    print("secrets: all there")
