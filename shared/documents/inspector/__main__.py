"""`python -m shared.documents.inspector <FILE`: prints `{"media_type": …}`, with `"refused": reason` where it has a fault.

The parsers read hostile input: this process has little memory and time, writes no file and inherits no secret. Where a limit stops a
parser, the file counts as too large when unpacked, whatever the parser itself counted.
"""

import contextlib
import json
import logging
import os
import resource
from collections.abc import Callable
from typing import BinaryIO

from shared.documents import formats
from shared.documents.inspector import signatures
from shared.documents.inspector.refused import Refused

MEMORY_BYTES = 512 * 1024 * 1024
"""Of address space, libraries included; what is used of it is far less."""
CPU_SECONDS = 10
Parser = Callable[[BinaryIO, int], None]


def main() -> None:
    """Inspects standard input."""
    _limit()
    logging.disable()
    file = os.fdopen(0, "rb")
    try:
        verdict = {"media_type": judge(file, os.fstat(0).st_size)}
    except Refused as refused:
        verdict = {"refused": refused.reason, "media_type": refused.media_type}
    except (MemoryError, RecursionError):
        verdict = {"refused": "unpacked", "media_type": ""}
    os.write(1, json.dumps(verdict).encode())
    os._exit(0)  # there is nothing to clean up, and freeing what a hostile file built can take long


def _limit() -> None:
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as wish:
        wish.write("1000")  # when memory runs out the kernel kills this process, not a service


def judge(file: BinaryIO, size: int) -> str:
    """The media type by structure; raises Refused."""
    if size == 0:
        raise Refused("empty")
    head = file.read(signatures.HEAD)
    media_type = _candidate(head)
    parser = _parser(media_type)
    try:
        parser(file, size)
        if media_type not in (formats.DOCX, formats.TEXT) and signatures.ends_as_zip(file, size):
            raise Refused("mixed")
    except (MemoryError, RecursionError):
        raise
    except Refused as refused:
        refused.media_type = media_type
        raise
    except Exception:
        raise Refused("damaged", media_type) from None
    return media_type


def _candidate(head: bytes) -> str:
    """The type whose parser inspects the file, by the first bytes; text where no other signature matches."""
    marks = {
        formats.PNG: head.startswith(signatures.PNG),
        formats.JPEG: head.startswith(signatures.JPEG),
        formats.TIFF: head.startswith(signatures.TIFF),
        formats.DOCX: head.startswith((signatures.ZIP, signatures.OLE)),
    }
    found = [media for media, marked in marks.items() if marked]
    if head[128:132] == b"DICM":
        return _dicom(head, found)
    if header := signatures.PDF_HEADER.search(head):
        if found:
            raise Refused("mixed")
        if signatures.is_program(head[: header.start()]):
            raise Refused("executable")
        return formats.PDF
    if not found and signatures.is_program(head):
        raise Refused(formats.NOT_TAKEN)
    return found[0] if found else formats.TEXT


def _dicom(head: bytes, found: list[str]) -> str:
    """Checks the preamble. Its 128 bytes are free: a TIFF header there is usual (PS3.10, 7.1), another type's is a disguise."""
    if signatures.is_program(head[:128]):
        raise Refused("executable")
    if set(found) - {formats.TIFF} or signatures.PDF_HEADER.search(head[:128]):
        raise Refused("mixed")
    return formats.DICOM


def _parser(media_type: str) -> Parser:
    """The parser of a type, imported when needed: each has its own library."""
    if media_type == formats.PDF:
        from shared.documents.inspector.pdf import check
    elif media_type == formats.DOCX:
        from shared.documents.inspector.word import check
    elif media_type == formats.DICOM:
        from shared.documents.inspector.dicom import check
    elif media_type == formats.TEXT:
        from shared.documents.inspector.text import check
    else:
        from shared.documents.inspector.images import CHECKS

        return CHECKS[media_type]
    return check


if __name__ == "__main__":
    main()
