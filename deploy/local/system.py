"""The layout of one system on this machine under `imc up`: ports, environment of every process, `state.json`."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.cli.directory import Directory, State
from deploy.cli.target import environment
from deploy.local.servers import Servers
from shared.settings import SERVICES, Settings, load

OFFSETS = {"intake": 1, "interpreting": 2, "training": 3, "partners": 4, "notify": 5, "accounts": 6}


@dataclass(frozen=True)
class System:
    """One system; its ports count from `base_port`, the gateway's."""

    directory: Directory
    base_port: int
    servers: Servers
    environ: Mapping[str, str]

    @property
    def ports(self) -> dict[str, int]:
        return {service: self.base_port + OFFSETS[service] for service in SERVICES}

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.base_port}"

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}/{service}"

    def environ_of(self, service: str) -> dict[str, str]:
        """The environment of the service's processes: the user's variables, and those set here."""
        from_environ = {name: value for name, value in self.environ.items() if name.startswith("IMC_")}
        usual = {"IMC_WEB_WORKERS": "1", "IMC_PUBLIC_URL": self.gateway_url, "IMC_INTERNAL_URL": self.gateway_url}
        return {**usual, **from_environ} | environment(
            self.servers.mongo_url_of(service),
            self.servers.amqp_url_of(service),
            self.servers.broker_prefix,
            self.directory.secrets / service,
        )

    def settings(self, service: str) -> Settings:
        """The service's settings; raises BadSetting."""
        return load(service, self.environ_of(service))

    def state(self, pids: Mapping[str, int | None], admin: Mapping[str, str]) -> State:
        """The content of `state.json`; its fields are fixed."""
        services = {
            service: {
                "url": self.url(service),
                "web_pid": pids.get(f"{service}-web"),
                "worker_pid": pids.get(f"{service}-worker"),
            }
            for service in SERVICES
        }
        return {
            "gateway": {"url": self.gateway_url, "pid": pids.get("gateway")},
            "services": services,
            "mongo_url": self.servers.mongo_url,
            "amqp_url": self.servers.amqp_url,
            "broker": self.servers.broker,
            "broker_prefix": self.servers.broker_prefix,
            "admin": dict(admin),
        }
