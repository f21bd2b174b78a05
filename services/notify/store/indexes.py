"""The indexes of notify's collections."""

from services.notify.rules.suspension import SUSPENDED
from services.notify.store.inboxes import INBOX_INDEXES
from shared.idempotency import requests_index
from shared.mongo import Index
from shared.outbox.records import outbox_index

DUE = {"$type": "date"}

INDEXES = [
    outbox_index("notifications"),
    requests_index("notifications"),
    Index("notifications", [("case_id", 1), ("at", 1), ("_id", 1)]),
    Index("notifications", [("recipient", 1), ("channel", 1), ("created_at", 1), ("_id", 1)]),
    # Due notifications are read in this order; full recipient queues are skipped within the index, however much waits in them.
    Index(
        "notifications",
        [
            ("channel", 1),
            ("due_at", 1),
            ("sequence", 1),
            ("recipient_queue", 1),
            ("ordering_key", 1),
            ("retry_until", 1),
        ],
        partial={"due_at": DUE},
    ),
    Index("notifications", [("status", 1), ("at", 1), ("_id", 1)], partial={"attempts": {"$exists": True}}),
    Index("notifications", [("at", 1), ("_id", 1)]),
    Index("notifications", [("ordering_key", 1)], partial={"due_at": DUE}),
    Index("notifications", [("organization_id", 1), ("at", 1)], partial={"reason": SUSPENDED}),
    outbox_index("endpoint_stops"),
    Index("causes", [("organizations", 1), ("latest", 1)]),
    Index("causes", [("until", 1)], expire_after=0),
    Index("interpreters", [("account_id", 1)]),
    Index("accounts", [("roles", 1)]),
    *INBOX_INDEXES,
    outbox_index("preferences"),
    requests_index("preferences"),
]
