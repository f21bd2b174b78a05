"""Agreements: found, drafted, edited, renewed. Moves between states: agreement_moves.py and agreement_calendar.py."""

from datetime import datetime, timedelta

from services.partners.actions.agreement_validation import validate
from services.partners.dependencies import Dependencies
from services.partners.rules import agreement_dates as dates
from services.partners.rules import agreement_terms
from services.partners.rules import agreements as rules
from services.partners.rules.agreements import AlreadyFollowed, UnknownAgreement
from services.partners.rules.event_data import agreement_data
from services.partners.rules.records import Agreement, AgreementFilters, GivenTerms
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.partners import (
    AgreementDrafted,
    AgreementExpired,
    AgreementRenewed,
    AgreementTerminated,
    AgreementUpdated,
)
from shared.ids import new_id, year_in
from shared.outbox.records import RecordExists
from shared.paging import Window


class AgreementView(Agreement):
    """An agreement as the API shows it: whether it is in force today, and the days left until its end."""

    in_force: bool
    days_left: int | None


def get_agreement(deps: Dependencies, agreement_id: str, context: CommandContext | None = None) -> Agreement:
    """Returns the agreement; with `context`, at the version its request expects. Raises UnknownAgreement and VersionDiffers."""
    records = deps.store.agreements.records
    agreement = records.load(agreement_id, context) if context else records.get(agreement_id)
    if agreement is None:
        raise UnknownAgreement
    return agreement


def load_for_change(deps: Dependencies, agreement_id: str, context: CommandContext) -> tuple[Agreement, list[Event]]:
    """Returns the agreement as of today, even if the timer has not run yet, with the events of that.

    Raises UnknownAgreement, VersionDiffers.
    """
    return apply_date(get_agreement(deps, agreement_id, context), deps.today(context.now))


def apply_date(agreement: Agreement, today: str) -> tuple[Agreement, list[Event]]:
    """Returns an active agreement as of today (terminated, expired, or with its end moved on) and the events."""
    status = dates.status_by_date(agreement, today) if agreement["status"] == rules.ACTIVE else None
    if status == rules.TERMINATED:
        return terminate_by_plan(agreement)
    if status == rules.EXPIRED:
        expired = dates.with_derived_dates(agreement | {"status": rules.EXPIRED})
        return expired, [AgreementExpired(**agreement_data(expired))]
    if status == rules.RENEWED:
        renewed = dates.with_derived_dates(agreement | {"ends": dates.end_after_renewals(agreement, today)}, agreement)
        return renewed, [AgreementRenewed(**agreement_data(renewed), previous_ends=agreement["ends"])]
    return agreement, []


def terminate_by_plan(agreement: Agreement) -> tuple[Agreement, list[Event]]:
    """Returns the terminated agreement, for the reason of its plan, and the event."""
    reason = agreement["termination_reason"]
    ended = dates.with_derived_dates(agreement | {"status": rules.TERMINATED, "status_reason": reason})
    return ended, [AgreementTerminated(**agreement_data(ended), reason=reason)]


def find_agreements(
    deps: Dependencies, filters: AgreementFilters, context: CommandContext, window: Window
) -> list[Agreement]:
    """Returns a page by `organization_id`, `status`, `scope`, `expiring_within_days`, in the order they were drafted."""
    within, until = filters.get("expiring_within_days"), None
    if within is not None:
        until = (deps.day_of(context.now) + timedelta(days=within)).isoformat()
    return deps.store.agreements.page(filters, deps.today(context.now), until, window)


def draft_agreement(
    deps: Dependencies, terms: GivenTerms, context: CommandContext, before: Agreement | None = None
) -> Agreement:
    """Drafts an agreement, owned by the caller if no owner is named; `before` is the agreement it is to follow.

    Raises InvalidInput, AlreadyFollowed.
    """
    agreement = agreement_terms.new_draft(new_id(), terms, before["_id"] if before else None, context.now)
    keeps_owner = before is not None and agreement["owner"] == before["owner"]
    new = [name for name in agreement_terms.TERM_FIELDS if name != "owner" or not keeps_owner]
    agreement = validate(deps, agreement, new, context)
    agreement["reference"] = deps.store.agreements.numbers.next(year_in(deps.settings.time_zone, context.now))
    agreement = dates.with_derived_dates(agreement)
    try:
        event = AgreementDrafted(**agreement_data(agreement))
        return deps.store.agreements.records.insert(agreement, [event], context)
    except RecordExists as error:
        if "renews" in error.key:
            raise AlreadyFollowed("Another agreement already renews this one: abandon that one first.") from error
        raise


def change_agreement(deps: Dependencies, agreement_id: str, changes: GivenTerms, context: CommandContext) -> Agreement:
    """Changes its terms as given; raises UnknownAgreement, IllegalMove, TermsAreSigned, InvalidInput."""
    before, due = load_for_change(deps, agreement_id, context)
    agreement = validate(deps, agreement_terms.with_terms(before, changes), changes, context)
    fields = tuple(name for name in agreement_terms.TERM_FIELDS if agreement.get(name) != before.get(name))
    rules.check_edit(before, fields)
    if not fields:
        return before
    if "ends" in fields:
        agreement["agreed_ends"] = agreement["ends"]
    agreement = dates.with_derived_dates(agreement | {"updated_at": context.now}, before)
    event = AgreementUpdated(**agreement_data(agreement), fields=fields)
    return deps.store.agreements.save(agreement, [*due, event], context)


def renew(deps: Dependencies, agreement_id: str, terms: GivenTerms, context: CommandContext) -> Agreement:
    """Drafts the successor, from the day after the end; terms that are not given are copied. The old one stays active until then.

    Raises UnknownAgreement, IllegalMove, AlreadyFollowed, InvalidInput.
    """
    before, _ = load_for_change(deps, agreement_id, context)
    rules.require(before, "renew")
    starts = dates.day_after(before["ends"]) if before["ends"] else deps.today(context.now)
    return draft_agreement(deps, agreement_terms.successor_terms(before, terms, starts), context, before)


def to_response(deps: Dependencies, agreement: Agreement, now: datetime) -> AgreementView:
    """Returns the agreement as the API shows it today."""
    today = deps.day_of(now)
    left = dates.days_left(agreement, today.isoformat())
    return {**agreement, "in_force": rules.in_force(agreement, today, today), "days_left": left}
