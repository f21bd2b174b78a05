"""What people make of an agreement: submitted, signed, activated, abandoned, terminated, notice given. What the calendar does: agreements_in_time.py."""

from collections.abc import Mapping
from typing import Any

from services.partners.actions.agreements import facts, terminated, to_change
from services.partners.dependencies import Dependencies
from services.partners.rules import agreement_days as days
from services.partners.rules import agreements as rules
from services.partners.rules.agreements import AgreementStartsLater
from shared.command_context import CommandContext
from shared.events.partners import (
    AgreementAbandoned,
    AgreementActivated,
    AgreementNoticeGiven,
    AgreementRenewed,
    AgreementSigned,
    AgreementSubmitted,
    AgreementTerminationPlanned,
)

Document = dict[str, Any]


def submit(deps: Dependencies, agreement_id: str, context: CommandContext) -> Document:
    """Into review; raises IllegalMove."""
    agreement = _moved(deps, agreement_id, "submit", context)
    return deps.store.agreements.save(agreement, [AgreementSubmitted(**facts(agreement))], context)


def sign(deps: Dependencies, agreement_id: str, signing: Mapping[str, Any], context: CommandContext) -> Document:
    """Signed by both sides; `signing`: `signatories`, `signed_on`. Raises IllegalMove and InvalidInput."""
    agreement = _moved(deps, agreement_id, "sign", context)
    rules.check_signing(signing["signatories"], signing["signed_on"], deps.today(context.now))
    signatories = [{**one, "signed_on": one.get("signed_on") or signing["signed_on"]} for one in signing["signatories"]]
    agreement = days.with_days(agreement | {"signatories": signatories, "signed_on": signing["signed_on"]})
    event = AgreementSigned(**facts(agreement), signed_on=signing["signed_on"])
    return deps.store.agreements.save(agreement, [event], context)


def activate(deps: Dependencies, agreement_id: str, context: CommandContext) -> Document:
    """It holds from now on, and the one it follows is `renewed` in the same write; raises IllegalMove, AgreementStartsLater."""
    agreement = _moved(deps, agreement_id, "activate", context)
    if agreement["starts"] > deps.today(context.now):
        raise AgreementStartsLater(f"It becomes active automatically on its first day, {agreement['starts']}.")
    agreement = days.with_days(agreement)
    events = [AgreementActivated(**facts(agreement))]
    before = deps.store.agreements.records.get(agreement["renews"]) if agreement["renews"] else None
    if before is None or not days.follows_in_time(agreement, before):
        return deps.store.agreements.save(agreement, events, context)
    followed = {"status": rules.RENEWED, "renewed_by": agreement["_id"], "updated_at": context.now}
    before = days.with_days(before | followed)
    last = [AgreementRenewed(**facts(before), renewed_by=agreement["_id"])]
    return deps.store.agreements.save_with_predecessor(agreement, events, before, last, context)


def abandon(deps: Dependencies, agreement_id: str, reason: str, context: CommandContext) -> Document:
    """It will not be signed; raises IllegalMove."""
    agreement = _moved(deps, agreement_id, "abandon", context) | {"status_reason": reason, "abandoned": True}
    return deps.store.agreements.save(agreement, [AgreementAbandoned(**facts(agreement), reason=reason)], context)


def terminate(deps: Dependencies, agreement_id: str, on: str, reason: str, context: CommandContext) -> Document:
    """It no longer holds from that day on: ended now where the day has come, else planned. Raises IllegalMove, InvalidInput."""
    agreement, due = to_change(deps, agreement_id, context)
    rules.require(agreement, "terminate")
    rules.check_end(agreement, on)
    agreement |= {"terminates_on": on, "termination_reason": reason, "updated_at": context.now}
    if on <= deps.today(context.now):
        agreement, events = terminated(agreement)
    else:
        agreement = days.with_days(agreement)
        events = [AgreementTerminationPlanned(**facts(agreement), reason=reason)]
    return deps.store.agreements.save(agreement, [*due, *events], context)


def give_notice(deps: Dependencies, agreement_id: str, on: str, context: CommandContext) -> Document:
    """Notice was given that day: it renews itself no more. Raises IllegalMove, InvalidInput."""
    agreement, due = to_change(deps, agreement_id, context)
    rules.require(agreement, "give-notice")
    rules.check_notice(agreement, on, deps.today(context.now))
    agreement = days.with_days(agreement | {"notice_given_on": on, "updated_at": context.now})
    return deps.store.agreements.save(agreement, [*due, AgreementNoticeGiven(**facts(agreement))], context)


def _moved(deps: Dependencies, agreement_id: str, command: str, context: CommandContext) -> Document:
    agreement, _ = to_change(deps, agreement_id, context)  # an active one has no such command, so nothing is due of it
    return agreement | {"status": rules.moved(agreement, command), "updated_at": context.now}
