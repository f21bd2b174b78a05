"""Placements: started, attended, evaluated, completed; not started, terminated.

Pages never wait for a PDF: `complete_placement` requests the certificate, a timer of the worker issues it (certificates.py).
"""

import secrets

from services.training.actions import access, agreements, application_records, places
from services.training.actions.application_records import load_change
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import board, certificates, departments, readiness, states
from services.training.rules.faults import CannotStart, TransitionNotAllowed
from services.training.rules.records.applications import Application, Attendance, Evaluation, HandsOnFacts
from services.training.store.store import Store
from shared.auth import Caller
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id


def start_placement(deps: Dependencies, application_id: str, who: Caller, context: CommandContext) -> Application:
    """Starts the training today. Raises CannotStart with everything that prevents it, OtherDepartment."""
    access.check_department(deps, application_id, board.WARD, who)
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    change.move("start")
    programme = find_programme(deps, change.application["programme_id"])
    one = application_records.decrypted(
        change.application | {"status": states.CONFIRMED}, deps.store.keyring.open(application_id)
    )
    agreement = deps.store.copies.agreement(change.application.get("agreement_id"))
    host, today = agreements.host_of(deps.store, change.application), application_records.today_of(deps, context.now)
    rows = readiness.statuses(programme, one, today)
    if faults := readiness.start_faults(programme, one, rows, agreement, host, today):
        raise CannotStart(faults)
    change.application["started_at"] = context.now
    change.add_event(training.PlacementStarted)
    return change.save()


def set_hands_on(deps: Dependencies, application_id: str, facts: HandsOnFacts, context: CommandContext) -> Application:
    """Records what the Act requires for hands-on training; null removes a fact."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    change.application["hands_on"] = {**(change.application["hands_on"] or {}), **facts}
    change.add_event(training.ApplicationUpdated, fields=("hands_on",))
    return change.save()


def record_no_show(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Records that the person did not come; the rest of the place is free."""

    def work(store: Store) -> Application:
        change = load_change(store, application_id, context, deps.settings.time_zone)
        change.move("no-show")
        change.add_event(training.PlacementNoShow)
        return places.save_and_release(deps, change, claimed=True)

    return deps.store.transaction(work)


def terminate_placement(deps: Dependencies, application_id: str, reason: str, context: CommandContext) -> Application:
    """Ends it early; the place is free."""

    def work(store: Store) -> Application:
        change = load_change(store, application_id, context, deps.settings.time_zone)
        change.move("terminate")
        change.application |= {"ended_at": context.now, "end_reason": reason}
        change.add_event(training.PlacementTerminated, reason=reason, days=attended_days(change.application))
        return places.save_and_release(deps, change, claimed=True)

    return deps.store.transaction(work)


def attended_days(application: Application) -> int:
    """Returns the number of days attended, half days included."""
    return sum(1 for one in application["attendance"] if one["attended"] != "absent")


def record_attendance(
    deps: Dependencies,
    application_id: str,
    day: str,
    attended: str,
    hours: float | None,
    who: Caller,
    context: CommandContext,
) -> Application:
    """Records the attendance of a day of the stay, up to today; a second record replaces the first. The department of that day may do so.

    Raises InvalidInput, TransitionNotAllowed, OtherDepartment.
    """
    access.check_department(deps, application_id, board.WARD, who, day)
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    if change.status != states.ACTIVE:
        raise TransitionNotAllowed("application", change.status, "attendance", states.commands(change.application))
    today = application_records.today_of(deps, context.now)
    if not change.application["first_day"] <= day <= min(change.application["last_day"], today.isoformat()):
        raise InvalidInput([("#/day", "expected a day of the stay that is not to come")])
    entry: Attendance = {
        "day": day,
        "attended": attended,
        "hours": hours,
        "by": context.actor,
        "at": context.now,
        "department": departments.department_on(change.application, day),
    }
    others = [one for one in change.application["attendance"] if one["day"] != day]
    change.application["attendance"] = sorted([*others, entry], key=lambda one: str(one["day"]))
    change.add_event(training.AttendanceRecorded, day=day, attended=attended)
    return change.save()


def record_evaluation(
    deps: Dependencies,
    application_id: str,
    of: str,
    scores: dict[str, int],
    text: str | None,
    who: Caller | None,
    context: CommandContext,
) -> Application:
    """Records an evaluation `of` the trainee (by the department) or the programme (by the trainee): scores 1 to 5 by question, an encrypted text; a
    second one replaces the first.

    `who` is None for the trainee, who comes by their link. Raises TransitionNotAllowed, OtherDepartment.
    """
    if who:
        access.check_department(deps, application_id, board.WARD, who)
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    if change.status not in (states.ACTIVE, states.COMPLETED):
        raise TransitionNotAllowed("application", change.status, "evaluate", states.commands(change.application))
    sealed = deps.store.keyring.open(application_id).seal(f"evaluation/{of}", text or "")
    evaluation: Evaluation = {"at": context.now, "by": context.actor, "scores": scores, "sealed": sealed}
    change.application["evaluations"] = change.application["evaluations"] | {of: evaluation}
    change.add_event(training.EvaluationRecorded, of=of)
    return change.save()


def complete_placement(deps: Dependencies, application_id: str, who: Caller, context: CommandContext) -> Application:
    """Completes it and requests its certificate, over the days until today. Raises InvalidInput where no day was attended, OtherDepartment."""
    access.check_department(deps, application_id, board.WARD, who)
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    change.move("complete")
    days = attended_days(change.application)
    if not days:
        raise InvalidInput([("#/attendance", "expected attendance of at least one day")])
    code = certificates.format_code(secrets.token_bytes(certificates.CODE_BYTES))
    key = deps.store.keyring.open(application_id)
    change.application |= {
        "ended_at": context.now,
        "ended_on": application_records.today_of(deps, context.now).isoformat(),
        "certificate": {
            "id": new_id(),
            "code": certificates.hashed_code(deps.secrets.certificates, code),
            "sealed": key.seal("certificate", {"code": code}),
            "requested_at": context.now,
            "issued_at": None,
            "file": None,
        },
    }
    change.add_event(training.PlacementCompleted, days=days)
    return change.save()
