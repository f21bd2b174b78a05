"""Read copies of what others own: departments, and who signs in under which account. The worker's handlers update them."""

from collections.abc import Iterable

from pymongo.database import Database

from shared.mongo import Document


class ReadCopies:
    """Departments and accounts; empty until their events are consumed."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def departments(self) -> dict[str, dict[str, str]]:
        """Returns the names of departments by language, by code."""
        return {row["_id"]: row.get("names") or {} for row in self._database.departments.find({}, {"names": 1})}

    def usernames(self, account_ids: Iterable[str]) -> dict[str, str]:
        """Returns the user names of these accounts; an account not known yet is left out."""
        wanted = sorted(set(account_ids))
        found = self._database.people.find({"_id": {"$in": wanted}}, {"username": 1}) if wanted else ()
        return {row["_id"]: row["username"] for row in found}

    def interpreter_accounts(self) -> dict[str, str]:
        """Returns the user names of all accounts with the interpreter role, by account, in order of the names."""
        found = self._database.people.find({"roles": "interpreter"}, {"username": 1}, sort=[("username", 1)])
        return {row["_id"]: row["username"] for row in found}
