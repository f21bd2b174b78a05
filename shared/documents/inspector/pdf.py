"""Inspects a PDF with qpdf: it opens without a password, is complete, and has no scripts, no programs and no excessive compression.

Every object is inspected once, whether a page refers to it or not: another reader may find it in another way.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import pikepdf

from shared.documents.formats import MAX_PAGES, MAX_PIXELS, MAX_UNPACKED
from shared.documents.inspector import signatures
from shared.documents.inspector.refused import Refused

_WORTH_A_LOOK = re.compile(rb"/(JS|JavaScript|Launch|EF|XFA|RichMedia)\b")
_LINEARIZED = re.compile(
    rb"/Linearized\b[^>]*?/L\s+(\d{1,12})"
)  # the file's length is given at its beginning (Annex F)
_END = b"%%EOF"
_BLOCK = 1 << 20


def check(file: BinaryIO, size: int) -> None:
    """Raises Refused."""
    _check_end(file, size)
    file.seek(0)
    try:
        pdf = pikepdf.open(file)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except pikepdf.PdfError:
        raise Refused("damaged") from None
    with pdf:
        _check_pages(pdf, size)
        left = MAX_UNPACKED
        for thing in pdf.objects:
            left -= _check_object(thing)
            if left < 0:
                raise Refused("unpacked")


def _check_end(file: BinaryIO, size: int) -> None:
    """Checks the end of the file. Blanks and NULs after the end marker are accepted: mail programs and tapes add them."""
    file.seek(max(0, size - (1 << 16)))
    tail = file.read().rstrip(b"\0\t\n\f\r ")
    file.seek(0)
    whole = _LINEARIZED.search(file.read(2 * signatures.HEAD))
    if _END not in tail[-signatures.HEAD :] or (whole and int(whole[1]) > size):
        raise Refused("truncated")


def _check_pages(pdf: pikepdf.Pdf, size: int) -> None:
    root = pdf.Root.Pages
    stated = root.get("/Count", 0)
    if isinstance(stated, int) and stated > MAX_PAGES:
        raise Refused("pages")
    pages = len(pdf.pages)
    if pages > MAX_PAGES:
        raise Refused("pages")
    if pages < int(stated):
        raise Refused("truncated")
    if not pages:
        raise Refused("damaged")


def _check_object(thing: Any) -> int:
    """Inspects one object; returns how many bytes it unpacks to."""
    weight = 0
    if isinstance(thing, pikepdf.Stream):
        weight = _unpacked(thing)
        if thing.get("/Subtype") == "/Image" and _number(thing, "/Width") * _number(thing, "/Height") > MAX_PIXELS:
            raise Refused("pixels")
        thing = thing.stream_dict
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Array):
        return weight
    if _WORTH_A_LOOK.search(thing.unparse(resolved=True)):
        for part in _dictionaries(thing):
            _check_dictionary(part)
    return weight


def _number(thing: Any, name: str) -> int:
    value = thing.get(name, 0)
    return int(value) if isinstance(value, int) else 0


def _dictionaries(thing: Any) -> Iterator[Any]:
    """The dictionary and those directly in it; a referenced one is a separate object."""
    waiting = [thing]
    while waiting:
        part = waiting.pop()
        if isinstance(part, pikepdf.Dictionary):
            yield part
            inside = [part[name] for name in part.keys()]  # noqa: SIM118  (a pikepdf object is not a mapping)
        else:
            inside = list(part)
        waiting += [
            one for one in inside if isinstance(one, pikepdf.Dictionary | pikepdf.Array) and not one.is_indirect
        ]


def _check_dictionary(part: Any) -> None:
    action = part.get("/S")
    if "/JS" in part or action == "/JavaScript" or part.get("/Subtype") == "/RichMedia":
        raise Refused("scripts")
    if action == "/Launch":
        raise Refused("executable")
    if "/EF" in part:
        _check_attachment(part)
    if "/XFA" in part:
        _check_xfa(part["/XFA"])


def _check_attachment(specification: Any) -> None:
    names = [str(specification[name]) for name in ("/F", "/UF", "/DOS", "/Unix", "/Mac") if name in specification]
    if any(signatures.runs_by_name(name) for name in names):
        raise Refused("executable")
    attached = specification["/EF"]
    for name in attached.keys():  # noqa: SIM118
        if isinstance(attached[name], pikepdf.Stream) and signatures.is_program(_beginning(attached[name])):
            raise Refused("executable")


def _check_xfa(forms: Any) -> None:
    """Checks an XML form, whose scripts are in elements of that name (XFA 3.3)."""
    for part in [forms] if isinstance(forms, pikepdf.Stream) else list(forms):
        if isinstance(part, pikepdf.Stream) and re.search(rb"<(\w+:)?script\b", part.read_bytes()):
            raise Refused("scripts")


def _filters(stream: Any) -> list[str]:
    named = stream.get("/Filter")
    if named is None:
        return []
    return [str(named)] if isinstance(named, pikepdf.Name) else [str(one) for one in named]


def _beginning(stream: Any) -> bytes:
    """The first bytes of an attachment, unpacked."""
    if set(_filters(stream)) <= {"/FlateDecode", "/Fl"}:
        return next(_inflated(stream.read_raw_bytes(), len(_filters(stream))), b"")[:4096]
    return bytes(stream.read_bytes()[:4096])


def _unpacked(stream: Any) -> int:
    """The number of bytes after undoing the filters that can expand data a lot; the bytes are not stored."""
    filters = _filters(stream)
    depth = next((place for place, name in enumerate(filters) if name not in ("/FlateDecode", "/Fl")), len(filters))
    if not depth:
        return int(stream.get_raw_stream_buffer().__len__()) if filters else 0
    total = 0
    for block in _inflated(stream.read_raw_bytes(), depth):
        total += len(block)
        if total > MAX_UNPACKED:
            raise Refused("unpacked")
    return total


def _inflated(raw: bytes, depth: int) -> Iterator[bytes]:
    """Yields blocks of data that was deflated `depth` times; a fault in it ends the data, since readers repair such faults."""
    if depth == 0:
        yield raw
        return
    inflate = zlib.decompressobj()
    blocks = _inflated(raw, depth - 1) if depth > 1 else iter((raw,))
    try:
        for block in blocks:
            rest = block
            while rest and not inflate.eof:
                yield inflate.decompress(rest, _BLOCK)
                rest = inflate.unconsumed_tail
    except zlib.error:
        return
