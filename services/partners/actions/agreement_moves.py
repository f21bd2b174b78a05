"""What people make of an agreement: submitted, signed, activated, abandoned, terminated, notice given. What the calendar does: agreements_in_time.py."""

from collections.abc import Mapping
from typing import Any

from services.partners.actions.agreements import facts, terminated, to_change
from services.partners.actions.parts import Parts
from services.partners.rules import agreement_days as days
from services.partners.rules import agreements as rules
from services.partners.rules.agreements import AgreementStartsLater
from shared.events.partners import (
    AgreementAbandoned,
    AgreementActivated,
    AgreementNoticeGiven,
    AgreementRenewed,
    AgreementSigned,
    AgreementSubmitted,
    AgreementTerminationPlanned,
)
from shared.origin import Origin

Document = dict[str, Any]


def submit(parts: Parts, agreement_id: str, origin: Origin) -> Document:
    """Into review; raises IllegalMove."""
    agreement = _moved(parts, agreement_id, "submit", origin)
    return parts.store.agreements.save(agreement, [AgreementSubmitted(**facts(agreement))], origin)


def sign(parts: Parts, agreement_id: str, signing: Mapping[str, Any], origin: Origin) -> Document:
    """Signed by both sides; `signing`: `signatories`, `signed_on`. Raises IllegalMove and InvalidInput."""
    agreement = _moved(parts, agreement_id, "sign", origin)
    rules.check_signing(signing["signatories"], signing["signed_on"], parts.today(origin.now))
    signatories = [{**one, "signed_on": one.get("signed_on") or signing["signed_on"]} for one in signing["signatories"]]
    agreement = days.with_days(agreement | {"signatories": signatories, "signed_on": signing["signed_on"]})
    event = AgreementSigned(**facts(agreement), signed_on=signing["signed_on"])
    return parts.store.agreements.save(agreement, [event], origin)


def activate(parts: Parts, agreement_id: str, origin: Origin) -> Document:
    """It holds from now on, and the one it follows is `renewed` in the same write; raises IllegalMove, AgreementStartsLater."""
    agreement = _moved(parts, agreement_id, "activate", origin)
    if agreement["starts"] > parts.today(origin.now):
        raise AgreementStartsLater(f"It becomes active automatically on its first day, {agreement['starts']}.")
    agreement = days.with_days(agreement)
    events = [AgreementActivated(**facts(agreement))]
    before = parts.store.agreements.records.get(agreement["renews"]) if agreement["renews"] else None
    if before is None or not days.follows_in_time(agreement, before):
        return parts.store.agreements.save(agreement, events, origin)
    followed = {"status": rules.RENEWED, "renewed_by": agreement["_id"], "updated_at": origin.now}
    before = days.with_days(before | followed)
    last = [AgreementRenewed(**facts(before), renewed_by=agreement["_id"])]
    return parts.store.agreements.save_with_predecessor(agreement, events, before, last, origin)


def abandon(parts: Parts, agreement_id: str, reason: str, origin: Origin) -> Document:
    """It will not be signed; raises IllegalMove."""
    agreement = _moved(parts, agreement_id, "abandon", origin) | {"status_reason": reason, "abandoned": True}
    return parts.store.agreements.save(agreement, [AgreementAbandoned(**facts(agreement), reason=reason)], origin)


def terminate(parts: Parts, agreement_id: str, on: str, reason: str, origin: Origin) -> Document:
    """It no longer holds from that day on: ended now where the day has come, else planned. Raises IllegalMove, InvalidInput."""
    agreement, due = to_change(parts, agreement_id, origin)
    rules.require(agreement, "terminate")
    rules.check_end(agreement, on)
    agreement |= {"terminates_on": on, "termination_reason": reason, "updated_at": origin.now}
    if on <= parts.today(origin.now):
        agreement, events = terminated(agreement)
    else:
        agreement = days.with_days(agreement)
        events = [AgreementTerminationPlanned(**facts(agreement), reason=reason)]
    return parts.store.agreements.save(agreement, [*due, *events], origin)


def give_notice(parts: Parts, agreement_id: str, on: str, origin: Origin) -> Document:
    """Notice was given that day: it renews itself no more. Raises IllegalMove, InvalidInput."""
    agreement, due = to_change(parts, agreement_id, origin)
    rules.require(agreement, "give-notice")
    rules.check_notice(agreement, on, parts.today(origin.now))
    agreement = days.with_days(agreement | {"notice_given_on": on, "updated_at": origin.now})
    return parts.store.agreements.save(agreement, [*due, AgreementNoticeGiven(**facts(agreement))], origin)


def _moved(parts: Parts, agreement_id: str, command: str, origin: Origin) -> Document:
    agreement, _ = to_change(parts, agreement_id, origin)  # an active one has no such command, so nothing is due of it
    return agreement | {"status": rules.moved(agreement, command), "updated_at": origin.now}
