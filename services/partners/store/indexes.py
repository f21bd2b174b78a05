"""The indexes of the collections of partners."""

from services.partners.store.agreements import INDEXES as AGREEMENT_INDEXES
from shared.idempotency import requests_index
from shared.mongo import Index
from shared.outbox.records import outbox_index

INDEXES = [
    outbox_index("partners"),
    requests_index("partners"),
    Index("partners", [("folded_name", 1)], unique=True, partial={"open": True}),
    Index("partners", [("status", 1), ("_id", 1)]),
    Index("partners", [("keys.hash", 1)], unique=True, partial={"keys.hash": {"$exists": True}}),
    Index("partners", [("secrets_due", 1)], partial={"secrets_due": {"$type": "date"}}),
    Index("stays", [("organization_id", 1)]),
    *AGREEMENT_INDEXES,
]
