"""Who hears that an e-mail reached nobody: the role that can put it right, and the case. And an agency that makes its own mail."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pymongo.database import Database

from services.notify.actions.notifications import rendered_entries
from services.notify.rules.audience import UNDELIVERED_AUDIENCES, undelivered_key
from services.notify.rules.notifications import RETRY_PERIOD
from services.notify.rules.texts import LANGUAGES
from services.notify.rules.undelivered import REASONS, reason_of
from shared.events import intake, training
from shared.events.accounts import AccountCreated
from shared.events.partners import AgreementExpired, Contact
from shared.mail_limits import AGENCY
from shared.window_limits import Limit
from tests.integration.test_notify_mail import Post, free_port
from tests.unit.notify.world import Application, Case, Receiver, World

REFUSED = "550 no such person"


@pytest.fixture
def post() -> Post:
    return Post(rcpt=REFUSED)


@pytest.fixture
def world(database: Database, tmp_path: Path, post: Post) -> Iterator[World]:
    server = Controller(post, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=False)
    server.start()
    yield World(database, tmp_path, smtp=f"smtp://127.0.0.1:{server.port}?from=desk@hospital.example")
    server.stop()


def entries_of(world: World, role: str, language: str = "en") -> list[tuple[str, str]]:
    """What stands in a role's inbox of mail that did not arrive, in words."""
    found = [
        n
        for n in world.notifications(channel="inbox", recipient=f"role:{role}")
        if n["text"].endswith("mail.undelivered")
    ]
    return [(entry["title"], entry["words"]) for entry in rendered_entries(world.deps, found, language)]


def test_the_desk_and_partners_are_notified_of_an_agencys_address_that_does_not_work(world: World) -> None:
    world.organization(contacts=(Contact(name="Malee", email="malee@agency.example"),))
    case = Case()
    world.consume(case.accepted(), case.booked(world.now + timedelta(days=1)))
    world.send()
    assert {n["status"] for n in world.notifications(channel="email")} == {"dead"}
    ((title, words),) = entries_of(world, "front_desk")
    assert title == "R-26-00427-K: mail to Malee (malee@agency.example) not delivered"
    assert "Not delivered: “Referral R-26-00427-K: accepted”" in words and "rejected it" in words
    ((title, words),) = entries_of(world, "partners", "ja")
    assert title == "Malee (malee@agency.example)へのメールの配信不能" and "受信を拒否" in words
    world.consume(Case(reference="R-26-00999-X").accepted())
    world.send()
    assert len(entries_of(world, "front_desk")) == 2, "another case"
    assert len(entries_of(world, "partners")) == 1, "the same address on the same day"
    world.move(days=1)
    world.consume(case.accepted())
    world.send()
    assert len(entries_of(world, "partners")) == 2


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("花子@例え.jp", "with such letters before the @"),
        ("desk@agency", "is not valid"),
        ("a@b.example", "rejected it"),
    ],
)
def test_the_reason_is_in_words(world: World, email: str, why: str) -> None:
    world.organization(contacts=(Contact(name="Malee", email=email),))
    world.consume(Case().accepted())
    world.send()
    ((_, words),) = entries_of(world, "front_desk")
    assert why in words


def test_the_coordinator_is_notified_of_an_interpreters_address_and_not_where_there_was_none(world: World) -> None:
    world.interpreter()
    world.consume(Case(organization_id=None).confirmed(world.now + timedelta(days=1)))
    world.send()
    ((title, _),) = entries_of(world, "coordinator")
    assert title == "Mail to TANAKA Yuki not delivered" and not entries_of(world, "front_desk")
    world.interpreter("ken", email=None)
    world.consume(Case(organization_id=None).confirmed(world.now + timedelta(days=1), "ken"))
    world.send()
    assert len(entries_of(world, "coordinator")) == 1, "who has no address reads their inbox"


def test_partners_are_notified_of_an_owners_address_and_training_of_a_reviewers(world: World) -> None:
    owner = AccountCreated(
        account_id="a1", username="mori", roles=("partners",), language="ja", email="mori@hospital.example"
    )
    chief = AccountCreated(
        account_id="a2",
        username="sato",
        roles=("reviewer",),
        departments=("cardiology",),
        language="ja",
        email="sato@hospital.example",
    )
    world.consume(world.received_event(owner, "a1"), world.received_event(chief, "a2"))
    expired: dict[str, Any] = {
        "agreement_id": "g1", "reference": "A-26-00001-K", "kind": "mou", "status": "expired", "title": {"en": "Exchange of doctors", "ja": "医師の交流"},
        "organization_id": "agency", "owner_id": "a1", "ends": "2026-11-01", "scopes": (), "starts": "2024-01-01", "term": "fixed",
    }  # fmt: skip
    known = {name: value for name, value in expired.items() if name in AgreementExpired.__struct_fields__}
    world.consume(
        AgreementExpired(**known),
        Application().event(training.ApplicationReviewStarted, "in_review", steps=("department",)),
    )
    world.send()
    ((title, words),) = entries_of(world, "partners")
    assert title == "A-26-00001-K: mail to mori not delivered" and "Correct the address" in words
    ((title, _),) = entries_of(world, "training")
    assert title == "T-26-00031-P: mail to sato not delivered"


def test_an_agency_with_neither_address_nor_endpoint_has_a_suppressed_notification(world: World) -> None:
    world.organization()
    case = Case()
    world.consume(case.received(), case.accepted())
    notice = world.notification(channel="email")
    assert (notice["recipient"], notice["status"], notice["reason"]) == (
        "organization:agency",
        "suppressed",
        "no_address",
    )
    (event,) = [entry for entry in world.published() if entry["type"] == "notify.notification.suppressed.v1"]
    assert event["data"]["reason"] == "no_address" and event["data"]["case_id"] == case.case_id
    assert event["data"]["event_type"] == intake.CaseAccepted.TYPE
    world.send()
    assert world.notification(channel="email")["status"] == "suppressed" and not entries_of(world, "front_desk")


def test_an_endpoint_that_is_notified_counts_as_a_recipient(world: World) -> None:
    world.organization()
    world.endpoint("http://127.0.0.1:9/", events=("referral.accepted",))
    world.consume(Case().accepted())
    assert not world.notifications(channel="email") and len(world.notifications(channel="webhook")) == 1


def test_without_a_mail_server_the_case_shows_it(database: Database, tmp_path: Path) -> None:
    world = World(database, tmp_path, smtp="")
    world.organization(contacts=(Contact(name="Malee", email="malee@agency.example"),))
    world.consume(Case().accepted(), Case(organization_id=None).confirmed(world.now))
    published = [(entry["type"], entry["data"]["reason"]) for entry in world.published()]
    assert published == [("notify.notification.suppressed.v1", "no_smtp")], "of the agency's alone"
    assert world.catch_up() == 0 or len(world.published()) == 1


def test_an_agency_mail_carries_no_link_that_nobody_can_open(world: World, post: Post) -> None:
    post.answers.clear()
    world.organization(
        contacts=tuple(Contact(name=who, email=f"{who}@agency.example", language=who) for who in LANGUAGES)
    )
    case = Case()
    world.consume(case.received(), case.accepted(), case.booked(world.now))
    world.send()
    assert len(post.got) == 6
    for mail in post.got:
        text = mail.get_content()
        assert "http" not in text and "/api/" not in text
        assert "quote our reference" in text or "案件番号を添えて" in text


def test_one_agencys_mail_is_slowed_and_none_of_it_lost(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.answers.clear()
    object.__setattr__(world.deps.settings, "rate_limit", 6000)
    monkeypatch.setattr("services.notify.actions.delivery.mail.AGENCY", Limit("agency", 3, 100))
    world.organization(contacts=(Contact(name="Malee", email="malee@agency.example"),))
    world.consume(*[Case().accepted() for _ in range(5)])
    world.send(10)
    waiting = world.notifications(channel="email", status="scheduled")
    assert len(post.got) == 3 and {notice["reason"] for notice in waiting} == {"mail_limit"}
    world.move(hours=1)
    world.send(10)
    assert len(post.got) == 5 and AGENCY.hour < AGENCY.day


def test_every_way_to_end_has_its_words(world: World) -> None:
    for code in (*REASONS, "smtp_550", "smtp_553", "timeout", "certificate", "connection_refused", "smtp_451"):
        for audience in UNDELIVERED_AUDIENCES:
            for language in LANGUAGES:
                fields = {
                    "about": "agency.case.accepted",
                    "to": "Malee",
                    "mail_reason": reason_of(code),
                    "reference": "R-26-00427-K",
                }
                written = world.deps.texts.render(undelivered_key(audience), language, fields, {})
                whole = written.title + written.text
                assert not re.search(r"[a-z]+_[a-z0-9]+|[a-z]+\.[a-z]+\.[a-z]+", whole), whole
                assert "R-26-00427-K" in whole


def of_endpoints(world: World, role: str, language: str = "en") -> list[tuple[str, str]]:
    found = [
        n
        for n in world.notifications(channel="inbox", recipient=f"role:{role}")
        if n["text"].endswith("webhook.undelivered")
    ]
    return [(entry["title"], entry["words"]) for entry in rendered_entries(world.deps, found, language)]


def test_an_endpoint_that_accepts_nothing_for_three_days_is_reported_once_a_day_to_desk_and_partners(
    world: World,
) -> None:
    agency = Receiver(500)
    world.organization()
    world.endpoint(agency.url)
    world.consume(*[Case().accepted() for _ in range(12)])
    world.send(10)
    assert not of_endpoints(world, "front_desk")
    world.now += RETRY_PERIOD["webhook"]
    world.send(10)
    assert len(world.notifications(channel="webhook", status="dead")) == 12
    ((title, words),) = of_endpoints(world, "front_desk")
    assert title == "Bangkok Medical Travel: webhook messages not delivered" and "within three days" in words
    ((title, words),) = of_endpoints(world, "partners", "ja")
    assert title.startswith("Bangkok Medical TravelのWebhook") and "3日間" in words
    agency.close()


def test_an_endpoint_that_is_gone_is_reported_even_after_that(world: World) -> None:
    agency = Receiver(500)
    world.organization()
    world.endpoint(agency.url)
    world.consume(Case().accepted())
    world.send()
    world.now += RETRY_PERIOD["webhook"]
    world.send(10)
    agency.answers = [410]
    world.consume(Case().accepted(), Case().accepted())
    world.move(minutes=10)
    world.send(10)
    assert len([words for _, words in of_endpoints(world, "partners") if "410" in words]) == 1
    assert len(of_endpoints(world, "partners")) == 2
    agency.close()


@pytest.mark.parametrize("status", [200, 400, 503])
def test_while_it_is_accepted_or_still_tried_nobody_is_notified(world: World, status: int) -> None:
    agency = Receiver(status)
    world.organization()
    world.endpoint(agency.url)
    world.consume(Case().accepted())
    world.send()
    world.move(hours=20)
    world.send()
    assert not of_endpoints(world, "partners") and not of_endpoints(world, "front_desk")
    agency.close()
