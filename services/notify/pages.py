"""The HTML pages: everybody's inbox, the bell in the header of every page, and a person's notification preferences."""

from typing import Any

from flask import Response

from services.notify.actions import inbox, preferences
from services.notify.current import dependencies
from services.notify.rules.audience import KINDS, page_of
from services.notify.rules.inbox import RenderedEntry, unread_count
from services.notify.rules.preferences import ALWAYS_ON, SWITCHABLE_CHANNELS, RequestedChoice
from services.notify.schemas.forms import InboxFilter, PreferencesForm, StateForm
from shared.clock import rfc3339
from shared.errors import InvalidInput
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.ui.showing import fragment, go, show
from shared.web.access import query, rights
from shared.web.state import caller

blp = pages_blueprint("notify", __file__)
Form = dict[str, Any]
PAGE_SIZE = 30
HOME = "/notify/"


@blp.get("/")
@rights("*")
@query(InboxFilter)
def inbox_page(query: Form) -> Response:
    """Show the inbox."""
    return show("notify/inbox.html", **_inbox_context(query))


@blp.get("/fragments/inbox")
@rights("*")
@query(InboxFilter)
def inbox_part(query: Form) -> Response:
    """Show the list of the inbox, for the live page."""
    return fragment("notify/parts/inbox.html", **_inbox_context(query))


@blp.get("/fragments/bell")
@rights("*")
def bell() -> Response:
    """Show the number of unread entries, in the header of every page of every service."""
    return fragment("notify/parts/bell.html", unread=unread_count(inbox.unread(dependencies(), _reader())))


@blp.post("/inbox/<notification_id>/open")
@rights("*")
@takes_form()
def open_entry(notification_id: str) -> Any:
    """Mark an entry as read and go to what it is about."""
    entry = inbox.mark_read(dependencies(), _reader(), notification_id)
    return go(_page_of_subject(entry) or HOME)


@blp.post("/inbox/<notification_id>/read")
@rights("*")
@takes_form(StateForm, page=inbox_page)
def read(notification_id: str, form: Form) -> Any:
    inbox.mark_read(dependencies(), _reader(), notification_id)
    return go(_list_address(form))


@blp.post("/inbox/<notification_id>/archive")
@rights("*")
@takes_form(StateForm, page=inbox_page)
def archive(notification_id: str, form: Form) -> Any:
    inbox.archive(dependencies(), _reader(), notification_id)
    undo = Undo(f"/notify/inbox/{notification_id}/unarchive", {"state": form["state"]})
    return go(_list_address(form), flash("inbox.archived", undo=undo))


@blp.post("/inbox/<notification_id>/unarchive")
@rights("*")
@takes_form(StateForm, page=inbox_page)
def unarchive(notification_id: str, form: Form) -> Any:
    inbox.unarchive(dependencies(), _reader(), notification_id)
    return go(_list_address(form), flash("inbox.unarchived"))


@blp.post("/inbox/read-all")
@rights("*")
@takes_form(page=inbox_page)
def read_all() -> Response:
    """Mark all entries as read."""
    reader = _reader()
    return submit(
        lambda context: inbox.read_all(dependencies(), reader, context), lambda _: go(HOME, flash("inbox.all_read"))
    )


@blp.get("/preferences")
@rights("*")
def preferences_page() -> Response:
    """Show the notification preferences."""
    chosen = preferences.preferences_of(dependencies(), caller().id)
    hours = chosen["quiet_hours"]
    values = {**chosen, "quiet_from": hours["from"] if hours else None, "quiet_to": hours["to"] if hours else None}
    return show("notify/preferences.html", values=values, kinds=KINDS, channels=SWITCHABLE_CHANNELS, fixed=ALWAYS_ON)


def _changes(since: int) -> Clash:
    """Returns the change that the same person made in another window."""
    current = preferences.preferences_of(dependencies(), caller().id)
    changes = [Change(current["changed_at"], caller().name or t("preferences.you"), t("preferences.changed"))]
    return Clash(changes, current["version"], "/notify/preferences")


@blp.post("/preferences")
@rights("*")
@takes_form(PreferencesForm, page=preferences_page, clash=_changes)
def change_preferences(form: Form) -> Response:
    """Replace the notification preferences; what is always on is not in the form."""
    requested = _requested_choice(form)
    return submit(
        lambda context: preferences.change_preferences(dependencies(), caller().id, requested, context),
        lambda _: go("/notify/preferences", flash("preferences.saved")),
    )


def _requested_choice(form: Form) -> RequestedChoice:
    kinds = {kind: dict(form["kinds"][kind]) for kind in KINDS}
    for kind, channel in ALWAYS_ON:
        kinds[kind][channel] = True
    begin, end = form["quiet_from"], form["quiet_to"]
    if bool(begin) != bool(end):
        raise InvalidInput([("#/quiet_to" if begin else "#/quiet_from", "expected both times, or none")])
    if begin and begin == end:
        raise InvalidInput([("#/quiet_to", "expected another time than the first")])
    return {"kinds": kinds, "quiet_hours": {"from": begin, "to": end} if begin else None}


def _reader() -> inbox.Reader:
    current = caller()
    return inbox.reader_of(dependencies(), current.id, current.roles, current.departments)


def _inbox_context(query: Form) -> Form:
    reader, state = _reader(), query["state"]
    after = (rfc3339(query["created"]), query["id"]) if query["created"] and query["id"] else None
    found = inbox.entries(dependencies(), reader, state, Window(after, PAGE_SIZE), page().reader.language)
    following = inbox.sort_values(state, found[PAGE_SIZE - 1]) if len(found) > PAGE_SIZE else None
    return {
        "state": state,
        "entries": [{**entry, "about": _page_of_subject(entry)} for entry in found[:PAGE_SIZE]],
        "unread": unread_count(inbox.unread(dependencies(), reader)),
        "following": following,
        "first": after is None,
    }


def _list_address(form: Form) -> str:
    return f"{HOME}?state={form['state']}"


def _page_of_subject(entry: RenderedEntry) -> str | None:
    """Returns the page that an entry leads to: for an interpreter their own, for others the case or the application."""
    if entry["recipient"].startswith("interpreter:"):
        return "/interpreting/mine"
    if address := page_of(entry["text"], entry.get("application_id")):
        return address
    return f"/intake/cases/{entry['case_id']}" if entry["case_id"] else None
