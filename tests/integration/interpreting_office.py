"""Interpreting's app on a fresh database, the world behind it, and people of any role: for tests of its HTTP API."""

import json
from pathlib import Path
from typing import Any

import jwt
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.interpreting.app import create_app
from shared.auth_copies import AUTH_INDEXES
from shared.mongo import declare_indexes
from shared.tokens import ALGORITHM, ISSUER
from tests.integration.signing_in import settings_of
from tests.secret_files import secrets_of_tests
from tests.unit.interpreting.world import Visit, World
from tests.visitor import Visitor

API = "/interpreting/api/v1"
BODY: dict[str, Any] = {
    "name": {"latin": "TANAKA Yuki"},
    "gender": "female",
    "languages": [{"tag": "th", "level": "native"}],
    "modalities": ["on_site", "video"],
    "weekly_hours": [{"day": "wed", "from": "08:30", "to": "17:15"}],
    "travel_buffer_minutes": 15,
    "email": "tanaka@hospital.example",
}


class Desk:
    """The app, the world behind it, and people of any role."""

    def __init__(self, mongo_url: str, database: Database[dict[str, Any]], root: Path | None = None) -> None:
        self.world = World(database)
        root = root or secrets_of_tests()
        declare_indexes(database, AUTH_INDEXES)
        settings = settings_of("interpreting", mongo_url, database.name, root)
        self.signing = (root / "accounts" / "token_private_key").read_bytes()
        self.kid = next(iter(json.loads((root / "interpreting" / "token_public_keys").read_text())))
        self.client = create_app(settings, lambda: self.world.now).test_client()

    def token(self, *roles: str, account: str = "acc-1") -> str:
        """An access token, as accounts would sign it."""
        issued = self.world.now.timestamp()
        claims = {"iss": ISSUER, "sub": account, "roles": list(roles), "org": None, "sid": "s1", "iat": issued}
        claims |= {"exp": issued + 900, "name": account}
        return jwt.encode(claims, self.signing, algorithm=ALGORITHM, headers={"kid": self.kid})

    def visitor(self, *roles: str, account: str = "acc-1", language: str = "en") -> Visitor:
        """Somebody with a browser, signed in where roles are named."""
        made = Visitor(self.client.application.test_client(), language)
        if roles:
            made.cookie("imc_token", self.token(*roles, account=account))
        return made

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        role: str = "coordinator",
        account: str = "acc-1",
        **headers: str,
    ) -> TestResponse:
        token = self.token(role, account=account)
        sent = {} if body is None else {"json": body}
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(API + path, method=method, headers={"Authorization": f"Bearer {token}", **told}, **sent)

    def anyone(self, method: str, path: str, **headers: str) -> TestResponse:
        """Without signing in; `path` from the service's prefix on."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(f"/interpreting{path}", method=method, headers=told)

    def interpreter(self, **more: Any) -> str:
        answer = self.call("POST", "/interpreters", {**BODY, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def booking(self, *visits: Visit) -> str:
        for visit in visits:
            self.world.consume(visit.booked())
        return visits[-1].booking_id
