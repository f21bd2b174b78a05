"""A small world for notify's tests: a movable clock, an agency with endpoints, events as a worker hears them, two senders."""

import random
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pymongo.database import Database

from services.notify.actions.catch_ups import catch_up
from services.notify.actions.delivery.dispatcher import MAIL, WEBHOOKS, Dispatcher
from services.notify.dependencies import Dependencies
from services.notify.handlers import HANDLERS
from services.notify.rules.texts import Texts
from services.notify.settings import DeliveryConfig
from services.notify.store.indexes import INDEXES
from services.notify.store.store import Store
from shared.broker.envelope import ReceivedEvent
from shared.clock import rfc3339, utc_now
from shared.events import Event, Next, intake
from shared.events import interpreting as booking
from shared.events.interpreting import InterpreterRegistered
from shared.events.partners import Contact, OrganizationActivated, WebhookChanged
from shared.hpke import seal_to
from shared.ids import new_id
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import declare_indexes, in_transaction
from shared.settings import Settings
from tests.secret_files import put_secrets

TOKYO = ZoneInfo("Asia/Tokyo")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SUBJECTS = ("booking_id", "case_id", "application_id")
NEW_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@dataclass
class Case:
    """A case and its events."""

    organization_id: str | None = "agency"
    case_id: str = field(default_factory=new_id)
    visit_id: str = field(default_factory=new_id)
    reference: str = "R-26-00427-K"

    def case_fields(self, status: str, who: str = "hospital", what: str = "review") -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "reference": self.reference,
            "status": status,
            "next": Next(who, what),
            "organization_id": self.organization_id,
            "agency_reference": "BKK-2291" if self.organization_id else None,
        }

    def received(self) -> Event:
        return intake.ReferralReceived(**self.case_fields("received"), department="cardiology", urgency="routine")

    def accepted(self) -> Event:
        return intake.CaseAccepted(**self.case_fields("accepted", what="book_visit"), patient_id=new_id())

    def scheduled(self) -> Event:
        return intake.CaseScheduled(**self.case_fields("scheduled", "patient", "visit"))

    def visit(self, start: datetime) -> dict[str, Any]:
        return self.case_fields("scheduled", "patient", "visit") | {
            "visit_id": self.visit_id,
            "visit_status": "booked",
            "department": "cardiology",
            "start": rfc3339(start),
            "end": rfc3339(start + timedelta(hours=1)),
            "languages": (intake.Language("th", "native"),),
            "interpreter": intake.InterpreterNeed(True),
            "place": "Outpatient 3",
        }

    def booked(self, start: datetime) -> Event:
        return intake.VisitBooked(**self.visit(start))

    def booking(self, start: datetime, interpreter_id: str | None = "yuki") -> dict[str, Any]:
        return {
            "booking_id": f"b-{self.visit_id}",
            "visit_id": self.visit_id,
            "case_id": self.case_id,
            "status": "confirmed" if interpreter_id else "unfilled",
            "start": rfc3339(start),
            "end": rfc3339(start + timedelta(hours=1)),
            "language": "th",
            "reference": self.reference,
            "organization_id": self.organization_id,
            "agency_reference": "BKK-2291" if self.organization_id else None,
            "department": "cardiology",
            "place": "Outpatient 3",
            "interpreter_id": interpreter_id,
            "interpreter_name": "TANAKA Yuki" if interpreter_id else None,
        }

    def confirmed(self, start: datetime, interpreter_id: str = "yuki") -> Event:
        return booking.BookingConfirmed(**self.booking(start, interpreter_id), filled_by="automatic")

    def offered(self, start: datetime, until: datetime, **links: str) -> Event:
        """Returns an offer to each interpreter in `links`, with their own encrypted link."""
        offers = tuple(_offer(who, until, link) for who, link in links.items())
        return booking.BookingOffered(**self.booking(start, None) | {"status": "offered"}, offers=offers)

    def withdrawn(self, start: datetime, until: datetime, *who: str, taken_by: str | None = None) -> Event:
        offers = tuple(_offer(one, until) for one in who)
        return booking.OfferWithdrawn(**self.booking(start, taken_by), offers=offers, reason="taken")

    def declined(self, start: datetime, until: datetime, who: str) -> Event:
        return booking.OfferDeclined(**self.booking(start, None), offers=(_offer(who, until),))

    def expired(self, start: datetime, until: datetime, *who: str) -> Event:
        return booking.OfferExpired(**self.booking(start, None), offers=tuple(_offer(one, until) for one in who))

    def unfilled(self, start: datetime) -> Event:
        return booking.BookingUnfilled(**self.booking(start, None), reasons={"language": 3})


@dataclass
class Application:
    """An application and its events."""

    application_id: str = field(default_factory=new_id)
    reference: str = "T-26-00031-P"
    direction: str = "in"
    language: str = "en"

    def event(self, struct: type[Event], status: str = "submitted", turn: Next | None = None, **more: Any) -> Event:
        """Returns one of training's events, in this state; `turn` is `next`."""
        about = {
            "application_id": self.application_id,
            "reference": self.reference,
            "status": status,
            "next": turn or Next("training", "check"),
            "programme_id": "p1",
            "kind": "observation",
            "direction": self.direction,
            "first_day": "2027-02-01",
            "last_day": "2027-02-26",
            "department": "cardiology",
            "country": "TH",
            "organization_id": "partner",
            "language": self.language,
        }
        return struct(**about | more)


def _offer(who: str, until: datetime, sealed_link: str | None = None) -> booking.Offer:
    return booking.Offer(
        offer_id=f"o-{who}",
        interpreter_id=who,
        interpreter_name=who.upper(),
        expires_at=rfc3339(until),
        sealed_link=sealed_link,
    )


class World:
    """Notify on a real database."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        root: Path,
        allow: str = "127.0.0.0/8",
        smtp: str = "",
        internal: str = "",
    ) -> None:
        self.database, self.now = database, utc_now()
        declare_indexes(database, INDEXES)
        put_secrets(root)
        self.public_key = (root / "partners" / "notify_public_key").read_bytes()
        self.settings = settings_of(root / "notify", (allow,) if allow else (), smtp, internal=internal)
        self.deps = self.new_dependencies()
        self.webhooks, self.mail = Dispatcher(WEBHOOKS), Dispatcher(MAIL)
        self._sequences: dict[str, int] = {}

    def new_dependencies(self) -> Dependencies:
        texts = Texts(zone=TOKYO)
        return Dependencies(
            Store(self.database),
            lambda: self.now,
            self.settings,
            texts,
            DeliveryConfig(self.settings),
            random.Random(7),
        )

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)

    def received_event(self, event: Event, subject: str | None = None) -> ReceivedEvent[Any]:
        """Returns the event as consumed now, with the next sequence of its subject."""
        data: Any = event
        owner = event.TYPE.partition(".")[0]
        found = subject or next(filter(None, (getattr(data, name, None) for name in SUBJECTS)), None) or new_id()
        sequence = self._sequences[found] = self._sequences.get(found, 0) + 1
        return ReceivedEvent(
            new_id(), event.TYPE, owner, found, sequence, self.now, event, found, new_id(), "account:desk"
        )

    def consume(self, *events: Event | ReceivedEvent[Any]) -> list[ReceivedEvent[Any]]:
        """Consumes these as a worker does: all in one transaction."""
        received = [event if isinstance(event, ReceivedEvent) else self.received_event(event) for event in events]

        def work(session: Any) -> None:
            unit = UnitOfWork(self.database, session)
            bound = self.deps.within(unit)
            for each in received:
                HANDLERS[type(each.data)](each, bound)
            unit.flush()

        in_transaction(self.database, work, attempts=50)
        return received

    def organization(self, id_: str = "agency", contacts: tuple[Contact, ...] = (), status: str = "active") -> None:
        event = OrganizationActivated(
            organization_id=id_,
            name="Bangkok Medical Travel",
            kinds=("referring_agency",),
            status=status,
            contacts=contacts,
        )
        self.consume(self.received_event(event, id_))

    def endpoint(
        self,
        url: str,
        events: tuple[str, ...] = ("*",),
        endpoint_id: str = "hook",
        organization_id: str = "agency",
        status: str = "active",
        secrets: tuple[str, ...] = (SECRET,),
    ) -> None:
        event = WebhookChanged(
            organization_id=organization_id,
            endpoint_id=endpoint_id,
            url=url,
            events=events,
            status=status,
            sealed_secrets=tuple(seal_to(self.public_key, secret.encode()) for secret in secrets),
        )
        self.consume(self.received_event(event, organization_id))

    def interpreter(self, id_: str = "yuki", email: str | None = "yuki@hospital.example", **more: Any) -> None:
        event = InterpreterRegistered(interpreter_id=id_, name="TANAKA Yuki", email=email, **more)
        self.consume(self.received_event(event, id_))

    def send(self, rounds: int = 5) -> None:
        """Everything that is due, until nothing is left."""
        for _ in range(rounds):
            started = self.webhooks.run_once(self.deps) + self.mail.run_once(self.deps)
            self.webhooks.finish(20)
            self.mail.finish(20)
            if not started:
                return

    def catch_up(self) -> int:
        return catch_up(self.deps, self.now)

    def notifications(self, **filters: Any) -> list[dict[str, Any]]:
        return list(self.database.notifications.find(filters).sort([("at", 1), ("sequence", 1)]))

    def notification(self, **filters: Any) -> dict[str, Any]:
        (found,) = self.notifications(**filters)
        return found

    def published(self, collection: str = "notifications") -> list[dict[str, Any]]:
        """Returns every event in an outbox of the collection."""
        return [entry for row in self.database[collection].find() for entry in row.get("outbox", ())]


@dataclass
class ReceivedRequest:
    """One request as the agency received it."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """An agency's endpoint: a real HTTP server; `answers` are given in turn, the last one for ever."""

    def __init__(self, *answers: int | tuple[int, dict[str, str]], wait: threading.Event | None = None) -> None:
        self.got: list[ReceivedRequest] = []
        self.answers = list(answers) or [200]
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(ReceivedRequest(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                if wait is not None:
                    wait.wait(30)
                answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=imc"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def settings_of(
    secrets: Path, allow: tuple[str, ...], smtp: str, mongo_url: str = "mongodb://unused", internal: str = ""
) -> Settings:
    """Settings of a test's service."""
    return Settings(
        service="notify",
        mongo_url=mongo_url,
        amqp_url="amqp://unused",
        secret_dir=secrets,
        public_url="https://imc.hospital.example",
        internal_url=internal or "https://imc.hospital.example",
        smtp_url=smtp,
        broker_prefix="",
        log_level="WARNING",
        web_workers=1,
        worker_prefetch=100,
        rate_limit=0,
        time_zone=TOKYO,
        webhook_allow=allow,
    )
