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


def save_and_release(deps: Dependencies, change: ApplicationChange, claimed: bool, applies: bool = False) -> Document:
    """Saves an application that is over, freeing what it held; within a transaction. Who waits first moves up.

    `applies`: who is not told that it is over applies nowhere else meanwhile: trying would tell.
    """
    change.application["applies"] = applies
    saved = change.save()
    if claimed:
        release(deps, change.store, change.application, change.context)
    return saved


def release(deps: Dependencies, store: Store, application: Document, context: CommandContext) -> None:
    """Lets go of what an application holds and gives it to who waits; within a transaction."""
    claim = places.claim_of(application)
    occupancy = store.occupancy.load([claim])
    occupancy.release(claim)
    occupancy.dequeue(claim)
    fill_from_waiting_list(deps, store, occupancy, context)
    store.occupancy.save(occupancy)


def fill_from_waiting_list(deps: Dependencies, store: Store, occupancy: Occupancy, context: CommandContext) -> None:
    """What is free in these guards goes to who waits for it; who has not room for everything stays, and the next is looked at.

    Writes a guard in the way of each who stays: whoever frees that one at the same time looks again (`Guards.touch`).
    """
    offer_free_places(deps, store, occupancy, context)
    for id_, period in occupancy.periods.items():
        if period["waiting"]:
            occupancy.touch(id_)
    for waiting in store.occupancy.waiting_list(occupancy):
        occupancy.touch_obstacle(waiting.claim)


def offer_free_places(
    deps: Dependencies, store: Store, occupancy: Occupancy, context: CommandContext, but: Collection[str] = ()
) -> None:
    """The same for who frees nothing. At the first of `but` who has room it ends: the caller decides on them, in their turn.

    Days that have begun are for nobody who has to come for them: their first day is to come, or today.
    """
    today = application_records.today_of(deps, context.now).isoformat()
    for waiting in store.occupancy.waiting_list(occupancy):
        if waiting.first_day < today or occupancy.obstacle(waiting.claim):
            continue
        if waiting.claim.application_id in but:
            return
        application = store.applications.get(waiting.claim.application_id)
        if (
            application is not None
            and _is_still_acceptable(store, application, application_records.today_of(deps, context.now))
            and occupancy.occupy(waiting.claim)
        ):
            change = ApplicationChange(store, application, context.aside(), deps.settings.time_zone)
            _promote(change)
            change.save()


def claim_in_turn(deps: Dependencies, change: ApplicationChange, occupancy: Occupancy) -> None:
    """Up into a place, where somebody who waits has one since their days are others, and everybody who waits longer was asked; not saved."""
    claim, today = places.claim_of(change.application), application_records.today_of(deps, change.context.now)
    offer_free_places(deps, change.store, occupancy, change.context, but={claim.application_id})
    begun = change.application["first_day"] < today.isoformat()
    if not begun and _is_still_acceptable(change.store, change.application, today) and occupancy.occupy(claim):
        _promote(change)


def _is_still_acceptable(store: Store, application: Document, today: date) -> bool:
    """Whether it would still be accepted, as far as that may have changed while it waited."""
    if application["status"] != states.WAITLISTED:
        return False
    programme = store.programmes.get(application["programme_id"])
    return programme is None or agreements.is_acceptable(store, application, programme, today)


def _promote(change: ApplicationChange) -> None:
    """Off the waiting list into a place; told at once where the waiting list was announced."""
    before = change.application["decision"]
    change.move("accept")
    programme = change.store.programmes.get(change.application["programme_id"]) or {"requirements": []}
    conditions = [
        *change.application["conditions"],
        *(decisions.new_condition(new_id(), one) for one in change.application.pop("waitlist_conditions", ())),
    ]
    change.application |= {"conditions": conditions, "waitlist_conditions": []}
    decision = before | {"outcome": "accepted", "at": change.context.now, "conditional": bool(conditions) or decisions.has_conditions(programme)}  # fmt: skip
    told = bool(before["announced_at"])
    change.application["decision"] = decisions.with_announcement(decision, change.context.now) if told else decision
    answer_by = change.application["decision"]["answer_by"]
    change.add_event(
        training.ApplicationAccepted,
        conditional=decision["conditional"],
        from_waiting_list=True,
        announced=told,
        answer_by=rfc3339(answer_by) if answer_by else None,
    )


def fill_places(deps: Dependencies, now: datetime) -> None:
    """Looks whether anybody who waits has a place now, though nobody let one go: an agreement may stand again. Run by a timer."""
    waited_for = deps.store.occupancy.periods_with_waiting()
    occupancy = Occupancy(deps.store.occupancy.periods(waited_for), {}, {})
    today = application_records.today_of(deps, now).isoformat()
    line = deps.store.occupancy.waiting_list(occupancy)
    if any(one.first_day >= today and occupancy.obstacle(one.claim) is None for one in line):
        context = CommandContext(now, f"timer:{TIMER}", new_id())
        deps.store.transaction(lambda store: fill_periods(deps, store, waited_for, context))


def fill_periods(deps: Dependencies, store: Store, period_ids: Sequence[str], context: CommandContext) -> None:
    """Gives what is free in periods that may have grown; within a transaction."""
    occupancy = Occupancy(store.occupancy.periods(period_ids), {}, {})
    fill_from_waiting_list(deps, store, occupancy, context)
    store.occupancy.save(occupancy)


def fill_department(deps: Dependencies, store: Store, department: str, context: CommandContext) -> None:
    """The same for a department that may take more people a day; within the transaction that says so."""
    occupancy = Occupancy({}, store.occupancy.months_with_waiting(department), {})
    fill_from_waiting_list(deps, store, occupancy, context)
    store.occupancy.save(occupancy)


def set_department_limit(deps: Dependencies, department: str, per_day: int | None, context: CommandContext) -> Document:
    """How many people a department takes on a day, over all programmes; who is there stays. None: as many as its programmes say."""
    if not deps.store.copies.department_listed(department):
        raise InvalidInput([("#/department", "expected the code of a listed department")])
    event = training.DepartmentPlacesChanged(department=department, per_day=per_day)

    def work(store: Store) -> Document:
        known = store.department_limits.load(department, context)
        if known is None:
            return store.department_limits.insert({"_id": department, "per_day": per_day}, [event], context)
        saved = store.department_limits.save(known | {"per_day": per_day}, [event], context)
        fill_department(deps, store, department, context)
        return saved

    return deps.store.transaction(work)


def period_counts(deps: Dependencies, programme: Document) -> dict[str, Document]:
    """By period: slots, how many are taken, how many wait."""
    occupancy = deps.store.occupancy.periods(period["id"] for period in programme["periods"])
    return {
        id_: {
            "slots": guard["slots"],
            "taken": len({one["slot"] for one in guard["holders"]}),
            "people": len(guard["holders"]),
            "waiting": len(guard["waiting"]),
        }
        for id_, guard in occupancy.items()
    }


def department_limit(deps: Dependencies, department: str) -> int | None:
    """A department's limit, where one is set."""
    return deps.store.occupancy.limits().get(department)


def department_limit_record(deps: Dependencies, department: str) -> tuple[int, str, datetime]:
    """Version of the record of a limit, who set it last and when."""
    record, line = deps.store.department_limits.get(department), deps.store.last_limit_event(department)
    if record is None or line is None:
        raise NotFound()
    return record["version"], line["actor"], line["time"]
