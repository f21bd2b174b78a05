"""Absences of an interpreter, entered by themselves or by a coordinator; what it costs is said before it is done."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Response

from services.interpreting import actions
from services.interpreting.current import dependencies
from services.interpreting.pages.mine import mine_page
from services.interpreting.pages.roster import HOME as ROSTER
from services.interpreting.pages.roster import entry_page
from services.interpreting.schemas.forms import AbsenceForm, AbsenceOverForm
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import said
from shared.ui.inputs import at_hospital
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import rights
from shared.web.state import caller

Document = dict[str, Any]
Find = Callable[[], Document]
blp = pages_blueprint("interpreting", __file__)
MINE = "/interpreting/mine"


@blp.post("/mine/absences")
@rights("interpreter")
@takes_form(AbsenceForm, page=mine_page)
def own_absence(form: Document) -> Response:
    """The interpreter is away."""
    return _away(lambda: actions.entry_of(dependencies(), caller().id), form, MINE)


@blp.post("/mine/absences/over")
@rights("interpreter")
@takes_form(AbsenceOverForm, page=mine_page)
def own_absence_over(form: Document) -> Response:
    """The interpreter is not away after all."""
    return _over(lambda: actions.entry_of(dependencies(), caller().id), form, MINE)


@blp.post("/roster/<interpreter_id>/absences")
@rights("coordinator")
@takes_form(AbsenceForm, page=entry_page)
def absence(interpreter_id: str, form: Document) -> Response:
    """An interpreter is away."""
    return _away(lambda: actions.find_interpreter(dependencies(), interpreter_id), form, f"{ROSTER}/{interpreter_id}")


@blp.post("/roster/<interpreter_id>/absences/over")
@rights("coordinator")
@takes_form(AbsenceOverForm, page=entry_page)
def absence_over(interpreter_id: str, form: Document) -> Response:
    """They are not away after all."""
    return _over(lambda: actions.find_interpreter(dependencies(), interpreter_id), form, f"{ROSTER}/{interpreter_id}")


def _away(find: Find, form: Document, back: str) -> Response:
    new = _absence(form)
    if not form["sure"]:
        entry = find()
        loses = actions.consequences(
            dependencies(), entry, {"exceptions": [*entry["exceptions"], new]}, page().request_context.now
        )
        if loses:
            return show(
                "interpreting/sure.html", loses=loses, action=f"{back}/absences", fields=_typed(form), back=back
            )

    def run(context: CommandContext) -> Document:
        entry = find()
        return actions.update_interpreter(
            dependencies(), entry["_id"], {"exceptions": [*entry["exceptions"], new]}, context
        )

    return submit(run, lambda entry: go(f"{back}#absences", said("absence.saved")))


def _over(find: Find, form: Document, back: str) -> Response:
    def run(context: CommandContext) -> Document:
        entry = find()
        kept = [one for one in entry["exceptions"] if one["start"] != form["since"]]
        return actions.update_interpreter(dependencies(), entry["_id"], {"exceptions": kept}, context)

    return submit(run, lambda entry: go(f"{back}#absences", said("absence.over")))


def _absence(form: Document) -> Document:
    """From the typed days and times; the end of the last day where no time is given. Raises InvalidInput."""
    last = form["last"] or form["first"]
    start, end = _moment(form["first"], form["first_time"] or "00:00"), _moment(last, form["last_time"] or "24:00")
    if start >= end:
        raise InvalidInput([("#/last" if form["last"] else "#/last_time", "expected a time after the first")])
    return {"start": start, "end": end, "reason": form["reason"]}


def _moment(day: str, clock: str) -> datetime:
    if clock == "24:00":
        day, clock = (date.fromisoformat(day) + timedelta(days=1)).isoformat(), "00:00"
    return at_hospital(day, clock).astimezone(UTC)


def _typed(form: Document) -> dict[str, str]:
    """The same fields once more, as they are read."""
    return {name: value for name, value in form.items() if value and name != "sure"} | {"sure": "on"}
