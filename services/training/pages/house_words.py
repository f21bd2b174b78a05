"""What the pages of places, groups, people and reports share: the ways between them, who may change what."""

from typing import Any

from services.training.pages import telling
from services.training.pages.desk_names import has, works_nowhere
from shared.ui.shell import t

Document = dict[str, Any]
WAYS = {
    "groups": ("training", "chief"),
    "places": ("training", "chief", "department", "reviewer"),
    "people": ("training", "chief"),
    "reports": ("training", "chief", "partners"),
}


def ways() -> list[tuple[str, str]]:
    """(name, word) of the pages of the house that who reads may see."""
    return [(name, t(f"house.way.{name}")) for name, roles in WAYS.items() if has(*roles)]


def tools() -> Document:
    """What the templates of the house call."""
    return {**telling.tools(), "may_change": has("training"), "ways": ways(), "nowhere": works_nowhere()}
