"""A fresh accounts and a fresh partners on real servers, for tests: their apps, a clock that is moved by hand, signed-in people."""

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from pymongo import MongoClient
from pymongo.database import Database
from werkzeug.test import TestResponse

import services.accounts.app
import services.accounts.store.indexes
import services.partners.app
import services.partners.store.indexes
from services.accounts.actions.accounts import create_account
from services.accounts.dependencies import Secrets
from services.accounts.rules.sign_in import token_claims
from services.partners.actions.keys import issue_key
from services.partners.actions.organizations import activate, register_organization
from shared.auth import COPY_SECONDS
from shared.auth_copies import AUTH_INDEXES
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.mongo import Index, declare_indexes
from shared.settings import Settings, load
from tests.secret_files import put_secrets

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "violet tram under snow"


@dataclass(frozen=True)
class FreshSettings(Settings):
    """Settings whose database is this test's own."""

    fresh: str = ""

    @property
    def database(self) -> str:
        return self.fresh


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def settings_of(service: str, mongo_url: str, database: str, root: Path, **variables: str) -> FreshSettings:
    """Real secrets under `root`, no broker: nothing is said until a worker runs."""
    put_secrets(root)
    environ = {
        "IMC_MONGO_URL": mongo_url,
        "IMC_AMQP_URL": "amqp://guest:guest@127.0.0.1:1//",
        "IMC_SECRET_DIR": str(root / service),
        "IMC_LOG_LEVEL": "ERROR",
        "IMC_RATE_LIMIT": "0",
    }
    known = load(service, environ | variables)
    return FreshSettings(**{name: getattr(known, name) for name in known.__dataclass_fields__}, fresh=database)


@contextmanager
def own_database(mongo_url: str) -> Iterator[Database]:
    """A database for as long as a module's tests run."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_url, tz_aware=True, w="majority", journal=True)
    name = f"test_{secrets.token_hex(6)}"
    yield client[name]
    client.drop_database(name)
    client.close()


def declare(database: Database, indexes: list[Index]) -> None:
    declare_indexes(database, [*indexes, *AUTH_INDEXES])


class Accounts:
    """The accounts service on a fresh database."""

    def __init__(self, mongo_url: str, database: Database, root: Path, **variables: str) -> None:
        declare(database, services.accounts.store.indexes.INDEXES)
        self.database, self.clock = database, Hands()
        self.settings = settings_of("accounts", mongo_url, database.name, root, **variables)
        self.app: Flask = services.accounts.app.create_app(self.settings, self.clock)
        self.deps: Any = self.app.extensions["imc"].deps
        self.client: FlaskClient = self.app.test_client()

    def person(
        self, *roles: str, username: str = "", organization_id: str | None = None, departments: Sequence[str] = ()
    ) -> dict[str, str]:
        """A person made as `imc accounts add` makes one: id, username, password, totp_secret."""
        context = CommandContext(self.clock(), "operator:test", new_id())
        name = username or f"p{new_id()[-8:]}"
        made = create_account(self.deps, name, list(roles), organization_id, context, departments=departments)
        return {field: made[field] for field in ("id", "username", "password", "totp_secret")}

    def code(self, person: dict[str, str], steps: int = 0) -> str:
        return pyotp.TOTP(person["totp_secret"]).at(self.clock() + timedelta(seconds=30 * steps))

    def try_to_sign_in(self, person: dict[str, str], code: str | None = None, **other: str) -> TestResponse:
        asked = {"username": person["username"], "password": person["password"]}
        asked |= {"one_time_code": self.code(person) if code is None else code} | other
        return self.client.post("/accounts/api/v1/tokens", json=asked)

    def token(self, *roles: str) -> dict[str, str]:
        """The Authorization header of a new person with these roles."""
        return self.header(self.person(*roles))

    def header(self, person: dict[str, str], code: str | None = None) -> dict[str, str]:
        answer = self.try_to_sign_in(person, code)
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json['access_token']}"}

    def call(
        self, method: str, path: str, header: dict[str, str] | None, body: Any = None, **more: str
    ) -> TestResponse:
        sent = {"json": body} if body is not None else {}
        return self.client.open(f"/accounts/api/v1{path}", method=method, headers={**(header or {}), **more}, **sent)

    def let_copies_age(self) -> None:
        """A process remembers for this long that a token counts."""
        time.sleep(COPY_SECONDS + 0.05)

    def published(self, record_id: str, collection: str = "accounts") -> list[dict[str, Any]]:
        """The events that lie in a record's outbox."""
        found = self.database[collection].find_one({"_id": record_id})
        return list(found["outbox"]) if found else []


class Partners:
    """The partners service on a fresh database; staff tokens are signed with accounts' key, as accounts would."""

    def __init__(self, mongo_url: str, database: Database, root: Path, **variables: str) -> None:
        declare(database, services.partners.store.indexes.INDEXES)
        self.database, self.clock, self._root = database, Hands(), root
        self.settings = settings_of("partners", mongo_url, database.name, root, **variables)
        self.app: Flask = services.partners.app.create_app(self.settings, self.clock)
        self.deps: Any = self.app.extensions["imc"].deps

    def staff(self, *roles: str) -> dict[str, str]:
        """The Authorization header of a person with these roles."""
        own = Secrets(load("accounts", self._environ("accounts")))
        account = {"_id": new_id(), "roles": list(roles)}
        return {"Authorization": f"Bearer {own.sign(token_claims(account, new_id(), self.clock()))}"}

    def _environ(self, service: str) -> dict[str, str]:
        urls = {"IMC_MONGO_URL": self.settings.mongo_url, "IMC_AMQP_URL": self.settings.amqp_url}
        return urls | {"IMC_SECRET_DIR": str(self._root / service)}

    def context(self) -> CommandContext:
        return CommandContext(self.clock(), "operator:test", new_id())

    def agency(self, name: str = "", scopes: list[str] | None = None) -> tuple[str, dict[str, str]]:
        """An active organization's id and the header of its key, made as `imc keys issue` makes them."""
        made = register_organization(self.deps, name or f"Agency {new_id()}", self.context())
        activate(self.deps, made["_id"], self.context())
        issued = issue_key(self.deps, made["_id"], self.context(), scopes)
        return made["_id"], {"Authorization": f"Bearer {issued['key']}"}

    def call(
        self, method: str, path: str, header: dict[str, str] | None, body: Any = None, **more: str
    ) -> TestResponse:
        sent = {"json": body} if body is not None else {}
        client = self.app.test_client()
        return client.open(f"/partners/api/v1{path}", method=method, headers={**(header or {}), **more}, **sent)

    def published(self, record_id: str, collection: str = "partners") -> list[dict[str, Any]]:
        """The events that lie in a record's outbox, an organization's where nothing else is named."""
        found = self.database[collection].find_one({"_id": record_id})
        return list(found["outbox"]) if found else []

    def broker_confirms(self, organization_id: str) -> None:
        """Does to the outbox what the relay does once the broker has confirmed."""
        self.database.partners.update_one({"_id": organization_id}, {"$set": {"outbox": []}})

    @contextmanager
    def broker_confirming(self, organization_id: str) -> Iterator[None]:
        """Does so again and again, beside the test."""
        done = threading.Event()

        def confirm() -> None:
            while not done.wait(0.02):
                self.broker_confirms(organization_id)

        thread = threading.Thread(target=confirm)
        thread.start()
        yield
        done.set()
        thread.join()

    def let_copies_age(self) -> None:
        time.sleep(COPY_SECONDS + 0.05)
