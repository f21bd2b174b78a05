"""Builds the web process of intake."""

from pathlib import Path

from flask import Flask

from services.intake.dependencies import Dependencies
from services.intake.pages import BLUEPRINTS as PAGES
from services.intake.routes import BLUEPRINTS
from services.intake.rules.meanings import MEANINGS
from services.intake.store.indexes import INDEXES
from services.intake.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.settings import Settings, load
from shared.ui.catalogue import meanings_in
from shared.ui.operations import operations_pages
from shared.web.app import build_app

HERE = Path(__file__).parent
GUIDE = """Agencies send referrals of patients here, follow them and exchange messages and documents with the hospital.
`POST /intake/api/v1/referrals` is the first step; `next` in every answer says whose turn it is, for what and until when.
To be notified of every change, register a webhook endpoint: the documentation of the partners service describes how to register it and
how its messages are signed. Without an endpoint, poll `GET /intake/api/v1/referrals?updated_since=…`."""


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """Returns a new app with its own database client. Call it after the fork."""
    settings = settings or load("intake")
    database = connect(settings.mongo_url, settings.database, "intake-web")
    store = Store(database, bytes.fromhex(settings.secret("master_key").decode()))
    deps = Dependencies(store, clock, settings)
    return build_app(
        settings,
        database,
        deps,
        BLUEPRINTS,
        INDEXES,
        clock,
        "Intake: referrals, cases, visits",
        keeps=[store.cases, store.patients],
        pages=[*PAGES, operations_pages("intake", __file__)],
        case_id_of=store.case_id_of,
        guide=GUIDE,
        meanings=lambda: meanings_in(HERE / "words", MEANINGS),
        examples=HERE / "examples.json",
        fhir=HERE / "fhir.toml",
    )
