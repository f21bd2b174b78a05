"""Places that are let go, and who waits for them: the first in order who has room moves up, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from services.training.actions import accepting, standing
from services.training.actions.draft import Draft
from services.training.actions.parts import Parts
from services.training.rules import decisions, places, states
from services.training.rules.places import Guards
from services.training.store import Store
from shared.clock import rfc3339
from shared.events import training
from shared.ids import new_id
from shared.origin import Origin

Document = dict[str, Any]
TIMER = "waiting-lists"


def claims_something(application: Document) -> bool:
    """Whether it holds a place or waits for one."""
    return application["status"] in (*states.HOLDING, states.WAITLISTED)


def save_freed(parts: Parts, draft: Draft, claimed: bool, applies: bool = False) -> Document:
    """Saves an application that is over, freeing what it held; within a transaction. Who waits first moves up.

    `applies`: who is not told that it is over applies nowhere else meanwhile: trying would tell.
    """
    draft.application["applies"] = applies
    saved = draft.save()
    if claimed:
        free(parts, draft.store, draft.application, draft.origin)
    return saved


def free(parts: Parts, store: Store, application: Document, origin: Origin) -> None:
    """Lets go of what an application holds and gives it to who waits; within a transaction."""
    claim = places.claim_of(application)
    guards = store.guards.load([claim])
    guards.let_go(claim)
    guards.leave_queue(claim)
    move_up(parts, store, guards, claim.period_id, origin)
    store.guards.keep(guards)


def move_up(parts: Parts, store: Store, guards: Guards, period_id: str, origin: Origin) -> None:
    """Free slots of a period go to who waits, in order; who has no room on a department's days stays, and the next is looked at."""
    for application_id in guards.next_in_line(period_id):
        application = store.applications.get(application_id)
        if application is None or application["status"] != states.WAITLISTED:
            continue
        programme = store.programmes.get(application["programme_id"])
        if programme and not accepting.may_take(store, application, programme, standing.today_of(parts, origin.now)):
            continue
        claim = places.claim_of(application)
        store.guards.widen(guards, claim)
        if guards.take(claim):
            _moved_up(Draft(store, application, origin.aside(), parts.settings.time_zone))


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
    decision = before | {"outcome": "accepted", "at": draft.origin.now, "conditional": bool(conditions) or decisions.has_conditions(programme)}  # fmt: skip
    told = bool(before["announced_at"])
    draft.application["decision"] = decisions.announced(decision, draft.origin.now) if told else decision
    answer_by = draft.application["decision"]["answer_by"]
    draft.say(
        training.ApplicationAccepted,
        conditional=decision["conditional"],
        from_waiting_list=True,
        announced=told,
        answer_by=rfc3339(answer_by) if answer_by else None,
    )
    draft.save()


def fill_places(parts: Parts, now: datetime) -> None:
    """Looks whether anybody who waits has a place now: a department's limit may have grown. Run by a timer."""
    origin = Origin(now, f"timer:{TIMER}", new_id())
    for period_id in parts.store.guards.with_waiting():
        parts.store.transaction(partial(_fill, parts, period_id, origin))


def _fill(parts: Parts, period_id: str, origin: Origin, store: Store) -> None:
    fill_periods(parts, store, [period_id], origin)


def fill_periods(parts: Parts, store: Store, period_ids: Sequence[str], origin: Origin) -> None:
    """The same for periods that may have grown; within a transaction."""
    guards = Guards(store.guards.periods(period_ids), {}, {})
    for period_id in guards.periods:
        move_up(parts, store, guards, period_id, origin)
    store.guards.keep(guards)
