"""How every container is confined: judged from what the engine says of it, not from docker-compose.yml."""

import json
import subprocess
from typing import Any

import pytest

from shared.settings import SERVICES
from tests.compose.conftest import Compose, service_of

ONCE = {"secrets", "setup"}
PROCESSES = {f"{service}-{process}" for service in SERVICES for process in ("web", "worker")}


@pytest.fixture(scope="module")
def containers(system: Compose) -> dict[str, dict[str, Any]]:
    return {service_of(container): container for container in system.containers()}


def test_all_are_there_and_well(containers: dict[str, dict[str, Any]]) -> None:
    assert set(containers) == PROCESSES | ONCE | {"mongo", "rabbitmq", "gateway"}
    for name, container in containers.items():
        state = container["State"]
        assert (state["ExitCode"] == 0) if name in ONCE else state["Health"]["Status"] == "healthy", name


def test_confined(containers: dict[str, dict[str, Any]]) -> None:
    for name, container in containers.items():
        host, user = container["HostConfig"], container["Config"]["User"]
        assert user not in ("", "0", "root") and not user.startswith("0:"), name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"] and not host["CapAdd"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["Memory"] > 0 and host["PidsLimit"] > 0, name
        assert not host["Privileged"], name


def test_kept_running_and_logs_bounded(containers: dict[str, dict[str, Any]]) -> None:
    for name, container in containers.items():
        host = container["HostConfig"]
        assert host["RestartPolicy"]["Name"] == ("no" if name in ONCE else "unless-stopped"), name
        assert host["LogConfig"]["Config"]["max-size"], name


def test_only_the_gateway_is_published(containers: dict[str, dict[str, Any]]) -> None:
    published = {
        name
        for name, container in containers.items()
        if any(bindings for bindings in container["NetworkSettings"]["Ports"].values())
    }
    assert published == {"gateway"}


def test_networks(containers: dict[str, dict[str, Any]]) -> None:
    """The gateway cannot reach a server; nothing but the gateway and notify's worker reaches the world."""
    joined = {
        name: {network.rpartition("_")[2] for network in container["NetworkSettings"]["Networks"]}
        for name, container in containers.items()
    }
    assert joined["gateway"] == {"front", "edge"}
    assert joined["mongo"] == joined["rabbitmq"] == joined["setup"] == {"data"}
    assert joined["secrets"] == {"none"}
    for service in SERVICES:
        assert joined[f"{service}-web"] == {"edge", "data"}
        assert joined[f"{service}-worker"] == ({"data", "edge", "outward"} if service == "notify" else {"data"})
    project = containers["gateway"]["Config"]["Labels"]["com.docker.compose.project"]
    for network in ("edge", "data"):
        answer = subprocess.run(
            ["docker", "network", "inspect", f"{project}_{network}"], capture_output=True, text=True, check=True
        )
        assert json.loads(answer.stdout)[0]["Internal"], network


def test_secrets_are_read_only(containers: dict[str, dict[str, Any]]) -> None:
    for name, container in containers.items():
        mounts = {mount["Destination"]: mount for mount in container["Mounts"] if "secrets-" in mount.get("Name", "")}
        writable = {place for place, mount in mounts.items() if mount["RW"]}
        assert not writable or name == "secrets", name
        if name in PROCESSES:
            assert set(mounts) == {f"/run/imc/secrets/{name.rpartition('-')[0]}"}, name


def test_logs_are_json_lines(system: Compose) -> None:
    """Of every process that is ours."""
    lines = system.run("logs", "--no-log-prefix", *sorted(PROCESSES)).splitlines()
    assert lines
    for line in (line.removeprefix("\x1b[2K") for line in lines):  # Compose's own, not the process's
        assert isinstance(json.loads(line), dict), line
