"""A tiny service for the tests of the HTTP foundation: beds that are made, moved and emptied. It belongs to no part of the application."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from flask import Flask
from marshmallow import fields, validate
from pymongo.database import Database

from shared.auth import hash_key
from shared.clock import Clock
from shared.command_context import Answer, CommandContext
from shared.errors import IllegalMove, InvalidInput, NotFound
from shared.idempotency import requests_index
from shared.ids import new_id
from shared.mongo import connect, declare_indexes
from shared.outbox.records import Records, outbox_index
from shared.paging import Window, onward
from shared.sealing import service_key
from shared.settings import Settings, load
from shared.tokens import ALGORITHM, ISSUER
from shared.web.access import api_blueprint, public, query, returns, rights, takes, takes_upload
from shared.web.answers import respond
from shared.web.app import build_app
from shared.web.commands import command
from shared.web.fields import Moment, Paged, Schema, Text, Whole
from shared.web.lists import page, page_of
from shared.web.state import caller, context, dependencies_of

INDEXES = [outbox_index("beds"), requests_index("beds")]
HMAC = bytes.fromhex("11" * 32)
KEY = "imc_live_abcdefghijklmnopqrstuvwxyz"


class BedInUse(Exception):
    """Somebody lies in it."""


class Name(Schema):
    latin = Text(most=50, required=True)


class BedIn(Schema):
    name = fields.Nested(Name, required=True)
    places = fields.Integer(load_default=1, validate=validate.Range(1, 4))
    since = Moment(allow_none=True)


class Kind(Schema):
    kind = fields.String(required=True)


class Who(Kind):
    actor = fields.String(required=True)
    organization_id = fields.String(required=True, allow_none=True)
    cause = fields.String(required=True)
    traceparent = fields.String(required=True, allow_none=True)


class BedOut(Schema):
    id = fields.String(attribute="_id")
    name = fields.Nested(Name)
    places = Whole()
    status = fields.String()


class Move(Schema):
    to = Text(most=20, required=True)


class Made(Schema):
    id = fields.String()


class Filter(Paged):
    status = fields.String(validate=validate.OneOf(["free", "taken"]))


class Paper(Schema):
    kind = Text(most=10, required=True)


@dataclass
class Store:
    """All that knows MongoDB here."""

    database: Database[dict[str, Any]]
    beds: Records

    def page(self, filters: dict[str, Any], window: Window) -> list[dict[str, Any]]:
        sort = [("_id", -1)]
        return self.beds.find(onward(filters, sort, window), sort=sort, limit=window.rows)


@dataclass
class Dependencies:
    store: Store
    hooks: dict[str, Callable[[], None]] = field(default_factory=dict)


def dependencies() -> Dependencies:
    return dependencies_of(Dependencies)


def make_bed(deps: Dependencies, body: dict[str, Any], context: CommandContext, of: str | None) -> dict[str, Any]:
    bed = {"_id": new_id(), "name": body["name"], "places": body["places"], "status": "free", "of": of}
    return deps.store.beds.insert(bed, [], context)


def take_bed(deps: Dependencies, bed_id: str, context: CommandContext) -> dict[str, Any]:
    bed = deps.store.beds.load(bed_id, context)
    if bed is None:
        raise NotFound()
    if bed["status"] != "free":
        raise IllegalMove("The bed is taken.", allowed=["leave"])
    deps.hooks.get("before save", lambda: None)()
    return deps.store.beds.save(bed | {"status": "taken"}, [], context)


def move_bed(deps: Dependencies, bed_id: str, to: str, context: CommandContext) -> dict[str, Any]:
    bed = deps.store.beds.get(bed_id)
    if bed is None:
        raise NotFound()
    if to == "nowhere":
        raise InvalidInput([("#/to", "expected a place")])
    deps.hooks.get("before save", lambda: None)()
    return deps.store.beds.save(bed | {"moves": [*bed.get("moves", []), to]}, [], context)


def show(bed: dict[str, Any]) -> Answer:
    return respond(bed, BedOut)


def shown_new(bed: dict[str, Any]) -> Answer:
    return respond(bed, BedOut, status=201, location=f"/intake/api/v1/beds/{bed['_id']}")


def blueprint() -> Any:
    """A fresh one for each app."""
    blp = api_blueprint("beds", "intake")

    @blp.post("/beds")
    @rights("front_desk", agency="referrals:write")
    @takes(BedIn)
    @returns(201, BedOut)
    def create_bed(body: dict[str, Any]) -> Any:
        """Makes a bed."""
        return command(lambda context: make_bed(dependencies(), body, context, caller().organization_id), shown_new)

    @blp.get("/beds")
    @rights("front_desk", agency="referrals:read")
    @query(Filter)
    @returns(200, page(BedOut))
    def list_beds(query: dict[str, Any]) -> Any:
        filters = {"status": query["status"]} if "status" in query else {}
        return page_of(lambda window: dependencies().store.page(filters, window), BedOut, query)

    @blp.get("/beds/<bed_id>")
    @rights("front_desk", agency="referrals:read")
    @returns(200, BedOut)
    def get_bed(bed_id: str) -> Any:
        bed = dependencies().store.beds.get(bed_id)
        if bed is None:
            raise NotFound()
        return show(bed)

    @blp.post("/beds/<bed_id>/take")
    @rights("front_desk")
    @returns(200, BedOut)
    def take(bed_id: str) -> Any:
        return command(lambda context: take_bed(dependencies(), bed_id, context), show)

    @blp.post("/beds/<bed_id>/move")
    @rights("front_desk")
    @takes(Move)
    @returns(200, BedOut)
    def move(bed_id: str, body: dict[str, Any]) -> Any:
        return command(lambda context: move_bed(dependencies(), bed_id, body["to"], context), show)

    @blp.post("/beds/<bed_id>/papers")
    @rights("front_desk")
    @takes_upload(Paper)
    @returns(201, Made)
    def attach(bed_id: str, body: dict[str, Any]) -> Any:
        size = len(body["file"].stream.read())
        return command(
            lambda context: move_bed(dependencies(), bed_id, f"{body['kind']}:{size}", context),
            lambda bed: respond({"id": bed["moves"][-1]}, Made, status=201),
        )

    @blp.post("/beds/<bed_id>/break")
    @rights("front_desk")
    @returns(200, None)
    def break_bed(bed_id: str) -> Any:
        if bed_id == "in-use":
            raise BedInUse("Somebody lies in it.")
        raise RuntimeError("SECRET-PATIENT-NAME")

    @blp.get("/whoami")
    @rights("*", agency="organization:read")
    @returns(200, Who)
    def whoami() -> Any:
        me = caller()
        told = {"actor": me.actor, "kind": me.kind, "organization_id": me.organization_id, "cause": context().cause}
        return respond(told | {"traceparent": context().traceparent}, Who)

    @blp.get("/agencies-only")
    @rights(agency="webhooks:write")
    @returns(200, None)
    def agencies_only() -> Any:
        return respond({}, None)

    @blp.get("/open")
    @public()
    @returns(200, Kind)
    def open_to_all() -> Any:
        return respond({"kind": caller().kind}, Kind)

    return blp


ERRORS = {BedInUse: (409, "bed-in-use", "The bed is in use")}


class TickingClock:
    """Stands still unless told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 3, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class Toy:
    """One app of the toy service and what a test needs around it."""

    def __init__(
        self, mongo_url: str, database_name: str, directory: Path, clock: Clock, rate_limit: int = 0, pages: Any = ()
    ) -> None:
        self.signing = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
        self.settings = make_settings(mongo_url, directory, self.signing, rate_limit)
        self.clock = clock
        self.database = connect(mongo_url, database_name, "toy")
        keyed = service_key(b"\x01" * 32)
        self.deps = Dependencies(Store(self.database, Records(self.database["beds"], answers=lambda _id: keyed)))
        self.app: Flask = build_app(
            self.settings,
            self.database,
            self.deps,
            blueprints=[blueprint()],
            indexes=INDEXES,
            clock=clock,
            title="Beds",
            errors=ERRORS,
            keeps=[self.deps.store.beds],
            pages=pages,
        )
        declare_indexes(self.database, self.app.extensions["imc"].indexes)
        self.client = self.app.test_client()

    def add_key(self, key: str = KEY, organization: str = "org-1", status: str = "active", **fields: Any) -> str:
        """An agency's key in the copies; the header value for it."""
        scopes = ["referrals:read", "referrals:write", "organization:read"]
        kept = {
            "key_id": "key-1",
            "organization_id": organization,
            "scopes": scopes,
            "expires_at": None,
            "revoked": False,
        }
        self.database["agency_keys"].replace_one({"_id": hash_key(HMAC, key)}, kept | fields, upsert=True)
        self.database["organizations"].replace_one({"_id": organization}, {"status": status}, upsert=True)
        return f"Bearer {key}"

    def token(self, *roles: str, **claims: Any) -> str:
        """A person's header value."""
        now = self.clock().timestamp()
        told = {
            "iss": ISSUER,
            "sub": "acc-1",
            "roles": list(roles),
            "org": None,
            "sid": "ses-1",
            "iat": now,
            "exp": now + 900,
        }
        return "Bearer " + jwt.encode(told | claims, self.signing, algorithm=ALGORITHM, headers={"kid": "k1"})


def make_settings(mongo_url: str, directory: Path, signing: Ed25519PrivateKey, rate_limit: int) -> Settings:
    public = signing.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    secrets = {"token_public_keys": json.dumps({"k1": public}), "api_key_hmac": HMAC.hex(), "cursor_key": "22" * 32}
    for name, content in secrets.items():
        (directory / name).write_text(content)
    environ = {
        "IMC_MONGO_URL": mongo_url,
        "IMC_AMQP_URL": "amqp://guest:guest@127.0.0.1:5672",
        "IMC_SECRET_DIR": str(directory),
    }
    return load("intake", environ | {"IMC_RATE_LIMIT": str(rate_limit), "IMC_LOG_LEVEL": "WARNING"})


def private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


BEDS = "/intake/api/v1/beds"
BED = {"name": {"latin": "SOMCHAI Jaidee"}}
