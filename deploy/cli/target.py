"""The system that an operator's command works on: from `state.json` of DIR on this machine, else from a container's environment.

An operator's settings of a service contain that service's secrets, but the operators' own users of the servers.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.cli.directory import DEFAULT, Directory, NotRunning, State
from shared.settings import SERVICES, Settings, load


@dataclass(frozen=True)
class Target:
    """The system of a command; `state` and `directory` are None in a container."""

    gateway_url: str
    settings_of: Mapping[str, Settings]
    state: State | None
    directory: Directory | None = None

    def address(self, service: str) -> str:
        """The service's base address: its own port on this machine, the gateway in a container."""
        return str(self.state["services"][service]["url"]) if self.state else f"{self.gateway_url}/{service}"


def find(data: str | None, environ: Mapping[str, str] = os.environ) -> Target:
    """Finds the system: an explicit DIR, else a running DIR, else the environment. Raises NotRunning, BadSetting."""
    directory = Directory(data or DEFAULT)
    if data is None and environ.get("IMC_SECRET_DIR") and not directory.state_file.exists():
        return _from_environment(environ)
    state = directory.state()
    from_environ = {name: value for name, value in environ.items() if name.startswith("IMC_")}
    settings = {}
    for service in state["services"]:
        own = environment(state["mongo_url"], state["amqp_url"], state["broker_prefix"], directory.secrets / service)
        settings[service] = load(service, {"IMC_PUBLIC_URL": state["gateway"]["url"], **from_environ, **own})
    return Target(state["gateway"]["url"], settings, state, directory)


def _from_environment(environ: Mapping[str, str]) -> Target:
    """The system of the environment; the operators' secret directory contains one directory per service."""
    root = Path(environ["IMC_SECRET_DIR"])
    if not any((root / service).is_dir() for service in SERVICES):
        raise NotRunning("IMC_SECRET_DIR: expected the operators' directory, with one directory per service")
    settings = {service: load(service, {**environ, "IMC_SECRET_DIR": str(root / service)}) for service in SERVICES}
    return Target(next(iter(settings.values())).internal_url, settings, None)


def environment(mongo_url: str, amqp_url: str, broker_prefix: str, secret_dir: Path) -> dict[str, str]:
    """The environment variables with the addresses of one service's servers and secrets."""
    return {
        "IMC_MONGO_URL": mongo_url,
        "IMC_AMQP_URL": amqp_url,
        "IMC_BROKER_PREFIX": broker_prefix,
        "IMC_SECRET_DIR": str(secret_dir),
    }
