"""Documents, and what the database holds of a person: a raw dump contains none of what was told."""

import io
import subprocess
import sys

import bson
import pytest

from services.intake.actions import day_close, exchange
from shared.command_context import CommandContext
from shared.documents.formats import DOCUMENT_BYTES
from tests.integration.intake_office import API, Office, referral
from tests.sample_files import PROGRAM, docx, pdf, script

PDF = pdf(Canary=b"CANARY-content")


@pytest.fixture
def office(mongo_url, database, tmp_path):
    return Office(mongo_url, database, tmp_path)


def attach(office, path, headers, content=PDF, name="letter.pdf", **fields):
    data = {"kind": "referral_letter"} | fields | {"file": (io.BytesIO(content), name)}
    return office.client.post(f"{API}{path}/documents", headers=headers, data=data, content_type="multipart/form-data")


def test_a_document_comes_in_sealed_and_goes_out_as_an_attachment(office):
    me, desk, case_id = office.as_agency(), office.as_desk(), office.refer()
    sent = attach(office, f"/referrals/{case_id}", me, name="../../紹介状 CANARY.pdf")
    assert sent.status_code == 201, sent.text
    assert set(sent.json) == {"id", "kind", "name", "media_type", "size", "sent_by", "time"}
    assert (sent.json["name"], sent.json["media_type"]) == ("紹介状 CANARY.pdf", "application/pdf")
    for path, headers in ((sent.headers["Location"], me), (f"{API}/cases/{case_id}/documents/{sent.json['id']}", desk)):
        read = office.client.get(path, headers=headers)
        assert read.status_code == 200 and read.data == PDF and read.mimetype == "application/pdf"
        assert read.headers["Content-Disposition"].startswith("attachment;")
        assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert office.published(case_id) == ["referral.received", "document.attached"]
    assert office.database["documents.files"].count_documents({}) == 1
    stored = b"".join(bytes(chunk["data"]) for chunk in office.database["documents.chunks"].find())
    assert b"CANARY" not in stored and len(stored) > len(PDF)
    assert "CANARY" not in str(office.database["documents.files"].find_one())
    assert office.get(f"/referrals/{case_id}/documents/{sent.json['id']}", office.as_agency(2)).status_code == 404


def test_an_agency_sees_a_document_of_ours_only_where_it_may(office):
    me, desk, case_id = office.as_agency(), office.as_desk(), office.refer()
    ours = attach(office, f"/cases/{case_id}", desk)
    theirs = attach(office, f"/cases/{case_id}", desk, visible_to="agency")
    assert ours.json["visible_to"] == ["us"] and theirs.json["visible_to"] == ["agency", "us"]
    assert [d["id"] for d in office.get(f"/referrals/{case_id}", me).json["documents"]] == [theirs.json["id"]]
    assert office.get(f"/referrals/{case_id}/documents/{ours.json['id']}", me).status_code == 404
    assert office.get(f"/referrals/{case_id}/documents/{theirs.json['id']}", me).status_code == 200
    assert len(office.get(f"/cases/{case_id}", desk).json["documents"]) == 2
    lines = [line["type"] for line in office.get(f"/referrals/{case_id}/timeline", me).json["items"]]
    assert lines == ["referral.received", "document.attached"]


def test_what_is_no_document(office):
    me, case_id = office.as_agency(), office.refer()
    path = f"/referrals/{case_id}"
    assert attach(office, path, me, PROGRAM, "scan.pdf").status_code == 415
    assert attach(office, path, me, b"", "empty.pdf").status_code == 415
    assert attach(office, path, me, kind="song").status_code == 422
    assert attach(office, path, me, visible_to="agency").status_code == 422
    assert attach(office, f"/cases/{case_id}", office.as_desk(), visible_to="everybody").status_code == 422
    assert attach(office, path, me, PDF + b"\0" * DOCUMENT_BYTES).status_code == 413
    assert office.post(f"{path}/documents", me, {"kind": "other"}).status_code == 415
    assert attach(office, path, office.as_agency(2)).status_code == 404
    assert (
        office.published(case_id) == ["referral.received"]
        and office.database["documents.files"].count_documents({}) == 0
    )


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (PDF[:200], 422, "truncated"),
        (docx(more={"word/vbaProject.bin": b"x"}), 422, "macros"),
        (pdf(OpenAction=script()), 422, "scripts"),
        ("紹介状".encode("cp932"), 415, "encoding"),
        (PROGRAM, 415, "not_taken"),
        (b"", 415, "empty"),
    ],
)
def test_a_fault_of_a_file_has_a_stated_answer(office, content, status, reason):
    answer = attach(office, f"/referrals/{office.refer()}", office.as_agency(), content)
    assert (answer.status_code, answer.json["reason"]) == (status, reason) and answer.json["detail"].startswith("Exp")
    assert office.database["documents.files"].count_documents({}) == 0


def test_one_side_leaves_the_other_its_share(office, monkeypatch):
    me, desk, case_id = office.as_agency(), office.as_desk(), office.refer()
    monkeypatch.setattr(exchange, "MAX_DOCUMENTS", 2)
    monkeypatch.setattr(exchange, "MAX_MESSAGES", 2)
    for path, headers in ((f"/referrals/{case_id}", me), (f"/cases/{case_id}", desk)):
        assert [attach(office, path, headers).status_code for _ in range(3)] == [201, 201, 409]
        sent = [office.post(f"{path}/messages", headers, {"text": "x"}).status_code for _ in range(3)]
        assert sent == [201, 201, 409]


def test_a_share_of_messages_ends_by_size_too(office, monkeypatch):
    me, case_id = office.as_agency(), office.refer()
    monkeypatch.setattr(exchange, "MAX_MESSAGE_BYTES", 5000)
    sent = [office.post(f"/referrals/{case_id}/messages", me, {"text": "x" * 2000}).status_code for _ in range(3)]
    assert sent == [201, 201, 409]


def test_a_note_of_the_systems_own_takes_no_share(office):
    case_id, desk = office.refer(), office.as_desk()
    for command in ("review", "accept"):
        office.command(f"/cases/{case_id}/{command}")
    visit = office.command(f"/cases/{case_id}/visits", office.period() | {"department": "cardiology"})
    office.command(f"/visits/{visit['id']}/arrive")
    day_close.take_back_last(office.deps(), visit["id"], CommandContext(office.now, "account:co-1", "a slip"))
    noted = office.database["cases"].find_one({"_id": case_id})["messages"]
    assert [(one.get("code"), "sealed" in one) for one in noted] == [("by_mistake", False)]
    assert office.post(f"/cases/{case_id}/messages", desk, {"text": "x"}).status_code == 201


def test_a_document_altered_in_the_store_is_not_served(office):
    me, case_id = office.as_agency(), office.refer()
    sent = attach(office, f"/referrals/{case_id}", me)
    office.database["documents.chunks"].update_one({}, {"$set": {"data": b"x" * 500}})
    assert office.client.get(sent.headers["Location"], headers=me).status_code == 500


def test_a_repeated_upload_is_one_document(office):
    me, case_id = office.as_agency() | {"Idempotency-Key": "d-1"}, office.refer()
    first, again = attach(office, f"/referrals/{case_id}", me), attach(office, f"/referrals/{case_id}", me)
    assert first.json == again.json and again.headers["Idempotency-Replayed"] == "true"
    assert attach(office, f"/referrals/{case_id}", me, PDF + b"\n").status_code == 422
    assert office.database["documents.files"].count_documents({}) == 1
    other = {name: value for name, value in me.items() if name != "Idempotency-Key"} | {"If-Match": '"1"'}
    assert attach(office, f"/referrals/{case_id}", other).status_code == 412


def planted():
    """A referral with a canary in every field that tells something of a person."""
    return referral(
        patient={
            "name": {part: f"CANARY-{part}" for part in ("latin", "native", "kana", "preferred", "family", "given")},
            "birth_date": "1961-04-02",
            "sex": "male",
            "nationality": "TH",
            "residence": "medical_traveller",
            "passport": {"number": "CANARY-passport", "country": "TH", "expires": "2031-01-01"},
            "phone": "+66 81 999 7777",
            "email": "canary@example.org",
            "address": "CANARY-street",
            "emergency_contact": {"name": "CANARY-wife", "relation": "CANARY-relation", "phone": "+66 81 999 7778"},
            "allergies": "CANARY-allergy",
        },
        needs={
            "interpreter": {"provided_by": "family", "waiver": {"who": "CANARY-son", "why": "CANARY-why"}},
            "diet": "CANARY-diet",
            "religion": "CANARY-religion",
            "prayer": "CANARY-prayer",
            "access": "CANARY-access",
        },
        request={
            "department": "cardiology",
            "reason": "CANARY-reason",
            "clinical_summary": "CANARY-clinical",
            "urgency": "routine",
        },
        payer={"kind": "foreign_insurer", "company": "CANARY-insurer", "policy_number": "CANARY-policy"},
    )


CANARIES = [b"CANARY", b"canary@", b"1961-04-02", b"66 81 999", b"66819997777", b"66819997778"]


def test_a_dump_of_the_database_tells_nothing_of_a_person(office, caplog, capfd):
    me, desk = office.as_agency() | {"Idempotency-Key": "k-1"}, office.as_desk()
    case_id = office.post("/referrals", me, planted()).json["id"]
    office.post("/referrals", me, planted())
    keyed = desk | {"Idempotency-Key": "k-2"}
    office.post(f"/cases/{case_id}/review", keyed)
    office.post(f"/cases/{case_id}/request-information", desk, {"message": "CANARY-question"})
    office.post(f"/referrals/{case_id}/information", office.as_agency(), {"message": "CANARY-answer"})
    office.post(f"/cases/{case_id}/accept", keyed | {"Idempotency-Key": "k-3"}, {})
    waiver = {"provided_by": "family", "waiver": {"who": "CANARY-wife", "why": "CANARY-wish"}}
    visit = office.command(
        f"/cases/{case_id}/visits", office.period() | {"department": "cardiology", "interpreter": waiver}
    )
    assert visit["need"]["waiver"]["who"] == "CANARY-wife"
    office.command(f"/visits/{visit['id']}/arrive")
    office.command(f"/visits/{visit['id']}/correct", {"to": "booked", "reason": "CANARY-slip"})
    office.post(f"/cases/{case_id}/messages", keyed | {"Idempotency-Key": "k-4"}, {"text": "CANARY-text"})
    office.client.patch(f"{API}/cases/{case_id}", headers=desk, json={"patient": {"address": "CANARY-new-street"}})
    office.command(f"/cases/{case_id}/cancel", {"reason": "other"})
    office.command(f"/cases/{case_id}/reopen", {"reason": "CANARY-reopened"})
    body = {name: value for name, value in planted().items() if name != "agency_reference"}
    walk_in = office.post("/cases", desk | {"Idempotency-Key": "k-5"}, body | {"visit": {"department": "cardiology"}})
    assert walk_in.status_code == 201, walk_in.text
    attach(office, f"/cases/{case_id}", desk, name="CANARY.pdf")
    office.post("/referrals", office.as_agency(), planted() | {"CANARY-field-value": 1})

    shown = office.get(f"/cases/{case_id}", desk).text
    assert shown.count("CANARY") > 20, "the desk reads what was told"
    dump = b"".join(
        bson.encode(document)
        for name in office.database.list_collection_names()
        for document in office.database[name].find()
    )
    assert len(dump) > 10_000
    for canary in CANARIES:
        assert canary not in dump, dump[max(0, dump.index(canary) - 200) : dump.index(canary) + 50]
    logged = caplog.text + "".join(capfd.readouterr())
    for canary in CANARIES:
        assert canary.decode() not in logged


def test_without_its_key_a_case_shows_no_person_and_lists_go_on(office):
    one, two = office.refer(agency_reference="one"), office.refer(agency_reference="two")
    office.database["keys"].delete_one({"_id": one})
    items = office.get("/cases", office.as_desk()).json["items"]
    assert [bool(row["patient"]) for row in items] == [True, False] and items[1]["id"] == one
    assert office.get(f"/cases/{two}", office.as_desk()).json["patient"]["sex"] == "male"
    assert office.get(f"/cases/{one}", office.as_desk()).json["patient"] == {}


def test_a_block_moved_to_another_case_does_not_open(office):
    one, two = office.refer(agency_reference="one"), office.refer(agency_reference="two")
    stolen = office.database["cases"].find_one({"_id": one})["sealed"]
    office.database["cases"].update_one({"_id": two}, {"$set": {"sealed": stolen}})
    answer = office.get(f"/cases/{two}", office.as_desk())
    assert answer.status_code == 500 and "SOMCHAI" not in answer.text


def test_nothing_of_the_big_tables_is_loaded_by_the_worker():
    code = "import sys, services.intake.worker; print([m for m in ('pycountry', 'phonenumbers', 'flask', 'marshmallow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
