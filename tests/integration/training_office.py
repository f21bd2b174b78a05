"""Training's app on a fresh database, a clock moved by hand, people of any role, copies of what others own: for tests."""

import io
import json
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.training.actions import access, links
from services.training.app import create_app
from services.training.dependencies import Dependencies
from services.training.rules import departments as departments_rules
from services.training.store.indexes import INDEXES
from shared.auth_copies import AUTH_INDEXES
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.mongo import declare_indexes
from shared.tokens import ALGORITHM, ISSUER
from tests.integration.signing_in import settings_of
from tests.sample_files import PDF
from tests.secret_files import secrets_of_tests
from tests.visitor import Visitor

API = "/training/api/v1"
NOW = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # Tuesday, 09:00 in Tokyo
PROGRAMME: dict[str, Any] = {
    "kind": "observation",
    "title": {"ja": "循環器内科 見学", "en": "Observation in cardiology"},
    "text": {"ja": "病棟と外来を見学します。", "en": "Wards and clinics, looking on."},
    "department": "cardiology",
    "languages": ["en", "ja"],
    "deadline": "2026-12-31T15:00:00Z",
    "periods": [{"from": "2027-02-01", "until": "2027-03-31", "slots": 2, "group_size": 3}],
    "requirements": [],
}
WRITTEN: dict[str, Any] = {
    "name": {"latin": "NGUYEN Thi Hoa", "native": "Nguyễn Thị Hoa"},
    "birth_date": "1990-05-17",
    "nationality": "TH",
    "residence": "TH",
    "profession": "doctor",
    "institution": "Lotus Hospital",
    "email": "hoa@lotus.example",
    "passport": {"number": "C1234567", "country": "TH", "expires_on": "2031-01-01"},
    "first_day": "2027-02-01",
    "last_day": "2027-02-26",
    "motivation": "To see how a heart team works.",
}
AGREEMENT: dict[str, Any] = {
    "reference": "A-26-00001-K",
    "kind": "mou",
    "status": "active",
    "term": "fixed",
    "starts": "2026-01-01",
    "ends": "2028-12-31",
    "scopes": ["training"],
    "recheck": False,
    "sequence": 1,
}


class TrainingOffice:
    """The app, its parts, and whoever calls it."""

    def __init__(self, mongo_url: str, database: Database[dict[str, Any]], root: Path | None = None) -> None:
        root = root or secrets_of_tests()
        declare_indexes(database, [*INDEXES, *AUTH_INDEXES])
        self.database, self.now = database, NOW
        for code in ("cardiology", "surgery", "paediatrics"):
            database.departments.insert_one({"_id": code, "names": {"en": code.title(), "ja": code}, "listed": True})
        settings = settings_of("training", mongo_url, database.name, root)
        self.signing = (root / "accounts" / "token_private_key").read_bytes()
        self.kid = next(iter(json.loads((root / "training" / "token_public_keys").read_text())))
        self.app = create_app(settings, lambda: self.now)
        self.client = self.app.test_client()
        self.deps: Dependencies = self.app.extensions["imc"].deps

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)

    def on(self, day: str) -> None:
        """Nine in the morning of a day in Tokyo."""
        self.now = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)

    def token(self, *roles: str, account: str = "acc-1", departments: Collection[str] = ("cardiology",)) -> str:
        """An access token, as accounts would sign it."""
        issued = self.now.timestamp()
        claims = {"iss": ISSUER, "sub": account, "roles": list(roles), "org": None, "sid": "s1", "iat": issued}
        claims |= {"exp": issued + 900, "name": account, "departments": sorted(departments)}
        return jwt.encode(claims, self.signing, algorithm=ALGORITHM, headers={"kid": self.kid})

    def visitor(
        self,
        *roles: str,
        account: str = "acc-1",
        language: str = "en",
        departments: Collection[str] = ("cardiology",),
    ) -> Visitor:
        """Somebody with a browser, signed in where roles are named."""
        made = Visitor(self.client.application.test_client(), language)
        if roles:
            made.cookie("imc_token", self.token(*roles, account=account, departments=departments))
        return made

    def applicant(self, id_: str, language: str = "en") -> Visitor:
        """An applicant with a browser, who answered today what is asked before anything that tells who they are."""
        made = self.visitor(language=language)
        made.cookie(*links.cookie(self.deps, self.stored(id_), links.KNOWN, self.now))
        return made

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        role: str = "training",
        account: str = "acc-1",
        departments: Collection[str] = ("cardiology",),
        **headers: str,
    ) -> TestResponse:
        sent = {} if body is None else {"json": body}
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        token = self.token(role, account=account, departments=departments)
        return self.client.open(API + path, method=method, headers={"Authorization": f"Bearer {token}", **told}, **sent)

    def done(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The same, where nothing may be wrong."""
        answer = self.call(method, path, body, **more)
        assert answer.status_code < 300, (path, answer.status_code, answer.text)
        return answer.json

    def context(self) -> CommandContext:
        return CommandContext(self.now, "account:acc-1", new_id())

    # what there is

    def programme(self, publish: bool = True, **more: Any) -> dict[str, Any]:
        made = self.done("POST", "/programmes", PROGRAMME | more)
        return self.done("POST", f"/programmes/{made['id']}/publish") if publish else made

    def application(self, programme: dict[str, Any], **written: Any) -> str:
        """A draft, written whole."""
        body = WRITTEN | {"period_id": programme["periods"][0]["id"]} | written
        return str(self.done("POST", "/applications", {"programme_id": programme["id"], **body})["id"])

    def other_person(self, number: int) -> dict[str, Any]:
        """Fields that make somebody else of the same application."""
        return {
            "name": {"latin": f"PERSON Number {number}"},
            "email": f"p{number}@lotus.example",
            "passport": {"number": f"P{number:07d}", "country": "TH", "expires_on": "2031-01-01"},
        }

    def submitted(self, programme: dict[str, Any], **written: Any) -> str:
        id_ = self.application(programme, **written)
        self.brings(id_)
        self.done("POST", f"/applications/{id_}/submit")
        return id_

    def brings(self, id_: str) -> None:
        """Every paper that is due with the application, to be checked."""
        rows = self.done("GET", f"/applications/{id_}")["standings"]
        for row in rows:
            if row["stage"] == "application" and row["turn"] == "applicant":
                self.paper(id_, row["code"], accept=False)

    def insured(self, id_: str) -> str:
        """The insurance of somebody who goes abroad, found in order."""
        stay = self.stored(id_)
        return self.paper(id_, "travel_insurance", valid_from=stay["first_day"], valid_until=stay["last_day"])

    def reviewed(self, programme: dict[str, Any], **written: Any) -> str:
        """Every step of the review approves."""
        id_ = self.submitted(programme, **written)
        self.done("POST", f"/applications/{id_}/check")
        self.done("POST", f"/applications/{id_}/review")
        judged_in = departments_rules.judging_departments(access.with_home(self.deps, self.stored(id_)))
        path, work = f"/applications/{id_}/give-review", judged_in or {"cardiology"}
        self.done("POST", path, {"step": "department", "verdict": "approve"}, role="reviewer", departments=work)
        self.done("POST", path, {"step": "chief", "verdict": "approve"}, role="chief")
        if self.stored(id_)["direction"] == "out":
            self.insured(id_)
        return id_

    def accepted(self, programme: dict[str, Any], **written: Any) -> str:
        id_ = self.reviewed(programme, **written)
        self.done("POST", f"/applications/{id_}/accept", {})
        return id_

    def confirmed(self, programme: dict[str, Any], **written: Any) -> str:
        id_ = self.accepted(programme, **written)
        self.done("POST", f"/applications/{id_}/announce")
        self.done("POST", f"/applications/{id_}/confirm")
        return id_

    def active(self, programme: dict[str, Any], **written: Any) -> str:
        id_ = self.confirmed(programme, **written)
        self.on(self.stored(id_)["first_day"])
        self.done("POST", f"/applications/{id_}/start")
        return id_

    def stored(self, id_: str) -> dict[str, Any]:
        found = self.database.applications.find_one({"_id": id_})
        assert found is not None
        return found

    def status(self, id_: str) -> str:
        return str(self.stored(id_)["status"])

    def published(self, id_: str) -> list[str]:
        """Types of the events in the outbox, without service and version."""
        return [entry["type"].removeprefix("training.").removesuffix(".v1") for entry in self.stored(id_)["outbox"]]

    def upload(
        self, id_: str, requirement: str, content: bytes = PDF, name: str = "paper.pdf", **dates: str
    ) -> TestResponse:
        sent = {"requirement": requirement, "file": (io.BytesIO(content), name), **dates}
        header = {"Authorization": f"Bearer {self.token('training')}"}
        return self.client.post(f"{API}/applications/{id_}/papers", data=sent, headers=header)

    def paper(self, id_: str, requirement: str, accept: bool = True, **dates: str) -> str:
        """A paper handed in, and found in order."""
        answer = self.upload(id_, requirement, **dates)
        assert answer.status_code == 200, answer.text
        paper_id = str(self.stored(id_)["documents"][-1]["id"])
        if accept:
            self.done("POST", f"/applications/{id_}/papers/{paper_id}/accept", {})
        return paper_id

    def organization(self, name: str = "Harbour University Hospital", **more: Any) -> str:
        id_ = new_id()
        self.database.organizations.insert_one({"_id": id_, "name": name, "status": "active", "country": "DE", **more})
        return id_

    def agreement(self, organization_id: str, **more: Any) -> str:
        """As the worker's handlers keep it."""
        id_ = new_id()
        self.database.agreements.insert_one({"_id": id_, **AGREEMENT, "organization_ids": [organization_id], **more})
        return id_

    def run(self, timer: Callable[[Dependencies, datetime], Any]) -> None:
        """A timer, now."""
        timer(self.deps, self.now)
