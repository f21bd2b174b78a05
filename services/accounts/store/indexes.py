"""The indexes of the collections of accounts."""

from services.accounts.store.attempts import ATTEMPT_INDEXES
from services.accounts.store.sessions import SESSION_INDEXES
from shared.idempotency import requests_index
from shared.mongo import Index
from shared.outbox.records import outbox_index

INDEXES = [
    outbox_index("accounts"),
    requests_index("accounts"),
    Index("accounts", [("username", 1)], unique=True),
    Index("accounts", [("roles", 1), ("_id", 1)]),
    Index("accounts", [("email", 1)]),
    Index("accounts", [("oidc.subject", 1)], partial={"oidc.subject": {"$exists": True}}),
    outbox_index("departments"),
    requests_index("departments"),
    Index("departments", [("code", 1)], unique=True),
    *ATTEMPT_INDEXES,
    *SESSION_INDEXES,
]
