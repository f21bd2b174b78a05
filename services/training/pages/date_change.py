"""The page that changes the dates of a stay: first the effects, then one button. Checking changes nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response

from services.training.actions import application_records, application_views, date_changes, reports
from services.training.current import dependencies
from services.training.pages import formats, labels, navigation
from services.training.rules import people, states
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Programme
from services.training.schemas.forms.places import DateChangeForm, DateChangeQuery
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import flash
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import query, rights
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/applications"


@blp.get("/applications/<application_id>/move")
@rights("training")
@query(DateChangeQuery)
def date_change_page(application_id: str, query: Document) -> Response:
    """Shows the current dates, and the effects of those in the address."""
    application = application_records.find_application(dependencies(), application_id)
    today = application_records.today_of(dependencies(), page().request_context.now)
    new_dates = {name: query[name] or application[name] for name in ("first_day", "last_day", "period_id")}
    is_preview = (
        any(query.values()) and bool(application["first_day"]) and new_dates["first_day"] <= new_dates["last_day"]
    )
    periods = reports.other_periods(dependencies(), application)
    return show(
        "training/date_change.html",
        application=application,
        name=people.display_name(application_records.decrypt_all(dependencies(), [application])[0].identity),
        programme=periods[0].programme if periods else None,
        new_dates=new_dates,
        is_preview=is_preview,
        dates_reversed=any(query.values())
        and bool(application["first_day"])
        and new_dates["first_day"] > new_dates["last_day"],
        effects=date_changes.consequences_of_move(dependencies(), application_id, *_days(new_dates), today)
        if is_preview
        else None,
        overlaps=application_views.hints_for_dates(dependencies(), application, *_days(new_dates)[:2], caller())
        if is_preview
        else (),
        fault_text=_fault_text,
        document_name=_document_name(application, periods[0].programme if periods else None),
        periods=[
            (one, _period_address(application, one)) for one in periods if one.period["until"] > today.isoformat()
        ],
        movable=application["status"] in states.MOVABLE,
        needs_confirmation=application["status"] == states.CONFIRMED,
        **navigation.template_context(),
    )


def _days(new_dates: Document) -> tuple[str, str, str]:
    return new_dates["first_day"], new_dates["last_day"], new_dates["period_id"]


def _period_address(application: Application, place: reports.PeriodReport) -> str | None:
    """Returns the address that checks a period: the same length of stay from its first day, or as much as fits."""
    if not application["first_day"]:
        return None
    first, last = (date.fromisoformat(application[name]) for name in ("first_day", "last_day"))
    period = place.period
    if application["period_id"] == period["id"]:
        begin = first
    else:
        begin = max(
            date.fromisoformat(period["from"]),
            application_records.today_of(dependencies(), page().request_context.now) + timedelta(days=1),
        )
    end = min(begin + (last - first), date.fromisoformat(period["until"]))
    query = {"first_day": begin.isoformat(), "last_day": end.isoformat(), "period_id": period["id"]}
    return f"{HOME}/{application['_id']}/move?{urlencode(query)}"


def _fault_text(code: str) -> str:
    """Returns the text of a fault other than a document, by its code."""
    kind, _, detail = code.partition(":")
    if kind == "dates":
        return page().shell.catalogue.expected(page().reader.language, detail)
    if kind == "place":
        return _place_text(detail)
    if kind == "agreement":
        return t("agreement_fault." + detail)
    if kind == "supervisor_away":
        return t("move.supervisor_away", day=formats.format_day(detail))
    return t("fault." + kind)


def _document_name(application: Application, programme: Programme | None) -> Callable[[str], str]:
    """Returns a function that gives the name of a document by its code."""
    named = labels.document_names(programme) if programme else {}
    return lambda code: named.get(code) or code


def _place_text(detail: str) -> str:
    department, _, on = detail.partition(" ")
    if on:
        named = formats.department_names().get(department, department)
        return t("move.no_day", department=named, day=formats.format_day(on))
    return t("move.no_place." + detail)


@blp.post("/applications/<application_id>/move")
@rights("training")
@takes_form(DateChangeForm, page=date_change_page, clash=labels.application_conflict)
def change_dates(application_id: str, form: Document) -> Response:
    """Changes the dates: the new place is claimed before the old one is released; a confirmed applicant is asked to confirm again."""
    return submit(
        lambda context: date_changes.move_dates(dependencies(), application_id, *_days(form), context),
        lambda moved: go(
            f"{HOME}/{application_id}",
            flash("move.done." + ("to_confirm" if moved["status"] == states.DEFERRED else "changed"), reference=moved["reference"]),
        ),
    )  # fmt: skip
