"""Inspection of uploaded files in a child process, with a time limit. The parsers: `inspector/`.

Not here: which types a route accepts (declared there), names of stored files (names.py).
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from shared.documents.faults import DocumentTooLarge, refusal
from shared.documents.formats import DOCUMENT_BYTES, FORMATS, NOT_TAKEN
from shared.documents.names import file_name
from shared.errors import Unavailable

ROOT = str(Path(__file__).parents[2])
SECONDS = 60
"""By the clock, on a busy machine; the child's own bound is on its CPU time."""
WAIT_SECONDS = 120
AT_ONCE = 2
_BLOCK = 1 << 16


@dataclass(frozen=True)
class IncomingDocument:
    """An inspected file: `name` is safe to store, `media_type` is determined by its structure, `stream` is on disk."""

    name: str
    media_type: str
    size: int
    stream: BinaryIO

    def sha256(self) -> str:
        """The SHA-256 digest of the content, in hexadecimal."""
        self.stream.seek(0)
        digest = hashlib.sha256()
        for block in iter(lambda: self.stream.read(_BLOCK), b""):
            digest.update(block)
        return digest.hexdigest()


class Inspector:
    """Inspects files, at most `AT_ONCE` at a time in this process, which limits the memory for large files."""

    def __init__(self, places: int = AT_ONCE) -> None:
        self._free = threading.Semaphore(places)

    def judge(self, name: str | None, stream: BinaryIO, accepted: Sequence[str] = FORMATS) -> IncomingDocument:
        """Returns the document, where it is of an accepted type and has no fault.

        Raises DocumentTooLarge, DocumentTypeNotTaken, DocumentRefused, and Unavailable where too many are waiting.
        """
        size = stream.seek(0, 2)
        if size > DOCUMENT_BYTES:
            raise DocumentTooLarge()
        on_disk = _on_disk(stream)
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("Too many files are being checked.", 10)
        try:
            verdict = _verdict(on_disk)
        finally:
            self._free.release()
            if on_disk is not stream:
                on_disk.close()
        media_type, reason = verdict["media_type"], verdict.get("refused")
        if media_type and media_type not in accepted:
            raise refusal(NOT_TAKEN, accepted)
        if reason:
            raise refusal(reason, accepted)
        stream.seek(0)
        return IncomingDocument(file_name(name, media_type), media_type, size, stream)


def _on_disk(stream: BinaryIO) -> BinaryIO:
    """A file that the child can read as its standard input. A spooled file moves to disk when its descriptor is requested."""
    try:
        stream.fileno()
    except OSError:
        copy = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115  (closed by the caller)
        stream.seek(0)
        shutil.copyfileobj(stream, copy, _BLOCK)
        copy.flush()
        return copy
    stream.flush()
    return stream


def _verdict(file: BinaryIO) -> dict[str, str]:
    file.seek(0)
    try:
        done = subprocess.run(
            [sys.executable, "-s", "-m", "shared.documents.inspector"],
            stdin=file, capture_output=True, timeout=SECONDS, check=False, cwd="/",
            env={"PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        )  # fmt: skip
        verdict: dict[str, str] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):  # stopped by a limit, or crashed because of the file
        return {"refused": "unpacked", "media_type": ""}
    return verdict
