"""Inspects plain text in UTF-8: read block by block, without control characters. Shift_JIS and UTF-16 are recognized and rejected.

A stored file is served to people with other machines: UTF-8 can be read everywhere, a guessed encoding cannot.
"""

import codecs
import re
from typing import BinaryIO

from shared.documents.formats import ENCODING, NOT_TAKEN
from shared.documents.inspector import signatures
from shared.documents.inspector.refused import Refused

_BLOCK = 1 << 20
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")  # U+0085 is the line end of some systems
_MARKUP = re.compile(
    rb"\s*(<!DOCTYPE HTML|<HTML|<HEAD|<SCRIPT|<IFRAME|<H1|<DIV|<FONT|<TABLE|<A|<STYLE|<TITLE|<B|<BODY|<BR|<P|<!--)[ >]"
    rb"|\s*<\?xml|%!PS-Adobe-|\s*<svg[ >]|\s*<\?php|\{\\rtf",
    re.IGNORECASE,
)
"""Formats whose letters are text: WHATWG MIME Sniffing, 7.1, and RTF, SVG, PHP."""
_OTHERS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_JAPANESE = ("cp932", "euc_jp", "iso2022_jp")


def check(file: BinaryIO, size: int) -> None:
    """Raises Refused."""
    file.seek(0)
    head = file.read(signatures.HEAD)
    if _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        raise Refused(NOT_TAKEN)
    for mark, encoding in _OTHERS:
        if head.startswith(mark):
            raise Refused(ENCODING if _reads(file, encoding) else NOT_TAKEN)
    if _reads(file, "utf-8-sig"):
        return
    if any(_reads(file, encoding) for encoding in _JAPANESE):
        raise Refused(ENCODING)
    raise Refused(NOT_TAKEN)


def _reads(file: BinaryIO, encoding: str) -> bool:
    """Whether the whole file is text in this encoding, with visible characters."""
    decoder, seen = codecs.getincrementaldecoder(encoding)(), False
    file.seek(0)
    try:
        while True:
            block = file.read(_BLOCK)
            text = decoder.decode(block, final=not block)
            if _CONTROLS.search(text):
                return False
            seen = seen or bool(text.strip())
            if not block:
                return seen
    except UnicodeError:
        return False
