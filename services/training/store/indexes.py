"""Indexes of training's collections, except those in groups.py."""

from services.training.store.groups import INDEXES as HOUSE_INDEXES
from shared.idempotency import requests_index
from shared.mongo import Index
from shared.outbox.records import outbox_index
from shared.stored_files import FILE_INDEXES

INDEXES = [
    *FILE_INDEXES,
    outbox_index("programmes"),
    requests_index("programmes"),
    Index("programmes", [("status", 1), ("_id", -1)]),
    Index("programmes", [("reference", 1)], unique=True),
    outbox_index("applications"),
    requests_index("applications"),
    Index("applications", [("reference", 1)], unique=True),
    outbox_index("department_limits"),
    requests_index("department_limits"),
    Index("applications", [("person_hashes", 1)], unique=True, partial={"applies": True}),
    Index("applications", [("match_keys", 1)]),
    Index("applications", [("status", 1), ("_id", -1)]),
    Index("applications", [("programme_id", 1), ("status", 1), ("_id", -1)]),
    Index("applications", [("group_id", 1)], partial={"group_id": {"$type": "string"}}),
    Index(
        "applications",
        [("organization_id", 1), ("status", 1), ("_id", -1)],
        partial={"organization_id": {"$type": "string"}},
    ),
    Index("applications", [("agreement_id", 1)], partial={"agreement_id": {"$type": "string"}}),
    Index("applications", [("due", 1)], partial={"due": {"$type": "date"}}),
    Index("applications", [("first_day", 1), ("last_day", 1)]),
    Index("applications", [("applicant_id", 1)], partial={"applicant_id": {"$type": "string"}}),
    Index("applications", [("certificate.code", 1)], unique=True, partial={"certificate.code": {"$type": "string"}}),
    Index("applications", [("certificate.requested_at", 1)], partial={"certificate.requested_at": {"$type": "date"}}),
    *HOUSE_INDEXES,
    Index("agreements", [("recheck", 1)], partial={"recheck": True}),
    Index("organizations", [("recheck", 1)], partial={"recheck": True}),
    Index("agreements", [("organization_ids", 1)]),
    Index("department_months", [("month", 1), ("_id", 1)]),
    Index("department_months", [("department", 1)], partial={"waiting.0": {"$exists": True}}),
]
