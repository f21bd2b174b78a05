"""Training's pages without sign-in, over the real app, without a script: programmes, a whole application, lost links, certificates' codes."""

import copy
import io
import re
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.training.actions import application_records, documents, links
from shared.documents.inspection import Inspector
from tests.integration.training_office import WRITTEN, TrainingOffice
from tests.sample_files import PDF, docx, pdf, pdf_saved, pdf_with, script
from tests.visitor import Visitor, form_to

HOME = "/training/programmes"
PAPERS: list[dict[str, Any]] = [
    {"code": "chest_xray", "name": {"ja": "胸部X線検査の結果", "en": "Chest X-ray"}, "validity": {"within_days_of_start": 365}},
    {"code": "insurance", "name": {"ja": "保険証書", "en": "Insurance"}, "stage": "post_decision", "validity": {"covers_visit": True}},
    {
        "code": "influenza", "name": {"ja": "インフルエンザ予防接種", "en": "Influenza vaccination"}, "stage": "post_decision",
        "validity": {"season": {"from": "11-01", "to": "04-30", "valid_from": "09-01"}},
    },
    {"code": "measles", "name": {"ja": "麻しん予防接種", "en": "Measles vaccination"}, "validity": {"doses": 2, "interval_days": 28}},
]  # fmt: skip


@pytest.fixture
def office(mongo_url: str, database: Database[dict[str, Any]]) -> TrainingOffice:
    return TrainingOffice(mongo_url, database)


def text(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
    return answer.text


def limited(office: TrainingOffice) -> None:
    """As in a house that limits at all; the tests' own does not."""
    office.app.extensions["imc"].rate.limit = 1000


def here_of(office: TrainingOffice, id_: str) -> str:
    """The applicant's page, by its signed link."""
    return f"/training/application/{links.token_for(office.deps, office.stored(id_), office.now)}"


def begun(office: TrainingOffice, visitor: Visitor, programme: dict[str, Any], **more: str) -> str:
    """Where a draft begun by the form leads."""
    path = f"{HOME}/{programme['id']}/apply"
    typed = {"name": "NGUYEN Thi Hoa", "email": "hoa@lotus.example", "language": "en", **more}
    answer = visitor.send(visitor.form(path, path), **typed)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def sent(visitor: Visitor, here: str, step: str, to: str, **typed: Any) -> TestResponse:
    return visitor.send(visitor.form(f"{here}?step={step}", f"{here}/{to}"), **typed)


def written(visitor: Visitor, here: str, office: TrainingOffice) -> None:
    """Both steps that are typed."""
    period = office.database.programmes.find_one({}, sort=[("_id", -1)])["periods"][0]["id"]  # type: ignore[index]
    you = {"birth_date": "H2.5.17", "nationality": "TH", "residence": "TH", "profession": "doctor"}
    answer = sent(visitor, here, "you", "you", **you, institution="Lotus Hospital")
    assert answer.status_code == 303, answer.text
    plan = {"period_id": period, "first_day": "2027/2/1", "last_day": "R9.2.26", "motivation": "To see a heart team."}
    answer = sent(visitor, here, "plan", "plan", **plan)
    assert answer.status_code == 303, answer.text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_catalogue_shows_published_programmes_with_the_zone_of_the_deadline(
    office: TrainingOffice, language: str
) -> None:
    office.programme()
    office.programme(publish=False, title={"ja": "下書き", "en": "A draft"})
    visitor = office.visitor(language=language)
    page = text(visitor, HOME)
    assert ("循環器内科 見学" if language == "ja" else "Observation in cardiology") in page
    assert "A draft" not in page and "下書き" not in page
    assert (
        "2027年1月1日(金) 00:00 (日本標準時)" if language == "ja" else "Fri 1 Jan 2027 00:00 (Japan Standard Time)"
    ) in page
    visitor.cookie("imc_zone", "Asia/Bangkok")
    assert "22:00" in text(visitor, HOME)


def test_the_catalogue_is_filtered(office: TrainingOffice) -> None:
    office.programme()
    office.programme(
        kind="hands_on",
        title={"ja": "外科 臨床修練", "en": "Surgery, hands on"},
        department="surgery",
        languages=["ja"],
    )
    visitor = office.visitor()
    for query, there, not_there in (
        ("department=surgery", "Surgery, hands on", "Observation in cardiology"),
        ("kind=observation", "Observation in cardiology", "Surgery, hands on"),
        ("language=en", "Observation in cardiology", "Surgery, hands on"),
    ):
        page = text(visitor, f"{HOME}?{query}")
        assert there in page and not_there not in page, query
    assert "No programmes match these filters" in text(visitor, f"{HOME}?department=surgery&language=en")
    assert "No programmes match these filters" in text(visitor, f"{HOME}?kind=overseas")
    assert visitor.get(f"{HOME}?kind=other").status_code == 422


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_programme_shows_every_rule_of_a_document_as_text(office: TrainingOffice, language: str) -> None:
    programme = office.programme(requirements=PAPERS)
    page = text(office.visitor(language=language), f"{HOME}/{programme['id']}")
    told = {
        "ja": ("開始日前365日以内", "終了日まで有効", "11月1日～4月30日", "9月1日以降", "28日以上の間隔", "見学は、法律上の臨床修練ではありません"),
        "en": ("Dated no more than 365 days", "Valid until the last day", "between 1 Nov and 30 Apr", "1 Sep or later", "at least 28 days apart", "not clinical training"),
    }[language]  # fmt: skip
    for words in told:
        assert words in page, words


def test_an_application_is_started_interrupted_resumed_and_submitted(office: TrainingOffice) -> None:
    programme = office.programme(requirements=PAPERS)
    visitor = office.visitor()
    here = begun(office, visitor, programme)
    assert "Not submitted yet. Please complete and submit your application by Fri 1 Jan 2027" in text(visitor, here)
    later = office.visitor()  # another browser, the link from the mail
    answer = later.send(later.form(f"{here}/known", f"{here}/known"), answer="Nguyễn")
    assert answer.status_code == 303 and answer.headers["Location"] == here
    page = text(later, f"{here}?step=send")
    assert "Date of birth" in page and "?step=you#you-birth_date" in page and "?step=plan#plan-motivation" in page
    written(later, here, office)
    page = text(later, f"{here}?step=you")
    assert 'value="1990-05-17"' in page and 'value="NGUYEN Thi Hoa"' in page
    form = later.form(f"{here}?step=papers", f"{here}/papers/chest_xray")
    answer = later.send(form, file=(io.BytesIO(PDF), "x-ray.pdf"), issued_on="2026/11/1")
    assert answer.status_code == 303, answer.text
    page = text(later, f"{here}?step=papers")
    assert "x-ray.pdf" in page and "Received, not checked yet." in page
    page = text(later, f"{here}?step=send")
    assert "No answers are missing." in page and "Measles vaccination" in page
    assert "You need these documents to apply" in page and "Due by Thu 31 Dec 2026." in page
    assert f'action="{here}/send"' not in page
    form = later.form(f"{here}?step=papers", f"{here}/papers/measles")
    ahead = later.send(
        form, file=(io.BytesIO(PDF), "m.pdf"), **{"doses.0.day": "2026-01-01", "doses.1.day": "2026-12-01"}
    )
    assert ahead.status_code == 422 and 'id="upload-measles-doses-1-day-fault"' in ahead.text
    assert later.send(form, file=(io.BytesIO(PDF), "m.pdf"), **{"doses.0.day": "2026-01-01"}).status_code == 303
    page = text(later, f"{here}?step=send")
    answer = later.send(form_to(page, f"{here}/send"))
    assert answer.status_code == 303, answer.text
    page = text(later, here)
    assert "We have received your application. The training office will look at it" in page
    assert "2 more documents if we offer you a place" in page and f"{here}/papers/insurance" not in page
    id_ = office.database.applications.find_one()["_id"]  # type: ignore[index]
    assert office.status(id_) == "submitted"
    assert {entry["actor"] for entry in office.stored(id_)["outbox"][1:]} == {f"applicant:{id_}"}
    assert later.get(f"{here}?step=you").status_code == 200


def test_a_name_in_its_own_script_is_stored_as_such(office: TrainingOffice) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme(), name="สมชาย ใจดี")
    body = application_records.body_of(
        office.deps, links.open_link(office.deps, here.rpartition("/")[2], office.now, {}).application
    )
    assert body["name"] == {"native": "สมชาย ใจดี"}


def test_an_emptied_field_removes_its_value(office: TrainingOffice) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme())
    sent(
        visitor,
        here,
        "you",
        "you",
        phone="+66 2 123 4567",
        **{"passport.number": "C123", "passport.expires_on": "20310101"},
    )
    sent(visitor, here, "you", "you", phone="", **{"passport.number": ""})
    body = application_records.body_of(
        office.deps, links.open_link(office.deps, here.rpartition("/")[2], office.now, {}).application
    )
    assert "phone" not in body
    assert body["passport"] == {"expires_on": "2031-01-01"}


def test_faults_are_shown_at_their_fields_and_lose_nothing(office: TrainingOffice) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme())
    answer = sent(visitor, here, "you", "you", birth_date="yesterday", institution="Lotus", email="")
    assert answer.status_code == 422
    assert 'value="yesterday"' in answer.text and 'value="Lotus"' in answer.text
    assert 'id="you-birth_date-fault"' in answer.text and 'id="you-email-fault"' in answer.text
    period = office.database.programmes.find_one()["periods"][0]["id"]  # type: ignore[index]
    answer = sent(
        visitor,
        here,
        "plan",
        "plan",
        period_id=period,
        first_day="2027-01-20",
        last_day="2027-02-03",
        motivation="Hearts",
    )
    assert answer.status_code == 422
    assert "2027/02/01 to 2027/03/31" in answer.text and "Hearts" in answer.text
    more = {"rotations.1.department": "surgery", "rotations.1.first_day": "2027-02-01"}
    answer = sent(visitor, here, "plan", "plan", **more)
    assert answer.status_code == 422 and 'id="plan-rotations-1-last_day-fault"' in answer.text


def test_rotations_are_saved_where_they_fit(office: TrainingOffice) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme())
    written(visitor, here, office)
    rows = {
        "rotations.0.department": "cardiology", "rotations.0.first_day": "2027-02-01", "rotations.0.last_day": "2027-02-10",
        "rotations.1.department": "surgery", "rotations.1.first_day": "2027-02-10", "rotations.1.last_day": "2027-02-26",
    }  # fmt: skip
    answer = sent(visitor, here, "plan", "plan", **rows)
    assert answer.status_code == 422 and "must not overlap" in answer.text
    assert sent(visitor, here, "plan", "plan", **rows | {"rotations.1.first_day": "2027-02-11"}).status_code == 303
    assert len(office.database.applications.find_one()["rotations"]) == 2  # type: ignore[index]


def test_a_document_is_recognized_by_its_content_and_downloaded_again(office: TrainingOffice) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme(requirements=PAPERS))
    form = visitor.form(f"{here}?step=papers", f"{here}/papers/chest_xray")
    assert "issued_on" in form.values()
    wrong = visitor.send(form, file=(io.BytesIO(b"MZ not a picture"), "x-ray.pdf"))
    assert wrong.status_code == 422 and "Choose a PDF, PNG, JPEG or Word" in wrong.text
    assert visitor.send(form, issued_on="2026-11-01").status_code == 422
    doses = visitor.form(f"{here}?step=papers", f"{here}/papers/measles")
    days = {"doses.0.day": "2026-01-01", "doses.1.day": "2026-03-01"}
    assert visitor.send(doses, file=(io.BytesIO(PDF), "接種証明.pdf"), **days).status_code == 303
    page = text(visitor, f"{here}?step=papers")
    found = re.search(rf'href="({re.escape(here)}/files/[^"]+)">接種証明.pdf', page)
    assert found, page
    answer = visitor.get(found[1])
    assert answer.data == PDF and "attachment" in answer.headers["Content-Disposition"]
    assert visitor.get(found[1].replace("/files/", "/files/0")).status_code == 404


def test_a_double_click_is_one_effect(office: TrainingOffice) -> None:
    programme = office.programme(requirements=PAPERS)
    visitor = office.visitor()
    path = f"{HOME}/{programme['id']}/apply"
    form = visitor.form(path, path)
    typed = {"name": "NGUYEN Thi Hoa", "email": "hoa@lotus.example", "language": "en"}
    first, second = visitor.send(form, **typed), visitor.send(form, **typed)
    assert (first.headers["Location"], second.status_code) == (second.headers["Location"], 303)
    assert office.database.applications.count_documents({}) == 1
    here = str(first.headers["Location"])
    upload = visitor.form(f"{here}?step=papers", f"{here}/papers/chest_xray")
    for _ in range(2):
        assert visitor.send(upload, file=(io.BytesIO(PDF), "x.pdf"), issued_on="2026-11-01").status_code == 303
    assert len(office.database.applications.find_one()["documents"]) == 1  # type: ignore[index]
    you = visitor.form(f"{here}?step=you", f"{here}/you")
    assert [visitor.send(you, phone="+84 24 3825 3531").status_code for _ in range(2)] == [303, 303]
    clash = visitor.send(visitor.form(f"{here}?step=you", f"{here}/you"), version="1", phone="+84 24 3825 3532")
    assert (
        clash.status_code == 412
        and "+84 24 3825 3532" in clash.text
        and "Someone else changed this first" in clash.text
    )
    assert visitor.send(form_to(clash.text, f"{here}/you")).status_code == 303  # mine over theirs
    assert 'value="+84 24 3825 3532"' in text(visitor, f"{here}?step=you")


def test_a_file_beyond_the_limit_is_refused_with_a_text(office: TrainingOffice) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme(requirements=PAPERS))
    form = visitor.form(f"{here}?step=papers", f"{here}/papers/chest_xray")
    answer = visitor.send(form, file=(io.BytesIO(PDF + b" " * (20 * 1024 * 1024)), "big.pdf"), issued_on="2026-11-01")
    assert answer.status_code == 413 and "Choose a file of 20 MB or smaller" in answer.text
    again = form_to(answer.text, f"{here}/papers/chest_xray")
    assert ("issued_on", "2026-11-01") in again.fields and 'data-field="file"' in answer.text
    most = visitor.send(form, file=(io.BytesIO(bytes(42 << 20)), "huge.pdf"), issued_on="2026-11-01")
    assert most.status_code == 413 and "20 MB" in most.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PDF[:200], "This file is incomplete"),
        (pdf_saved(encryption=pikepdf.Encryption(user="u", owner="o")), "password-protected"),
        (docx(more={"word/vbaProject.bin": b"x"}), "contains macros"),
        (pdf(OpenAction=script()), "contains scripts"),
        (pdf_with("a.exe", b"x"), "contains a program"),
    ],
)
def test_a_fault_of_a_file_is_shown_at_its_field(office: TrainingOffice, content: bytes, words: str) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme(requirements=PAPERS))
    form = visitor.form(f"{here}?step=papers", f"{here}/papers/chest_xray")
    answer = visitor.send(form, file=(io.BytesIO(content), "x.pdf"), issued_on="2026-11-01")
    assert answer.status_code == 422 and words in answer.text


def test_no_file_is_inspected_without_a_valid_link(office: TrainingOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme(requirements=PAPERS))
    form = visitor.form(f"{here}?step=papers", f"{here}/papers/chest_xray")
    judged: list[str] = []
    monkeypatch.setattr(Inspector, "judge", lambda *given: judged.append("judged"))
    other = copy.copy(form)
    other.action = f"{here[:-4]}AAAA/papers/chest_xray"
    assert visitor.send(other, file=(io.BytesIO(PDF), "x.pdf")).status_code == 404
    assert judged == []


def test_the_applicants_documents_leave_the_offices_share(
    office: TrainingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme(requirements=PAPERS))
    monkeypatch.setattr(documents, "MAX_DOCUMENTS", 2)
    answers = []
    for _ in range(3):
        form = visitor.form(f"{here}?step=papers", f"{here}/papers/chest_xray")
        answers.append(visitor.send(form, file=(io.BytesIO(PDF), "x.pdf"), issued_on="2026-11-01").status_code)
    assert answers == [303, 303, 409]
    id_ = str(office.database.applications.find_one()["_id"])  # type: ignore[index]
    assert office.upload(id_, "chest_xray").status_code == 200


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_passed_deadline_is_shown_in_both_zones_and_loses_nothing(office: TrainingOffice, language: str) -> None:
    visitor = office.visitor(language=language)
    visitor.cookie("imc_zone", "America/New_York")
    here = begun(office, visitor, office.programme())
    written(visitor, here, office)
    form = form_to(text(visitor, f"{here}?step=send"), f"{here}/send")
    office.now = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)
    answer = visitor.send(form)
    assert answer.status_code == 409
    told = {
        "ja": ("締め切りました", "2027年1月1日(金) 00:00 (日本標準時)", "2026年12月31日(木) 10:00 (アメリカ東部標準時)"),
        "en": ("deadline has passed", "Fri 1 Jan 2027 00:00 (Japan Standard Time)", "Thu 31 Dec 2026 10:00 (Eastern Standard Time)"),
    }[language]  # fmt: skip
    for words in told:
        assert words in answer.text, words
    asked = visitor.form(f"{here}?step=plan", f"{here}/known")  # another day
    assert visitor.send(asked, answer="平成2年5月17日").headers["Location"] == f"{here}?step=plan"
    assert "To see a heart team." in text(visitor, f"{here}?step=plan")


def test_a_second_application_of_a_person_is_refused_with_a_text(office: TrainingOffice) -> None:
    programme = office.programme()
    office.submitted(programme)
    visitor = office.visitor()
    here = begun(office, visitor, programme)
    written(visitor, here, office)
    answer = sent(visitor, here, "send", "send")
    assert answer.status_code == 409 and "You already have an application for this period" in answer.text


def test_what_is_decided_looks_undecided_until_it_is_announced(office: TrainingOffice) -> None:
    programme = office.programme()
    accepted = office.accepted(programme)
    rejected = office.reviewed(programme, **office.other_person(1))
    waiting = office.reviewed(programme, **office.other_person(2))
    office.done("POST", f"/applications/{rejected}/reject", {"reason": "no_capacity", "message": "Sorry."})
    visitor = office.visitor()
    plain = {
        id_: _plain(text(visitor, here_of(office, id_)), here_of(office, id_)) for id_ in (accepted, rejected, waiting)
    }
    numbers = {id_: office.stored(id_)["reference"] for id_ in plain}
    same = {page.replace(numbers[id_], "REFERENCE") for id_, page in plain.items()}
    assert len(same) == 1 and "under review" in same.pop()
    here = here_of(office, rejected)
    answer = visitor.send(visitor.form(f"{here}/withdraw", f"{here}/withdraw"), reason="other")
    assert answer.status_code == 409 and "making the decision on this application now" in answer.text
    office.done("POST", f"/applications/{rejected}/announce")
    assert "Sorry." not in text(visitor, here), "the letter is for who is known"
    page = text(office.applicant(rejected), here)
    assert "we cannot offer you a place." in page and "We do not have enough places." in page and "Sorry." in page


def _plain(page: str, here: str) -> str:
    """Without what differs from page to page by itself: the link, proofs, what was typed."""
    page = page.replace(here.rpartition("/")[2], "TOKEN") if "/" in here else page
    return re.sub(r'value="[^"]*"|content="[^"]*"', "", page)


def test_an_offer_is_accepted_by_its_applicant(office: TrainingOffice) -> None:
    id_ = office.accepted(office.programme(requirements=PAPERS))
    office.done("POST", f"/applications/{id_}/announce")
    visitor, here = office.applicant(id_), here_of(office, id_)
    page = text(visitor, here)
    assert "We offer you a place. Please answer by" in page and "Your place depends on the conditions" in page
    assert visitor.send(form_to(page, f"{here}/confirm")).status_code == 303
    assert office.status(id_) == "confirmed"
    page = text(visitor, here)
    assert "Your place is confirmed. Please send the missing documents" in page
    form = form_to(page, f"{here}/papers/insurance")
    assert visitor.send(form, file=(io.BytesIO(PDF), "i.pdf"), valid_until="2027-02-10").status_code == 303
    assert "It is valid until Wed 10 Feb 2027. It must be valid until Fri 26 Feb 2027." in text(visitor, here)


def test_an_offer_is_declined_after_its_consequences_are_shown(office: TrainingOffice) -> None:
    id_ = office.accepted(office.programme())
    office.done("POST", f"/applications/{id_}/announce")
    visitor, here = office.applicant(id_), here_of(office, id_)
    page = text(visitor, f"{here}/withdraw")
    assert "Your place goes to the next person at once." in page
    assert visitor.send(form_to(page, f"{here}/withdraw")).status_code == 422  # why is asked
    assert visitor.send(form_to(page, f"{here}/withdraw"), reason="funding").status_code == 303
    assert office.status(id_) == "withdrawn"
    assert "This application was withdrawn." in text(visitor, here)
    assert "nothing to withdraw" in text(visitor, f"{here}/withdraw")


def test_changed_dates_are_confirmed_by_the_applicant(office: TrainingOffice) -> None:
    id_ = office.confirmed(office.programme())
    office.done("POST", f"/applications/{id_}/move", {"first_day": "2027-03-01", "last_day": "2027-03-12"})
    visitor, here = office.applicant(id_), here_of(office, id_)
    page = text(visitor, here)
    assert "Your dates have changed. Please confirm the new dates" in page and "Mon 1 Mar – Fri 12 Mar 2027" in page
    assert visitor.send(form_to(page, f"{here}/confirm")).status_code == 303
    assert office.status(id_) == "confirmed"


def test_a_returned_application_shows_the_message_and_is_submitted_again(office: TrainingOffice) -> None:
    id_ = office.submitted(office.programme())
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/return", {"message": "The passport ends too early."})
    visitor, here = office.applicant(id_), here_of(office, id_)
    page = text(visitor, f"{here}?step=plan")
    assert "The passport ends too early." in page and "We returned your application" in page
    plan = form_to(page, f"{here}/plan")
    assert not plan.values().get("rotations.0.first_day")  # the rotation that follows from the plan is none of theirs
    assert visitor.send(plan, last_day="2027-02-20").status_code == 303
    assert sent(visitor, here, "send", "send").status_code == 303
    assert office.stored(id_)["rotations"][0]["last_day"] == "2027-02-20"
    assert office.status(id_) == "document_check"


def test_the_end_of_a_stay_report_feedback_certificate(office: TrainingOffice) -> None:
    id_ = office.active(office.programme())
    office.done("POST", f"/applications/{id_}/attendance", {"day": "2027-02-01", "attended": "present"})
    visitor, here = office.applicant(id_), here_of(office, id_)
    form = visitor.form(here, f"{here}/evaluation")
    assert visitor.send(form, text="Kind people").status_code == 422
    assert visitor.send(form, text="Kind people", **{"scores.overall": "5"}).status_code == 303
    office.done("POST", f"/applications/{id_}/complete")
    page = text(visitor, here)
    assert "Kind people" in page and "We are making your certificate" in page
    assert visitor.get(f"{here}/certificate").status_code == 404
    assert visitor.send(form_to(page, f"{here}/papers/report"), file=(io.BytesIO(PDF), "report.pdf")).status_code == 303
    assert "report.received" in office.published(id_)
    issue(office, id_)
    assert "Download certificate" in text(visitor, here)
    answer = visitor.get(f"{here}/certificate")
    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    part = visitor.get(f"/training/fragments/application/{here.rpartition('/')[2]}/certificate")
    assert part.status_code == 200 and "Download certificate" in part.text


def issue(office: TrainingOffice, id_: str) -> str:
    """As the worker issues it; gives the code."""
    key = office.deps.store.keyring.open(id_)
    certificate = office.stored(id_)["certificate"]
    told = key.open("certificate", certificate["sealed"])
    told |= {"name": {"latin": "NGUYEN Thi Hoa"}, "title": {"ja": "循環器内科 見学", "en": "Observation in cardiology"}}
    file = office.deps.store.files.put(key.seal_stream("certificate", io.BytesIO(PDF)))
    changed = {"sealed": key.seal("certificate", told), "file": file, "issued_at": office.now}
    office.database.applications.update_one({"_id": id_}, {"$set": {"certificate": certificate | changed}})
    return str(told["code"])


def completed(office: TrainingOffice) -> str:
    id_ = office.active(office.programme())
    office.done("POST", f"/applications/{id_}/attendance", {"day": "2027-02-01", "attended": "present"})
    office.done("POST", f"/applications/{id_}/complete")
    return id_


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_genuine_certificate_shows_name_and_programme_and_nothing_more(office: TrainingOffice, language: str) -> None:
    id_ = completed(office)
    code = issue(office, id_)
    visitor = office.visitor(language=language)
    assert f'value="{code}"' in text(visitor, f"/training/verify?code={code}")
    answer = visitor.send(visitor.form("/training/verify", "/training/verify"), code=code.lower().replace("-", " "))
    assert answer.status_code == 200
    assert "NGUYEN Thi Hoa" in answer.text
    assert ("真正" if language == "ja" else "genuine") in answer.text
    assert ("循環器内科 見学" if language == "ja" else "Observation in cardiology") in answer.text
    for never in ("Lotus", "1990", "C1234567", office.stored(id_)["reference"]):
        assert never not in answer.text
    told = office.client.get(f"/training/api/v1/certificates/{code}")
    assert told.json == {
        "name": {"latin": "NGUYEN Thi Hoa"},
        "title": {"ja": "循環器内科 見学", "en": "Observation in cardiology"},
        "issued_on": "2027-02-01",
    }


WRONG = ("K7Q2-9DMX-4T3B-H8WZ", "nonsense", "'; drop", "証明書", "A" * 900, "K7Q2")


def test_every_wrong_code_gets_the_same_answer(office: TrainingOffice) -> None:
    unissued = completed(office)
    key = office.deps.store.keyring.open(unissued)
    not_yet = key.open("certificate", office.stored(unissued)["certificate"]["sealed"])["code"]
    answers, told = set(), set()
    for code in (*WRONG, not_yet):
        office.move(minutes=2)
        visitor = office.visitor()
        answer = visitor.send(visitor.form("/training/verify", "/training/verify"), code=code)
        assert "No certificate has this code" in answer.text
        answers.add((answer.status_code, _plain(answer.text, "")))
        api = office.client.get(f"/training/api/v1/certificates/{code}")
        told.add((api.status_code, api.json["type"], api.json["title"], api.json["detail"]))  # type: ignore[index]
    assert len(answers) == 1 and len(told) == 1, told
    assert next(iter(told))[0] == 404 and next(iter(answers))[0] == 422


def test_a_wrong_code_costs_as_many_look_ups_as_a_right_one(
    office: TrainingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = issue(office, completed(office))
    store, asked = office.deps.store, []
    for owner, name in ((store, "application_by_certificate"), (store.keyring, "open_many"), (store.programmes, "get")):
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given, _name=name, _real=real: (asked.append(_name), _real(*given))[1])
    office.client.get(f"/training/api/v1/certificates/{code}")
    right, asked[:] = list(asked), []
    office.client.get("/training/api/v1/certificates/K7Q2-9DMX-4T3B-H8WZ")
    assert asked == right == ["application_by_certificate", "open_many", "get"]


def test_codes_can_be_tried_ten_times_a_minute_and_no_more(office: TrainingOffice) -> None:
    limited(office)
    statuses = [office.client.get("/training/api/v1/certificates/K7Q2-9DMX-4T3B-H8WZ").status_code for _ in range(12)]
    assert statuses == [404] * 10 + [429] * 2
    assert office.visitor().get(HOME).status_code == 200
    office.move(minutes=2)
    assert office.client.get("/training/api/v1/certificates/K7Q2").status_code == 404


def test_a_request_for_a_link_gets_the_same_answer_with_and_without_an_application(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    visitor = office.visitor()
    answers = []
    for email in (" Hoa@Lotus.example", "nobody@else.example"):
        answer = visitor.send(visitor.form("/training/application", "/training/application"), email=email.strip())
        answers.append((answer.status_code, answer.headers["Location"]))
    assert answers[0] == answers[1] == (303, "/training/application")
    assert "If we have an application with this address" in text(visitor, "/training/application")
    assert "application.link_asked" not in office.published(id_)
    office.run(links.send_links)
    assert office.published(id_).count("application.link_asked") == 1
    office.deps.store.links.add_request(office.stored(id_)["mail"], office.now)
    office.run(links.send_links)  # a moment later: the mail is on its way already
    assert office.published(id_).count("application.link_asked") == 1
    assert office.database.link_requests.count_documents({}) == 0


def test_links_can_be_requested_five_times_a_minute_and_no_more(office: TrainingOffice) -> None:
    limited(office)
    visitor = office.visitor()
    form = visitor.form("/training/application", "/training/application")
    answers = [visitor.send(form, email="a@b.example") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    office.move(minutes=2)
    held = form_to(answers[-1].text, "/training/application")  # the form was held, and goes as it was
    assert held.values()["email"] == "a@b.example"
    assert visitor.send(held).status_code == 303


def test_a_wrong_or_expired_link_shows_the_same_page(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    visitor, here = office.applicant(id_), here_of(office, id_)
    form = visitor.form(f"{here}?step=you", f"{here}/you")
    wrong = visitor.get("/training/application/AAAA")
    office.move(days=401)
    old = visitor.get(here)
    assert wrong.status_code == old.status_code == 404
    assert "/training/application" in old.text and "This link does not work" in old.text
    assert _plain(wrong.text, "/AAAA") == _plain(old.text, here)
    assert visitor.send(form).status_code == 404
    assert visitor.get(f"{here}/withdraw").status_code == 404


def test_a_closed_or_unpublished_programme_takes_no_application(office: TrainingOffice) -> None:
    draft, over = office.programme(publish=False), office.programme(deadline="2026-11-25T00:00:00Z")
    visitor = office.visitor()
    path = f"{HOME}/{over['id']}/apply"
    form = visitor.form(path, path)
    office.move(days=3)
    assert visitor.get(f"{HOME}/{draft['id']}").status_code == 404
    assert visitor.get(f"{HOME}/{draft['id']}/apply").status_code == 404
    answer = visitor.send(form, name="A", email="a@b.example", language="en")
    assert answer.status_code == 409 and "deadline" in answer.text
    answer = visitor.send(form, name="", email="nobody", language="en")
    assert answer.status_code == 409 and "deadline" in answer.text
    assert "Fill in this field" not in answer.text, "there is nothing to fill in any more"
    assert path not in text(visitor, f"{HOME}/{over['id']}")


@pytest.mark.parametrize(
    ("step", "typed"),
    [("you", {"email": "nobody"}), ("plan", {"first_day": "x"}), ("plan", {"last_day": "2027-02-30"})],
)
def test_a_form_that_cannot_be_saved_any_more_shows_no_faults_to_fix(
    office: TrainingOffice, step: str, typed: dict[str, str]
) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme())
    written(visitor, here, office)
    form = visitor.form(f"{here}?step={step}", f"{here}/{step}")
    assert visitor.send(form, **typed).status_code == 422
    assert visitor.send(form_to(text(visitor, f"{here}?step=send"), f"{here}/send")).status_code == 303
    answer = visitor.send(form, **typed)
    assert answer.status_code == 409 and 'class="errors"' in answer.text
    assert not [
        words
        for words in ("Fill in this field", "Expected", "Enter ", "Check 1 field", 'class="fault"')
        if words in answer.text
    ]


BORN, UNTIL, SINCE = "1985/3/9", "2030/4/30", "2018/4/1"


def test_each_day_field_has_an_example_of_its_kind(office: TrainingOffice) -> None:
    id_ = office.submitted(office.programme())
    here = f"/training/application/{links.token_for(office.deps, office.stored(id_), office.now)}"
    assert BORN in text(office.visitor(), f"{here}/known")
    page = text(office.visitor("training"), f"/training/applications/{id_}")
    assert SINCE in page and UNTIL in page
    body = {
        "name": "Spring",
        "programme_id": office.stored(id_)["programme_id"],
        "organization_id": office.organization(),
    }
    plan = {name: office.stored(id_)[name] for name in ("period_id", "first_day", "last_day")}
    group = office.done("POST", "/groups", body | plan)["id"]
    page = text(office.visitor("training"), f"/training/groups/{group}")
    assert BORN in page and UNTIL in page


def test_staff_who_go_abroad_find_every_missing_field(office: TrainingOffice) -> None:
    host = office.organization()
    programme = office.programme(kind="overseas", organization_id=host, department=None, country="DE")
    assert office.visitor().get(f"{HOME}/{programme['id']}").status_code == 404
    id_ = office.application(programme)
    here, visitor = here_of(office, id_), office.applicant(id_)
    page = text(visitor, f"{here}?step=send")
    assert "?step=plan#plan-risk_note" in page and "?step=you#you-emergency_contact-name" in page
    assert sent(visitor, here, "plan", "plan", risk_note="No warning in force.").status_code == 303
    assert "risk_note" not in text(visitor, f"{here}?step=send")


def test_an_erased_applicant_has_no_page(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    here = here_of(office, id_)
    office.database["keys"].delete_one({"_id": id_})
    assert office.visitor().get(here).status_code == 404


def test_an_application_of_the_office_helper_misses_no_answer(office: TrainingOffice) -> None:
    """What the office's own helper writes has nothing missing on the applicant's page."""
    id_ = office.application(office.programme(), **{name: WRITTEN[name] for name in ("motivation",)})
    assert "No answers are missing." in text(office.visitor(), f"{here_of(office, id_)}?step=send")


def test_staff_see_and_apply_for_internal_programmes(office):
    host = office.organization()
    abroad = office.programme(kind="overseas", department=None, organization_id=host, country="DE")
    address = f"/training/programmes/{abroad['id']}"
    outside, inside = office.visitor(), office.visitor("front_desk", account="01990000-0000-7000-8000-0000000000aa")
    assert outside.get(address).status_code == 404 and outside.get(f"{address}/apply").status_code == 404
    assert abroad["title"]["en"] not in outside.get("/training/programmes").text
    assert abroad["title"]["en"] in inside.get("/training/programmes").text
    assert "Germany" in inside.get(address).text
    form = inside.form(f"{address}/apply", f"{address}/apply")
    answer = inside.send(form, name="MORI Aya", email="mori@hospital.example", language="ja")
    assert answer.status_code == 303
    made = office.database.applications.find_one({"programme_id": abroad["id"]})
    assert (made["direction"], made["applicant_id"]) == ("out", "01990000-0000-7000-8000-0000000000aa")


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (None, "Fri 1 Jan 2027 00:00 (Japan Standard Time); Thu 31 Dec 2026 15:00 UTC"),
        ("Asia/Tokyo", "Fri 1 Jan 2027 00:00 (Japan Standard Time)"),
        ("Asia/Kathmandu", "Fri 1 Jan 2027 00:00 (Japan Standard Time); your time: Thu 31 Dec 2026 20:45 (GMT+05:45)"),
        ("nowhere/at-all", "Fri 1 Jan 2027 00:00 (Japan Standard Time); Thu 31 Dec 2026 15:00 UTC"),
    ],
)
def test_a_deadline_is_shown_in_a_zone_that_the_reader_can_convert(
    office: TrainingOffice, zone: str | None, told: str
) -> None:
    programme = office.programme()
    visitor = office.visitor()
    if zone:
        visitor.cookie("imc_zone", zone)
    for path in (HOME, f"{HOME}/{programme['id']}", f"{HOME}/{programme['id']}/apply"):
        assert f"<span data-times>{told}</span>" in text(visitor, path)
