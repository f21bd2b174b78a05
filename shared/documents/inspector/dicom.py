"""Inspects DICOM with pydicom: reads all elements, each of which must be within the file. An embedded PDF is inspected as a PDF."""

import io
from typing import BinaryIO

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.errors import InvalidDicomError

from shared.documents.formats import MAX_PIXELS
from shared.documents.inspector import pdf, signatures
from shared.documents.inspector.refused import Refused

_ENCAPSULATED = 0x00420011
_UNDEFINED = 0xFFFFFFFF


def check(file: BinaryIO, size: int) -> None:
    """Raises Refused."""
    file.seek(0)
    try:
        dataset = pydicom.dcmread(file)
    except EOFError:
        raise Refused("truncated") from None
    except InvalidDicomError:
        raise Refused("damaged") from None
    if not len(dataset):
        raise Refused("truncated")
    for tag in list(dataset.keys()):
        element = dataset.get_item(tag)
        stated = element.length if isinstance(element, RawDataElement) else _UNDEFINED
        if stated != _UNDEFINED and len(element.value or b"") < stated:
            raise Refused("truncated")
    if "SOPClassUID" not in dataset:
        raise Refused("damaged")
    pixels = int(dataset.get("Rows") or 0) * int(dataset.get("Columns") or 0)
    if pixels > MAX_PIXELS:
        raise Refused("pixels")
    if _ENCAPSULATED in dataset:
        _check_inside(bytes(dataset[_ENCAPSULATED].value))


def _check_inside(content: bytes) -> None:
    if signatures.is_program(content):
        raise Refused("executable")
    if signatures.PDF_HEADER.search(content[: signatures.HEAD]):
        inside = content.rstrip(b"\0")
        pdf.check(io.BytesIO(inside), len(inside))
