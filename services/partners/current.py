"""What belongs to the request being answered, with its types."""

from services.partners.dependencies import Dependencies
from shared.web.state import dependencies_of


def dependencies() -> Dependencies:
    """Returns the Dependencies that app.py passed to build_app."""
    return dependencies_of(Dependencies)
