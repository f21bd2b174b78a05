"""The JSON API: notices with their fate for the staff, everybody's own inbox and what they want to be told."""

from typing import Any

from flask import Response

from services.notify.actions import ending, inbox, preferences, reading
from services.notify.rules.inbox import ALL, UNREAD, counted
from services.notify.rules.preferences import FIXED
from services.notify.schemas import (
    EntrySchema,
    InboxQuery,
    NewPreferencesSchema,
    NoticeListQuery,
    NoticeSchema,
    PreferencesSchema,
    SettleSchema,
    UnreadSchema,
    filters_of,
)
from shared.clock import rfc3339
from shared.origin import Answer
from shared.web import api_blueprint, caller, command, page, page_of, parts, query, respond, returns, rights, takes

Body = dict[str, Any]
notices = api_blueprint("notices", "notify")
inbox_of = api_blueprint("inbox", "notify")
WATCHERS = ("front_desk", "coordinator", "operator")
MENDERS = ("front_desk", "operator")


@notices.get("/notifications")
@rights(*WATCHERS)
@query(NoticeListQuery)
@returns(200, page(NoticeSchema))
def list_notifications(query: Body) -> Any:
    """Who was told of what, and whether it arrived; in the order of the causes, a recipient's in that of being told."""
    found = filters_of(query)
    by = reading.order_of(found)
    return page_of(
        lambda window: reading.notices(parts(), found, window),
        NoticeSchema,
        query,
        lambda row: (rfc3339(row[by]), row["_id"]),
    )


@notices.get("/notifications/<notification_id>")
@rights(*WATCHERS)
@returns(200, NoticeSchema)
def read_notification(notification_id: str) -> Any:
    """One notice, with its latest tries."""
    return respond(reading.notice(parts(), notification_id), NoticeSchema)


@notices.post("/notifications/<notification_id>/retry")
@rights(*MENDERS)
@returns(200, NoticeSchema)
def retry(notification_id: str) -> Response:
    """Sends a dead or suppressed notice again, under the same id."""
    return command(lambda origin: ending.send_again(parts(), notification_id, origin), _shown)


@notices.post("/notifications/<notification_id>/settle")
@rights(*MENDERS)
@takes(SettleSchema)
@returns(200, NoticeSchema)
def settle(notification_id: str, body: Body) -> Response:
    """Says of an uncertain e-mail whether it arrived."""
    return command(lambda origin: ending.settle(parts(), notification_id, body["delivered"], origin), _shown)


@inbox_of.get("/inbox")
@rights("*")
@query(InboxQuery)
@returns(200, page(EntrySchema))
def list_inbox(query: Body) -> Any:
    """What the caller was told, the latest first: for their roles, their account, and the interpreter they are."""
    state = query.get("state") or (UNREAD if query["unread"] == "true" else ALL)
    reader, language = _reader(), query.get("language")
    return page_of(
        lambda window: inbox.entries(parts(), reader, state, window, language),
        EntrySchema,
        query,
        lambda entry: inbox.place(state, entry),
    )


@inbox_of.get("/inbox/unread")
@rights("*")
@returns(200, UnreadSchema)
def count_unread() -> Answer:
    """How many entries the caller has not read, up to 99; cheap enough to be asked every few seconds."""
    return respond(counted(inbox.unread(parts(), _reader())), UnreadSchema)


@inbox_of.post("/inbox/<notification_id>/read")
@rights("*")
@returns(200, EntrySchema)
def mark_read(notification_id: str) -> Any:
    """Marks an entry as read by the caller; colleagues of the same role keep theirs."""
    return respond(inbox.mark_read(parts(), _reader(), notification_id), EntrySchema)


@inbox_of.post("/inbox/<notification_id>/archive")
@rights("*")
@returns(200, EntrySchema)
def archive(notification_id: str) -> Any:
    """Puts an entry away, read, from the caller's list alone."""
    return respond(inbox.archive(parts(), _reader(), notification_id), EntrySchema)


@inbox_of.post("/inbox/<notification_id>/unarchive")
@rights("*")
@returns(200, EntrySchema)
def unarchive(notification_id: str) -> Any:
    """Takes an archived entry back."""
    return respond(inbox.unarchive(parts(), _reader(), notification_id), EntrySchema)


@inbox_of.post("/inbox/read-all")
@rights("*")
@returns(200, UnreadSchema)
def read_all() -> Response:
    """Marks everything as read that the caller has been told until now."""
    reader = _reader()
    return command(
        lambda origin: inbox.read_all(parts(), reader, origin),
        lambda _: respond(counted(0), UnreadSchema, version=None),
    )


@inbox_of.get("/me/preferences")
@rights("*")
@returns(200, PreferencesSchema)
def read_preferences() -> Any:
    """What the caller wants to be told, over what, and in which hours not."""
    return _chosen(preferences.preferences_of(parts(), caller().id))


@inbox_of.put("/me/preferences")
@rights("*")
@takes(NewPreferencesSchema)
@returns(200, PreferencesSchema)
def change_preferences(body: Body) -> Response:
    """Says it anew, as a whole."""
    id_ = caller().id
    return command(lambda origin: preferences.change_preferences(parts(), id_, body, origin), _chosen)


def _reader() -> inbox.Reader:
    who = caller()
    return inbox.reader(parts(), who.id, who.roles, who.departments)


def _chosen(chosen: Body) -> Any:
    fixed = [{"kind": kind, "channel": channel} for kind, channel in FIXED]
    return respond(chosen | {"fixed": fixed}, PreferencesSchema)


def _shown(notice: Body) -> Any:
    return respond(notice, NoticeSchema)
