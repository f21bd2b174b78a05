"""Places: released ones go to who has waited longest and has room, in the same transaction; limits of departments; counts of a period.

A released slot or day goes to who waits longest for it over all programmes, groups and rotations; nobody who comes later passes them
(deploy/decisions/0021-waiting-lists-over-all-programmes.md).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from services.training.actions import agreements, application_records
from services.training.actions.application_records import ApplicationChange
from services.training.dependencies import Dependencies
from services.training.rules import decisions, places, states
from services.training.rules.places import Occupancy
from services.training.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.errors import InvalidInput, NotFound
from shared.events import training
from shared.ids import new_id

Document = dict[str, Any]
TIMER = "waiting-lists"


def has_claim(application: Document) -> bool:
    """Whether it holds a place or waits for one."""
    return application["status"] in (*states.WITH_PLACE, states.WAITLISTED)


def save_and_release(deps: Dependencies, draft: ApplicationChange, claimed: bool, applies: bool = False) -> Document:
    """Saves an application that is over, freeing what it held; within a transaction. Who waits first moves up.

    `applies`: who is not told that it is over applies nowhere else meanwhile: trying would tell.
    """
    draft.application["applies"] = applies
    saved = draft.save()
    if claimed:
        release(deps, draft.store, draft.application, draft.context)
    return saved


def release(deps: Dependencies, store: Store, application: Document, context: CommandContext) -> None:
    """Lets go of what an application holds and gives it to who waits; within a transaction."""
    claim = places.claim_of(application)
    guards = store.guards.load([claim])
    guards.let_go(claim)
    guards.leave_queue(claim)
    fill_from_waiting_list(deps, store, guards, context)
    store.guards.keep(guards)


def fill_from_waiting_list(deps: Dependencies, store: Store, guards: Occupancy, context: CommandContext) -> None:
    """What is free in these guards goes to who waits for it; who has not room for everything stays, and the next is looked at.

    Writes a guard in the way of each who stays: whoever frees that one at the same time looks again (`Guards.touch`).
    """
    offer_free_places(deps, store, guards, context)
    for id_, period in guards.periods.items():
        if period["waiting"]:
            guards.touch(id_)
    for waiting in store.guards.line(guards):
        guards.touch_in_the_way(waiting.claim)


def offer_free_places(
    deps: Dependencies, store: Store, guards: Occupancy, context: CommandContext, but: Collection[str] = ()
) -> None:
    """The same for who frees nothing. At the first of `but` who has room it ends: the caller decides on them, in their turn.

    Days that have begun are for nobody who has to come for them: their first day is to come, or today.
    """
    today = application_records.today_of(deps, context.now).isoformat()
    for waiting in store.guards.line(guards):
        if waiting.first_day < today or guards.in_the_way(waiting.claim):
            continue
        if waiting.claim.application_id in but:
            return
        application = store.applications.get(waiting.claim.application_id)
        if (
            application is not None
            and _is_still_acceptable(store, application, application_records.today_of(deps, context.now))
            and guards.take(waiting.claim)
        ):
            draft = ApplicationChange(store, application, context.aside(), deps.settings.time_zone)
            _promote(draft)
            draft.save()


def claim_in_turn(deps: Dependencies, draft: ApplicationChange, guards: Occupancy) -> None:
    """Up into a place, where somebody who waits has one since their days are others, and everybody who waits longer was asked; not saved."""
    claim, today = places.claim_of(draft.application), application_records.today_of(deps, draft.context.now)
    offer_free_places(deps, draft.store, guards, draft.context, but={claim.application_id})
    begun = draft.application["first_day"] < today.isoformat()
    if not begun and _is_still_acceptable(draft.store, draft.application, today) and guards.take(claim):
        _promote(draft)


def _is_still_acceptable(store: Store, application: Document, today: date) -> bool:
    """Whether it would still be accepted, as far as that may have changed while it waited."""
    if application["status"] != states.WAITLISTED:
        return False
    programme = store.programmes.get(application["programme_id"])
    return programme is None or agreements.is_acceptable(store, application, programme, today)


def _promote(draft: ApplicationChange) -> None:
    """Off the waiting list into a place; told at once where the waiting list was announced."""
    before = draft.application["decision"]
    draft.move("accept")
    programme = draft.store.programmes.get(draft.application["programme_id"]) or {"requirements": []}
    conditions = [
        *draft.application["conditions"],
        *(decisions.new_condition(new_id(), one) for one in draft.application.pop("wait_conditions", ())),
    ]
    draft.application |= {"conditions": conditions, "wait_conditions": []}
    decision = before | {"outcome": "accepted", "at": draft.context.now, "conditional": bool(conditions) or decisions.has_conditions(programme)}  # fmt: skip
    told = bool(before["announced_at"])
    draft.application["decision"] = decisions.with_announcement(decision, draft.context.now) if told else decision
    answer_by = draft.application["decision"]["answer_by"]
    draft.say(
        training.ApplicationAccepted,
        conditional=decision["conditional"],
        from_waiting_list=True,
        announced=told,
        answer_by=rfc3339(answer_by) if answer_by else None,
    )


def fill_places(deps: Dependencies, now: datetime) -> None:
    """Looks whether anybody who waits has a place now, though nobody let one go: an agreement may stand again. Run by a timer."""
    waited_for = deps.store.guards.with_waiting()
    guards = Occupancy(deps.store.guards.periods(waited_for), {}, {})
    today = application_records.today_of(deps, now).isoformat()
    line = deps.store.guards.line(guards)
    if any(one.first_day >= today and guards.in_the_way(one.claim) is None for one in line):
        context = CommandContext(now, f"timer:{TIMER}", new_id())
        deps.store.transaction(lambda store: fill_periods(deps, store, waited_for, context))


def fill_periods(deps: Dependencies, store: Store, period_ids: Sequence[str], context: CommandContext) -> None:
    """Gives what is free in periods that may have grown; within a transaction."""
    guards = Occupancy(store.guards.periods(period_ids), {}, {})
    fill_from_waiting_list(deps, store, guards, context)
    store.guards.keep(guards)


def fill_department(deps: Dependencies, store: Store, department: str, context: CommandContext) -> None:
    """The same for a department that may take more people a day; within the transaction that says so."""
    guards = Occupancy({}, store.guards.months_with_waiting(department), {})
    fill_from_waiting_list(deps, store, guards, context)
    store.guards.keep(guards)


def set_department_limit(deps: Dependencies, department: str, per_day: int | None, context: CommandContext) -> Document:
    """How many people a department takes on a day, over all programmes; who is there stays. None: as many as its programmes say."""
    if not deps.store.copies.department_listed(department):
        raise InvalidInput([("#/department", "expected the code of a listed department")])
    event = training.DepartmentPlacesChanged(department=department, per_day=per_day)

    def work(store: Store) -> Document:
        known = store.department_places.load(department, context)
        if known is None:
            return store.department_places.insert({"_id": department, "per_day": per_day}, [event], context)
        saved = store.department_places.save(known | {"per_day": per_day}, [event], context)
        fill_department(deps, store, department, context)
        return saved

    return deps.store.transaction(work)


def period_counts(deps: Dependencies, programme: Document) -> dict[str, Document]:
    """By period: slots, how many are taken, how many wait."""
    guards = deps.store.guards.periods(period["id"] for period in programme["periods"])
    return {
        id_: {
            "slots": guard["slots"],
            "taken": len({one["slot"] for one in guard["held"]}),
            "people": len(guard["held"]),
            "waiting": len(guard["waiting"]),
        }
        for id_, guard in guards.items()
    }


def department_limit(deps: Dependencies, department: str) -> int | None:
    """A department's limit, where one is set."""
    return deps.store.guards.limits().get(department)


def department_limit_record(deps: Dependencies, department: str) -> tuple[int, str, datetime]:
    """Version of the record of a limit, who set it last and when."""
    record, line = deps.store.department_places.get(department), deps.store.last_line(department)
    if record is None or line is None:
        raise NotFound()
    return record["version"], line["actor"], line["time"]
