"""Notify's web process beside a world that hears and sends: what its tests ask over HTTP."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
from flask.testing import FlaskClient
from pymongo.database import Database
from werkzeug.test import TestResponse

import services.notify.app
import services.notify.store.indexes
from shared.ids import new_id
from tests.integration.signing_in import declare, settings_of
from tests.unit.notify.world import World


class Office:
    """The web process beside a world that hears and sends."""

    def __init__(self, mongo_url: str, database: Database, root: Path) -> None:
        self.world = World(database, root / "world")
        declare(database, services.notify.store.indexes.INDEXES)
        self.root = root / "web"
        settings = settings_of("notify", mongo_url, database.name, self.root)
        self.client: FlaskClient = services.notify.app.create_app(settings, lambda: self.world.now).test_client()

    def token(self, *roles: str, account_id: str = "", departments: Sequence[str] = ()) -> dict[str, str]:
        """Good for as long as a test moves its clock."""
        now = self.world.now.timestamp()
        claims = {"iss": "imc-accounts", "sub": account_id or new_id(), "roles": list(roles), "sid": new_id()}
        claims |= {"departments": list(departments)} if departments else {}
        (kid,) = json.loads((self.root / "notify" / "token_public_keys").read_text())
        private = (self.root / "accounts" / "token_private_key").read_bytes()
        signed = jwt.encode(claims | {"iat": now - 3600, "exp": now + 90 * 86400}, private, "EdDSA", {"kid": kid})
        return {"Authorization": f"Bearer {signed}"}

    def get(self, path: str, header: dict[str, str]) -> TestResponse:
        return self.client.get(f"/notify/api/v1{path}", headers=header)

    def post(self, path: str, header: dict[str, str], body: Any = None, **more: str) -> TestResponse:
        return self.client.post(f"/notify/api/v1{path}", headers={**header, **more}, json=body or {})

    def put(self, path: str, header: dict[str, str], body: Any, **more: str) -> TestResponse:
        return self.client.put(f"/notify/api/v1{path}", headers={**header, **more}, json=body)
