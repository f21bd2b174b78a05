"""What the pages of places, groups, people and reports share: the links between them, and who may change something."""

from typing import Any

from services.training.pages import formats
from services.training.pages.labels import has_role, lacks_department
from shared.ui.shell import t

Document = dict[str, Any]
SECTIONS = {
    "groups": ("training", "chief"),
    "places": ("training", "chief", "department", "reviewer"),
    "people": ("training", "chief"),
    "reports": ("training", "chief", "partners"),
}


def section_links() -> list[tuple[str, str]]:
    """Returns (name, label) of the sections that the reader may see."""
    return [(name, t(f"navigation.section.{name}")) for name, roles in SECTIONS.items() if has_role(*roles)]


def template_context() -> Document:
    """Returns what the templates of these pages need."""
    return {
        **formats.template_functions(),
        "can_edit": has_role("training"),
        "section_links": section_links(),
        "lacks_department": lacks_department(),
    }
