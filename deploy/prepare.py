"""`imc setup` in Compose's `setup` container: creates the replica set and one user per service at both servers, then runs `set_up`.

Each service's indexes are created as that service's own user; only the names on the broker need the administrator.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from deploy.broker_users import Management, operators_rights, service_rights
from deploy.mongo_users import admin_client, ensure_primary, put_user
from deploy.passwords import MANAGEMENT, MONGO
from deploy.setup import Say, set_up
from shared.settings import SERVICES, Settings, load


def administrators(environ: Mapping[str, str]) -> Path | None:
    """The directory of all secrets, including the servers' administrators; None where there is none."""
    root = Path(environ.get("IMC_SECRET_DIR", ""))
    return root if (root / "setup" / "imc_amqp_url").is_file() else None


def prepare(root: Path, environ: Mapping[str, str], say: Say) -> None:
    """Does all the set-up between the start of the servers and the start of the services; idempotent."""
    admin_amqp = _read(root / "setup" / "imc_amqp_url")
    own = {service: load(service, {**environ, "IMC_SECRET_DIR": str(root / service)}) for service in SERVICES}
    _mongo_users(root, own)
    say(f"mongo: primary, {len(own) + 1} users")
    _broker_users(root, own, admin_amqp, environ.get("IMC_BROKER_PREFIX", ""))
    say(f"broker: {len(own) + 1} users")
    set_up({service: replace(settings, amqp_url=admin_amqp) for service, settings in own.items()}, say)


def _mongo_users(root: Path, own: Mapping[str, Settings]) -> None:
    with admin_client(_read(root / "setup" / "imc_mongo_url")) as client:
        ensure_primary(client, MONGO)
        for settings in own.values():
            put_user(client, settings.mongo_url, [settings.database])
        put_user(client, _read(root / "operators" / "imc_mongo_url"), [settings.database for settings in own.values()])


def _broker_users(root: Path, own: Mapping[str, Settings], admin_amqp: str, prefix: str) -> None:
    management = Management(MANAGEMENT, admin_amqp)
    for service, settings in own.items():
        management.put_user(settings.amqp_url, service_rights(service, prefix))
    management.put_user(_read(root / "operators" / "imc_amqp_url"), operators_rights())


def _read(path: Path) -> str:
    return path.read_text().strip()
