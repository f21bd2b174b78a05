"""Inspects a Word file (docx): an Open Packaging Conventions package with a WordprocessingML main part (ECMA-376, parts 1 and 2).

The main part is the one that the package's relationships point to and its content types name, both compared without case. Every part
is unpacked once, in blocks, with a check of its checksum and the bounds; XML is read without document types or entities.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import unquote

import olefile
from defusedxml.ElementTree import DefusedXMLParser

from shared.documents.formats import MAX_UNPACKED, NOT_TAKEN
from shared.documents.inspector import signatures
from shared.documents.inspector.refused import Refused

MAX_PARTS = 5_000
MAX_DEPTH = 2_000
_BLOCK = 1 << 18
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MAIN_WITH_MACROS = re.compile(r"application/vnd\.ms-word\.(document|template)\.macroenabled(template)?\.main\+xml")
_MACROS = ("application/vnd.ms-office.vbaproject", "application/vnd.ms-word.vbadata+xml")
_ACTIVEX = "application/vnd.ms-office.activex"
_DOCUMENT_OF = re.compile(r"(?i)(http://schemas\.openxmlformats\.org/officeDocument/2006|http://purl\.oclc\.org/ooxml/officeDocument)/relationships/officeDocument")  # fmt: skip
_TEMPLATE = re.compile(r"(?i).*/relationships/attachedTemplate")
_ROOTS = {
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}document",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}document",
}
_PACKAGED = "\x01Ole10Native"


def check(file: BinaryIO, size: int) -> None:
    """Raises Refused."""
    file.seek(0)
    if file.read(8) == signatures.OLE:
        _check_ole(file)
    try:
        package = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        raise Refused("truncated") from None
    if not signatures.ends_as_zip(file, size):
        raise Refused("damaged")
    with package:
        parts = _parts(package)
        types = _content_types(package, parts)
        main = _main_part(package, parts)
        kind = types.of(main)
        if _MAIN_WITH_MACROS.fullmatch(kind):
            raise Refused("macros")
        if kind != _MAIN:
            raise Refused(NOT_TAKEN)
        _check_parts(package, parts, types, main)


def _check_ole(file: BinaryIO) -> None:
    """Rejects a compound file: an older Office document, or a newer one with a password ([MS-OFFCRYPTO], 2.3)."""
    file.seek(0)
    with olefile.OleFileIO(file) as compound:
        raise Refused("encrypted" if compound.exists("EncryptedPackage") else NOT_TAKEN)


def _parts(package: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Part name in lower case → entry. Names that differ only in case are duplicates (part 2, 7.3)."""
    entries = package.infolist()
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refused("unpacked")
    parts = {entry.filename.lower().lstrip("/"): entry for entry in entries if not entry.is_dir()}
    if "[content_types].xml" not in parts:
        raise Refused(NOT_TAKEN)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Refused("encrypted")
    if len(parts) != sum(not entry.is_dir() for entry in entries):
        raise Refused("damaged")
    if package.comment or min(entry.header_offset for entry in entries) != 0:
        raise Refused("mixed")
    return parts


class _Types:
    """The content types of `[Content_Types].xml`: by part name, else by extension."""

    def __init__(self) -> None:
        self.by_part: dict[str, str] = {}
        self.by_extension: dict[str, str] = {}

    def of(self, part: str) -> str:
        return self.by_part.get(part) or self.by_extension.get(part.rpartition(".")[2], "")


def _content_types(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> _Types:
    types = _Types()
    for tag, attributes in _elements(package, parts["[content_types].xml"]):
        kind = attributes.get("ContentType", "").partition(";")[0].strip().lower()
        if tag.endswith("}Override"):
            types.by_part[_part_name(attributes.get("PartName", ""))] = kind
        elif tag.endswith("}Default"):
            types.by_extension[attributes.get("Extension", "").lower()] = kind
    return types


def _part_name(target: str) -> str:
    return posixpath.normpath(unquote(target)).lstrip("/").lower()


def _main_part(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> str:
    if "_rels/.rels" not in parts:
        raise Refused(NOT_TAKEN)
    for _, attributes in _elements(package, parts["_rels/.rels"]):
        if (
            _DOCUMENT_OF.fullmatch(attributes.get("Type", ""))
            and attributes.get("TargetMode", "Internal").lower() == "internal"
        ):
            main = _part_name(attributes.get("Target", ""))
            if main not in parts:
                raise Refused("damaged")
            return main
    raise Refused(NOT_TAKEN)


def _check_parts(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], types: _Types, main: str) -> None:
    left = MAX_UNPACKED
    for name, entry in parts.items():
        kind = types.of(name)
        if kind in _MACROS or name.rpartition("/")[2] == "vbaproject.bin":
            raise Refused("macros")
        if kind.startswith(_ACTIVEX):
            raise Refused("scripts")
        if signatures.runs_by_name(name):
            raise Refused("executable")
        left -= _check_part(package, name, entry, name == main)
        if left < 0:
            raise Refused("unpacked")


def _check_part(package: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo, is_main: bool) -> int:
    """Unpacks a part and checks its checksum; returns the number of bytes."""
    if is_main and next(iter(_elements(package, entry)))[0] not in _ROOTS:
        raise Refused(NOT_TAKEN)
    if name.endswith(".rels"):
        for _, attributes in _elements(package, entry):
            _check_template(attributes)
    total, first = 0, b""
    for block in _blocks(package, entry):
        first = first or block[:4096]
        total += len(block)
        if total > MAX_UNPACKED:
            raise Refused("unpacked")
    if signatures.is_program(first):
        raise Refused("executable")
    if first.startswith(signatures.OLE):
        with package.open(entry) as part, olefile.OleFileIO(part.read()) as compound:
            if compound.exists(_PACKAGED):
                raise Refused("executable")
            if compound.exists("VBA") or compound.exists("Macros") or compound.exists("_VBA_PROJECT_CUR"):
                raise Refused("macros")
    return total


def _check_template(relationship: dict[str, str]) -> None:
    """Checks an attached template: one that is fetched when the document is opened may have macros; one without macros is a .dotx."""
    target = relationship.get("Target", "")
    if (
        _TEMPLATE.fullmatch(relationship.get("Type", ""))
        and re.match(r"(?i)https?:|ftp:|\\\\|//|file://[^/]", target)
        and not re.sub(r"[?#].*", "", target).lower().endswith(".dotx")
    ):
        raise Refused("macros")


def _blocks(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with package.open(entry) as part:
            while block := part.read(_BLOCK):
                yield block
    except EOFError:
        raise Refused("truncated") from None


class _Elements:
    """A target for the XML parser that builds no tree: it gets each element's name and attributes, up to a depth."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []
        self._depth = 0

    def start(self, tag: str, attributes: Any) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Refused("unpacked")
        self.found.append((tag, dict(attributes)))

    def end(self, tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        return


def _elements(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the elements of a part; raises where it is not well-formed."""
    target = _Elements()
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    for block in _blocks(package, entry):
        parser.feed(block)
        yield from target.found
        target.found.clear()
    parser.close()
    yield from target.found
