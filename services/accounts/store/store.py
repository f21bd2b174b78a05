"""The only part of accounts that knows MongoDB: accounts and departments. Sessions and sign-in attempts are in modules of their own.

Sign-ins write to an account without a new version: the last used one-time code, the time of the latest token, the last lock notice.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from services.accounts.rules.records import Account, Department
from services.accounts.store.attempts import Attempts
from services.accounts.store.sessions import Sessions
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import SealingKey, forget_old
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import in_transaction
from shared.outbox.records import WITHOUT_BOOKKEEPING, Records
from shared.paging import Window, onward
from shared.tokens import LIFETIME_SECONDS

T = TypeVar("T")
_WRITTEN_BY_SIGN_IN = ("last_step", "token_at", "lock_notice_at")


class Store:
    """`within(unit)` and `in_transaction(work)` give the same store inside a transaction; `answers` encrypts stored responses."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        answers: SealingKey | None = None,
        session: ClientSession | None = None,
    ) -> None:
        self.database, self.session, self._answers = database, session, answers
        answer_key = (lambda _: answers) if answers else None
        self.accounts = Records(cast("Collection[Account]", database["accounts"]), session, answers=answer_key)
        self.departments = Records(cast("Collection[Department]", database["departments"]), session, answers=answer_key)
        self.sessions = Sessions(database, session)
        self.attempts = Attempts(database)

    def within(self, unit: UnitOfWork) -> "Store":
        return Store(self.database, self._answers, unit.session)

    def in_transaction(self, work: Callable[["Store"], T]) -> T:
        """Runs `work` in one transaction; it is repeated if a sign-in writes to the account meanwhile."""
        if self.session is not None:
            return work(self)
        return in_transaction(self.database, lambda session: work(Store(self.database, self._answers, session)))

    def find_accounts(self, role: str | None, status: str | None, window: Window) -> list[Account]:
        """Returns a page of accounts in the order of creation."""
        filters = {name: value for name, value in (("roles", role), ("status", status)) if value is not None}
        sort = [("_id", 1)]
        return self.accounts.find(onward(filters, sort, window), sort, window.rows)

    def with_roles(self, roles: Iterable[str]) -> list[Account]:
        """Returns the active accounts that have one of these roles, by name."""
        query = {"roles": {"$in": list(roles)}, "status": "active"}
        return self.accounts.find(query, [("username", 1)])

    def find_departments(self, listed: bool | None, window: Window) -> list[Department]:
        """Returns a page of departments in the order of their codes."""
        filters = {} if listed is None else {"listed": listed}
        sort = [("code", 1)]
        return self.departments.find(onward(filters, sort, window), sort, window.rows)

    def by_username(self, username: str) -> Account | None:
        return self.accounts.collection.find_one({"username": username}, WITHOUT_BOOKKEEPING, session=self.session)

    def department(self, code: str) -> Department | None:
        return self.departments.collection.find_one({"code": code}, WITHOUT_BOOKKEEPING, session=self.session)

    def departments_by_code(self, codes: Iterable[str]) -> list[Department]:
        """Returns those of these departments that exist, in the order of their codes."""
        return self.departments.find({"code": {"$in": list(codes)}}, [("code", 1)])

    def known_codes(self, codes: Iterable[str]) -> set[str]:
        """Returns those of these codes that have a department."""
        found = self.departments.collection.find({"code": {"$in": list(codes)}}, {"code": 1}, session=self.session)
        return {row["code"] for row in found}

    def organization_status(self, organization_id: str) -> str | None:
        """Returns the status from the copy of partners' events; None if no event was consumed yet."""
        found = self.database["organizations"].find_one({"_id": organization_id}, {"status": 1})
        return found["status"] if found else None

    def claim_lock_notice(self, account_id: str, now: datetime, every: timedelta) -> bool:
        """Claims the lock notice to an account's owner: returns True once in `every`."""
        due = {"$or": [{"lock_notice_at": {"$exists": False}}, {"lock_notice_at": {"$lte": now - every}}]}
        claimed = self.accounts.collection.update_one({"_id": account_id, **due}, {"$set": {"lock_notice_at": now}})
        return bool(claimed.modified_count)

    def claim_code(self, account: Account, step: int, issued: datetime) -> bool:
        """Claims a one-time code for one token: returns False if it was used, or the account was changed since it was read."""
        result = self.accounts.collection.update_one(
            {"_id": account["_id"], "version": account["version"], "last_step": {"$lt": step}},
            {"$set": {"last_step": step}, "$max": {"token_at": issued}},
        )
        return bool(result.matched_count)

    def save_account(
        self, account: Account, events: Sequence[Event], context: CommandContext, step: int | None = None
    ) -> Account:
        """Saves without the fields that sign-ins write, so that a code used meanwhile stays used. `step` is a new device's first code."""
        changed = {name: value for name, value in account.items() if name not in _WRITTEN_BY_SIGN_IN}
        if step is not None:
            changed["last_step"] = step
        return account | self.accounts.save(cast("Account", changed), events, context)

    def void_tokens(self, account_id: str, before: datetime, session_id: str | None = None) -> None:
        """Voids tokens here with the write itself (shared/auth.py reads it); other services consume session.ended."""
        name = f"{account_id}/{session_id}" if session_id else account_id
        row = {"_id": name, "before": before, "until": before + timedelta(seconds=2 * LIFETIME_SECONDS)}
        self.database["void_tokens"].replace_one({"_id": name}, row, upsert=True, session=self.session)

    def by_oidc(self, issuer: str, subject: str) -> Account | None:
        """Returns the account linked to this subject of the hospital's provider."""
        query = {"oidc.issuer": issuer, "oidc.subject": subject}
        return self.accounts.collection.find_one(query, WITHOUT_BOOKKEEPING, session=self.session)

    def by_email(self, email: str) -> list[Account]:
        """Returns up to two accounts with this address; two of them identify nobody."""
        return self.accounts.find({"email": {"$in": [email, email.lower()]}}, limit=2)

    def record_token(self, account_id: str, issued: datetime) -> None:
        """Records the time of a token, so that a later end of all sessions voids it too."""
        change = {"$max": {"token_at": issued}}
        self.accounts.collection.update_one({"_id": account_id}, change, session=self.session)

    def forget_answers(self, now: datetime) -> None:
        """Deletes stored responses older than 24 hours."""
        forget_old(self.accounts.collection, now)
        forget_old(self.departments.collection, now)
