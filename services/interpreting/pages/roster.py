"""The roster: a list, and an entry as it is made and changed. Hours stand in its form, absences have their own (absences.py)."""

from typing import Any
from urllib.parse import urlencode

from flask import Response

from services.interpreting import actions
from services.interpreting.current import dependencies
from services.interpreting.pages import naming
from services.interpreting.rules import languages
from services.interpreting.rules.periods import DAYS
from services.interpreting.schemas.forms import (
    SPANS,
    InterpreterForm,
    RosterQuery,
    hour_faults,
    hours_by_day,
    weekly_hours,
)
from shared.errors import InvalidInput, NotFound
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, said
from shared.ui.names import language_name
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import query, rights

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)
HOME = "/interpreting/roster"
PAGE = 50
SPARE = 2
"""Empty rows for more languages and certificates."""


@blp.get("/roster")
@rights("coordinator", "front_desk")
@query(RosterQuery)
def roster_page(query: Document) -> Response:
    """Who interprets."""
    active = {"active": True, "inactive": False, "all": None}[query["state"]]
    window = Window((query["after"],) if query["after"] else None, PAGE)
    found = actions.list_interpreters(dependencies(), active, query["language"], None, window)
    return show(
        "interpreting/roster.html",
        entries=found[:PAGE],
        following=_following(query, found[PAGE - 1]["_id"]) if len(found) > PAGE else None,
        query=query,
        languages=_languages([query["language"]] if query["language"] else []),
        commands=naming.commands(),
        hours_told=naming.hours_told,
    )


def _following(query: Document, last: str) -> str:
    asked = {name: value for name, value in query.items() if value} | {"after": last}
    return f"{HOME}?{urlencode(asked)}"


@blp.get("/roster/new")
@rights("coordinator")
def new_page() -> Response:
    """An entry to be made."""
    return _form(None, {"travel_buffer_minutes": 15, "modalities": ["on_site"], "gender": "unknown"})


@blp.get("/roster/<interpreter_id>")
@rights("coordinator")
def entry_page(interpreter_id: str) -> Response:
    """An entry to be changed."""
    entry = actions.find_interpreter(dependencies(), interpreter_id)
    values = {**entry, "preferred": entry["modalities"][0], "hours": hours_by_day(entry["weekly_hours"])}
    return _form(entry, values)


def _form(entry: Document | None, values: Document) -> Response:
    hours = values.get("hours", {})
    return show(
        "interpreting/entry.html",
        entry=entry,
        values=values,
        rows=range(len(values.get("languages", ())) + SPARE),
        certificates=range(len(values.get("certifications", ())) + SPARE),
        spans={day: range(max(SPANS, len(hours.get(day, ())))) for day in DAYS},
        languages=_languages([row["tag"] for row in values.get("languages", ())]),
        levels=naming.levels(),
        genders=naming.genders(),
        modalities=naming.modalities(),
        accounts=_accounts(values.get("account_id")),
        absences=_ahead(entry) if entry else [],
    )


def _ahead(entry: Document) -> list[Document]:
    now = page().request_context.now
    return sorted((one for one in entry["exceptions"] if one["end"] > now), key=lambda one: one["start"])


def _languages(known: list[str]) -> list[tuple[str, str]]:
    """(tag, name) of the usual ones and those that are there, in order of their names."""
    reader = page().reader.language
    tags = {*languages.USUAL, *known}
    return sorted(((tag, language_name(tag, reader)) for tag in tags), key=lambda pair: pair[1].casefold())


def _accounts(known: str | None) -> list[tuple[str, str]]:
    found = actions.accounts_of_interpreters(dependencies())
    return list(({known: t("entry.account_known")} if known and known not in found else {}).items()) + list(
        found.items()
    )


def entry_changes(interpreter_id: str, since: int) -> Clash:
    """That it was changed; by whom is in the log of the service."""
    entry, happened = actions.entry_changes(dependencies(), interpreter_id, since)
    names = naming.people(happened)
    told = [Change(each.time, names[each.by], t("entry.changed")) for each in happened]
    return Clash(told, entry["version"], f"{HOME}/{interpreter_id}")


@blp.post("/roster/new")
@rights("coordinator")
@takes_form(InterpreterForm, page=new_page)
def enter(form: Document) -> Response:
    """Enters an interpreter."""
    entry = _entry(form)
    return submit(
        lambda context: actions.register_interpreter(dependencies(), entry, context),
        lambda made: go(f"{HOME}/{made['_id']}", said("entry.made", name=made["name"]["latin"])),
    )


@blp.post("/roster/<interpreter_id>")
@rights("coordinator")
@takes_form(InterpreterForm, page=entry_page, clash=entry_changes)
def change(interpreter_id: str, form: Document) -> Response:
    """Changes an entry; bookings that no longer fit are matched anew."""
    changes = _entry(form)
    return submit(
        lambda context: actions.update_interpreter(dependencies(), interpreter_id, changes, context),
        lambda entry: go(f"{HOME}/{interpreter_id}", said("entry.saved", name=entry["name"]["latin"])),
    )


@blp.post("/roster/<interpreter_id>/<state>")
@rights("coordinator")
@takes_form(page=entry_page, clash=entry_changes)
def set_active(interpreter_id: str, state: str) -> Response:
    """`leave`: takes no more bookings, and those ahead are matched anew; `return`: is asked again."""
    if state not in ("leave", "return"):
        raise NotFound()
    active = state == "return"
    other = Undo(f"{HOME}/{interpreter_id}/{'leave' if active else 'return'}")
    return submit(
        lambda context: actions.update_interpreter(dependencies(), interpreter_id, {"active": active}, context),
        lambda entry: go(
            f"{HOME}/{interpreter_id}",
            said("entry.now." + state, name=entry["name"]["latin"], undo=other),
        ),
    )


def _entry(form: Document) -> Document:
    """As the API takes it; raises InvalidInput."""
    faults = hour_faults(form["hours"])
    if not form["languages"]:
        faults.append(("#/languages/0/tag", "expected at least one language"))
    if not form["modalities"]:
        faults.append(("#/modalities", "expected at least one way of interpreting"))
    if faults:
        raise InvalidInput(faults)
    preferred = form["preferred"]
    rest = [one for one in form["modalities"] if one != preferred]
    names = ("name", "gender", "languages", "travel_buffer_minutes", "daily_maximum", "email", "account_id")
    return {
        **{name: form[name] for name in names},
        "certifications": form["certifications"],
        "modalities": [preferred, *rest] if preferred in form["modalities"] else rest,
        "weekly_hours": weekly_hours(form["hours"]),
    }
