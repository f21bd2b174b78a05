"""Offers by hand on a real MongoDB: asked, accepted, declined, run out, taken back, and what becomes of them as the visit changes."""

from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.interpreting.actions import booking_commands, interpreters, offer_commands, open_bookings, self_service
from services.interpreting.rules import offers
from services.interpreting.rules.matching import InterpreterAlreadyBooked, InterpreterInactive, OverrideNeeded
from services.interpreting.rules.offers import (
    AlreadyOffered,
    NoSuchOffer,
    OfferNoLongerFits,
    OfferOver,
    TooLateToOffer,
)
from services.interpreting.rules.states import CommandNotAllowed
from shared.errors import InvalidInput
from shared.events.intake import InterpreterNeed
from shared.ids import new_id
from shared.paging import Window
from shared.signed_links import NoSuchLink
from tests.unit.interpreting.world import OFFICE, Visit, World, at

NIGHT: list[dict[str, str]] = []  # no weekly hours: an override is needed
OVERTIME = "Agreed to stay on"


@pytest.fixture
def world(database: Database[dict[str, Any]]) -> World:
    return World(database)


def unfilled(world: World, **more: Any) -> Visit:
    """A visit that nobody fits."""
    visit = Visit(**more)
    world.consume(visit.booked())
    assert world.booking(visit)["status"] == "unfilled"
    return visit


def asked(world: World, count: int = 2, **more: Any) -> tuple[Visit, dict[str, str], list[str]]:
    """A visit nobody fits, offered to some who would stay on for it."""
    visit = unfilled(world, **more)
    people = [world.interpreter(f"N{number}", weekly_hours=NIGHT) for number in range(count)]
    return visit, world.offer(visit, *people, override=OVERTIME), people


def test_several_are_asked_and_each_is_told_with_a_link_of_their_own(world: World) -> None:
    visit, made, people = asked(world, 3)
    booking = world.booking(visit)
    assert booking["status"] == "offered"
    assert world.published(visit) == ["requested", "unfilled", "requested", "offered"]
    said = world.last(visit)
    assert (said["status"], [one["interpreter_id"] for one in said["offers"]]) == ("offered", people)
    assert {one["expires_at"] for one in said["offers"]} == {"2026-11-24T01:00:00.000Z"}
    assert [(one["override"], one["against"]) for one in booking["offers"]] == [(OVERTIME, ["outside_hours"])] * 3
    assert set(world.links()) == set(made.values())
    token = world.links()[made[people[0]]]
    assert token not in str(world.database.bookings.find_one()), "the link lies nowhere but in the sealed link"
    assert world.database.search_queue.count_documents({}) == 0


def test_the_first_acceptance_confirms_and_every_other_is_told(world: World) -> None:
    visit, made, (first, second, third) = asked(world, 3)
    booking = world.accept(visit, made[second])
    assert (booking["status"], booking["interpreter_id"], booking["filled_by"]) == ("confirmed", second, "offer")
    assert booking["override"] == {
        "reason": OVERTIME,
        "by": "account:coordinator",
        "at": world.now,
        "against": ["outside_hours"],
    }
    assert world.published(visit)[-2:] == ["confirmed", "withdrawn"]
    assert world.last(visit)["reason"] == "taken"
    assert [one["interpreter_id"] for one in world.last(visit)["offers"]] == [first, third]
    assert world.offers(visit) == [("withdrawn", "taken"), ("accepted", None), ("withdrawn", "taken")]
    with pytest.raises(OfferOver) as late:
        world.accept(visit, made[first])
    assert late.value.outcome == "taken"
    with pytest.raises(OfferOver):
        world.decline(visit, made[second])
    again = world.accept(visit, made[second])
    assert (again["version"], world.published(visit)[-1]) == (booking["version"], "withdrawn"), (
        "said twice changes nothing"
    )
    assert world.overlapping() == []


def test_declined_by_all_is_matched_anew_without_them(world: World) -> None:
    visit = unfilled(world)
    first, second = world.interpreter("A"), world.interpreter("B")
    made = world.offer(visit, first, second)
    world.decline(visit, made[first])
    assert (world.booking(visit)["status"], world.published(visit)[-1]) == ("offered", "declined")
    booking = world.decline(visit, made[second])
    assert booking["status"] == "unfilled"
    assert booking["match"]["why_nobody"] == {"gave_back": 2}
    assert world.published(visit)[-2:] == ["declined", "unfilled"]
    assert world.decline(visit, made[second])["version"] == booking["version"]
    other = world.interpreter("C")
    assert world.retry_searches() == 1
    assert world.booking(visit)["interpreter_id"] == other


def test_the_last_no_gives_it_to_whoever_became_free(world: World) -> None:
    visit, made, (only,) = asked(world, 1)
    free = world.interpreter("FREE")
    world.retry_searches()
    assert world.booking(visit)["status"] == "offered", "nobody is chosen automatically while somebody is asked"
    booking = world.decline(visit, made[only])
    assert (booking["status"], booking["interpreter_id"]) == ("confirmed", free)
    assert world.published(visit)[-2:] == ["declined", "confirmed"]


def test_an_offer_runs_out(world: World) -> None:
    visit, made, (first, second) = asked(world, 2)
    third = world.interpreter("LATER", weekly_hours=NIGHT)
    world.now += timedelta(minutes=30)
    made |= world.offer(visit, third, minutes=45, override=OVERTIME)
    assert offer_commands.expire_offers(world.deps, world.now) == 0
    world.now += timedelta(minutes=30)
    with pytest.raises(OfferOver) as late:
        world.accept(visit, made[first])
    assert late.value.outcome == "expired", "at its end already, before any timer"
    assert offer_commands.expire_offers(world.deps, world.now) == 1
    assert world.offers(visit) == [("expired", None), ("expired", None), ("open", None)]
    assert (world.published(visit)[-1], world.booking(visit)["status"]) == ("expired", "offered")
    assert [one["interpreter_id"] for one in world.last(visit)["offers"]] == [first, second]
    world.now += timedelta(minutes=15)
    assert offer_commands.expire_offers(world.deps, world.now) == 1
    assert (world.published(visit)[-2:], world.booking(visit)["status"]) == (["expired", "unfilled"], "unfilled")
    assert offer_commands.expire_offers(world.deps, world.now) == 0
    assert world.database.search_queue.count_documents({}) == 1


def test_an_offer_is_never_open_longer_than_it_is_worth_trying(world: World) -> None:
    visit, made, (who,) = asked(world, 1, start=world.now + timedelta(minutes=20), end=world.now + timedelta(hours=1))
    assert world.booking(visit)["offers"][0]["expires_at"] == visit.start
    world.now = visit.start
    with pytest.raises(OfferOver):
        world.accept(visit, made[who])
    with pytest.raises(TooLateToOffer):
        world.offer(visit, world.interpreter("B", weekly_hours=NIGHT), override=OVERTIME)


def test_whoever_holds_an_open_offer_keeps_it(world: World) -> None:
    visit, made, (first, second) = asked(world, 2)
    third = world.interpreter("C", weekly_hours=NIGHT)
    more = world.offer(visit, first, third, override=OVERTIME)
    assert (more[first], len(world.booking(visit)["offers"])) == (made[first], 3)
    assert [one["interpreter_id"] for one in world.last(visit)["offers"]] == [third]
    with pytest.raises(AlreadyOffered):
        world.offer(visit, second, third, override=OVERTIME)


def test_who_cannot_be_asked(world: World) -> None:
    visit = unfilled(world)
    stranger = world.interpreter("VI", tag="vi")
    with pytest.raises(OverrideNeeded):
        world.offer(visit, stranger)
    with pytest.raises(InvalidInput):
        world.offer(visit, new_id(), override=OVERTIME)
    busy = world.interpreter("BUSY")
    other = Visit()
    world.consume(other.booked())
    assert world.booking(other)["interpreter_id"] == busy
    with pytest.raises(InterpreterAlreadyBooked):
        world.offer(visit, busy, override=OVERTIME)
    with pytest.raises(CommandNotAllowed):
        world.offer(other, stranger, override=OVERTIME)
    assert "offers" not in world.booking(visit)


def test_only_ones_own_offer_can_be_answered(world: World) -> None:
    visit, made, (first, second) = asked(world, 2)
    for answer in (offer_commands.accept, offer_commands.decline):
        with pytest.raises(NoSuchOffer):
            answer(world.deps, visit.booking_id, made[first], [second], world.context())
        with pytest.raises(NoSuchOffer):
            answer(world.deps, visit.booking_id, new_id(), [second], world.context())
        with pytest.raises(NoSuchOffer):
            answer(world.deps, new_id(), made[first], [first], world.context())
    assert world.offers(visit) == [("open", None), ("open", None)]


def test_an_acceptance_that_no_longer_fits_is_refused_and_the_offer_stays(world: World) -> None:
    visit = unfilled(world)
    who = world.interpreter("A")
    made = world.offer(visit, who)
    meanwhile = Visit(start=at(10, 30), end=at(11, 30))
    world.consume(meanwhile.booked())
    assert world.booking(meanwhile)["interpreter_id"] == who
    with pytest.raises(InterpreterAlreadyBooked):
        world.accept(visit, made[who])
    world.consume(meanwhile.ended("cancelled"))
    interpreters.update_interpreter(world.deps, who, {"weekly_hours": NIGHT}, world.context())
    with pytest.raises(OfferNoLongerFits):
        world.accept(visit, made[who])
    interpreters.update_interpreter(world.deps, who, {"weekly_hours": OFFICE, "active": False}, world.context())
    with pytest.raises(InterpreterInactive):
        world.accept(visit, made[who])
    interpreters.update_interpreter(world.deps, who, {"active": True}, world.context())
    assert world.accept(visit, made[who])["status"] == "confirmed"
    assert world.overlapping() == []


def test_the_coordinator_takes_an_offer_back(world: World) -> None:
    visit, made, (first, second) = asked(world, 2)
    offer_commands.withdraw(world.deps, visit.booking_id, made[first], world.context())
    assert (world.booking(visit)["status"], world.last(visit)["reason"]) == ("offered", "withdrawn")
    with pytest.raises(OfferOver) as over:
        offer_commands.withdraw(world.deps, visit.booking_id, made[first], world.context())
    assert over.value.outcome == "withdrawn"
    offer_commands.withdraw(world.deps, visit.booking_id, made[second], world.context())
    assert world.booking(visit)["status"] == "unfilled"
    assert world.published(visit)[-2:] == ["withdrawn", "unfilled"]


def test_assigned_by_hand_while_others_are_asked(world: World) -> None:
    visit, _made, (first, second) = asked(world, 2)
    booking_commands.assign(world.deps, visit.booking_id, second, OVERTIME, world.context())
    assert world.published(visit)[-2:] == ["confirmed", "withdrawn"]
    assert [one["interpreter_id"] for one in world.last(visit)["offers"]] == [first], "the other hears of their booking"
    assert world.offers(visit) == [("withdrawn", "taken"), ("withdrawn", "yours")]


def test_a_moved_visit_is_no_longer_what_was_offered(world: World) -> None:
    visit, made, (first, _) = asked(world, 2)
    world.consume(visit.rescheduled(at(14), at(15)))
    assert world.published(visit)[-3:] == ["withdrawn", "rescheduled", "unfilled"]
    withdrawn = world.database.bookings.find_one({"_id": visit.booking_id})["outbox"][-3]["data"]
    assert (withdrawn["reason"], withdrawn["start"]) == ("visit_changed", "2026-11-25T01:00:00.000Z")
    with pytest.raises(OfferOver):
        world.accept(visit, made[first])
    again = world.offer(visit, first, override=OVERTIME)
    assert len(world.booking(visit)["offers"]) == 3
    latest = world.booking(visit)["offers"][-1]["id"]
    assert again[first] == latest
    assert world.accept(visit, latest)["start"] == at(14)


def test_a_moved_visit_may_find_somebody_at_once(world: World) -> None:
    free = world.interpreter("FREE")
    visit = unfilled(world, start=at(20), end=at(21))
    world.offer(visit, free, override=OVERTIME)
    world.consume(visit.rescheduled(at(10), at(11)))
    assert (world.booking(visit)["status"], world.booking(visit)["interpreter_id"]) == ("confirmed", free)
    assert world.published(visit)[-3:] == ["withdrawn", "rescheduled", "confirmed"]


def test_another_place_is_another_offer_but_another_urgency_is_not(world: World) -> None:
    visit, made, (first, _) = asked(world, 2)
    world.consume(visit.updated(need=InterpreterNeed(True, gender_wish="female")))
    assert (world.booking(visit)["status"], world.published(visit)[-1]) == ("offered", "updated")
    world.consume(visit.updated(place="Radiology"))
    assert world.published(visit)[-3:] == ["withdrawn", "updated", "unfilled"]
    with pytest.raises(OfferOver):
        world.accept(visit, made[first])


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [
        ("cancelled", "cancelled", "not_needed"),
        ("no_show", "cancelled", "not_needed"),
        ("completed", "unfilled", "visit_over"),
        ("left", "unfilled", "visit_over"),
    ],
)
def test_a_visit_that_ends_ends_its_offers(world: World, end: str, status: str, reason: str) -> None:
    visit, made, (first, _) = asked(world, 2)
    world.consume(visit.ended(end))
    assert (world.booking(visit)["status"], world.last(visit)["reason"]) == (status, reason)
    assert world.offers(visit) == [("withdrawn", reason)] * 2
    with pytest.raises(OfferOver):
        world.accept(visit, made[first])
    world.now += timedelta(hours=2)
    assert (offer_commands.expire_offers(world.deps, world.now), world.retry_searches()) == (0, 0)
    assert world.database.search_queue.count_documents({}) == 0


@pytest.mark.parametrize("end", ["completed", "left", "no_show", "cancelled"])
@pytest.mark.parametrize("before", ["offered", "unfilled"])
def test_nobody_looks_for_an_interpreter_once_the_visit_is_over(world: World, end: str, before: str) -> None:
    """Seen before the hour is over, or gone: no work for the coordinator, until that is put right."""
    times = {"start": world.now + timedelta(minutes=5), "end": world.now + timedelta(hours=1)}
    visit = asked(world, 1, **times)[0] if before == "offered" else unfilled(world, **times)
    world.consume(visit.arrived())
    assert world.booking(visit)["status"] == before
    assert [one.booking["_id"] for one in open_bookings.list_open_bookings(world.deps, world.now)] == [visit.booking_id]
    world.consume(visit.ended(end))
    assert open_bookings.list_open_bookings(world.deps, world.now) == []
    world.consume(visit.corrected("arrived"))
    assert world.booking(visit)["ended_at"] is None
    assert [one.booking["_id"] for one in open_bookings.list_open_bookings(world.deps, world.now)] == [visit.booking_id]


def test_cancelled_by_hand_or_by_need_tells_who_was_asked(world: World) -> None:
    visit, _made, _people = asked(world, 2)
    booking_commands.cancel(world.deps, visit.booking_id, "provided_otherwise", world.context())
    assert world.published(visit)[-2:] == ["cancelled", "withdrawn"]
    other, _made, _people = asked(world, 2)
    world.consume(other.updated(need=InterpreterNeed(True, "family")))
    assert world.published(other)[-2:] == ["cancelled", "withdrawn"]


def test_a_patient_who_waits_gets_whoever_is_free_first(world: World) -> None:
    """Offers stay open while automatic matching goes on: the patient is here."""
    visit, made, (who,) = asked(world, 1, start=world.now + timedelta(minutes=1), end=world.now + timedelta(hours=1))
    world.consume(visit.arrived())
    world.retry_searches(timedelta(minutes=1))
    assert world.booking(visit)["status"] == "offered"
    free = world.interpreter("FREE")
    assert world.retry_searches(timedelta(minutes=1)) == 1
    booking = world.booking(visit)
    assert (booking["status"], booking["interpreter_id"], booking["start"]) == ("confirmed", free, world.now)
    assert world.published(visit)[-2:] == ["confirmed", "withdrawn"]
    with pytest.raises(OfferOver):
        world.accept(visit, made[who])


def test_an_acceptance_for_a_patient_who_waits_counts_from_now(world: World) -> None:
    walk_in = Visit(start=world.now, end=world.now + timedelta(hours=1))
    world.consume(walk_in.booked(on_demand=True), walk_in.arrived())
    who = world.interpreter("A", weekly_hours=NIGHT)
    made = world.offer(walk_in, who, override=OVERTIME)
    world.now += timedelta(minutes=5)
    booking = world.accept(walk_in, made[who])
    assert (booking["status"], booking["start"]) == ("confirmed", world.now)
    assert world.published(walk_in)[-1] == "confirmed"


def test_a_corrected_visit_leaves_offers_as_they_are(world: World) -> None:
    visit, _made, _people = asked(world, 2)
    world.consume(visit.arrived(), visit.corrected("booked"))
    assert world.booking(visit)["status"] == "offered"
    world.retry_searches(timedelta(minutes=10))
    assert world.database.search_queue.count_documents({}) == 0


def test_a_link_answers_one_offer_without_sign_in(world: World) -> None:
    visit, made, (first, second) = asked(world, 2)
    token = world.links()[made[first]]
    booking, offer = offer_commands.find_by_link(world.deps, token, world.now)
    seen = self_service.own_offer(world.deps, booking, offer, world.now)
    assert (seen["outcome"], seen["yours"], seen["reference"], seen["why_not"]) == ("open", False, None, [])
    assert {"case_id", "visit_id", "interpreter_name"}.isdisjoint(seen)
    taken = offer_commands.answer_by_link(world.deps, token, True, world.context())
    assert taken["interpreter_id"] == first
    row = world.database.bookings.find_one({"_id": visit.booking_id})
    assert [line["actor"] for line in row["outbox"][-2:]] == [f"interpreter:{first}"] * 2
    booking, offer = offer_commands.find_by_link(world.deps, token, world.now)
    seen = self_service.own_offer(world.deps, booking, offer, world.now)
    assert (seen["outcome"], seen["yours"], seen["reference"]) == ("accepted", True, "R-26-00427-K")
    with pytest.raises(OfferOver):
        offer_commands.answer_by_link(world.deps, world.links()[made[second]], False, world.context())


def test_a_link_ends_with_its_visit_and_opens_nothing_else(world: World) -> None:
    visit, made, (first, _) = asked(world, 2)
    token = world.links()[made[first]]
    for wrong in ("", "x", token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), "é" + token, token + "AAAA"):
        with pytest.raises(NoSuchLink):
            offer_commands.find_by_link(world.deps, wrong, world.now)
    offer_commands.find_by_link(world.deps, token, visit.end - timedelta(seconds=1))
    with pytest.raises(NoSuchLink):
        offer_commands.find_by_link(world.deps, token, visit.end)


def test_own_offers_show_what_stands_against_them_and_how_they_ended(world: World) -> None:
    account = new_id()
    me = world.interpreter("ME", account_id=account, weekly_hours=OFFICE)
    first = unfilled(world, start=at(20), end=at(21))
    second = unfilled(world, start=at(20, 30), end=at(21, 30))
    for visit in (first, second):
        world.offer(visit, me, override=OVERTIME)

    def mine() -> list[tuple[str, bool, list[str]]]:
        window = Window(None, 50)
        rows = [row["offer"] for row in self_service.own_offers(world.deps, account, window, world.now)]
        return [(row["outcome"], row["yours"], row["why_not"]) for row in rows]

    assert mine() == [("open", False, []), ("open", False, [])]
    world.accept(first, world.booking(first)["offers"][0]["id"])
    assert mine() == [("accepted", True, []), ("open", False, ["busy"])]
    world.now += timedelta(hours=1)
    assert mine() == [("accepted", True, []), ("expired", False, [])]
    booking_commands.release(world.deps, first.booking_id, "ill", world.context())
    assert mine()[0] == ("accepted", False, [])
    world.now = at(9, 0, 28) + timedelta(days=14)
    assert mine() == []
    assert offers.offers_of({}) == []


@pytest.mark.parametrize("minutes", [60, 61, 90])
def test_whose_offer_ran_out_is_asked_again_though_no_timer_has_run(world: World, minutes: int) -> None:
    visit, _made, (first, _second) = asked(world, 2)
    with pytest.raises(AlreadyOffered):
        world.offer(visit, first, override=OVERTIME)
    world.now += timedelta(minutes=minutes)
    again = world.offer(visit, first, override=OVERTIME)
    assert world.offers(visit) == [("expired", None), ("expired", None), ("open", None)]
    assert world.published(visit)[-2:] == ["expired", "offered"]
    assert world.accept(visit, again[first])["interpreter_id"] == first


@pytest.mark.parametrize("how", ["accept", "decline", "withdraw"])
def test_an_answer_finds_the_others_run_out_though_no_timer_has_run(world: World, how: str) -> None:
    visit, made, (_first, _second) = asked(world, 2)
    third = world.interpreter("LATER", weekly_hours=NIGHT)
    world.now += timedelta(minutes=30)
    made |= world.offer(visit, third, minutes=45, override=OVERTIME)
    world.now += timedelta(minutes=31)
    if how == "withdraw":
        offer_commands.withdraw(world.deps, world.booking(visit)["_id"], made[third], world.context())
    else:
        getattr(world, how)(visit, made[third])
    last = {"accept": ("accepted", None), "decline": ("declined", None), "withdraw": ("withdrawn", "withdrawn")}[how]
    assert world.offers(visit) == [("expired", None), ("expired", None), last]
    assert world.booking(visit)["status"] == ("confirmed" if how == "accept" else "unfilled"), (
        "nobody is asked any more"
    )
