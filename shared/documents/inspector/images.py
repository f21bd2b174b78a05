"""Inspects PNG, JPEG and TIFF with Pillow: complete, with a bounded number of pixels and pages, without a program after the image."""

from typing import Any, BinaryIO

from PIL import Image, TiffImagePlugin

from shared.documents import formats
from shared.documents.formats import MAX_PAGES, MAX_PIXELS
from shared.documents.inspector import signatures
from shared.documents.inspector.refused import Refused

Image.MAX_IMAGE_PIXELS = None  # counted here, with its own reason
_OFFSETS_AND_COUNTS = ((273, 279), (324, 325))  # strips, tiles (TIFF 6.0)


def check_png(file: BinaryIO, size: int) -> None:
    """Checks every chunk's checksum, up to the last chunk."""
    file.seek(0)
    image = _open_image(file, "PNG")
    try:
        image.verify()
    except (OSError, SyntaxError, EOFError):
        raise Refused(_fault_of_png(file, size)) from None
    after = _after_png(file, size)
    if after is None:
        raise Refused("truncated")
    _check_after(after)


def _fault_of_png(file: BinaryIO, size: int) -> str:
    return "truncated" if _after_png(file, size) is None else "damaged"


def _after_png(file: BinaryIO, size: int) -> bytes | None:
    """The beginning of the data after the last chunk; None where the last chunk is missing."""
    place = len(signatures.PNG)
    while place + 12 <= size:
        file.seek(place)
        length, kind = int.from_bytes(file.read(4), "big"), file.read(4)
        place += 12 + length
        if kind == b"IEND":
            file.seek(place)
            return file.read(64)
    return None


def check_jpeg(file: BinaryIO, size: int) -> None:
    """Decodes the image at an eighth of its size, which finds its end and needs little memory."""
    file.seek(0)
    image = _open_image(file, "JPEG")
    image.draft("L", (max(1, image.width // 8), max(1, image.height // 8)))
    try:
        image.load()
    except (OSError, SyntaxError) as error:
        raise Refused("truncated" if "truncated" in str(error) else "damaged") from None
    file.seek(0)
    content = file.read()
    place = content.find(b"\xff\xd9")
    while place >= 0:
        _check_after(content[place + 2 : place + 66])
        place = content.find(b"\xff\xd9", place + 2)


def check_tiff(file: BinaryIO, size: int) -> None:
    """Checks every page's directory, and that the data it points to is within the file."""
    file.seek(0)
    _open_image(file, "TIFF")
    file.seek(0)
    header = file.read(16)
    directory = TiffImagePlugin.ImageFileDirectory_v2(header if 43 in header[2:4] else header[:8])
    pages, pixels, seen = 0, 0, set[int]()
    place = directory.next
    while place:
        if place in seen:
            raise Refused("damaged")
        if place >= size:
            raise Refused("truncated")
        seen.add(place)
        pages += 1
        if pages > MAX_PAGES:
            raise Refused("pages")
        file.seek(place)
        directory.load(file)
        pixels += _check_page(directory, size)
        if pixels > 4 * MAX_PIXELS:
            raise Refused("unpacked")
        place = directory.next


def _check_page(directory: Any, size: int) -> int:
    pixels = int(directory.get(256, 0)) * int(directory.get(257, 0))
    if pixels > MAX_PIXELS:
        raise Refused("pixels")
    found = False
    for offsets, counts in _OFFSETS_AND_COUNTS:
        for offset, count in zip(directory.get(offsets, ()), directory.get(counts, ()), strict=False):
            found = True
            if offset + count > size:
                raise Refused("truncated")
    if not found or not pixels:
        raise Refused("truncated" if pixels else "damaged")
    return pixels


def _open_image(file: BinaryIO, kind: str) -> Any:
    try:
        image = Image.open(file, formats=[kind])
    except (OSError, SyntaxError, EOFError, ValueError):
        raise Refused("damaged") from None
    if image.width * image.height > MAX_PIXELS:
        raise Refused("pixels")
    return image


def _check_after(content: bytes) -> None:
    """Checks the data after an image. Cameras append previews and films; a program or a page with scripts is rejected."""
    if signatures.is_program(content):
        raise Refused("executable")
    if content.lstrip().lower().startswith((b"<script", b"<html", b"<?php")):
        raise Refused("scripts")
    if signatures.PDF_HEADER.match(content):
        raise Refused("mixed")


CHECKS = {formats.PNG: check_png, formats.JPEG: check_jpeg, formats.TIFF: check_tiff}
