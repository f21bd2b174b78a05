"""Names of what others own, from the read copies: departments, organizations, people of the house."""

from collections.abc import Iterable

from services.training.actions.draft import Document
from services.training.dependencies import Dependencies


def departments(deps: Dependencies, language: str) -> dict[str, str]:
    """Names by code, in this language, else in English or Japanese."""
    known = deps.store.copies.departments().items()
    return {code: _named(code, row, language) for code, row in known}


def listed_departments(deps: Dependencies, language: str) -> list[tuple[str, str]]:
    """Code and name of those that may be chosen."""
    known = deps.store.copies.departments().items()
    return [(code, _named(code, row, language)) for code, row in known if row.get("listed")]


def _named(code: str, row: Document, language: str) -> str:
    return next((row["names"][tag] for tag in (language, "en", "ja") if row["names"].get(tag)), code)


def organizations(deps: Dependencies, ids: Iterable[str | None]) -> dict[str, str]:
    """Names by id; one not heard of yet is left out."""
    known = deps.store.copies.organizations(id_ for id_ in ids if id_)
    return {id_: row["name"] for id_, row in known.items()}


def all_organizations(deps: Dependencies) -> list[Document]:
    """Every one that is not closed, by name."""
    return deps.store.copies.all_organizations()


def people(deps: Dependencies, actors: Iterable[str]) -> dict[str, str]:
    """Who signs in, by actor as events carry it; others are left out."""
    accounts = [actor.removeprefix("account:") for actor in actors if actor.startswith("account:")]
    return {f"account:{id_}": name for id_, name in deps.store.copies.usernames(accounts).items()}
