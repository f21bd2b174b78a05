"""The people of a journey: an agency with its own server for webhooks, the desk, a coordinator. They use public interfaces only."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import requests
from standardwebhooks import Webhook

JAPAN = ZoneInfo("Asia/Tokyo")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class AnySystem(Protocol):
    """A running system, however it was started."""

    def key(self, organization: str) -> Any: ...

    def token(self, *roles: str) -> str: ...

    def call(self, method: str, path: str, credential: str, **more: Any) -> requests.Response: ...


class Receiver:
    """An agency's server at an address of this machine: keeps every webhook whose signature is right; refuses others."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.secret = ""
        self.taken: list[dict[str, Any]] = []
        self.forged = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    message = Webhook(receiver.secret).verify(body, dict(self.headers))
                    receiver.taken.append({**message, "webhook-id": self.headers["webhook-id"], "raw": body})
                    self.send_response(204)
                except Exception:
                    receiver.forged += 1
                    self.send_response(400)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self.url = f"http://{host}:{self._server.server_address[1]}/imc"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def types(self, case_id: str) -> list[str]:
        return [message["type"] for message in self.taken if message["data"]["id"] == case_id]

    def close(self) -> None:
        self._server.shutdown()


@dataclass
class Person:
    """Somebody with a credential."""

    system: AnySystem
    credential: str

    def get(self, path: str, **query: Any) -> Any:
        answer = self.system.call("GET", path, self.credential, params=query)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self.system.call("POST", path, self.credential, json=body or {}, headers=headers)
        assert answer.status_code == status, f"POST {path}: {answer.status_code} {answer.text}"
        return answer.json()


@dataclass
class Cast:
    """Everybody who takes part, fresh for each journey."""

    system: AnySystem
    agency: Person
    desk: Person
    coordinator: Person
    organization_id: str
    key_id: str
    receiver: Receiver = field(default_factory=Receiver)

    def receives_by_webhook(self) -> None:
        made = self.agency.post(
            "/partners/api/v1/organizations/me/webhooks", {"url": self.receiver.url, "events": ["*"]}, 201
        )
        self.receiver.secret = made["secret"]

    def interpreter(self, language: str, **more: Any) -> str:
        """Somebody new on the roster, all week from 8 to 20 o'clock."""
        body = {
            "name": {"latin": f"Interpreter of {language} {uuid.uuid4().hex[:6]}"},
            "gender": "female",
            "languages": [{"tag": language, "level": "professional"}],
            "modalities": ["on_site", "video", "phone"],
            "weekly_hours": [{"day": day, "from": "00:00", "to": "24:00"} for day in DAYS],
            "travel_buffer_minutes": 15,
            "email": f"{uuid.uuid4().hex[:8]}@hospital.example",
        }
        return str(self.coordinator.post("/interpreting/api/v1/interpreters", body | more, 201)["id"])

    def accepted(self, language: str, **more: Any) -> str:
        """A referral of somebody who speaks `language`, accepted by the desk."""
        case_id = str(self.agency.post("/intake/api/v1/referrals", referral(language) | more, 201)["id"])
        self.desk.post(f"/intake/api/v1/cases/{case_id}/review")
        self.desk.post(f"/intake/api/v1/cases/{case_id}/accept")
        return case_id

    def book(self, case_id: str, day: str, start: str = "10:00", end: str = "11:00", **more: Any) -> str:
        body = visit(day, start, end) | more
        return str(self.desk.post(f"/intake/api/v1/cases/{case_id}/visits", body, 201)["id"])

    def case(self, case_id: str) -> Any:
        return self.desk.get(f"/intake/api/v1/cases/{case_id}")

    def interpreter_of(self, case_id: str, visit_id: str) -> Any:
        return next(v for v in self.case(case_id)["visits"] if v["id"] == visit_id)["interpreter"]

    def told(self, case_id: str) -> list[tuple[str, str, str]]:
        """(event type, recipient, channel) of every notice about a case."""
        items = self.desk.get("/notify/api/v1/notifications", case_id=case_id, limit=200)["items"]
        return [(item["event_type"], str(item["recipient"]), item["channel"]) for item in items]


def day_in(days: int) -> str:
    """The date so many days from now in Japan: a whole system lives in today's time, and a fixed day would pass one day."""
    return (datetime.now(JAPAN) + timedelta(days)).date().isoformat()


def gather(system: AnySystem) -> Cast:
    """A cast of its own for one journey."""
    issued = system.key(f"Agency {uuid.uuid4().hex[:8]}")
    desk, coordinator = (Person(system, system.token(role)) for role in ("front_desk", "coordinator"))
    return Cast(system, Person(system, issued["key"]), desk, coordinator, issued["organization_id"], issued["key_id"])


def referral(language: str = "th") -> dict[str, Any]:
    """The smallest valid one, for a speaker of `language`."""
    return {
        "agency_reference": f"BKK-{uuid.uuid4().hex[:8]}",
        "patient": {
            "name": {"latin": "SOMCHAI Jaidee"},
            "birth_date": "1961-04-02",
            "sex": "male",
            "nationality": "TH",
        },
        "languages": [{"tag": language, "level": "native"}],
        "request": {
            "department": "cardiology",
            "reason": "Second opinion, aortic stenosis",
            "urgency": "routine",
        },
        "payer": {"kind": "self"},
    }


def visit(day: str, start: str = "10:00", end: str = "11:00") -> dict[str, Any]:
    """A visit in cardiology at the hospital's time."""
    return {
        "department": "cardiology",
        "start": f"{day}T{start}:00+09:00",
        "end": f"{day}T{end}:00+09:00",
        "place": "Outpatient 3F",
        "modality": "on_site",
    }


def until(looked: Callable[[], Any], seconds: float = 30.0) -> Any:
    """What `looked()` gives, once it is neither empty nor false."""
    deadline = time.monotonic() + seconds
    while not (found := looked()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {looked}"
        time.sleep(0.05)
    return found
