"""What partners and their agreements require of applications: an agreement that does not cover the whole stay, or a host that is suspended or
closed, puts the application on hold; one that does releases it. And what must be there before a place is given.

On hold is a flag that prevents the start, not a state. Handlers mark changed read copies, a timer checks the applications that depend on them.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from services.training.actions import application_records
from services.training.actions.application_records import ApplicationChange, load_change
from services.training.dependencies import Dependencies
from services.training.rules import agreements, hosts, readiness, reviews, states
from services.training.rules.documents.requirements import SETTLED, RequirementStatus
from services.training.rules.faults import CannotAccept
from services.training.rules.readiness import DecryptedApplication
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Programme
from services.training.rules.records.read_copies import AgreementCopy, OrganizationCopy
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.errors import InvalidInput, Refusal
from shared.events import training
from shared.ids import new_id

TIMER = "agreements"


def recheck_changed(deps: Dependencies, now: datetime) -> None:
    """Rechecks the applications of every agreement and host that changed since the last run. Run by a timer."""
    for agreement in deps.store.copies.agreements_to_recheck():
        deps.store.transaction(partial(_recheck_agreement, deps, agreement, _context(now)))
    for host in deps.store.copies.organizations_to_recheck():
        deps.store.transaction(partial(_recheck_host, deps, host, _context(now)))


def _context(now: datetime) -> CommandContext:
    return CommandContext(now, f"timer:{TIMER}", new_id())


def _recheck_host(deps: Dependencies, host: OrganizationCopy, context: CommandContext, store: Store) -> None:
    """Rechecks the applications of our staff who are to go there."""
    for application in store.applications_to_host(host["_id"]):
        _recheck(ApplicationChange(store, application, context, deps.settings.time_zone))
    store.copies.mark_rechecked("organizations", host["_id"], host["sequence"])


def _recheck_agreement(deps: Dependencies, agreement: AgreementCopy, context: CommandContext, store: Store) -> None:
    """Rechecks an agreement's applications; where it was renewed, they move to the agreement that follows it."""
    followed = agreement.get("renewed_by") if agreement["status"] == "renewed" else None
    for application in store.applications_with_agreement(agreement["_id"]):
        change = ApplicationChange(store, application, context, deps.settings.time_zone)
        if followed:
            change.application["agreement_id"] = followed
            change.add_event(training.ApplicationUpdated, fields=("agreement_id",))
        _recheck(change)
    store.copies.mark_rechecked("agreements", agreement["_id"], agreement["sequence"])


def _recheck(change: ApplicationChange) -> None:
    update_hold(change.store, change)
    if change.events:
        change.save()


def why_on_hold(store: Store, application: Application) -> str | None:
    """Returns why the application must be on hold: its host, else its agreement; None where nothing prevents the stay."""
    return hosts.reason_against(host_of(store, application)) or agreements.hold_reason(
        application, store.copies.agreement(application.get("agreement_id"))
    )


def host_of(store: Store, application: Application) -> OrganizationCopy | None:
    """Returns the host of a stay abroad as far as it is known; None for other stays."""
    host = application.get("organization_id") if application["direction"] == "out" else None
    return store.copies.organizations([host]).get(host) if host else None


def update_hold(store: Store, change: ApplicationChange) -> None:
    """Sets or removes the hold according to host and agreement."""
    application = change.application
    if not application.get("first_day") or application["status"] in (states.DRAFT, *states.OVER):
        return
    why = why_on_hold(store, application)
    before = application.get("hold")
    if why and (before is None or before["reason"] != why):
        application["hold"] = {
            "reason": why,
            "since": change.context.now,
            "agreement_id": application.get("agreement_id"),
        }
        change.add_event(training.ApplicationHeld, reason=why)
    if not why and before:
        application["hold"] = None
        change.add_event(training.ApplicationReleased)


def set_agreement(
    deps: Dependencies, application_id: str, agreement_id: str | None, context: CommandContext
) -> Application:
    """Puts an application under an agreement. Raises InvalidInput where it is not an agreement with its partner."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    if agreement_id is not None:
        agreement = deps.store.copies.agreement(agreement_id)
        partner = change.application.get("organization_id")
        if agreement is None or (partner and partner not in agreement["organization_ids"]):
            raise InvalidInput([("#/agreement_id", "expected the id of an agreement with this partner")])
    change.application["agreement_id"] = agreement_id
    change.add_event(training.ApplicationUpdated, fields=("agreement_id",))
    update_hold(deps.store, change)
    return change.save()


def waive_agreement(deps: Dependencies, application_id: str, because: str, context: CommandContext) -> Application:
    """Records the chief's reason why no agreement is needed."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    change.application["agreement_waiver"] = {"because": because, "by": context.actor, "at": context.now}
    change.add_event(training.ApplicationUpdated, fields=("agreement_waiver",))
    update_hold(deps.store, change)
    return change.save()


def check_acceptable(store: Store, application: Application, programme: Programme, today: date) -> None:
    """Raises HostNotActive, AgreementMissing, CannotAccept. `application` may lack its encrypted blocks and documents."""
    hosts.check(host_of(store, application))
    agreements.check(application, store.copies.agreement(application.get("agreement_id")))
    if application["direction"] != "out":
        return
    whole = store.applications_by_id([application["_id"]])[application["_id"]] | application
    key = store.keyring.open_many([whole["_id"]]).get(whole["_id"])
    one = application_records.decrypted(whole, key)
    if found := acceptance_faults(one, readiness.statuses(programme, one, today)):
        raise CannotAccept(found)


def is_acceptable(store: Store, application: Application, programme: Programme, today: date) -> bool:
    """Whether `check_acceptable` passes."""
    try:
        check_acceptable(store, application, programme, today)
    except Refusal:
        return False
    return True


def acceptance_faults(one: DecryptedApplication, rows: Sequence[RequirementStatus]) -> list[str]:
    """Returns the codes of what a stay abroad lacks: the department's approval, a note on the risks, documents due before the decision.

    `rows`: the states of its documents.
    """
    if one.application["direction"] != "out":
        return []
    found = [] if reviews.is_approved_by(one.application["reviews"], "department") else ["department_approval"]
    found += [] if one.application.get("risk_noted") else ["risk_note"]
    return found + [f"paper:{row.code}" for row in rows if row.stage == "decision" and row.state not in SETTLED]
