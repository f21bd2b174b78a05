"""Nobody is booked twice: many processes and threads that hear, assign and reschedule at once, on a real MongoDB."""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pymongo
import pytest
from pymongo.database import Database

from services.interpreting.actions import booking_commands, offer_commands, retries
from services.interpreting.rules.matching import InterpreterAlreadyBooked
from services.interpreting.rules.offers import AlreadyOffered, OfferOver, TooLateToOffer
from services.interpreting.rules.states import CommandNotAllowed
from services.interpreting.store.claims import Claims
from shared.outbox.records import StaleRecord
from tests.unit.interpreting.world import Visit, World, at
from tests.warm import PROCESSES


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def _consume_some(url: str, name: str, number: int, count: int, barrier: Any) -> None:
    """One process: its own client, eight threads, each visit a transaction of its own."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url, tz_aware=True, w="majority", journal=True)
    world = World(client[name])
    visits = [Visit(visit_id=f"visit-{number}-{place}", case_id=f"case-{number}-{place}") for place in range(count)]
    barrier.wait(60)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda visit: world.consume(visit.booked()), visits))
    client.close()


def test_200_bookings_for_one_interpreter_and_one_slot(world: World, mongo_url: str) -> None:
    """Four processes of eight threads: exactly one is confirmed, every other unfilled, and each said so once."""
    world.interpreter()
    barrier = PROCESSES.Barrier(4)
    work = [
        PROCESSES.Process(target=_consume_some, args=(mongo_url, world.database.name, number, 50, barrier))
        for number in range(4)
    ]
    for process in work:
        process.start()
    for process in work:
        process.join(120)
    assert [process.exitcode for process in work] == [0, 0, 0, 0]
    rows = list(world.database.bookings.find())
    assert Counter(row["status"] for row in rows) == {"confirmed": 1, "unfilled": 199}
    assert Counter(len(row["outbox"]) for row in rows) == {2: 200}
    days = list(world.database.days.find())
    assert [len(day["claims"]) for day in days] == [1]


REFUSED = (InterpreterAlreadyBooked, CommandNotAllowed, AlreadyOffered, OfferOver, TooLateToOffer, StaleRecord)


def together(threads: int, work: list[Callable[[], Any]]) -> list[Any]:
    """Runs all at once; what each gave, or the domain's refusal."""

    def outcome(one: Callable[[], Any]) -> Any:
        try:
            return one()
        except REFUSED as refused:
            return refused

    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(outcome, work))
    finally:
        sys.setswitchinterval(interval)


def test_claims_hold_where_all_have_looked_before_any_writes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause between look and claim is where "find, then insert" books sixteen: here one wins, the rest look again."""
    plain = Claims.put

    def put(self: Claims, *given: Any) -> None:
        time.sleep(0.05)
        plain(self, *given)

    monkeypatch.setattr(Claims, "put", put)
    world.interpreter()
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda visit: world.consume(visit.booked()), [Visit() for _ in range(48)]))
    assert world.database.bookings.count_documents({"status": "confirmed"}) == 1
    assert world.database.bookings.count_documents({"status": "unfilled"}) == 47


def test_by_hand_against_automatic(world: World) -> None:
    """A coordinator gives a waiting booking to the one interpreter whom twenty new visits want in the same minute."""
    waiting = Visit()
    world.consume(waiting.booked())
    who = world.interpreter()
    assign = lambda: booking_commands.assign(world.deps, waiting.booking_id, who, None, world.context())  # noqa: E731
    others = [Visit() for _ in range(20)]
    work: list[Callable[[], Any]] = [assign, *(lambda visit=visit: world.consume(visit.booked()) for visit in others)]
    random.Random(7).shuffle(work)
    together(12, work)
    assert world.database.bookings.count_documents({"status": "confirmed"}) == 1
    assert world.overlapping() == []


def test_two_coordinators_assign_one_booking_to_different_people(world: World) -> None:
    visit = Visit()
    world.consume(visit.booked())
    people = [world.interpreter(f"N{number}") for number in range(6)]
    work = [
        lambda who=who: booking_commands.assign(world.deps, visit.booking_id, who, None, world.context())
        for who in people
    ]
    together(6, work)
    holder = world.booking(visit)["interpreter_id"]
    held = [day["interpreter_id"] for day in world.database.days.find({"claims.0": {"$exists": True}})]
    assert held == [holder]


def test_one_interpreter_assigned_to_many_overlapping_bookings_by_hand(world: World) -> None:
    visits = [Visit(start=at(10, minute), end=at(11, minute)) for minute in range(0, 60, 5)]
    for visit in visits:
        world.consume(visit.booked())
    who = world.interpreter()
    done = together(
        12,
        [
            lambda visit=visit: booking_commands.assign(world.deps, visit.booking_id, who, "needed", world.context())
            for visit in visits
        ],
    )
    assert sum(isinstance(one, dict) for one in done) == 1
    assert world.database.bookings.count_documents({"status": "confirmed"}) == 1


def test_days_of_everything_at_once(world: World) -> None:
    """Bookings made, moved, cancelled, given back and retried at once by many: no overlap, and the days tell the truth."""
    people = [world.interpreter(f"N{number}", travel_buffer_minutes=20 * number) for number in range(3)]
    luck = random.Random(11)
    visits = [_somewhere(luck) for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda visit: world.consume(visit.booked()), visits))

    def act(visit: Visit) -> Callable[[], Any]:
        other = _somewhere(luck)
        who = luck.choice(people)
        return luck.choice(
            [
                lambda: world.consume(visit.rescheduled(other.start, other.end)),
                lambda: world.consume(visit.ended("cancelled")),
                lambda: booking_commands.assign(world.deps, visit.booking_id, who, "needed", world.context()),
                lambda: booking_commands.release(world.deps, visit.booking_id, "given_back", world.context()),
                lambda: retries.retry_searches(world.deps, world.now + timedelta(minutes=5)),
            ]
        )

    for _ in range(3):
        together(8, [act(visit) for visit in visits])
    assert world.overlapping() == []
    assert claimed(world) == claims_of(world)


def _somewhere(luck: random.Random) -> Visit:
    start = at(9, 0, luck.choice([25, 26])) + timedelta(minutes=15 * luck.randrange(28))
    place = luck.choice(["Ward 3", "Radiology", None])
    return Visit(start=start, end=start + timedelta(minutes=luck.choice([30, 60, 90])), place=place)


def claimed(world: World) -> set[tuple[str, str]]:
    """(interpreter, booking) as the days have it."""
    return {(day["interpreter_id"], one["booking_id"]) for day in world.database.days.find() for one in day["claims"]}


def claims_of(world: World) -> set[tuple[str, str]]:
    """(interpreter, booking) as the bookings have it."""
    rows = world.database.bookings.find({"status": {"$in": ["confirmed", "in_progress"]}})
    return {(row["interpreter_id"], row["_id"]) for row in rows}


NEVER_ON_DUTY: list[dict[str, str]] = []
OVERTIME = "Agreed to stay on"


def asked(world: World, visit: Visit, count: int) -> dict[str, str]:
    """A visit nobody fits, offered to so many who would stay on for it: offers by interpreter."""
    world.consume(visit.booked())
    people = [world.interpreter(f"N{number}", weekly_hours=NEVER_ON_DUTY) for number in range(count)]
    return world.offer(visit, *people, override=OVERTIME)


def _accept_some(url: str, name: str, visit: Visit, offers: list[str], barrier: Any, told: Any) -> None:
    """One process: its own client, a thread for each offer."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url, tz_aware=True, w="majority", journal=True)
    world = World(client[name])
    barrier.wait(60)

    def accept(offer_id: str) -> str:
        try:
            return str(world.accept(visit, offer_id)["status"])
        except OfferOver as over:
            return over.outcome

    with ThreadPoolExecutor(len(offers)) as threads:
        told.put(list(threads.map(accept, offers)))
    client.close()


def test_fifty_accept_one_booking_at_once(world: World, mongo_url: str) -> None:
    """Five processes of ten threads: exactly one is confirmed, and every other is told `taken` at once."""
    visit = Visit()
    made = list(asked(world, visit, 50).values())
    barrier, told = PROCESSES.Barrier(5), PROCESSES.Queue()
    work = [
        PROCESSES.Process(target=_accept_some, args=(mongo_url, world.database.name, visit, made[n::5], barrier, told))
        for n in range(5)
    ]
    for process in work:
        process.start()
    outcomes = Counter(one for _ in work for one in told.get(timeout=120))
    for process in work:
        process.join(60)
    assert outcomes == {"confirmed": 1, "taken": 49}
    booking = world.booking(visit)
    assert Counter(world.offers(visit)) == {("accepted", None): 1, ("withdrawn", "taken"): 49}
    (winner,) = [one["interpreter_id"] for one in booking["offers"] if one["status"] == "accepted"]
    assert (booking["status"], booking["interpreter_id"]) == ("confirmed", winner)
    assert world.published(visit)[-2:] == ["confirmed", "withdrawn"]
    assert len(world.last(visit)["offers"]) == 49
    assert claimed(world) == claims_of(world) == {(winner, visit.booking_id)}


def test_one_interpreter_accepts_twenty_overlapping_offers_at_once(world: World) -> None:
    who = world.interpreter(weekly_hours=NEVER_ON_DUTY)
    visits = [Visit(start=at(10, 2 * number), end=at(11, 2 * number)) for number in range(20)]
    world.consume(*[visit.booked() for visit in visits])
    made = [(visit, world.offer(visit, who, override=OVERTIME)[who]) for visit in visits]
    work = [lambda one=one: world.accept(*one) for one in made]
    done = together(20, work)
    assert sum(isinstance(one, dict) for one in done) == 1
    assert world.database.bookings.count_documents({"status": "confirmed"}) == 1
    assert world.database.bookings.count_documents({"status": "offered"}) == 19
    assert world.overlapping() == []
    assert claimed(world) == claims_of(world)


def test_claims_hold_where_all_have_looked_before_any_accepts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Claims.put

    def put(self: Claims, *given: Any) -> None:
        time.sleep(0.05)
        plain(self, *given)

    visit = Visit()
    made = list(asked(world, visit, 16).values())
    monkeypatch.setattr(Claims, "put", put)
    done = together(16, [lambda one=one: world.accept(visit, one) for one in made])
    assert sum(isinstance(one, dict) for one in done) == 1
    assert claimed(world) == claims_of(world)


def test_accepted_declined_assigned_moved_cancelled_and_run_out_at_once(world: World) -> None:
    """Whatever wins: nobody is booked twice, an offer is open while its booking is offered and never after."""
    luck = random.Random(17)
    people = [world.interpreter(f"N{number}", travel_buffer_minutes=15) for number in range(4)]
    visits = [Visit(start=at(20, 10 * number), end=at(21, 10 * number)) for number in range(6)]
    world.consume(*[visit.booked() for visit in visits])

    def act(visit: Visit) -> Callable[[], Any]:
        row, who = world.booking(visit), luck.choice(people)
        ids = [one["id"] for one in row.get("offers", ()) if one["status"] == "open"] or ["none"]
        offer = luck.choice(ids)
        return luck.choice(
            [
                lambda: world.accept(visit, offer) if offer != "none" else None,
                lambda: world.accept(visit, ids[0]) if offer != "none" else None,
                lambda: world.decline(visit, offer) if offer != "none" else None,
                lambda: world.offer(visit, *people, override=OVERTIME),
                lambda: booking_commands.assign(world.deps, visit.booking_id, who, OVERTIME, world.context()),
                lambda: booking_commands.release(world.deps, visit.booking_id, "given_back", world.context()),
                lambda: world.consume(visit.rescheduled(visit.start, visit.end)),
                lambda: offer_commands.expire_offers(world.deps, world.now + timedelta(hours=luck.choice([0, 2]))),
            ]
        )

    for _ in range(8):
        for visit in visits:
            together(1, [lambda visit=visit: world.offer(visit, *people, override=OVERTIME)])
        together(8, [act(luck.choice(visits)) for _ in range(16)])
        assert world.overlapping() == []
        for row in world.database.bookings.find():
            is_open = any(one["status"] == "open" for one in row.get("offers", ()))
            assert is_open == (row["status"] == "offered") == (row["next_offer_expiry"] is not None), row
    assert claimed(world) == claims_of(world)
