"""Which files are taken: told by their content, never by their name, and never opened here."""

import re
import unicodedata

from shared.unicode_forms import normalized

TAKEN = "a PDF, PNG, JPEG, TIFF, DICOM, Word (docx) or plain text file in UTF-8"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BY_MIME = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpeg", "image/tiff": "tiff", "application/dicom": "dcm"}  # fmt: skip
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def media_type(content: bytes) -> str | None:
    """The media type of a file that is taken, else None."""
    if content[128:132] == b"DICM":
        return "application/dicom"
    mime = _by_signature(content)
    if mime in _BY_MIME:
        return mime
    if content[:4] == b"PK\x03\x04":
        return DOCX if b"word/document.xml" in content and b"[Content_Types].xml" in content else None
    return "text/plain" if not mime and _is_text(content) else None


def _by_signature(content: bytes) -> str:
    import puremagic

    try:
        found = puremagic.magic_string(content[:65536])
    except (puremagic.PureError, ValueError):
        return ""
    for match in found:
        if match.mime_type in _BY_MIME and match.byte_match and content.startswith(match.byte_match):
            return str(match.mime_type)
    return ""


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and not any(
        unicodedata.category(character) == "Cc" and character not in "\n\r\t\f" for character in text
    )


def file_name(given: str | None, media: str) -> str:
    """The last part of a name, without anything a file system or a header takes for more than a name, or that turns its letters around."""
    last = normalized("NFC", given or "").replace("\\", "/").rpartition("/")[2]
    kept = _UNSAFE.sub("", last).strip(" .")[-200:]
    extension = {**_BY_MIME, DOCX: "docx", "text/plain": "txt"}[media]
    return kept or f"document.{extension}"
