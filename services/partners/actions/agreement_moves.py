"""Agreements moved by people: submitted, signed, activated, abandoned, terminated, notice given. By date: agreement_calendar.py."""

from services.partners.actions.agreements import load_for_change, terminate_by_plan
from services.partners.dependencies import Dependencies
from services.partners.rules import agreement_dates as dates
from services.partners.rules import agreements as rules
from services.partners.rules.agreements import AgreementStartsLater
from services.partners.rules.event_data import agreement_data
from services.partners.rules.records import Agreement, Signing
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.partners import (
    AgreementAbandoned,
    AgreementActivated,
    AgreementNoticeGiven,
    AgreementRenewed,
    AgreementSigned,
    AgreementSubmitted,
    AgreementTerminationPlanned,
)


def submit(deps: Dependencies, agreement_id: str, context: CommandContext) -> Agreement:
    """Submits a draft for review; raises IllegalMove."""
    agreement = _with_next_status(deps, agreement_id, "submit", context)
    return deps.store.agreements.save(agreement, [AgreementSubmitted(**agreement_data(agreement))], context)


def sign(deps: Dependencies, agreement_id: str, signing: Signing, context: CommandContext) -> Agreement:
    """Records the signatures of both sides. Raises IllegalMove and InvalidInput."""
    agreement = _with_next_status(deps, agreement_id, "sign", context)
    rules.check_signing(signing["signatories"], signing["signed_on"], deps.today(context.now))
    signatories = [one | {"signed_on": one.get("signed_on") or signing["signed_on"]} for one in signing["signatories"]]
    agreement = dates.with_derived_dates(agreement | {"signatories": signatories, "signed_on": signing["signed_on"]})
    event = AgreementSigned(**agreement_data(agreement), signed_on=signing["signed_on"])
    return deps.store.agreements.save(agreement, [event], context)


def activate(deps: Dependencies, agreement_id: str, context: CommandContext) -> Agreement:
    """Activates it, and sets the agreement it follows to `renewed` in the same write; raises IllegalMove, AgreementStartsLater."""
    agreement = _with_next_status(deps, agreement_id, "activate", context)
    if agreement["starts"] > deps.today(context.now):
        raise AgreementStartsLater(f"It becomes active automatically on its first day, {agreement['starts']}.")
    agreement = dates.with_derived_dates(agreement)
    events = [AgreementActivated(**agreement_data(agreement))]
    before = deps.store.agreements.records.get(agreement["renews"]) if agreement["renews"] else None
    if before is None or not dates.replaces_in_time(agreement, before):
        return deps.store.agreements.save(agreement, events, context)
    before |= {"status": rules.RENEWED, "renewed_by": agreement["_id"], "updated_at": context.now}
    before = dates.with_derived_dates(before)
    renewed = [AgreementRenewed(**agreement_data(before), renewed_by=agreement["_id"])]
    return deps.store.agreements.save_with_predecessor(agreement, events, before, renewed, context)


def abandon(deps: Dependencies, agreement_id: str, reason: str, context: CommandContext) -> Agreement:
    """Abandons an agreement that will not be signed; raises IllegalMove."""
    agreement = _with_next_status(deps, agreement_id, "abandon", context)
    agreement |= {"status_reason": reason, "abandoned": True}
    event = AgreementAbandoned(**agreement_data(agreement), reason=reason)
    return deps.store.agreements.save(agreement, [event], context)


def terminate(deps: Dependencies, agreement_id: str, on: str, reason: str, context: CommandContext) -> Agreement:
    """Terminates it on that day: now if the day has come, else by plan. Raises IllegalMove, InvalidInput."""
    agreement, due = load_for_change(deps, agreement_id, context)
    rules.require(agreement, "terminate")
    rules.check_end(agreement, on)
    agreement |= {"terminates_on": on, "termination_reason": reason, "updated_at": context.now}
    events: list[Event]
    if on <= deps.today(context.now):
        agreement, events = terminate_by_plan(agreement)
    else:
        agreement = dates.with_derived_dates(agreement)
        events = [AgreementTerminationPlanned(**agreement_data(agreement), reason=reason)]
    return deps.store.agreements.save(agreement, [*due, *events], context)


def give_notice(deps: Dependencies, agreement_id: str, on: str, context: CommandContext) -> Agreement:
    """Records that notice was given on that day, so that it no longer renews itself. Raises IllegalMove, InvalidInput."""
    agreement, due = load_for_change(deps, agreement_id, context)
    rules.require(agreement, "give-notice")
    rules.check_notice(agreement, on, deps.today(context.now))
    agreement = dates.with_derived_dates(agreement | {"notice_given_on": on, "updated_at": context.now})
    return deps.store.agreements.save(agreement, [*due, AgreementNoticeGiven(**agreement_data(agreement))], context)


def _with_next_status(deps: Dependencies, agreement_id: str, command: str, context: CommandContext) -> Agreement:
    agreement, _ = load_for_change(
        deps, agreement_id, context
    )  # no event is due: active agreements lack these commands
    return agreement | {"status": rules.next_status(agreement, command), "updated_at": context.now}
