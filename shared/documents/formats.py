"""Accepted file types, reasons for rejection, and the texts for both. The README of this folder has the whole table."""

from collections.abc import Sequence

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
DICOM = "application/dicom"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT = "text/plain"

FORMATS = (PDF, PNG, JPEG, TIFF, DICOM, DOCX, TEXT)
"""All that a file can be judged to be."""
NAMES = {PDF: "PDF", PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF", DICOM: "DICOM", DOCX: "Word (docx)", TEXT: "plain text (UTF-8)"}  # fmt: skip
EXTENSIONS = {
    PDF: ("pdf",),
    PNG: ("png",),
    JPEG: ("jpg", "jpeg", "jpe", "jfif"),
    TIFF: ("tif", "tiff"),
    DICOM: ("dcm", "dicom"),
    DOCX: ("docx",),
    TEXT: ("txt", "text"),
}
"""The first one is given to a name that has none of them (IANA's media type registrations, PS3.10 of DICOM)."""

DOCUMENT_BYTES = 20 * 1024 * 1024
MAX_PAGES = 2_000
MAX_PIXELS = 150_000_000
"""Of one picture: an A3 sheet scanned at 600 dpi has 70 million, a large phone's camera 108 million."""
MAX_UNPACKED = 400 * 1024 * 1024

TOO_LARGE = f"expected a file of at most {DOCUMENT_BYTES // 1024 // 1024} MiB"
NOT_TAKEN = "not_taken"
ENCODING = "encoding"
REASONS = {
    "empty": "expected a file with content; this one is empty",
    "truncated": "expected a complete file; this one is truncated: its end is missing",
    "damaged": "expected a file that can be opened; this one is damaged",
    "encrypted": "expected a file without a password; this one is password-protected",
    "macros": "expected a file without macros; this one contains macros",
    "scripts": "expected a file without scripts; this one contains scripts",
    "executable": "expected a file without programs; this one contains an executable",
    "mixed": "expected a file of one type; this one is of several types at once",
    "pages": f"expected at most {MAX_PAGES} pages; this file has too many pages",
    "pixels": f"expected pictures of at most {MAX_PIXELS // 1_000_000} million pixels; this file has a larger one",
    "unpacked": f"expected at most {MAX_UNPACKED // 1024 // 1024} MiB of content; this file is too large when unpacked",
    ENCODING: "expected text in UTF-8; this one has another encoding: save it as UTF-8",
}
"""Why a file is refused: the code and its text. `not_taken` has the words of `expected`."""
UNSUPPORTED = frozenset((NOT_TAKEN, ENCODING, "empty"))
"""Reasons answered with 415; the others are faults of an accepted type, 422."""


def expected(accepted: Sequence[str]) -> str:
    """The sentence about the accepted types, for the rejection of another type."""
    return f"expected a file of one of these types: {', '.join(NAMES[media] for media in accepted)}"
