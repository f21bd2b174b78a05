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
from shared.heartbeat import write_heartbeat
from tests.ports import refusing_port

SCRIPT = Path(__file__).parents[2] / "deploy" / "health_check.sh"


def check(*arguments: str, **environ: str) -> tuple[int, str]:
    """Its exit status and what it prints, where nothing is known of the container yet; no program is on its search path."""
    given = {"PATH": "/nowhere", "KNOWN_FILE": "/dev/null", **environ}
    done = subprocess.run(
        ["/bin/bash", str(SCRIPT), *arguments], env=given, capture_output=True, text=True, check=False, timeout=30
    )
    return done.returncode, done.stdout.strip()


def worker_check(file: Path) -> tuple[int, str]:
    return check("worker", "intake", IMC_HEARTBEAT_FILE=str(file))


def test_a_worker_that_is_well(tmp_path: Path) -> None:
    write_heartbeat(tmp_path / "beat", "")
    assert worker_check(tmp_path / "beat") == (0, "")


@pytest.mark.parametrize(
    "fault", ["not consuming", "not consuming and not publishing", "MongoDB is away (AutoReconnect)"]
)
def test_a_worker_names_its_fault(tmp_path: Path, fault: str) -> None:
    write_heartbeat(tmp_path / "beat", fault)
    assert worker_check(tmp_path / "beat") == (1, f"intake worker: {fault}")


@pytest.mark.parametrize("left", [None, "", "1 \n", "nonsense"])
def test_a_heartbeat_that_is_missing_empty_old_or_none_is_not_fresh(tmp_path: Path, left: str | None) -> None:
    if left is not None:
        (tmp_path / "beat").write_text(left)
    assert worker_check(tmp_path / "beat") == (1, "intake worker: no fresh heartbeat")


def test_no_heartbeat_is_left_where_nobody_asks_for_one() -> None:
    write_heartbeat(None, "")


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
    assert check("web", "ready", port) == (0, "")
    status, told = check("web", "waiting", port)
    assert status == 1 and "503" in told and "not ready" in told and "away" in told
    assert check("web", "silent", port) == (1, "silent web: no answer")
    with refusing_port() as away:
        assert check("web", "ready", str(away)) == (1, "ready web: nobody listens")


def test_mongodb(tmp_path: Path) -> None:
    """Answers, hangs (its port is open all the while), is gone."""
    server = mongod.start(tmp_path)
    where = ("127.0.0.1", server.url.split(":")[2].split("/")[0])
    try:
        assert check("mongo", *where)[0] == 0
        os.kill(server.process.pid, signal.SIGSTOP)
        assert check("mongo", *where)[0] != 0
        os.kill(server.process.pid, signal.SIGCONT)
        assert check("mongo", *where)[0] == 0
    finally:
        server.stop()
    assert check("mongo", *where)[0] != 0


def watched(known: Path, beat: Path, seconds: int) -> "subprocess.Popen[str]":
    given = {"PATH": os.environ["PATH"], "KNOWN_FILE": str(known), "IMC_HEARTBEAT_FILE": str(beat)}
    given |= {"WATCH_SECONDS": str(seconds), "LOOK_SECONDS": "1"}
    return subprocess.Popen(["bash", str(SCRIPT), "worker", "intake"], env=given, stdout=subprocess.PIPE, text=True)


def test_the_first_that_finds_it_well_says_so_at_once_and_the_next_stays_until_there_is_a_fault(tmp_path: Path) -> None:
    known, beat = tmp_path / "known", tmp_path / "beat"
    assert watched(known, beat, 60).communicate(timeout=20)[0] == "intake worker: no fresh heartbeat\n"
    write_heartbeat(beat, "")
    first = watched(known, beat, 60)
    assert (first.communicate(timeout=20)[0], first.returncode) == ("", 0)
    second = watched(known, beat, 60)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(2.5)
    write_heartbeat(beat, "not consuming")
    assert (second.communicate(timeout=20)[0], second.returncode) == ("intake worker: not consuming\n", 1)
    write_heartbeat(beat, "")
    again = watched(known, beat, 60)
    assert (again.communicate(timeout=20)[0], again.returncode) == ("", 0)


def test_it_stays_no_longer_than_it_is_meant_to(tmp_path: Path) -> None:
    (tmp_path / "known").write_text("yes")
    write_heartbeat(tmp_path / "beat", "")
    check_ = watched(tmp_path / "known", tmp_path / "beat", 2)
    assert (check_.communicate(timeout=20)[0], check_.returncode) == ("", 0)
