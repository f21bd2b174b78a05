"""Offers as interpreters hear of them: one link each, nothing of the case before acceptance, and the outcome always."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pymongo.database import Database

from services.notify.rules.audience import OFFERS, kind_of
from shared.events.accounts import AccountCreated
from shared.hpke import seal_to
from tests.integration.notify_office import Office
from tests.integration.test_notify_mail import Post, free_port
from tests.unit.notify.world import Case, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def world(database: Database[dict[str, Any]], tmp_path: Path, post: Post) -> Iterator[World]:
    controller = Controller(post, hostname="127.0.0.1", port=free_port())
    controller.start()
    made = World(database, tmp_path, smtp=f"smtp://127.0.0.1:{controller.port}?from=desk@hospital.example")
    for who in ("yuki", "ken"):
        made.interpreter(who, email=f"{who}@hospital.example", account_id=f"a-{who}")
    made.consume(
        made.received_event(AccountCreated(account_id="a-ken", username="ken", roles=("interpreter",), language="en"))
    )
    yield made
    controller.stop()


def sealed(world: World, who: str) -> str:
    return seal_to(world.public_key, f"/interpreting/offers/token-of-{who}".encode())


def ask(world: World, case: Case, until: timedelta = HOUR) -> None:
    links = {who: sealed(world, who) for who in ("yuki", "ken")}
    world.consume(case.offered(world.now + DAY, world.now + until, **links))


def test_each_gets_a_mail_with_their_own_link_and_nothing_of_the_case(world: World, post: Post) -> None:
    case = Case()
    ask(world, case)
    stored = str(world.notifications())
    assert "token-of" not in stored, "the link lies sealed until the mail is written"
    world.send()
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in post.got}
    assert set(mails) == {"yuki@hospital.example", "ken@hospital.example"}
    japanese, english = (mails[f"{who}@hospital.example"].get_content() for who in ("yuki", "ken"))
    assert "https://imc.hospital.example/interpreting/offers/token-of-yuki" in japanese
    assert "https://imc.hospital.example/interpreting/offers/token-of-ken" in english
    assert "回答期限：" in japanese and "タイ語" in japanese and "Outpatient 3" in japanese
    assert "Answer by" in english and "Thai" in english
    for text in (japanese, english):
        assert "R-26-00427-K" not in text and case.case_id not in text and "BKK-2291" not in text
    assert {notice["status"] for notice in world.notifications(channel="email")} == {"delivered"}


def test_an_offer_that_is_over_is_not_mailed_any_more(world: World, post: Post) -> None:
    ask(world, Case(), until=HOUR)
    world.now += HOUR
    world.send()
    assert post.got == []
    assert {(notice["status"], notice["reason"]) for notice in world.notifications(channel="email")} == {
        ("suppressed", "offer_over")
    }


def test_a_box_of_another_is_tried_again_and_never_mailed_without_its_link(world: World, post: Post) -> None:
    world.consume(Case().offered(world.now + DAY, world.now + HOUR, yuki="not a box"))
    world.send(1)
    assert post.got == []
    assert [notice["reason"] for notice in world.notifications(channel="email")] == ["secret_unreadable"]


def test_interpreters_who_were_not_first_are_notified_without_a_name(world: World, post: Post) -> None:
    world.consume(Case().withdrawn(world.now + DAY, world.now + HOUR, "yuki", taken_by="ken"))
    (entry,) = world.notifications(channel="inbox")
    assert (entry["recipient"], entry["reference"]) == ("interpreter:yuki", None)
    assert "TANAKA" not in str(entry)
    world.send()
    (mail,) = post.got
    assert mail["To"].addresses[0].addr_spec == "yuki@hospital.example"
    assert "ほかの通訳に確定" in mail.get_content()
    assert "TANAKA" not in mail.get_content() and "R-26" not in mail.as_string()


def test_the_coordinator_reads_who_declined_and_who_did_not_answer(world: World) -> None:
    case = Case()
    start, until = world.now + DAY, world.now + HOUR
    world.consume(case.declined(start, until, "ken"), case.expired(start, until, "yuki", "ken"))
    declined, expired = (world.notification(text=f"coordinator.offer.{what}") for what in ("declined", "expired"))
    assert (declined["recipient"], declined["fields"]["interpreter_name"]) == ("role:coordinator", "KEN")
    assert (expired["fields"]["interpreter_name"], expired["reference"]) == ("YUKI, KEN", "R-26-00427-K")
    entries = world.notifications(text="interpreter.offer.expired", channel="inbox")
    assert [notice["recipient"] for notice in entries] == ["interpreter:yuki", "interpreter:ken"]
    assert kind_of("interpreter.booking.offered") == kind_of("interpreter.offer.withdrawn") == OFFERS


def test_notified_once_each_however_often_it_is_consumed(world: World) -> None:
    event = world.received_event(Case().withdrawn(world.now + DAY, world.now + HOUR, "yuki", "ken", taken_by="mai"))
    world.consume(event)
    assert len(world.notifications()) == 4
    ids = {notice["_id"] for notice in world.notifications()}
    assert len(ids) == 4


def test_in_the_inbox_an_offer_names_no_case(
    mongo_url: str, database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    office = Office(mongo_url, database, tmp_path)
    world, case = office.world, Case()
    world.interpreter("yuki", account_id="a-yuki")
    world.consume(case.offered(world.now + DAY, world.now + HOUR, yuki=sealed(world, "yuki")))
    answer = office.get("/inbox", office.token("interpreter", account_id="a-yuki"))
    (entry,) = answer.json["items"]
    assert entry["key"] == "interpreter.booking.offered"
    assert (entry["case_id"], entry["reference"]) == (None, None)
    assert "sealed_link" not in answer.text and case.case_id not in answer.text


@pytest.mark.parametrize("how", ["withdrawn", "expired", "taken"])
def test_an_offer_withdrawn_before_its_mail_was_sent_is_not_mailed(world: World, post: Post, how: str) -> None:
    case, start, until = Case(), world.now + DAY, world.now + HOUR
    ask(world, case)
    gone = {"withdrawn": case.withdrawn, "taken": case.withdrawn, "expired": case.expired}[how]
    more = {"taken_by": "ken"} if how == "taken" else {}
    world.consume(gone(start, until, "yuki", **more))
    world.send()
    asked = world.notifications(channel="email", text="interpreter.booking.offered")
    assert {one["recipient"]: (one["status"], one.get("reason")) for one in asked} == {
        "interpreter:yuki": ("suppressed", "cause_gone"),
        "interpreter:ken": ("delivered", None),
    }
    assert len(post.got) == 2, "ken's offer, and that yuki's is no more"
