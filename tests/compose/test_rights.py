"""A service's container holds that service's rights only: its credentials fail on every other's queue, keys and database."""

from pathlib import Path

import pytest

from shared.settings import SERVICES
from tests.compose.conftest import Compose

PROBE = (Path(__file__).parent / "probe_rights.py").read_text()
MAY = {
    "own database: read",
    "own database: write",
    "own queue: consume",
    "own dead letters: consume",
    "own queue: look how long it is",
    "replay: publish",
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("process", ["web", "worker"])
def test_only_its_own(system: Compose, service: str, process: str) -> None:
    other = next(name for name in SERVICES if name != service)

    answers = system.python(f"{service}-{process}", PROBE, service, other)

    assert answers.pop("others' secrets") == []
    assert {name for name, answer in answers.items() if answer == "done"} == MAY
    assert {answer.split()[0] for name, answer in answers.items() if name not in MAY} == {"refused"}


def test_no_password_in_any_environment(system: Compose) -> None:
    for container in system.containers():
        for variable in container["Config"]["Env"]:
            name, _, value = variable.partition("=")
            assert "PASS" not in name or name.endswith("_FILE"), name
            assert "@" not in value, name


def test_secrets_made_once(system: Compose) -> None:
    """What `secrets` made stays as it is when it runs again."""
    program = (
        "import hashlib,json,pathlib;print(json.dumps({str(p):hashlib.sha256(p.read_bytes()).hexdigest()"
        " for p in pathlib.Path('/run/imc/secrets').rglob('*') if p.is_file()}))"
    )
    before = system.python("intake-web", program)
    system.run("up", "--no-deps", "--force-recreate", "secrets")
    assert system.python("intake-web", program) == before
    assert len(before) >= 6
