"""Indexes of intake's own collections. A list reads one of them in its order, so a page costs the same at a million cases."""

from services.intake.rules.agency_view import CHANGED
from shared.idempotency import requests_index
from shared.mongo import Index
from shared.outbox.records import outbox_index
from shared.stored_files import FILE_INDEXES

_NAMED = {"agency_reference": {"$exists": True}}
_VISITED = {"visits.id": {"$exists": True}}
_LINKED = {"patient_id": {"$exists": True}}

INDEXES = [
    *FILE_INDEXES,
    outbox_index("cases"),
    requests_index("cases"),
    outbox_index("patients"),
    requests_index("patients"),
    Index("cases", [("search", 1)]),
    Index("patients", [("search", 1)]),
    Index("cases", [("patient_id", 1), ("_id", -1)], partial=_LINKED),
    Index("cases", [("reference", 1)], unique=True),
    Index("cases", [("status", 1), ("_id", -1)]),
    Index("cases", [("status", 1), ("updated_at", 1), ("_id", 1)]),
    Index("cases", [("organization_id", 1), ("status", 1), ("_id", -1)]),
    Index("cases", [("organization_id", 1), ("status", 1), ("updated_at", 1), ("_id", 1)]),
    Index("cases", [("organization_id", 1), ("status", 1), (CHANGED, 1), ("_id", 1)]),
    Index("cases", [("agency_reference", 1), ("organization_id", 1), ("repeat", 1)], unique=True, partial=_NAMED),
    Index("cases", [("visits.id", 1)], unique=True, partial=_VISITED),
    Index("cases", [("visits.status", 1), ("visits.start", 1)], partial=_VISITED),
    Index("cases", [("unanswered", 1)], partial={"unanswered": {"$type": "date"}}),
    Index("cases", [("cancellation.requested_at", 1)], partial={"cancellation.requested_at": {"$exists": True}}),
    Index("cases", [("request.wished_dates", 1)], partial={"request.wished_dates": {"$exists": True}}),
    Index("timeline_lines", [("case_id", 1), ("time", 1)]),
    Index("visit_interpreters", [("booking_id", 1)]),
]
