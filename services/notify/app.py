"""create_app(): the web process of notify, wired top to bottom."""

from pathlib import Path

from flask import Flask

from services.notify import pages, routes
from services.notify.actions import Means, Parts
from services.notify.actions.reading import made_of
from services.notify.rules.meanings import MEANINGS
from services.notify.rules.texts import Texts
from services.notify.store import INDEXES, Store, deliveries
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.sealing import service_key
from shared.settings import BadSetting, Settings, load
from shared.ui.catalogue import meanings_in
from shared.ui.operations import operations_pages
from shared.web import build_app

HERE = Path(__file__).parent


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """Call it after the fork: the client is made here."""
    settings = settings or load("notify")
    parts = make_parts(settings, clock)
    parts.means.check()
    return build_app(
        settings,
        parts.store.database,
        parts,
        blueprints=[routes.notices, routes.inbox_of],
        indexes=INDEXES,
        clock=clock,
        title="International Medical Center: notify",
        keeps=[parts.store.notifications, parts.store.preferences, parts.store.inboxes.records],
        pages=[pages.blp, operations_pages("notify", __file__)],
        notices=lambda case_id, event_id: made_of(parts, case_id, event_id),
        deliveries=deliveries,
        meanings=lambda: meanings_in(HERE / "words", MEANINGS),
        examples=HERE / "examples.json",
    )


def make_parts(settings: Settings, clock: Clock = utc_now) -> Parts:
    """The parts alone, for a command on this machine."""
    database = connect(settings.mongo_url, settings.database, "notify-web")
    try:
        answers = service_key(bytes.fromhex(settings.secret("master_key").decode()))
    except ValueError as error:
        raise BadSetting("IMC_SECRET_DIR/master_key", "64 hexadecimal characters") from error
    return Parts(Store(database, answers), clock, settings, Texts(zone=settings.time_zone), Means(settings))
