"""Places that are let go, and who waits for them: whoever waits longest and has room moves up, in the same transaction.

A freed slot or day goes to who waits longest for it over all programmes, groups and rotations; nobody who comes later passes them
(deploy/decisions/0021-waiting-lists-over-all-programmes.md).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from services.training.actions import accepting, standing
from services.training.actions.draft import Draft
from services.training.dependencies import Dependencies
from services.training.rules import decisions, places, states
from services.training.rules.places import Guards
from services.training.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.events import training
from shared.ids import new_id

Document = dict[str, Any]
TIMER = "waiting-lists"


def claims_something(application: Document) -> bool:
    """Whether it holds a place or waits for one."""
    return application["status"] in (*states.HOLDING, states.WAITLISTED)


def save_freed(deps: Dependencies, draft: Draft, claimed: bool, applies: bool = False) -> Document:
    """Saves an application that is over, freeing what it held; within a transaction. Who waits first moves up.

    `applies`: who is not told that it is over applies nowhere else meanwhile: trying would tell.
    """
    draft.application["applies"] = applies
    saved = draft.save()
    if claimed:
        free(deps, draft.store, draft.application, draft.context)
    return saved


def free(deps: Dependencies, store: Store, application: Document, context: CommandContext) -> None:
    """Lets go of what an application holds and gives it to who waits; within a transaction."""
    claim = places.claim_of(application)
    guards = store.guards.load([claim])
    guards.let_go(claim)
    guards.leave_queue(claim)
    move_up(deps, store, guards, context)
    store.guards.keep(guards)


def move_up(deps: Dependencies, store: Store, guards: Guards, context: CommandContext) -> None:
    """What is free in these guards goes to who waits for it; who has not room for everything stays, and the next is looked at.

    Writes a guard in the way of each who stays: whoever frees that one at the same time looks again (`Guards.touch`).
    """
    pass_on(deps, store, guards, context)
    for id_, period in guards.periods.items():
        if period["waiting"]:
            guards.touch(id_)
    for waiting in store.guards.line(guards):
        guards.touch_in_the_way(waiting.claim)


def pass_on(
    deps: Dependencies, store: Store, guards: Guards, context: CommandContext, but: Collection[str] = ()
) -> None:
    """The same for who frees nothing. At the first of `but` who has room it ends: the caller decides on them, in their turn.

    Days that have begun are for nobody who has to come for them: their first day is to come, or today.
    """
    today = standing.today_of(deps, context.now).isoformat()
    for waiting in store.guards.line(guards):
        if waiting.first_day < today or guards.in_the_way(waiting.claim):
            continue
        if waiting.claim.application_id in but:
            return
        application = store.applications.get(waiting.claim.application_id)
        if (
            application is not None
            and _may_move_up(store, application, standing.today_of(deps, context.now))
            and guards.take(waiting.claim)
        ):
            draft = Draft(store, application, context.aside(), deps.settings.time_zone)
            _moved_up(draft)
            draft.save()


def take_turn(deps: Dependencies, draft: Draft, guards: Guards) -> None:
    """Up into a place, where somebody who waits has one since their days are others, and everybody who waits longer was asked; not saved."""
    claim, today = places.claim_of(draft.application), standing.today_of(deps, draft.context.now)
    pass_on(deps, draft.store, guards, draft.context, but={claim.application_id})
    begun = draft.application["first_day"] < today.isoformat()
    if not begun and _may_move_up(draft.store, draft.application, today) and guards.take(claim):
        _moved_up(draft)


def _may_move_up(store: Store, application: Document, today: date) -> bool:
    """Whether it would still be accepted, as far as that may have changed while it waited."""
    if application["status"] != states.WAITLISTED:
        return False
    programme = store.programmes.get(application["programme_id"])
    return programme is None or accepting.may_take(store, application, programme, today)


def _moved_up(draft: Draft) -> None:
    """Off the waiting list into a place; told at once where the waiting list was announced."""
    before = draft.application["decision"]
    draft.move("accept")
    programme = draft.store.programmes.get(draft.application["programme_id"]) or {"requirements": []}
    conditions = [
        *draft.application["conditions"],
        *(decisions.condition(new_id(), one) for one in draft.application.pop("wait_conditions", ())),
    ]
    draft.application |= {"conditions": conditions, "wait_conditions": []}
    decision = before | {"outcome": "accepted", "at": draft.context.now, "conditional": bool(conditions) or decisions.has_conditions(programme)}  # fmt: skip
    told = bool(before["announced_at"])
    draft.application["decision"] = decisions.announced(decision, draft.context.now) if told else decision
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
    guards = Guards(deps.store.guards.periods(waited_for), {}, {})
    today = standing.today_of(deps, now).isoformat()
    line = deps.store.guards.line(guards)
    if any(one.first_day >= today and guards.in_the_way(one.claim) is None for one in line):
        context = CommandContext(now, f"timer:{TIMER}", new_id())
        deps.store.transaction(lambda store: fill_periods(deps, store, waited_for, context))


def fill_periods(deps: Dependencies, store: Store, period_ids: Sequence[str], context: CommandContext) -> None:
    """Gives what is free in periods that may have grown; within a transaction."""
    guards = Guards(store.guards.periods(period_ids), {}, {})
    move_up(deps, store, guards, context)
    store.guards.keep(guards)


def fill_department(deps: Dependencies, store: Store, department: str, context: CommandContext) -> None:
    """The same for a department that may take more people a day; within the transaction that says so."""
    guards = Guards({}, store.guards.months_with_waiting(department), {})
    move_up(deps, store, guards, context)
    store.guards.keep(guards)
