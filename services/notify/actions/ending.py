"""How a try ends, and what people do about notices that did not arrive: send again, settle. Each ending says its event."""

import time
from collections.abc import Sequence
from datetime import datetime

from services.notify.actions.parts import Parts
from services.notify.rules.drafting import endpoints
from services.notify.rules.notices import (
    DEAD,
    DELIVERED,
    UNCERTAIN,
    NoSuchNotice,
    Notice,
    Outcome,
    after,
    sent_again,
    settled,
)
from services.notify.store import DatabaseFault
from shared.events import Event
from shared.events.notify import EndpointDisabled, NotificationDead, NotificationDelivered
from shared.origin import Origin
from shared.records import RecordExists, StaleRecord

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
    return parts.store.notifications.save(notice, _says(notice), origin, _matter(notice))


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
    origin = Origin(parts.clock(), SENDER, notice["event_id"], notice.get("traceparent"))
    return parts.store.notifications.save(ended, _says(ended), origin, _matter(notice))


def _matter(notice: Notice) -> str | None:
    """The case, agreement or application it all belongs to."""
    matter: str | None = notice["case_id"] or notice.get("agreement_id") or notice.get("application_id")
    return matter


def _says(notice: Notice) -> Sequence[Event]:
    kind, _, id_ = notice["recipient"].partition(":")
    about = {
        "notification_id": notice["_id"],
        "event_id": notice["event_id"],
        "event_type": notice["event_type"],
        "recipient_kind": kind,
        "recipient_id": id_,
        "channel": notice["channel"],
        "case_id": notice["case_id"],
        "organization_id": notice["organization_id"],
    }
    if notice["status"] == DELIVERED:
        return [NotificationDelivered(**about)]
    return [NotificationDead(**about, reason=notice["reason"] or "unknown")] if notice["status"] == DEAD else []


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
