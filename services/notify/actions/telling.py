"""From an event to its notices, deferred into the batch; and what agencies missed because their endpoint was heard of late."""

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from services.notify.dependencies import Dependencies, Document
from services.notify.rules.drafting import Cause, drafts_for_agency, drafts_here, part_of, told_elsewhere
from services.notify.rules.event_data import events_of, matter_of
from services.notify.rules.notices import Notice
from services.notify.rules.silence import SUSPENDED, silent, still_true
from services.notify.rules.webhooks import next_of
from services.notify.store.store import catch_up_write, causes_write, kept_until, overtaken_write
from shared.command_context import CommandContext
from shared.events import CATALOGUE, Event
from shared.events.intake import CaseEvent
from shared.ids import new_id

DRAFTER = "timer:drafter"
SOON, LATER = timedelta(seconds=2), timedelta(seconds=20)


def tell(deps: Dependencies, cause: Cause) -> None:
    """Defers every notice of this cause. One look-up a second and organization, and none where no agency is concerned."""
    drafting = deps.drafting()
    for notice in drafts_here(cause, drafting):
        deps.writes.add("notifications", notice)
    _overtake(deps, cause)
    if told_elsewhere(cause.data):
        _keep_cause(deps, cause)
        for notice in drafts_for_agency(cause, _organization(deps, cause.data.organization_id), drafting):
            deps.writes.add("notifications", _with_events(deps, notice, drafting.now))


def _with_events(deps: Dependencies, notice: Notice, now: datetime) -> Notice:
    """As it is stored: what is suppressed at once says so."""
    events = events_of(notice)
    if not events:
        return notice
    context = CommandContext(now, DRAFTER, notice["event_id"], notice.get("traceparent"))
    return deps.store.notifications.prepared(notice, events, context, matter_of(notice))


def _overtake(deps: Dependencies, cause: Cause) -> None:
    """What a suspended agency was not told of this visit or booking is not told later either: it is no longer true."""
    part, organization_id = part_of(cause.data), getattr(cause.data, "organization_id", None)
    if part and organization_id and silent(_organization(deps, organization_id)) == SUSPENDED:
        deps.writes.write("notifications", overtaken_write(organization_id, part))


def keep_case(deps: Dependencies, data: CaseEvent, sequence: int) -> None:
    """Our copy of an agency's case: what webhooks about its bookings show."""
    if data.organization_id:
        fields = {
            "reference": data.reference,
            "agency_reference": data.agency_reference,
            "organization_id": data.organization_id,
            "status": data.status,
            "next": next_of(data.next),
        }
        deps.writes.put("cases", data.case_id, fields, sequence)


def look_again(deps: Dependencies, organization_id: str, since: datetime) -> None:
    """An organization's contacts or endpoints changed: what happened since, and was drafted before we heard it, is due."""
    deps.batch.changed.add(organization_id)
    deps.organization_cache.forget(organization_id)
    if not deps.building_anew:
        deps.writes.write("catch_ups", catch_up_write(organization_id, since, deps.clock() + SOON))


def catch_up(deps: Dependencies, now: datetime) -> int:
    """The timer behind `look_again`: adds the notices that are missing, twice, so that transactions under way are seen.

    These may have drafted from a copy a second old (`OrganizationCache`), and take ten seconds at most (shared/mongo.py). Notices'
    ids are derived, so what was drafted in time is not drafted twice. Returns how many were missing.
    """
    added, drafting = 0, replace(deps.drafting(), now=now)
    for due in deps.store.due_catch_ups(now):
        organization = deps.store.organization(due["_id"])
        causes = map(_cause, deps.store.causes_since(due["_id"], due["since"]))
        if not silent(organization):
            _tell_again(deps, due["_id"], now)
        added += deps.store.add_missing(
            _with_events(deps, notice, now)
            for cause in causes
            for notice in drafts_for_agency(cause, organization, drafting)
        )
        deps.store.end_catch_up(due, None if due["last"] else now + LATER)
    return added


def _tell_again(deps: Dependencies, organization_id: str, now: datetime) -> None:
    """What was kept back while it was suspended: queued where it is still true, in the order of the causes; the rest is settled."""
    kept_back = deps.store.kept_back(organization_id)
    statuses = deps.store.case_statuses(notice["case_id"] for notice in kept_back)
    true = set(still_true(kept_back, statuses.get, now))
    deps.store.release([notice for notice in kept_back if notice["_id"] in true], now)
    deps.store.settle_overtaken([notice["_id"] for notice in kept_back if notice["_id"] not in true])


def _organization(deps: Dependencies, organization_id: str) -> Document | None:
    """A copy that this very batch changes is not remembered: it would be the one from before."""
    if organization_id in deps.batch.changed:
        return deps.store.organization(organization_id)
    return deps.organization_cache.find(organization_id, deps.drafting().now, deps.store.organization)


def _keep_cause(deps: Dependencies, cause: Cause) -> None:
    """Into the one document of this batch: it is written when the batch ends, whatever was added until then."""
    batch = deps.batch
    if batch.causes is None:
        batch.causes = {"_id": new_id(), "organizations": [], "causes": [], "latest": cause.time, "until": None}
        deps.writes.write("causes", causes_write(batch.causes))
    kept, organization_id = batch.causes, cause.data.organization_id
    if organization_id not in kept["organizations"]:
        kept["organizations"].append(organization_id)
    kept["latest"] = max(kept["latest"], cause.time)
    kept["until"] = kept_until(kept["latest"])
    kept["causes"].append(_as_kept(cause, organization_id))


def _as_kept(cause: Cause, organization_id: str) -> Document:
    return {
        "id": cause.id,
        "type": cause.type,
        "time": cause.time,
        "sequence": cause.sequence,
        "organization_id": organization_id,
        "data": msgspec.json.encode(cause.data),
        "traceparent": cause.traceparent,
    }


def _cause(kept: Document) -> Cause:
    data: Event = msgspec.json.decode(bytes(kept["data"]), type=CATALOGUE[kept["type"]].struct)
    return Cause(kept["id"], kept["type"], kept["time"], kept["sequence"], data, kept["traceparent"])
