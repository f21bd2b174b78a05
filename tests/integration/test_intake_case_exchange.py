"""Messages, notes and documents of a case: written, attached, refused, taken away; words to start from stand in both languages."""

import io
import re

import pytest

from tests.integration.intake_front import Front, front
from tests.sample_files import PDF, PNG
from tests.visitor import form_to

EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"


@pytest.fixture
def desk(mongo_url, database, tmp_path) -> Front:
    return front(mongo_url, database, tmp_path)


@pytest.fixture
def case_id(desk) -> str:
    return desk.refer()


def home(case_id: str) -> str:
    return f"/intake/cases/{case_id}"


def papers_of(desk: Front, case_id: str) -> list[dict]:
    return desk.office.get(f"/cases/{case_id}", desk.office.as_desk()).json["documents"]


def file(content: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def test_a_message_reaches_the_agency_once_and_a_note_never(desk, case_id):
    clerk = desk.sit()
    form = clerk.form(home(case_id), f"{home(case_id)}/messages")
    first, again = (clerk.send(form, text="The bed is ready.\r\n\r\nCome at nine.") for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"] == f"{home(case_id)}#messages-title"
    note = clerk.send(clerk.form(home(case_id), f"{home(case_id)}/notes"), text="Speaks softly.")
    html = clerk.follow(note)
    assert "Note saved." in html and "Speaks softly." in html and "The bed is ready." in html
    told = desk.office.get(f"/referrals/{case_id}", desk.office.as_agency(1)).json["messages"]
    assert [each["text"] for each in told] == ["The bed is ready.\n\nCome at nine."]


def test_nothing_is_sent_where_nothing_was_written(desk, case_id):
    clerk = desk.sit()
    for part in ("messages", "notes"):
        refused = clerk.send(clerk.form(home(case_id), f"{home(case_id)}/{part}"), text="  \n ")
        assert refused.status_code == 422 and 'data-field="text"' in refused.text, part
    refused = clerk.send(clerk.form(home(case_id), f"{home(case_id)}/messages"), text="x" * 4001)
    assert refused.status_code == 422 and "x" * 4001 in refused.text, "too long, but not lost"


def test_words_to_start_from_stand_in_both_languages_with_the_cases_number_in_them(desk, case_id):
    desk.office.command(f"/cases/{case_id}/review")
    html = desk.sit().get(home(case_id)).text
    for field in ("message-text", "decline-message", "request-information-message"):
        starts = html.partition(f'<reply-start for="{field}"')[2].partition("</reply-start>")[0]
        options = re.findall(r'<option value="([^"]{20,})"[^>]*data-language="(\w+)"', starts)
        assert {language for _, language in options} == {"ja", "en"}, field
        assert any("BKK-1" in words for words, _ in options) and "{" not in starts, field


def test_documents_are_attached_seen_by_whom_it_says_and_taken_away_as_they_came(desk, case_id):
    clerk = desk.sit()
    form = clerk.form(home(case_id), f"{home(case_id)}/documents")
    send = lambda: clerk.send(  # noqa: E731
        form,
        file=[file(PDF, "紹介状 <1>.pdf"), file(PNG, "scan.png")],
        kind="laboratory",
        visible_to=["agency", "interpreter"],
    )
    first, again = send(), send()
    assert first.headers["Location"] == again.headers["Location"] == f"{home(case_id)}#documents-title"
    html = clerk.follow(first)
    assert "2 documents added." in html
    one, two = papers_of(desk, case_id)
    assert (one["name"], one["media_type"], two["media_type"]) == ("紹介状 1.pdf", "application/pdf", "image/png")
    assert one["visible_to"] == ["agency", "interpreter", "us"] and one["kind"] == "laboratory"
    assert "This centre" in html and "Laboratory" in html
    taken = clerk.get(f"{home(case_id)}/documents/{one['id']}")
    assert taken.data == PDF and taken.headers["Content-Type"] == "application/pdf"
    assert taken.headers["Content-Disposition"].startswith("attachment;")
    assert taken.headers["X-Content-Type-Options"] == "nosniff" and taken.headers["Cache-Control"] == "no-store"
    assert b"%PDF" not in b"".join(chunk["data"] for chunk in desk.office.database["documents.chunks"].find())


def test_a_file_of_a_kind_that_is_not_taken_is_refused_and_so_are_those_beside_it(desk, case_id):
    clerk = desk.sit()
    form = clerk.form(home(case_id), f"{home(case_id)}/documents")
    for given in ([file(EXE, "letter.pdf")], [file(PDF, "a.pdf"), file(EXE, "b.pdf")], [], [file(b"", "empty.txt")]):
        refused = clerk.send(form, file=given, kind="consent", visible_to=["agency"])
        assert refused.status_code == 422 and 'data-field="file"' in refused.text
        again = form_to(refused.text, f"{home(case_id)}/documents")
        assert ("kind", "consent") in again.fields and ("visible_to", "agency") in again.fields
    assert papers_of(desk, case_id) == []
    assert clerk.send(again, file=file(PDF, "a.pdf")).status_code == 303, "the same form, put right"


def test_a_document_of_another_case_is_not_found_below_this_one(desk, case_id):
    clerk = desk.sit()
    clerk.send(clerk.form(home(case_id), f"{home(case_id)}/documents"), file=file(PDF, "a.pdf"), kind="other")
    (paper,) = papers_of(desk, case_id)
    other = desk.refer()
    assert clerk.get(f"{home(other)}/documents/{paper['id']}").status_code == 404
    assert desk.sit("coordinator").get(f"{home(case_id)}/documents/{paper['id']}").status_code == 403
