"""Training activity with an organization: stays are stored one by one from training's events and counted on request."""

from services.partners.actions.organizations import get_organization
from services.partners.dependencies import Dependencies
from services.partners.rules import activity
from services.partners.rules.activity import Activity
from services.partners.rules.records import Stay
from shared.events.training import ApplicationEvent


def stay_from_event(event: ApplicationEvent) -> Stay:
    """Returns the stay as the event describes it; `days` only if the event has them, so that earlier ones are not overwritten."""
    stay: Stay = {
        "status": event.status,
        "direction": event.direction,
        "kind": event.kind,
        "organization_id": event.organization_id,
        "agreement_id": event.agreement_id,
        "first_day": event.first_day,
        "last_day": event.last_day,
    }
    days: int | None = getattr(event, "days", None)
    return stay if days is None else stay | {"days": days}


def activity_of(deps: Dependencies, organization_id: str, by: str) -> Activity:
    """Returns incoming and outgoing trainees by agreement and year, `by` calendar or fiscal year. Raises UnknownOrganization."""
    get_organization(deps, organization_id)
    rows = activity.count_by_year(deps.store.stays_of(organization_id), by)
    return {"organization_id": organization_id, "by": by, "items": rows, "total": activity.total(rows)}
