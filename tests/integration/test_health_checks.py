"""The health checks of containers: what each says of a process that is well, hangs, is not ready, or is gone; and the file of a worker."""

import http.server
import os
import signal
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local import mongod
from shared.messaging.heartbeat import leave

CHECKS = Path(__file__).parents[2] / "deploy"


def check(shell: str, script: str, *arguments: str, **environ: str) -> tuple[int, str]:
    """Its exit status and what it prints."""
    command = [shell, str(CHECKS / script), *arguments]
    done = subprocess.run(command, env={"PATH": "/nowhere", **environ}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


def worker_check(file: Path) -> tuple[int, str]:
    return check("/bin/sh", "worker_health.sh", "intake", IMC_HEARTBEAT_FILE=str(file))


def test_a_worker_that_is_well(tmp_path: Path) -> None:
    leave(tmp_path / "beat", "")
    assert worker_check(tmp_path / "beat") == (0, "")


@pytest.mark.parametrize("fault", ["not hearing", "not hearing and not saying", "MongoDB is away (AutoReconnect)"])
def test_a_worker_names_its_fault(tmp_path: Path, fault: str) -> None:
    leave(tmp_path / "beat", fault)
    assert worker_check(tmp_path / "beat") == (1, f"intake worker: {fault}")


@pytest.mark.parametrize("left", [None, "", "1 \n", "nonsense"])
def test_a_heartbeat_that_is_missing_empty_old_or_none_is_not_fresh(tmp_path: Path, left: str | None) -> None:
    if left is not None:
        (tmp_path / "beat").write_text(left)
    status, told = worker_check(tmp_path / "beat")
    assert status != 0 and (told == "intake worker: no fresh heartbeat" or left == "nonsense")


def test_no_heartbeat_is_left_where_nobody_asks_for_one() -> None:
    leave(None, "")


class Answers(http.server.BaseHTTPRequestHandler):
    """As the service in the path: ready, not ready, or silent."""

    def do_GET(self) -> None:
        if "silent" in self.path:
            time.sleep(6)
            return
        ready = self.path == "/ready/readyz"
        body = b'{"status":"ready"}' if ready else b'{"status":"not ready","mongodb":"away"}'
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield str(server.server_address[1])
        server.shutdown()


def test_a_web_process(port: str) -> None:
    assert check("/bin/bash", "web_health.sh", "ready", port) == (0, "")
    status, told = check("/bin/bash", "web_health.sh", "waiting", port)
    assert status == 1 and "503" in told and "not ready" in told and "away" in told
    assert check("/bin/bash", "web_health.sh", "silent", port) == (1, "silent web: no answer")
    assert check("/bin/bash", "web_health.sh", "ready", str(mongod.free_port())) == (1, "ready web: nobody listens")


def test_mongodb(tmp_path: Path) -> None:
    """Answers, hangs (its port is open all the while), is gone."""
    server = mongod.start(tmp_path)
    where = ("127.0.0.1", server.url.split(":")[2].split("/")[0])
    try:
        assert check("/bin/bash", "mongo_health.sh", *where)[0] == 0
        os.kill(server.process.pid, signal.SIGSTOP)
        assert check("/bin/bash", "mongo_health.sh", *where)[0] != 0
        os.kill(server.process.pid, signal.SIGCONT)
        assert check("/bin/bash", "mongo_health.sh", *where)[0] == 0
    finally:
        server.stop()
    assert check("/bin/bash", "mongo_health.sh", *where)[0] != 0


def test_none_of_them_starts_a_program() -> None:
    """Run with an empty search path above; and none names an interpreter or the application."""
    for script in CHECKS.glob("*_health.sh"):
        words = script.read_text().split("\n", 1)[1]
        assert "python" not in words and "$(" not in words.replace("$((", ""), script
