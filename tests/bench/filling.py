"""A large hospital, quickly: copies of what the services themselves wrote, with ids, references and times of their own.

One referral that was really posted is the template of all cases, its key, its log and its notices. Interpreters and
bookings are made by the rules of interpreting's own roster and days.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from pymongo import WriteConcern
from pymongo.collection import Collection

from services.interpreting.rules import roster
from shared.ids import derived_id, new_id, reference
from shared.mongo import Document
from tests.bench.servers import Servers

ROSTER, WEEKDAYS = 10_000, 250
FIRST_DAY = datetime(2026, 11, 30, tzinfo=UTC)
LANGUAGES = ("th", "vi", "zh", "ru", "ar", "mn")
HOURS = [{"day": day, "since": "08:30", "until": "17:15"} for day in ("mon", "tue", "wed", "thu", "fri")]
OPTIONAL: Document = {
    "travel_buffer_minutes": 10, "daily_maximum": 6, "email": None, "account_id": None,
    "certifications": [], "exceptions": [], "active": True,
}  # fmt: skip


def weekday(number: int) -> datetime:
    """Midnight UTC (nine in the morning in Tokyo) of the n-th working day."""
    return FIRST_DAY + timedelta(days=number // 5 * 7 + number % 5)


def fill_cases(servers: Servers, count: int, seed: int = 7) -> None:
    """Up to `count` cases with their keys, log entries, notices and positions."""
    rng = random.Random(seed)
    with servers.client() as client:
        intake, notify = client.imc_intake, client.imc_notify
        present = intake.cases.estimated_document_count()
        case = intake.cases.find_one({"outbox": []}) or {}
        key, said = (
            intake["keys"].find_one({"_id": case["_id"]}) or {},
            intake.event_log.find_one({"subject": case["_id"]}) or {},
        )
        notices = list(notify.notifications.find({"case_id": case["_id"]}))
        position = notify.inbox_positions.find_one({"_id": f"intake/case/{case['_id']}"}) or {}
        for begin in range(present, count, 5000):
            ids = [new_id() for _ in range(min(5000, count - begin))]
            put(intake.cases, (a_case(case, id_, number, rng) for number, id_ in enumerate(ids, 1_000_000 + begin)))
            put(intake["keys"], ({**key, "_id": id_} for id_ in ids))
            put(intake.event_log, ({**said, "_id": new_id(), "subject": id_, "correlationid": id_} for id_ in ids))
            put(notify.notifications, (a_notice(notice, id_) for id_ in ids for notice in notices))
            put(notify.inbox_positions, ({**position, "_id": f"intake/case/{id_}"} for id_ in ids))


def a_case(template: Document, id_: str, number: int, rng: random.Random) -> Document:
    """Another case of the same size, some time in the last three years."""
    day = FIRST_DAY - timedelta(minutes=rng.randrange(3 * 365 * 24 * 60))
    kept = [{**entry, "key": new_id()} for entry in template.get("requests", ())]
    terms = [rng.randrange(-(2**63), 2**63) for _ in template.get("search", ())]  # other people
    return {
        **template, "_id": id_, "reference": reference("R", 2026, number), "agency_reference": f"OLD-{number:08d}",
        "requests": kept, "search": terms, "created_at": day, "updated_at": day,
    }  # fmt: skip


def a_notice(template: Document, case_id: str) -> Document:
    return {**template, "_id": new_id(), "case_id": case_id, "event_id": new_id()}


def fill_roster(servers: Servers) -> None:
    """Ten thousand interpreters, two languages each."""
    with servers.client() as client:
        put(client.imc_interpreting.interpreters, (an_interpreter(number) for number in range(ROSTER)))


def interpreter_id(number: int) -> str:
    return derived_id("bench", "interpreter", str(number))


def an_interpreter(number: int) -> Document:
    rng = random.Random(number)
    spoken = rng.sample(LANGUAGES, 2)
    entry = {
        **OPTIONAL, "name": {"latin": f"INTERPRETER {number}"}, "gender": rng.choice(["female", "male"]),
        "languages": [{"tag": tag, "level": rng.choice(["native", "professional", "certified"])} for tag in spoken],
        "modalities": ["on_site", "video"], "weekly_hours": HOURS,
    }  # fmt: skip
    found = roster.search_fields(entry)
    return {"_id": interpreter_id(number), "version": 1, "last_sequence": 1, "outbox": [], **entry, **found}


def fill_bookings(servers: Servers, count: int) -> None:
    """Exactly `count` confirmed bookings, at most one per interpreter and day, with the days they claim."""
    with servers.client() as client:
        database = client.imc_interpreting
        for name in ("bookings", "days"):
            database[name].delete_many({})
        for begin in range(0, ROSTER, 50):
            bookings = [each for number in range(begin, begin + 50) for each in bookings_of(number, count)]
            put(database.bookings, bookings)
            put(database.days, map(a_day, bookings))


def bookings_of(number: int, count: int) -> Iterator[Document]:
    """The share of one interpreter in so many bookings."""
    rng = random.Random(number)
    share = count // ROSTER + (number < count % ROSTER)
    for day in rng.sample(range(WEEKDAYS), share):
        start = weekday(day) + timedelta(minutes=30 * rng.randrange(14))
        case_id = new_id()
        yield {
            "_id": new_id(), "version": 1, "last_sequence": 2, "outbox": [], "case_id": case_id, "visit_id": new_id(),
            "reference": "R-26-00001-K", "status": "confirmed", "start": start, "end": start + timedelta(hours=1),
            "department": "cardiology", "place": "A-1", "modality": "on_site", "language": rng.choice(LANGUAGES),
            "interpreter_id": interpreter_id(number), "interpreter_name": f"INTERPRETER {number}",
        }  # fmt: skip


def a_day(booking: Document) -> Document:
    """The guard of the day that one booking claims."""
    who, day = booking["interpreter_id"], f"{booking['start']:%Y-%m-%d}"
    entry: dict[str, Any] = {
        "booking_id": booking["_id"],
        **{k: booking[k] for k in ("start", "end", "modality", "place")},
    }
    return {"_id": f"{who}/{day}", "interpreter_id": who, "day": day, "claims": [entry], "revision": 1}


def put(collection: Collection[Document], documents: Iterable[Document]) -> None:
    """Without waiting for the journal."""
    quick = collection.with_options(write_concern=WriteConcern(w=1))
    rest = iter(documents)
    while batch := list(islice(rest, 5000)):
        quick.insert_many(batch, ordered=False)
