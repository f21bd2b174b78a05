"""Names for codes and ids: departments in the reader's language, accounts, organizations. Not here: texts of pages (words/)."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.intake.dependencies import Dependencies


@dataclass(frozen=True)
class Departments:
    """All departments in one language; `choices` are those that take visits, in order of their names."""

    names: dict[str, str]
    places: dict[str, str]
    listed: frozenset[str]

    def name(self, code: str) -> str:
        """Returns the name, or the code of an unknown department."""
        return self.names.get(code, code)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return sorted(((code, self.name(code)) for code in self.listed), key=lambda pair: pair[1])


def departments(deps: Dependencies, language: str) -> Departments:
    """Returns the departments, with names in English or else Japanese where the language has none."""
    known = deps.store.copies.departments()
    return Departments(
        {each["_id"]: _in(each.get("names") or {}, language) or each["_id"] for each in known},
        {each["_id"]: each["place"] for each in known if each.get("place")},
        frozenset(each["_id"] for each in known if each.get("listed")),
    )


def extensions(deps: Dependencies) -> dict[str, str]:
    """Returns the departments' internal phone numbers, by code."""
    return {each["_id"]: each["extension"] for each in deps.store.copies.departments() if each.get("extension")}


def _in(names: dict[str, str], language: str) -> str | None:
    wanted = (language, language.partition("-")[0], "en", "ja")
    return next((names[tag] for tag in wanted if names.get(tag)), None)


def usernames(deps: Dependencies, actors: Iterable[str]) -> dict[str, str]:
    """Returns usernames by actor, for actors that are accounts (`account:…`)."""
    ids = {actor: actor.partition(":")[2] for actor in actors if actor.startswith("account:")}
    known = deps.store.copies.usernames(ids.values())
    return {actor: known[id_] for actor, id_ in ids.items() if id_ in known}


def organization_name(deps: Dependencies, organization_id: str | None) -> str | None:
    """Returns an agency's name, or None where it is unknown."""
    return deps.store.copies.organization_names([organization_id]).get(organization_id) if organization_id else None
