"""Agreements: found, drafted, edited, followed by another, and what every event tells of one. Their moves: agreement_moves.py."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.partners.actions.agreement_checks import checked
from services.partners.dependencies import Dependencies
from services.partners.rules import agreement_days as days
from services.partners.rules import agreements as rules
from services.partners.rules.agreements import AlreadyFollowed, UnknownAgreement
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.partners import (
    AgreementDrafted,
    AgreementExpired,
    AgreementRenewed,
    AgreementTerminated,
    AgreementUpdated,
    Quota,
)
from shared.ids import new_id, year_in
from shared.outbox.records import RecordExists
from shared.paging import Window

Document = dict[str, Any]
TERMS = ("kind", "parent_id", "title", "organization_ids", "scopes", "quota", "term", "starts", "ends", "renews_months", "notice_months", "owner")  # fmt: skip
CARRIED_ON = ("kind", "parent_id", "title", "organization_ids", "scopes", "term", "renews_months", "notice_months", "owner")  # fmt: skip
USUAL: Mapping[str, Any] = {
    "parent_id": None,
    "organization_ids": [],
    "scopes": [],
    "quota": [],
    "ends": None,
    "renews_months": None,
    "notice_months": None,
    "owner": None,
}
NOT_YET: Mapping[str, Any] = {
    "status": rules.DRAFT,
    "status_reason": None,
    "abandoned": False,
    "renewed_by": None,
    "signatories": [],
    "signed_on": None,
    "scan": None,
    "notice_given_on": None,
    "terminates_on": None,
    "termination_reason": None,
    "marks_said": [],
}


def agreement_of(deps: Dependencies, agreement_id: str, context: CommandContext | None = None) -> Document:
    """The agreement, for a change at the version its request expects; raises UnknownAgreement and VersionDiffers."""
    records = deps.store.agreements.records
    agreement = records.load(agreement_id, context) if context else records.get(agreement_id)
    if agreement is None:
        raise UnknownAgreement
    return agreement


def to_change(deps: Dependencies, agreement_id: str, context: CommandContext) -> tuple[Document, list[Event]]:
    """The agreement as this day has it, whether or not the clock has run, with what is still to be said of that.

    Raises UnknownAgreement, VersionDiffers.
    """
    return by_calendar(agreement_of(deps, agreement_id, context), deps.today(context.now))


def by_calendar(agreement: Document, today: str) -> tuple[Document, list[Event]]:
    """What the day makes of an active one: ended, or its end moved on; with what is said."""
    outcome = days.comes_to(agreement, today) if agreement["status"] == rules.ACTIVE else None
    if outcome == rules.TERMINATED:
        return terminated(agreement)
    if outcome == rules.EXPIRED:
        expired = days.with_days(agreement | {"status": rules.EXPIRED})
        return expired, [AgreementExpired(**facts(expired))]
    if outcome == rules.RENEWED:
        ends = days.renewed_until(agreement["agreed_ends"], agreement["renews_months"], today)
        renewed = days.with_days(agreement | {"ends": ends}, agreement)
        return renewed, [AgreementRenewed(**facts(renewed), previous_ends=agreement["ends"])]
    return agreement, []


def terminated(agreement: Document) -> tuple[Document, list[Event]]:
    """The agreement on the day it was to end, and what is said."""
    reason = agreement["termination_reason"]
    ended = days.with_days(agreement | {"status": rules.TERMINATED, "status_reason": reason})
    return ended, [AgreementTerminated(**facts(ended), reason=reason)]


def find_agreements(
    deps: Dependencies, filters: Mapping[str, Any], context: CommandContext, window: Window
) -> list[Document]:
    """A page by `organization_id`, `status`, `scope`, `expiring_within_days`, in the order they were drafted."""
    named = {"organization_id": "organization_ids", "status": "status", "scope": "scopes"}
    wanted = {named[name]: value for name, value in filters.items() if name in named}
    within, until = filters.get("expiring_within_days"), None
    if within is not None:
        until = (deps.day_of(context.now) + timedelta(days=within)).isoformat()
    return deps.store.agreements.page(wanted, deps.today(context.now), until, window)


def draft_agreement(
    deps: Dependencies, terms: Mapping[str, Any], context: CommandContext, before: Document | None = None
) -> Document:
    """A new agreement as a draft, owned by whoever drafts it where nobody is named; `before` is the one it is to follow.

    Raises InvalidInput, AlreadyFollowed.
    """
    agreement = {"_id": new_id(), **USUAL, **{name: terms[name] for name in TERMS if name in terms}, **NOT_YET}
    agreement["renews"] = before["_id"] if before else None
    goes_on = before is not None and agreement["owner"] == before["owner"]
    new = [name for name in TERMS if name != "owner" or not goes_on]
    agreement = checked(deps, agreement, new, context)
    agreement["reference"] = deps.store.agreements.numbers.next(year_in(deps.settings.time_zone, context.now))
    agreement |= {"agreed_ends": agreement["ends"], "created_at": context.now, "updated_at": context.now}
    agreement = days.with_days(agreement)
    try:
        return deps.store.agreements.records.insert(agreement, [AgreementDrafted(**facts(agreement))], context)
    except RecordExists as error:
        if "renews" in error.key:
            raise AlreadyFollowed("Another agreement already renews this one: abandon that one first.") from error
        raise


def change_agreement(
    deps: Dependencies, agreement_id: str, changes: Mapping[str, Any], context: CommandContext
) -> Document:
    """Its terms as given; raises UnknownAgreement, IllegalMove, TermsAreSigned, InvalidInput."""
    before, due = to_change(deps, agreement_id, context)
    agreement = checked(deps, {**before, **changes}, changes, context)
    fields = tuple(name for name in TERMS if agreement[name] != before[name])
    rules.check_edit(before, fields)
    if not fields:
        return before
    if "ends" in fields:
        agreement["agreed_ends"] = agreement["ends"]
    agreement = days.with_days(agreement | {"updated_at": context.now}, before)
    return deps.store.agreements.save(agreement, [*due, AgreementUpdated(**facts(agreement), fields=fields)], context)


def renew(deps: Dependencies, agreement_id: str, terms: Mapping[str, Any], context: CommandContext) -> Document:
    """The successor as a draft: what is not given is as before, from the day after its end. The old one stays active until then.

    Raises UnknownAgreement, IllegalMove, AlreadyFollowed, InvalidInput.
    """
    before, _ = to_change(deps, agreement_id, context)
    rules.require(before, "renew")
    as_before = {name: before[name] for name in CARRIED_ON}
    if terms.get("term", before["term"]) != before["term"]:
        as_before["renews_months"] = None
    starts = days.day_after(before["ends"]) if before["ends"] else deps.today(context.now)
    return draft_agreement(deps, as_before | {"starts": starts} | dict(terms), context, before)


def agreement_as_shown(deps: Dependencies, agreement: Mapping[str, Any], now: datetime) -> Document:
    """With what today makes of it: whether it holds, and how many days are left."""
    today = deps.day_of(now)
    left = days.days_left(agreement, today.isoformat())
    return {**agreement, "in_force": rules.in_force(agreement, today, today), "days_left": left}


def facts(agreement: Mapping[str, Any]) -> Document:
    """What every event about an agreement tells."""
    same = ("reference", "kind", "status", "term", "starts", "title", "ends", "renews_months", "notice_on", "notice_given_on", "terminates_on", "parent_id", "renews")  # fmt: skip
    return {
        "agreement_id": agreement["_id"],
        "owner_id": agreement["owner"],
        "organization_ids": tuple(agreement["organization_ids"]),
        "scopes": tuple(agreement["scopes"]),
        "quota": tuple(Quota(**line) for line in agreement["quota"]),
        **{name: agreement[name] for name in same},
    }
