"""Names of departments, organizations and people, from the read copies."""

from collections.abc import Iterable

from services.training.dependencies import Dependencies
from services.training.rules.records.read_copies import DepartmentCopy, OrganizationCopy


def departments(deps: Dependencies, language: str) -> dict[str, str]:
    """Returns names by code, in this language, else in English or Japanese."""
    known = deps.store.copies.departments().items()
    return {code: _department_name(code, row, language) for code, row in known}


def listed_departments(deps: Dependencies, language: str) -> list[tuple[str, str]]:
    """Returns code and name of the departments that can be chosen."""
    known = deps.store.copies.departments().items()
    return [(code, _department_name(code, row, language)) for code, row in known if row.get("listed")]


def _department_name(code: str, row: DepartmentCopy, language: str) -> str:
    return next((row["names"][tag] for tag in (language, "en", "ja") if row["names"].get(tag)), code)


def organizations(deps: Dependencies, ids: Iterable[str | None]) -> dict[str, str]:
    """Returns names by id; an unknown one is left out."""
    known = deps.store.copies.organizations(id_ for id_ in ids if id_)
    return {id_: row["name"] for id_, row in known.items()}


def all_organizations(deps: Dependencies) -> list[OrganizationCopy]:
    """Returns every organization that is not closed, by name."""
    return deps.store.copies.all_organizations()


def people(deps: Dependencies, actors: Iterable[str]) -> dict[str, str]:
    """Returns usernames by actor as in events; actors that are no accounts are left out."""
    accounts = [actor.removeprefix("account:") for actor in actors if actor.startswith("account:")]
    return {f"account:{id_}": name for id_, name in deps.store.copies.usernames(accounts).items()}
