"""Read copies of what others own: organizations, agreements, departments, who signs in. Kept by the worker's handlers."""

from collections.abc import Iterable
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.training.rules.records.read_copies import AgreementCopy, DepartmentCopy, OrganizationCopy


class ReadCopies:
    """Empty until the first events have arrived."""

    def __init__(self, database: Database[Any], session: ClientSession | None = None) -> None:
        self._database, self._session = database, session

    def departments(self) -> dict[str, DepartmentCopy]:
        """Returns departments by code: names by language, whether listed."""
        return {row["_id"]: row for row in self._database.departments.find({}, sort=[("_id", 1)])}

    def department_listed(self, code: str) -> bool:
        return self._database.departments.find_one({"_id": code, "listed": True}, {"_id": 1}) is not None

    def organizations(self, ids: Iterable[str]) -> dict[str, OrganizationCopy]:
        """Returns organizations by id; an unknown one is left out."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        found = self._database.organizations.find({"_id": {"$in": wanted}}, session=self._session)
        return {row["_id"]: row for row in found}

    def all_organizations(self) -> list[OrganizationCopy]:
        """Returns every organization that is not closed, by name."""
        return list(self._database.organizations.find({"status": {"$ne": "closed"}}, sort=[("name", 1)], limit=1000))

    def agreement(self, agreement_id: str | None) -> AgreementCopy | None:
        """Returns the agreement as last received; None where none is named."""
        if agreement_id is None:
            return None
        found: AgreementCopy | None = self._database.agreements.find_one({"_id": agreement_id}, session=self._session)
        return found

    def agreements_to_recheck(self) -> list[AgreementCopy]:
        """Returns agreements that changed since their applications were last checked."""
        return list(self._database.agreements.find({"recheck": True}, limit=200))

    def organizations_to_recheck(self) -> list[OrganizationCopy]:
        """Returns organizations that changed since their applications were last checked."""
        return list(self._database.organizations.find({"recheck": True}, limit=200))

    def mark_rechecked(self, collection: str, id_: str, sequence: int) -> None:
        """Ends the recheck, unless the copy changed in the meantime."""
        heard = {"_id": id_, "sequence": sequence}
        self._database[collection].update_one(heard, {"$set": {"recheck": False}}, session=self._session)

    def agreements_with(self, organization_id: str) -> list[AgreementCopy]:
        """Returns every agreement with a partner, the newest first."""
        query = {"organization_ids": organization_id}
        return list(self._database.agreements.find(query, sort=[("_id", -1)], session=self._session))

    def usernames(self, account_ids: Iterable[str]) -> dict[str, str]:
        """Returns usernames by account id; an unknown account is left out."""
        wanted = sorted(set(account_ids))
        found = self._database.people.find({"_id": {"$in": wanted}}, {"username": 1}) if wanted else ()
        return {row["_id"]: row["username"] for row in found}

    def departments_of(self, account_ids: Iterable[str]) -> dict[str, list[str]]:
        """Returns the departments of these accounts, for those that have any."""
        wanted = sorted(set(account_ids))
        query = {"_id": {"$in": wanted}, "departments.0": {"$exists": True}}
        found = self._database.people.find(query, {"departments": 1}) if wanted else ()
        return {row["_id"]: list(row["departments"]) for row in found}

    def usernames_with_roles(self, *roles: str) -> dict[str, str]:
        """Returns usernames by account id of those with one of these roles."""
        found = self._database.people.find({"roles": {"$in": list(roles)}}, {"username": 1}, sort=[("username", 1)])
        return {row["_id"]: row["username"] for row in found}
