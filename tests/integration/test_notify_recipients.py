"""From events to notifications on a real MongoDB: one per cause, recipient and channel, and no recipient is missed."""

from datetime import timedelta
from pathlib import Path

import pytest
from pymongo.database import Database

from services.notify.actions.catch_ups import SECOND_PASS
from services.notify.store.organization_cache import OrganizationCache
from shared.events import intake
from shared.events import interpreting as booking
from shared.events.partners import Contact
from shared.mongo import OPERATION_SECONDS
from tests.unit.notify.world import Case, World

NOWHERE = "http://127.0.0.1:9/hooks"


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path, smtp="smtp://127.0.0.1:9")


def who(world: World, **filters: object) -> set[tuple[str, str]]:
    return {(notice["recipient"], notice["channel"]) for notice in world.notifications(**filters)}


def test_a_referral_notifies_desk_endpoint_and_contact(world: World) -> None:
    world.organization(contacts=(Contact(name="Malee", email="Malee@agency.example"), Contact(name="no mail")))
    world.endpoint(NOWHERE)
    case = Case()
    (received,) = world.consume(case.received())
    assert who(world) == {
        ("role:front_desk", "inbox"),
        ("endpoint:hook", "webhook"),
        ("contact:malee@agency.example", "email"),
    }
    entry = world.notification(channel="inbox")
    assert (entry["status"], entry["event_id"], entry["case_id"]) == ("delivered", received.id, case.case_id)
    assert "outbox" not in entry and "due_at" not in entry
    assert world.notification(channel="webhook")["status"] == world.notification(channel="email")["status"] == "queued"


def test_the_same_cause_twice_makes_one_of_each(world: World) -> None:
    world.organization(contacts=(Contact(name="Malee", email="malee@agency.example"),))
    world.endpoint(NOWHERE)
    case = Case()
    first, second = world.received_event(case.received()), world.received_event(case.accepted())
    world.consume(first, second)
    before = world.notifications()
    world.consume(first, second)
    world.consume(first)
    assert world.notifications() == before and len(before) == 3 + 2


def test_a_batch_looks_an_organization_up_once_and_stores_one_document_of_causes(world: World) -> None:
    world.organization()
    world.consume(*[Case().received() for _ in range(20)])
    assert len(world.notifications(channel="inbox")) == 20
    (batch,) = world.database.causes.find()
    assert len(batch["causes"]) == 20 and batch["organizations"] == ["agency"]


def test_no_look_up_and_no_cause_without_an_organization(world: World) -> None:
    case = Case(organization_id=None)
    world.consume(case.booked(world.now), case.confirmed(world.now))
    assert world.database.causes.count_documents({}) == world.database.cases.count_documents({}) == 0


def test_an_endpoint_gets_the_types_it_subscribed_to(world: World) -> None:
    world.endpoint(NOWHERE, ("visit.booked", "interpreter.confirmed"), "some")
    world.endpoint(NOWHERE, ("referral.accepted",), "other")
    world.endpoint(NOWHERE, ("*",), "off", status="disabled")
    case, start = Case(), world.now + timedelta(days=2)
    world.consume(case.received(), case.accepted(), case.scheduled(), case.booked(start), case.confirmed(start))
    types = {(notice["recipient"], notice["webhook_type"]) for notice in world.notifications(channel="webhook")}
    assert types == {
        ("endpoint:some", "visit.booked"),
        ("endpoint:some", "interpreter.confirmed"),
        ("endpoint:other", "referral.accepted"),
    }


def test_an_organization_is_notified_of_its_own_cases_only(world: World) -> None:
    world.endpoint(NOWHERE, endpoint_id="theirs", organization_id="other")
    world.consume(Case().received())
    assert who(world) == {("role:front_desk", "inbox")}


def test_a_closed_organization_is_not_notified(world: World) -> None:
    world.organization(contacts=(Contact(name="Malee", email="malee@agency.example"),), status="closed")
    world.endpoint(NOWHERE)
    world.consume(Case().received())
    assert who(world) == {("role:front_desk", "inbox")}


def test_a_confirmed_booking_notifies_interpreter_desk_and_agency(world: World) -> None:
    world.endpoint(NOWHERE)
    case = Case()
    world.consume(case.confirmed(world.now))
    assert who(world) == {
        ("role:front_desk", "inbox"),
        ("interpreter:yuki", "inbox"),
        ("interpreter:yuki", "email"),
        ("endpoint:hook", "webhook"),
    }


def test_nobody_found_reaches_the_coordinator(world: World) -> None:
    world.consume(Case().unfilled(world.now))
    assert who(world) == {("role:front_desk", "inbox"), ("role:coordinator", "inbox")}


def test_a_move_notifies_the_interpreter_and_a_release_the_one_released(world: World) -> None:
    case, start = Case(), world.now
    moved = {"previous_start": case.booking(start)["start"], "previous_end": case.booking(start)["end"]}
    world.consume(booking.BookingRescheduled(**case.booking(start), **moved))
    world.consume(
        booking.BookingReleased(
            **case.booking(start, None), reason="new_time_does_not_fit", released_interpreter_id="yuki"
        )
    )
    world.consume(booking.BookingReassigned(**case.booking(start, "ken"), previous_interpreter_id="yuki"))
    world.consume(booking.BookingCancelled(**case.booking(start, "ken"), reason="not_needed"))
    mails = [(n["event_type"].split(".")[2], n["recipient"], n["text"]) for n in world.notifications(channel="email")]
    assert sorted(mails) == [
        ("cancelled", "interpreter:ken", "interpreter.booking.cancelled"),
        ("reassigned", "interpreter:ken", "interpreter.booking.reassigned"),
        ("reassigned", "interpreter:yuki", "interpreter.booking.released"),
        ("released", "interpreter:yuki", "interpreter.booking.released"),
        ("rescheduled", "interpreter:yuki", "interpreter.booking.rescheduled"),
    ]


def test_a_message_goes_to_the_other_side_only(world: World) -> None:
    world.organization(contacts=(Contact(name="Malee", email="malee@agency.example"),))
    world.endpoint(NOWHERE)
    case = Case()
    world.consume(intake.MessagePosted(**case.case_fields("in_review"), message_id="1", sent_by="agency"))
    assert who(world) == {("role:front_desk", "inbox")}
    (ours,) = world.consume(intake.MessagePosted(**case.case_fields("in_review"), message_id="2", sent_by="hospital"))
    assert who(world, event_id=ours.id) == {("endpoint:hook", "webhook"), ("contact:malee@agency.example", "email")}


def test_without_a_mail_server_mail_is_suppressed_with_its_reason(database: Database, tmp_path: Path) -> None:
    world = World(database, tmp_path)
    world.consume(Case().confirmed(world.now))
    mail = world.notification(channel="email")
    assert (mail["status"], mail["reason"], mail["due_at"]) == ("suppressed", "no_smtp", None)


def test_an_endpoint_consumed_late_gets_what_happened_after_it_was_registered(world: World) -> None:
    """Between two subjects there is no order: the referral may come before the endpoint that was there first."""
    case, early = Case(), Case()
    world.consume(early.received())
    world.move(seconds=1)
    hook = world.received_event(_hook(world), "agency")
    world.move(seconds=1)
    referral, accepted = world.received_event(case.received()), world.received_event(case.accepted())
    world.consume(referral, accepted)
    assert not world.notifications(channel="webhook")
    world.consume(hook)
    world.move(seconds=3)
    assert world.catch_up() == 2
    assert {n["case_id"] for n in world.notifications(channel="webhook")} == {case.case_id}
    world.move(seconds=30)
    assert world.catch_up() == 0 and not world.database.catch_ups.count_documents({})
    assert len(world.notifications(channel="webhook")) == 2


def test_what_was_drafted_from_a_cached_copy_is_caught_up(world: World) -> None:
    """Another worker remembers the agency as it was a second ago, and draws from that once more after the change."""
    case, late = Case(), Case()
    hearing, other = world.deps, world.new_dependencies()
    world.organization()
    world.move(seconds=30)
    world.catch_up()
    world.move(seconds=30)
    world.catch_up()
    world.deps = other
    world.consume(Case().received())
    world.deps = hearing
    world.move(seconds=0.5)
    world.endpoint(NOWHERE)
    world.deps = other
    world.consume(case.received())
    assert not world.notifications(channel="webhook"), "from the remembered copy"
    world.move(seconds=0.5)
    world.consume(late.received())
    assert {n["case_id"] for n in world.notifications(channel="webhook")} == {late.case_id}, (
        "after a second it is read anew"
    )
    world.move(seconds=2)
    assert world.catch_up() == 1
    assert {n["case_id"] for n in world.notifications(channel="webhook")} == {case.case_id, late.case_id}


def test_the_second_pass_comes_after_the_last_transaction_that_could_draw_from_an_older_copy() -> None:
    assert OrganizationCache.LIFETIME + timedelta(seconds=OPERATION_SECONDS) < SECOND_PASS


def test_a_worker_that_consumes_a_change_itself_caches_nothing_older(world: World) -> None:
    before, case, same_batch = Case(), Case(), Case()
    world.organization()
    world.consume(before.received())
    world.consume(world.received_event(_hook(world), "agency"), same_batch.received())
    world.consume(case.received())
    assert {n["case_id"] for n in world.notifications(channel="webhook")} == {case.case_id}
    world.move(seconds=3)
    assert world.catch_up() == 2, "all of the same moment"


def test_a_change_consumed_days_later_is_caught_up_as_well(world: World) -> None:
    case = Case()
    world.organization()
    hook = world.received_event(_hook(world), "agency")
    world.move(days=3)
    world.consume(case.received())
    world.consume(hook)
    world.move(seconds=3)
    assert world.catch_up() == 1


def _hook(world: World) -> object:
    from shared.events.partners import WebhookChanged
    from shared.hpke import seal_to

    sealed = (seal_to(world.public_key, b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),)
    return WebhookChanged(
        organization_id="agency", endpoint_id="hook", url=NOWHERE, events=("*",), status="active", sealed_secrets=sealed
    )


def test_a_rebuild_writes_copies_and_notifies_nobody(world: World) -> None:
    from services.notify.handlers import HANDLERS
    from shared.inbox.unit_of_work import UnitOfWork

    case = Case()
    events = [world.received_event(case.accepted()), world.received_event(case.scheduled())]
    world.consume(*events)
    before, copy = world.notifications(), world.database.cases.find_one()
    unit = UnitOfWork(world.database, None, {"cases": "cases.rebuilding"})
    for event in events:
        HANDLERS[type(event.data)](event, world.deps.within(unit))
    unit.flush()
    assert world.notifications() == before and world.database["cases.rebuilding"].find_one() == copy
