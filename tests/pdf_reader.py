"""What really stands in a PDF: the glyphs set, in which fonts, whether these are inside, and the text one can copy out."""

from datetime import datetime
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

SHOWING = {b"Tj", b"TJ"}
NOTDEF = 0
Matrix = tuple[float, ...]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Pdf:
    def __init__(self, content: bytes) -> None:
        self._reader = PdfReader(BytesIO(content))

    @property
    def pages(self) -> int:
        return len(self._reader.pages)

    @property
    def created(self) -> datetime | None:
        return self._reader.metadata.creation_date

    def text(self) -> str:
        return "\n".join(page.extract_text() for page in self._reader.pages)

    def fonts(self) -> dict[str, bytes]:
        """The files of the fonts inside, by their PostScript names without the subset's tag; fails where one is not inside."""
        found = {}
        for page in self._reader.pages:
            for font in page["/Resources"]["/Font"].values():
                descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
                file = descriptor["/FontFile2"] if "/FontFile2" in descriptor else descriptor["/FontFile3"]
                found[descriptor["/FontName"].lstrip("/").partition("+")[2]] = file.get_data()
        return found

    def glyphs(self) -> list[tuple[str, int]]:
        """Every glyph set, in order, as (the font's name in the page, its number there)."""
        return [glyph for page in self._reader.pages for glyph in self._of(page)]

    def beyond(self) -> list[tuple[int, str, float]]:
        """Glyphs set beyond an edge of their page, as (page, edge, points beyond it)."""
        return [
            (number, *one) for number, page in enumerate(self._reader.pages, 1) for one in _beyond(page, self._reader)
        ]

    def _of(self, page: PageObject) -> list[tuple[str, int]]:
        font, found = "", []
        for operands, operator in ContentStream(page.get_contents(), self._reader).operations:
            if operator == b"Tf":
                font = str(operands[0])
            elif operator in SHOWING:
                parts = operands[0] if operator == b"TJ" else operands
                for part in (part.original_bytes for part in parts if hasattr(part, "original_bytes")):
                    found += [(font, int.from_bytes(part[at : at + 2])) for at in range(0, len(part), 2)]
        return found


def _beyond(page: PageObject, reader: PdfReader) -> list[tuple[str, float]]:
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    fonts = {name: _widths(font) for name, font in page["/Resources"]["/Font"].items()}
    place, kept, text, font, size, found = IDENTITY, [], IDENTITY, {}, 0.0, []
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator == b"q":
            kept.append(place)
        elif operator == b"Q":
            place = kept.pop()
        elif operator == b"cm":
            place = _times(tuple(float(each) for each in operands), place)
        elif operator == b"Tf":
            font, size = fonts[operands[0]], float(operands[1])
        elif operator == b"Tm":
            text = tuple(float(each) for each in operands)
        elif operator in SHOWING:
            for part in operands[0] if operator == b"TJ" else operands:
                if not hasattr(part, "original_bytes"):
                    text = _times((1, 0, 0, 1, -float(part) / 1000 * size, 0), text)
                    continue
                raw = part.original_bytes
                for at in range(0, len(raw), 2):
                    wide = font.get(int.from_bytes(raw[at : at + 2]), font[None]) / 1000 * size
                    for x in (0.0, wide):
                        *_, across, up = _times((1, 0, 0, 1, x, 0), _times(text, place))
                        over = {"left": left - across, "right": across - right, "bottom": bottom - up, "top": up - top}
                        found += [(edge, round(by, 1)) for edge, by in over.items() if by > 0.5]
                    text = _times((1, 0, 0, 1, wide, 0), text)
    return found


def _widths(font: Any) -> dict[int | None, float]:
    """Widths of a CID font's glyphs by number; under None that of all others (ISO 32000-1, 9.7.4.3)."""
    inner = font["/DescendantFonts"][0].get_object()
    found: dict[int | None, float] = {None: float(inner.get("/DW", 1000))}
    listed = iter(inner.get("/W", ()))
    for first in listed:
        following = next(listed)
        following = following.get_object() if hasattr(following, "get_object") else following
        if isinstance(following, list):
            found |= {int(first) + at: float(width) for at, width in enumerate(following)}
        else:
            found |= dict.fromkeys(range(int(first), int(following) + 1), float(next(listed)))
    return found


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)
