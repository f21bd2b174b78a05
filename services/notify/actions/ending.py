"""How a try ends, and what people do about notices that did not arrive: send again, settle. Each ending says its event."""

import time
from datetime import datetime

from services.notify.actions.parts import Parts
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
from services.notify.store import DatabaseFault, Store
from shared.events.notify import EndpointDisabled
from shared.origin import Origin
from shared.outbox.records import RecordExists, StaleRecord

SAVE_SECONDS = 60.0
SENDER = "timer:sender"


def end_try(parts: Parts, notice: Notice, outcome: Outcome) -> Notice | None:
    """Saves how a try ended. A database away is waited for: what was delivered must not be sent again."""
    ends = time.monotonic() + SAVE_SECONDS
    while True:
        try:
            return _end(parts, notice, outcome)
        except DatabaseFault:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)


def leave_uncertain(parts: Parts, notice: Notice) -> None:
    """Its process died while it was handed over; somebody else may have said so already."""
    try:
        _save(parts, notice, after(notice, Outcome(UNCERTAIN, "crashed_while_sending"), parts.clock(), parts.chance))
    except StaleRecord:
        return


def send_again(parts: Parts, notice_id: str, origin: Origin) -> Notice:
    """Puts a dead or suppressed notice back into the queue; raises NoSuchNotice and MoveNotAllowed."""
    return parts.store.notifications.save(sent_again(_load(parts, notice_id, origin), origin.now), [], origin)


def settle(parts: Parts, notice_id: str, delivered: bool, origin: Origin) -> Notice:
    """What a person found out about an uncertain e-mail; raises NoSuchNotice and MoveNotAllowed."""
    notice = settled(_load(parts, notice_id, origin), delivered, origin.now)
    return parts.store.notifications.save(notice, events_of(notice), origin, matter_of(notice))


def _end(parts: Parts, notice: Notice, outcome: Outcome) -> Notice | None:
    if outcome.endpoint_gone:
        _stop_endpoint(parts, notice)
    try:
        return _save(parts, notice, after(notice, outcome, parts.clock(), parts.chance))
    except StaleRecord:
        return _delivered_after_all(parts, notice["_id"], outcome)


def _delivered_after_all(parts: Parts, notice_id: str, outcome: Outcome) -> Notice | None:
    """The lease ran out and somebody else saved first. Only a delivery is a fact that stands whatever they saved."""
    current = parts.store.notifications.get(notice_id)
    if outcome.result != DELIVERED or current is None or current["status"] == DELIVERED:
        return None
    try:
        return _save(parts, current, after(current, outcome, parts.clock(), parts.chance))
    except StaleRecord:
        return _delivered_after_all(parts, notice_id, outcome)


def _save(parts: Parts, notice: Notice, ended: Notice) -> Notice:
    """How it ended and, where it reached nobody for good, the inbox entries that say so, in one write."""
    origin = Origin(parts.clock(), SENDER, notice["event_id"], notice.get("traceparent"))
    if not undelivered(ended):
        return parts.store.notifications.save(ended, events_of(ended), origin, matter_of(notice))
    told = list(entries(ended, _in_words(parts, notice), origin.now))

    def end(store: Store) -> Notice:
        saved = store.notifications.save(dict(ended), events_of(ended), origin, matter_of(notice))
        store.add_missing(told)
        return saved

    return parts.store.together(end)


def _in_words(parts: Parts, notice: Notice) -> str:
    """Whom a notice was for; an applicant is not named: their reference is enough for training."""
    kind, _, id_ = notice["recipient"].partition(":")
    if kind == "contact":
        name, address = notice["to"].get("name"), notice["to"]["email"]
        return f"{name} ({address})" if name else str(address)
    if kind == "endpoint":
        return str((parts.store.organization(notice["organization_id"]) or {}).get("name") or "")
    person = parts.store.interpreter(id_) if kind == "interpreter" else parts.store.account(id_)
    return str((person or {}).get("name") or "")


def _stop_endpoint(parts: Parts, notice: Notice) -> None:
    """410 Gone: nothing more is sent there until its owner says something new of it."""
    endpoint_id, organization_id = notice["recipient"].partition(":")[2], notice["organization_id"]
    endpoint = endpoints(parts.store.organization(organization_id)).get(endpoint_id, {"sequence": 0})
    now: datetime = parts.clock()
    stop = {"_id": endpoint_id, "organization_id": organization_id, "sequence": endpoint["sequence"], "at": now}
    said = EndpointDisabled(organization_id=organization_id, endpoint_id=endpoint_id)
    origin = Origin(now, SENDER, notice["_id"], notice.get("traceparent"))
    try:
        parts.store.stop_endpoint(stop, [said], origin)
    except (StaleRecord, RecordExists):
        return


def _load(parts: Parts, notice_id: str, origin: Origin) -> Notice:
    notice = parts.store.notifications.load(notice_id, origin)
    if notice is None:
        raise NoSuchNotice()
    return notice
