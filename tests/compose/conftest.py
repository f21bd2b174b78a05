"""The whole system in containers, once for all tests here: brought up and taken down by Compose, on a project of its own.

Runs where a Docker Engine answers. Mail and webhooks leave the containers for this machine, where the tests take them.
"""

import email
import email.policy
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
from aiosmtpd.controller import Controller

from tests.mailbox import Keep

ROOT = Path(__file__).parents[2]
PRIVATE = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"  # where Docker lays its networks


@dataclass(frozen=True)
class Compose:
    """`docker compose` on one project."""

    project: str
    environ: dict[str, str]
    mail: Path

    @property
    def url(self) -> str:
        """The gateway's."""
        return f"http://127.0.0.1:{self.environ['IMC_PORT']}"

    def run(self, *arguments: str, given: str | None = None, seconds: float = 600, check: bool = True) -> str:
        """What the command printed; where it fails, an AssertionError with what it complained of."""
        command = ["docker", "compose", "--project-name", self.project, *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environ,
            input=given,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert not check or done.returncode == 0, (
            f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def imc(self, *arguments: str) -> Any:
        """An operator's command, whose answer is JSON."""
        return json.loads(self.run("run", "--rm", "-T", "imc", *arguments, "--json"))

    def python(self, container: str, program: str, *arguments: str) -> Any:
        """Runs a program inside a running container; what it prints is JSON."""
        return json.loads(self.run("exec", "-T", container, "python", "-", *arguments, given=program))

    def key(self, organization: str) -> Any:
        """A live key: organization_id, key_id, key."""
        return self.imc("keys", "issue", "--organization", organization)

    def token(self, *roles: str) -> str:
        """An access token of a new person with these roles."""
        wanted = [part for role in roles for part in ("--role", role)]
        person = self.imc("accounts", "add", f"{roles[0]}-{os.urandom(4).hex()}", *wanted)
        asked = {"username": person["username"], "password": person["password"]}
        asked["one_time_code"] = pyotp.TOTP(person["totp_secret"]).now()
        answer = requests.post(f"{self.url}/accounts/api/v1/tokens", json=asked, timeout=20)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["access_token"])

    def call(self, method: str, path: str, credential: str, **more: Any) -> requests.Response:
        """A request through the gateway with a key or a token."""
        headers = {"Authorization": f"Bearer {credential}", **more.pop("headers", {})}
        return requests.request(method, f"{self.url}{path}", headers=headers, timeout=30, **more)

    def mails(self) -> list[EmailMessage]:
        """What the mail server has taken so far, in order."""
        files = sorted(self.mail.glob("*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    def outside(self) -> str:
        """This machine's address as notify's worker reaches it."""
        return gateway_of(f"{self.project}_outward")

    def containers(self) -> list[dict[str, Any]]:
        """`docker inspect` of every container, also of ended ones."""
        ids = self.run("ps", "--all", "--quiet").split()
        answer = subprocess.run(["docker", "inspect", *ids], capture_output=True, text=True, check=True)
        found: list[dict[str, Any]] = json.loads(answer.stdout)
        return found


def service_of(container: dict[str, Any]) -> str:
    """The name docker-compose.yml gives it."""
    name: str = container["Config"]["Labels"]["com.docker.compose.service"]
    return name


@pytest.fixture(scope="session")
def engine() -> None:
    """Skips where no Docker Engine answers."""
    try:
        answered = subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        answered = False
    if not answered:
        pytest.skip("no Docker Engine answers `docker info`")


@pytest.fixture(scope="session")
def system(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """Everything up and ready. The mail server's address is given as a password would be: in a file."""
    mail, smtp_url = tmp_path_factory.mktemp("mail"), tmp_path_factory.mktemp("given") / "smtp_url"
    server = Controller(Keep(mail), hostname=gateway_of("bridge"), port=_free_port())
    server.start()
    smtp_url.write_text(f"smtp://{server.hostname}:{server.port}?tls=none\n")
    given = {"IMC_PORT": str(_free_port()), "IMC_SMTP_URL_FILE": str(smtp_url), "IMC_WEBHOOK_ALLOW": PRIVATE}
    compose = Compose(f"imc-test-{os.getpid()}", {**_plain_environ(), **given}, mail)
    try:
        compose.run("up", "--build", "--wait", "--quiet-pull", seconds=900)
        yield compose
    finally:
        compose.run("--profile", "tools", "down", "--volumes", "--timeout", "5", check=False)
        server.stop()


def gateway_of(network: str) -> str:
    """This machine's address in one of Docker's networks: its first, where the engine does not name it."""
    answer = subprocess.run(["docker", "network", "inspect", network], capture_output=True, text=True, check=True)
    (plan,) = json.loads(answer.stdout)[0]["IPAM"]["Config"]
    return str(plan.get("Gateway") or ip_network(plan["Subnet"])[1])


def _plain_environ() -> dict[str, str]:
    """The machine's environment without what a developer has set for a system of their own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IMC_")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
