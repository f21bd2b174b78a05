"""Real files of every type that is taken, and what can be wrong with each: made by the libraries that make them elsewhere."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import pikepdf
from PIL import Image

PROGRAM = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + b"\0" * 112
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{more}'
    '<Override PartName="{part}" ContentType="{kind}"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="{target}"/>'
    "</Relationships>"
)
DOCUMENT = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body>{body}</w:body></w:document>"
)


def pdf(pages: int = 1, size: int = 0, **root: Any) -> bytes:
    """A PDF of blank pages; `root` goes into its catalogue, `size` bytes that cannot be compressed into a stream."""
    whole, made = io.BytesIO(), pikepdf.new()
    for _ in range(pages):
        made.add_blank_page()
    for name, value in root.items():
        made.Root[f"/{name}"] = made.make_indirect(value)
    if size:
        noise = zlib.compress(b"", 0) + bytes(range(256)) * (size // 256)
        made.Root["/Noise"] = pikepdf.Stream(made, noise)
    made.save(whole, compress_streams=False, deterministic_id=True)
    return whole.getvalue()


def pdf_saved(**how: Any) -> bytes:
    """A PDF of one blank page, saved in another way (encrypted, with object streams)."""
    whole, made = io.BytesIO(), pikepdf.new()
    made.add_blank_page()
    made.save(whole, **how)
    return whole.getvalue()


def pdf_with(name: str, content: bytes) -> bytes:
    """A PDF with a file attached."""
    whole, made = io.BytesIO(), pikepdf.new()
    made.add_blank_page()
    made.attachments[name] = pikepdf.AttachedFileSpec(made, content, filename=name)
    made.save(whole)
    return whole.getvalue()


def pdf_bomb(unpacked: int) -> bytes:
    """A PDF with a stream of so many zeros."""
    whole, made = io.BytesIO(), pikepdf.new()
    made.add_blank_page()
    stream = pikepdf.Stream(made, b"")
    packer, block = zlib.compressobj(9), bytes(1 << 20)
    packed = b"".join(packer.compress(block) for _ in range(unpacked >> 20)) + packer.flush()
    stream.write(packed, filter=pikepdf.Name.FlateDecode)
    made.Root["/Bomb"] = stream
    made.save(whole)
    return whole.getvalue()


def script(words: str = "app.alert(1)") -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=words)


def picture(kind: str, width: int = 60, height: int = 40, mode: str = "RGB", plain: bool = False, **how: Any) -> bytes:
    """An image file of Pillow's format `kind`."""
    whole = io.BytesIO()
    drawn = (
        Image.new(mode, (width, height)) if plain else Image.linear_gradient("L").resize((width, height)).convert(mode)
    )
    drawn.save(whole, kind, **how)
    return whole.getvalue()


def docx(
    part: str = "/word/document.xml",
    kind: str = MAIN,
    target: str | None = None,
    document: str | None = None,
    more: Mapping[str, bytes] | None = None,
    types: str = "",
    names: tuple[str, str] = ("[Content_Types].xml", "_rels/.rels"),
) -> bytes:
    """A Word file with its main part at `part`, declared as `kind`, pointed to by `target`."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(names[0], _TYPES.format(part=part, kind=kind, more=types))
        package.writestr(names[1], _RELATIONS.format(target=target or part))
        package.writestr(part.lstrip("/"), document or DOCUMENT.format(body="<w:p/>"))
        for name, content in (more or {}).items():
            package.writestr(name, content)
    return whole.getvalue()


def dicom(preamble: bytes = bytes(128), inside: bytes | None = None, side: int = 200) -> bytes:
    """A secondary capture, or a PDF in DICOM's wrapping."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    made = FileDataset(None, {}, file_meta=meta, preamble=preamble)
    made.SOPClassUID, made.SOPInstanceUID, made.PatientName = SecondaryCaptureImageStorage, "1.2.3.4", "TEST^ONE"
    if inside is not None:
        made.EncapsulatedDocument = inside + b"\0" * (len(inside) % 2)
        made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    else:
        made.Rows = made.Columns = side
        made.BitsAllocated = made.BitsStored = 8
        made.HighBit, made.SamplesPerPixel, made.PixelRepresentation = 7, 1, 0
        made.PhotometricInterpretation, made.PixelData = "MONOCHROME2", bytes(side * side)
    whole = io.BytesIO()
    made.save_as(whole, enforce_file_format=True)
    return whole.getvalue()


PDF = pdf()
PNG = picture("PNG")
JPEG = picture("JPEG")
TIFF = picture("TIFF")
