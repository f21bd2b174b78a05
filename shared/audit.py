"""Plain audit entries: who did what, from where and why, written before the answer; an action that cannot be recorded does not happen.

Not here: the chain over entries, reads of patients, and their export.
"""

from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.clock import Clock
from shared.ids import new_id
from shared.mongo import Index

Document = dict[str, Any]
MAX_REASON = 500
INDEXES = [Index("audit", [("time", 1)])]


def audit(
    database: Database[Document],
    clock: Clock,
    *,
    actor: str,
    source: str | None,
    method: str,
    route: str,
    targets: dict[str, Any],
    reason: str | None,
    request_id: str,
    session: ClientSession | None = None,
) -> None:
    """Writes one entry, durably or within the transaction of `session`.

    `targets` are ids from the URL, `source` is the caller's network address.
    """
    entry = {
        "_id": new_id(),
        "time": clock(),
        "actor": actor,
        "from": source,
        "method": method,
        "route": route,
        "targets": {name: str(value) for name, value in targets.items()},
        "reason": reason[:MAX_REASON] if reason else None,
        "request_id": request_id,
    }
    database["audit"].insert_one(entry, session=session)
