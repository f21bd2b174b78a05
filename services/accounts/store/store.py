"""The only part of accounts that knows MongoDB: people, tries to sign in, departments; sessions lie in the module beside.

Beside the records lie `tries` (counts for the lock-out). A used one-time code is noted in the account without a new version.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.accounts.store.sessions import Sessions
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import SealingKey, forget_old
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import in_transaction
from shared.outbox.records import WITHOUT_BOOKKEEPING, Records
from shared.paging import Window, onward
from shared.tokens import LIFETIME_SECONDS

Document = dict[str, Any]
T = TypeVar("T")


class Store:
    """`within(unit)` and `together(work)` give the same store inside a transaction; `answers` seals what commands answered."""

    def __init__(
        self,
        database: Database[Document],
        answers: SealingKey | None = None,
        session: ClientSession | None = None,
    ) -> None:
        self.database, self.session, self._answers = database, session, answers
        sealed_by = (lambda _: answers) if answers else None
        self.accounts = Records(database["accounts"], session, answers=sealed_by)
        self.departments = Records(database["departments"], session, answers=sealed_by)
        self.sessions = Sessions(database, session)

    def within(self, unit: UnitOfWork) -> "Store":
        return Store(self.database, self._answers, unit.session)

    def together(self, work: Callable[["Store"], T]) -> T:
        """Runs `work` in one transaction; a sign-in that comes in between makes it run again."""
        if self.session is not None:
            return work(self)
        return in_transaction(self.database, lambda session: work(Store(self.database, self._answers, session)))

    def find_accounts(self, role: str | None, status: str | None, window: Window) -> list[Document]:
        """In the order they were made."""
        filters = {name: value for name, value in (("roles", role), ("status", status)) if value is not None}
        sort = [("_id", 1)]
        return self.accounts.find(onward(filters, sort, window), sort, window.rows)

    def with_roles(self, roles: Iterable[str]) -> list[Document]:
        """Everybody who may sign in and has one of these, by name."""
        query = {"roles": {"$in": list(roles)}, "status": "active"}
        return self.accounts.find(query, [("username", 1)])

    def find_departments(self, listed: bool | None, window: Window) -> list[Document]:
        """In the order of their codes."""
        filters: Document = {} if listed is None else {"listed": listed}
        sort = [("code", 1)]
        return self.departments.find(onward(filters, sort, window), sort, window.rows)

    def by_username(self, username: str) -> Document | None:
        return self.accounts.collection.find_one({"username": username}, WITHOUT_BOOKKEEPING, session=self.session)

    def department(self, code: str) -> Document | None:
        return self.departments.collection.find_one({"code": code}, WITHOUT_BOOKKEEPING, session=self.session)

    def departments_by_code(self, codes: Iterable[str]) -> list[Document]:
        """Those of these that exist, in the order of their codes."""
        return self.departments.find({"code": {"$in": list(codes)}}, [("code", 1)])

    def known_codes(self, codes: Iterable[str]) -> set[str]:
        """Which of these departments exist."""
        found = self.departments.collection.find({"code": {"$in": list(codes)}}, {"code": 1}, session=self.session)
        return {row["code"] for row in found}

    def organization_status(self, organization_id: str) -> str | None:
        """From the copy of what partners said; None where nothing was heard yet."""
        found = self.database["organizations"].find_one({"_id": organization_id}, {"status": 1})
        return found["status"] if found else None

    def count_try(self, key: str, now: datetime, window: timedelta) -> int:
        """Counts one try, and gives how many there are since the window opened. Counted before it is judged: no race helps."""
        over = {"$lte": [{"$ifNull": ["$until", now]}, now]}
        change = [
            {
                "$set": {
                    "count": {"$cond": [over, 1, {"$add": ["$count", 1]}]},
                    "until": {"$cond": [over, now + window, "$until"]},
                }
            }
        ]
        found = self.database["tries"].find_one_and_update(
            {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
        )
        return int(found["count"]) if found else 1

    def forget_tries(self, *own: str, shared: Iterable[str] = ()) -> None:
        """After a good sign-in: none of one's own, and this one not among those one shares with others."""
        tries = self.database["tries"]
        tries.delete_many({"_id": {"$in": list(own)}})
        tries.update_many({"_id": {"$in": list(shared)}, "count": {"$gt": 0}}, {"$inc": {"count": -1}})

    def tries_of(self, key: str, now: datetime) -> int:
        """How many there were since the window opened."""
        found = self.database["tries"].find_one({"_id": key, "until": {"$gt": now}}, {"count": 1})
        return int(found["count"]) if found else 0

    def is_known(self, key: str, now: datetime) -> bool:
        """Whether somebody signed in from there, under this name, a while ago."""
        return self.database["tries"].find_one({"_id": f"known:{key}", "until": {"$gt": now}}, {"_id": 1}) is not None

    def note_known(self, key: str, until: datetime) -> None:
        """Somebody has signed in from there, under this name."""
        self.database["tries"].update_one({"_id": f"known:{key}"}, {"$set": {"until": until}}, upsert=True)

    def may_warn(self, account_id: str, now: datetime, every: timedelta) -> bool:
        """Claims the warning of an account's owner: True once in `every`."""
        due = {"$or": [{"warned_at": {"$exists": False}}, {"warned_at": {"$lte": now - every}}]}
        claimed = self.accounts.collection.update_one({"_id": account_id, **due}, {"$set": {"warned_at": now}})
        return bool(claimed.modified_count)

    def use_code(self, account: Document, step: int, issued: datetime) -> bool:
        """Claims a one-time code for one token: False where it was used, or where the account was changed since it was read."""
        result = self.accounts.collection.update_one(
            {"_id": account["_id"], "version": account["version"], "last_step": {"$lt": step}},
            {"$set": {"last_step": step}, "$max": {"token_at": issued}},
        )
        return bool(result.matched_count)

    def save_account(
        self, account: Document, events: list[Event], context: CommandContext, step: int | None = None
    ) -> Document:
        """Saves without what sign-ins write beside it: a code used meanwhile stays used. `step` is a new device's first code."""
        kept = {name: value for name, value in account.items() if name not in ("last_step", "token_at", "warned_at")}
        return account | self.accounts.save(kept if step is None else kept | {"last_step": step}, events, context)

    def void_tokens(self, account_id: str, before: datetime, session_id: str | None = None) -> None:
        """What other services hear as session.ended: here it counts with the write itself (shared/auth.py reads it)."""
        name = f"{account_id}/{session_id}" if session_id else account_id
        row = {"_id": name, "before": before, "until": before + timedelta(seconds=2 * LIFETIME_SECONDS)}
        self.database["void_tokens"].replace_one({"_id": name}, row, upsert=True, session=self.session)

    def by_oidc(self, issuer: str, subject: str) -> Document | None:
        """Whom the hospital's provider knows by this subject."""
        query = {"oidc.issuer": issuer, "oidc.subject": subject}
        return self.accounts.collection.find_one(query, WITHOUT_BOOKKEEPING, session=self.session)

    def by_email(self, email: str) -> list[Document]:
        """Everybody with this address; two of them are nobody."""
        return self.accounts.find({"email": {"$in": [email, email.lower()]}}, limit=2)

    def note_token(self, account_id: str, issued: datetime) -> None:
        """A token was given at this time: whatever ends sessions later ends it too."""
        change = {"$max": {"token_at": issued}}
        self.accounts.collection.update_one({"_id": account_id}, change, session=self.session)

    def forget_answers(self, now: datetime) -> None:
        """Answers to commands are kept for 24 hours."""
        for records in (self.accounts, self.departments):
            forget_old(records.collection, now)
