"""Real things of every kind in a running system, made for one test module: what hostile requests may be aimed at without harm to others."""

from dataclasses import dataclass
from typing import Any

from tests.journeys import play
from tests.journeys.play import Person, until
from tests.system import System


@dataclass(frozen=True)
class World:
    """`ids` by the names path parameters have in the OpenAPI documents; `victim` is an organization nobody here acts for."""

    system: System
    cast: play.Cast
    admin: Person
    ids: dict[str, str]

    def callers_of(self, operation: dict[str, Any]) -> list[str | None]:
        """A credential of each kind that may call an operation; None for those anyone may call. At a door for a service an
        admin is turned away as everybody is."""
        if operation.get("security") == []:
            return [None]
        agency = [self.cast.agency.credential] if operation.get("x-scope") else []
        return [*agency, *([self.admin.credential] if operation.get("x-roles") or operation.get("x-service") else [])]


def made(system: System) -> World:
    """An agency's referral with a visit, a booking, a message and a document; an organization with a key and an agreement; an account."""
    cast = play.gather(system)
    admin = Person(system, system.token("admin"))
    interpreter_id = cast.interpreter("th")
    case_id = cast.accepted("th")
    visit_id = cast.book(case_id, play.day_in(130))
    referral = f"/intake/api/v1/referrals/{case_id}"
    message = cast.agency.post(f"{referral}/messages", {"text": "Arrives by wheelchair"}, 201)
    upload = {"files": {"file": ("letter.txt", b"Dear colleague", "text/plain")}, "data": {"kind": "referral_letter"}}
    document = system.call("POST", f"{referral}/documents", cast.agency.credential, **upload).json()
    until(lambda: cast.interpreter_of(case_id, visit_id)["booking_id"])
    told = until(lambda: cast.desk.get("/notify/api/v1/notifications", case_id=case_id)["items"])
    other = system.key(f"Organization {case_id[-12:]}")
    webhook = {"url": "https://93.184.215.14/imc", "events": ["*"]}
    endpoint = cast.agency.post("/partners/api/v1/organizations/me/webhooks", webhook, 201)
    agreement = {"kind": "mou", "title": {"en": "Exchange"}, "term": "open_ended", "starts": "2026-04-01"}
    agreement |= {"organization_ids": [other["organization_id"]]}
    account = {"username": f"nobody-{case_id[-12:]}", "roles": ["interpreter"]}
    ids = {
        "case_id": case_id,
        "visit_id": visit_id,
        "message_id": message["id"],
        "document_id": document["id"],
        "patient_id": cast.case(case_id)["patient_id"],
        "booking_id": cast.interpreter_of(case_id, visit_id)["booking_id"],
        "interpreter_id": interpreter_id,
        "notification_id": told[0]["id"],
        "organization_id": other["organization_id"],
        "key_id": other["key_id"],
        "endpoint_id": endpoint["id"],
        "agreement_id": admin.post("/partners/api/v1/agreements", agreement, 201)["id"],
        "account_id": admin.post("/accounts/api/v1/accounts", account, 201)["id"],
        "code": "dermatology",
    }
    return World(system, cast, admin, ids)
