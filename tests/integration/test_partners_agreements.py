"""Agreements over the real app and a real MongoDB: from draft to end, in the calendar's time, with their scans, and what is refused."""

import io
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

import services.partners.worker
from services.accounts.rules.accounts import ROLES
from services.partners.actions.agreement_calendar import ACTOR, follow_calendar
from services.partners.actions.organizations import activate as activate_organization
from services.partners.actions.organizations import close, register_organization, suspend
from shared.ids import is_reference, new_id
from shared.mongo import declare_indexes
from shared.service_indexes import INDEXES as SERVICE_INDEXES
from tests.etags import version
from tests.integration.signing_in import Partners, own_database
from tests.sample_files import PDF, PNG, PROGRAM, docx

NOT_THERE = "01890000-0000-7000-8000-000000000001"
HERE = "/agreements"
TITLE = {"en": "Exchange of doctors", "ja": "医師の交流"}
OURS = {"side": "ours", "name": "YAMADA Hanako", "title": "Director"}
THEIRS = {"side": "theirs", "name": "Dr Somsri", "title": "Dean", "signed_on": "2026-11-20"}
SIGNED = {"signatories": [OURS, THEIRS], "signed_on": "2026-11-22"}


class Office(Partners):
    """Partners with a member of the department; today is 23 November 2026."""

    def organization(self, name: str = "") -> str:
        made = register_organization(self.deps, name or f"University {new_id()}", self.context(), ["university"])
        return str(made["_id"])

    def ask(self, method: str, path: str = "", body: Any = None, **more: str) -> TestResponse:
        return self.call(method, f"{HERE}{path}", self.staff("partners"), body, **more)

    def terms(self, **other: Any) -> dict[str, Any]:
        """A contract of three years that began in April 2024."""
        usual = {"kind": "contract", "title": TITLE, "scopes": ["training"], "term": "fixed"}
        days = {"starts": "2024-04-01", "ends": "2027-03-31"}
        return (
            usual | days | ({} if "organization_ids" in other else {"organization_ids": [self.organization()]}) | other
        )

    def draft(self, **other: Any) -> dict[str, Any]:
        made = self.ask("POST", "", self.terms(**other))
        assert made.status_code == 201, made.text
        return dict(made.json)

    def command(self, agreement_id: str, command: str, body: Any = None) -> dict[str, Any]:
        answer = self.ask("POST", f"/{agreement_id}/{command}", body)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json)

    def signed(self, **other: Any) -> str:
        made = self.draft(**other)["id"]
        self.command(made, "submit")
        self.command(made, "sign", SIGNED)
        return str(made)

    def active(self, **other: Any) -> str:
        made = self.signed(**other)
        self.command(made, "activate")
        return made

    def on(self, day: str) -> int:
        """Noon of that day in Tokyo, and the calendar followed."""
        self.clock.now = datetime.fromisoformat(f"{day}T03:00:00+00:00")
        return follow_calendar(self.deps, self.clock())

    def read(self, agreement_id: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"/{agreement_id}").json)

    def types(self, agreement_id: str) -> list[str]:
        events = self.published(agreement_id, "agreements")
        return [event["type"].removeprefix("partners.agreement.").removesuffix(".v1") for event in events]

    def last(self, agreement_id: str) -> dict[str, Any]:
        return dict(self.published(agreement_id, "agreements")[-1]["data"])

    def reminders(self, agreement_id: str) -> list[tuple[str, int]]:
        """The reminders sent, with the days left."""
        events = self.published(agreement_id, "agreements")
        reminders = [event["data"] for event in events if event["type"] == "partners.agreement.expiring.v1"]
        return [(reminder["mark"], reminder["days_left"]) for reminder in reminders]

    def scan(self, agreement_id: str, content: bytes, name: str = "signed.pdf", **more: str) -> TestResponse:
        return self.app.test_client().post(
            f"/partners/api/v1{HERE}/{agreement_id}/scan",
            data={"file": (io.BytesIO(content), name)},
            headers={**self.staff("partners"), **more},
        )


@pytest.fixture
def office(mongo_url: str, database: Database, tmp_path: Path) -> Office:
    return Office(mongo_url, database, tmp_path)


@pytest.fixture(scope="module")
def standing(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One for all the tests that only look at what is refused."""
    with own_database(mongo_url) as database:
        yield Office(mongo_url, database, tmp_path_factory.mktemp("partners"))


def pointers(answer: TestResponse) -> set[str]:
    assert answer.status_code == 422, answer.text
    assert answer.mimetype == "application/problem+json"
    return {error["pointer"] for error in answer.json["errors"]}


# -- from draft to active


def test_an_agreement_moves_through_its_states_and_publishes_events(office: Office) -> None:
    made = office.ask("POST", "", office.terms(notice_months=3, quota=[{"direction": "in", "year": 2026, "people": 4}]))
    assert made.status_code == 201 and made.json["status"] == "draft" and made.json["notice_on"] == "2026-12-31"
    id_ = made.json["id"]
    assert made.headers["Location"] == f"/partners/api/v1/agreements/{id_}"
    assert made.json["reference"].startswith("A-26-") and is_reference(made.json["reference"])
    assert not made.json["in_force"] and made.json["days_left"] == 128
    refused = office.ask("POST", f"/{id_}/sign", SIGNED)
    assert refused.status_code == 409 and refused.json["allowed"] == ["abandon", "submit"]
    assert office.command(id_, "submit")["status"] == "in_review"
    signed = office.command(id_, "sign", SIGNED)
    assert signed["status"] == "signed" and signed["signed_on"] == "2026-11-22"
    assert [one["signed_on"] for one in signed["signatories"]] == ["2026-11-22", "2026-11-20"]
    active = office.command(id_, "activate")
    assert active["status"] == "active" and active["in_force"]
    assert office.types(id_) == ["drafted", "submitted", "signed", "activated"]
    events = office.published(id_, "agreements")
    assert [event["sequence"] for event in events] == [1, 2, 3, 4]
    assert {event["correlationid"] for event in events} == {id_}
    data = events[-1]["data"]
    assert data["reference"] == made.json["reference"] and data["status"] == "active" and data["title"] == TITLE
    assert data["quota"] == [{"direction": "in", "year": 2026, "people": 4}] and data["notice_on"] == "2026-12-31"
    assert "YAMADA" not in str(events) and "Somsri" not in str(events)


def test_an_abandoned_draft_is_final(office: Office) -> None:
    draft, reviewed = office.draft()["id"], office.draft()["id"]
    office.command(reviewed, "submit")
    for id_ in (draft, reviewed):
        gone = office.command(id_, "abandon", {"reason": "no money"})
        assert gone["status"] == "abandoned" and gone["status_reason"] == "no money"
        for command in ("submit", "abandon", "activate", "terminate", "renew", "give-notice", "sign"):
            body = {"abandon": {"reason": "x"}, "terminate": {"on": "2026-12-01", "reason": "x"}}.get(command)
            body = {"give-notice": {"on": "2026-11-01"}, "sign": SIGNED}.get(command, body)
            refused = office.ask("POST", f"/{id_}/{command}", body)
            assert refused.status_code == 409 and refused.json["allowed"] == [], command
        assert office.ask("PATCH", f"/{id_}", {"title": {"en": "x"}}).status_code == 409
        assert office.types(id_)[-1] == "abandoned"


def test_the_owner_is_the_drafter_or_a_member_of_staff(office: Office) -> None:
    office.database.people.insert_many(
        [
            {"_id": "a-1", "username": "sato", "roles": ["training"], "sequence": 1},
            {"_id": "a-2", "username": "agent", "roles": ["agency"], "sequence": 1},
        ]
    )
    own = office.draft()
    assert len(own["owner"]) == 36 and office.last(own["id"])["owner_id"] == own["owner"]
    for given in ("a-1", "sato", "Sato"):
        assert office.draft(owner=given)["owner"] == "a-1"
    for given in ("a-2", "agent", "nobody", "$ne"):
        assert pointers(office.ask("POST", "", office.terms(owner=given))) == {"#/owner"}
    changed = office.ask("PATCH", f"/{own['id']}", {"owner": "sato"})
    assert changed.json["owner"] == "a-1" and office.last(own["id"])["fields"] == ["owner"]
    assert office.ask("PATCH", f"/{own['id']}", {"owner": "a-1"}).headers["ETag"] == changed.headers["ETag"]


def test_terms_are_edited_at_the_version_that_was_read_until_they_are_signed(office: Office) -> None:
    id_, other = office.draft()["id"], office.organization()
    etag = office.ask("GET", f"/{id_}").headers["ETag"]
    edit = {"organization_ids": [other], "ends": "2028-03-31", "notice_months": 1, "kind": "mou"}
    changed = office.ask("PATCH", f"/{id_}", edit, **{"If-Match": etag})
    assert changed.status_code == 200 and changed.json["notice_on"] == "2028-02-29"
    assert set(office.last(id_)["fields"]) == set(edit)
    assert office.ask("PATCH", f"/{id_}", {"kind": "contract"}, **{"If-Match": etag}).status_code == 412
    assert office.ask("PATCH", f"/{id_}", edit).headers["ETag"] == changed.headers["ETag"], "nothing changed"
    assert pointers(office.ask("PATCH", f"/{id_}", {"ends": None, "renews_months": 3})) == {"#/ends", "#/renews_months"}
    office.command(id_, "submit")
    office.command(id_, "sign", SIGNED)
    refused = office.ask("PATCH", f"/{id_}", {"starts": "2024-05-01", "title": {"en": "New"}})
    assert refused.status_code == 409 and "starts" in refused.json["detail"]
    assert office.ask("PATCH", f"/{id_}", {"title": {"en": "New"}}).json["title"] == {"en": "New"}


def test_a_closed_partner_is_rejected_but_its_agreement_can_still_be_edited(office: Office) -> None:
    organization = office.organization()
    id_ = office.draft(organization_ids=[organization])["id"]
    activate_organization(office.deps, organization, office.context())
    suspend(office.deps, organization, "x", office.context())
    assert office.draft(organization_ids=[organization])
    close(office.deps, organization, "gone", office.context())
    wrong = office.terms(organization_ids=[office.organization(), organization, NOT_THERE])
    assert pointers(office.ask("POST", "", wrong)) == {"#/organization_ids/1", "#/organization_ids/2"}
    assert office.ask("PATCH", f"/{id_}", {"title": {"ja": "新"}}).status_code == 200


def test_an_annex_has_a_parent_agreement(office: Office) -> None:
    parent = office.active()
    annex = office.draft(kind="annex", parent_id=parent)
    assert annex["parent_id"] == parent and office.last(annex["id"])["parent_id"] == parent
    for wrong in (annex["id"], NOT_THERE):
        assert pointers(office.ask("POST", "", office.terms(kind="annex", parent_id=wrong))) == {"#/parent_id"}
    alone = office.draft(kind="accreditation", organization_ids=[], title={"en": "JMIP"})
    assert alone["organization_ids"] == []


# -- in the calendar's time


def test_a_signed_agreement_becomes_active_on_its_first_day_in_tokyo(office: Office) -> None:
    id_ = office.signed(starts="2026-12-01", ends="2028-11-30")
    early = office.ask("POST", f"/{id_}/activate")
    assert early.status_code == 409 and "2026-12-01" in early.json["detail"]
    office.clock.now = datetime(2026, 11, 30, 14, 59, tzinfo=UTC)
    assert follow_calendar(office.deps, office.clock()) == 0 and office.read(id_)["status"] == "signed"
    office.clock.now = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
    assert follow_calendar(office.deps, office.clock()) == 1 and office.read(id_)["status"] == "active"
    assert office.published(id_, "agreements")[-1]["actor"] == ACTOR
    assert follow_calendar(office.deps, office.clock()) == 0


def test_a_fixed_agreement_sends_its_reminders_and_expires_the_day_after_its_end(office: Office) -> None:
    id_ = office.active(ends="2027-12-31", notice_months=4)
    for day in ("2026-11-23", "2027-07-03", "2027-07-04", "2027-07-04", "2027-08-31", "2027-09-01", "2027-10-02", "2027-12-01", "2027-12-02", "2027-12-31"):  # fmt: skip
        office.on(day)
    assert office.reminders(id_) == [("180", 180), ("notice", 122), ("90", 90), ("30", 30)]
    assert office.read(id_)["status"] == "active" and office.read(id_)["in_force"]
    office.on("2028-01-01")
    assert office.read(id_)["status"] == "expired" and not office.read(id_)["in_force"]
    assert office.types(id_)[-1] == "expired" and office.last(id_)["status"] == "expired"
    office.on("2028-01-02")
    assert office.types(id_).count("expired") == 1
    refused = office.ask("POST", f"/{id_}/renew", {"ends": "2030-01-01"})
    assert refused.status_code == 409 and refused.json["allowed"] == []


def test_an_agreement_entered_late_sends_only_the_latest_reminder(office: Office) -> None:
    id_ = office.active(ends="2026-12-13", notice_months=3)
    office.on("2026-11-23")
    assert office.reminders(id_) == [("30", 20)]
    office.on("2026-12-13")
    assert office.reminders(id_) == [("30", 20)]
    over = office.active(ends="2026-11-01")
    office.on("2026-12-13")
    assert office.types(over) == ["drafted", "submitted", "signed", "activated", "expired"]


def test_a_changed_end_sends_reminders_again(office: Office) -> None:
    id_ = office.active(ends="2026-12-13")
    office.on("2026-11-23")
    office.ask("PATCH", f"/{id_}", {"ends": "2026-12-20"})
    office.on("2026-11-23")
    office.on("2026-11-24")
    assert office.reminders(id_) == [("30", 20), ("30", 27)]


def test_a_self_renewing_agreement_moves_its_end_and_stays_active(office: Office) -> None:
    id_ = office.active(term="self_renewing", renews_months=12, notice_months=3)
    office.on("2026-12-31")
    assert office.reminders(id_) == [("notice", 90)], "the notice date goes before the reminder of the same day"
    office.on("2027-04-01")
    moved = office.read(id_)
    assert (moved["status"], moved["ends"], moved["notice_on"]) == ("active", "2028-03-31", "2027-12-31")
    assert office.types(id_)[-1] == "renewed" and office.last(id_)["previous_ends"] == "2027-03-31"
    office.on("2027-10-03")
    assert office.reminders(id_)[-1] == ("180", 180), "rearmed"
    office.on("2031-05-01")
    assert office.read(id_)["ends"] == "2032-03-31" and office.types(id_).count("renewed") == 2


def test_notice_stops_the_renewal(office: Office) -> None:
    id_ = office.active(term="self_renewing", renews_months=12, notice_months=3)
    assert pointers(office.ask("POST", f"/{id_}/give-notice", {"on": "2026-11-24"})) == {"#/on"}
    given = office.command(id_, "give-notice", {"on": "2026-11-23"})
    assert given["notice_given_on"] == "2026-11-23" and office.types(id_)[-1] == "notice_given"
    assert office.last(id_)["notice_given_on"] == "2026-11-23"
    second = office.ask("POST", f"/{id_}/give-notice", {"on": "2026-11-23"})
    assert second.status_code == 409 and second.json["allowed"] == ["renew", "terminate"]
    office.on("2026-12-31")
    office.on("2027-04-01")
    assert office.read(id_)["status"] == "expired"
    assert [reminder for reminder, _ in office.reminders(id_)] == ["90"], "180 was passed, and notice is given"


def test_a_termination_takes_effect_at_once_or_on_its_day(office: Office) -> None:
    now, later = office.active(), office.active(term="self_renewing", renews_months=12)
    assert pointers(office.ask("POST", f"/{now}/terminate", {"on": "2024-03-31", "reason": "x"})) == {"#/on"}
    assert pointers(office.ask("POST", f"/{now}/terminate", {"on": "2027-04-01", "reason": "x"})) == {"#/on"}
    ended = office.command(now, "terminate", {"on": "2026-11-23", "reason": "unpaid"})
    assert (ended["status"], ended["status_reason"], ended["in_force"]) == ("terminated", "unpaid", False)
    assert office.types(now)[-1] == "terminated" and office.last(now)["reason"] == "unpaid"
    planned = office.command(later, "terminate", {"on": "2026-12-10", "reason": "moved"})
    assert (planned["status"], planned["terminates_on"], planned["status_reason"]) == ("active", "2026-12-10", None)
    assert office.types(later)[-1] == "termination_planned"
    office.command(later, "terminate", {"on": "2027-03-31", "reason": "agreed anew"})
    office.on("2027-03-30")
    assert office.read(later)["status"] == "active" and office.reminders(later) == []
    office.on("2027-04-02")
    gone = office.read(later)
    assert (gone["status"], gone["status_reason"], gone["ends"]) == ("terminated", "agreed anew", "2027-03-31")
    assert "renewed" not in office.types(later)


def test_a_successor_replaces_the_old_agreement_on_its_first_day(office: Office) -> None:
    old = office.active()
    successor = office.ask("POST", f"/{old}/renew", {"ends": "2030-03-31"})
    assert successor.status_code == 201 and successor.json["status"] == "draft"
    new = successor.json["id"]
    assert (successor.json["renews"], successor.json["starts"]) == (old, "2027-04-01")
    for same in ("kind", "title", "organization_ids", "scopes", "owner"):
        assert successor.json[same] == office.read(old)[same]
    assert office.ask("POST", f"/{old}/renew", {"ends": "2030-03-31"}).status_code == 409, "one successor at a time"
    office.command(new, "submit")
    office.command(new, "sign", SIGNED)
    office.on("2027-03-31")
    assert (office.read(old)["status"], office.read(new)["status"]) == ("active", "signed")
    office.on("2027-04-01")
    assert (office.read(old)["status"], office.read(new)["status"]) == ("renewed", "active")
    assert office.read(old)["renewed_by"] == new and office.last(old)["renewed_by"] == new
    assert office.types(old)[-1] == "renewed" and "expired" not in office.types(old)


def test_a_successor_after_a_gap_leaves_the_old_agreement_expired(office: Office) -> None:
    old = office.active()
    successor = office.ask("POST", f"/{old}/renew", {"starts": "2027-04-03", "ends": "2030-03-31"}).json["id"]
    office.command(successor, "submit")
    office.command(successor, "sign", SIGNED)
    office.on("2027-04-10")  # nothing ran meanwhile
    assert (office.read(old)["status"], office.read(successor)["status"]) == ("expired", "active")


def test_a_self_renewing_agreement_can_be_renewed_by_command(office: Office) -> None:
    old = office.active(term="self_renewing", renews_months=12)
    body, header = {"term": "fixed", "starts": "2026-11-01", "ends": "2030-03-31"}, office.staff("partners")
    first, second = (
        office.call("POST", f"{HERE}/{old}/renew", header, body, **{"Idempotency-Key": "once"}) for _ in range(2)
    )
    assert first.status_code == second.status_code == 201 and second.json == first.json
    assert (first.json["renews_months"], first.json["term"]) == (None, "fixed")
    new = first.json["id"]
    office.command(new, "submit")
    office.command(new, "sign", SIGNED)
    assert office.command(new, "activate")["status"] == "active"
    assert office.read(old)["status"] == "renewed"
    assert office.published(old, "agreements")[-1]["correlationid"] == old


def test_an_abandoned_successor_can_be_replaced(office: Office) -> None:
    old = office.active()
    first = office.ask("POST", f"/{old}/renew", {"ends": "2030-03-31"}).json["id"]
    office.command(first, "abandon", {"reason": "other terms"})
    second = office.ask("POST", f"/{old}/renew", {"term": "open_ended", "title": {"en": "For good"}})
    assert second.status_code == 201 and second.json["title"] == {"en": "For good"}
    assert pointers(office.ask("POST", f"/{office.active()}/renew", {})) == {"#/ends"}


def test_the_worker_follows_the_calendar(office: Office) -> None:
    id_ = office.active(ends="2026-12-13")
    declare_indexes(office.database, SERVICE_INDEXES)
    worker = services.partners.worker.create_worker(office.settings, office.clock)
    worker._timers.run_due()
    assert office.reminders(id_) == [("30", 20)]
    office.clock.now = datetime(2026, 12, 13, 15, 0, tzinfo=UTC)
    worker._timers.run_due()
    worker._timers.run_due()
    assert office.types(id_)[-2:] == ["expiring", "expired"]


def test_two_processes_follow_the_same_calendar_once(office: Office) -> None:
    ids = [office.active(ends="2026-12-13") for _ in range(5)]
    office.clock.now = datetime(2026, 12, 14, 3, 0, tzinfo=UTC)
    both = [threading.Thread(target=follow_calendar, args=(office.deps, office.clock())) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert {tuple(office.types(id_)[3:]) for id_ in ids} == {("activated", "expired")}


# -- the scan


def test_a_scan_is_stored_encrypted_and_identified_by_its_hash(office: Office) -> None:
    id_ = office.signed()
    assert office.ask("GET", f"/{id_}/scan").status_code == 404
    made = office.scan(id_, PDF, "../../契約書.pdf", **{"Idempotency-Key": "s"})
    assert made.status_code == 201 and made.json["sha256"] == sha256(PDF).hexdigest()
    assert (made.json["name"], made.json["size"]) == ("契約書.pdf", len(PDF))
    second = office.ask("GET", f"/{id_}")
    assert second.json["scan"] == made.json and version(second) == version(made)
    answer = office.call("GET", f"{HERE}/{id_}/scan", office.staff("training"))
    assert answer.data == PDF and answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment") and answer.headers["X-Content-Type-Options"] == "nosniff"  # fmt: skip
    assert office.last(id_)["sha256"] == made.json["sha256"] and office.types(id_)[-1] == "scan_attached"
    assert all(PDF[9:40] not in bytes(chunk["data"]) for chunk in office.database["documents.chunks"].find())


def test_a_scan_replaces_an_earlier_one_and_its_file_is_deleted(office: Office) -> None:
    id_ = office.signed()
    etag = office.scan(id_, PDF).headers["ETag"]
    other = office.scan(id_, PDF + b"%\n", **{"If-Match": etag})
    assert other.status_code == 201
    assert office.scan(id_, PDF, **{"If-Match": etag}).status_code == 412
    assert office.ask("GET", f"/{id_}/scan").data == PDF + b"%\n"
    assert office.database["documents.files"].count_documents({}) == 1


def test_a_repeated_upload_stores_one_scan(office: Office) -> None:
    id_, staff = office.signed(), office.staff("partners")

    def send() -> TestResponse:
        sent = {"file": (io.BytesIO(PDF), "a.pdf")}
        head = {**staff, "Idempotency-Key": "same"}
        return office.app.test_client().post(f"/partners/api/v1{HERE}/{id_}/scan", data=sent, headers=head)

    first, second = send(), send()
    assert second.json == first.json and second.headers["Idempotency-Replayed"] == "true"
    assert office.types(id_).count("scan_attached") == 1
    assert office.database["documents.files"].count_documents({}) == 1


@pytest.mark.parametrize(
    "content", [b"Dear colleague", b"\x89PNG\r\n\x1a\n" + b"0" * 50, PNG, docx(), PROGRAM, b"<html>%PDF"]
)
def test_a_scan_that_is_not_a_pdf_is_rejected(standing: Office, content: bytes) -> None:
    answer = standing.scan(standing.draft()["id"], content)
    assert answer.status_code == 415 and "PDF" in answer.json["detail"]


# -- lists, rights, refusals, races


def test_lists_have_filters_and_pages(office: Office) -> None:
    organization = office.organization()
    made = [office.draft(organization_ids=[organization], scopes=[scope])["id"] for scope in ("referral", "training", "training")]  # fmt: skip
    soon = office.active(ends="2026-12-13", organization_ids=[organization])
    ending = office.active(term="open_ended", ends=None, organization_ids=[organization])
    office.command(ending, "terminate", {"on": "2026-12-01", "reason": "x"})
    office.draft()

    def listed(query: str) -> list[str]:
        answer = office.ask("GET", f"?{query}")
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json["items"]]

    assert listed(f"organization_id={organization}") == [*made, soon, ending]
    assert listed(f"organization_id={organization}&scope=training&status=draft") == made[1:]
    assert listed("expiring_within_days=20") == [soon, ending] and listed("expiring_within_days=19") == [ending]
    assert listed("expiring_within_days=20&status=draft") == []
    first = office.ask("GET", f"?organization_id={organization}&limit=2")
    header = office.staff("partners")
    pages = [first.json["items"]]
    page = office.call("GET", f"{HERE}?organization_id={organization}&limit=2", header)
    while "Link" in page.headers:
        page = office.call("GET", page.headers["Link"].split(">")[0].split("/api/v1")[1], header)
        pages.append(page.json["items"])
    assert [row["id"] for rows in pages for row in rows] == [*made, soon, ending]
    for wrong in (
        "status=gone",
        "scope=all",
        "organization_id=x",
        "organization_id[$ne]=x",
        "expiring_within_days=-1",
        "q=1",
    ):
        assert office.ask("GET", f"?{wrong}").status_code == 422, wrong


def test_partners_change_agreements_training_reads_them_and_others_do_neither(standing: Office) -> None:
    id_ = standing.draft()["id"]
    _, key = standing.agency()
    for role in ROLES:
        read, wrote = {"partners": (200, 422), "admin": (200, 422), "training": (200, 403)}.get(role, (403, 403))
        header = standing.staff(role)
        for path in (HERE, f"{HERE}/{id_}"):
            assert standing.call("GET", path, header).status_code == read, role
        assert standing.call("POST", HERE, header, {"x": 1}).status_code == wrote, role
        assert standing.call("PATCH", f"{HERE}/{id_}", header, {"x": 1}).status_code == wrote, role
    assert standing.call("GET", HERE, key).status_code == 403
    assert standing.call("GET", HERE, None).status_code == 401


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"kind": "treaty", "term": "eternal", "scopes": ["all"]}, {"#/kind", "#/term", "#/scopes/0"}),
        ({"title": {}}, {"#/title"}),
        ({"title": {"fr": "x"}}, {"#/title/fr"}),
        ({"starts": "2026-02-30", "ends": "20270331"}, {"#/starts", "#/ends"}),
        ({"starts": {"$gt": ""}, "organization_ids": [{"$ne": 1}]}, {"#/starts", "#/organization_ids/0"}),
        ({"organization_ids": ["x"]}, {"#/organization_ids/0"}),
        ({"organization_ids": [NOT_THERE, NOT_THERE]}, {"#/organization_ids"}),
        ({"organization_ids": [NOT_THERE]}, {"#/organization_ids/0"}),
        ({"organization_ids": []}, {"#/organization_ids"}),
        ({"ends": "2024-03-31"}, {"#/ends"}),
        ({"kind": "annex"}, {"#/parent_id"}),
        ({"term": "self_renewing"}, {"#/renews_months"}),
        ({"term": "open_ended"}, {"#/ends"}),
        ({"renews_months": 0, "notice_months": 1.5}, {"#/renews_months", "#/notice_months"}),
        ({"quota": [{"direction": "up", "year": "2026", "people": -1}]}, {"#/quota/0/direction", "#/quota/0/year", "#/quota/0/people"}),
        ({"starts": "0001-01-01", "ends": "9999-12-31"}, {"#/starts", "#/ends"}),
        ({"status": "active", "reference": "A-26-00001-H", "reminders_sent": []}, {"#/status", "#/reference", "#/reminders_sent"}),
        ({"ends": None, "organization_ids": [NOT_THERE], "owner": "nobody"}, {"#/ends", "#/organization_ids/0", "#/owner"}),
    ],
)  # fmt: skip
def test_invalid_agreements_are_rejected(standing: Office, body: dict[str, Any], wrong: set[str]) -> None:
    before = standing.database.agreements.count_documents({})
    assert pointers(standing.ask("POST", "", standing.terms() | body)) == wrong
    assert standing.database.agreements.count_documents({}) == before


@pytest.mark.parametrize(
    ("command", "body", "wrong"),
    [
        ("sign", {}, {"#/signatories", "#/signed_on"}),
        ("sign", {"signatories": [], "signed_on": "2026-11-22"}, {"#/signatories"}),
        ("sign", {"signatories": [THEIRS], "signed_on": "2026-11-22"}, {"#/signatories"}),
        ("sign", SIGNED | {"signed_on": "2026-11-24"}, {"#/signed_on"}),
        ("terminate", {"on": "tomorrow"}, {"#/on", "#/reason"}),
        ("give-notice", {"on": 20261123}, {"#/on"}),
        ("abandon", {"reason": " "}, {"#/reason"}),
        ("renew", {"starts": None, "renews": "x"}, {"#/starts", "#/renews"}),
        ("submit", {"status": "active"}, {"#/status"}),
    ],
)
def test_invalid_commands_are_rejected(standing: Office, command: str, body: Any, wrong: set[str]) -> None:
    id_ = standing.draft()["id"]
    standing.command(id_, "submit")
    assert pointers(standing.ask("POST", f"/{id_}/{command}", body)) == wrong
    assert standing.read(id_)["status"] == "in_review"


def test_an_unknown_agreement_is_404(standing: Office) -> None:
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": {"en": "x"}}),
        ("POST", "/submit", None),
        ("POST", "/sign", SIGNED),
        ("POST", "/terminate", {"on": "2026-12-01", "reason": "x"}),
        ("POST", "/renew", {}),
        ("GET", "/scan", None),
    ):
        assert standing.ask(method, f"/{NOT_THERE}{path}", body).status_code == 404, path


def test_a_repeated_command_gets_the_first_response(office: Office) -> None:
    body, header = office.terms(), office.staff("partners")
    first, second = (office.call("POST", HERE, header, body, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert second.json == first.json and second.headers["Idempotency-Replayed"] == "true"
    assert office.database.agreements.count_documents({}) == 1
    other = office.call("POST", HERE, header, office.terms(), **{"Idempotency-Key": "k"})
    assert other.status_code == 422


def test_of_two_terminations_at_the_version_both_saw_one_wins(office: Office) -> None:
    id_ = office.active()
    etag = office.ask("GET", f"/{id_}").headers["ETag"]
    header, statuses = office.staff("partners"), list[int]()

    def end(on: str) -> None:
        body = {"on": on, "reason": on}
        path = f"{HERE}/{id_}/terminate"
        statuses.append(office.call("POST", path, header, body, **{"If-Match": etag}).status_code)

    both = [threading.Thread(target=end, args=(on,)) for on in ("2026-11-20", "2026-12-20", "2026-11-21", "2026-12-21")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(statuses) == [200, 412, 412, 412]
    assert len(office.types(id_)) == 5


def test_of_two_terminations_at_once_the_second_finds_it_ended(office: Office) -> None:
    id_, header, statuses = office.active(), office.staff("partners"), list[int]()

    def end() -> None:
        body = {"on": "2026-11-23", "reason": "x"}
        statuses.append(office.call("POST", f"{HERE}/{id_}/terminate", header, body).status_code)

    both = [threading.Thread(target=end) for _ in range(4)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(statuses) == [200, 409, 409, 409] and office.types(id_).count("terminated") == 1


def test_of_two_successors_at_once_one_is_made(office: Office) -> None:
    id_, header, statuses = office.active(), office.staff("partners"), list[int]()

    def follow() -> None:
        statuses.append(office.call("POST", f"{HERE}/{id_}/renew", header, {"ends": "2030-03-31"}).status_code)

    both = [threading.Thread(target=follow) for _ in range(4)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(statuses) == [201, 409, 409, 409]
    assert office.database.agreements.count_documents({"renews": id_}) == 1


DRAWN = {
    "draft": {"draft", "in_review", "abandoned"},
    "in_review": {"in_review", "signed", "abandoned"},
    "signed": {"signed", "active"},
    "active": {"active", "expired", "renewed", "terminated"},
}


@pytest.mark.parametrize("seed", range(3))
def test_any_sequence_of_commands_publishes_only_allowed_moves(office: Office, seed: int) -> None:
    """Random commands on passing days; then every record is checked against all events it published."""
    chance = random.Random(seed)
    known = [office.draft(**terms)["id"] for terms in _some_terms()]
    for _ in range(120):
        id_, today = chance.choice(known), office.clock().date().isoformat()
        command, body = chance.choice(_everything(today, chance))
        answer = (
            office.ask("POST", f"/{id_}/{command}", body) if command != "edit" else office.ask("PATCH", f"/{id_}", body)
        )
        assert answer.status_code in (200, 201, 409, 422), answer.text
        if command == "renew" and answer.status_code == 201:
            known.append(answer.json["id"])
        if chance.random() < 0.3:
            office.clock.move(days=chance.randrange(1, 60))
            follow_calendar(office.deps, office.clock())
    follow_calendar(office.deps, office.clock())
    today = office.clock().date().isoformat()
    for id_ in known:
        events, record = office.published(id_, "agreements"), office.database.agreements.find_one({"_id": id_})
        statuses = [event["data"]["status"] for event in events]
        assert statuses[0] == "draft" and statuses[-1] == record["status"]
        assert all(after in DRAWN.get(was, ()) or was == after for was, after in pairwise(statuses))
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
        reminders = [(event["data"]["ends"], event["data"]["mark"]) for event in events if "mark" in event["data"]]
        assert len(set(reminders)) == len(reminders) or "updated" in office.types(id_), "each once for one end"
        if record["status"] == "active":
            assert record["ends"] is None or record["ends"] >= today
            assert record["terminates_on"] is None or record["terminates_on"] > today
            assert record["due_on"] is None or record["due_on"] > today
        elif record["status"] != "signed":
            assert record["due_on"] is None


def _some_terms() -> list[dict[str, Any]]:
    return [
        {"ends": "2027-06-30", "notice_months": 3},
        {"term": "self_renewing", "renews_months": 6, "notice_months": 2},
        {"term": "open_ended", "ends": None},
        {"starts": "2027-01-15", "ends": "2027-12-31"},
    ]


def _everything(today: str, chance: random.Random) -> list[tuple[str, Any]]:
    later = (datetime.fromisoformat(today) + timedelta(days=chance.randrange(-20, 90))).date().isoformat()
    return [
        *[("submit", None), ("sign", {"signatories": [OURS], "signed_on": today}), ("activate", None)] * 3,
        ("abandon", {"reason": "x"}),
        ("terminate", {"on": later, "reason": "x"}),
        ("give-notice", {"on": today}),
        ("renew", {"ends": "2029-12-31", "term": "fixed"}),
        ("edit", {"ends": later}),
        ("edit", {"title": {"en": later}}),
    ]


# -- the day counts, not the run of the clock


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("terminate", {"on": "2027-03-31", "reason": "Both agreed."}),
        ("renew", {"ends": "2028-03-31"}),
        ("give-notice", {"on": "2026-11-01"}),
        ("PATCH", {"notice_months": 2}),
    ],
)
@pytest.mark.parametrize(("day", "over"), [("2027-03-31", False), ("2027-04-01", True), ("2027-09-01", True)])
def test_an_agreement_past_its_end_is_refused_even_before_the_timer_ran(
    office: Office, command: str, body: dict[str, Any], day: str, over: bool
) -> None:
    id_ = office.active()
    if command == "give-notice":
        id_ = office.active(term="self_renewing", renews_months=12, notice_months=3)
        office.command(id_, "terminate", {"on": "2027-03-31", "reason": "Both agreed."})
        over = True  # it renews itself no more, whatever the day
    office.clock.now = datetime.fromisoformat(f"{day}T03:00:00+00:00")
    before = office.read(id_)
    method, path = ("PATCH", f"/{id_}") if command == "PATCH" else ("POST", f"/{id_}/{command}")
    answer = office.ask(method, path, body)
    assert answer.status_code in ((409,) if over else (200, 201)), answer.text
    if over:
        assert office.read(id_) == before


@pytest.mark.parametrize(
    ("day", "ends"), [("2027-03-31", "2027-03-31"), ("2027-04-01", "2028-03-31"), ("2029-05-01", "2030-03-31")]
)
def test_a_self_renewing_agreement_counts_as_renewed_even_before_the_timer_ran(
    office: Office, day: str, ends: str
) -> None:
    id_ = office.active(term="self_renewing", renews_months=12)
    office.clock.now = datetime.fromisoformat(f"{day}T03:00:00+00:00")
    planned = office.command(id_, "terminate", {"on": ends, "reason": "Both agreed."})
    assert (planned["ends"], planned["terminates_on"]) == (ends, ends)
    assert office.types(id_).count("renewed") == (ends != "2027-03-31")
