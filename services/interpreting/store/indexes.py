"""The indexes of interpreting's collections."""

from services.interpreting.store import search, waiting
from shared.idempotency import requests_index
from shared.mongo import Document, Index
from shared.outbox.records import outbox_index

OFFERED: Document = {"offers.interpreter_id": {"$exists": True}}
LOST: Document = {"held_before.interpreter_id": {"$exists": True}}
INDEXES = [
    outbox_index("bookings"),
    requests_index("bookings"),
    Index("bookings", [("start", 1), ("_id", 1)]),
    Index("bookings", [("case_id", 1), ("start", 1), ("_id", 1)]),
    Index("bookings", [("visit_id", 1)]),
    Index("bookings", [("status", 1), ("start", 1), ("_id", 1)]),
    Index("bookings", [("interpreter_id", 1), ("start", 1), ("_id", 1)]),
    Index("bookings", [("offers.interpreter_id", 1), ("start", 1), ("_id", 1)], partial=OFFERED),
    Index("bookings", [("offers_due", 1)], partial={"offers_due": {"$type": "date"}}),
    Index("bookings", [("held_before.interpreter_id", 1), ("start", 1)], partial=LOST),
    outbox_index("interpreters"),
    requests_index("interpreters"),
    Index("interpreters", [("account_id", 1)], unique=True, partial={"account_id": {"$type": "string"}}),
    Index("interpreters", [("calendar.hash", 1)], unique=True, partial={"calendar.hash": {"$type": "string"}}),
    *search.INDEXES,
    *waiting.INDEXES,
]
