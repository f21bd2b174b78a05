"""create_app(): builds the web process of notify."""

from pathlib import Path

from flask import Flask

from services.notify import pages, routes
from services.notify.actions.notifications import summaries
from services.notify.dependencies import Dependencies
from services.notify.rules.meanings import MEANINGS
from services.notify.rules.texts import Texts
from services.notify.settings import DeliveryConfig
from services.notify.store.deliveries import deliveries
from services.notify.store.indexes import INDEXES
from services.notify.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.sealing import service_key
from shared.settings import BadSetting, Settings, load
from shared.ui.catalogue import meanings_in
from shared.ui.operations import operations_pages
from shared.web.app import build_app

HERE = Path(__file__).parent


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """Returns the app. Call it after the fork: the database client is created here."""
    settings = settings or load("notify")
    deps = make_dependencies(settings, clock)
    deps.delivery_config.check()
    return build_app(
        settings,
        deps.store.database,
        deps,
        blueprints=[routes.notifications_blueprint, routes.inbox_blueprint],
        indexes=INDEXES,
        clock=clock,
        title="International Medical Center: notify",
        keeps=[deps.store.notifications, deps.store.preferences, deps.store.inboxes.records],
        pages=[pages.blp, operations_pages("notify", __file__)],
        notices=lambda case_id, event_id: [{**each} for each in summaries(deps, case_id, event_id)],
        deliveries=deliveries,
        meanings=lambda: meanings_in(HERE / "words", MEANINGS),
        examples=HERE / "examples.json",
    )


def make_dependencies(settings: Settings, clock: Clock = utc_now) -> Dependencies:
    """Returns the dependencies alone, for a command on this machine."""
    database = connect(settings.mongo_url, settings.database, "notify-web")
    try:
        answers = service_key(bytes.fromhex(settings.secret("master_key").decode()))
    except ValueError as error:
        raise BadSetting("IMC_SECRET_DIR/master_key", "64 hexadecimal characters") from error
    return Dependencies(
        Store(database, answers), clock, settings, Texts(zone=settings.time_zone), DeliveryConfig(settings)
    )
