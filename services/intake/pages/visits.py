"""A visit's own page, for what is typed: move, change, call off, put right. And every command on visits from a case's page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Response

from services.intake.actions import views, visits
from services.intake.actions.access import case_with_visit
from services.intake.actions.day_close import take_back_last
from services.intake.current import dependencies
from services.intake.pages import case_view, choices
from services.intake.pages.case import HOME, case_changes, case_page_again
from services.intake.rules import clinic_hours
from services.intake.rules.edits import NothingChanged, need_form_values
from services.intake.rules.records import Case, RescheduleBody, Visit, VisitBody, VisitChanges, VisitPeriod
from services.intake.rules.tables import visit_event
from services.intake.rules.visits import visit_in
from services.intake.schemas.forms import cases as forms
from shared.command_context import Answer, CommandContext
from shared.errors import InvalidInput, NotFound
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.inputs import at_hospital
from shared.ui.refusals import Clash
from shared.ui.shell import t
from shared.ui.showing import fragment, go, show
from shared.web.access import rights
from shared.web.state import context

blp = pages_blueprint("intake", __file__)
Form = dict[str, Any]
Run = Callable[[CommandContext], Case]
TYPED = {"#/start": "#/day", "#/end": "#/minutes"}


@blp.get("/visits/<visit_id>")
@rights("front_desk")
def visit_page(visit_id: str) -> Response:
    """One visit, with what may be done to it that takes words or times."""
    case, view, found = _case_and_visit(visit_id)
    return show(
        "intake/visit.html",
        case=view,
        visit=found,
        need=_need_values(visit_in(case, visit_id), found.view["need"]),
        period=_period_values(found.start, found.end) | {"wanted_by": "patient"},
        corrections=[(code, t(f"code.visit.{code}")) for code in found.corrections],
        departments=case_view.departments(),
        codes=choices.codes(),
        language=case_view.interpreter_language(case),
        busy=case_view.busy_periods(case, but=visit_id),
        clinic_hours=clinic_hours,
    )


@blp.get("/fragments/visits/<visit_id>")
@rights("front_desk")
def visit_part(visit_id: str) -> Response:
    """What is live of it."""
    return fragment("intake/parts/visit.html", visit=_case_and_visit(visit_id)[2], departments=case_view.departments())


def _case_and_visit(visit_id: str) -> tuple[Case, dict[str, Any], case_view.VisitView]:
    """The case of a visit, as stored and as the desk sees it, and the visit in it. Raises NoSuchVisit."""
    case = case_with_visit(dependencies(), visit_id, context())
    view = views.view(dependencies(), case, views.DESK)
    return (
        case,
        view,
        next(
            each
            for each in case_view.visits_of(case, view, True, case_view.cases_of_patient(case))
            if each.id == visit_id
        ),
    )


def visit_changes(visit_id: str, since: int) -> Clash:
    """Who did what to the visit's case since it was shown."""
    case = case_with_visit(dependencies(), visit_id, context())
    clash = case_changes(case["_id"], since)
    return Clash(clash.changes, clash.version, f"/intake/visits/{visit_id}")


@blp.post("/cases/<case_id>/visits")
@rights("front_desk")
@takes_form(forms.BookForm, page=case_page_again, clash=case_changes)
def book(case_id: str, form: Form) -> Response:
    """Books a visit."""
    stated: Any = {
        name: form[name] for name in ("department", "kind", "modality", "place", "interpreter") if form.get(name)
    }
    body: VisitBody = stated | _period(form)
    return submit(
        _as_typed(lambda by: visits.book_visit(dependencies(), case_id, body, by)),
        lambda case: go(f"{HOME}{case_id}#visit-{case['visits'][-1]['id']}", flash("visit.done.book")),
    )


@blp.post("/visits/<visit_id>/reschedule")
@rights("front_desk")
@takes_form(forms.MoveForm, page=visit_page, clash=visit_changes)
def reschedule(visit_id: str, form: Form) -> Response:
    """Moves a booked visit in time."""
    body: RescheduleBody = {**_period(form), "wanted_by": form["wanted_by"]}
    run = _as_typed(lambda by: visits.reschedule_visit(dependencies(), visit_id, body, by))
    return _submit(visit_id, "reschedule", form, run)


@blp.post("/visits/<visit_id>/change")
@rights("front_desk")
@takes_form(forms.ChangeForm, page=visit_page, clash=visit_changes)
def change(visit_id: str, form: Form) -> Response | Answer:
    """Changes place, way, or what is needed of an interpreter."""

    def run(by: CommandContext) -> Case:
        case = case_with_visit(dependencies(), visit_id, context())
        return visits.edit_visit(dependencies(), visit_id, _changed(visit_in(case, visit_id), form), by)

    try:
        return _submit(visit_id, "change", form, run, can_be_undone=False)
    except NothingChanged:
        return go(f"/intake/visits/{visit_id}", flash("case.nothing_changed", tone="note"))


def _changed(visit: Visit, form: Form) -> VisitChanges:
    """What is another than it was; a waiver is always told anew. Raises NothingChanged."""
    need = form.get("interpreter") or {}
    wanted = {"place": form["place"], "modality": form["modality"], "interpreter": need}
    was = {"place": visit.get("place"), "modality": visit["modality"], "interpreter": visit.get("interpreter") or {}}
    body: Any = {name: value for name, value in wanted.items() if value != was[name]}
    if not body:
        raise NothingChanged()
    return body


@blp.post("/visits/<visit_id>/cancel")
@rights("front_desk")
@takes_form(forms.CancelVisitForm, page=visit_page, clash=visit_changes, event=visit_event("cancel"))
def cancel(visit_id: str, form: Form) -> Response:
    """Calls a booked visit off."""
    run: Run = lambda by: visits.cancel_visit(dependencies(), visit_id, form["reason"], form["wanted_by"], by)  # noqa: E731
    return _submit(visit_id, "cancel", form, run)


@blp.post("/visits/<visit_id>/correct")
@rights("front_desk")
@takes_form(forms.CorrectForm, page=visit_page, clash=visit_changes, event=visit_event("correct"))
def correct(visit_id: str, form: Form) -> Response:
    """Puts a wrong entry right, with a reason."""
    run: Run = lambda by: visits.correct_visit(dependencies(), visit_id, form["to"], form["reason"], by)  # noqa: E731
    return _submit(visit_id, "correct", form, run)


@blp.post("/visits/<visit_id>/take-back")
@rights("front_desk")
@takes_form(forms.ReturnForm, page=visit_page, clash=visit_changes)
def take_back(visit_id: str, form: Form) -> Response:
    """Takes the last change back: state, times and waiting as they were."""
    return _submit(visit_id, "take-back", form, partial(take_back_last, dependencies(), visit_id), can_be_undone=False)


@blp.post("/visits/<visit_id>/<command>")
@rights("front_desk")
@takes_form(forms.ReturnForm, page=visit_page, clash=visit_changes, event=visit_event)
def move(visit_id: str, command: str, form: Form) -> Response:
    """A move that takes nothing but its name: arrive, leave, complete, no-show."""
    if command not in visits.PLAIN_MOVES:
        raise NotFound()
    return _submit(visit_id, command, form, partial(visits.move_visit, dependencies(), visit_id, command))


def _submit(visit_id: str, what: str, form: Form, run: Run, can_be_undone: bool = True) -> Response:
    """Runs a command and goes back to where it came from: the case, unless the form names another page."""

    def then(case: Case) -> Any:
        address = form.get("back") or f"{HOME}{case['_id']}"
        undo = Undo(f"/intake/visits/{visit_id}/take-back", {}, case["version"]) if can_be_undone else None
        return go(f"{address}#visit-{visit_id}", flash("visit.done." + what, undo=undo))

    return submit(run, then)


def _period_values(start: datetime, end: datetime) -> dict[str, str]:
    """A period as it is typed, at the hospital."""
    at = start.astimezone(dependencies().settings.time_zone)
    return {"day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}", "minutes": str(int((end - start).total_seconds() // 60))}


def _need_values(visit: Visit, view: dict[str, Any]) -> dict[str, Any]:
    """What this visit itself states of an interpreter, as its form has it."""
    need = need_form_values(visit.get("interpreter") or {})
    return need | ({"waiver": view["waiver"]} if "waiver" in view else {})


def _period(form: Form) -> VisitPeriod:
    start = at_hospital(form["day"], form["time"])
    return {"start": start, "end": start + timedelta(minutes=form["minutes"])}


def _as_typed(run: Run) -> Run:
    """Faults of a period stand at what was typed: the day, or the minutes."""

    def typed(by: CommandContext) -> Case:
        try:
            return run(by)
        except InvalidInput as error:
            raise InvalidInput([(TYPED.get(pointer, pointer), what) for pointer, what in error.errors]) from None

    return typed
