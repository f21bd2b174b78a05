"""create_app(): builds the web process of training."""

from pathlib import Path

from flask import Flask

from services.training.dependencies import Dependencies
from services.training.pages import BLUEPRINTS as PAGES
from services.training.routes import BLUEPRINTS
from services.training.rules.meanings import MEANINGS
from services.training.store.indexes import INDEXES
from services.training.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.settings import Settings, load
from shared.ui.catalogue import meanings_in
from shared.ui.operations import operations_pages
from shared.web.app import build_app

HERE = Path(__file__).parent


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """Returns the app. Call it after the fork: the database client is created here."""
    settings = settings or load("training")
    database = connect(settings.mongo_url, settings.database, "training-web")
    store = Store(database, bytes.fromhex(settings.secret("master_key").decode()))
    deps = Dependencies(store, clock, settings)
    deps.secrets.check()
    return build_app(
        settings,
        database,
        deps,
        BLUEPRINTS,
        INDEXES,
        clock,
        "International Medical Center: training",
        keeps=[
            store.programmes,
            store.applications,
            store.department_limits,
            store.groups,
            store.batches,
            store.safety_checks,
        ],
        pages=[*PAGES, operations_pages("training", __file__)],
        meanings=lambda: meanings_in(HERE / "words", MEANINGS),
        examples=HERE / "examples.json",
    )
