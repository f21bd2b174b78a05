"""Callers of the composed system, over its gateway and public interfaces only. They keep on until they have a sure answer."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import requests

from tests.compose.conftest import Compose

AWAY = (502, 503, 504)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class NoSureAnswer(AssertionError):
    """A caller gave up: nothing but faults for too long."""


@dataclass
class Caller:
    """One credential. A command is sent under one Idempotency-Key until it is answered by the service itself."""

    url: str
    credential: Callable[[], str]
    repeats: int = 0
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **query: Any) -> Any:
        return self._sure("GET", path, params=query).json()

    def post(self, path: str, body: dict[str, Any] | None = None, status: int | None = None) -> Any:
        answer = self._sure("POST", path, json=body or {}, headers={"Idempotency-Key": uuid.uuid4().hex})
        assert answer.status_code == status if status else answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def _sure(self, method: str, path: str, **more: Any) -> requests.Response:
        deadline = time.monotonic() + 120
        headers = more.pop("headers", {})
        while time.monotonic() < deadline:
            try:
                given = {**headers, "Authorization": f"Bearer {self.credential()}"}
                answer = self.session.request(method, self.url + path, headers=given, timeout=60, **more)
                running = answer.status_code == 409 and "allowed" not in answer.text and "Idempotency-Key" in headers
                if answer.status_code not in AWAY and not running and answer.status_code != 429:
                    return answer
                assert "Retry-After" in answer.headers or running, f"{method} {path}: {answer.status_code}"
            except requests.RequestException:
                pass
            self.repeats += 1
            time.sleep(0.5)
        raise NoSureAnswer(f"{method} {path}")


def agency(system: Compose, name: str) -> Caller:
    """An agency with a fresh key."""
    key = system.imc("keys", "issue", "--organization", name)["key"]
    return Caller(system.url, lambda: key)


def staff(system: Compose, role: str) -> Caller:
    """A fresh account of this role, signed in, and again before its token ends."""
    made = system.imc("accounts", "add", f"{role}-{uuid.uuid4().hex[:8]}", "--role", role)
    code = pyotp.TOTP(made["totp_secret"])
    kept: dict[str, Any] = {"until": 0.0}

    def token() -> str:
        if time.monotonic() > kept["until"]:
            asked = {"username": made["username"], "password": made["password"], "one_time_code": code.now()}
            answer = requests.post(f"{system.url}/accounts/api/v1/tokens", json=asked, timeout=30)
            assert answer.status_code == 201, answer.text
            kept.update(token=answer.json()["access_token"], until=time.monotonic() + answer.json()["expires_in"] - 60)
        return str(kept["token"])

    token()
    return Caller(system.url, token)


def referral(reference: str) -> dict[str, Any]:
    """The smallest valid one; it ends in a booking."""
    return {
        "agency_reference": reference,
        "patient": {
            "name": {"latin": "SOMCHAI Jaidee"},
            "birth_date": "1961-04-02",
            "sex": "male",
            "nationality": "TH",
        },
        "languages": [{"tag": "th", "level": "native"}],
        "request": {"department": "cardiology", "reason": "Second opinion, aortic stenosis", "urgency": "routine"},
        "payer": {"kind": "self"},
    }


def interpreter(number: int) -> dict[str, Any]:
    """One who is on duty around the clock."""
    return {
        "name": {"latin": f"MALEE Test {number}"},
        "gender": "female",
        "languages": [{"tag": "th", "level": "native"}],
        "modalities": ["on_site", "video", "phone"],
        "weekly_hours": [{"day": day, "from": "00:00", "to": "23:59"} for day in DAYS],
        "travel_buffer_minutes": 0,
        "email": f"malee{number}@interpreters.example",
    }


def visit(place: int) -> dict[str, Any]:
    """An hour of its own for every number: no two overlap."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2, hours=2 * place)
    return {
        "department": "cardiology",
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "place": "Outpatient 3",
        "modality": "on_site",
    }


def booked_case(sender: Caller, desk: Caller, reference: str, place: int) -> str:
    """From the referral to a booked visit; returns the case's id."""
    case: str = sender.post("/intake/api/v1/referrals", referral(reference), 201)["id"]
    for command in ("review", "accept"):
        desk.post(f"/intake/api/v1/cases/{case}/{command}")
    desk.post(f"/intake/api/v1/cases/{case}/visits", visit(place), 201)
    return case


def wait_for(what: str, probe: Callable[[], Any], seconds: float = 60) -> Any:
    """The first truthy thing `probe` gives; AssertionError with its last answer."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        last = probe()
        if last:
            return last
        time.sleep(0.25)
    raise AssertionError(f"{what}: not within {seconds:.0f} s, last {last!r}")
