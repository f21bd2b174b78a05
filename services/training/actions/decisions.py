"""Decisions and the places they claim: accepted or on the waiting list, rejected, announced, lapsed.

Acceptances of one process are batched: all pending ones are decided in one transaction, in the order they came, over occupancy records
read once. So 500 at once for 20 places cost some dozens of transactions, and exactly 20 get one (I6).
Not here: who gets a released place (places.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.training.actions import agreements, application_records, places
from services.training.actions.application_records import ApplicationChange, load_change
from services.training.dependencies import Dependencies
from services.training.rules import decisions, reviews, states
from services.training.rules import places as places_rules
from services.training.rules.faults import NoPlace, NoSuchApplication, StayOver, TransitionNotAllowed
from services.training.rules.places import Occupancy
from services.training.rules.programmes import ANSWER_DAYS
from services.training.rules.records.applications import Application, Decision, NewCondition
from services.training.rules.records.programmes import Programme
from services.training.store.store import Store
from shared.batcher import Job
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.errors import Refusal
from shared.events import training
from shared.ids import new_id
from shared.outbox.records import StaleRecord


@dataclass(frozen=True)
class Acceptance:
    """One application to accept, with conditions in addition to the programme's."""

    deps: Dependencies
    application_id: str
    conditions: Sequence[NewCondition]
    context: CommandContext

    def decide(self, jobs: list[Job["Acceptance"]]) -> None:
        """Decides this one and all that wait with it, in one transaction."""
        self.deps.store.transaction(lambda store: accept_all(self.deps, store, jobs))


def accept(
    deps: Dependencies, application_id: str, conditions: Sequence[NewCondition], context: CommandContext
) -> Application:
    """Accepts with a place, else puts on the waiting list. Raises TransitionNotAllowed, ReviewsOpen, AgreementMissing, HostNotActive, CannotAccept,
    NoPlace."""
    saved: Application = deps.acceptances.do(Acceptance(deps, application_id, conditions, context))
    return saved


def accept_all(deps: Dependencies, store: Store, jobs: Sequence[Job[Acceptance]]) -> None:
    """Decides all of these in the transaction of `store`; an error of one stops no other."""
    found = store.applications_without_content(job.what.application_id for job in jobs)
    programmes = store.programmes_by_id(one["programme_id"] for one in found.values())
    changes: list[tuple[Job[Acceptance], ApplicationChange]] = []
    seen: set[str] = set()
    for job in jobs:
        job.error = job.answer = None
        if job.what.application_id in seen:
            job.error = StaleRecord(job.what.application_id)  # its own caller looks again; no other is held up
            continue
        seen.add(job.what.application_id)
        try:
            changes.append((job, _acceptable_change(deps, store, job.what, found, programmes)))
        except Refusal as refused:
            job.error = refused
    occupancy = store.occupancy.load(places_rules.claim_of(change.application) for _, change in changes)
    if changes:  # whoever waits for what is free comes first; of those decided here, too
        places.offer_free_places(deps, store, occupancy, changes[0][1].context, but=seen)
        turn = {one.claim.application_id: number for number, one in enumerate(occupancy.waiting_list())}
        changes.sort(key=lambda one: turn.get(one[1].application["_id"], len(turn)))
    ready = []
    for job, change in changes:
        try:
            today = application_records.today_of(deps, change.context.now)
            _accept_or_waitlist(
                change, occupancy, job.what.conditions, programmes[change.application["programme_id"]], today
            )
            ready.append((job, change.to_save()))
        except Refusal as refused:
            job.error = refused
    store.occupancy.save(occupancy)
    for (job, _), saved in zip(ready, store.applications.save_many([each for _, each in ready]), strict=True):
        job.answer = saved


def _acceptable_change(
    deps: Dependencies,
    store: Store,
    acceptance: Acceptance,
    found: dict[str, Application],
    programmes: dict[str, Programme],
) -> ApplicationChange:
    """Returns the change of an application that may be accepted."""
    application = found.get(acceptance.application_id)
    if application is None:
        raise NoSuchApplication()
    acceptance.context.expects(application)
    states.target(application, "accept")
    reviews.check_supported(programmes[application["programme_id"]]["review"], application["reviews"])
    agreements.check_acceptable(
        store,
        application,
        programmes[application["programme_id"]],
        application_records.today_of(deps, acceptance.context.now),
    )
    return ApplicationChange(store, application.copy(), acceptance.context, deps.settings.time_zone)


def _accept_or_waitlist(
    change: ApplicationChange,
    occupancy: Occupancy,
    conditions: Sequence[NewCondition],
    programme: Programme,
    today: date,
) -> None:
    claim = places_rules.claim_of(change.application)
    if change.application["last_day"] < today.isoformat():
        raise StayOver(change.application["last_day"])
    if occupancy.occupy(claim):
        change.move("accept")
        change.application |= {
            "conditions": [
                *change.application["conditions"],
                *(decisions.new_condition(new_id(), one) for one in conditions),
            ]
        }
        decision = _decision(change, "accepted", programme, bool(change.application["conditions"]))
        change.application["decision"] = decision
        change.add_event(training.ApplicationAccepted, conditional=decision["conditional"])
        return
    if change.status == states.WAITLISTED:  # it waits already, and goes on waiting
        raise NoPlace(occupancy.obstacle(claim) or "period")
    position = occupancy.enqueue(claim, change.application["first_day"], change.context.now)
    change.move("waitlist")
    change.application |= {
        "decision": _decision(change, "waitlisted", programme, False),
        "waitlist_conditions": list(conditions),
    }
    change.add_event(training.ApplicationWaitlisted, position=position)


def _decision(
    change: ApplicationChange, outcome: Literal["accepted", "waitlisted"], programme: Programme, conditional: bool
) -> Decision:
    return {
        "outcome": outcome,
        "at": change.context.now,
        "by": change.context.actor,
        "conditional": conditional or decisions.has_conditions(programme),
        "answer_days": programme.get("answer_days") or ANSWER_DAYS,
        "reason": None,
        "announced_at": None,
        "answer_by": None,
    }


def reject(
    deps: Dependencies, application_id: str, reason: str, message: str | None, context: CommandContext
) -> Application:
    """Rejects it; after acceptance because a condition was not met. Its place goes to who has waited longest.

    An applicant whose place was announced is notified at once; other rejections wait to be announced.
    """

    def work(store: Store) -> Application:
        change = load_change(store, application_id, context, deps.settings.time_zone)
        had_claim = places.has_claim(change.application)
        before = change.application["decision"]
        change.move("reject")
        sealed = store.keyring.open(application_id).seal("decision", message or "")
        announced_at = context.now if before and before["announced_at"] else None
        change.application["decision"] = {
            "outcome": "rejected",
            "at": context.now,
            "by": context.actor,
            "conditional": False,
            "reason": reason,
            "sealed": sealed,
            "announced_at": announced_at,
            "answer_by": None,
        }
        change.add_event(training.ApplicationRejected, reason=reason, announced=bool(announced_at))
        return places.save_and_release(deps, change, had_claim, applies=not announced_at)

    return deps.store.transaction(work)


def announce(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Announces the decision to the applicant; the time to answer starts now. Raises TransitionNotAllowed where there is none to announce.

    A decision that was undone in the meantime is not announced.
    """
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    decision = change.application["decision"]
    if decision is None or not states.is_unannounced(change.application):
        raise TransitionNotAllowed("application", change.status, "announce", states.commands(change.application))
    announced = decisions.with_announcement(decision, context.now)
    change.application["decision"] = announced
    change.application["applies"] = change.status != states.REJECTED
    answer_by = rfc3339(announced["answer_by"]) if announced["answer_by"] else None
    change.add_event(
        training.ApplicationAnnounced,
        outcome=announced["outcome"],
        conditional=announced["conditional"],
        answer_by=answer_by,
    )
    return change.save()


def meet_condition(deps: Dependencies, application_id: str, condition_id: str, context: CommandContext) -> Application:
    """Records that a condition other than a document was met."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    conditions = [one.copy() for one in change.application["conditions"]]
    for one in conditions:
        if one["id"] == condition_id:
            one["met_at"] = one["met_at"] or context.now
            change.application["conditions"] = conditions
            change.add_event(training.ApplicationUpdated, fields=("conditions",))
            return change.save()
    raise NoSuchApplication()


def lapse(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Ends an offer that was not answered in time; its place goes to who has waited longest. Does nothing where it was answered."""

    def work(store: Store) -> Application:
        change = load_change(store, application_id, context, deps.settings.time_zone)
        if not decisions.has_lapsed(change.application, context.now):
            return change.application
        change.move("lapse")
        change.add_event(training.ApplicationLapsed)
        return places.save_and_release(deps, change, claimed=True)

    return deps.store.transaction(work)
