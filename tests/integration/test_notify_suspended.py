"""A suspended organization hears nothing, whatever was on its way; active again, it hears what is still true, and once."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from pymongo.database import Database

from shared.clock import rfc3339
from shared.events import intake
from shared.events import interpreting as booking
from shared.events.partners import Contact
from tests.integration.test_notify_mail import Post, free_port
from tests.unit.notify.world import Case, Receiver, World

MALEE = (Contact(name="Malee", email="malee@agency.example"),)


@pytest.fixture
def agency() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def world(database: Database, tmp_path: Path, post: Post, agency: Receiver) -> Iterator[World]:
    server = Controller(post, hostname="127.0.0.1", port=free_port())
    server.start()
    world = World(database, tmp_path, smtp=f"smtp://127.0.0.1:{server.port}?from=desk@hospital.example")
    world.organization(contacts=MALEE)
    world.endpoint(agency.url)
    settle(world)
    yield world
    server.stop()


def settle(world: World) -> None:
    """Both passes of the catch-up."""
    for _ in range(2):
        world.move(seconds=21)
        world.catch_up()


def types(agency: Receiver) -> list[str]:
    return [json.loads(got.body)["type"] for got in agency.got]


def test_nothing_is_sent_while_suspended_and_the_case_shows_it(world: World, agency: Receiver, post: Post) -> None:
    world.organization(contacts=MALEE, status="suspended")
    settle(world)
    world.consume(Case().accepted(), Case().booked(world.now + timedelta(days=9)))
    world.send()
    for _ in range(3):
        world.move(days=1)
        world.catch_up()
        world.send()
    assert not agency.got and not post.got
    found = world.notifications(organization_id="agency", channel={"$ne": "inbox"})
    assert len(found) == 4
    assert {(n["status"], n["reason"], n["due_at"]) for n in found} == {("suppressed", "organization_suspended", None)}
    suppressed = [entry["data"] for entry in world.published() if entry["type"] == "notify.notification.suppressed.v1"]
    assert {(one["recipient_kind"], one["reason"]) for one in suppressed} == {
        ("contact", "organization_suspended"),
        ("endpoint", "organization_suspended"),
    }


@pytest.mark.parametrize("status", ["suspended", "closed"])
@pytest.mark.parametrize("stage", ["queued", "failed", "sending"])
def test_what_was_on_its_way_stays_here(world: World, agency: Receiver, post: Post, status: str, stage: str) -> None:
    agency.answers = [503]
    world.consume(Case().accepted())
    if stage == "failed":
        world.webhooks.run_once(world.deps)
        world.webhooks.finish(20)
    elif stage == "sending":  # by a process that died with it
        due = world.deps.store.due("webhook", world.now, [], [], 10)
        world.deps.store.claim(due, world.now, world.now + timedelta(seconds=30))
    before = len(agency.got)
    world.organization(contacts=MALEE, status=status)
    world.move(days=2)
    world.send()
    assert len(agency.got) == before and not post.got
    reasons = {n["reason"] for n in world.notifications(organization_id="agency", channel={"$ne": "inbox"})}
    assert reasons == {f"organization_{status}"}


def test_resending_by_hand_does_not_bypass_it(world: World, agency: Receiver) -> None:
    from services.notify.actions.outcomes import resend
    from shared.command_context import CommandContext

    world.organization(contacts=MALEE, status="suspended")
    world.consume(Case().accepted())
    resend(world.deps, world.notification(channel="webhook")["_id"], CommandContext(world.now, "account:desk", "req"))
    world.send()
    assert not agency.got and world.notification(channel="webhook")["reason"] == "organization_suspended"


def test_active_again_it_gets_what_is_still_valid_in_order_and_once(world: World, agency: Receiver, post: Post) -> None:
    world.organization(contacts=MALEE, status="suspended")
    settle(world)
    soon, late = world.now + timedelta(hours=1), world.now + timedelta(days=30)
    moved, over, cancelled, messaged = Case(), Case(), Case(), Case()
    world.consume(moved.accepted(), moved.booked(soon), moved.scheduled())
    world.consume(over.booked(soon), over.confirmed(soon))
    world.consume(cancelled.booked(late), messaged.received())
    world.move(minutes=1)
    rescheduled = moved.visit(late) | {
        "wanted_by": "patient", "previous_start": rfc3339(soon), "previous_end": rfc3339(soon + timedelta(hours=1)),
    }  # fmt: skip
    world.consume(intake.VisitRescheduled(**rescheduled))
    world.consume(
        intake.VisitCancelled(
            **cancelled.visit(late) | {"visit_status": "cancelled"}, reason="visa", wanted_by="patient"
        )
    )
    world.consume(intake.MessagePosted(**messaged.case_fields("received"), message_id="m1", sent_by="hospital"))
    world.consume(intake.MessagePosted(**messaged.case_fields("received"), message_id="m2", sent_by="hospital"))
    world.move(days=2)
    world.organization(contacts=MALEE)
    settle(world)
    world.send(20)
    received = [
        (type_, json.loads(got.body)["data"]["id"]) for type_, got in zip(types(agency), agency.got, strict=True)
    ]
    assert sorted(received) == sorted(
        [
            ("referral.scheduled", moved.case_id),
            ("visit.rescheduled", moved.case_id),
            ("visit.cancelled", cancelled.case_id),
            ("referral.received", messaged.case_id),
            ("message.posted", messaged.case_id),
            ("message.posted", messaged.case_id),
        ]
    )
    of_one = [type_ for type_, case_id in received if case_id == messaged.case_id]
    assert of_one == ["referral.received", "message.posted", "message.posted"]
    mails = len(post.got)
    assert mails == 5, "accepted is no longer its status; referral received, rescheduled, cancelled, two messages"
    settle(world)
    world.organization(contacts=MALEE)
    settle(world)
    world.send()
    assert len(agency.got) == len(received) and len(post.got) == mails
    left = {n["reason"] for n in world.notifications(status="suppressed")}
    assert left == {"overtaken"}


@pytest.mark.parametrize("event", ["corrected", "released", "cancelled"])
def test_an_event_without_a_notification_overtakes_too(world: World, agency: Receiver, event: str) -> None:
    world.organization(contacts=MALEE, status="suspended")
    settle(world)
    case, start = Case(), world.now + timedelta(days=9)
    world.consume(intake.VisitNoShow(**case.visit(start)) if event == "corrected" else case.confirmed(start))
    gone = case.booking(start, None)
    world.consume(
        {
            "corrected": lambda: intake.VisitCorrected(
                **case.visit(start) | {"visit_status": "arrived"}, corrected_from="no_show"
            ),
            "released": lambda: booking.BookingReleased(
                **gone | {"status": "open"}, released_interpreter_id="yuki", reason="interpreter_unavailable"
            ),
            "cancelled": lambda: booking.BookingCancelled(**gone | {"status": "cancelled"}, reason="visit_cancelled"),
        }[event]()
    )
    world.organization(contacts=MALEE)
    settle(world)
    world.send()
    assert not agency.got and {n["reason"] for n in world.notifications(channel="webhook")} == {"overtaken"}


def test_suspended_again_before_it_is_sent_it_waits_for_the_next_time(world: World, agency: Receiver) -> None:
    world.organization(contacts=MALEE, status="suspended")
    world.consume(Case().accepted())
    world.organization(contacts=MALEE)
    settle(world)
    world.organization(contacts=MALEE, status="suspended")
    world.send()
    assert not agency.got
    settle(world)
    world.organization(contacts=MALEE)
    settle(world)
    world.send()
    assert types(agency) == ["referral.accepted"]


def test_other_agencies_are_notified_as_ever(world: World, agency: Receiver) -> None:
    world.organization("other")
    world.endpoint(agency.url, endpoint_id="theirs", organization_id="other")
    world.organization(contacts=MALEE, status="suspended")
    world.consume(Case().accepted(), Case("other").accepted())
    world.send()
    assert types(agency) == ["referral.accepted"]
    assert world.notification(recipient="endpoint:theirs")["status"] == "delivered"


def test_what_is_suppressed_by_suspension_is_found_by_its_index(world: World) -> None:
    world.organization(contacts=MALEE, status="suspended")
    world.consume(*[Case().accepted() for _ in range(5)])
    query = {"organization_id": "agency", "reason": "organization_suspended", "status": "suppressed"}
    plan = world.database.notifications.find(query).sort([("at", 1)]).explain()
    assert "organization_id_1_at_1" in str(plan["queryPlanner"]["winningPlan"])
