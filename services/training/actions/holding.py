"""What partners and their agreements do to placements: an agreement that no longer carries the whole stay holds it, so does a host that is
suspended or closed; one that does again frees it.

Held is a mark that refuses the start, no state. Read copies tell which agreements changed; a timer looks, and so does the chief's word.
"""

from datetime import datetime
from functools import partial
from typing import Any

from services.training.actions.draft import Draft, draft_of
from services.training.dependencies import Dependencies
from services.training.rules import agreements, hosts, states
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id

Document = dict[str, Any]
TIMER = "agreements"


def look_at_agreements(deps: Dependencies, now: datetime) -> None:
    """Agreements and hosts heard of since the last look: whoever depends on one is looked at again. Run by a timer."""
    for look, found in (
        (_look_at_agreement, deps.store.copies.agreements_to_look_at()),
        (_look_at_host, deps.store.copies.organizations_to_look_at()),
    ):
        for record in found:
            context = CommandContext(now, f"timer:{TIMER}", new_id())
            deps.store.transaction(partial(look, deps, record, context))


def _look_at_host(deps: Dependencies, host: Document, context: CommandContext, store: Store) -> None:
    """Whoever of ours is to go there."""
    for application in store.going_to(host["_id"]):
        _look_at(Draft(store, application, context, deps.settings.time_zone))
    store.copies.looked_at("organizations", host["_id"], host["sequence"])


def _look_at_agreement(deps: Dependencies, agreement: Document, context: CommandContext, store: Store) -> None:
    """One that another follows takes its applications along to that one."""
    followed = agreement.get("renewed_by") if agreement["status"] == "renewed" else None
    for application in store.with_agreement(agreement["_id"]):
        draft = Draft(store, application, context, deps.settings.time_zone)
        if followed:
            draft.application["agreement_id"] = followed
            draft.say(training.ApplicationUpdated, fields=("agreement_id",))
        _look_at(draft)
    store.copies.looked_at("agreements", agreement["_id"], agreement["sequence"])


def _look_at(draft: Draft) -> None:
    look_again(draft.store, draft)
    if draft.said:
        draft.save()


def why_held(store: Store, application: Document) -> str | None:
    """Why it has to be held now: its host, else its agreement; None where nothing stands against it."""
    return hosts.why_not(host_of(store, application)) or agreements.standing(
        application, store.copies.agreement(application.get("agreement_id"))
    )


def host_of(store: Store, application: Document) -> Document | None:
    """Who receives one of ours, as far as was heard; None for whoever goes nowhere."""
    host = application.get("organization_id") if application["direction"] == "out" else None
    return store.copies.organizations([host]).get(host) if host else None


def look_again(store: Store, draft: Draft) -> None:
    """Sets or takes away the mark as host and agreement now are."""
    application = draft.application
    if not application.get("first_day") or application["status"] in (states.DRAFT, *states.OVER):
        return
    why = why_held(store, application)
    before = application.get("held")
    if why and (before is None or before["reason"] != why):
        application["held"] = {
            "reason": why,
            "since": draft.context.now,
            "agreement_id": application.get("agreement_id"),
        }
        draft.say(training.ApplicationHeld, reason=why)
    if not why and before:
        application["held"] = None
        draft.say(training.ApplicationReleased)


def name_agreement(
    deps: Dependencies, application_id: str, agreement_id: str | None, context: CommandContext
) -> Document:
    """Puts an application under an agreement. Raises InvalidInput where it is not one with the partner concerned."""
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    if agreement_id is not None:
        agreement = deps.store.copies.agreement(agreement_id)
        partner = draft.application.get("organization_id")
        if agreement is None or (partner and partner not in agreement["organization_ids"]):
            raise InvalidInput([("#/agreement_id", "expected the id of an agreement with this partner")])
    draft.application["agreement_id"] = agreement_id
    draft.say(training.ApplicationUpdated, fields=("agreement_id",))
    look_again(deps.store, draft)
    return draft.save()


def need_no_agreement(deps: Dependencies, application_id: str, because: str, context: CommandContext) -> Document:
    """The chief's word that none is needed, with the reason, which is kept."""
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    draft.application["agreement_waiver"] = {"because": because, "by": context.actor, "at": context.now}
    draft.say(training.ApplicationUpdated, fields=("agreement_waiver",))
    look_again(deps.store, draft)
    return draft.save()
