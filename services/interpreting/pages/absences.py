"""Absences, entered by the interpreter or a coordinator; a page shows the bookings that an absence costs before it is saved."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Response

from services.interpreting.actions.interpreters import find_interpreter, update_interpreter
from services.interpreting.actions.self_service import consequences, own_entry
from services.interpreting.current import dependencies
from services.interpreting.pages.mine import mine_page
from services.interpreting.pages.roster import HOME as ROSTER
from services.interpreting.pages.roster import entry_page
from services.interpreting.rules.records import AbsenceEntry, Interpreter
from services.interpreting.schemas.forms import AbsenceForm, AbsenceRemovalForm
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import flash
from shared.ui.inputs import at_hospital
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import rights
from shared.web.state import caller

Document = dict[str, Any]
Load = Callable[[], Interpreter]
blp = pages_blueprint("interpreting", __file__)
MINE = "/interpreting/mine"


@blp.post("/mine/absences")
@rights("interpreter")
@takes_form(AbsenceForm, page=mine_page)
def add_own_absence(form: Document) -> Response:
    """Adds an absence of the interpreter who signed in."""
    return _add(lambda: own_entry(dependencies(), caller().id), form, MINE)


@blp.post("/mine/absences/over")
@rights("interpreter")
@takes_form(AbsenceRemovalForm, page=mine_page)
def remove_own_absence(form: Document) -> Response:
    """Removes an absence of the interpreter who signed in."""
    return _remove(lambda: own_entry(dependencies(), caller().id), form, MINE)


@blp.post("/roster/<interpreter_id>/absences")
@rights("coordinator")
@takes_form(AbsenceForm, page=entry_page)
def add_absence(interpreter_id: str, form: Document) -> Response:
    """Adds an absence of an interpreter."""
    return _add(lambda: find_interpreter(dependencies(), interpreter_id), form, f"{ROSTER}/{interpreter_id}")


@blp.post("/roster/<interpreter_id>/absences/over")
@rights("coordinator")
@takes_form(AbsenceRemovalForm, page=entry_page)
def remove_absence(interpreter_id: str, form: Document) -> Response:
    """Removes an absence of an interpreter."""
    return _remove(lambda: find_interpreter(dependencies(), interpreter_id), form, f"{ROSTER}/{interpreter_id}")


def _add(load: Load, form: Document, back: str) -> Response:
    new = _absence(form)
    if not form["confirmed"]:
        entry = load()
        loses = consequences(
            dependencies(), entry, {"exceptions": [*entry["exceptions"], new]}, page().request_context.now
        )
        if loses:
            return show(
                "interpreting/confirm_release.html",
                loses=loses,
                action=f"{back}/absences",
                fields=_fields_to_confirm(form),
                back=back,
            )

    def run(context: CommandContext) -> Interpreter:
        entry = load()
        return update_interpreter(dependencies(), entry["_id"], {"exceptions": [*entry["exceptions"], new]}, context)

    return submit(run, lambda entry: go(f"{back}#absences", flash("absence.saved")))


def _remove(load: Load, form: Document, back: str) -> Response:
    def run(context: CommandContext) -> Interpreter:
        entry = load()
        exceptions = [one for one in entry["exceptions"] if one["start"] != form["since"]]
        return update_interpreter(dependencies(), entry["_id"], {"exceptions": exceptions}, context)

    return submit(run, lambda entry: go(f"{back}#absences", flash("absence.over")))


def _absence(form: Document) -> AbsenceEntry:
    """Returns the absence from the days and times entered; the end of the last day where no time is given. Raises InvalidInput."""
    last = form["last"] or form["first"]
    start, end = _moment(form["first"], form["first_time"] or "00:00"), _moment(last, form["last_time"] or "24:00")
    if start >= end:
        raise InvalidInput([("#/last" if form["last"] else "#/last_time", "expected a time after the first")])
    return {"start": start, "end": end, "reason": form["reason"]}


def _moment(day: str, clock: str) -> datetime:
    if clock == "24:00":
        day, clock = (date.fromisoformat(day) + timedelta(days=1)).isoformat(), "00:00"
    return at_hospital(day, clock).astimezone(UTC)


def _fields_to_confirm(form: Document) -> dict[str, str]:
    """Returns the fields to send once more, with the confirmation."""
    return {name: value for name, value in form.items() if value and name != "confirmed"} | {"confirmed": "on"}
