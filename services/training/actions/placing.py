"""Placements: begun, ended, not begun; moved to other days or another period, with what the move would break shown first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.training.actions import holding, may_read, standing, waiting
from services.training.actions.draft import Draft, draft_of
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import agreements, board, decisions, passports, places, programmes, requirements, states
from services.training.rules.faults import MayNotStart, MoveNotDrawn, NoPlace, NoSuchApplication
from services.training.rules.places import Guards
from services.training.store.store import Store
from shared.auth import Caller
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training

Document = dict[str, Any]


def start(deps: Dependencies, application_id: str, who: Caller, context: CommandContext) -> Document:
    """Training begins today. Raises MayNotStart with everything that stands against it, OtherDepartment."""
    may_read.check_here(deps, application_id, board.WARD, who)
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    draft.move("start")
    programme = find_programme(deps, draft.application["programme_id"])
    one = standing.opened(draft.application | {"status": states.CONFIRMED}, deps.store.keyring.open(application_id))
    agreement = deps.store.copies.agreement(draft.application.get("agreement_id"))
    host, today = holding.host_of(deps.store, draft.application), standing.today_of(deps, context.now)
    rows = standing.standings(programme, one, today)
    if faults := standing.faults_to_start(programme, one, rows, agreement, host, today):
        raise MayNotStart(faults)
    draft.application["started_at"] = context.now
    draft.say(training.PlacementStarted)
    return draft.save()


def set_hands_on(deps: Dependencies, application_id: str, facts: Document, context: CommandContext) -> Document:
    """What the Act asks for hands-on training; null takes a fact out."""
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    draft.application["hands_on"] = (draft.application.get("hands_on") or {}) | facts
    draft.say(training.ApplicationUpdated, fields=("hands_on",))
    return draft.save()


def no_show(deps: Dependencies, application_id: str, context: CommandContext) -> Document:
    """Did not come: what is left of the place is free."""

    def work(store: Store) -> Document:
        draft = draft_of(store, application_id, context, deps.settings.time_zone)
        draft.move("no-show")
        draft.say(training.PlacementNoShow)
        return waiting.save_freed(deps, draft, claimed=True)

    return deps.store.transaction(work)


def terminate(deps: Dependencies, application_id: str, reason: str, context: CommandContext) -> Document:
    """Ended before its time; the place is free."""

    def work(store: Store) -> Document:
        draft = draft_of(store, application_id, context, deps.settings.time_zone)
        draft.move("terminate")
        draft.application |= {"ended_at": context.now, "end_reason": reason}
        draft.say(training.PlacementTerminated, reason=reason, days=attended_days(draft.application))
        return waiting.save_freed(deps, draft, claimed=True)

    return deps.store.transaction(work)


def attended_days(application: Document) -> int:
    """Days somebody was there, half ones too."""
    return sum(1 for one in application["attendance"] if one["attended"] != "absent")


@dataclass(frozen=True)
class Broken:
    """What moving the dates would break: papers that get worse, and codes of everything else."""

    papers: list[requirements.Broken]
    others: list[str]

    def __bool__(self) -> bool:
        return bool(self.papers or self.others)


def what_breaks(
    deps: Dependencies, application_id: str, first_day: str, last_day: str, period_id: str | None, today: date
) -> Broken:
    """Papers, places, agreement, passport and permission, looked at for other dates; nothing is changed."""
    application = deps.store.applications.get(application_id)
    if application is None:
        raise NoSuchApplication()
    programme = find_programme(deps, application["programme_id"])
    one = standing.opened(application, deps.store.keyring.open(application_id))
    old, new = standing.visit_of(application), standing.visit_of(application, first_day=first_day, last_day=last_day)
    if old is None or new is None:
        return Broken([], [])
    before, after = (standing.requirements_of(programme, application, visit) for visit in (old, new))
    papers = requirements.broken_by_move(before, after, standing.papers_of(one), old, new, today)
    moved = _moved(application, programme, first_day, last_day, period_id or application["period_id"])
    others = [f"dates:{detail}" for _, detail in programmes.fit_faults(programme, moved, today)]
    if first_day <= last_day and passports.stay_days(new.first_day, new.last_day) <= programmes.MOST_DAYS:
        others += _no_room(deps.store, application, moved)
    if why := agreements.standing(moved, deps.store.copies.agreement(application.get("agreement_id"))):
        others.append(f"agreement:{why}")
    known = set(standing.law_faults(programme, one, old, today))
    others += [code for code in standing.law_faults(programme, one, new, today) if code not in known]
    return Broken(papers, others + _supervisor_away(programme, first_day, last_day))


def _supervisor_away(programme: Document, first_day: str, last_day: str) -> list[str]:
    away = (programme.get("supervisor") or {}).get("away") or []
    return [f"supervisor_away:{one['from']}" for one in away if one["from"] <= last_day and first_day <= one["until"]]


def _no_room(store: Store, application: Document, moved: Document) -> list[str]:
    if application["status"] not in states.HOLDING:
        return []
    claim = places.claim_of(moved)
    guards = store.guards.load([places.claim_of(application), claim])
    guards.let_go(places.claim_of(application))
    why = guards.in_the_way(claim) if claim.period_id in guards.periods else "period"
    return [f"place:{why}"] if why else []


def move_dates(
    deps: Dependencies,
    application_id: str,
    first_day: str,
    last_day: str,
    period_id: str | None,
    context: CommandContext,
) -> Document:
    """Other days, or another period: the new place is claimed first, then the old one let go, in one transaction.

    A confirmed placement becomes deferred and asks its person again. Raises NoPlace, MoveNotDrawn, InvalidInput,
    AppliedAlready.
    """

    def work(store: Store) -> Document:
        draft = draft_of(store, application_id, context, deps.settings.time_zone)
        if draft.status not in states.MOVABLE:
            raise MoveNotDrawn("application", draft.status, "move", states.commands(draft.application))
        before = draft.application
        decisions.check_answered_in_time(before, context.now)
        programme = find_programme(deps, before["programme_id"])
        if not before["first_day"] or not before["last_day"]:
            raise InvalidInput([("#/first_day", "expected an application with days: they were taken out of it")])
        draft.application = _moved(before, programme, first_day, last_day, period_id or before["period_id"])
        _check_plan(programme, draft.application, standing.today_of(deps, context.now))
        if not waiting.claims_something(before):
            _say_moved(draft, before)
            return draft.save()
        guards = _claim_anew(store, before, draft.application, context.now)
        _say_moved(draft, before)
        if draft.status == states.WAITLISTED:
            waiting.take_turn(deps, draft, guards)
        saved = draft.save()
        waiting.move_up(deps, store, guards, context)
        store.guards.keep(guards)
        return saved

    return deps.store.transaction(work)


def _check_plan(programme: Document, application: Document, today: date) -> None:
    if faults := programmes.fit_faults(programme, application, today):
        raise InvalidInput(faults)


def _moved(application: Document, programme: Document, first_day: str, last_day: str, period_id: str) -> Document:
    """The application with other dates; rotations go along by as many days, the last one to the new end."""
    shift = date.fromisoformat(first_day) - date.fromisoformat(application["first_day"])
    rotations = [_shifted(one, shift) for one in application["rotations"]]
    rotations = [one for one in rotations if one["first_day"] <= last_day]
    if rotations:
        rotations[-1] = rotations[-1] | {"last_day": last_day}
    elif application["rotations"]:  # all of them began later: somebody here is on some department's days
        whole = {"department": programme["department"], "first_day": first_day, "last_day": last_day}
        rotations = [whole | {"supervisor": None, "place": None}]
    persons = [f"{known.split('/')[0]}/{period_id}" for known in application["persons"]]
    about = {"first_day": first_day, "last_day": last_day, "period_id": period_id, "rotations": rotations}
    return application | about | {"persons": persons}


def _shifted(rotation: Document, shift: timedelta) -> Document:
    days = {name: (date.fromisoformat(rotation[name]) + shift).isoformat() for name in ("first_day", "last_day")}
    return rotation | days


def _claim_anew(store: Store, before: Document, after: Document, now: datetime) -> Guards:
    """Within a transaction: what it takes from now on, or the waiting lists it stands on. The guards of both are to be kept."""
    old, new = places.claim_of(before), places.claim_of(after)
    guards = store.guards.load([old, new])
    if before["status"] == states.WAITLISTED:
        guards.queue_anew(old, new, after["first_day"], now)
    else:
        guards.let_go(old)
        if not guards.take(new):
            raise NoPlace(guards.in_the_way(new) or "period")
    return guards


def _say_moved(draft: Draft, before: Document) -> None:
    if draft.status == states.CONFIRMED:
        draft.move("defer")
        decision = draft.application["decision"]
        answer_by = draft.context.now + timedelta(days=decision.get("answer_days") or programmes.ANSWER_DAYS)
        draft.application["decision"] = decision | {"answer_by": answer_by}
        draft.say(
            training.PlacementDeferred,
            previous_period_id=before["period_id"],
            previous_first_day=before["first_day"],
            previous_last_day=before["last_day"],
        )
        return
    draft.say(training.ApplicationUpdated, fields=_changed(before, draft.application))


def _changed(before: Document, after: Document) -> Sequence[str]:
    return tuple(name for name in ("first_day", "last_day", "period_id", "rotations") if before[name] != after[name])
