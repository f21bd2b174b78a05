"""The end of a placement: who was there, what both sides say, the certificate asked for and made in the background.

Pages never wait for a PDF: `complete` asks for the certificate, the worker's timer makes it (certificates.py).
"""

import secrets
from typing import Any

from services.training.actions import may_read, placing, standing
from services.training.actions.draft import draft_of
from services.training.dependencies import Dependencies
from services.training.rules import board, certificates, departments, states
from services.training.rules.faults import MoveNotDrawn
from shared.auth import Caller
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id

Document = dict[str, Any]


def record_attendance(
    deps: Dependencies,
    application_id: str,
    day: str,
    attended: str,
    hours: float | None,
    who: Caller,
    context: CommandContext,
) -> Document:
    """Who was there on a day of the stay, up to today; written again it replaces. It is for the department of that day.

    Raises InvalidInput, MoveNotDrawn, OtherDepartment.
    """
    may_read.check_here(deps, application_id, board.WARD, who, day)
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    if draft.status != states.ACTIVE:
        raise MoveNotDrawn("application", draft.status, "attendance", states.commands(draft.application))
    today = standing.today_of(deps, context.now)
    if not draft.application["first_day"] <= day <= min(draft.application["last_day"], today.isoformat()):
        raise InvalidInput([("#/day", "expected a day of the stay that is not to come")])
    entry = {"day": day, "attended": attended, "hours": hours, "by": context.actor, "at": context.now}
    entry["department"] = departments.on(draft.application, day)
    others = [one for one in draft.application["attendance"] if one["day"] != day]
    draft.application["attendance"] = sorted([*others, entry], key=lambda one: str(one["day"]))
    draft.say(training.AttendanceRecorded, day=day, attended=attended)
    return draft.save()


def evaluate(
    deps: Dependencies,
    application_id: str,
    of: str,
    scores: Document,
    text: str | None,
    who: Caller | None,
    context: CommandContext,
) -> Document:
    """`of` trainee (by the department) or programme (by the trainee): scores 1 to 5 by question, words sealed; written again it replaces.

    `who` is None for the trainee, by their link. Raises MoveNotDrawn, OtherDepartment.
    """
    if who:
        may_read.check_here(deps, application_id, board.WARD, who)
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    if draft.status not in (states.ACTIVE, states.COMPLETED):
        raise MoveNotDrawn("application", draft.status, "evaluate", states.commands(draft.application))
    sealed = deps.store.keyring.open(application_id).seal(f"evaluation/{of}", text or "")
    given = {"at": context.now, "by": context.actor, "scores": scores, "sealed": sealed}
    draft.application["evaluations"] = draft.application["evaluations"] | {of: given}
    draft.say(training.EvaluationRecorded, of=of)
    return draft.save()


def complete(deps: Dependencies, application_id: str, who: Caller, context: CommandContext) -> Document:
    """Done: its certificate is asked for, over the days until today. Raises InvalidInput where nobody was ever there, OtherDepartment."""
    may_read.check_here(deps, application_id, board.WARD, who)
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    draft.move("complete")
    days = placing.attended_days(draft.application)
    if not days:
        raise InvalidInput([("#/attendance", "expected attendance of at least one day")])
    code = certificates.code_of(secrets.token_bytes(certificates.CODE_BYTES))
    key = deps.store.keyring.open(application_id)
    draft.application |= {
        "ended_at": context.now,
        "ended_on": standing.today_of(deps, context.now).isoformat(),
        "certificate": {
            "id": new_id(),
            "code": certificates.hashed(deps.secrets.certificates, code),
            "sealed": key.seal("certificate", {"code": code}),
            "asked_at": context.now,
            "issued_at": None,
            "file": None,
        },
    }
    draft.say(training.PlacementCompleted, days=days)
    return draft.save()
