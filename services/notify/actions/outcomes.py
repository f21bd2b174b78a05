"""Records how an attempt ended, and what people do about notifications that did not arrive: resend, settle. Each end publishes its event."""

import time

from services.notify.dependencies import Dependencies
from services.notify.rules.copies import endpoints
from services.notify.rules.event_data import correlation_id_of, events_of
from services.notify.rules.notifications import (
    DELIVERED,
    UNCERTAIN,
    Notification,
    NotificationNotFound,
    Outcome,
    after_attempt,
    after_settlement,
    queue_again,
)
from services.notify.rules.undelivered import entries_about, is_undelivered
from services.notify.rules.webhooks import EndpointStop
from services.notify.store.store import DatabaseFault, Store
from shared.command_context import CommandContext
from shared.events.notify import EndpointDisabled
from shared.outbox.records import RecordExists, StaleRecord

SAVE_SECONDS = 60.0
ACTOR = "timer:sender"


def record_outcome(deps: Dependencies, notification: Notification, outcome: Outcome) -> Notification | None:
    """Saves how an attempt ended. It waits for a database that is away: what was delivered must not be sent again."""
    ends = time.monotonic() + SAVE_SECONDS
    while True:
        try:
            return _record(deps, notification, outcome)
        except DatabaseFault:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)


def mark_uncertain(deps: Dependencies, notification: Notification) -> None:
    """Marks an e-mail whose process died while sending it; another process may have done so already."""
    outcome = Outcome(UNCERTAIN, "crashed_while_sending")
    try:
        _save(deps, notification, after_attempt(notification, outcome, deps.clock(), deps.rng))
    except StaleRecord:
        return


def resend(deps: Dependencies, notification_id: str, context: CommandContext) -> Notification:
    """Puts a dead or suppressed notification back into the queue; raises NotificationNotFound and MoveNotAllowed."""
    queued = queue_again(_load(deps, notification_id, context), context.now)
    return deps.store.notifications.save(queued, [], context)


def settle(deps: Dependencies, notification_id: str, delivered: bool, context: CommandContext) -> Notification:
    """Records what a person found out about an uncertain e-mail; raises NotificationNotFound and MoveNotAllowed."""
    settled = after_settlement(_load(deps, notification_id, context), delivered, context.now)
    return deps.store.notifications.save(settled, events_of(settled), context, correlation_id_of(settled))


def _record(deps: Dependencies, notification: Notification, outcome: Outcome) -> Notification | None:
    if outcome.endpoint_gone:
        _stop_endpoint(deps, notification)
    try:
        return _save(deps, notification, after_attempt(notification, outcome, deps.clock(), deps.rng))
    except StaleRecord:
        return _save_delivery(deps, notification["_id"], outcome)


def _save_delivery(deps: Dependencies, notification_id: str, outcome: Outcome) -> Notification | None:
    """Saves a delivery although the lease ran out and another process saved first: only a delivery is a fact that nothing they saved can
    change."""
    current = deps.store.notifications.get(notification_id)
    if outcome.result != DELIVERED or current is None or current["status"] == DELIVERED:
        return None
    try:
        return _save(deps, current, after_attempt(current, outcome, deps.clock(), deps.rng))
    except StaleRecord:
        return _save_delivery(deps, notification_id, outcome)


def _save(deps: Dependencies, notification: Notification, ended: Notification) -> Notification:
    """Saves how it ended and, where it reached nobody, the inbox entries that report it, in one write."""
    context = CommandContext(deps.clock(), ACTOR, notification["event_id"], notification.get("traceparent"))
    correlation_id = correlation_id_of(notification)
    if not is_undelivered(ended):
        return deps.store.notifications.save(ended, events_of(ended), context, correlation_id)
    entries = list(entries_about(ended, _recipient_text(deps, notification), context.now))

    def save(store: Store) -> Notification:
        saved = store.notifications.save(ended.copy(), events_of(ended), context, correlation_id)
        store.add_missing(entries)
        return saved

    return deps.store.together(save)


def _recipient_text(deps: Dependencies, notification: Notification) -> str:
    """Returns the recipient in words; an applicant is not named: their reference is enough for training."""
    kind, _, id_ = notification["recipient"].partition(":")
    if kind == "contact":
        name, address = notification["to"].get("name"), notification["to"]["email"]
        return f"{name} ({address})" if name else str(address)
    if kind == "endpoint":
        organization = deps.store.organization(str(notification["organization_id"]))
        return (organization or {}).get("name") or ""
    if kind == "interpreter":
        interpreter = deps.store.interpreter(id_)
        return interpreter["name"] if interpreter else ""
    account = deps.store.account(id_)
    return account["name"] if account else ""


def _stop_endpoint(deps: Dependencies, notification: Notification) -> None:
    """Stops an endpoint that answered 410 Gone: nothing more is sent there until its owner changes it."""
    endpoint_id, organization_id = notification["recipient"].partition(":")[2], str(notification["organization_id"])
    endpoint = endpoints(deps.store.organization(organization_id)).get(endpoint_id)
    now = deps.clock()
    stop: EndpointStop = {
        "_id": endpoint_id,
        "organization_id": organization_id,
        "sequence": endpoint["sequence"] if endpoint else 0,
        "at": now,
    }
    event = EndpointDisabled(organization_id=organization_id, endpoint_id=endpoint_id)
    context = CommandContext(now, ACTOR, notification["_id"], notification.get("traceparent"))
    try:
        deps.store.stop_endpoint(stop, [event], context)
    except (StaleRecord, RecordExists):
        return


def _load(deps: Dependencies, notification_id: str, context: CommandContext) -> Notification:
    notification = deps.store.notifications.load(notification_id, context)
    if notification is None:
        raise NotificationNotFound()
    return notification
