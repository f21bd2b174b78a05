"""Records of directories whose systems have queues on a RabbitMQ that `imc up` found, per user, until the queues are deleted.

AMQP cannot list queues, and after a directory is deleted its queues on a broker could not be identified: so each leaves a record,
`~/.local/state/imc/queues/PREFIX.json` (XDG_STATE_HOME), which `imc doctor` and `imc up` read.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.cli.directory import Directory, write_private


@dataclass(frozen=True)
class LeftoverQueues:
    """One directory's names on a broker."""

    root: Path
    amqp_url: str
    prefix: str

    @property
    def gone(self) -> bool:
        """Whether the directory no longer exists, or another one was created in its place."""
        return not Directory(self.root).admin_file.exists()


def record(directory: Directory, amqp_url: str, environ: Mapping[str, str] = os.environ) -> None:
    """Writes the record; a failure to write does not prevent the start."""
    with suppress(OSError):
        place = _place(environ)
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {"root": str(directory.root), "amqp_url": amqp_url}
        write_private(place / f"{directory.broker_prefix}json", json.dumps(content))


def recorded(environ: Mapping[str, str] = os.environ) -> Iterator[LeftoverQueues]:
    """All records, in the order of their names."""
    for file in sorted(_place(environ).glob("imc-*.json")):
        with suppress(OSError, ValueError, KeyError):
            entry = json.loads(file.read_text())
            yield LeftoverQueues(Path(entry["root"]), entry["amqp_url"], file.name.removesuffix("json"))


def recorded_for(directory: Directory, environ: Mapping[str, str] = os.environ) -> LeftoverQueues | None:
    """The directory's record, if it has one."""
    return next((one for one in recorded(environ) if one.prefix == directory.broker_prefix), None)


def remove(one: LeftoverQueues, environ: Mapping[str, str] = os.environ) -> int:
    """Deletes its names from the broker and the record; returns how many messages its queues held. Raises one of BROKER_ERRORS."""
    from shared.broker.topology import delete

    messages = delete(one.amqp_url, one.prefix)
    (_place(environ) / f"{one.prefix}json").unlink(missing_ok=True)
    return messages


def _place(environ: Mapping[str, str]) -> Path:
    home = environ.get("HOME") or "/nonexistent"
    return Path(environ.get("XDG_STATE_HOME") or Path(home) / ".local" / "state") / "imc" / "queues"
