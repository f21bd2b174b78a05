"""Builds the web process of accounts."""

from pathlib import Path

from flask import Flask

from services.accounts import routes
from services.accounts.actions.provider_sign_in import check_provider
from services.accounts.dependencies import Dependencies
from services.accounts.pages import operations, provider_sign_in, self_service, sign_in
from services.accounts.rules.meanings import MEANINGS
from services.accounts.store.indexes import INDEXES
from services.accounts.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.sealing import service_key
from shared.settings import BadSetting, Settings, load
from shared.ui.catalogue import meanings_in
from shared.ui.operations import operations_pages
from shared.web.app import build_app

HERE = Path(__file__).parent


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """Returns a new app. Call it after the fork, because it creates the database client."""
    settings = settings or load("accounts")
    deps = make_dependencies(settings, clock)
    deps.secrets.check()
    check_provider(settings)
    return build_app(
        settings,
        deps.store.database,
        deps,
        blueprints=[routes.sign_in_blp, routes.accounts_blp, routes.departments_blp, routes.keys_blp],
        indexes=INDEXES,
        clock=clock,
        title="International Medical Center: accounts",
        keeps=[deps.store.accounts, deps.store.departments],
        pages=[
            sign_in.blp,
            self_service.blp,
            provider_sign_in.blp,
            operations.blp,
            operations_pages("accounts", __file__),
        ],
        meanings=lambda: meanings_in(HERE / "words", MEANINGS),
        examples=HERE / "examples.json",
        fhir=HERE / "fhir.toml",
    )


def make_dependencies(settings: Settings, clock: Clock = utc_now) -> Dependencies:
    """Returns the dependencies alone, for a local command. Such a command has all rights of the settings it is given."""
    database = connect(settings.mongo_url, settings.database, "accounts-web")
    try:
        answers = service_key(bytes.fromhex(settings.secret("master_key").decode()))
    except ValueError as error:
        raise BadSetting("IMC_SECRET_DIR/master_key", "64 hexadecimal characters") from error
    return Dependencies(Store(database, answers), clock, settings)
