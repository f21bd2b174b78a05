"""Names of stored files: safe names in any script, with the extension of the file's type."""

import re
import unicodedata

from shared.documents.formats import EXTENSIONS
from shared.unicode_forms import normalized

MAX_BYTES = 240  # a file system allows 255 bytes at most; a browser appends " (1)"
_NO_NAME = re.compile(r'[<>:"|?*]')  # characters with a meaning to file systems or shells
_JOINERS = "\u200c\u200d"  # format characters that are part of Persian and Indic words
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)  # devices of Windows


def file_name(given: str | None, media_type: str) -> str:
    """The last part of a path as a file name, without control, format and direction characters, ending in an extension of this type."""
    last = (given or "")[-1000:].replace("\\", "/").rpartition("/")[2]
    visible = "".join(c for c in normalized("NFC", last) if c in _JOINERS or not _is_invisible(c))
    stem = _NO_NAME.sub("", visible).strip(" .\u3000") or "document"
    extension = f".{EXTENSIONS[media_type][0]}"
    front, dot, last_part = stem.rpartition(".")
    if dot and front and last_part.lower() in EXTENSIONS[media_type]:
        stem, extension = front, f".{last_part}"
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return _shortened(stem, MAX_BYTES - len(extension)) + extension


def _is_invisible(character: str) -> bool:
    """Whether it is a control, format, surrogate, private-use or line-separating character (Unicode's general categories)."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _shortened(stem: str, most: int) -> str:
    return stem.encode()[:most].decode(errors="ignore").rstrip(" .")
