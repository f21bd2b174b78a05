"""A small world for interpreting's tests: roster entries, visits as events, and a consumer's transaction around a handler."""

import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pymongo.database import Database
from pymongo.errors import CollectionInvalid

from services.interpreting.actions import booking_commands, interpreters, offer_commands, retries
from services.interpreting.actions.interpreters import defaults
from services.interpreting.dependencies import Dependencies
from services.interpreting.handlers import HANDLERS
from services.interpreting.rules.roster import search_fields
from services.interpreting.store.indexes import INDEXES
from services.interpreting.store.store import Store
from shared.broker.envelope import ReceivedEvent
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.intake import (
    InterpreterNeed,
    Language,
    VisitArrived,
    VisitBooked,
    VisitCancelled,
    VisitCompleted,
    VisitCorrected,
    VisitLeft,
    VisitNoShow,
    VisitRescheduled,
    VisitUpdated,
)
from shared.events.language import Next
from shared.hpke import open_with
from shared.ids import derived_id, new_id
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import declare_indexes, in_transaction
from shared.sealing import service_key
from shared.settings import Settings
from tests.secret_files import secrets_of_tests

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # Tuesday, 09:00 in Tokyo
WEEK = ["mon", "tue", "wed", "thu", "fri"]
OFFICE = [{"day": day, "since": "08:30", "until": "17:15"} for day in WEEK]


def at(hour: int, minute: int = 0, day: int = 25) -> datetime:
    """A time of November 2026 in Tokyo (the 25th is a Wednesday)."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO).astimezone(UTC)


TEN, ELEVEN = at(10), at(11)
NEEDED = InterpreterNeed(required=True)


def entry(name: str = "TANAKA Yuki", tag: str = "th", level: str = "professional", **more: Any) -> dict[str, Any]:
    """An interpreter as a loaded POST body."""
    return {
        "name": {"latin": name},
        "gender": "female",
        "languages": [{"tag": tag, "level": level}],
        "modalities": ["on_site", "video"],
        "weekly_hours": OFFICE,
        "travel_buffer_minutes": 15,
        **more,
    }


def document(**more: Any) -> dict[str, Any]:
    """A roster entry as it is stored."""
    whole = {"_id": new_id(), **defaults(), **entry(), **more}
    return {**whole, **search_fields(whole)}


@dataclass
class Visit:
    """A visit whose events can be told, each as the visit then is."""

    visit_id: str = field(default_factory=new_id)
    case_id: str = field(default_factory=new_id)
    start: datetime = TEN
    end: datetime = ELEVEN
    languages: tuple[Language, ...] = (Language("th", "native"),)
    need: InterpreterNeed = NEEDED
    place: str | None = "Ward 3"
    modality: str = "on_site"
    status: str = "booked"

    @property
    def booking_id(self) -> str:
        return derived_id(self.visit_id, "booking")

    def _told(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "reference": "R-26-00427-K",
            "status": "scheduled",
            "next": Next("hospital", "visit"),
            "visit_id": self.visit_id,
            "visit_status": self.status,
            "department": "cardiology",
            "start": rfc3339(self.start),
            "end": rfc3339(self.end),
            "languages": self.languages,
            "interpreter": self.need,
            "place": self.place,
            "modality": self.modality,
        }

    def booked(self, on_demand: bool = False) -> Event:
        return VisitBooked(**self._told(), on_demand=on_demand)

    def rescheduled(self, start: datetime, end: datetime) -> Event:
        previous = rfc3339(self.start), rfc3339(self.end)
        self.start, self.end = start, end
        return VisitRescheduled(
            **self._told(), wanted_by="patient", previous_start=previous[0], previous_end=previous[1]
        )

    def updated(self, **changes: Any) -> Event:
        for name, value in changes.items():
            setattr(self, name, value)
        return VisitUpdated(**self._told(), fields=tuple(changes))

    def ended(self, status: str) -> Event:
        self.status = status
        if status == "cancelled":
            return VisitCancelled(**self._told(), reason="patient_request", wanted_by="patient")
        return {"completed": VisitCompleted, "no_show": VisitNoShow, "left": VisitLeft}[status](**self._told())

    def arrived(self) -> Event:
        self.status = "arrived"
        return VisitArrived(**self._told())

    def corrected(self, to: str) -> Event:
        before, self.status = self.status, to
        return VisitCorrected(**self._told(), corrected_from=before)


@dataclass
class World:
    """Interpreting on a real database, with a clock the test moves."""

    database: Database[dict[str, Any]]
    now: datetime = NOW

    def __post_init__(self) -> None:
        declare_indexes(self.database, INDEXES)
        for name in {"days", "availability_changes"} - {*self.database.list_collection_names()}:
            with contextlib.suppress(CollectionInvalid):  # else the first writers queue for its creation and never race
                self.database.create_collection(name)
        settings = settings_of(secrets_of_tests() / "interpreting", "mongodb://unused")
        self.deps = Dependencies(Store(self.database, TOKYO, service_key(b"k" * 32)), lambda: self.now, settings)

    @property
    def store(self) -> Store:
        return self.deps.store

    def context(self) -> CommandContext:
        return CommandContext(self.now, "account:coordinator", new_id())

    def interpreter(self, name: str = "TANAKA Yuki", **more: Any) -> str:
        saved = interpreters.register_interpreter(self.deps, entry(name, **more), self.context())
        return str(saved["_id"])

    def consume(self, *events: Event) -> None:
        """As a worker does: all in one transaction."""

        def work(session: Any) -> None:
            unit = UnitOfWork(self.database, session)
            bound = self.deps.within(unit)
            for event in events:
                HANDLERS[type(event)](received(event, self.now), bound)
            unit.flush()

        in_transaction(self.database, work, attempts=50)

    def booking(self, visit: Visit) -> dict[str, Any]:
        found = self.store.bookings.get(visit.booking_id)
        assert found is not None
        return found

    def published(self, visit: Visit) -> list[str]:
        """What the booking said so far, in order, without service and version."""
        row = self.database.bookings.find_one({"_id": visit.booking_id}) or {"outbox": []}
        return [line["type"].split(".")[2] for line in row["outbox"]]

    def last(self, visit: Visit) -> dict[str, Any]:
        row = self.database.bookings.find_one({"_id": visit.booking_id})
        assert row is not None
        return dict(row["outbox"][-1]["data"])

    def offer(self, visit: Visit, *interpreters: str, minutes: int = 60, override: str | None = None) -> dict[str, str]:
        """Asks these; the ids of their offers by interpreter."""
        saved = offer_commands.offer(self.deps, visit.booking_id, list(interpreters), minutes, override, self.context())
        return {one["interpreter_id"]: one["id"] for one in saved["offers"]}

    def accept(self, visit: Visit, offer_id: str) -> dict[str, Any]:
        return offer_commands.accept(self.deps, visit.booking_id, offer_id, None, self.context())

    def start(self, visit: Visit) -> dict[str, Any]:
        """Somebody says that the interpreter is there."""
        return booking_commands.start(self.deps, visit.booking_id, None, self.context())

    def decline(self, visit: Visit, offer_id: str) -> dict[str, Any]:
        return offer_commands.decline(self.deps, visit.booking_id, offer_id, None, self.context())

    def offers(self, visit: Visit) -> list[tuple[str, str | None]]:
        """Status and reason of every offer, in order."""
        return [(one["status"], one["reason"]) for one in self.booking(visit)["offers"]]

    def links(self) -> dict[str, str]:
        """By offer, the token of the signed link that was said, as notify alone can read it."""
        private = (secrets_of_tests() / "notify" / "notify_private_key").read_bytes()
        return {
            offer["offer_id"]: open_with(private, offer["sealed_link"]).decode().rpartition("/")[2]
            for row in self.database.bookings.find()
            for line in row["outbox"]
            for offer in line["data"].get("offers", ())
            if "sealed_link" in offer
        }

    def retry_searches(self, later: timedelta = timedelta(0)) -> int:
        self.now += later
        return retries.retry_searches(self.deps, self.now)

    def overlapping(self) -> list[tuple[str, str]]:
        """Pairs of held bookings of one interpreter that overlap, buffer included: judged from the records alone."""
        held = list(self.database.bookings.find({"status": {"$in": ["confirmed", "in_progress"]}}))
        buffers = {row["_id"]: row["travel_buffer_minutes"] for row in self.database.interpreters.find()}
        pairs = []
        for place, one in enumerate(held):
            for other in held[place + 1 :]:
                if one["interpreter_id"] != other["interpreter_id"]:
                    continue
                remote = {one["modality"], other["modality"]} <= {"video", "phone"}
                near = remote or (one["place"] and one["place"] == other["place"])
                gap = timedelta(0) if near else timedelta(minutes=buffers[one["interpreter_id"]])
                if one["start"] < other["end"] + gap and other["start"] < one["end"] + gap:
                    pairs.append((one["_id"], other["_id"]))
        return pairs


def received(event: Event, now: datetime) -> ReceivedEvent[Any]:
    """An event as a handler gets it."""
    case_id = getattr(event, "case_id", new_id())
    return ReceivedEvent(new_id(), event.TYPE, "intake", case_id, 1, now, event, case_id, new_id(), "account:desk")


def settings_of(secrets: Path, mongo_url: str) -> Settings:
    """Settings of a test's service."""
    return Settings(
        service="interpreting",
        mongo_url=mongo_url,
        amqp_url="amqp://unused",
        secret_dir=secrets,
        public_url="http://127.0.0.1:8000",
        internal_url="http://127.0.0.1:8000",
        smtp_url="",
        broker_prefix="",
        log_level="WARNING",
        web_workers=1,
        worker_prefetch=100,
        rate_limit=0,
        time_zone=TOKYO,
        webhook_allow=(),
    )
