"""Certificates: asked for at completion, made by the worker's timer, checked by anybody who was shown one."""

import io

import pytest
from pypdf import PdfReader

from services.training.actions import certificates, letters
from shared.pdf import NotRendered
from tests.integration.training_office import TrainingOffice

LATER = {"first_day": "2027-02-01", "last_day": "2027-02-26"}
TANGUT = "\U00017000\U00017001"


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    return TrainingOffice(mongo_url, database, tmp_path)


def completed(office: TrainingOffice, **written) -> str:
    id_ = office.active(office.programme(), **written)
    office.done("POST", f"/applications/{id_}/attendance", {"day": "2027-02-01", "attended": "present", "hours": 7})
    office.done("POST", f"/applications/{id_}/complete")
    return id_


def code_of(office: TrainingOffice, id_: str) -> str:
    sealed = office.stored(id_)["certificate"]["sealed"]
    return office.deps.store.keyring.open(id_).open("certificate", sealed)["code"]


def text_of(office: TrainingOffice, id_: str) -> str:
    stored = office.stored(id_)["certificate"]
    sealed = office.deps.store.files.get(stored["file"])
    content = b"".join(office.deps.store.keyring.open(id_).open_stream("certificate", sealed))
    pages = PdfReader(io.BytesIO(content)).pages
    assert len(pages) == 1
    return pages[0].extract_text()


def check(office: TrainingOffice, code: str):
    return office.client.get(f"/training/api/v1/certificates/{code}")


def test_it_is_made_after_the_answer_and_says_who_what_and_when(office):
    id_ = completed(office)
    code = code_of(office, id_)
    assert check(office, code).status_code == 404, "not before it is issued"
    office.run(certificates.issue_requested)
    assert office.published(id_)[-1] == "certificate.issued"
    text = text_of(office, id_)
    for said in ("NGUYEN Thi Hoa", "Nguyễn Thị Hoa", "Observation in cardiology", "循環器内科", code):
        assert said in text.replace("\n", " "), said
    told = check(office, code)
    assert told.status_code == 200
    assert told.json["name"]["latin"] == "NGUYEN Thi Hoa" and told.json["title"]["en"] == "Observation in cardiology"
    assert set(told.json) == {"name", "title", "issued_on"}
    office.run(certificates.issue_requested)
    assert office.published(id_).count("certificate.issued") == 1, "made once"


def test_codes_are_read_as_people_read_them_out(office):
    id_ = completed(office)
    office.run(certificates.issue_requested)
    code = code_of(office, id_)
    for typed in (
        code.lower(),
        code.replace("-", ""),
        code.replace("-", " "),
        code.replace("0", "O").replace("1", "l"),
    ):
        assert check(office, typed).status_code == 200, typed


UNWRITTEN = (TANGUT, "\U00012000\U00012038", "\U00010a00\U00010a10", "Ann \U0001f600", "\ue000外字")
"""Tangut, Sumerian, Kharosthi, a face, a letter of somebody's own font."""


@pytest.mark.parametrize("native", UNWRITTEN, ids=ascii)
def test_a_name_in_letters_no_font_has_stands_in_latin_letters_with_a_note(office, native):
    id_ = completed(office, name={"latin": "WEI Ming", "native": native})
    office.run(certificates.issue_requested)
    stored = office.stored(id_)["certificate"]
    assert stored["issued_at"] and stored["fault"] is None and stored["in_latin"] is True
    assert "WEI Ming" in text_of(office, id_) and check(office, code_of(office, id_)).status_code == 200
    assert office.published(id_).count("certificate.issued") == 1
    page = office.visitor("training").get(f"/training/applications/{id_}").text
    assert "The certificate shows the name in Latin letters only" in page


def test_a_name_that_cannot_be_written_at_all_is_not_issued_half(office):
    id_ = completed(office, name={"latin": f"WEI {TANGUT}"})
    office.run(certificates.issue_requested)
    stored = office.stored(id_)["certificate"]
    assert stored["issued_at"] is None and stored["fault"] == "missing_glyphs" and stored["file"] is None
    assert office.published(id_)[-1] == "application.overdue"
    assert check(office, code_of(office, id_)).status_code == 404
    office.run(certificates.issue_requested)
    assert office.published(id_).count("application.overdue") == 1, "told once"


def test_a_certificate_keeps_the_name_it_was_given_for(office):
    other = office.submitted(office.programme(), **office.other_person(1))
    id_ = completed(office)
    office.run(certificates.issue_requested)
    programme = office.stored(id_)["programme_id"]
    office.done("PATCH", f"/programmes/{programme}", {"title": {"ja": "別の名", "en": "Another name"}})
    assert check(office, code_of(office, id_)).json["title"]["en"] == "Observation in cardiology"
    assert office.call("POST", f"/applications/{other}/certificate", {}).status_code == 409


def test_the_office_sees_it_being_made_saves_it_and_mends_one_that_failed(office, monkeypatch):
    id_, really = completed(office), letters.certificate_pdf

    def refused(*_):
        raise NotRendered("certificate.typ")

    monkeypatch.setattr(letters, "certificate_pdf", refused)
    office_page = office.visitor("training")
    address = f"/training/applications/{id_}"
    assert "being made" in office_page.get(address).text
    office.run(certificates.issue_requested)
    assert "could not be made" in office_page.get(address).text
    monkeypatch.setattr(letters, "certificate_pdf", really)
    form = office_page.form(address, f"{address}/certificate")
    assert office_page.send(form).status_code == 303
    office.run(certificates.issue_requested)
    assert f"{address}/letters/certificate" in office_page.get(address).text
    saved = office_page.get(f"{address}/letters/certificate")
    assert saved.status_code == 200 and saved.data.startswith(b"%PDF")
