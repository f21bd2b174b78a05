"""Applicants' links: which were issued and sent, and who requested theirs. Outside the application, whose version no e-mail changes.

`link_issues` is training's own; `links_sent` is kept by the worker from what notify publishes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.database import Database

LINKS_SENT = "links_sent"


@dataclass(frozen=True)
class NewestLink:
    """The number from which issues are valid, when the last of them was sent, and from which number on the office has not ended them."""

    number: int = 0
    sent_at: datetime | None = None
    since: int = 0


class LinkStore:
    """Works outside transactions: a number that is skipped does no harm."""

    def __init__(self, database: Database[Any]) -> None:
        self._issues, self._sent, self._requests = database.link_issues, database[LINKS_SENT], database.link_requests

    def issue(self, application_id: str) -> int:
        """Returns the number of a new issue, from 1."""
        row = self._issues.find_one_and_update(
            {"_id": application_id}, {"$inc": {"issued": 1}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        return int((row or {})["issued"])

    def last_issued(self, application_id: str) -> int:
        """Returns the number of the last issue; 0 where there was none."""
        return int((self._issues.find_one({"_id": application_id}) or {}).get("issued", 0))

    def end_until(self, application_id: str, number: int) -> None:
        """Ends every issue up to this one; later ones are valid whenever they were issued."""
        self._issues.update_one({"_id": application_id}, {"$max": {"since": number + 1}}, upsert=True)

    def newest(self, application_id: str) -> NewestLink:
        """Returns what is valid now: the last link sent ends those issued before it."""
        issues = self._issues.find_one({"_id": application_id}) or {}
        sent = self._sent.find_one({"_id": application_id}) or {}
        since = issues.get("since", 0)
        return NewestLink(max(since, sent.get("number", 0)), sent.get("sent_at"), since)

    def add_request(self, hashed: str, now: datetime) -> None:
        """Records that this address (a keyed hash) requests its links: the same write whether it has applications or not."""
        self._requests.update_one({"_id": hashed}, {"$set": {"at": now}}, upsert=True)

    def requests(self, limit: int = 100) -> list[str]:
        """Returns hashes of addresses, the oldest request first."""
        return [row["_id"] for row in self._requests.find({}, sort=[("at", 1)], limit=limit)]

    def delete_request(self, hashed: str) -> None:
        """Deletes the request once the links are sent."""
        self._requests.delete_one({"_id": hashed})


def link_sent_update(application_id: str, number: int, at: datetime) -> UpdateOne:
    """Returns what the worker writes once an e-mail was sent: the number of the last one sent, in whatever order the events arrive.

    Of two sent at the same moment the smaller number is kept: both are then valid.
    """
    before = {"$ifNull": ["$sent_at", datetime.fromtimestamp(0, UTC)]}
    later, alike = {"$gt": [at, before]}, {"$eq": [at, before]}
    newest_number = {"$cond": [later, number, {"$cond": [alike, {"$min": ["$number", number]}, "$number"]}]}
    return UpdateOne(
        {"_id": application_id}, [{"$set": {"number": newest_number, "sent_at": {"$max": [before, at]}}}], upsert=True
    )
