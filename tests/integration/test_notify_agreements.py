"""Notifications of agreements: the departments' inboxes, and the owner's mail in their language, once, unless they want none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pymongo.database import Database

from services.notify.actions.preferences import change_preferences
from shared.command_context import CommandContext
from shared.events import Event
from shared.events import partners as agreement
from shared.events.accounts import AccountCreated, AccountDisabled
from tests.integration.notify_office import Office
from tests.integration.test_notify_mail import Post, free_port
from tests.unit.notify.world import World


def agreement_fields(**other: Any) -> dict[str, Any]:
    return {
        "agreement_id": "agr",
        "reference": "A-26-00001-H",
        "kind": "mou",
        "status": "active",
        "term": "fixed",
        "starts": "2024-04-01",
        "ends": "2027-03-31",
        "notice_on": "2026-12-31",
        "title": {"en": "Exchange of doctors", "ja": "医師の交流"},
        "owner_id": "sato",
        "organization_ids": ("one",),
        "scopes": ("training",),
    } | other


def expiring(**other: Any) -> Event:
    return agreement.AgreementExpiring(**agreement_fields(**other), days_left=90, mark=other.pop("mark", "90"))


@pytest.fixture
def post() -> Iterator[Post]:
    yield Post()


@pytest.fixture
def world(database: Database, tmp_path: Path, post: Post) -> Iterator[World]:
    server = Controller(post, hostname="127.0.0.1", port=free_port())
    server.start()
    yield World(database, tmp_path, smtp=f"smtp://127.0.0.1:{server.port}")
    server.stop()


def owner(world: World, **other: Any) -> None:
    usual: dict[str, Any] = {"account_id": "sato", "username": "sato", "roles": ("partners",)}
    person = AccountCreated(**{**usual, "email": "sato@hospital.example", "language": "ja", **other})
    world.consume(world.received_event(person, "sato"))


def who(world: World) -> set[tuple[str, str]]:
    return {(notice["recipient"], notice["channel"]) for notice in world.notifications()}


def test_partners_training_and_the_owner_are_notified_of_what_ends(world: World) -> None:
    both = {("role:partners", "inbox"), ("role:training", "inbox"), ("account:sato", "email")}
    for event in (
        expiring(),
        agreement.AgreementExpired(**agreement_fields(status="expired")),
        agreement.AgreementTerminated(**agreement_fields(status="terminated", terminates_on="2026-11-01"), reason="x"),
    ):
        world.database.notifications.delete_many({})
        world.consume(world.received_event(event, "agr"))
        assert who(world) == both
        assert {notice["agreement_id"] for notice in world.notifications()} == {"agr"}
        assert {notice["case_id"] for notice in world.notifications()} == {None}


def test_training_is_not_notified_of_agreements_outside_its_scope(world: World) -> None:
    world.consume(world.received_event(expiring(scopes=("referral", "research")), "agr"))
    assert who(world) == {("role:partners", "inbox"), ("account:sato", "email")}


def test_nobody_is_notified_of_anything_else(world: World) -> None:
    for event in (
        agreement.AgreementDrafted(**agreement_fields(status="draft")),
        agreement.AgreementUpdated(**agreement_fields(), fields=("title",)),
        agreement.AgreementSubmitted(**agreement_fields(status="in_review")),
        agreement.AgreementSigned(**agreement_fields(status="signed"), signed_on="2024-03-01"),
        agreement.AgreementActivated(**agreement_fields()),
        agreement.AgreementAbandoned(**agreement_fields(status="abandoned")),
        agreement.AgreementScanAttached(**agreement_fields(), sha256="0" * 64),
        agreement.AgreementNoticeGiven(**agreement_fields(notice_given_on="2026-11-01")),
        agreement.AgreementTerminationPlanned(**agreement_fields(terminates_on="2027-01-01")),
        agreement.AgreementRenewed(**agreement_fields(ends="2028-03-31")),
    ):
        world.consume(world.received_event(event, "agr"))
    assert world.notifications() == []


def test_the_same_event_twice_is_one_mail(world: World, post: Post) -> None:
    owner(world)
    received = world.received_event(expiring(), "agr")
    world.consume(received, received)
    world.consume(received)
    world.send()
    (mail,) = post.got
    assert mail["To"] == "sato <sato@hospital.example>"
    assert mail["Subject"] == "【A-26-00001-H】2027年3月31日(水)満了（残り90日）"
    assert "医師の交流（覚書）" in mail.get_content() and "協定 A-26-00001-H の担当者" in mail.get_content()
    (event,) = world.published()
    assert event["type"] == "notify.notification.delivered.v1" and event["correlationid"] == "agr"
    assert event["data"]["recipient_kind"] == "account"


def test_an_owner_not_known_yet_is_tried_again_and_one_who_left_gets_no_mail(world: World, post: Post) -> None:
    world.consume(world.received_event(expiring(), "agr"))
    world.send()
    assert world.notification(channel="email")["reason"] == "recipient_not_known_yet" and post.got == []
    owner(world, language="en")
    world.move(seconds=40)
    world.send()
    assert [mail["Subject"] for mail in post.got] == ["A-26-00001-H ends on Wed 31 Mar 2027 (days left: 90)"]
    gone = AccountDisabled(account_id="sato", username="sato", roles=("partners",), email="sato@hospital.example")
    world.consume(world.received_event(gone, "sato"), world.received_event(expiring(), "agr"))
    world.send()
    assert [notice["reason"] for notice in world.notifications(channel="email", status="suppressed")] == ["no_address"]
    assert len(post.got) == 1


def test_reminders_may_be_switched_off_but_not_that_it_is_over(world: World, post: Post) -> None:
    owner(world)
    wished = {"kinds": {"reminders": {"email": False}}, "quiet_hours": None}
    change_preferences(world.deps, "sato", wished, CommandContext(world.now, "account:sato", "request"))
    world.consume(
        world.received_event(expiring(), "agr"),
        world.received_event(agreement.AgreementExpired(**agreement_fields()), "agr"),
    )
    world.send()
    assert [notice["reason"] for notice in world.notifications(status="suppressed")] == ["preference"]
    assert [mail["Subject"] for mail in post.got] == ["【A-26-00001-H】協定の満了"]


def test_a_department_reads_it_in_its_inbox(mongo_url: str, database: Database, tmp_path: Path) -> None:
    office = Office(mongo_url, database, tmp_path)
    office.world.consume(office.world.received_event(expiring(), "agr"))
    office.world.move(seconds=1)
    (entry,) = office.get("/inbox?language=en", office.token("training")).json["items"]
    assert entry["agreement_id"] == "agr" and entry["key"] == "training.agreement.expiring"
    assert entry["title"].startswith("A-26-00001-H ends on") and "another agreement" in entry["text"]
    assert office.get("/inbox", office.token("coordinator")).json["items"] == []
    assert office.get(f"/notifications/{entry['id']}", office.token("operator")).json["agreement_id"] == "agr"
