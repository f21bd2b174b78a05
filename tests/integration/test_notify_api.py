"""Notify's API over its real app: who may see what, the inbox in the reader's language, sending again, settling."""

from datetime import timedelta
from pathlib import Path

import pytest
from pymongo.database import Database

from shared.events.accounts import AccountCreated
from tests.etags import version
from tests.integration.notify_office import Office
from tests.unit.notify.world import Case, Receiver


@pytest.fixture
def office(mongo_url: str, database: Database, tmp_path: Path) -> Office:
    return Office(mongo_url, database, tmp_path)


def test_what_was_told_of_a_case(office: Office) -> None:
    world, case = office.world, Case()
    world.endpoint("http://127.0.0.1:9/")
    (received,) = world.consume(case.received())
    world.consume(Case().received())
    found = office.get(f"/notifications?case_id={case.case_id}", office.token("front_desk"))
    assert found.status_code == 200
    items = {item["recipient"]: item for item in found.json["items"]}
    assert set(items) == {"role:front_desk", "endpoint:hook"}
    hook = items["endpoint:hook"]
    assert (hook["channel"], hook["status"], hook["event_id"]) == ("webhook", "queued", received.id)
    assert "body" not in hook and "lease" not in hook
    one = office.get(f"/notifications/{hook['id']}", office.token("operator"))
    assert one.json["id"] == hook["id"] and version(one) == 1


def test_pages_follow_one_another(office: Office) -> None:
    office.world.consume(*[Case(organization_id=None).unfilled(office.world.now) for _ in range(4)])
    desk, seen, path = office.token("coordinator"), [], "/notifications?channel=inbox&limit=3"
    while path:
        page = office.get(path, desk)
        seen += [item["id"] for item in page.json["items"]]
        link = page.headers.get("Link", "")
        path = link[1:].partition(">")[0].partition("/notify/api/v1")[2] if link else ""
    assert len(seen) == len(set(seen)) == 8


@pytest.mark.parametrize(
    ("roles", "status"),
    [((), 401), (("billing",), 403), (("interpreter",), 403), (("operator",), 200), (("admin",), 200)],
)
def test_who_may_see_notices(office: Office, roles: tuple[str, ...], status: int) -> None:
    header = office.token(*roles) if roles else {}
    assert office.get("/notifications", header).status_code == status


@pytest.mark.parametrize(
    "query", ["unknown=1", "status=odd", "channel=pigeon", "limit=0", "status[$ne]=x", "cursor=abc"]
)
def test_odd_filters_are_refused(office: Office, query: str) -> None:
    assert office.get(f"/notifications?{query}", office.token("operator")).status_code == 422


def test_the_inbox_is_ones_own_and_in_ones_language(office: Office) -> None:
    world, case = office.world, Case(organization_id=None)
    world.consume(
        world.received_event(
            AccountCreated(account_id="desk", username="d", roles=("front_desk",), language="en"), "desk"
        )
    )
    world.interpreter(account_id="yuki-account")
    world.consume(case.confirmed(world.now + timedelta(days=1)))
    desk = office.token("front_desk", account_id="desk")
    (entry,) = office.get("/inbox", desk).json["items"]
    assert entry["title"] == "R-26-00427-K: interpreter confirmed (Thai)" and entry["key"] == "desk.booking.confirmed"
    (japanese,) = office.get("/inbox?language=ja", desk).json["items"]
    assert japanese["title"].endswith("（タイ語）")
    (mine,) = office.get("/inbox", office.token("interpreter", account_id="yuki-account")).json["items"]
    assert mine["recipient"] == "interpreter:yuki" and mine["title"].startswith("通訳予約の確定：")
    other = office.token("interpreter", account_id="other")
    assert office.get("/inbox", other).json["items"] == []
    assert office.post(f"/inbox/{mine['id']}/read", other).status_code == 404
    assert office.post(f"/inbox/{entry['id']}/read", desk).json["read_at"]
    assert office.get("/inbox?unread=true", desk).json["items"] == []
    assert len(office.get("/inbox", desk).json["items"]) == 1


def test_a_dead_notification_is_sent_again_and_an_illegal_move_names_the_allowed(office: Office) -> None:
    world, agency = office.world, Receiver(410)
    world.endpoint(agency.url)
    world.consume(Case().received())
    world.send()
    dead = world.notification(channel="webhook")
    desk = office.token("front_desk")
    path = f"/notifications/{dead['_id']}"
    assert office.post(f"{path}/settle", desk, {"delivered": True}).json["allowed"] == ["retry"]
    assert office.post(f"{path}/retry", office.token("coordinator")).status_code == 403
    assert office.post(f"{path}/retry", desk, **{"If-Match": '"1"'}).status_code == 412
    first = office.post(f"{path}/retry", desk, **{"Idempotency-Key": "k1"})
    assert first.status_code == 200 and first.json["status"] == "queued"
    again = office.post(f"{path}/retry", desk, **{"Idempotency-Key": "k1"})
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    refused = office.post(f"{path}/retry", desk)
    assert refused.status_code == 409 and refused.json["allowed"] == []
    agency.answers = [200]
    world.endpoint(agency.url)
    world.send()
    assert world.notification(channel="webhook")["status"] == "delivered"
    agency.close()


def test_unknown_notifications_and_odd_bodies(office: Office) -> None:
    desk = office.token("front_desk")
    assert office.get("/notifications/none", desk).status_code == 404
    assert office.post("/notifications/none/retry", desk).status_code == 404
    assert office.post("/notifications/none/settle", desk, {"delivered": 1}).status_code == 422
    assert office.post("/inbox/none/read", desk).status_code == 404


def test_the_documentation_names_every_route(office: Office) -> None:
    document = office.client.get("/notify/api/openapi.json").json
    assert {path.removeprefix("/notify/api/v1") for path in document["paths"]} >= {
        "/notifications",
        "/notifications/{notification_id}",
        "/notifications/{notification_id}/retry",
        "/notifications/{notification_id}/settle",
        "/inbox",
        "/inbox/unread",
        "/inbox/read-all",
        "/inbox/{notification_id}/read",
        "/inbox/{notification_id}/archive",
        "/inbox/{notification_id}/unarchive",
        "/me/preferences",
    }
