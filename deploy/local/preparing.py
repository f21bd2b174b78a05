"""What `imc up` does once its MongoDB runs and before its workers do: set-up, and the first account. In a child of its own."""

from deploy.local import mongod
from deploy.local.admin import first_account
from deploy.local.system import System
from deploy.setup import set_up
from shared.settings import SERVICES


def prepare(system: System) -> dict[str, str]:
    """Idempotent; returns the admin account's username, password and totp_secret. Raises BadSetting and what set_up raises."""
    servers, directory = system.servers, system.directory
    settings = {service: system.settings(service) for service in SERVICES}
    if servers.own_mongod_port:
        mongod.become_primary(directory.mongod, servers.own_mongod_port)
        if servers.broker == "rabbitmq" and servers.found_broker and not directory.admin_file.exists():
            _forget_names(servers.amqp_url, servers.broker_prefix)
    set_up(settings, lambda line: print(line, flush=True))
    return first_account(directory.admin_file, settings["accounts"])


def _forget_names(amqp_url: str, prefix: str) -> None:
    """What an earlier system of this same place left at the broker: a new one must not hear the old one's events."""
    from shared.messaging.clearing import clear

    clear(amqp_url, prefix)
