"""Applicants are written to at an address that training alone knows: a real training over HTTP, a real SMTP server between."""

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from bson import json_util
from flask import request
from pymongo.database import Database
from werkzeug.serving import BaseWSGIServer, make_server

from services.notify.actions.delivery import contact
from services.notify.actions.delivery.connection import Reply
from services.training.actions import links, places
from services.training.handlers import HANDLERS
from shared.broker.envelope import ReceivedEvent
from shared.events import CATALOGUE, training
from shared.events.accounts import AccountCreated
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import in_transaction
from tests.integration.test_notify_mail import Post, free_port
from tests.integration.training_office import WRITTEN, TrainingOffice
from tests.unit.notify.world import Application, Case, World

NAMED = "0197f0a0-0000-7000-8000-00000000000a"


class Line:
    """Training's web process on a port of its own, up or away; `asked` is what came in."""

    def __init__(self, office: TrainingOffice) -> None:
        self.office, self.port = office, free_port()
        self.asked: list[tuple[str, str]] = []
        self.server: BaseWSGIServer | None = None
        office.app.before_request(lambda: self.asked.append((request.path, request.headers.get("Authorization", ""))))
        self.up()

    def up(self) -> None:
        self.server = make_server("127.0.0.1", self.port, self.office.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hang(self) -> None:
        """Connections are taken by the system, and nobody answers."""
        assert self.server
        self.server.shutdown()

    def away(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.server = None


class Both:
    """Notify's world and training's office with one clock, secrets as set-up makes them, and a post."""

    def __init__(self, office: TrainingOffice, world: World, line: Line, post: Post) -> None:
        self.office, self.world, self.line, self.post = office, world, line, post
        self._heard: set[str] = set()
        world.now = office.now

    def consume(self, application_id: str) -> None:
        """Returns what training published of an application since the last time."""
        self.office.now = self.world.now = max(self.office.now, self.world.now)
        for entry in self.office.stored(application_id)["outbox"]:
            if entry["id"] not in self._heard:
                self._heard.add(entry["id"])
                if "notify" in CATALOGUE[entry["type"]].consumers:
                    self.world.consume(msgspec.convert(entry["data"], CATALOGUE[entry["type"]].struct))

    def deliver_mail(self, application_id: str, rounds: int = 5) -> list[str]:
        """Hears, sends, and returns the subjects of the mails that came of it."""
        before = len(self.post.got)
        self.consume(application_id)
        self.world.send(rounds)
        return [mail["Subject"] for mail in self.post.got[before:]]

    def consume_in_training(self) -> None:
        """Consumes what notify published of its mails in training: repeated and in any order, with the same result."""
        entries = [entry for notice in self.world.notifications(channel="email") for entry in notice.get("outbox", ())]

        def work(session: Any) -> None:
            unit = UnitOfWork(self.office.database, session)
            for entry in reversed(entries):
                struct = CATALOGUE[entry["type"]].struct
                if struct in HANDLERS:
                    data, origin = msgspec.convert(entry["data"], struct), (entry["causationid"], entry["actor"])
                    event = ReceivedEvent(
                        entry["id"],
                        entry["type"],
                        "notify",
                        data.notification_id,
                        entry["sequence"],
                        entry["time"],
                        data,
                        data.event_id,
                        *origin,
                    )
                    HANDLERS[struct](event, self.office.deps.within(unit))
            unit.flush()

        in_transaction(self.office.database, work)

    def move(self, **by: float) -> None:
        self.world.move(**by)
        self.office.now = self.world.now

    def notification(self, **filters: Any) -> dict[str, Any]:
        return self.world.notification(channel="email", **filters)


@pytest.fixture
def both(
    mongo_url: str, database: Database[dict[str, Any]], other_database: Database[dict[str, Any]], tmp_path: Path
) -> Iterator[Both]:
    post = Post()
    mail = Controller(post, hostname="127.0.0.1", port=free_port())
    mail.start()
    office = TrainingOffice(mongo_url, other_database, tmp_path)
    line = Line(office)
    smtp = f"smtp://127.0.0.1:{mail.port}?from=training@hospital.example"
    world = World(database, tmp_path, smtp=smtp, internal=f"http://127.0.0.1:{line.port}")
    yield Both(office, world, line, post)
    line.away()
    mail.stop()


def raw_collections(database: Database[dict[str, Any]]) -> str:
    """All collections, raw."""
    return "".join(json_util.dumps(row) for name in database.list_collection_names() for row in database[name].find())


def opened_link(text: str) -> str:
    return next(word for word in text.replace("：", " ").split() if "/training/application/" in word)


def test_an_application_from_start_to_place_in_mails_with_a_link_that_opens(
    both: Both, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office = both.office
    programme = office.programme()
    id_ = office.application(programme, language="en")
    assert both.deliver_mail(id_) == [f"Your application {office.stored(id_)['reference']}: continue at any time"]
    (mail,) = both.post.got
    assert mail["To"] == "hoa@lotus.example", "no name that somebody typed"
    link = opened_link(mail.get_content())
    assert link.startswith("http://127.0.0.1:8000/training/application/")
    token = link.rpartition("/")[2]
    assert links.open_link(office.deps, token, office.now, {}).application["_id"] == id_
    office.done("POST", f"/applications/{id_}/submit")
    assert both.deliver_mail(id_) == [f"Your application {office.stored(id_)['reference']}: received"]
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/review")
    department = {"step": "department", "verdict": "approve"}
    office.done("POST", f"/applications/{id_}/give-review", department, role="reviewer")
    office.done("POST", f"/applications/{id_}/give-review", {"step": "chief", "verdict": "approve"}, role="chief")
    office.done("POST", f"/applications/{id_}/accept", {})
    assert both.deliver_mail(id_) == [], "decided, not announced"
    office.done("POST", f"/applications/{id_}/announce")
    office.done("POST", f"/applications/{id_}/confirm")
    subjects = both.deliver_mail(id_)
    assert [one.rpartition(": ")[2] for one in subjects] == ["accepted", "your place is confirmed"]
    accepted = both.post.got[2].get_content()
    assert "(Japan time, UTC+09:00)" in accepted and "Observation" not in accepted.split("Dates")[1]
    _nothing_personal(both, [token], caplog)


def test_what_was_delivered_ends_the_links_before_it_and_nothing_else_does(both: Both) -> None:
    office = both.office
    id_ = office.application(office.programme(), language="en")
    tokens = []
    for move in ("", "submit", "check"):
        office.move(seconds=1)  # mails taken in one moment count alike
        if move:
            office.done("POST", f"/applications/{id_}/{move}")
        both.deliver_mail(id_)
        tokens = [opened_link(mail.get_content()).rpartition("/")[2] for mail in both.post.got]
        both.consume_in_training()
        assert _that_open(office, tokens) == tokens[-1:], move
    assert len(tokens) == 2, "the start of a check notifies nobody"
    both.post.answers["rcpt"] = "451 4.3.0 later"
    office.done("POST", f"/applications/{id_}/return", {"message": "Please look again.", "papers": []})
    both.deliver_mail(id_)
    both.consume_in_training()
    assert both.notification(event_type="training.application.returned.v1")["status"] == "failed"
    assert _that_open(office, tokens) == tokens[-1:], "a mail that did not leave ends nothing"


def _that_open(office: TrainingOffice, tokens: list[str]) -> list[str]:
    statuses = {token: office.visitor().get(f"/training/application/{token}").status_code for token in tokens}
    assert set(statuses.values()) <= {200, 410}
    return [token for token, status in statuses.items() if status == 200]


def _nothing_personal(both: Both, tokens: list[str], caplog: pytest.LogCaptureFixture) -> None:
    assert all(notice["status"] == "delivered" for notice in both.world.notifications(channel="email"))
    stored = raw_collections(both.world.database)
    own = [record for record in caplog.records if record.name.startswith("imc")]
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in own)
    for what in (WRITTEN["email"], "lotus", "NGUYEN", "training/application/", *tokens):
        assert what not in stored, f"{what} is in notify's database"
        assert what not in logged, f"{what} is in a log"
    asked = [authorization for path, authorization in both.line.asked if path.endswith("/contact")]
    assert len(asked) == len(both.post.got) and not any(one.split()[1] in stored + logged for one in asked)
    assert "'actor': 'service:notify'" in logged, "the log names who asked"


def test_in_japanese_for_who_writes_japanese(both: Both) -> None:
    office = both.office
    id_ = office.application(office.programme(), language="ja")
    (subject,) = both.deliver_mail(id_)
    assert subject.endswith("応募の続きはいつでも入力できます")
    text = both.post.got[0].get_content()
    assert "応募ページ：http" in text and "見学（循環器内科）" not in text


def test_the_language_and_address_are_those_of_now(both: Both) -> None:
    """Somebody who mends the address gets the mail that could not go before."""
    office = both.office
    id_ = office.application(office.programme(), language="en", email="wrong@lotus.example")
    both.consume(id_)
    office.done("PATCH", f"/applications/{id_}", {"email": "right@lotus.example", "language": "ja"})
    both.world.send()
    (mail,) = both.post.got
    assert mail["To"] == "right@lotus.example" and "応募" in mail["Subject"]


def test_training_away_is_no_attempt_and_back_it_is_exactly_one_mail(both: Both) -> None:
    office = both.office
    id_ = office.application(office.programme())
    both.line.away()
    assert both.deliver_mail(id_) == []
    notice = both.notification()
    assert (notice["status"], notice["reason"], notice["attempts"]) == ("scheduled", "owner_away", 0)
    assert "tries" not in notice
    for _ in range(40):  # ten minutes: longer than any count of tries at once would bear
        both.move(seconds=15)
        both.world.send(1)
    notice = both.notification()
    assert (notice["status"], notice["attempts"]) == ("scheduled", 0) and not both.world.published()
    both.line.up()
    both.move(seconds=16)
    both.world.send()
    both.move(days=1)
    both.world.send()
    (mail,) = both.post.got
    notice = both.notification()
    assert (notice["status"], notice["attempts"]) == ("delivered", 1)
    assert mail["Message-ID"].startswith(f"<{notice['_id']}@")
    assert [one["type"] for one in both.world.published()] == ["notify.notification.delivered.v1"]


def test_while_training_is_away_others_get_their_mail(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked once, then not again for a moment: a hundred applicants cost no hundred timeouts."""
    calls = []

    def slow(*_: Any) -> tuple[Reply, bytes]:
        calls.append(1)
        raise TimeoutError

    monkeypatch.setattr(contact, "_exchange", slow)
    both.world.consume(*[Application().event(training.ApplicationStarted, "draft") for _ in range(20)])
    both.world.interpreter()
    both.world.consume(Case(organization_id=None).confirmed(both.world.now))
    both.world.send(30)
    assert len(both.post.got) == 1 and len(calls) <= 4, "as many as there are threads"
    assert {one["reason"] for one in both.world.notifications(recipient={"$regex": "^applicant:"})} == {"owner_away"}


def test_training_that_hangs_is_away(both: Both) -> None:
    both.line.hang()
    both.world.consume(Application().event(training.ApplicationStarted, "draft"))
    both.world.send(1)
    assert (both.notification()["status"], both.notification()["reason"], both.notification()["attempts"]) == (
        "scheduled",
        "owner_away",
        0,
    )


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_training_that_cannot_answer_now_is_away(both: Both, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(contact, "_exchange", lambda *_: (Reply(status), b"{}"))
    both.world.consume(Application().event(training.ApplicationStarted, "draft"))
    both.world.send()
    assert (both.notification()["reason"], both.notification()["attempts"]) == ("owner_away", 0)


@pytest.mark.parametrize("form", ["600", "date"])
@pytest.mark.parametrize("status", [429, 503])
def test_training_with_a_retry_after_is_not_asked_before_it_and_once_after(
    both: Both, monkeypatch: pytest.MonkeyPatch, status: int, form: str
) -> None:
    both.world.now = both.world.now.replace(microsecond=0)
    until = both.world.now + timedelta(seconds=600)
    asked = []

    def busy(*_: Any) -> tuple[Reply, bytes]:
        asked.append(both.world.now)
        return Reply(status, ("600" if form == "600" else format_datetime(until, usegmt=True),)), b""

    monkeypatch.setattr(contact, "_exchange", busy)
    both.world.consume(*[Application().event(training.ApplicationStarted, "draft") for _ in range(3)])
    for _ in range(40):
        both.world.send(1)
        both.move(seconds=14)
    began = len([moment for moment in asked if moment < until])
    assert 1 <= began <= 3, "those under way at once"
    both.move(seconds=60)
    both.world.send(1)
    assert len(asked) == began + 1


def test_training_with_a_retry_after_far_ahead_is_asked_within_the_hour(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact, "_exchange", lambda *_: (Reply(503, ("9" * 30,)), b""))
    both.world.consume(Application().event(training.ApplicationStarted, "draft"))
    both.world.send(1)
    assert both.notification()["due_at"] == both.world.now + timedelta(hours=1)


@pytest.mark.parametrize(("status", "body", "reason"), [(401, b"", "contact_401"), (403, b"", "contact_403"), (302, b"", "contact_302"), (200, b"<html>", "contact_unreadable")])  # fmt: skip
def test_a_fault_of_ours_counts_as_an_attempt(
    both: Both, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, reason: str
) -> None:
    monkeypatch.setattr(contact, "_exchange", lambda *_: (Reply(status), body))
    both.world.consume(Application().event(training.ApplicationStarted, "draft"))
    both.world.send(1)
    assert (both.notification()["status"], both.notification()["reason"], both.notification()["attempts"]) == (
        "failed",
        reason,
        1,
    )


def test_an_applicant_who_is_erased_gets_no_mail(both: Both) -> None:
    office = both.office
    programme = office.programme()
    gone, erased = office.application(programme), office.application(programme, **office.other_person(2))
    for id_ in (gone, erased):
        both.consume(id_)
    office.database.applications.delete_one({"_id": gone})
    office.database["keys"].delete_one({"_id": erased})
    both.world.send()
    assert both.post.got == []
    found = {(one["status"], one["reason"]) for one in both.world.notifications(channel="email")}
    assert found == {("suppressed", "applicant_gone")}
    assert not both.world.published()


def test_an_applicant_without_an_address_gets_no_mail(both: Both) -> None:
    office = both.office
    programme = office.programme()
    id_ = office.done("POST", "/applications", {"programme_id": programme["id"]})["id"]
    assert both.deliver_mail(id_) == []
    assert (both.notification()["status"], both.notification()["reason"]) == ("suppressed", "no_address")


def test_all_mail_that_waited_is_sent_once_training_is_back(both: Both) -> None:
    office = both.office
    id_ = office.submitted(office.programme(), language="en")
    both.line.away()
    both.deliver_mail(id_)
    both.line.up()
    both.move(seconds=16)
    both.world.send()
    subjects = [mail["Subject"].rpartition(": ")[2] for mail in both.post.got]
    assert sorted(subjects) == ["continue at any time", "received"]


def test_reviewers_and_the_training_office_are_notified(both: Both) -> None:
    office, world = both.office, both.world
    for id_, role, work in (
        ("a-rev", "reviewer", ("cardiology",)),
        ("a-derm", "reviewer", ("dermatology", "surgery")),
        ("a-nowhere", "reviewer", ()),
        ("a-chief", "chief", ()),
        ("a-none", "training", ()),
    ):
        email = None if id_ == "a-none" else f"{id_}@hospital.example"
        event = AccountCreated(
            account_id=id_, username=id_, roles=(role,), language="en", email=email, departments=work
        )
        world.consume(world.received_event(event, id_))
    id_ = office.submitted(office.programme(review={"order": "parallel", "steps": ["department", "chief"], "reviewers": {}}))  # fmt: skip
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/review")
    department = {"step": "department", "verdict": "approve"}
    office.done("POST", f"/applications/{id_}/give-review", department, role="reviewer")
    both.deliver_mail(id_)
    to_staff = [mail for mail in both.post.got if "hospital.example" in mail["To"]]
    assert sorted(mail["To"].addresses[0].addr_spec for mail in to_staff) == ["a-chief@hospital.example", "a-rev@hospital.example"]  # fmt: skip
    text = to_staff[0].get_content()
    assert "https://imc.hospital.example/training/reviews" in text and "/training/application/" not in text
    inboxes = sorted(one["recipient"] for one in world.notifications(channel="inbox"))
    assert inboxes == ["role:chief", "role:reviewer@cardiology", "role:training"]


def test_reviewers_of_every_rotation_are_asked_and_mailed_once(both: Both) -> None:
    office, world = both.office, both.world
    people = {
        "a-card": ("cardiology",),
        "a-surg": ("surgery",),
        "a-two": ("cardiology", "surgery"),
        "a-derm": ("dermatology",),
    }
    for id_, work in people.items():
        email = f"{id_}@hospital.example"
        event = AccountCreated(account_id=id_, username=id_, roles=("reviewer",), departments=work, email=email)
        world.consume(world.received_event(event, id_))
    rotations = [{"department": "surgery", "first_day": "2027-02-08", "last_day": "2027-02-12"}]
    id_ = office.submitted(office.programme(), rotations=rotations)
    for command in ("check", "review"):
        office.done("POST", f"/applications/{id_}/{command}")
    both.consume(id_)
    asked = [(one["recipient"], one["channel"]) for one in world.notifications() if "review_asked" in one["text"]]
    assert sorted(asked) == [
        ("account:a-card", "email"),
        ("account:a-surg", "email"),
        ("account:a-two", "email"),
        ("role:reviewer@cardiology", "inbox"),
        ("role:reviewer@surgery", "inbox"),
    ]


def test_named_reviewers_alone_are_asked(both: Both) -> None:
    office = both.office
    review = {"order": "in_order", "steps": ["department", "chief"], "reviewers": {"department": [NAMED]}}
    id_ = office.submitted(office.programme(review=review))
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/review")
    both.consume(id_)
    asked = {(one["recipient"], one["channel"]) for one in both.world.notifications() if "review" in one["text"]}
    assert asked == {(f"account:{NAMED}", "inbox"), (f"account:{NAMED}", "email")}


def test_help_comes_at_any_hour_whatever_is_switched_off(both: Both) -> None:
    world = both.world
    event = AccountCreated(account_id="t", username="t", roles=("training",), language="ja", email="t@hospital.example")
    world.consume(world.received_event(event, "t"))
    off = {"kinds": {"changes": {"inbox": True, "email": False}}, "quiet_hours": {"from": "00:00", "to": "23:59"}}
    world.database.preferences.insert_one({"_id": "t", "version": 1, "last_sequence": 0, **off})
    event = Application().event(training.SafetyAnswered, "active", asking_id="s", answer="need_help")
    world.consume(event)
    world.send()
    (mail,) = both.post.got
    assert mail["Subject"].startswith("【緊急】") and "助けが必要" in mail.get_content()


def test_the_safety_mail_links_to_the_question(both: Both) -> None:
    office = both.office
    id_ = office.active(office.programme(), language="en")
    both.consume(id_)
    both.world.consume(Application(application_id=id_).event(training.SafetyAsked, "active", asking_id="s"))
    both.world.send()
    (mail,) = (one for one in both.post.got if one["Subject"].startswith("Are you safe?"))
    link = opened_link(mail.get_content())
    assert link.endswith("/safe")
    assert (
        links.open_link(office.deps, link.removesuffix("/safe").rpartition("/")[2], office.now, {}).application["_id"]
        == id_
    )


def test_an_applicant_on_the_waiting_list_is_notified_of_a_place_at_once(both: Both) -> None:
    office = both.office
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1}])
    first = office.accepted(programme)
    second = office.accepted(programme, **office.other_person(2), language="en")
    office.done("POST", f"/applications/{second}/announce")
    both.deliver_mail(second)
    assert both.post.got[-1]["Subject"].endswith(": on the waiting list")
    office.done("POST", f"/applications/{first}/withdraw", {"reason": "visa"})
    office.run(places.fill_places)
    assert [one.rpartition(": ")[2] for one in both.deliver_mail(second)] == ["a place is free for you"]
    assert "Answer on your page by" in both.post.got[-1].get_content()


def test_a_document_that_the_hospital_uploaded_does_not_notify_it(both: Both) -> None:
    office = both.office
    id_ = office.submitted(office.programme())
    both.consume(id_)
    assert office.upload(id_, "other").status_code == 200
    assert "paper.received" in office.published(id_)
    both.consume(id_)
    assert [one["text"] for one in both.world.notifications(channel="inbox")] == ["training.application.submitted"]


MEANWHILE = [
    ("announce", [("withdraw", {"reason": "visa"})]),
    ("announce", [("reject", {"reason": "condition_not_met"})]),
    ("announce", []),  # and the day to answer passes
    ("waitlist", [("reject", {"reason": "no_capacity"})]),
    ("waitlist", [("withdraw", {"reason": "health"})]),
    ("return", [("withdraw", {"reason": "other"})]),
    ("defer", [("withdraw", {"reason": "family"})]),
]


@pytest.mark.parametrize(("what", "then"), MEANWHILE)
def test_what_is_no_longer_true_when_the_mail_can_be_sent_is_not_mailed(
    both: Both, what: str, then: list[tuple[str, Any]]
) -> None:
    """The owner was away, or it was night: an applicant reads how things are, not how they were."""
    office = both.office
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1}], answer_days=1)
    if what == "waitlist":
        office.accepted(programme, **office.other_person(7))
    made = office.submitted(programme, language="en") if what == "return" else office.accepted(programme, language="en")
    both.deliver_mail(made)
    if what == "return":
        office.done("POST", f"/applications/{made}/check")
        office.done("POST", f"/applications/{made}/return", {"message": "A page is missing."})
    else:
        office.done("POST", f"/applications/{made}/announce")
    if what == "defer":
        office.done("POST", f"/applications/{made}/confirm")
        both.deliver_mail(made)
        office.done("POST", f"/applications/{made}/move", {"first_day": "2027-02-08", "last_day": "2027-02-26"})
    both.line.away()
    both.deliver_mail(made)
    mailed = len(both.post.got)
    for command, body in then:
        office.done("POST", f"/applications/{made}/{command}", body)
    both.line.up()
    both.move(days=0 if then else 2)
    both.move(seconds=20)
    both.world.send()
    assert len(both.post.got) == mailed
    late = [one for one in both.world.notifications(channel="email") if one["reason"] == "cause_gone"]
    assert len(late) == 1 and late[0]["status"] == "suppressed"
    if then:
        assert both.deliver_mail(made), "what happened instead is mailed"
