"""Read copies of other services: departments with their names, organizations, usernames."""

from collections.abc import Iterable
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from services.intake.rules.records import Department, Organization
from shared.mongo import Document

MAX_DEPARTMENTS = 500


class Copies:
    """Only reads; handlers write the copies."""

    def __init__(self, database: Database[Document]) -> None:
        collections: Database[Any] = database
        self._database = database
        self._departments: Collection[Department] = collections["departments"]
        self._organizations: Collection[Organization] = collections["organizations"]

    def departments(self) -> list[Department]:
        """Returns all departments, also former ones, in order of code."""
        return list(self._departments.find({}, sort=[("_id", 1)], limit=MAX_DEPARTMENTS))

    def organization_names(self, organization_ids: Iterable[str]) -> dict[str, str]:
        """Returns names by id, without unknown organizations."""
        return self._named("organizations", organization_ids, "name")

    def organization(self, organization_id: str) -> Organization:
        """Returns the name and contacts of an organization; empty where it is unknown."""
        return self._organizations.find_one({"_id": organization_id}, {"name": 1, "contacts": 1}) or Organization()

    def usernames(self, account_ids: Iterable[str]) -> dict[str, str]:
        """Returns usernames by account id, without unknown accounts."""
        return self._named("people", account_ids, "username")

    def _named(self, collection: str, ids: Iterable[str], field: str) -> dict[str, str]:
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        found = self._database[collection].find({"_id": {"$in": wanted}}, {field: 1})
        return {row["_id"]: row[field] for row in found if row.get(field)}
