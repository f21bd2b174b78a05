"""create_app(): builds the web process of interpreting."""

from pathlib import Path

from flask import Flask

from services.interpreting.dependencies import Dependencies
from services.interpreting.pages import BLUEPRINTS as PAGES
from services.interpreting.routes import BLUEPRINTS
from services.interpreting.rules.meanings import MEANINGS
from services.interpreting.store.indexes import INDEXES
from services.interpreting.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.sealing import service_key
from shared.settings import Settings, load
from shared.ui.catalogue import meanings_in
from shared.ui.operations import operations_pages
from shared.web.app import build_app

HERE = Path(__file__).parent


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """Returns the app; called once per process, after the fork. Every refusal defines its own status (shared/errors.py)."""
    settings = settings or load("interpreting")
    database = connect(settings.mongo_url, settings.database, "interpreting-web")
    key = service_key(bytes.fromhex(settings.secret("master_key").decode()))
    store = Store(database, settings.time_zone, key)
    deps = Dependencies(store, clock, settings)
    deps.secrets.check()
    return build_app(
        settings,
        database,
        deps,
        BLUEPRINTS,
        INDEXES,
        clock,
        "International Medical Center: interpreting",
        keeps=[store.bookings, store.interpreters],
        pages=[*PAGES, operations_pages("interpreting", __file__)],
        meanings=lambda: meanings_in(HERE / "words", MEANINGS),
        examples=HERE / "examples.json",
    )
