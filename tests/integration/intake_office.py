"""Intake as it runs, for its tests: the real app over a fresh database, agencies and a desk that may call it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from flask.testing import FlaskClient
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.intake.app import create_app
from services.intake.dependencies import Dependencies
from services.intake.handlers import HANDLERS
from services.intake.store.indexes import INDEXES
from services.intake.store.store import Store
from shared.auth import hash_key
from shared.auth_copies import AUTH_INDEXES
from shared.broker.delivery import Delivery
from shared.broker.envelope import encode
from shared.command_context import CommandContext
from shared.events import Event
from shared.inbox.inbox import Inbox
from shared.mongo import declare_indexes
from shared.outbox.records import outbox_entries
from shared.service_indexes import INDEXES as SERVICE_INDEXES
from shared.settings import Settings, load
from shared.tokens import ALGORITHM, ISSUER
from tests.secret_files import put_secrets

API = "/intake/api/v1"
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def referral(**more: Any) -> dict[str, Any]:
    """The smallest valid referral."""
    return {
        "agency_reference": "BKK-2291",
        "patient": {
            "name": {"latin": "SOMCHAI Jaidee"},
            "birth_date": "1961-04-02",
            "sex": "male",
            "nationality": "TH",
        },
        "languages": [{"tag": "th", "level": "native"}],
        "request": {"department": "cardiology", "reason": "Second opinion, aortic stenosis", "urgency": "routine"},
        "payer": {"kind": "self"},
    } | more


class Office:
    """One intake. `as_agency(n)` and `as_desk()` give headers; `post`, `get` talk to it; `hear` lets others' events in."""

    def __init__(self, mongo_url: str, database: Database, directory: Path) -> None:
        put_secrets(directory)
        environ = {
            "IMC_MONGO_URL": mongo_url,
            "IMC_AMQP_URL": "amqp://127.0.0.1",
            "IMC_SECRET_DIR": str(directory / "intake"),
        }
        named = type("Named", (Settings,), {"database": database.name})
        self.settings: Settings = named(**vars(load("intake", environ | {"IMC_RATE_LIMIT": "0"})))
        self.database, self.now = database, START
        declare_indexes(database, [*INDEXES, *SERVICE_INDEXES, *AUTH_INDEXES])
        database["departments"].insert_many([{"_id": code, "listed": True} for code in ("cardiology", "orthopedics")])
        database["departments"].insert_one({"_id": "closed_ward", "listed": False})
        self.directory = directory
        self.app = create_app(self.settings, self.clock)
        self.client: FlaskClient = self.app.test_client()
        self._said = dict[str, int]()

    def clock(self) -> datetime:
        return self.now

    def deps(self) -> Dependencies:
        master = bytes.fromhex(self.settings.secret("master_key").decode())
        return Dependencies(Store(self.database, master), self.clock, self.settings)

    def as_agency(self, number: int = 1, *scopes: str, status: str = "active") -> dict[str, str]:
        """An agency's headers; its organization and key are in the copies as if partners had said them."""
        key = f"imc_live_agency{number}{'_'.join(scopes)}".ljust(40, "x")
        secret = bytes.fromhex(self.settings.secret("api_key_hmac").decode())
        self.database["organizations"].update_one({"_id": f"org-{number}"}, {"$set": {"status": status}}, upsert=True)
        about = {
            "key_id": f"key-{number}",
            "organization_id": f"org-{number}",
            "scopes": list(scopes or ("referrals:read", "referrals:write")),
            "revoked": False,
        }
        self.database["agency_keys"].update_one({"_id": hash_key(secret, key)}, {"$set": about}, upsert=True)
        return {"Authorization": f"Bearer {key}"}

    def as_staff(self, *roles: str) -> dict[str, str]:
        """A signed-in person's headers."""
        private = (self.directory / "accounts" / "token_private_key").read_text()
        public = (self.directory / "partners" / "token_public_keys").read_text()
        kid = next(iter(json.loads(public)))
        now = self.now.timestamp()
        claims = {
            "iss": ISSUER,
            "sub": "acc-1",
            "roles": list(roles),
            "org": None,
            "sid": "s-1",
            "iat": now,
            "exp": now + 900,
        }
        return {"Authorization": "Bearer " + jwt.encode(claims, private, algorithm=ALGORITHM, headers={"kid": kid})}

    def as_desk(self) -> dict[str, str]:
        return self.as_staff("front_desk")

    def get(self, path: str, headers: dict[str, str], **more: Any) -> TestResponse:
        return self.client.get(API + path, headers=headers, **more)

    def post(self, path: str, headers: dict[str, str], body: Any = None, **more: Any) -> TestResponse:
        return self.client.post(API + path, headers=headers | more.pop("extra", {}), json=body, **more)

    def refer(self, number: int = 1, **more: Any) -> str:
        """A new referral's id."""
        answer = self.post("/referrals", self.as_agency(number), referral(**more))
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def command(self, path: str, body: Any = None) -> Any:
        """A command of the desk's that must work; the resource it answers."""
        answer = self.post(path, self.as_desk(), body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json

    def accepted(self, **more: Any) -> str:
        case_id = self.refer(**more)
        self.command(f"/cases/{case_id}/review")
        self.command(f"/cases/{case_id}/accept")
        return case_id

    def visit(self, case_id: str, hours: int = 24, **more: Any) -> str:
        """A booked visit's id."""
        return str(
            self.command(f"/cases/{case_id}/visits", self.period(hours) | {"department": "cardiology"} | more)["id"]
        )

    def period(self, hours: int = 24) -> dict[str, str]:
        start = self.now + timedelta(hours=hours)
        return {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}

    def published(self, case_id: str) -> list[str]:
        """The types a case said, in order, shortened."""
        outbox = self.database["cases"].find_one({"_id": case_id})["outbox"]
        assert [entry["sequence"] for entry in outbox] == list(range(1, len(outbox) + 1))
        return [entry["type"].removeprefix("intake.").removesuffix(".v1") for entry in outbox]

    def consume(self, event: Event, subject: str) -> None:
        """Lets intake hear an event, as its worker would."""
        sequence = self._said[subject] = self._said.get(subject, 0) + 1
        context = CommandContext(self.now, "account:co-1", f"cause-{sequence}")
        (entry,) = outbox_entries([event], sequence - 1, context, subject)
        delivery = Delivery(encode(entry, subject), "application/cloudevents+json", routing_key=event.TYPE)
        Inbox("intake", self.database, HANDLERS, self.deps(), self.clock).settle([delivery])
