"""Moving a stay: first what other dates would break, then one button. Looking changes nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response

from services.training.actions import application_records, application_views, date_changes, reports
from services.training.current import dependencies
from services.training.pages import desk_names, house_words, telling
from services.training.rules import people, states
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Programme
from services.training.schemas.forms.places import DateChangeForm, DateChangeQuery
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import said
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import query, rights
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
ONE = "/training/applications"


@blp.get("/applications/<application_id>/move")
@rights("training")
@query(DateChangeQuery)
def move_page(application_id: str, query: Document) -> Response:
    """The stay as it is; with dates in the address, what they would break."""
    application = application_records.find_application(dependencies(), application_id)
    today = application_records.today_of(dependencies(), page().request_context.now)
    wanted = {name: query[name] or application[name] for name in ("first_day", "last_day", "period_id")}
    asked = any(query.values()) and bool(application["first_day"]) and wanted["first_day"] <= wanted["last_day"]
    periods = reports.other_periods(dependencies(), application)
    return show(
        "training/moving.html",
        application=application,
        name=people.display_name(application_records.decrypt_all(dependencies(), [application])[0].identity),
        programme=periods[0].programme if periods else None,
        wanted=wanted,
        asked=asked,
        wrong_way=any(query.values()) and bool(application["first_day"]) and wanted["first_day"] > wanted["last_day"],
        broken=date_changes.consequences_of_move(dependencies(), application_id, *_days(wanted), today)
        if asked
        else None,
        overlaps=application_views.hints_for_dates(dependencies(), application, *_days(wanted)[:2], caller())
        if asked
        else (),
        told=_told,
        paper_told=_papers(application, periods[0].programme if periods else None),
        periods=[(one, _address(application, one)) for one in periods if one.period["until"] > today.isoformat()],
        movable=application["status"] in states.MOVABLE,
        asks_again=application["status"] == states.CONFIRMED,
        **house_words.tools(),
    )


def _days(wanted: Document) -> tuple[str, str, str]:
    return wanted["first_day"], wanted["last_day"], wanted["period_id"]


def _address(application: Application, place: reports.PeriodReport) -> str | None:
    """The same length of stay from the first day of a period, or as much of it as fits."""
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
    asked = {"first_day": begin.isoformat(), "last_day": end.isoformat(), "period_id": period["id"]}
    return f"{ONE}/{application['_id']}/move?{urlencode(asked)}"


def _told(code: str) -> str:
    """What breaks beside papers, in words, by its code."""
    kind, _, detail = code.partition(":")
    if kind == "dates":
        return page().shell.catalogue.expected(page().reader.language, detail)
    if kind == "place":
        return _place(detail)
    if kind == "agreement":
        return t("agreement_fault." + detail)
    if kind == "supervisor_away":
        return t("move.supervisor_away", day=telling.day(detail))
    return t("fault." + kind)


def _papers(application: Application, programme: Programme | None) -> Callable[[str], str]:
    """Names of papers by code."""
    named = desk_names.paper_names(programme) if programme else {}
    return lambda code: named.get(code) or code


def _place(detail: str) -> str:
    department, _, on = detail.partition(" ")
    if on:
        named = telling.departments().get(department, department)
        return t("move.no_day", department=named, day=telling.day(on))
    return t("move.no_place." + detail)


@blp.post("/applications/<application_id>/move")
@rights("training")
@takes_form(DateChangeForm, page=move_page, clash=desk_names.clash)
def move(application_id: str, form: Document) -> Response:
    """Moves it: the new place is claimed before the old one is let go; who had confirmed is asked again."""
    return submit(
        lambda context: date_changes.move_dates(dependencies(), application_id, *_days(form), context),
        lambda moved: go(
            f"{ONE}/{application_id}",
            said("move.done." + ("asked" if moved["status"] == states.DEFERRED else "moved"), reference=moved["reference"]),
        ),
    )  # fmt: skip
