"""Names of what others own, from the read copies: departments, organizations, people of the house."""

from collections.abc import Iterable

from services.training.actions.draft import Document
from services.training.actions.parts import Parts


def departments(parts: Parts, language: str) -> dict[str, str]:
    """Names by code, in this language, else in English or Japanese."""
    known = parts.store.copies.departments().items()
    return {code: _named(code, row, language) for code, row in known}


def listed_departments(parts: Parts, language: str) -> list[tuple[str, str]]:
    """Code and name of those that may be chosen."""
    known = parts.store.copies.departments().items()
    return [(code, _named(code, row, language)) for code, row in known if row.get("listed")]


def _named(code: str, row: Document, language: str) -> str:
    return next((row["names"][tag] for tag in (language, "en", "ja") if row["names"].get(tag)), code)


def organizations(parts: Parts, ids: Iterable[str | None]) -> dict[str, str]:
    """Names by id; one not heard of yet is left out."""
    known = parts.store.copies.organizations(id_ for id_ in ids if id_)
    return {id_: row["name"] for id_, row in known.items()}


def all_organizations(parts: Parts) -> list[Document]:
    """Every one that is not closed, by name."""
    return parts.store.copies.all_organizations()


def people(parts: Parts, actors: Iterable[str]) -> dict[str, str]:
    """Who signs in, by actor as events carry it; others are left out."""
    accounts = [actor.removeprefix("account:") for actor in actors if actor.startswith("account:")]
    return {f"account:{id_}": name for id_, name in parts.store.copies.usernames(accounts).items()}
