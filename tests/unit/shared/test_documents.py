"""What a file is shows in its structure: every type × fault of the table, by real files and by files that only look like one."""

import io
import os
import random
import re
import zipfile
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.documents import formats
from shared.documents.faults import DocumentRefused, DocumentTypeNotTaken
from shared.documents.formats import DICOM, DOCX, FORMATS, JPEG, PDF, PNG, TEXT, TIFF
from shared.documents.inspection import Inspector
from shared.documents.names import file_name
from shared.errors import TooLarge
from shared.web.files import attachment
from tests import sample_files
from tests.sample_files import MAIN, PROGRAM, dicom, docx, pdf, pdf_bomb, pdf_saved, pdf_with, picture, script

inspector = Inspector()
OFFICE = "application/vnd.openxmlformats-officedocument"


def judged(content: bytes, accepted=FORMATS) -> str:
    """The media type, or the reason of the refusal."""
    try:
        return inspector.judge("a", io.BytesIO(content), accepted).media_type
    except (DocumentRefused, DocumentTypeNotTaken) as refused:
        assert refused.status == (415 if refused.reason in formats.UNSUPPORTED else 422)
        return refused.reason


def objects(*bodies: bytes, end: bytes = b"%%EOF") -> bytes:
    """A PDF written by hand, its cross-references lost, as many programs leave one."""
    numbered = b"".join(b"%d 0 obj%sendobj\n" % (number, body) for number, body in enumerate(bodies, 1))
    return b"%PDF-1.4\n" + numbered + b"trailer<</Root 1 0 R>>\nstartxref\n0\n" + end


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
XFA = (
    b"<xdp:xdp><template><event><script contentType='application/x-javascript'>1</script></event></template></xdp:xdp>"
)

TAKEN = {
    "pdf": (sample_files.PDF, PDF),
    "pdf after two blanks": (b"  " + sample_files.PDF, PDF),
    "pdf after a mail's lines": (b"Content-Type: application/pdf\r\n\r\n" + sample_files.PDF, PDF),
    "pdf after 1,000 bytes": (b"\n" * 1000 + sample_files.PDF, PDF),
    "pdf with zeros behind it": (sample_files.PDF + bytes(5000), PDF),
    "pdf with object streams": (pdf_saved(object_stream_mode=pikepdf.ObjectStreamMode.generate), PDF),
    "pdf, linearized": (pdf_saved(linearize=True), PDF),
    "pdf without cross-references": (objects(CATALOG, PAGES, PAGE), PDF),
    "pdf locked against changes only": (pdf_saved(encryption=pikepdf.Encryption(user="", owner="o")), PDF),
    "pdf with a text attached": (pdf_with("results.txt", b"Hb 13"), PDF),
    "pdf that writes of /JS": (pdf(Note=pikepdf.String("(/JS) and /Launch")), PDF),
    "png": (sample_files.PNG, PNG),
    "png, one bit": (picture("PNG", mode="1"), PNG),
    "jpeg": (sample_files.JPEG, JPEG),
    "jpeg, progressive": (picture("JPEG", progressive=True), JPEG),
    "jpeg with more behind it": (sample_files.JPEG + b"SEFT" + bytes(300), JPEG),
    "tiff": (sample_files.TIFF, TIFF),
    "tiff, fax": (picture("TIFF", mode="1", compression="group4"), TIFF),
    "dicom": (dicom(), DICOM),
    "dicom with a tiff's header": (dicom(b"II*\0" + bytes(124)), DICOM),
    "dicom with a pdf": (dicom(inside=sample_files.PDF), DICOM),
    "docx": (docx(), DOCX),
    "docx of Word's web edition": (docx("/word/document22.xml"), DOCX),
    "docx with another case": (docx(kind=MAIN.upper(), target="/Word/Document.XML"), DOCX),
    "docx with a relative target": (docx(target="word/document.xml"), DOCX),
    "docx with parts in another case": (docx(names=("[content_types].xml", "_Rels/.RELS")), DOCX),
    "text": ("紹介状\r\n胸痛".encode(), TEXT),
    "text with a mark": (b"\xef\xbb\xbfBMI 24", TEXT),
    "text that begins as a program does": (b"MZ is how the ward calls it, as everybody here has known for years and years.", TEXT),
}  # fmt: skip

REFUSED = {
    "pdf cut in the middle": (sample_files.PDF[: len(sample_files.PDF) // 2], "truncated"),
    "pdf without its end": (sample_files.PDF[:-8], "truncated"),
    "pdf cut behind its first part": (pdf_saved(linearize=True)[:700], "truncated"),
    "pdf of nothing": (b"%PDF-1.7\nnothing\n%%EOF", "damaged"),
    "pdf without pages": (objects(CATALOG, b"<</Type/Pages/Count 0/Kids[]>>"), "damaged"),
    "pdf whose pages go round": (objects(CATALOG, b"<</Type/Pages/Count 2/Kids[2 0 R 2 0 R]>>"), "damaged"),
    "pdf with a password": (pdf_saved(encryption=pikepdf.Encryption(user="u", owner="o")), "encrypted"),
    "pdf with an older password": (pdf_saved(encryption=pikepdf.Encryption(user="u", owner="o", R=3, aes=False, metadata=False)), "encrypted"),
    "pdf with a script at its opening": (pdf(OpenAction=script()), "scripts"),
    "pdf with a script nobody points to": (pdf(Left=pikepdf.Array([script()])), "scripts"),
    "pdf with a script's name in disguise": (objects(CATALOG[:-2] + b"/OpenAction<</S/J#61vaScript/J#53(1)>>>>", PAGES, PAGE), "scripts"),
    "pdf with a form's script": (objects(CATALOG[:-2] + b"/AcroForm<</XFA 4 0 R>>>>", PAGES, PAGE, b"<</Length %d>>stream\n%s\nendstream " % (len(XFA), XFA)), "scripts"),
    "pdf that starts a program": (pdf(OpenAction=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd")), "executable"),
    "pdf with a program attached": (pdf_with("letter.txt", PROGRAM), "executable"),
    "pdf with a program's name attached": (pdf_with("letter.pdf.EXE", b"x"), "executable"),
    "pdf behind a program": (PROGRAM + sample_files.PDF, "executable"),
    "pdf with an archive behind it": (sample_files.PDF + docx(), "mixed"),
    "pdf of too many pages": (objects(CATALOG, b"<</Type/Pages/Count 2001/Kids[3 0 R]>>", PAGE), "pages"),
    "pdf with a giant picture": (objects(CATALOG, PAGES, PAGE, b"<</Subtype/Image/Width 90000/Height 90000/Length 1>>stream\n0\nendstream "), "pixels"),
    "pdf that unpacks to much": (pdf_bomb(formats.MAX_UNPACKED + (4 << 20)), "unpacked"),
    "png cut": (sample_files.PNG[:-20], "truncated"),
    "png altered": (sample_files.PNG[:60] + b"\0\0\0\0" + sample_files.PNG[64:], "damaged"),
    "png of its mark alone": (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged"),
    "png of giant size": (picture("PNG", 20_000, 20_000, "1", plain=True), "pixels"),
    "png with a program behind it": (sample_files.PNG + PROGRAM, "executable"),
    "png with an archive behind it": (sample_files.PNG + docx(), "mixed"),
    "png with a page behind it": (sample_files.PNG + b"<html><script>1</script>", "scripts"),
    "jpeg cut": (sample_files.JPEG[:-40], "truncated"),
    "jpeg of its mark alone": (b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(40), "damaged"),
    "jpeg with a program behind it": (sample_files.JPEG + PROGRAM, "executable"),
    "jpeg with an archive behind it": (sample_files.JPEG + docx(), "mixed"),
    "tiff cut": (picture("TIFF", 300, 300)[:-500], "truncated"),
    "tiff of its mark alone": (b"II*\0\x08\0\0\0", "damaged"),
    "tiff that goes round": (b"II*\0\x08\0\0\0\x01\0\x00\x01\x03\0\x01\0\0\0\x01\0\0\0\x08\0\0\0", "damaged"),
    "dicom cut": (dicom()[:-3000], "truncated"),
    "dicom cut in its header": (dicom()[:200], "truncated"),
    "dicom of its mark alone": (bytes(128) + b"DICM" + bytes(20), "damaged"),
    "dicom that is a program": (dicom(PROGRAM[:128]), "executable"),
    "dicom that is a pdf": (dicom(b"%PDF-1.4 " + bytes(119)), "mixed"),
    "dicom with a pdf with a script": (dicom(inside=pdf(OpenAction=script())), "scripts"),
    "docx cut": (docx()[:-30], "truncated"),
    "docx cut in the middle": (docx()[:400], "truncated"),
    "docx with something behind it": (docx() + b"junk", "damaged"),
    "docx with something before it": (b"PK\3\4" + docx(), "mixed"),
    "docx by its marks": (b"PK\x03\x04 word/document.xml [Content_Types].xml", "truncated"),
    "docx without its main part": (docx(target="/word/other.xml"), "damaged"),
    "docx with a document type": (docx(document='<!DOCTYPE a [<!ENTITY b "c">]>' + sample_files.DOCUMENT.format(body="&b;")), "damaged"),
    "docx with macros": (docx(more={"word/vbaProject.bin": b"x"}), "macros"),
    "docx that is a docm": (docx(kind="application/vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
    "docx with macros by type": (docx(more={"word/a.xyz": b"x"}, types='<Default Extension="XYZ" ContentType="application/vnd.ms-office.vbaProject"/>'), "macros"),
    "docx with a template from elsewhere": (docx(more={"word/_rels/settings.xml.rels": b'<R xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" TargetMode="External" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="https://evil.example/a.dotm"/></R>'}), "macros"),
    "docx with ActiveX": (docx(more={"word/activeX/a.xyz": b"x"}, types='<Default Extension="xyz" ContentType="application/vnd.ms-office.activeX+xml"/>'), "scripts"),
    "docx with a program": (docx(more={"word/embeddings/a.dat": PROGRAM}), "executable"),
    "docx with a program's name": (docx(more={"word/embeddings/a.exe": b"x"}), "executable"),
    "docx that unpacks to much": (docx(more={"word/media/a.bmp": bytes(formats.MAX_UNPACKED + 1)}), "unpacked"),
    "docx of deep elements": (docx(document=sample_files.DOCUMENT.format(body="<w:p>" * 90_000 + "</w:p>" * 90_000)), "unpacked"),
    "docx with a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged"),
    "text in Shift_JIS": ("紹介状 胸痛のため".encode("cp932"), "encoding"),
    "text in EUC-JP": ("紹介状 胸痛のため".encode("euc_jp"), "encoding"),
    "text in UTF-16": ("紹介状".encode("utf-16"), "encoding"),
    "nothing": (b"", "empty"),
    "blanks": (b" \r\n ", "not_taken"),
    "text with a control": (b"text with \x00 in it", "not_taken"),
    "bytes": (bytes(range(256)), "not_taken"),
    "a program": (PROGRAM, "not_taken"),
    "a program of Linux": (b"\x7fELF\x02\x01\x01", "not_taken"),
    "a shell's script": (b"#!/bin/sh\nrm -r /\n", "not_taken"),
    "a page": (b"<html><script>alert(1)</script>", "not_taken"),
    "a page behind blanks": (b"\xef\xbb\xbf \n<!doctype html >", "not_taken"),
    "svg": (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "not_taken"),
    "rtf": (b"{\\rtf1 hello}", "not_taken"),
    "xlsx": (docx(kind=f"{OFFICE}.spreadsheetml.sheet.main+xml"), "not_taken"),
    "a template": (docx(kind=f"{OFFICE}.wordprocessingml.template.main+xml"), "not_taken"),
    "a docx of something else": (docx(document="<a/>"), "not_taken"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken(name: str) -> None:
    content, media_type = TAKEN[name]
    assert judged(content) == media_type


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_why(name: str) -> None:
    content, reason = REFUSED[name]
    assert judged(content) == reason


def test_any_other_archive_is_no_docx() -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    assert judged(whole.getvalue()) in ("not_taken", "damaged")


def test_every_reason_has_an_example_and_stands_in_the_table() -> None:
    """The README's table names every reason and every type."""
    readme = Path(formats.__file__).with_name("README.md").read_text()
    tried = {reason for _, reason in REFUSED.values()}
    assert tried == {*formats.REASONS, formats.NOT_TAKEN}
    assert {media for _, media in TAKEN.values()} == set(FORMATS)
    assert all(f"`{reason}`" in readme for reason in tried)
    assert all(formats.NAMES[media].partition(" (")[0].lower() in readme.lower() for media in FORMATS)


@pytest.mark.parametrize(
    "whole", [sample_files.PDF, sample_files.PNG, sample_files.JPEG, sample_files.TIFF, dicom(), docx()]
)
def test_wherever_a_file_is_cut_or_altered_it_is_judged(whole: bytes) -> None:
    """Never an error of ours, never more than the type it was; what is cut to less than its half is refused."""
    chance = random.Random(7)
    kind = judged(whole)
    for _ in range(3):
        cut = whole[: chance.randrange(1, len(whole) // 2)]
        assert judged(cut) in {*formats.REASONS, formats.NOT_TAKEN}
        place = chance.randrange(len(whole))
        altered = whole[:place] + bytes((chance.randrange(256),)) + whole[place + 1 :]
        assert judged(altered) in {kind, *formats.REASONS, formats.NOT_TAKEN}


@settings(max_examples=10, deadline=None)
@given(st.binary(max_size=400))
def test_any_content_is_judged(content: bytes) -> None:
    assert judged(content) in {*FORMATS, *formats.REASONS, formats.NOT_TAKEN}


def test_a_type_the_route_does_not_take_is_said_whatever_is_wrong_with_it() -> None:
    assert judged(sample_files.PNG, (PDF,)) == judged(sample_files.PNG[:-20], (PDF,)) == "not_taken"
    with pytest.raises(DocumentTypeNotTaken, match=re.escape("Expected a file of one of these types: PDF, JPEG.")):
        inspector.judge("a", io.BytesIO(b"text"), (PDF, JPEG))


def test_more_than_twenty_mebibytes_are_not_even_judged() -> None:
    with pytest.raises(TooLarge):
        inspector.judge("a", io.BytesIO(bytes(formats.DOCUMENT_BYTES + 1)))


def test_a_parser_that_takes_too_much_is_stopped() -> None:
    """The child's limits answer where a parser's own did not: So many objects are too many for its time or memory."""
    many = b"".join(b"%d 0 obj<</A/B>>endobj\n" % number for number in range(4, 700_000))
    assert judged(objects(CATALOG, PAGES, PAGE, end=many + b"%%EOF")) in ("unpacked", "damaged", "truncated")


def test_the_child_knows_no_secret_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IMC_MONGO_URL", "mongodb://secret")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = os.listdir("/proc/self/fd")
    assert judged(sample_files.PDF) == PDF and os.listdir(tmp_path) == []
    assert len(os.listdir("/proc/self/fd")) <= len(before)


@pytest.mark.parametrize(
    ("name", "media_type", "kept"),
    [
        ("letter.pdf", PDF, "letter.pdf"),
        ("LETTER.PDF", PDF, "LETTER.PDF"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
        ("C:\\Users\\x\\紹介状.pdf", PDF, "紹介状.pdf"),
        ("", PDF, "document.pdf"),
        (None, PDF, "document.pdf"),
        ("..", PDF, "document.pdf"),
        (".pdf", PDF, "pdf.pdf"),
        ('a"\r\nSet-Cookie: x.pdf', PDF, "aSet-Cookie x.pdf"),
        ("letter.exe", PDF, "letter.exe.pdf"),
        ("photo.jpeg", JPEG, "photo.jpeg"),
        ("photo.png", JPEG, "photo.png.jpg"),
        ("page.html", TEXT, "page.html.txt"),
        ("gpj.\u202eexe.pdf", PDF, "gpj.exe.pdf"),
        ("a\u2066b\u2069c\u200fd\ufeffe\u00ad.pdf", PDF, "abcde.pdf"),
        ("\U000e0041\x85\u2028a.pdf", PDF, "a.pdf"),
        ("می\u200cخواهم.pdf", PDF, "می\u200cخواهم.pdf"),
        ("con.pdf", PDF, "_con.pdf"),
        ("Dr. Smith", PDF, "Dr. Smith.pdf"),
    ],
)
def test_a_name_is_only_a_name(name: str | None, media_type: str, kept: str) -> None:
    assert file_name(name, media_type) == kept


@given(st.text(max_size=400), st.sampled_from(FORMATS))
def test_any_name_fits_its_type_a_file_system_and_a_header(name: str, media_type: str) -> None:
    kept = file_name(name, media_type)
    assert kept.rpartition(".")[2].lower() in formats.EXTENSIONS[media_type] and len(kept.encode()) <= 255
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\\/\"]", kept)
    assert file_name(kept, media_type) == kept
    header = attachment(kept)
    assert header.isascii() and header.isprintable()


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("letter.pdf", 'attachment; filename="letter.pdf"'),
        ("a b%20.pdf", "attachment; filename=\"a b_20.pdf\"; filename*=UTF-8''a%20b%2520.pdf"),
        ("紹.pdf", "attachment; filename=\"_.pdf\"; filename*=UTF-8''%E7%B4%B9.pdf"),
        ("x\r\ny.pdf", 'attachment; filename="xy.pdf"'),
    ],
)
def test_a_name_leaves_as_it_is_in_any_script(name: str, header: str) -> None:
    assert attachment(name) == header
