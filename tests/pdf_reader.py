"""What really stands in a PDF: the glyphs set, in which fonts, whether these are inside, and the text one can copy out."""

from datetime import datetime
from io import BytesIO

from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

SHOWING = {b"Tj", b"TJ"}
NOTDEF = 0


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
