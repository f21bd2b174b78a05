"""What the health checks of an idle system cost: processor time of the engine and of all it starts inside containers."""

import os
import time
from pathlib import Path

import pytest

from tests.compose.conftest import Compose, service_of

ENGINE = ("dockerd", "containerd", "containerd-shim")
MOST = 0.02  # of one core, all together
LOOK_SECONDS = 120.0


def spent() -> float:
    """Seconds of processor time of the engine's processes so far, with those they started and saw end: every check is one of them."""
    ticks = 0
    for entry in Path("/proc").iterdir():
        try:
            name, fields = (entry / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except (OSError, IndexError):
            continue
        if name.startswith(ENGINE):
            ticks += sum(int(field) for field in fields.split()[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


@pytest.mark.timeout(900)  # the system may have to be built and started first
def test_all_checks_of_an_idle_system_cost_little(system: Compose) -> None:
    if not spent():
        pytest.skip("the engine's processes are not on this machine")
    before, since = spent(), time.monotonic()
    time.sleep(LOOK_SECONDS)
    share = (spent() - before) / (time.monotonic() - since)
    print(f"health checks and engine: {share:.2%} of a core")
    assert share < MOST


def test_every_container_that_stays_has_the_check(system: Compose) -> None:
    for container in system.containers():
        name = service_of(container)
        if name in ("secrets", "setup"):
            continue
        declared = container["Config"]["Healthcheck"]
        assert declared["Test"][2].endswith("health_check.sh") and declared["Timeout"] > 300e9, name
        assert container["State"]["Health"]["Status"] == "healthy", name
