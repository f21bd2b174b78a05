"""Builds the web process of partners."""

from pathlib import Path

from flask import Flask

from services.partners.dependencies import Dependencies
from services.partners.routes import agreements, keys, organizations, self_service
from services.partners.rules.meanings import MEANINGS
from services.partners.schemas.webhook_messages import SIGNATURES, webhook_document
from services.partners.store.indexes import INDEXES
from services.partners.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.sealing import service_key
from shared.settings import BadSetting, Settings, load
from shared.ui.operations import operations_pages
from shared.web.app import build_app

HERE = Path(__file__).parent


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """Returns a new app. Call it after the fork, because it creates the database client."""
    settings = settings or load("partners")
    deps = make_dependencies(settings, clock)
    deps.secrets.check()
    return build_app(
        settings,
        deps.store.database,
        deps,
        blueprints=[organizations.blp, keys.blp, self_service.blp, agreements.blp],
        indexes=INDEXES,
        clock=clock,
        title="International Medical Center: partners",
        keeps=[deps.store.organizations, deps.store.agreements.records],
        pages=[operations_pages("partners", __file__)],
        guide=f"Agencies read their own organization here and manage the webhook endpoints that receive events of their referrals.\n{SIGNATURES}",
        webhooks=webhook_document(),
        meanings=lambda: MEANINGS,
        examples=HERE / "examples.json",
        fhir=HERE / "fhir.toml",
    )


def make_dependencies(settings: Settings, clock: Clock = utc_now) -> Dependencies:
    """Returns the dependencies alone, for a local command. Such a command has all rights of the settings it is given."""
    database = connect(settings.mongo_url, settings.database, "partners-web")
    try:
        answers = service_key(bytes.fromhex(settings.secret("master_key").decode()))
    except ValueError as error:
        raise BadSetting("IMC_SECRET_DIR/master_key", "64 hexadecimal characters") from error
    return Dependencies(Store(database, answers), clock, settings)
