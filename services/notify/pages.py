"""The HTML pages: everybody's inbox, the bell in the head of every page, and what a person wants to be told."""

from typing import Any

from flask import Response
from marshmallow import fields, validate

from services.notify.actions import inbox, preferences
from services.notify.current import dependencies
from services.notify.rules.audience import KINDS, page_of
from services.notify.rules.inbox import STATES, UNREAD, counted
from services.notify.rules.preferences import FIXED, SWITCHED
from services.notify.schemas import PreferencesForm
from shared.clock import rfc3339
from shared.errors import InvalidInput
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, said
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.ui.showing import fragment, go, show
from shared.web.access import query, rights
from shared.web.fields import Moment, Schema
from shared.web.state import caller

blp = pages_blueprint("notify", __file__)
Form = dict[str, Any]
PAGE = 30
HOME = "/notify/"


class InboxFilter(Schema):
    """Which entries; `told` and `id` are where the page before ended."""

    state = fields.String(validate=validate.OneOf(STATES), load_default=UNREAD)
    told = Moment(load_default=None)
    id = fields.String(validate=validate.Length(1, 260), load_default=None)


class StateForm(Schema):
    """Which list somebody was at."""

    state = fields.String(validate=validate.OneOf(STATES), load_default=UNREAD)


@blp.get("/")
@rights("*")
@query(InboxFilter)
def inbox_page(query: Form) -> Response:
    """What the reader was told."""
    return show("notify/inbox.html", **_listed(query))


@blp.get("/fragments/inbox")
@rights("*")
@query(InboxFilter)
def inbox_part(query: Form) -> Response:
    """The same list, live."""
    return fragment("notify/parts/inbox.html", **_listed(query))


@blp.get("/fragments/bell")
@rights("*")
def bell() -> Response:
    """How many are unread, in the head of every page of every service."""
    return fragment("notify/parts/bell.html", unread=counted(inbox.unread(dependencies(), _reader())))


@blp.post("/inbox/<notification_id>/open")
@rights("*")
@takes_form()
def open_entry(notification_id: str) -> Any:
    """Reads an entry and leads to what it is about."""
    entry = inbox.mark_read(dependencies(), _reader(), notification_id)
    return go(_about(entry) or HOME)


@blp.post("/inbox/<notification_id>/read")
@rights("*")
@takes_form(StateForm, page=inbox_page)
def read(notification_id: str, form: Form) -> Any:
    inbox.mark_read(dependencies(), _reader(), notification_id)
    return go(_list(form))


@blp.post("/inbox/<notification_id>/archive")
@rights("*")
@takes_form(StateForm, page=inbox_page)
def archive(notification_id: str, form: Form) -> Any:
    inbox.archive(dependencies(), _reader(), notification_id)
    back = Undo(f"/notify/inbox/{notification_id}/unarchive", {"state": form["state"]})
    return go(_list(form), said("inbox.archived", undo=back))


@blp.post("/inbox/<notification_id>/unarchive")
@rights("*")
@takes_form(StateForm, page=inbox_page)
def unarchive(notification_id: str, form: Form) -> Any:
    inbox.unarchive(dependencies(), _reader(), notification_id)
    return go(_list(form), said("inbox.unarchived"))


@blp.post("/inbox/read-all")
@rights("*")
@takes_form(page=inbox_page)
def read_all() -> Response:
    """Everything told until now."""
    who = _reader()
    return submit(
        lambda context: inbox.read_all(dependencies(), who, context), lambda _: go(HOME, said("inbox.all_read"))
    )


@blp.get("/preferences")
@rights("*")
def preferences_page() -> Response:
    """What the reader wants to be told, over what, and when not."""
    chosen = preferences.preferences_of(dependencies(), caller().id)
    hours = chosen["quiet_hours"] or {}
    values = chosen | {"quiet_from": hours.get("from"), "quiet_to": hours.get("to")}
    return show("notify/preferences.html", values=values, kinds=KINDS, channels=SWITCHED, fixed=FIXED)


def _changes(since: int) -> Clash:
    """The same person, in another window."""
    now = preferences.preferences_of(dependencies(), caller().id)
    made = [Change(now["changed_at"], caller().name or t("preferences.you"), t("preferences.changed"))]
    return Clash(made, now["version"], "/notify/preferences")


@blp.post("/preferences")
@rights("*")
@takes_form(PreferencesForm, page=preferences_page, clash=_changes)
def change_preferences(form: Form) -> Response:
    """Says it anew, as a whole; what is always told is not in the form."""
    wished = _wished(form)
    return submit(
        lambda context: preferences.change_preferences(dependencies(), caller().id, wished, context),
        lambda _: go("/notify/preferences", said("preferences.saved")),
    )


def _wished(form: Form) -> Form:
    kinds = {kind: dict(form["kinds"][kind]) for kind in KINDS}
    for kind, channel in FIXED:
        kinds[kind][channel] = True
    begin, end = form["quiet_from"], form["quiet_to"]
    if bool(begin) != bool(end):
        raise InvalidInput([("#/quiet_to" if begin else "#/quiet_from", "expected both times, or none")])
    if begin and begin == end:
        raise InvalidInput([("#/quiet_to", "expected another time than the first")])
    return {"kinds": kinds, "quiet_hours": {"from": begin, "to": end} if begin else None}


def _reader() -> inbox.Reader:
    who = caller()
    return inbox.reader(dependencies(), who.id, who.roles, who.departments)


def _listed(query: Form) -> Form:
    who, state = _reader(), query["state"]
    after = (rfc3339(query["told"]), query["id"]) if query["told"] and query["id"] else None
    found = inbox.entries(dependencies(), who, state, Window(after, PAGE), page().reader.language)
    following = inbox.place(state, found[PAGE - 1]) if len(found) > PAGE else None
    return {
        "state": state,
        "entries": [entry | {"about": _about(entry)} for entry in found[:PAGE]],
        "unread": counted(inbox.unread(dependencies(), who)),
        "following": following,
        "first": after is None,
    }


def _list(form: Form) -> str:
    return f"{HOME}?state={form['state']}"


def _about(entry: Form) -> str | None:
    """Where an entry leads: an interpreter to their own page, everybody else to the case or the application."""
    if entry["recipient"].startswith("interpreter:"):
        return "/interpreting/mine"
    if here := page_of(entry["text"], entry.get("application_id")):
        return here
    return f"/intake/cases/{entry['case_id']}" if entry["case_id"] else None
