"""Deliveries as the broker would hand them over, made without one."""

from datetime import UTC, datetime

from shared.broker.delivery import Delivery
from shared.broker.envelope import CONTENT_TYPE, encode
from shared.events import Next
from shared.events.intake import CaseReviewStarted, ReferralReceived
from shared.ids import derived_id

EPOCH = datetime(2026, 4, 1, tzinfo=UTC)


def delivery(subject: str, sequence: int, **more: object) -> Delivery:
    """Event number `sequence` of a subject; the same arguments give the same event."""
    struct = ReferralReceived if sequence == 1 else CaseReviewStarted
    common = {"case_id": subject, "reference": "R-26-00001-X", "status": "received", "next": Next("hospital", "triage")}
    data = struct(**common, department="cardiology", urgency="routine") if sequence == 1 else struct(**common)
    entry = {
        "id": derived_id(subject, str(sequence)),
        "type": struct.TYPE,
        "time": EPOCH,
        "data": data,
        "correlationid": subject,
        "causationid": "request",
        "actor": "key:test",
        "sequence": sequence,
    }
    return Delivery(body=encode(entry, subject), content_type=CONTENT_TYPE, routing_key=struct.TYPE, **more)
