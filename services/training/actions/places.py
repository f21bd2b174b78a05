"""Places: released ones go to who has waited longest and has room, in the same transaction; limits of departments; counts of a period.

A released slot or day goes to who waits longest for it over all programmes, groups and rotations; nobody who comes later passes them
(deploy/decisions/0021-waiting-lists-over-all-programmes.md).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from services.training.actions import agreements, application_records
from services.training.actions.application_records import ApplicationChange
from services.training.dependencies import Dependencies
from services.training.rules import decisions, places, states
from services.training.rules.places import Occupancy
from services.training.rules.records.applications import Application, Decision
from services.training.rules.records.places import DepartmentLimit
from services.training.rules.records.programmes import Programme
from services.training.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.errors import InvalidInput, NotFound
from shared.events import training
from shared.ids import new_id

TIMER = "waiting-lists"


def has_claim(application: Application) -> bool:
    """Whether it has a place or is on a waiting list."""
    return application["status"] in (*states.WITH_PLACE, states.WAITLISTED)


def save_and_release(
    deps: Dependencies, change: ApplicationChange, claimed: bool, applies: bool = False
) -> Application:
    """Saves an application that is over and releases its place, within a transaction; who has waited longest gets it.

    `applies`: while its end is not announced it still counts as an application for the period: otherwise a new attempt would reveal it.
    """
    change.application["applies"] = applies
    saved = change.save()
    if claimed:
        release(deps, change.store, change.application, change.context)
    return saved


def release(deps: Dependencies, store: Store, application: Application, context: CommandContext) -> None:
    """Releases the place of an application and gives it to who has waited longest, within a transaction."""
    claim = places.claim_of(application)
    occupancy = store.occupancy.load([claim])
    occupancy.release(claim)
    occupancy.dequeue(claim)
    fill_from_waiting_list(deps, store, occupancy, context)
    store.occupancy.save(occupancy)


def fill_from_waiting_list(deps: Dependencies, store: Store, occupancy: Occupancy, context: CommandContext) -> None:
    """Gives what is free here to who waits for it, longest first; who lacks room for all of their claim stays on the list.

    Changes a record that is an obstacle to each who stays: a transaction that frees it at the same time conflicts and runs again
    (`Occupancy.touch`).
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
    """The same for a caller that releases nothing. Stops at the first of `but` who has room: the caller decides on them, in their turn.

    Only for stays whose first day is today or later.
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
    """Gives a waiting application a place where its new dates have one and everybody who has waited longer was considered; does not save."""
    claim, today = places.claim_of(change.application), application_records.today_of(deps, change.context.now)
    offer_free_places(deps, change.store, occupancy, change.context, but={claim.application_id})
    begun = change.application["first_day"] < today.isoformat()
    if not begun and _is_still_acceptable(change.store, change.application, today) and occupancy.occupy(claim):
        _promote(change)


def _is_still_acceptable(store: Store, application: Application, today: date) -> bool:
    """Whether it would still be accepted, as far as that may have changed while it waited."""
    if application["status"] != states.WAITLISTED:
        return False
    programme = store.programmes.get(application["programme_id"])
    return programme is None or agreements.is_acceptable(store, application, programme, today)


def _promote(change: ApplicationChange) -> None:
    """Moves it from the waiting list into a place; the applicant is notified at once where the waiting list was announced."""
    before = change.application["decision"]
    assert before is not None, "the waiting list is a decision"
    change.move("accept")
    programme = change.store.programmes.get(change.application["programme_id"])
    conditions = [
        *change.application["conditions"],
        *(decisions.new_condition(new_id(), one) for one in change.application.pop("waitlist_conditions", ())),
    ]
    change.application |= {"conditions": conditions, "waitlist_conditions": []}
    conditional = bool(conditions) or (programme is not None and decisions.has_conditions(programme))
    decision: Decision = {**before, "outcome": "accepted", "at": change.context.now, "conditional": conditional}
    was_announced = bool(before["announced_at"])
    if was_announced:
        decision = decisions.with_announcement(decision, change.context.now)
    change.application["decision"] = decision
    answer_by = decision["answer_by"]
    change.add_event(
        training.ApplicationAccepted,
        conditional=decision["conditional"],
        from_waiting_list=True,
        announced=was_announced,
        answer_by=rfc3339(answer_by) if answer_by else None,
    )


def fill_places(deps: Dependencies, now: datetime) -> None:
    """Fills places that became available without a release, such as after an agreement was renewed. Run by a timer."""
    waited_for = deps.store.occupancy.periods_with_waiting()
    occupancy = Occupancy(deps.store.occupancy.periods(waited_for), {}, {})
    today = application_records.today_of(deps, now).isoformat()
    line = deps.store.occupancy.waiting_list(occupancy)
    if any(one.first_day >= today and occupancy.obstacle(one.claim) is None for one in line):
        context = CommandContext(now, f"timer:{TIMER}", new_id())
        deps.store.transaction(lambda store: fill_periods(deps, store, waited_for, context))


def fill_periods(deps: Dependencies, store: Store, period_ids: Sequence[str], context: CommandContext) -> None:
    """Fills the free places of periods that may have grown, within a transaction."""
    occupancy = Occupancy(store.occupancy.periods(period_ids), {}, {})
    fill_from_waiting_list(deps, store, occupancy, context)
    store.occupancy.save(occupancy)


def fill_department(deps: Dependencies, store: Store, department: str, context: CommandContext) -> None:
    """Fills the free days of a department whose limit may have been raised, within the transaction that changes it."""
    occupancy = Occupancy({}, store.occupancy.months_with_waiting(department), {})
    fill_from_waiting_list(deps, store, occupancy, context)
    store.occupancy.save(occupancy)


def set_department_limit(
    deps: Dependencies, department: str, per_day: int | None, context: CommandContext
) -> DepartmentLimit:
    """Sets how many people a department takes on a day, over all programmes; nobody who is there has to leave. None: no limit."""
    if not deps.store.copies.department_listed(department):
        raise InvalidInput([("#/department", "expected the code of a listed department")])
    event = training.DepartmentPlacesChanged(department=department, per_day=per_day)

    def work(store: Store) -> DepartmentLimit:
        known = store.department_limits.load(department, context)
        if known is None:
            return store.department_limits.insert({"_id": department, "per_day": per_day}, [event], context)
        saved = store.department_limits.save(known | {"per_day": per_day}, [event], context)
        fill_department(deps, store, department, context)
        return saved

    return deps.store.transaction(work)


def period_counts(deps: Dependencies, programme: Programme) -> dict[str, dict[str, int]]:
    """Returns, by period, slots, how many are taken, how many people hold and wait for them."""
    occupancy = deps.store.occupancy.periods(period["id"] for period in programme["periods"])
    return {
        id_: {
            "slots": record["slots"],
            "taken": len({one["slot"] for one in record["holders"]}),
            "people": len(record["holders"]),
            "waiting": len(record["waiting"]),
        }
        for id_, record in occupancy.items()
    }


def department_limit(deps: Dependencies, department: str) -> int | None:
    """Returns a department's limit, or None."""
    return deps.store.occupancy.limits().get(department)


def department_limit_record(deps: Dependencies, department: str) -> tuple[int, str, datetime]:
    """Returns version, last actor and time of the record of a limit."""
    record, line = deps.store.department_limits.get(department), deps.store.last_limit_event(department)
    if record is None or line is None:
        raise NotFound()
    return record["version"], line["actor"], line["time"]
