"""The whole system in containers, once for all tests here: brought up and taken down by Compose, on a project of its own.

Runs where a Docker Engine answers. `IMC_TEST_COMPOSE_PROJECT` names a project that runs already and is left running.
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Compose:
    """`docker compose` on one project."""

    project: str
    environ: dict[str, str]

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
def system(engine: None) -> Iterator[Compose]:
    """Everything up and ready."""
    given = os.environ.get("IMC_TEST_COMPOSE_PROJECT")
    if given:
        yield Compose(given, {"IMC_PORT": "8000", **os.environ})
        return
    compose = Compose(f"imc-test-{os.getpid()}", {**os.environ, "IMC_PORT": str(_free_port())})
    try:
        compose.run("up", "--build", "--wait", "--quiet-pull", seconds=900)
        yield compose
    finally:
        compose.run("--profile", "tools", "down", "--volumes", "--timeout", "5", check=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
