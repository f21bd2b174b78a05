"""`imc up`, `down` and `status` as people run them: one system, broken piece by piece, and what becomes of it."""

import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.settings import SERVICES
from tests.system import IMC, WITHOUT_RABBITMQ, System, free_base_port

STATE_FIELDS = {"gateway", "services", "mongo_url", "amqp_url", "broker", "broker_prefix", "admin"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system of this file's own, in the foreground of a terminal-like process; what it says lies in `said`."""
    one = System(tmp_path_factory.mktemp("here") / "data")
    said = one.data.parent / "said"
    command = [*IMC, "up", "--data", str(one.data), "--base-port", str(free_base_port())]
    with open(said, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    one.until(lambda: "\nready" in said.read_text() or process.poll() is not None, 120)
    assert process.poll() is None, said.read_text()
    yield one
    one.down()
    process.wait(20)


def output_of(one: System) -> str:
    return (one.data.parent / "said").read_text()


def pids(state: Any) -> dict[str, int]:
    """Every process `state.json` names."""
    found = {"gateway": state["gateway"]["pid"]}
    for service in SERVICES:
        found[f"{service}-web"] = state["services"][service]["web_pid"]
        found[f"{service}-worker"] = state["services"][service]["worker_pid"]
    return found


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def processes_of(data: Path) -> list[str]:
    """Command lines of whatever still runs for this DIR."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(data) in line and entry.name != str(os.getpid()):
            found.append(line)
    return found


def test_state_has_exactly_its_fields_and_is_its_owners_alone(here: System) -> None:
    state = here.state
    assert set(state) == STATE_FIELDS
    assert set(state["gateway"]) == {"url", "pid"}
    assert set(state["admin"]) == {"username", "password", "totp_secret"}
    assert set(state["services"]) == set(SERVICES)
    for service, one in state["services"].items():
        assert set(one) == {"url", "web_pid", "worker_pid"}
        assert one["url"].endswith(f"/{service}")
    assert stat.S_IMODE((here.data / "state.json").stat().st_mode) == 0o600
    assert all(alive(pid) for pid in pids(state).values())


def test_every_service_answers_on_its_own_port_and_behind_the_gateway(here: System) -> None:
    base = int(here.url.rpartition(":")[2])
    offsets = {"intake": 1, "interpreting": 2, "training": 3, "partners": 4, "notify": 5, "accounts": 6}
    for service, offset in offsets.items():
        own = here.state["services"][service]["url"]
        assert own == f"http://127.0.0.1:{base + offset}/{service}"
        assert requests.get(f"{own}/readyz", timeout=5).status_code == 200
        assert requests.get(f"{here.url}/{service}/readyz", timeout=5).status_code == 200
        assert requests.get(f"{here.url}/{service}/metrics", timeout=5).status_code == 404


def test_status_is_well_and_says_so_by_its_exit(here: System) -> None:
    done = here.imc("status", "--json")
    assert done.status == 0, done.out
    found = done.json
    assert found["healthy"] is True
    for service in SERVICES:
        one = found["services"][service]
        assert (one["web"]["ready"], one["parked"], one["queue"]) == (True, 0, 0)
        assert [worker["healthy"] for worker in one["workers"]] == [True]
    assert "all healthy" in here.imc("status").out


def test_a_second_up_says_so_and_starts_nothing(here: System) -> None:
    before = pids(here.state)
    done = here.imc("up", "--base-port", str(free_base_port()))
    assert "runs already" in done.out
    assert here.url in done.out
    assert pids(here.state) == before


@pytest.mark.parametrize("piece", ["gateway", "intake-web", "interpreting-worker"])
def test_what_dies_is_started_again_and_said_and_state_follows(here: System, piece: str) -> None:
    before = pids(here.state)[piece]
    os.kill(before, signal.SIGKILL)
    here.until(lambda: pids(here.state)[piece] not in (before, None))
    after = pids(here.state)[piece]
    assert f"{piece}: killed by SIGKILL (process {before})" in output_of(here)
    assert f"{piece}: started again (process {after})" in output_of(here)
    here.until(lambda: here.imc("status").status == 0, 60)


def test_a_killed_mongod_comes_back_with_its_data(here: System) -> None:
    before = here.state["admin"]
    lines = Path("/proc").glob("[0-9]*/cmdline")
    (mongod,) = [int(line.parent.name) for line in lines if f"{here.data}/mongod/data".encode() in _read(line)]
    os.kill(mongod, signal.SIGKILL)
    here.until(lambda: "mongod: started again" in output_of(here))
    here.until(lambda: here.imc("status").status == 0, 60)
    assert here.state["admin"] == before


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_worker_that_stands_still_is_unwell_in_status(here: System) -> None:
    worker = pids(here.state)["notify-worker"]
    os.kill(worker, signal.SIGSTOP)
    here.until(lambda: here.imc("status").status == 1, 60)
    os.kill(worker, signal.SIGCONT)
    here.until(lambda: here.imc("status").status == 0, 60)


def test_ctrl_c_stops_everything_and_the_next_start_knows_the_admin(tmp_path: Path) -> None:
    one = System(tmp_path / "data")
    one.up()
    first = one.state
    holder = int((one.data / "lock").read_text())
    os.kill(holder, signal.SIGINT)
    one.until(lambda: not one.runs() and not processes_of(one.data), 15)
    assert not any(alive(pid) for pid in pids(first).values())
    one.up()
    assert one.state["admin"] == first["admin"]
    assert one.state["broker_prefix"] == first["broker_prefix"]
    one.down()
    assert processes_of(one.data) == []
    assert not one.runs()


def test_after_a_kill_of_up_the_next_one_ends_what_is_left(tmp_path: Path) -> None:
    one = System(tmp_path / "data")
    one.up()
    old = pids(one.state)
    os.kill(old["accounts-web"], signal.SIGSTOP)
    os.kill(int((one.data / "lock").read_text()), signal.SIGKILL)
    assert one.imc("status").status == 1
    assert "nothing runs" in one.imc("status").err
    done = one.up()
    assert "left behind" in done.out
    assert not any(alive(pid) for pid in old.values())
    assert one.imc("status").status == 0
    one.down()


def test_no_rabbitmq_means_the_embedded_broker(tmp_path: Path) -> None:
    one = System(tmp_path / "data", command=WITHOUT_RABBITMQ)
    one.up()
    state = one.state
    assert (state["broker"], state["amqp_url"]) == ("embedded", state["mongo_url"])
    assert state["broker_prefix"].startswith("imc-")
    assert one.key("Bangkok Bridge")["key"].startswith("imc_live_")  # intake heard of it over that broker
    one.until(lambda: one.imc("status").status == 0)
    one.down()
    assert processes_of(one.data) == []


def test_a_taken_port_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    one = System(tmp_path / "data")
    base = free_base_port()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", base + 2))
        taken.listen()
        done = one.imc("up", "--base-port", str(base))
    assert done.status == 1
    assert f"{base + 2} (interpreting)" in done.out
    assert processes_of(one.data) == []


def test_a_malformed_setting_is_named_in_one_line(tmp_path: Path) -> None:
    done = System(tmp_path / "data").imc("up", "--base-port", str(free_base_port()), IMC_TIME_ZONE="Mars/Olympus")
    assert done.status == 1
    assert "imc up: IMC_TIME_ZONE: expected" in done.out
    assert "Traceback" not in done.out + done.err


def test_down_where_nothing_runs_is_no_error(tmp_path: Path) -> None:
    done = System(tmp_path / "data").imc("down")
    assert (done.status, "nothing ran" in done.out) == (0, True)


def test_a_lock_without_a_state_says_that_it_is_starting(tmp_path: Path) -> None:
    one = System(tmp_path)
    with open(tmp_path / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(json.dumps(os.getpid()))
        lock.flush()
        assert "starting or stopping" in one.imc("up").out
