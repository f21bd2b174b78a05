"""Read copies of what others own: departments, and who signs in under which account. Kept by the worker's handlers."""

from collections.abc import Iterable
from typing import Any

from pymongo.database import Database

Document = dict[str, Any]


class Copies:
    """Empty where nothing was heard of yet."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def departments(self) -> dict[str, dict[str, str]]:
        """Names by language, by code."""
        return {row["_id"]: row.get("names") or {} for row in self._database.departments.find({}, {"names": 1})}

    def usernames(self, account_ids: Iterable[str]) -> dict[str, str]:
        """Who signs in under these ids; an account not heard of yet is left out."""
        wanted = sorted(set(account_ids))
        found = self._database.people.find({"_id": {"$in": wanted}}, {"username": 1}) if wanted else ()
        return {row["_id"]: row["username"] for row in found}

    def interpreters_accounts(self) -> dict[str, str]:
        """Everybody who signs in as an interpreter, by account, in order of the names they sign in under."""
        found = self._database.people.find({"roles": "interpreter"}, {"username": 1}, sort=[("username", 1)])
        return {row["_id"]: row["username"] for row in found}
