"""A real SMTP server for tests, `python -m tests.mailbox PORT DIR`: every message it takes becomes a file in DIR."""

import itertools
import signal
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Keep:
    """Writes each message whole, numbered in the order of arrival."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._numbers = directory, itertools.count(1)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        number = next(self._numbers)
        fresh = self._directory / f".{number}"
        fresh.write_bytes(envelope.content)
        fresh.rename(self._directory / f"{number:06d}.eml")
        return "250 kept"


def main(port: int, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    controller = Controller(Keep(directory), hostname="127.0.0.1", port=port)
    controller.start()
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(int(sys.argv[1]), Path(sys.argv[2]))
