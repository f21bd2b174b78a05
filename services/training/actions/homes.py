"""Where who goes abroad works, as their accounts say it now: looked up when somebody judges, and not kept with the application."""

from collections.abc import Iterable
from typing import Any

from services.training.dependencies import Dependencies

Document = dict[str, Any]


def known(deps: Dependencies, applications: Iterable[Document]) -> list[Document]:
    """The same with `home`, the codes of those departments, where one goes abroad: one look-up, however many they are.

    For reading and judging alone: what is saved is the application without it.
    """
    given = list(applications)
    homes = deps.store.copies.departments_of(
        one["applicant_id"] for one in given if _goes(one) and one.get("applicant_id")
    )
    return [one | {"home": homes.get(one.get("applicant_id") or "", [])} if _goes(one) else one for one in given]


def known_of(deps: Dependencies, application: Document) -> Document:
    """The same of one."""
    return known(deps, [application])[0]


def _goes(application: Document) -> bool:
    return bool(application["direction"] == "out")
