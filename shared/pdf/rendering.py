"""Renders PDF with Typst: only our fonts, data as JSON, the time as an argument. The same template and data give the same bytes."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.pdf.coverage import FONTS, check

if TYPE_CHECKING:
    import typst

# PDF/A-2a (ISO 19005-2): can be archived unchanged, with embedded fonts and text that can be copied and read aloud; a glyph that is
# still missing (in a template, or for a rare form) is an error there, never a box.
STANDARD: "typst.PDFStandard" = "a-2a"
NO_TEXT = "\ufeff"  # a byte order mark inside a text: has no glyph, and ISO 19005-2 (6.2.11.7) forbids it


class NotRendered(RuntimeError):
    """Typst failed: a fault of the template, or a missing glyph. The message names the template, never the data."""


def render(template: Path, data: Mapping[str, Any], made: datetime) -> bytes:
    """Returns a PDF/A-2a of `template`, which reads `data` (JSON) by `json(bytes(sys.inputs.data))`; `made` is its creation date.

    Raises MissingGlyphs before rendering, NotRendered where Typst fails. `made` must have a time zone. It takes 0.1 to 0.5 s of CPU.
    """
    if made.tzinfo is None:
        raise ValueError("made needs its time zone")
    check(data)
    import typst  # about 80 MB with the fonts: only for processes that render

    inputs = {"data": json.dumps(data, ensure_ascii=False).replace(NO_TEXT, "")}
    compiler = typst.Compiler(template, template.parent, _fonts(), ignore_system_fonts=True, sys_inputs=inputs)
    try:
        paper, warnings = compiler.compile_with_warnings(
            format="pdf", timestamp=int(made.timestamp()), pdf_standards=STANDARD
        )
    except typst.TypstError as error:
        raise NotRendered(f"{template.name}: {_kind(error)}") from None
    if warnings:  # an unknown font, a layout that does not converge
        raise NotRendered(f"{template.name}: its source draws warnings")
    assert isinstance(paper, bytes)
    return paper


@cache
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _kind(error: "typst.TypstError") -> str:
    """The kind of error without Typst's message, which quotes the text."""
    return "a glyph is missing" if "displayed" in error.message or "glyph" in error.message else "its source fails"
