"""Directories whose systems have put queues on a RabbitMQ that `imc up` merely found: noted by who runs it, until they are taken away.

AMQP cannot list queues, and what a directory has left on a broker cannot be told once the directory is gone: so each leaves a note,
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
        """Whether the directory is no more, or another one's beginning."""
        return not Directory(self.root).admin_file.exists()


def record(directory: Directory, amqp_url: str, environ: Mapping[str, str] = os.environ) -> None:
    """Where a note cannot be left, none is: no reason not to start."""
    with suppress(OSError):
        place = _place(environ)
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {"root": str(directory.root), "amqp_url": amqp_url}
        write_private(place / f"{directory.broker_prefix}json", json.dumps(content))


def recorded(environ: Mapping[str, str] = os.environ) -> Iterator[LeftoverQueues]:
    """All there are, in the order of their names."""
    for file in sorted(_place(environ).glob("imc-*.json")):
        with suppress(OSError, ValueError, KeyError):
            told = json.loads(file.read_text())
            yield LeftoverQueues(Path(told["root"]), told["amqp_url"], file.name.removesuffix("json"))


def recorded_for(directory: Directory, environ: Mapping[str, str] = os.environ) -> LeftoverQueues | None:
    """The directory's own, where it has any."""
    return next((one for one in recorded(environ) if one.prefix == directory.broker_prefix), None)


def remove(one: LeftoverQueues, environ: Mapping[str, str] = os.environ) -> int:
    """Takes its names off the broker and forgets it; gives how many messages lay there. Raises an error of BROKER_ERRORS."""
    from shared.broker.topology import delete

    messages = delete(one.amqp_url, one.prefix)
    (_place(environ) / f"{one.prefix}json").unlink(missing_ok=True)
    return messages


def _place(environ: Mapping[str, str]) -> Path:
    home = environ.get("HOME") or "/nonexistent"
    return Path(environ.get("XDG_STATE_HOME") or Path(home) / ".local" / "state") / "imc" / "queues"
