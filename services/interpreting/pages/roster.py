"""The roster: a list, and the form of an entry with its weekly hours. Absences have a form of their own (absences.py)."""

from typing import Any
from urllib.parse import urlencode

from flask import Response

from services.interpreting.actions import history, interpreters
from services.interpreting.current import dependencies
from services.interpreting.pages import labels
from services.interpreting.rules import languages
from services.interpreting.rules.periods import DAYS
from services.interpreting.rules.records import AbsenceEntry, Interpreter, InterpreterChanges, NewInterpreter
from services.interpreting.schemas.forms import (
    MIN_SPANS,
    InterpreterForm,
    RosterQuery,
    hours_by_day,
    hours_faults,
    weekly_hours,
)
from shared.errors import InvalidInput, NotFound
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.names import language_name
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import query, rights

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)
HOME = "/interpreting/roster"
PAGE_SIZE = 50
EMPTY_ROWS = 2
"""Empty rows for more languages and certificates."""


@blp.get("/roster")
@rights("coordinator", "front_desk")
@query(RosterQuery)
def roster_page(query: Document) -> Response:
    """Lists interpreters."""
    active = {"active": True, "inactive": False, "all": None}[query["state"]]
    window = Window((query["after"],) if query["after"] else None, PAGE_SIZE)
    found = interpreters.list_interpreters(dependencies(), active, query["language"], None, window)
    return show(
        "interpreting/roster.html",
        entries=found[:PAGE_SIZE],
        next_page=_next_page(query, found[PAGE_SIZE - 1]["_id"]) if len(found) > PAGE_SIZE else None,
        query=query,
        languages=_languages([query["language"]] if query["language"] else []),
        can_command=labels.can_command(),
        weekly_hours=labels.weekly_hours,
    )


def _next_page(query: Document, last: str) -> str:
    filters = {name: value for name, value in query.items() if value} | {"after": last}
    return f"{HOME}?{urlencode(filters)}"


@blp.get("/roster/new")
@rights("coordinator")
def new_page() -> Response:
    """Shows the form to register an interpreter."""
    return _form(None, {"travel_buffer_minutes": 15, "modalities": ["on_site"], "gender": "unknown"})


@blp.get("/roster/<interpreter_id>")
@rights("coordinator")
def entry_page(interpreter_id: str) -> Response:
    """Shows the form to change an entry."""
    entry = interpreters.find_interpreter(dependencies(), interpreter_id)
    values = {**entry, "preferred": entry["modalities"][0], "hours": hours_by_day(entry["weekly_hours"])}
    return _form(entry, values)


def _form(entry: Interpreter | None, values: Document) -> Response:
    hours = values.get("hours", {})
    return show(
        "interpreting/entry.html",
        entry=entry,
        values=values,
        rows=range(len(values.get("languages", ())) + EMPTY_ROWS),
        certificates=range(len(values.get("certifications", ())) + EMPTY_ROWS),
        spans={day: range(max(MIN_SPANS, len(hours.get(day, ())))) for day in DAYS},
        languages=_languages([row["tag"] for row in values.get("languages", ())]),
        levels=labels.levels(),
        genders=labels.genders(),
        modalities=labels.modalities(),
        accounts=_accounts(values.get("account_id")),
        absences=_upcoming_absences(entry) if entry else [],
    )


def _upcoming_absences(entry: Interpreter) -> list[AbsenceEntry]:
    now = page().request_context.now
    return sorted((one for one in entry["exceptions"] if one["end"] > now), key=lambda one: one["start"])


def _languages(known: list[str]) -> list[tuple[str, str]]:
    """Returns (tag, name) of common languages and of those the entry has, in order of their names."""
    reader = page().reader.language
    tags = {*languages.COMMON_LANGUAGES, *known}
    return sorted(((tag, language_name(tag, reader)) for tag in tags), key=lambda pair: pair[1].casefold())


def _accounts(known: str | None) -> list[tuple[str, str]]:
    found = history.interpreter_accounts(dependencies())
    return list(({known: t("entry.account_known")} if known and known not in found else {}).items()) + list(
        found.items()
    )


def entry_changes(interpreter_id: str, since: int) -> Clash:
    """Returns who changed the entry and when, for a reader whose change came second."""
    entry, changes = history.interpreter_changes(dependencies(), interpreter_id, since)
    names = labels.names_of_actors(changes)
    rows = [Change(one.time, names[one.by], t("entry.changed")) for one in changes]
    return Clash(rows, entry["version"], f"{HOME}/{interpreter_id}")


@blp.post("/roster/new")
@rights("coordinator")
@takes_form(InterpreterForm, page=new_page)
def register(form: Document) -> Response:
    """Registers an interpreter."""
    new = _entry(form)
    return submit(
        lambda context: interpreters.register_interpreter(dependencies(), new, context),
        lambda entry: go(f"{HOME}/{entry['_id']}", flash("entry.registered", name=entry["name"]["latin"])),
    )


@blp.post("/roster/<interpreter_id>")
@rights("coordinator")
@takes_form(InterpreterForm, page=entry_page, clash=entry_changes)
def change(interpreter_id: str, form: Document) -> Response:
    """Changes an entry; bookings that no longer fit are matched again."""
    changes: InterpreterChanges = {**_entry(form)}
    return submit(
        lambda context: interpreters.update_interpreter(dependencies(), interpreter_id, changes, context),
        lambda entry: go(f"{HOME}/{interpreter_id}", flash("entry.saved", name=entry["name"]["latin"])),
    )


@blp.post("/roster/<interpreter_id>/<state>")
@rights("coordinator")
@takes_form(page=entry_page, clash=entry_changes)
def set_active(interpreter_id: str, state: str) -> Response:
    """`leave`: the interpreter takes no more bookings, and the upcoming ones are matched again; `return`: undoes it."""
    if state not in ("leave", "return"):
        raise NotFound()
    active = state == "return"
    other = Undo(f"{HOME}/{interpreter_id}/{'leave' if active else 'return'}")
    return submit(
        lambda context: interpreters.update_interpreter(dependencies(), interpreter_id, {"active": active}, context),
        lambda entry: go(
            f"{HOME}/{interpreter_id}",
            flash("entry.now." + state, name=entry["name"]["latin"], undo=other),
        ),
    )


def _entry(form: Document) -> NewInterpreter:
    """Returns the entry of the form; raises InvalidInput."""
    faults = hours_faults(form["hours"])
    if not form["languages"]:
        faults.append(("#/languages/0/tag", "expected at least one language"))
    if not form["modalities"]:
        faults.append(("#/modalities", "expected at least one way of interpreting"))
    if faults:
        raise InvalidInput(faults)
    preferred = form["preferred"]
    rest = [one for one in form["modalities"] if one != preferred]
    return {
        "name": form["name"],
        "gender": form["gender"],
        "languages": form["languages"],
        "travel_buffer_minutes": form["travel_buffer_minutes"],
        "daily_maximum": form["daily_maximum"],
        "email": form["email"],
        "account_id": form["account_id"],
        "certifications": form["certifications"],
        "modalities": [preferred, *rest] if preferred in form["modalities"] else rest,
        "weekly_hours": weekly_hours(form["hours"]),
    }
