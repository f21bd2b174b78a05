"""DIR of one system on this machine: where its files lie, the lock that its one `imc up` holds, and `state.json`.

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
    """An `imc up` holds this DIR; `pid` is its process."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"runs already (process {pid})")
        self.pid = pid


class NotRunning(RuntimeError):
    """Nothing runs on this DIR; the text says what to do."""


class Directory:
    """Paths under DIR; everything in it is readable by its owner only."""

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
        """Makes what is missing of it."""
        for directory in (self.root, self.secrets, self.logs, self.mongod):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def broker_prefix(self) -> str:
        """What this system's names on a broker it found by itself begin with: of this place alone."""
        return f"imc-{hashlib.sha256(str(self.root).encode()).hexdigest()[:8]}."

    def lock(self) -> None:
        """Takes DIR for this process, until it ends; raises AlreadyRuns."""
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
        """Leaves this process's id in the lock, for `imc down`."""
        assert self._lock is not None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def used_rabbitmq(self) -> bool:
        """Whether its system last used a RabbitMQ that was found."""
        return self.broker_file.exists() and self.broker_file.read_text().strip() == "rabbitmq"

    def free_bytes(self) -> int:
        """Room left where its files lie, for a process without special rights."""
        room = os.statvfs(self.root)
        return room.f_bavail * room.f_frsize

    def let_go(self) -> None:
        """In a forked child: the lock is its parent's alone. In the parent: ends the hold."""
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
        self.let_go()
        return None

    def state(self) -> State:
        """What runs here; raises NotRunning where nothing does (also after a kill that left `state.json` behind)."""
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
    """The whole file or the old one, also where the disk is full (OSError); mode 0600."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
