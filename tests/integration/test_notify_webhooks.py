"""Webhooks to a real HTTP server: signed, the same bytes every time, tried for three days, never where they must not go."""

import json
import random
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from standardwebhooks import Webhook

from services.notify.actions.outcomes import resend
from services.notify.rules.notifications import DELAYS
from shared.command_context import CommandContext
from tests.unit.notify.world import NEW_SECRET, SECRET, Case, ReceivedRequest, Receiver, World


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path)


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    made: list[Receiver] = []
    yield made
    for receiver in made:
        receiver.close()


def receiver(receivers: list[Receiver], *answers: Any, wait: threading.Event | None = None) -> Receiver:
    receivers.append(Receiver(*answers, wait=wait))
    return receivers[-1]


def signed_by(secret: str, got: ReceivedRequest) -> bool:
    """As the library verifies, at the time the request says."""
    moment = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
    wanted = Webhook(secret).sign(got.headers["webhook-id"], moment, got.body.decode())
    return wanted in got.headers["webhook-signature"].split(" ")


def test_a_webhook_arrives_signed_and_exactly_as_described(world: World, receivers: list[Receiver]) -> None:
    agency = receiver(receivers)
    world.endpoint(agency.url)
    case = Case()
    world.consume(case.received())
    world.send()
    (got,) = agency.got
    assert got.path == "/hooks?from=imc" and got.headers["content-type"] == "application/json"
    body = Webhook(SECRET).verify(got.body, got.headers)
    notice = world.notification(channel="webhook")
    assert got.headers["webhook-id"] == notice["_id"]
    assert body == {
        "type": "referral.received",
        "timestamp": notice["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "id": case.case_id,
            "reference": "R-26-00427-K",
            "agency_reference": "BKK-2291",
            "status": "received",
            "next": {"who": "hospital", "what": "review", "by": None},
            "link": f"https://imc.hospital.example/intake/api/v1/referrals/{case.case_id}",
        },
    }
    assert (notice["status"], notice["attempts"], notice["due_at"]) == ("delivered", 1, None)
    (event,) = world.published()
    assert event["type"] == "notify.notification.delivered.v1" and event["causationid"] == notice["event_id"]
    assert event["correlationid"] == case.case_id
    assert event["data"]["recipient_kind"] == "endpoint" and event["data"]["recipient_id"] == "hook"


def test_retries_carry_the_same_id_and_bytes_and_a_new_time(world: World, receivers: list[Receiver]) -> None:
    agency = receiver(receivers, 500, 404, 204)
    world.endpoint(agency.url)
    world.consume(Case().received())
    world.send()
    assert world.notification(channel="webhook")["status"] == "failed" and not world.published()
    world.move(seconds=4)
    world.send()
    assert len(agency.got) == 1
    world.move(seconds=3)
    world.send()
    world.move(seconds=20)
    world.send()
    world.move(days=1)
    world.send()
    assert len(agency.got) == 3
    assert len({got.body for got in agency.got}) == len({got.headers["webhook-id"] for got in agency.got}) == 1
    assert len({got.headers["webhook-timestamp"] for got in agency.got}) == 3
    assert all(signed_by(SECRET, got) for got in agency.got)
    tries = world.notification(channel="webhook")["tries"]
    assert [(one["result"], one.get("reason")) for one in tries] == [
        ("failed", "http_500"),
        ("failed", "http_404"),
        ("delivered", None),
    ]


def test_it_is_dead_after_three_days_and_can_be_sent_again(world: World, receivers: list[Receiver]) -> None:
    agency = receiver(receivers, 503)
    world.endpoint(agency.url)
    world.consume(Case().received())
    began = world.now
    while (notice := world.notification(channel="webhook"))["status"] != "dead":
        world.now = max(world.now, notice["due_at"])
        world.send(1)
    assert len(agency.got) == len(DELAYS["webhook"]) + 1
    assert timedelta(days=2.6) < world.now - began < timedelta(days=3.4)
    assert [event["type"] for event in world.published()] == ["notify.notification.dead.v1"]
    assert world.published()[0]["data"]["reason"] == "http_503"
    agency.answers = [200]
    resend(world.deps, notice["_id"], CommandContext(world.now, "account:desk", "req"))
    world.move(minutes=6)  # the endpoint's breaker probes again
    world.send()
    assert world.notification(channel="webhook")["status"] == "delivered"
    assert len({got.headers["webhook-id"] for got in agency.got}) == len({got.body for got in agency.got}) == 1


def test_the_pauses_grow_from_seconds_to_a_day_over_three_days() -> None:
    pauses = DELAYS["webhook"]
    assert pauses[0] == 5 and pauses[-1] == 86400 and list(pauses) == sorted(pauses)
    assert 2.9 * 86400 < sum(pauses) < 3.1 * 86400


@pytest.mark.parametrize("status", [301, 307, 400, 408, 413, 425, 429, 500, 502, 503])
@pytest.mark.parametrize("form", ["seconds", "imf", "rfc850", "asctime"])
def test_with_retry_after_on_any_status_no_attempt_comes_before_it_and_one_after(
    world: World, receivers: list[Receiver], status: int, form: str
) -> None:
    world.now = world.now.replace(microsecond=0)
    moment = world.now + timedelta(hours=30)
    written = {
        "seconds": "108000",
        "imf": f"{moment:%a, %d %b %Y %H:%M:%S} GMT",
        "rfc850": f"{moment:%A, %d-%b-%y %H:%M:%S} GMT",
        "asctime": f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y}",
    }[form]
    agency = receiver(receivers, (status, {"Retry-After": written}), 200)
    world.endpoint(agency.url)
    world.consume(Case().received())
    world.send()
    for hours in (1, 10, 18.9):
        world.move(hours=hours)
        world.send()
        assert len(agency.got) == 1
    world.move(hours=0.1)
    world.send()
    assert len(agency.got) == 2 and world.notification(channel="webhook")["status"] == "delivered"


@pytest.mark.parametrize("written", ["-5", "soon", "Sun, 06 Nov 1994 08:49:37 GMT", "0", "1.5"])
def test_a_retry_after_in_the_past_or_none_leaves_the_usual_pause(
    world: World, receivers: list[Receiver], written: str
) -> None:
    agency = receiver(receivers, (503, {"Retry-After": written}), 200)
    world.endpoint(agency.url)
    world.consume(Case().received())
    world.send()
    assert world.notification(channel="webhook")["due_at"] - world.now < timedelta(seconds=6)


def test_while_secrets_rotate_both_sign(world: World, receivers: list[Receiver]) -> None:
    agency = receiver(receivers)
    world.endpoint(agency.url, secrets=(NEW_SECRET, SECRET))
    world.consume(Case().received())
    world.send()
    (got,) = agency.got
    assert signed_by(SECRET, got) and signed_by(NEW_SECRET, got)
    assert len(got.headers["webhook-signature"].split(" ")) == 2


def test_410_stops_the_endpoint_until_its_owner_changes_it(world: World, receivers: list[Receiver]) -> None:
    agency = receiver(receivers, 410)
    world.endpoint(agency.url)
    world.consume(Case().received())
    world.send()
    gone = world.notification(channel="webhook")
    assert (gone["status"], gone["reason"]) == ("dead", "gone")
    (event,) = world.published("endpoint_stops")
    assert event["type"] == "notify.endpoint.disabled.v1"
    assert event["data"] == {"organization_id": "agency", "endpoint_id": "hook"}
    assert world.database.endpoint_stops.find_one()["_id"] == "hook"
    world.consume(Case().received())
    world.send()
    (after,) = world.notifications(channel="webhook", status="suppressed")
    assert after["reason"] == "endpoint_disabled" and len(agency.got) == 1
    agency.answers = [200]
    world.endpoint(agency.url)
    world.consume(Case().received())
    world.send()
    assert len(agency.got) == 2 and len(world.notifications(channel="webhook", status="delivered")) == 1


def test_a_redirect_is_not_followed(world: World, receivers: list[Receiver]) -> None:
    inside = receiver(receivers)
    agency = receiver(receivers, (302, {"Location": inside.url}))
    world.endpoint(agency.url)
    world.consume(Case().received())
    world.send()
    assert world.notification(channel="webhook")["reason"] == "redirect_refused" and not inside.got


def test_nothing_is_sent_to_an_internal_address(database: Database, tmp_path: Path, receivers: list[Receiver]) -> None:
    world = World(database, tmp_path, allow="")
    inside = receiver(receivers)
    for url in (inside.url, f"https://127.0.0.1:{inside.port}/", f"https://localhost:{inside.port}/"):
        world.endpoint(url, endpoint_id=f"hook{len(url)}")
    world.consume(Case().received())
    world.send()
    found = world.notifications(channel="webhook")
    assert found and {notice["reason"] for notice in found} == {"address_refused"} and not inside.got


def test_those_of_one_case_are_sent_one_after_the_other_in_the_order_of_their_causes(
    world: World, receivers: list[Receiver]
) -> None:
    agency = receiver(receivers)
    world.endpoint(agency.url)
    case, start = Case(), world.now + timedelta(days=2)
    events = [case.received(), case.accepted(), case.booked(start), case.scheduled()]
    world.consume(*events)
    world.move(seconds=1)
    world.consume(case.confirmed(start))
    world.send(20)
    types = [json.loads(got.body)["type"] for got in agency.got]
    assert types == [
        "referral.received",
        "referral.accepted",
        "visit.booked",
        "referral.scheduled",
        "interpreter.confirmed",
    ]
    assert json.loads(agency.got[-1].body)["data"]["status"] == "scheduled"


def test_a_bookings_webhook_waits_for_the_case_and_then_stores_its_body(
    world: World, receivers: list[Receiver]
) -> None:
    agency = receiver(receivers, 500, 200)
    world.endpoint(agency.url, ("interpreter.confirmed",))
    case, start = Case(), world.now
    confirmed = world.received_event(case.confirmed(start))
    world.consume(confirmed)
    world.send()
    assert world.notification(channel="webhook")["reason"] == "case_not_known_yet" and not agency.got
    world.consume(case.scheduled())
    world.move(seconds=10)
    world.send()
    world.consume(case.accepted())
    world.move(minutes=2)
    world.send()
    bodies = [got.body for got in agency.got]
    assert len(bodies) == 2 and len(set(bodies)) == 1 and json.loads(bodies[0])["data"]["status"] == "scheduled"


def test_a_crash_while_sending_means_another_attempt_under_the_same_id(world: World, receivers: list[Receiver]) -> None:
    agency = receiver(receivers)
    world.endpoint(agency.url)
    world.consume(Case().received())
    (due,) = world.deps.store.due("webhook", world.now, [], [], 10)
    assert world.deps.store.claim([due], world.now, world.now + timedelta(seconds=30))
    world.send()
    assert not agency.got and world.notification(channel="webhook")["status"] == "sending"
    world.move(seconds=31)
    world.send()
    assert [got.headers["webhook-id"] for got in agency.got] == [due["_id"]]
    assert world.notification(channel="webhook")["attempts"] == 2


def test_two_processes_never_claim_the_same_notification(world: World, receivers: list[Receiver]) -> None:
    world.endpoint(receiver(receivers).url)
    world.consume(*[Case().received() for _ in range(40)])
    due = world.deps.store.due("webhook", world.now, [], [], 100)
    claims: list[dict[str, Any]] = []

    def claim(seed: int) -> None:
        mine = random.Random(seed).sample(due, 30)
        claims.extend(world.new_dependencies().store.claim(mine, world.now, world.now + timedelta(seconds=30)))

    threads = [threading.Thread(target=claim, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [notice["_id"] for notice in claims]
    assert len(ids) == len(set(ids)) == 40


def test_a_delivery_that_ended_after_its_lease_is_saved_and_published_once(
    world: World, receivers: list[Receiver]
) -> None:
    from services.notify.actions.outcomes import record_outcome
    from services.notify.rules.notifications import DELIVERED_NOW, failure

    world.endpoint(receiver(receivers).url)
    world.consume(Case().received())
    until = world.now + timedelta(seconds=30)
    (slow,) = world.deps.store.claim(world.deps.store.due("webhook", world.now, [], [], 1), world.now, until)
    world.move(seconds=31)
    (second,) = world.deps.store.claim(
        world.deps.store.due("webhook", world.now, [], [], 1), world.now, world.now + timedelta(seconds=30)
    )
    record_outcome(world.deps, second, failure("timeout"))
    record_outcome(world.deps, slow, DELIVERED_NOW)
    record_outcome(world.deps, slow, DELIVERED_NOW)
    assert world.notification(channel="webhook")["status"] == "delivered"
    assert [event["type"] for event in world.published()] == ["notify.notification.delivered.v1"]


def test_a_port_nobody_listens_on_is_a_failure(world: World) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        world.endpoint(f"http://127.0.0.1:{free.getsockname()[1]}/")
        world.consume(Case().received())
        world.send()
    assert world.notification(channel="webhook")["reason"] == "connection_refused"


def test_the_due_query_walks_its_index(world: World) -> None:
    world.endpoint("http://127.0.0.1:9/")
    world.consume(*[Case().received() for _ in range(5)])
    query = {
        "channel": "webhook",
        "due_at": {"$lte": world.now, "$type": "date"},
        "recipient_queue": {"$nin": ["endpoint:x"]},
    }
    plan = world.database.notifications.find(query).sort([("due_at", 1), ("sequence", 1)]).explain()
    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"]) and "'SORT'" not in str(plan["queryPlanner"])


def test_what_waits_for_a_full_endpoint_is_skipped_without_being_read(world: World) -> None:
    world.endpoint("http://127.0.0.1:9/")
    world.consume(*[Case().received() for _ in range(30)])
    world.database.command("profile", 2)
    assert world.deps.store.due("webhook", world.now, ["endpoint:hook"], ["endpoint:other/case"], 64) == []
    world.database.command("profile", 0)
    (look,) = world.database["system.profile"].find({"op": "query", "command.find": "notifications"})
    assert look["docsExamined"] == 0 and "due_at" in look["planSummary"]


def test_what_is_not_expired_yet_is_skipped_without_being_read(world: World) -> None:
    world.endpoint("http://127.0.0.1:9/")
    world.consume(*[Case().received() for _ in range(30)])
    world.database.command("profile", 2)
    assert world.deps.store.expired("webhook", ["endpoint:hook"], world.now, 50) == []
    world.database.command("profile", 0)
    (look,) = world.database["system.profile"].find({"op": "query", "command.filter.retry_until": {"$exists": True}})
    assert look["docsExamined"] == 0 and look["keysExamined"] > 0
