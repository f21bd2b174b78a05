"""Activity with an organization: stays as training told of them, kept one by one and counted when somebody asks."""

from typing import Any

from services.partners.actions.records import organization_of
from services.partners.dependencies import Dependencies
from services.partners.rules import activity
from shared.events.training import ApplicationEvent

Document = dict[str, Any]
KEPT = ("status", "direction", "kind", "organization_id", "agreement_id", "first_day", "last_day")


def stay_of(said: ApplicationEvent) -> Document:
    """What is kept of a stay; `days` only where the event knows them, so that what was said before stays."""
    stay = {name: getattr(said, name) for name in KEPT}
    days = getattr(said, "days", None)
    return stay if days is None else stay | {"days": days}


def activity_of(deps: Dependencies, organization_id: str, by: str) -> Document:
    """Trainees in and out by agreement and year, `by` calendar or fiscal year. Raises UnknownOrganization."""
    organization_of(deps, organization_id)
    rows = activity.counted(deps.store.stays_of(organization_id), by)
    return {"organization_id": organization_id, "by": by, "items": rows, "total": activity.total(rows)}
