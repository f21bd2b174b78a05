"""What the desk calls: both state tables over HTTP, walk-ins, patients, edits, and what each role sees."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.intake.rules.tables import CASE_STATES
from shared.events.interpreting import BookingConfirmed, BookingReleased, BookingRequested
from shared.events.notify import NotificationDead, NotificationDelivered
from tests.etags import version
from tests.integration.intake_office import Office, referral


@pytest.fixture
def office(mongo_url, database, tmp_path):
    return Office(mongo_url, database, tmp_path)


def in_state(office, state):
    """A case brought to a state by commands alone; with the id of its visit where it has one."""
    case_id, visit_id = office.refer(), None
    if state == "received":
        return case_id, visit_id
    if state == "cancelled":
        office.command(f"/cases/{case_id}/cancel", {"reason": "travel"})
        return case_id, visit_id
    if state == "declined":
        office.command(f"/cases/{case_id}/decline", {"reason": "no_capacity", "message": "We are sorry."})
        return case_id, visit_id
    office.command(f"/cases/{case_id}/review")
    if state == "awaiting_information":
        office.command(f"/cases/{case_id}/request-information", {"message": "More, please."})
    if state in ("accepted", "scheduled", "in_care", "completed"):
        office.command(f"/cases/{case_id}/accept")
    if state in ("scheduled", "in_care", "completed"):
        visit_id = office.visit(case_id)
    if state in ("in_care", "completed"):
        office.command(f"/visits/{visit_id}/arrive")
    if state == "completed":
        office.command(f"/cases/{case_id}/complete", {"outcome": "treated"})
    return case_id, visit_id


COMMANDS = {
    "review": (None, {"received": "in_review"}),
    "accept": ({}, {"in_review": "accepted"}),
    "decline": ({"reason": "other"}, dict.fromkeys(("received", "in_review", "awaiting_information"), "declined")),
    "request-information": ({"message": "x"}, {"in_review": "awaiting_information"}),
    "record-information": ({"message": "x"}, {"awaiting_information": "in_review"}),
    "cancel": (
        {"reason": "other"},
        dict.fromkeys(("received", "in_review", "awaiting_information", "accepted", "scheduled"), "cancelled"),
    ),
    "refuse-cancellation": ({"message": "x"}, {}),
    "complete": ({"outcome": "treated"}, {"in_care": "completed"}),
    "reopen": ({"reason": "x"}, {"declined": "in_review", "cancelled": "in_review", "completed": "in_care"}),
    "visits": (..., {"accepted": "scheduled", "scheduled": "scheduled", "in_care": "in_care"}),
}


def test_every_state_and_every_command_of_a_case(office):
    desk = office.as_desk()
    for state in CASE_STATES:
        case_id, _ = in_state(office, state)
        for command, (body, drawn) in COMMANDS.items():
            if state in drawn:
                case_id, _ = in_state(office, state)
            said = office.published(case_id)
            body = office.period() | {"department": "cardiology"} if body is ... else body
            answer = office.post(f"/cases/{case_id}/{command}", desk, body)
            now = office.get(f"/cases/{case_id}", desk).json
            if state in drawn:
                assert answer.status_code in (200, 201), (state, command, answer.text)
                assert now["status"] == drawn[state], (state, command)
                assert len(office.published(case_id)) > len(said)
                case_id, _ = in_state(office, state)
                continue
            assert answer.status_code == 409, (state, command, answer.text)
            assert set(answer.json["allowed"]) == {name for name, (_, moves) in COMMANDS.items() if state in moves}
            assert now["status"] == state and office.published(case_id) == said, "a refused move changes nothing"


VISITS = {
    "booked": [],
    "arrived": ["arrive"],
    "left": ["arrive", "leave"],
    "completed": ["arrive", "complete"],
    "cancelled": ["cancel"],
    "no_show": ["no-show"],
}
MOVES = {
    "reschedule": {"booked": "booked"},
    "cancel": {"booked": "cancelled"},
    "arrive": {"booked": "arrived"},
    "no-show": {"booked": "no_show"},
    "leave": {"arrived": "left"},
    "complete": {"arrived": "completed"},
    "correct:booked": {"arrived": "booked", "cancelled": "booked"},
    "correct:arrived": {"no_show": "arrived", "completed": "arrived", "left": "arrived"},
    "correct:left": {},
}


def on_visit(office, visit_id, name):
    command, _, to = name.partition(":")
    body = {"correct": {"to": to, "reason": "a slip"}, "cancel": {"reason": "medical"}, "reschedule": office.period(48)}
    return office.post(f"/visits/{visit_id}/{command}", office.as_desk(), body.get(command))


def test_every_state_and_every_command_of_a_visit(office):
    for state, way in VISITS.items():
        for command, drawn in MOVES.items():
            case_id = office.accepted()
            visit_id = office.visit(case_id)
            for step in way:
                assert on_visit(office, visit_id, step).status_code == 200
            answer = on_visit(office, visit_id, command)
            visit = office.get(f"/visits/{visit_id}", office.as_desk()).json
            if state in drawn:
                assert answer.status_code == 200, (state, command, answer.text)
                assert answer.json == visit and visit["status"] == drawn[state], (state, command)
                arrived = visit["status"] in ("arrived", "left", "completed")
                expected = "in_care" if arrived else "scheduled" if visit["status"] == "booked" else "accepted"
                assert visit["case_status"] == expected
            else:
                assert answer.status_code == 409, (state, command, answer.text)
                names = {name.partition(":")[0] for name, moves in MOVES.items() if state in moves}
                assert set(answer.json["allowed"]) == names and visit["status"] == state


def test_a_visit_travels_with_its_case_in_one_write(office):
    case_id = office.accepted()
    first, second = office.visit(case_id), office.visit(case_id, 48)
    office.command(f"/visits/{first}/reschedule", office.period(30) | {"wanted_by": "patient"})
    shown = office.get(f"/cases/{case_id}", office.as_desk()).json
    assert shown["visits"][0]["rescheduled"] == 1 and shown["next"]["by"] == shown["visits"][0]["start"]
    office.command(f"/visits/{first}/arrive")
    office.command(f"/cases/{case_id}/complete", {"outcome": "treated"})
    assert office.published(case_id)[3:] == [
        "visit.booked",
        "case.scheduled",
        "visit.booked",
        "visit.rescheduled",
        "visit.arrived",
        "case.care_started",
        "visit.cancelled",
        "case.completed",
    ]
    assert office.get(f"/visits/{second}", office.as_desk()).json["status"] == "cancelled"
    corrected = office.post(f"/visits/{second}/correct", office.as_desk(), {"to": "booked", "reason": "x"})
    assert corrected.status_code == 409 and corrected.json["allowed"] == []


def test_what_a_visit_needs(office):
    case_id, desk = office.accepted(), office.as_desk()
    path, good = f"/cases/{case_id}/visits", office.period() | {"department": "cardiology"}
    for odd, pointer in [
        ({"department": "undecided"}, "#/department"),
        ({"department": "closed_ward"}, "#/department"),
        ({"start": "2026-11-24T09:00:00"}, "#/start"),
        ({"start": "9999-12-31T23:59:59-23:59"}, "#/start"),
        ({"start": good["end"]}, "#/end"),
        ({"end": "2026-11-30T09:00:00+09:00"}, "#/end"),
        ({"modality": "carrier_pigeon"}, "#/modality"),
        ({"interpreter": {"provided_by": "family"}}, "#/interpreter/waiver"),
        ({"status": "arrived"}, "#/status"),
    ]:
        answer = office.post(path, desk, good | odd)
        assert answer.status_code == 422, (odd, answer.text)
        assert pointer in {error["pointer"] for error in answer.json["errors"]}, (odd, answer.text)
    made = office.post(path, desk, good | {"place": "Building 2", "modality": "video"})
    assert made.status_code == 201 and office.client.get(made.headers["Location"], headers=desk).json == made.json


def test_a_walk_in_is_one_act(office):
    body = {name: value for name, value in referral().items() if name != "agency_reference"}
    made = office.post("/cases", office.as_desk(), body | {"visit": {"department": "cardiology", "minutes": 45}})
    assert made.status_code == 201, made.text
    assert (made.json["status"], made.json["channel"]) == ("in_care", "walk_in")
    (visit,) = made.json["visits"]
    assert visit["status"] == "arrived" and visit["on_demand"] and visit["interpreter"]["status"] == "requested"
    record = office.database["cases"].find_one({"_id": made.json["id"]})
    assert record["visits"][0]["start"] == office.now
    assert record["visits"][0]["end"] == office.now + timedelta(minutes=45)
    assert office.published(made.json["id"]) == ["case.registered", "visit.booked", "visit.arrived"]
    booked = record["outbox"][1]["data"]
    assert booked["on_demand"] is True and booked["visit_status"] == "booked" and booked["status"] == "in_care"
    assert booked["interpreter"] == {"required": True} and booked["languages"] == [{"tag": "th", "level": "native"}]
    patient = office.get(f"/patients/{made.json['patient_id']}", office.as_desk())
    assert patient.status_code == 200 and patient.json["person"]["name"] == {"latin": "SOMCHAI Jaidee"}
    assert office.client.get(made.headers["Location"], headers=office.as_desk()).json["patient"]["sex"] == "male"


def test_what_the_desk_may_leave_open(office):
    desk = office.as_desk()
    body = {"patient": {"name": {"kana": "ヤマダ"}}, "languages": [{"tag": "vi"}], "request": {"reason": "fever"}}
    made = office.post("/cases", desk, body)
    assert made.status_code == 201 and (made.json["status"], made.json["channel"]) == ("received", "phone_or_mail")
    shown = office.get(f"/cases/{made.json['id']}", desk).json
    assert shown["patient"]["birth_date"] == "unknown" and shown["request"]["department"] == "undecided"
    assert office.published(made.json["id"]) == ["case.registered"]
    ambulance = body | {"channel": "ambulance", "visit": {"department": "cardiology"}}
    assert office.post("/cases", desk, ambulance).json["channel"] == "ambulance"
    for odd in (
        {"channel": "agency"},
        {"channel": "walk_in"},
        {"agency_reference": "x"},
        {"visit": {"department": "nowhere"}},
        {"visit": {"department": "cardiology", "minutes": 1.5}},
        {"visit": {"department": "cardiology", "minutes": True}},
        {"patient_id": "nobody"},
        {"patient": {"name": {}}},
    ):
        assert office.post("/cases", desk, body | odd).status_code == 422, odd
    assert office.database["cases"].count_documents({}) == 2


def test_accepting_makes_or_links_a_patient(office):
    desk = office.as_desk()
    first = office.refer(agency_reference="one", needs={"interpreter": {"gender_wish": "female"}, "diet": "halal"})
    office.command(f"/cases/{first}/review")
    shown = office.command(f"/cases/{first}/accept")
    patient = office.get(f"/patients/{shown['patient_id']}", desk).json
    assert patient["person"]["birth_date"] == "1961-04-02" and patient["needs"]["diet"] == "halal"
    assert "patient_id" not in office.get(f"/referrals/{first}", office.as_agency()).json
    record = office.database["patients"].find_one()
    assert [e["type"] for e in record["outbox"]] == ["intake.patient.registered.v1"]
    assert record["outbox"][0]["correlationid"] == first

    second = office.refer(agency_reference="two")
    office.command(f"/cases/{second}/review")
    assert office.post(f"/cases/{second}/accept", desk, {"patient_id": "nobody"}).status_code == 422
    assert office.command(f"/cases/{second}/accept", {"patient_id": patient["id"]})["patient_id"] == patient["id"]
    assert office.database["patients"].count_documents({}) == 1
    visit = office.command(f"/cases/{second}/visits", office.period() | {"department": "cardiology"})
    assert visit["need"] == {"required": True, "provided_by": "hospital", "gender_wish": "female"}, "the patient's wish"
    office.command(f"/cases/{second}/cancel", {"reason": "other"})
    office.command(f"/cases/{second}/reopen", {"reason": "after all"})
    assert office.command(f"/cases/{second}/accept")["patient_id"] == patient["id"], "linked stays linked"


def test_editing(office):
    desk, case_id = office.as_desk(), office.accepted(patient=referral()["patient"] | {"email": "s@example.org"})
    visit_id = office.visit(case_id)
    body = {
        "patient": {"sex": "female", "email": None},
        "languages": [{"tag": "ja", "level": "daily"}],
        "request": {"urgency": "urgent"},
    }
    answer = office.client.patch(f"/intake/api/v1/cases/{case_id}", headers=desk, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json["patient"] == referral()["patient"] | {"sex": "female"}
    assert answer.json["request"] == referral()["request"] | {"urgency": "urgent"}
    assert office.published(case_id)[-2:] == ["case.updated", "visit.updated"]
    updated, visit = office.database["cases"].find_one({"_id": case_id})["outbox"][-2:]
    assert updated["data"]["fields"] == ["languages", "patient.email", "patient.sex", "request.urgency"]
    assert set(visit["data"]["fields"]) == {"languages", "interpreter", "urgency"}
    assert office.get(f"/visits/{visit_id}", desk).json["interpreter"]["status"] == "not_needed"
    for odd in (
        {},
        {"patient": {"name": {}}},
        {"patient": {"sex": None}},
        {"request": {"reason": None}},
        {"status": "accepted"},
        {"languages": []},
    ):
        answer = office.client.patch(f"/intake/api/v1/cases/{case_id}", headers=desk, json=odd)
        assert answer.status_code == 422, (odd, answer.text)
    moved = office.client.patch(
        f"/intake/api/v1/visits/{visit_id}",
        headers=desk,
        json={"place": "Gate 3", "interpreter": {"required": True, "provided_by": "agency"}},
    )
    assert (
        moved.status_code == 200
        and moved.json["interpreter"]["status"] == "provided"
        and moved.json["place"] == "Gate 3"
    )


def test_versions_and_repeated_commands(office):
    desk, case_id = office.as_desk(), office.refer()
    path = f"/cases/{case_id}/review"
    assert office.post(path, desk | {"If-Match": '"7"'}).status_code == 412
    key = desk | {"If-Match": '"1"', "Idempotency-Key": "r-1"}
    first, again = office.post(path, key), office.post(path, key)
    assert first.status_code == again.status_code == 200 and first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true" and version(first) == 2
    assert office.post(path, desk).status_code == 409
    assert office.post(f"/cases/{case_id}/accept", key, {}).status_code == 422, "the same key for another request"
    accept = desk | {"Idempotency-Key": "a-1"}
    first, again = (
        office.post(f"/cases/{case_id}/accept", accept, {}),
        office.post(f"/cases/{case_id}/accept", accept, {}),
    )
    assert first.data == again.data and office.database["patients"].count_documents({}) == 1
    book = desk | {"Idempotency-Key": "v-1"}
    body = office.period() | {"department": "cardiology"}
    first, again = (office.post(f"/cases/{case_id}/visits", book, body) for _ in range(2))
    assert first.json["id"] == again.json["id"] and len(office.get(f"/cases/{case_id}", desk).json["visits"]) == 1


def booking(case_id, visit_id, status, **more):
    return {
        "booking_id": "b-1",
        "visit_id": visit_id,
        "case_id": case_id,
        "status": status,
        "start": "2026-11-25T00:00:00.000Z",
        "end": "2026-11-25T01:00:00.000Z",
        "language": "th",
    } | more


def test_what_others_did_stands_on_visit_and_timeline(office):
    desk, case_id = office.as_desk(), office.accepted()
    visit_id = office.visit(case_id)
    before = office.get(f"/cases/{case_id}", desk)
    office.now += timedelta(seconds=1)
    office.consume(BookingRequested(**booking(case_id, visit_id, "requested")), "b-1")
    aoi = {"interpreter_id": "i-1", "interpreter_name": "Aoi Sato"}
    office.consume(BookingConfirmed(**booking(case_id, visit_id, "confirmed", filled_by="automatic", **aoi)), "b-1")
    answer = office.get(f"/cases/{case_id}", desk)
    assert version(answer) == version(before), "a copy changes no version"
    assert answer.headers["ETag"] != before.headers["ETag"], "it is shown all the same"
    shown = answer.json["visits"][0]["interpreter"]
    assert shown == {"status": "confirmed", "booking_id": "b-1", "interpreter_id": "i-1", "name": "Aoi Sato"}
    about = {
        "event_id": "e",
        "event_type": "intake.visit.booked.v1",
        "recipient_kind": "agency",
        "recipient_id": "org-1",
        "case_id": case_id,
    }
    office.consume(NotificationDelivered(notification_id="n-1", channel="webhook", **about), "n-1")
    office.consume(NotificationDead(notification_id="n-2", channel="email", reason="rejected", **about), "n-2")
    lines = office.get(f"/cases/{case_id}/timeline", desk).json["items"]
    assert [line["type"] for line in lines] == [
        "referral.received",
        "case.review_started",
        "case.accepted",
        "visit.booked",
        "case.scheduled",
        "booking.requested",
        "booking.confirmed",
        "notification.delivered",
        "notification.dead",
    ]
    assert lines[6]["text"] == "Interpreter confirmed: Aoi Sato." and "visit.booked" in lines[7]["text"]
    theirs = office.get(f"/referrals/{case_id}/timeline", office.as_agency()).json["items"]
    assert "notification" not in str(theirs) and "Aoi" not in str(theirs) and "account:" not in str(theirs)
    office.consume(
        BookingReleased(**booking(case_id, visit_id, "requested", reason="given_back", released_interpreter_id="i-1")),
        "b-1",
    )
    assert office.get(f"/visits/{visit_id}", desk).json["interpreter"]["name"] is None
    assert office.get(f"/referrals/{case_id}", office.as_agency()).json["visits"][0]["interpreter"] == {
        "status": "requested"
    }


def keys_of(value, path=""):
    """Every name in an answer, as paths."""
    if isinstance(value, dict):
        return {p for name, below in value.items() for p in {f"{path}{name}", *keys_of(below, f"{path}{name}.")}}
    return {p for item in value for p in keys_of(item, path)} if isinstance(value, list) else set()


COMMON = [
    "id",
    "reference",
    "status",
    "next",
    "next.who",
    "next.what",
    "next.by",
    "agency_reference",
    "created_at",
    "updated_at",
    "channel",
    "cancellation",
    "closing",
    "languages",
    "languages.tag",
    "languages.level",
    "patient",
    "patient.name",
    "patient.name.latin",
    "patient.birth_date",
    "patient.sex",
    "patient.nationality",
    "needs",
    "needs.interpreter",
    "needs.interpreter.gender_wish",
    "request",
    "request.department",
    "request.urgency",
    "payer",
    "payer.kind",
    "visits",
    "visits.id",
    "visits.status",
    "visits.kind",
    "visits.department",
    "visits.start",
    "visits.end",
    "visits.place",
    "visits.modality",
    "visits.rescheduled",
    "visits.interpreter",
    "visits.interpreter.status",
]
STAFF = [
    "organization_id",
    "patient_id",
    "visits.on_demand",
    "visits.interpreter.booking_id",
    "visits.interpreter.interpreter_id",
    "visits.interpreter.name",
    "visits.need",
    "visits.need.required",
    "visits.need.provided_by",
    "visits.need.gender_wish",
]
PERSONAL = [
    "patient.passport",
    "patient.passport.number",
    "patient.passport.country",
    "patient.phone",
    "patient.phone.typed",
    "patient.phone.e164",
    "patient.email",
    "patient.allergies",
    "needs.diet",
    "request.reason",
    "request.clinical_summary",
    "payer.company",
    "messages",
    "messages.id",
    "messages.kind",
    "messages.sent_by",
    "messages.time",
    "messages.text",
    "documents",
]


def test_what_each_role_sees_is_golden(office):
    person = referral()["patient"] | {
        "passport": {"number": "AA1", "country": "TH"},
        "phone": "+66 2 123 4567",
        "email": "s@example.org",
        "allergies": "penicillin",
    }
    request = referral()["request"] | {"clinical_summary": "EF 35 %"}
    needs = {"diet": "halal", "interpreter": {"gender_wish": "male"}}
    case_id = office.accepted(
        patient=person, request=request, needs=needs, payer={"kind": "foreign_insurer", "company": "AXA"}
    )
    office.visit(case_id)
    office.command(f"/cases/{case_id}/messages", {"text": "hello"})
    agency, desk, coordinator = office.as_agency(), office.as_desk(), office.as_staff("coordinator")
    sees = {
        "agency": keys_of(office.get(f"/referrals/{case_id}", agency).json),
        "desk": keys_of(office.get(f"/cases/{case_id}", desk).json),
        "admin": keys_of(office.get(f"/cases/{case_id}", office.as_staff("admin")).json),
        "coordinator": keys_of(office.get(f"/cases/{case_id}", coordinator).json),
    }
    assert sees["agency"] == {*COMMON, *PERSONAL, "same_agency_reference_as"}
    assert sees["desk"] == {*COMMON, *PERSONAL, *STAFF} == sees["admin"]
    assert sees["coordinator"] == {*COMMON, *STAFF}
    listed = office.get("/cases", coordinator).json["items"]
    assert keys_of(listed) == sees["coordinator"]
    for secret in ("EF 35", "penicillin", "aortic", "halal", "AA1", "hello", "AXA", "example.org"):
        assert secret not in str(listed)
    assert office.get(f"/cases/{case_id}/timeline", coordinator).status_code == 200
    for path in (f"/patients/{case_id}", f"/cases/{case_id}/messages/x", f"/cases/{case_id}/documents/x", "/visits/x"):
        assert office.get(path, coordinator).status_code == 403
    assert office.post(f"/cases/{case_id}/cancel", coordinator, {"reason": "other"}).status_code == 403
    for role in ("interpreter", "training", "agency"):
        assert office.get("/cases", office.as_staff(role)).status_code == 403
    assert office.database["audit"].count_documents({"actor": "account:acc-1"}) == 1, "the admin's call"


def test_lists_of_the_desk(office):
    desk = office.as_desk()
    one, two = office.refer(agency_reference="one"), office.refer(number=2, agency_reference="two")
    office.command(f"/cases/{two}/review")
    reference = office.get(f"/cases/{one}", desk).json["reference"]

    def ids(query):
        return [row["id"] for row in office.get(f"/cases?{query}", desk).json["items"]]

    assert ids("") == [two, one] and ids("status=received") == [one] and ids("organization_id=org-2") == [two]
    assert ids(f"reference={reference}") == [one] and ids("agency_reference=two") == [two]
    assert ids("updated_since=2026-01-01T00:00:00Z") == [one, two] and ids("status=declined") == []
    for odd in (
        "status=open",
        "limit=0",
        "limit=201",
        "cursor=abc",
        "x=1",
        "status=received&status=declined",
        "updated_since=now",
    ):
        assert office.get(f"/cases?{odd}", desk).status_code == 422, odd


def test_eight_accept_at_once_and_one_patient_comes_of_it(office):
    case_id = office.refer()
    office.command(f"/cases/{case_id}/review")
    desk = office.as_desk()
    path = f"/intake/api/v1/cases/{case_id}/accept"
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: office.app.test_client().post(path, headers=desk, json={}).status_code, range(8))
        )
    assert answers.count(200) == 1 and set(answers) <= {200, 409, 503}, answers
    assert office.database["patients"].count_documents({}) == 1
    assert office.published(case_id) == ["referral.received", "case.review_started", "case.accepted"]


def test_no_message_is_lost_where_eight_write_at_once(office):
    case_id, desk = office.refer(), office.as_desk()
    path = f"/intake/api/v1/cases/{case_id}/messages"
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: office.app.test_client().post(path, headers=desk, json={"text": f"no {n}"}), range(16))
        )
    taken = {answer.json["text"] for answer in answers if answer.status_code == 201}
    assert {answer.status_code for answer in answers} <= {201, 503} and taken
    assert {m["text"] for m in office.get(f"/cases/{case_id}", desk).json["messages"]} == taken
