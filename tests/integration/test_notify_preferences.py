"""Preferences, over HTTP and at a real mail server: switched off, delayed in quiet hours, and what is always on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pymongo.database import Database

from shared.clock import rfc3339
from shared.events.interpreting import BookingRescheduled
from shared.events.partners import Contact
from shared.ids import new_id
from tests.etags import version
from tests.integration.notify_office import Office
from tests.integration.test_notify_mail import Post, free_port
from tests.unit.notify.world import Case, World

NIGHT = {"from": "22:00", "to": "07:00"}
ELEVEN_PM = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 23:00 in Tokyo
SEVEN_AM = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


@pytest.fixture
def post() -> Iterator[Post]:
    yield Post()


@pytest.fixture
def office(mongo_url: str, database: Database, tmp_path: Path, post: Post) -> Iterator[Office]:
    controller = Controller(post, hostname="127.0.0.1", port=free_port())
    controller.start()
    office = Office(mongo_url, database, tmp_path)
    office.world = World(database, tmp_path / "world", smtp=f"smtp://127.0.0.1:{controller.port}")
    office.world.now = ELEVEN_PM
    office.world.interpreter(account_id="yuki-account")
    yield office
    controller.stop()


def wants(office: Office, **wished: Any) -> Any:
    answer = office.put("/me/preferences", yuki(office), wished)
    assert answer.status_code == 200, answer.text
    return answer.json


def yuki(office: Office) -> dict[str, str]:
    return office.token("interpreter", account_id="yuki-account")


def confirm(office: Office, start: timedelta = timedelta(days=1)) -> None:
    office.world.consume(Case(organization_id=None).confirmed(office.world.now + start))
    office.world.send()


def test_by_default_everything_is_on(office: Office, post: Post) -> None:
    answer = office.get("/me/preferences", yuki(office))
    assert version(answer) == 0
    assert answer.json["kinds"] == {
        kind: {"inbox": True, "email": True} for kind in ("offers", "changes", "reminders", "reports")
    }
    assert answer.json["quiet_hours"] is None
    assert answer.json["fixed"] == [{"kind": kind, "channel": "inbox"} for kind in ("offers", "changes")]
    confirm(office)
    assert len(post.got) == 1


def test_an_email_switched_off_is_suppressed_and_the_inbox_stays(office: Office, post: Post) -> None:
    chosen = wants(office, kinds={"changes": {"email": False}})
    assert chosen["kinds"]["changes"] == {"inbox": True, "email": False}
    confirm(office)
    mail = office.world.notification(channel="email")
    assert (mail["status"], mail["reason"], mail["due_at"], post.got) == ("suppressed", "preference", None, [])
    assert len(office.get("/inbox", yuki(office)).json["items"]) == 1
    (event,) = office.world.published("preferences")
    assert event["type"] == "notify.preferences.changed.v1"
    assert event["data"] == {"account_id": "yuki-account", "off": ["changes/email"]}
    wants(office)
    confirm(office)
    assert len(post.got) == 1, "and comes again when it is switched on"


def test_an_email_waits_for_the_end_of_quiet_hours_and_that_is_no_attempt(office: Office, post: Post) -> None:
    wants(office, quiet_hours=NIGHT)
    confirm(office)
    mail = office.world.notification(channel="email")
    assert (mail["status"], mail["reason"], mail["due_at"]) == ("scheduled", "quiet_hours", SEVEN_AM)
    assert (mail["attempts"], mail.get("tries"), post.got) == (0, None, [])
    listed = office.get("/notifications?status=scheduled", office.token("operator")).json["items"]
    assert [item["id"] for item in listed] == [mail["_id"]]
    office.world.now = SEVEN_AM - timedelta(seconds=1)
    office.world.send()
    assert post.got == []
    office.world.now = SEVEN_AM
    office.world.send()
    assert len(post.got) == 1
    sent = office.world.notification(channel="email")
    assert (sent["status"], sent["attempts"], len(sent["tries"])) == ("delivered", 1, 1)


def test_quiet_hours_switched_off_or_by_day_delay_nothing(office: Office, post: Post) -> None:
    wants(office, quiet_hours={"from": "12:30", "to": "13:30"})
    confirm(office)
    assert len(post.got) == 1
    office.world.now = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    confirm(office)
    held = office.world.notification(status="scheduled")
    assert held["due_at"] == datetime(2026, 11, 24, 4, 30, tzinfo=UTC) and len(post.got) == 1


@pytest.mark.parametrize(("start", "held"), [(timedelta(hours=9), False), (timedelta(hours=11), True)])
def test_what_would_come_too_late_is_not_delayed(office: Office, post: Post, start: timedelta, held: bool) -> None:
    """It is 23:00; a visit at 08:00 must be known of before 07:00, one at 10:00 need not be."""
    wants(office, quiet_hours=NIGHT)
    confirm(office, start)
    assert len(post.got) == (0 if held else 1)


def test_a_move_away_from_tomorrow_morning_is_mailed_in_quiet_hours(office: Office, post: Post) -> None:
    wants(office, quiet_hours=NIGHT)
    now = office.world.now
    moved = Case(organization_id=None).booking(now + timedelta(days=5))
    previous = {"previous_start": rfc3339(now + timedelta(hours=9)), "previous_end": rfc3339(now + timedelta(hours=10))}
    office.world.consume(BookingRescheduled(**moved, **previous))
    office.world.send()
    assert len(post.got) == 1


def test_a_failed_attempt_is_not_repeated_in_quiet_hours(office: Office, post: Post) -> None:
    office.world.now = ELEVEN_PM - timedelta(hours=1, seconds=20)
    wants(office, quiet_hours=NIGHT)
    post.answers["data"] = "451 later"
    confirm(office)
    assert office.world.notification(channel="email")["status"] == "failed"
    post.answers["data"] = "250 kept"
    office.world.move(seconds=60)
    office.world.send()
    held = office.world.notification(channel="email")
    assert (held["status"], held["attempts"], len(held["tries"])) == ("scheduled", 1, 1)
    office.world.now = SEVEN_AM
    office.world.send()
    assert office.world.notification(channel="email")["status"] == "delivered"


def test_agencies_and_interpreters_without_an_account_are_not_concerned(office: Office, post: Post) -> None:
    wants(office, kinds={"changes": {"email": False}}, quiet_hours=NIGHT)
    office.world.organization(contacts=(Contact(name="Malee", email="malee@agency.example", language="en"),))
    office.world.interpreter("mika", email="mika@hospital.example")
    office.world.consume(Case().confirmed(office.world.now + timedelta(days=1), "mika"))
    office.world.send()
    assert {to for _, to in post.envelopes} == {"malee@agency.example", "mika@hospital.example"}


def test_a_batch_reads_no_preferences(office: Office) -> None:
    """Drafting stays what it was: preferences are asked when an e-mail leaves."""
    wants(office, kinds={"changes": {"email": False}})
    office.world.database.command("profile", 2)
    office.world.consume(*[Case(organization_id=None).confirmed(office.world.now) for _ in range(5)])
    office.world.database.command("profile", 0)
    touched = {look["ns"].partition(".")[2] for look in office.world.database["system.profile"].find({"op": "query"})}
    assert touched.isdisjoint({"preferences", "interpreters", "read_receipts", "inboxes", "accounts"})


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"kinds": {"changes": {"inbox": False}}}, {"#/kinds/changes/inbox"}),
        ({"kinds": {"offers": {"inbox": False, "email": False}}}, {"#/kinds/offers/inbox"}),
        ({"kinds": {"gossip": {"inbox": False}}}, {"#/kinds/gossip"}),
        ({"kinds": {"reports": {"email": "no"}}}, {"#/kinds/reports/email"}),
        ({"quiet_hours": {"from": "7:00", "to": "25:00"}}, {"#/quiet_hours/from", "#/quiet_hours/to"}),
        ({"quiet_hours": {"from": "07:00", "to": "07:00"}}, {"#/quiet_hours/to"}),
        ({"quiet_hours": {"from": "07:00"}}, {"#/quiet_hours/to"}),
        ({"muted": True}, {"#/muted"}),
    ],
)
def test_all_invalid_preferences_are_refused_at_once(office: Office, body: Any, pointers: set[str]) -> None:
    answer = office.put("/me/preferences", yuki(office), body)
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json["errors"]} == pointers
    assert version(office.get("/me/preferences", yuki(office))) == 0


def test_two_windows_do_not_overwrite_each_other(office: Office) -> None:
    who, off = yuki(office), {"kinds": {"reports": {"email": False, "inbox": False}}}
    first = office.put("/me/preferences", who, off, **{"If-Match": '"0"', "Idempotency-Key": "k"})
    assert (first.status_code, version(first)) == (200, 1)
    assert first.json["kinds"]["reports"] == {"inbox": False, "email": False}
    assert office.put("/me/preferences", who, {}, **{"If-Match": '"0"'}).status_code == 412
    again = office.put("/me/preferences", who, off, **{"If-Match": '"0"', "Idempotency-Key": "k"})
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    assert version(office.put("/me/preferences", who, {}, **{"If-Match": '"1"'})) == 2
    other = office.token("front_desk", account_id=new_id())
    assert version(office.get("/me/preferences", other)) == 0, "each person has their own"


def test_they_are_for_those_who_sign_in(office: Office) -> None:
    assert office.get("/me/preferences", {}).status_code == 401
    assert office.put("/me/preferences", {}, {}).status_code == 401
