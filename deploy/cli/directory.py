"""DIR of one system on this machine: the paths of its files, the lock that its `imc up` holds, and `state.json`.

Not here: the servers and processes themselves.
"""

import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Any

State = dict[str, Any]
DEFAULT = ".imc"
LITTLE_ROOM = 64 * 1024 * 1024
"""Bytes: with less of it free the disk counts as full. mongod needs more for its next journal file."""


class AlreadyRuns(RuntimeError):
    """An `imc up` already holds this DIR; `pid` is its process."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"runs already (process {pid})")
        self.pid = pid


class NotRunning(RuntimeError):
    """No system runs on this DIR; the text says what to do."""


class Directory:
    """Paths under DIR; all files in it are readable only by their owner."""

    def __init__(self, root: Path | str = DEFAULT) -> None:
        self.root = Path(root).expanduser().resolve()
        self.secrets = self.root / "secrets"
        self.logs = self.root / "logs"
        self.mongod = self.root / "mongod"
        self.state_file = self.root / "state.json"
        self.admin_file = self.root / "secrets" / "admin.json"
        self.lock_file = self.root / "lock"
        self.broker_file = self.root / "broker"
        self.pids_file = self.root / "processes.json"
        self._lock: int | None = None

    def make(self) -> None:
        """Creates the missing directories."""
        for directory in (self.root, self.secrets, self.logs, self.mongod):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def broker_prefix(self) -> str:
        """The prefix of this system's names on a broker that was found, not configured; unique to this directory."""
        return f"imc-{hashlib.sha256(str(self.root).encode()).hexdigest()[:8]}."

    def lock(self) -> None:
        """Locks DIR for this process until it ends; raises AlreadyRuns."""
        fd = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = int(os.pread(fd, 20, 0) or b"0")
            os.close(fd)
            raise AlreadyRuns(pid) from None
        self._lock = fd
        self.sign_lock()

    def sign_lock(self) -> None:
        """Writes this process's id into the lock, for `imc down`."""
        assert self._lock is not None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def used_rabbitmq(self) -> bool:
        """Whether its system last used a RabbitMQ that was found, not configured."""
        return self.broker_file.exists() and self.broker_file.read_text().strip() == "rabbitmq"

    def free_bytes(self) -> int:
        """Free space of its file system, for an unprivileged process."""
        room = os.statvfs(self.root)
        return room.f_bavail * room.f_frsize

    def release(self) -> None:
        """Closes the lock: in a forked child, since the lock belongs to the parent; in the parent this releases it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def holder(self) -> int | None:
        """The process that holds the lock, or None."""
        if not self.lock_file.exists():
            return None
        try:
            self.lock()
        except AlreadyRuns as error:
            return error.pid
        self.release()
        return None

    def state(self) -> State:
        """The state of the running system; raises NotRunning where none runs (also after a kill that left `state.json` behind)."""
        holder = self.holder()
        if holder and not self.state_file.exists():
            raise NotRunning(f"{self.root}: `imc up` (process {holder}) is still starting, or stopping")
        if not holder:
            raise NotRunning(f"nothing runs in {self.root}: start it with `imc up --data {self.root}`, or give --data")
        state: State = json.loads(self.state_file.read_text())
        return state

    def write_state(self, state: State) -> None:
        write_private(self.state_file, json.dumps(state, indent=2) + "\n")


def write_private(path: Path, content: str) -> None:
    """Writes the file atomically with mode 0600; the old one stays where the disk is full (OSError)."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
