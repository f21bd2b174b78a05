"""Writes the notifications of an event, deferred into the unit of work. Those that were missed: catch_ups.py."""

from datetime import datetime
from typing import Any

from services.notify.dependencies import Dependencies
from services.notify.rules.causes import Cause, stored_cause
from services.notify.rules.copies import Organization
from services.notify.rules.drafts import (
    concerns_agency,
    drafts_for_agency,
    drafts_for_people,
    organization_of,
    visit_or_booking_of,
)
from services.notify.rules.event_data import correlation_id_of, events_of
from services.notify.rules.notifications import Notification
from services.notify.rules.suspension import SUSPENDED, suppression_reason
from services.notify.store.store import causes_expire_at, causes_write, overtaken_write
from shared.command_context import CommandContext
from shared.ids import new_id

ACTOR = "timer:drafter"


def notify(deps: Dependencies, cause: Cause) -> None:
    """Adds every notification of this cause. Each organization is looked up once a second, and none where no agency is concerned."""
    context, organization_id = deps.draft_context(), organization_of(cause.data)
    for notification in drafts_for_people(cause, context):
        deps.unit_of_work.add("notifications", {**notification})
    _mark_overtaken(deps, cause)
    if organization_id and concerns_agency(cause.data):
        _store_cause(deps, cause, organization_id)
        for notification in drafts_for_agency(cause, _organization(deps, organization_id), context):
            deps.unit_of_work.add("notifications", with_events(deps, notification, context.now))


def with_events(deps: Dependencies, notification: Notification, now: datetime) -> dict[str, Any]:
    """Returns it as it is stored: one that is suppressed at once has its event."""
    events = events_of(notification)
    if not events:
        return {**notification}
    context = CommandContext(now, ACTOR, notification["event_id"], notification.get("traceparent"))
    return deps.store.notifications.prepared(notification, events, context, correlation_id_of(notification))


def _mark_overtaken(deps: Dependencies, cause: Cause) -> None:
    """Marks what a suspended agency was not notified of about this visit or booking: it is no longer true, and never sent."""
    id_, organization_id = visit_or_booking_of(cause.data), organization_of(cause.data)
    if id_ and organization_id and suppression_reason(_organization(deps, organization_id)) == SUSPENDED:
        deps.unit_of_work.write("notifications", overtaken_write(organization_id, id_))


def _organization(deps: Dependencies, organization_id: str) -> Organization | None:
    """Returns the organization; one that this very batch changes is not cached, since that would be the state before."""
    if organization_id in deps.batch.changed_organizations:
        return deps.store.organization(organization_id)
    return deps.organization_cache.find(organization_id, deps.draft_context().now, deps.store.organization)


def _store_cause(deps: Dependencies, cause: Cause, organization_id: str) -> None:
    """Adds the cause to the one document of this batch, which is written when the batch ends, with all that was added until then."""
    batch = deps.batch.causes
    if batch is None:
        batch = {"_id": new_id(), "organizations": [], "causes": [], "latest": cause.time, "until": None}
        deps.batch.causes = batch
        deps.unit_of_work.write("causes", causes_write(batch))
    if organization_id not in batch["organizations"]:
        batch["organizations"].append(organization_id)
    batch["latest"] = max(batch["latest"], cause.time)
    batch["until"] = causes_expire_at(batch["latest"])
    batch["causes"].append(stored_cause(cause, organization_id))
