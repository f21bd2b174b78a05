"""What still has to leave, for operators: how much waits for whom, and since when the oldest could have gone.

Endpoints stand one by one, under their organization; e-mail is one line, since who it is for is nobody's business here.
"""

from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

Document = dict[str, Any]
TOO_LATE = timedelta(minutes=5)
"""What could have gone so long ago and has not is not well: an endpoint that is down or slow, a mail server, or this worker."""
MOST_SHOWN = 100


def deliveries(database: Database[Document], now: datetime) -> list[Document]:
    """By endpoint and channel, the longest waiting first: `waiting` all told, `due` those that could go now. One walk over an index."""
    to_go = {"channel": {"$in": ["webhook", "email"]}, "due_at": {"$type": "date"}}
    due = {"$lte": ["$due_at", now]}
    by_endpoint = {"$cond": [{"$eq": ["$channel", "webhook"]}, "$lane", "email"]}
    found = database["notifications"].aggregate(
        [
            {"$match": to_go},
            {
                "$group": {
                    "_id": {"channel": "$channel", "recipient": by_endpoint},
                    "organization_id": {
                        "$max": {"$cond": [{"$eq": ["$channel", "webhook"]}, "$organization_id", None]}
                    },
                    "waiting": {"$sum": 1},
                    "due": {"$sum": {"$cond": [due, 1, 0]}},
                    "oldest_due": {"$min": {"$cond": [due, "$due_at", None]}},
                }
            },
        ]
    )
    rows = sorted(
        (_shown(row, now) for row in found), key=lambda row: (-(row["oldest_due_seconds"] or 0.0), row["recipient"])
    )[:MOST_SHOWN]
    names = {row["organization_id"] for row in rows if row["organization_id"]}
    known = {
        one["_id"]: one.get("name")
        for one in database["organizations"].find({"_id": {"$in": list(names)}}, {"name": 1})
    }
    return [row | {"organization": known.get(row["organization_id"])} for row in rows]


def _shown(row: Document, now: datetime) -> Document:
    oldest = row["oldest_due"]
    seconds = (now - oldest).total_seconds() if oldest else None
    return {
        **row["_id"],
        "organization_id": row["organization_id"],
        "waiting": row["waiting"],
        "due": row["due"],
        "oldest_due_seconds": seconds,
        "healthy": seconds is None or seconds <= TOO_LATE.total_seconds(),
    }
