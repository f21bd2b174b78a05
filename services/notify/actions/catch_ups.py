"""Adds the notifications that an agency missed, because the event of its contact or endpoint was consumed late, or it was suspended."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.notify.actions.drafts import with_events
from services.notify.dependencies import Dependencies
from services.notify.rules.causes import cause_of
from services.notify.rules.drafts import drafts_for_agency
from services.notify.rules.suspension import still_valid, suppression_reason
from services.notify.store.store import catch_up_write

FIRST_PASS, SECOND_PASS = timedelta(seconds=2), timedelta(seconds=20)


def schedule_catch_up(deps: Dependencies, organization_id: str, since: datetime) -> None:
    """Schedules a catch-up for an organization whose contacts or endpoints changed: what happened since may have been drafted without
    them."""
    deps.batch.changed_organizations.add(organization_id)
    deps.organization_cache.remove(organization_id)
    if not deps.rebuilding:
        deps.unit_of_work.write("catch_ups", catch_up_write(organization_id, since, deps.clock() + FIRST_PASS))


def catch_up(deps: Dependencies, now: datetime) -> int:
    """Adds the notifications that are missing, in two passes, so that transactions that are not committed yet are seen.

    These may have drafted from a copy a second old (`OrganizationCache`), and take ten seconds at most (shared/mongo.py). Ids of
    notifications are derived, so what was drafted in time is not drafted twice. Returns how many were missing.
    """
    added, context = 0, replace(deps.draft_context(), now=now)
    for due in deps.store.due_catch_ups(now):
        organization = deps.store.organization(due["_id"])
        causes = map(cause_of, deps.store.causes_since(due["_id"], due["since"]))
        if not suppression_reason(organization):
            _queue_valid(deps, due["_id"], now)
        added += deps.store.add_missing(
            with_events(deps, notification, now)
            for cause in causes
            for notification in drafts_for_agency(cause, organization, context)
        )
        deps.store.end_catch_up(due, None if due["last"] else now + SECOND_PASS)
    return added


def _queue_valid(deps: Dependencies, organization_id: str, now: datetime) -> None:
    """Queues what was suppressed while it was suspended and is still valid, in the order of the causes; the rest is marked overtaken."""
    suppressed = deps.store.suppressed_by_suspension(organization_id)
    statuses = deps.store.case_statuses(str(each["case_id"]) for each in suppressed)
    valid = set(still_valid(suppressed, statuses.get, now))
    deps.store.queue_suppressed([each for each in suppressed if each["_id"] in valid], now)
    deps.store.mark_overtaken([each["_id"] for each in suppressed if each["_id"] not in valid])
