"""What is sealed and what is not; which documents are taken, under which name."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.rules import lines, people
from shared import documents

BODY = {
    "patient": {
        "name": {"latin": "SOMCHAI Jaidee"},
        "birth_date": "1961-04-02",
        "sex": "male",
        "nationality": "TH",
        "phone": {"typed": "+66 2 123 4567", "e164": "+6621234567"},
        "email": "s@example.org",
        "allergies": "penicillin",
    },
    "languages": [{"tag": "th", "level": "native"}],
    "needs": {
        "diet": "halal",
        "interpreter": {"gender_wish": "male", "waiver": {"who": "son", "why": "x", "child": False}},
    },
    "request": {
        "department": "cardiology",
        "reason": "Second opinion",
        "urgency": "routine",
        "clinical_summary": "long",
    },
    "payer": {"kind": "foreign_insurer", "policy_number": "P-77"},
}


def test_nothing_personal_stands_in_the_open():
    opened, blocks = people.split(BODY)
    text = repr(opened)
    for secret in (
        "SOMCHAI",
        "1961",
        "male'}",
        "TH",
        "66",
        "example",
        "penicillin",
        "halal",
        "son",
        "opinion",
        "long",
        "P-77",
    ):
        assert secret not in text or secret == "male'}"
    assert opened == {
        "languages": BODY["languages"],
        "interpreter": {"gender_wish": "male"},
        "request": {"department": "cardiology", "urgency": "routine"},
        "payer": "foreign_insurer",
    }
    assert set(blocks) == {"identity", "contact", "clinical"}
    assert set(blocks["contact"]) == {"phone", "email"}


def test_put_together_it_is_what_came():
    opened, blocks = people.split(BODY)
    assert people.joined(opened, blocks) == BODY


def test_the_patient_gets_the_person_not_the_matter():
    _, blocks = people.split(BODY)
    kept = people.patient_blocks(blocks)
    assert "payer" not in kept["identity"] and set(kept["clinical"]) == {"needs", "allergies"}


def test_an_edit_replaces_field_by_field_and_null_takes_out():
    after = people.merged(BODY, {"patient": {"sex": "female", "email": None}, "languages": [{"tag": "vi"}]})
    assert after["patient"] == {k: v for k, v in BODY["patient"].items() if k != "email"} | {"sex": "female"}
    assert after["languages"] == [{"tag": "vi"}] and after["request"] == BODY["request"]
    assert people.named({"patient": {"sex": 1, "email": 2}, "languages": []}) == [
        "patient.sex",
        "patient.email",
        "languages",
    ]


def docx() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return whole.getvalue()


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (b"%PDF-1.7\n1 0 obj", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
        (b"MM\x00*\x00\x00\x00\x08", "image/tiff"),
        (b"\0" * 128 + b"DICM" + b"\0" * 20, "application/dicom"),
        (docx(), documents.DOCX),
        ("紹介状\r\n胸痛".encode(), "text/plain"),
        (b"BMI 24, otherwise well", "text/plain"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b"", None),
        (b"   ", None),
        (b"MZ\x90\x00\x03\x00\x00\x00" + b"\0" * 60, None),
        (b"PK\x03\x04 any other archive", None),
        (b"\x7fELF\x02\x01\x01", None),
        (b"caf\xe9", None),
        (b"text with \x00 in it", None),
    ],
)
def test_what_a_document_is_shows_in_its_content(content, media):
    assert documents.media_type(content) == media


@given(st.binary(max_size=400))
def test_any_content_is_judged(content):
    assert documents.media_type(content) in {
        None,
        "text/plain",
        "application/pdf",
        "image/png",
        "image/jpeg",
        "image/tiff",
        "application/dicom",
    }


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("letter.pdf", "letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\紹介状.pdf", "紹介状.pdf"),
        ("", "document.pdf"),
        (None, "document.pdf"),
        ("..", "document.pdf"),
        ('a"\r\nSet-Cookie: x.pdf', "aSet-Cookie x.pdf"),
    ],
)
def test_a_name_has_no_path(given_name, kept):
    assert documents.file_name(given_name, "application/pdf") == kept


def test_a_line_says_what_it_can_and_hides_what_it_must():
    assert (
        lines.shown("visit.booked", {"department": "cardiology", "start": "s", "end": "e"}, True)
        == "Visit booked in cardiology: s to e."
    )
    assert lines.shown("booking.confirmed", {"interpreter_name": "Aoi"}, False) == "Interpreter booked: Aoi."
    assert lines.shown("booking.confirmed", {"interpreter_name": "Aoi"}, True) == "Interpreter booked."
    assert lines.shown("notification.dead", {"channel": "webhook"}, True) is None
    assert (
        lines.shown("notification.dead", {"channel": "webhook"}, False)
        == "Notice by webhook could not be delivered: unknown (unknown)."
    )
    assert lines.shown("document.attached", {"kind": "other", "visible_to": ["us"]}, True) is None
    assert lines.by_whom("account:1", True) == "hospital" and lines.by_whom("key:1", True) == "agency"
    assert lines.by_whom("timer:x", True) == "system" and lines.by_whom("account:1", False) == "account:1"
