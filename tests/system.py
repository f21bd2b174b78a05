"""A whole system run by the `imc` command itself, as people run it; and what a test needs to talk to it."""

import email
import email.policy
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pyotp
import requests

from deploy.cli import accounts, keys, target
from deploy.local.mongod import is_free
from tests import answers

IMC = (sys.executable, "-c", "from deploy.cli.main import main; main()")
# the same where no RabbitMQ answers on the usual port
WITHOUT_RABBITMQ = (
    sys.executable,
    "-c",
    "from deploy.cli import main; from deploy.local import servers; servers.FOUND_RABBITMQ = 'amqp://guest:guest@127.0.0.1:1//'; main.main()",
)


def free_base_port(count: int = 7) -> int:
    """The first of so many free ports in a row, below those the kernel hands out; each process looks elsewhere first."""
    start = 10_000 + (os.getpid() * 37) % 18_000
    for base in range(start, 30_000, 10):
        if all(is_free(port) for port in range(base, base + count)):
            return base
    raise AssertionError("no free ports")


@dataclass(frozen=True)
class Done:
    """A command's end."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class System:
    """One DIR of `imc up`."""

    def __init__(self, data: Path, mails: Path | None = None, command: tuple[str, ...] = IMC) -> None:
        self.data, self._mails, self._command = data, mails, command
        self._promises: dict[str, answers.Promises] = {}

    def up(self, **environ: str) -> Done:
        """Starts it in the background and returns when all is ready."""
        done = self.imc("up", "--detach", "--base-port", str(free_base_port()), seconds=120, **environ)
        assert done.status == 0, f"imc up: {done.status}\n{done.out}\n{done.err}"
        return done

    def down(self) -> None:
        """Stops it, and takes its names off a RabbitMQ it found."""
        self.imc("down", "--purge")

    def runs(self) -> bool:
        return (self.data / "state.json").exists()

    @property
    def state(self) -> Any:
        return json.loads((self.data / "state.json").read_text())

    @property
    def _target(self) -> target.Target:
        return target.find(str(self.data), _plain_environ())

    @property
    def url(self) -> str:
        """The gateway's, without a slash at the end."""
        return str(self.state["gateway"]["url"])

    def imc(self, *arguments: str, seconds: float = 60, **environ: str) -> Done:
        """Runs `imc … --data DIR` to its end."""
        done = subprocess.run(
            [*self._command, *arguments, "--data", str(self.data)],
            env={**_plain_environ(), **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def answer(self, *arguments: str) -> Any:
        """What a command that must succeed answers with --json."""
        done = self.imc(*arguments, "--json")
        assert done.status == 0, f"imc {' '.join(arguments)}: {done.status}\n{done.out}\n{done.err}"
        return done.json

    def key(self, organization: str) -> Any:
        """A live key: organization_id, key_id, key; as `imc keys issue` makes it, without a process for it."""
        return keys.issue(self._target, organization)

    def person(self, *roles: str, departments: Sequence[str] = ()) -> Any:
        """A new person with these roles: username, password, totp_secret; as `imc accounts add` makes them, likewise."""
        settings = self._target.settings_of["accounts"]
        return accounts.add(settings, f"{roles[0]}-{os.urandom(4).hex()}", list(roles), None, departments=departments)

    def token(self, *roles: str, departments: Sequence[str] = ()) -> str:
        """An access token of a new person with these roles."""
        return self.token_of(self.person(*roles, departments=departments))

    def token_of(self, person: dict[str, str]) -> str:
        """An access token for who was made as `person` makes them."""
        body = {"username": person["username"], "password": person["password"]}
        body["one_time_code"] = pyotp.TOTP(person["totp_secret"]).now()
        answer = requests.post(f"{self.url}/accounts/api/v1/tokens", json=body, timeout=20)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["access_token"])

    def call(self, method: str, path: str, credential: str, **more: Any) -> requests.Response:
        """A request through the gateway with a key or a token."""
        headers = {"Authorization": f"Bearer {credential}", **more.pop("headers", {})}
        answer = requests.request(method, f"{self.url}{path}", headers=headers, timeout=20, **more)
        answers.look_through_gateway(self.url, self._promises, answer)
        return answer

    def mails(self) -> list[EmailMessage]:
        """What the mail server has taken so far, in order."""
        assert self._mails, "this system sends no mail"
        files = sorted(self._mails.glob("*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    def until(self, looked: Any, seconds: float = 30.0) -> Any:
        """What `looked()` gives, once it is neither empty nor false; an AssertionError names what never came."""
        deadline = time.monotonic() + seconds
        while not (found := looked()):
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {looked}"
            time.sleep(0.05)
        return found


PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "ws_proxy", "wss_proxy")
DEAD_PROXY = {
    **{way(name): "http://127.0.0.1:9" for name in PROXIES for way in (str.lower, str.upper)},
    "no_proxy": "",
    "NO_PROXY": "",
}
"""A hospital's network has such variables on every machine; this proxy answers nobody."""


def _plain_environ() -> dict[str, str]:
    """The machine's environment without what a developer has set for a system of their own, and with a proxy that is dead:
    what a system says to itself goes through none."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IMC_")} | DEAD_PROXY
