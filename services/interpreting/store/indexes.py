"""The indexes of interpreting's collections."""

from services.interpreting.store import search, search_queue
from shared.idempotency import requests_index
from shared.mongo import Document, Index
from shared.outbox.records import outbox_index

WITH_OFFERS: Document = {"offers.interpreter_id": {"$exists": True}}
REASSIGNED: Document = {"former_assignments.interpreter_id": {"$exists": True}}
INDEXES = [
    outbox_index("bookings"),
    requests_index("bookings"),
    Index("bookings", [("start", 1), ("_id", 1)]),
    Index("bookings", [("case_id", 1), ("start", 1), ("_id", 1)]),
    Index("bookings", [("visit_id", 1)]),
    Index("bookings", [("status", 1), ("start", 1), ("_id", 1)]),
    Index("bookings", [("interpreter_id", 1), ("start", 1), ("_id", 1)]),
    Index("bookings", [("offers.interpreter_id", 1), ("start", 1), ("_id", 1)], partial=WITH_OFFERS),
    Index("bookings", [("next_offer_expiry", 1)], partial={"next_offer_expiry": {"$type": "date"}}),
    Index("bookings", [("former_assignments.interpreter_id", 1), ("start", 1)], partial=REASSIGNED),
    outbox_index("interpreters"),
    requests_index("interpreters"),
    Index("interpreters", [("account_id", 1)], unique=True, partial={"account_id": {"$type": "string"}}),
    Index("interpreters", [("calendar.hash", 1)], unique=True, partial={"calendar.hash": {"$type": "string"}}),
    *search.INDEXES,
    *search_queue.INDEXES,
]
