"""The front desk of an intake as it runs: days with visits, whoever sits there with a browser, buttons pressed as pages hold them."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from werkzeug.test import TestResponse

from tests.integration.intake_office import Office
from tests.visitor import ORIGIN, Visitor, forms_of

JAPAN = ZoneInfo("Asia/Tokyo")
BUTTON = re.compile(r'<button[^>]*name="version" value="(\d+)" formaction="([^"]+)"')
MENU = re.compile(r'<live-part class="menu-list" src="([^"]+)"')


def at(clock: str, day: int = 26) -> datetime:
    """A time of a day in November 2026; the 26th is a Thursday, the 23rd a holiday."""
    return datetime.fromisoformat(f"2026-11-{day:02d} {clock}").replace(tzinfo=JAPAN)


class Front:
    """One office at 11:30 of the 26th; `come(...)` brings visits, `sit()` somebody to the desk."""

    def __init__(self, office: Office) -> None:
        self.office, self._referrals = office, 0
        self.now = at("11:30")

    @property
    def now(self) -> datetime:
        return self.office.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.office.now = moment

    def refer(self, number: int = 1, **more: Any) -> str:
        self._referrals += 1
        return self.office.refer(number, **{"agency_reference": f"BKK-{self._referrals}"} | more)

    def visit(
        self, clock: str, day: int = 26, status: str = "booked", interpreter: str | None = "confirmed", **more: Any
    ) -> str:
        """A visit's id; moved to `status`, its interpreter as interpreting would have said it (None: nothing heard yet)."""
        back, self.now = self.now, at(clock, day) - timedelta(days=2)
        case_id = self.refer(**more)
        for command in ("review", "accept"):
            self.office.command(f"/cases/{case_id}/{command}")
        start = at(clock, day)
        period = {"start": start.isoformat(), "end": (start + timedelta(minutes=30)).isoformat()}
        visit_id = str(self.office.command(f"/cases/{case_id}/visits", {"department": "cardiology"} | period)["id"])
        if interpreter:
            fields = {"booking_id": f"b-{visit_id}", "status": interpreter, "interpreter_id": "i", "name": "Prasert T."}
            self.office.database["visit_interpreters"].insert_one({"_id": visit_id} | fields)
        self.now = start
        for command in {"booked": [], "arrived": ["arrive"], "completed": ["arrive", "complete"]}.get(status, [status]):
            self.office.command(f"/visits/{visit_id}/{command}")
        self.now = back
        return visit_id

    def case_of(self, visit_id: str) -> dict[str, Any]:
        found = self.office.database["cases"].find_one({"visits.id": visit_id})
        assert found is not None
        return found

    def status(self, visit_id: str) -> str:
        return str(next(v["status"] for v in self.case_of(visit_id)["visits"] if v["id"] == visit_id))

    def sit(self, *roles: str, language: str = "en") -> "Clerk":
        token = self.office.as_staff(*(roles or ("front_desk",)))["Authorization"].removeprefix("Bearer ")
        clerk = Clerk(self.office.app.test_client(), language)
        clerk.cookie("imc_token", token)
        return clerk


class Clerk(Visitor):
    """Somebody at the desk; `press` presses the button of a page that goes to an address."""

    def buttons(self, html: str) -> dict[str, str]:
        """Address and version of every button that has an address of its own, those in the rows' menus included."""
        menus = [self.get(unescape(src)).text for src in MENU.findall(html)]
        return {address: version for part in (html, *menus) for version, address in BUTTON.findall(part)}

    def press(self, html: str, address: str) -> TestResponse:
        form = next(
            form
            for form in forms_of(html)
            if form.method == "post" and "csrf" in form.values() and form.id.endswith("-form")
        )
        fields = {name: form.values()[name] for name in ("csrf", "idempotency_key", "back") if name in form.values()}
        data = fields | {"version": self.buttons(html)[address]}
        headers = {"Accept": "text/html", "Accept-Language": self.language, "Origin": ORIGIN}
        return self.client.post(address, data=data, headers=headers)

    def follow(self, answer: TestResponse) -> str:
        """The page an answer leads to."""
        assert answer.status_code == 303, answer.text
        parts = urlsplit(answer.headers["Location"])
        return self.get(parts.path + (f"?{parts.query}" if parts.query else "")).text


def front(mongo_url: str, database: Any, directory: Any) -> Front:
    office = Office(mongo_url, database, directory)
    names = {"cardiology": ("循環器内科", "Cardiology"), "orthopedics": ("整形外科", "Orthopaedics")}
    for code, (ja, en) in names.items():
        database["departments"].update_one({"_id": code}, {"$set": {"names": {"ja": ja, "en": en}}})
    office.as_agency(1)
    contacts = [{"name": "Desk", "email": "desk@agency.example", "language": "en"}]
    database["organizations"].update_one({"_id": "org-1"}, {"$set": {"name": "Siam Travel", "contacts": contacts}})
    return Front(office)
