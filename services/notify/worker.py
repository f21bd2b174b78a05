"""The event process of notify: the events it consumes, two loops that send, and the scheduled jobs."""

import logging

from services.notify.actions.catch_ups import catch_up
from services.notify.actions.delivery.dispatcher import MAIL, WEBHOOKS, Dispatcher
from services.notify.dependencies import Dependencies
from services.notify.handlers import HANDLERS
from services.notify.rules.texts import Texts
from services.notify.settings import DeliveryConfig
from services.notify.store.indexes import INDEXES
from services.notify.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.scheduling.timers import BackgroundLoop, Timer
from shared.settings import Settings
from shared.worker import Worker

log = logging.getLogger("imc.notify")


def create_worker(settings: Settings, clock: Clock = utc_now) -> Worker:
    """Builds the worker from its settings; `run()` blocks until SIGTERM."""
    database = connect(settings.mongo_url, settings.database, "notify-worker")
    delivery_config = DeliveryConfig(settings)
    delivery_config.check()
    deps = Dependencies(Store(database), clock, settings, Texts(zone=settings.time_zone), delivery_config)
    _warn_of_unusual_settings(settings, delivery_config)
    timers = [
        Timer("catch-up", every=1.0, run=catch_up),
        Timer("forget-answers", every=3600.0, run=lambda deps, now: deps.store.forget_answers(now)),
    ]
    loops = [BackgroundLoop("webhooks", Dispatcher(WEBHOOKS).run), BackgroundLoop("mail", Dispatcher(MAIL).run)]
    return Worker(settings, database, HANDLERS, deps, indexes=INDEXES, timers=timers, loops=loops, clock=clock)


def _warn_of_unusual_settings(settings: Settings, delivery_config: DeliveryConfig) -> None:
    if delivery_config.mail_server is None:
        log.warning("IMC_SMTP_URL is not set: no mail is sent, e-mail notifications are suppressed (no_smtp)")
    elif delivery_config.mail_server.warning:
        log.warning(delivery_config.mail_server.warning)
    if settings.webhook_allow:
        allowed = ", ".join(settings.webhook_allow)
        log.warning("IMC_WEBHOOK_ALLOW is set: webhooks may go over http and to private addresses at %s", allowed)
