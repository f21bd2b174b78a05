"""File signatures: they choose the parser that inspects a file, and find programs inside documents."""

import re
from typing import BinaryIO

PDF_HEADER = re.compile(rb"%PDF-\d")
HEAD = 1024
"""A PDF's header may stand anywhere in so many bytes, its end mark in so many before the end (ISO 32000-1, Annex H)."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PROGRAMS = (
    b"\x7fELF",  # Linux
    b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",  # macOS
    b"\xca\xfe\xba\xbe",  # macOS, several architectures; Java
    b"dex\n",  # Android
    b"\0asm",  # WebAssembly
    b"#!",
    b"L\0\0\0\x01\x14\x02\0",  # Windows: a shortcut
)  # fmt: skip
_RUNS = re.compile(
    r"\.(exe|dll|scr|com|pif|cpl|msi|msp|bat|cmd|ps1|psm1|vbs|vbe|js|jse|wsf|wsh|hta|jar|lnk|reg|sh|app|command|scpt|apk|elf"
    r"|docm|dotm|xlsm|xltm|xlam|pptm|potm|ppsm)$",
    re.IGNORECASE,
)
_END_OF_ZIP = b"PK\x05\x06"


def is_program(content: bytes) -> bool:
    """Whether this is the beginning of an executable file."""
    return content.startswith(_PROGRAMS) or (content.startswith(b"MZ") and (len(content) < 64 or _is_pe(content)))


def _is_pe(content: bytes) -> bool:
    """Whether this is an MZ header that points to a PE, NE or LE header, or stands alone (DOS); text that begins with MZ is not."""
    return any(byte < 9 for byte in content[:64])


def runs_by_name(name: str) -> bool:
    """Whether opening a file of this name executes it or its macros."""
    return _RUNS.search(name.rstrip(" .\0")) is not None


def ends_as_zip(file: BinaryIO, size: int) -> bool:
    """Whether a ZIP archive ends exactly where the file ends: unzippers read such a file from its end."""
    file.seek(max(0, size - 65_557))
    tail = file.read()
    place = tail.rfind(_END_OF_ZIP)
    return (
        place >= 0
        and len(tail) - place >= 22
        and len(tail) - place - 22 == int.from_bytes(tail[place + 20 : place + 22], "little")
    )
