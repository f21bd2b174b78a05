"""How a try ends, and what people do about notices that did not arrive: send again, settle. Each ending says its event."""

import time
from datetime import datetime

from services.notify.dependencies import Dependencies
from services.notify.rules.drafting import endpoints
from services.notify.rules.event_data import events_of, matter_of
from services.notify.rules.notices import (
    DELIVERED,
    UNCERTAIN,
    NoSuchNotice,
    Notice,
    Outcome,
    after,
    sent_again,
    settled,
)
from services.notify.rules.undelivered import entries, undelivered
from services.notify.store.store import DatabaseFault, Store
from shared.command_context import CommandContext
from shared.events.notify import EndpointDisabled
from shared.outbox.records import RecordExists, StaleRecord

SAVE_SECONDS = 60.0
SENDER = "timer:sender"


def end_try(deps: Dependencies, notice: Notice, outcome: Outcome) -> Notice | None:
    """Saves how a try ended. A database away is waited for: what was delivered must not be sent again."""
    ends = time.monotonic() + SAVE_SECONDS
    while True:
        try:
            return _end(deps, notice, outcome)
        except DatabaseFault:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)


def leave_uncertain(deps: Dependencies, notice: Notice) -> None:
    """Its process died while it was handed over; somebody else may have said so already."""
    try:
        _save(deps, notice, after(notice, Outcome(UNCERTAIN, "crashed_while_sending"), deps.clock(), deps.chance))
    except StaleRecord:
        return


def send_again(deps: Dependencies, notice_id: str, context: CommandContext) -> Notice:
    """Puts a dead or suppressed notice back into the queue; raises NoSuchNotice and MoveNotAllowed."""
    return deps.store.notifications.save(sent_again(_load(deps, notice_id, context), context.now), [], context)


def settle(deps: Dependencies, notice_id: str, delivered: bool, context: CommandContext) -> Notice:
    """What a person found out about an uncertain e-mail; raises NoSuchNotice and MoveNotAllowed."""
    notice = settled(_load(deps, notice_id, context), delivered, context.now)
    return deps.store.notifications.save(notice, events_of(notice), context, matter_of(notice))


def _end(deps: Dependencies, notice: Notice, outcome: Outcome) -> Notice | None:
    if outcome.endpoint_gone:
        _stop_endpoint(deps, notice)
    try:
        return _save(deps, notice, after(notice, outcome, deps.clock(), deps.chance))
    except StaleRecord:
        return _delivered_after_all(deps, notice["_id"], outcome)


def _delivered_after_all(deps: Dependencies, notice_id: str, outcome: Outcome) -> Notice | None:
    """The lease ran out and somebody else saved first. Only a delivery is a fact that stands whatever they saved."""
    current = deps.store.notifications.get(notice_id)
    if outcome.result != DELIVERED or current is None or current["status"] == DELIVERED:
        return None
    try:
        return _save(deps, current, after(current, outcome, deps.clock(), deps.chance))
    except StaleRecord:
        return _delivered_after_all(deps, notice_id, outcome)


def _save(deps: Dependencies, notice: Notice, ended: Notice) -> Notice:
    """How it ended and, where it reached nobody for good, the inbox entries that say so, in one write."""
    context = CommandContext(deps.clock(), SENDER, notice["event_id"], notice.get("traceparent"))
    if not undelivered(ended):
        return deps.store.notifications.save(ended, events_of(ended), context, matter_of(notice))
    told = list(entries(ended, _in_words(deps, notice), context.now))

    def end(store: Store) -> Notice:
        saved = store.notifications.save(dict(ended), events_of(ended), context, matter_of(notice))
        store.add_missing(told)
        return saved

    return deps.store.together(end)


def _in_words(deps: Dependencies, notice: Notice) -> str:
    """Whom a notice was for; an applicant is not named: their reference is enough for training."""
    kind, _, id_ = notice["recipient"].partition(":")
    if kind == "contact":
        name, address = notice["to"].get("name"), notice["to"]["email"]
        return f"{name} ({address})" if name else str(address)
    if kind == "endpoint":
        return str((deps.store.organization(notice["organization_id"]) or {}).get("name") or "")
    person = deps.store.interpreter(id_) if kind == "interpreter" else deps.store.account(id_)
    return str((person or {}).get("name") or "")


def _stop_endpoint(deps: Dependencies, notice: Notice) -> None:
    """410 Gone: nothing more is sent there until its owner says something new of it."""
    endpoint_id, organization_id = notice["recipient"].partition(":")[2], notice["organization_id"]
    endpoint = endpoints(deps.store.organization(organization_id)).get(endpoint_id, {"sequence": 0})
    now: datetime = deps.clock()
    stop = {"_id": endpoint_id, "organization_id": organization_id, "sequence": endpoint["sequence"], "at": now}
    said = EndpointDisabled(organization_id=organization_id, endpoint_id=endpoint_id)
    context = CommandContext(now, SENDER, notice["_id"], notice.get("traceparent"))
    try:
        deps.store.stop_endpoint(stop, [said], context)
    except (StaleRecord, RecordExists):
        return


def _load(deps: Dependencies, notice_id: str, context: CommandContext) -> Notice:
    notice = deps.store.notifications.load(notice_id, context)
    if notice is None:
        raise NoSuchNotice()
    return notice
