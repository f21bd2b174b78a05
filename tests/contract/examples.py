"""`make examples`: requests and answers of a real system, kept for the OpenAPI documents in each service's examples.json.

The demo's people act; secrets, addresses of this machine and what is longer than an example needs are taken out. A test holds what
is kept against today's documents; this is run anew where one fails. Operators' routes have none: their answers name machines.
"""

import json
import re
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyotp
import requests

from deploy.local.demo import AGENCIES, Demo, reasons_here
from deploy.local.demo_command import DEMO_ROLES, HEAD_ROLES
from shared.clock import utc_now
from shared.settings import SERVICES
from shared.web.openapi_details import operations
from tests.answers import Promises
from tests.journeys.play import Receiver, until
from tests.sample_files import PDF
from tests.system import System

ROOT = Path(__file__).parents[2] / "services"
PUBLIC_URL = "https://imc.hospital.example"
MOST_ITEMS = 2
SECRETS = {
    "key": "imc_live_…",
    "secret": "whsec_…",
    "access_token": "eyJ…",
    "password": "correct horse battery staple",
    "new_password": "a longer phrase than before",
    "current_password": "correct horse battery staple",
    "one_time_code": "123456",
    "totp_secret": "JBSW…",
    "totp_uri": "otpauth://totp/…",
    "x": "…",
    "kid": "…",
    "username": "y.tanaka",
}
Body = dict[str, Any]


class Recorder:
    """Calls as anybody does, and keeps the first answer of each operation and status, with the request that led to it."""

    def __init__(self, system: System) -> None:
        self.url = system.url
        documents = {name: requests.get(f"{self.url}/{name}/api/openapi.json", timeout=60).json() for name in SERVICES}
        self.documents, self._promises = documents, {name: Promises(one) for name, one in documents.items()}
        self.kept: dict[str, Body] = {name: {} for name in SERVICES}
        self.failed: list[str] = []

    def ask(self, credential: str | None, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The answer's JSON; what is refused is kept where its operation promises it, and told."""
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        headers |= more.pop("headers", {}) | ({"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {})
        answer = requests.request(method, self.url + path, json=body, headers=headers, timeout=60, **more)
        shown = answer.json() if "json" in answer.headers.get("Content-Type", "") else None
        service, operation = path.split("/")[1], None
        if "/operations" not in path:
            operation = self._promises[service].operation(method, path.partition("?")[0])
        if operation:
            media = answer.headers.get("Content-Type", "").partition(";")[0]
            faults = self._promises[service].faults(operation, answer.status_code, media, answer.content)
            assert not faults, (method, path, answer.status_code, faults)
            self._keep(service, operation["operationId"], answer.status_code, body or _form(more), shown)
        if method != "GET" and not answer.ok:
            self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:160]}")
        return shown

    def _keep(self, service: str, operation_id: str, status: int, body: Any, shown: Any) -> None:
        if status < 400:
            example = self.kept[service].setdefault(operation_id, {"answers": {}})
            if body and "request" not in example:
                example["request"] = self.cleaned(body)
            if shown is not None:
                example["answers"].setdefault(str(status), self.cleaned(shown))
        elif shown is not None:
            problems = self.kept[service].setdefault("problems", {})
            problems.setdefault(str(status), self.cleaned(shown))

    def cleaned(self, value: Any, name: str = "") -> Any:
        """A value as it may be shown to anybody."""
        if isinstance(value, dict):
            return {key: self.cleaned(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.cleaned(one) for one in value[: MOST_ITEMS if name == "items" else None]]
        if not isinstance(value, str):
            return value
        if name in SECRETS:
            return SECRETS[name]
        text = re.sub(r"http://127\.0\.0\.1:\d+(?=/imc\b)", "https://agency.example", value).replace(
            self.url, PUBLIC_URL
        )
        return re.sub(r"(/training/mine/|/calendar/)[\w.~-]{20,}", r"\1…", text)

    def write(self) -> list[Path]:
        """The files, by service."""
        paths = []
        for service, kept in self.kept.items():
            paths.append(ROOT / service / "examples.json")
            paths[-1].write_text(json.dumps(dict(sorted(kept.items())), ensure_ascii=False, indent=1) + "\n", "utf-8")
        return paths


def _form(sent: dict[str, Any]) -> Body | None:
    """The parts of an upload, its file by name."""
    files = {name: given[0] for name, given in sent.get("files", {}).items()}
    return {**sent["data"], **files} if files else None


class Voice:
    """Somebody with a credential, as the demo's callers are."""

    def __init__(self, recorder: Recorder, credential: str | None) -> None:
        self._recorder, self.credential = recorder, credential

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        return self._recorder.ask(self.credential, method, path, body, **more)

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, body: Body | None = None) -> Any:
        return self.ask("POST", path, body or {})

    def upload(self, path: str, fields: dict[str, str], name: str, content: bytes) -> Any:
        return self.ask("POST", path, data=fields, files={"file": (name, content)})


def play(system: System) -> Recorder:
    """A week of the demo, then what an agency and the desk can do besides, then every resource read."""
    recorder = Recorder(system)
    agency = Voice(recorder, system.key(AGENCIES[0])["key"])
    staff, admin = (Voice(recorder, system.token(*roles)) for roles in (DEMO_ROLES, ("admin",)))
    head = Voice(recorder, system.token(*HEAD_ROLES, departments=[reasons_here(staff)[0][0]]))
    _agency(recorder, agency, staff, system)
    Demo([agency], staff, head, utc_now(), ZoneInfo("Asia/Tokyo"), 1).play(12, lambda: None)  # type: ignore[list-item, arg-type]
    _partners(admin)
    _accounts(recorder, admin, system)
    _readings(recorder, admin)
    Voice(recorder, None).get("/accounts/.well-known/jwks.json")
    Voice(recorder, None).get(f"/training/api/v1/catalogue/{admin.get('/training/api/v1/catalogue')['items'][0]['id']}")
    return recorder


def _agency(recorder: Recorder, agency: Voice, staff: Voice, system: System) -> None:
    referrals, mine = "/intake/api/v1/referrals", "/partners/api/v1/organizations/me"
    receiver = Receiver()
    endpoint = agency.post(f"{mine}/webhooks", {"url": receiver.url, "events": ["referral.scheduled", "visit.booked"]})
    receiver.secret = endpoint["secret"]
    body: Body = {
        "agency_reference": "BKK-2291",
        "patient": {
            "name": {"latin": "SOMCHAI Jaidee", "native": "สมชาย ใจดี"},
            "birth_date": "1961-04-02",
            "sex": "male",
            "nationality": "TH",
            "phone": "+66 2 123 4567",
        },
        "languages": [{"tag": "th", "level": "native"}],
        "request": {"department": "cardiology", "reason": "Second opinion, aortic stenosis", "urgency": "routine"},
        "payer": {"kind": "self"},
    }
    case = agency.post(referrals, body)
    own, desk = f"{referrals}/{case['id']}", f"/intake/api/v1/cases/{case['id']}"
    document = agency.upload(f"{own}/documents", {"kind": "referral_letter"}, "referral letter.pdf", PDF)
    staff.post(f"{desk}/review")
    staff.post(f"{desk}/request-information", {"message": "Please send the latest report."})
    agency.post(f"{own}/information", {"message": "It is in the document of today."})
    message = agency.post(f"{own}/messages", {"text": "The patient arrives by wheelchair."})
    staff.ask("PATCH", desk, {"needs": {"access": "Comes by wheelchair"}})
    staff.post(f"{desk}/no-reply-needed")
    staff.post(f"{desk}/messages", {"text": "We will be at the entrance."})
    staff.post(f"{desk}/accept")
    day = (utc_now() + timedelta(days=21)).date().isoformat()
    times = {"start": f"{day}T10:00:00+09:00", "end": f"{day}T11:00:00+09:00"}
    visit = staff.post(f"{desk}/visits", {"department": "cardiology", "place": "Outpatient 3F"} | times)
    until(lambda: receiver.taken)
    told = next((one for one in receiver.taken if one["type"] == "visit.booked"), receiver.taken[0])
    recorder.kept["partners"]["receiveEvent"] = {
        "request": recorder.cleaned({name: told[name] for name in ("type", "timestamp", "data")}), "answers": {}
    }  # fmt: skip
    for path in ("", f"/messages/{message['id']}", f"/documents/{document['id']}", "/timeline"):
        agency.get(own + path)
    agency.get(f"{referrals}?limit=2")
    agency.post(f"{own}/cancellation", {"reason": "travel"})
    staff.post(f"{desk}/refuse-cancellation", {"message": "The visit is tomorrow; please call us."})
    address = f"/intake/api/v1/visits/{visit['id']}"
    staff.ask("PATCH", address, {"place": "Outpatient 2F"})
    for command in ("arrive", "complete"):
        staff.post(f"{address}/{command}")
    staff.post(f"{address}/correct", {"to": "arrived", "reason": "Pressed by mistake"})
    staff.post(f"{address}/leave")
    staff.post("/intake/api/v1/search", {"query": "somchai"})
    staff.post("/intake/api/v1/duplicates", {"case_id": case["id"]})
    second = agency.post(referrals, body | {"agency_reference": "BKK-2292"})
    agency.post(f"{referrals}/{second['id']}/cancellation", {"reason": "patient_request"})
    staff.post(f"/intake/api/v1/cases/{second['id']}/reopen", {"reason": "The family called: he comes after all."})
    where = f"{mine}/webhooks/{endpoint['id']}"
    for path in (
        mine,
        f"{mine}/webhooks",
        where,
        "/accounts/api/v1/departments?limit=2",
        "/accounts/api/v1/departments/cardiology",
    ):
        agency.get(path)
    for command in ("disable", "enable", "rotate-secret"):
        agency.post(f"{where}/{command}")
    _problems(recorder, agency, own, body)
    spare = agency.post(f"{mine}/webhooks", {"url": receiver.url, "events": ["*"]})
    agency.ask("DELETE", f"{mine}/webhooks/{spare['id']}")
    receiver.close()


def _problems(recorder: Recorder, agency: Voice, own: str, body: Body) -> None:
    """One of each kind that an agency's program meets."""
    nobody, unknown = Voice(recorder, None), str(uuid.UUID(int=0))
    agency.post("/intake/api/v1/referrals", body | {"languages": [{"tag": "th", "level": "perfect"}], "payer": {}})
    agency.post(f"{own}/information", {"message": "Once more."})
    agency.ask("POST", f"{own}/messages", {"text": "Late."}, headers={"If-Match": '"1"'})
    agency.get("/intake/api/v1/cases")
    for path in (
        f"/intake/api/v1/referrals/{unknown}",
        f"/partners/api/v1/organizations/me/webhooks/{unknown}",
        "/accounts/api/v1/departments/astrology",
    ):
        agency.get(path)
        nobody.get(path)
    agency.post(
        "/partners/api/v1/organizations/me/webhooks", {"url": "http://agency.example/imc", "events": ["visits"]}
    )
    recorder.failed.clear()


def _partners(admin: Voice) -> None:
    listed = admin.get("/partners/api/v1/organizations?kind=university")["items"]
    organization = f"/partners/api/v1/organizations/{listed[0]['id']}"
    admin.ask(
        "PATCH",
        organization,
        {"contacts": [{"name": "Siriporn Wattana", "email": "dean@university.example", "language": "en"}]},
    )
    issued = admin.post(f"{organization}/keys", {"scopes": ["organization:read"]})
    rotated = admin.post(f"{organization}/keys/{issued['key_id']}/rotate")
    admin.post(f"{organization}/keys/{issued['key_id']}/revoke")
    admin.post(f"{organization}/keys/{rotated['key_id']}/revoke")


def _accounts(recorder: Recorder, admin: Voice, system: System) -> None:
    person = system.person("coordinator")
    signed = {name: person[name] for name in ("username", "password")}
    time.sleep(1)
    Voice(recorder, None).post(
        "/accounts/api/v1/tokens", signed | {"one_time_code": pyotp.TOTP(person["totp_secret"]).now()}
    )
    made = admin.post(
        "/accounts/api/v1/accounts",
        {"username": f"k.mori{uuid.uuid4().hex[:4]}", "roles": ["front_desk"], "language": "ja"},
    )
    account = f"/accounts/api/v1/accounts/{made['id']}"
    admin.ask("PATCH", account, {"roles": ["front_desk", "coordinator"]})
    admin.post(f"{account}/disable", {"reason": "Left the hospital"})
    admin.post(f"{account}/enable")
    admin.post(
        "/accounts/api/v1/departments", {"code": "travel_clinic", "names": {"ja": "渡航外来", "en": "Travel clinic"}}
    )
    admin.ask("PATCH", "/accounts/api/v1/departments/travel_clinic", {"place": "Outpatient 1F"})


LISTS = {
    "case_id": "/intake/api/v1/cases", "interpreter_id": "/interpreting/api/v1/interpreters", "booking_id": "/interpreting/api/v1/bookings",
    "notification_id": "/notify/api/v1/notifications", "agreement_id": "/partners/api/v1/agreements", "account_id": "/accounts/api/v1/accounts",
    "organization_id": "/partners/api/v1/organizations", "application_id": "/training/api/v1/applications", "programme_id": "/training/api/v1/catalogue",
}  # fmt: skip
QUERIES = {"date": "2027-01-18", "language": "th", "from": "2027-01-18T09:00:00%2B09:00"}


def _readings(recorder: Recorder, admin: Voice) -> None:
    """Every GET the admin may call, with the first id of each list."""
    ids = {
        name: (admin.get(f"{path}?limit=2" if "catalogue" not in path else path)["items"] or [{}])[0].get("id")
        for name, path in LISTS.items()
    }
    cases = admin.get("/intake/api/v1/cases?status=scheduled&limit=2")["items"]
    ids |= {"patient_id": cases[0]["patient_id"], "visit_id": cases[0]["visits"][0]["id"]}
    for document in recorder.documents.values():
        for path, method, operation in operations(document):
            named = re.findall(r"\{(\w+)\}", path)
            if (
                method != "get"
                or "/operations" in path
                or not operation.get("x-roles")
                or any(not ids.get(name) for name in named)
            ):
                continue
            asked = [
                one["name"]
                for one in operation.get("parameters", ())
                if one.get("required") and one.get("in") == "query"
            ]
            query = "&".join(f"{name}={QUERIES[name]}" for name in asked)
            recorder.ask(admin.credential, "GET", path.format(**ids) + (f"?{query}" if query else ""))


def main() -> None:
    """Starts a system, plays, writes, stops it."""
    with tempfile.TemporaryDirectory(prefix="imc-examples-") as directory:
        system = System(Path(directory) / "data")
        system.up(IMC_WEBHOOK_ALLOW="127.0.0.0/8", IMC_RATE_LIMIT="0")
        try:
            recorder = play(system)
        finally:
            system.down()
    if recorder.failed:
        sys.exit("\n".join(["nothing was written; refused:", *recorder.failed]))
    for path in recorder.write():
        print(path, sum(len(one.get("answers", ())) for one in json.loads(path.read_text()).values()))


if __name__ == "__main__":
    main()
