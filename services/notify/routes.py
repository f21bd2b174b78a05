"""The JSON API: notifications and their delivery for staff, each person's own inbox and preferences."""

from typing import Any

from flask import Response

from services.notify.actions import ending, inbox, preferences, reading
from services.notify.current import dependencies
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
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.lists import page, page_of
from shared.web.state import caller

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
    """List notifications.

    With recipient, channel and delivery status. In the order of their causes; those of one recipient in the order in which they were created.
    """
    found = filters_of(query)
    by = reading.order_of(found)
    return page_of(
        lambda window: reading.notices(dependencies(), found, window),
        NoticeSchema,
        query,
        lambda row: (rfc3339(row[by]), row["_id"]),
    )


@notices.get("/notifications/<notification_id>")
@rights(*WATCHERS)
@returns(200, NoticeSchema)
def read_notification(notification_id: str) -> Any:
    """Read a notification.

    With its latest attempts.
    """
    return respond(reading.notice(dependencies(), notification_id), NoticeSchema)


@notices.post("/notifications/<notification_id>/retry")
@rights(*MENDERS)
@returns(200, NoticeSchema)
def retry(notification_id: str) -> Response:
    """Resend a notification.

    A dead or suppressed notification is sent again under the same id.
    """
    return command(lambda context: ending.send_again(dependencies(), notification_id, context), _shown)


@notices.post("/notifications/<notification_id>/settle")
@rights(*MENDERS)
@takes(SettleSchema)
@returns(200, NoticeSchema)
def settle(notification_id: str, body: Body) -> Response:
    """Settle an uncertain e-mail.

    Records whether it arrived.
    """
    return command(lambda context: ending.settle(dependencies(), notification_id, body["delivered"], context), _shown)


@inbox_of.get("/inbox")
@rights("*")
@query(InboxQuery)
@returns(200, page(EntrySchema))
def list_inbox(query: Body) -> Any:
    """List your inbox.

    Entries for your roles, your account and the interpreter you are, the latest first.
    """
    state = query.get("state") or (UNREAD if query["unread"] == "true" else ALL)
    reader, language = _reader(), query.get("language")
    return page_of(
        lambda window: inbox.entries(dependencies(), reader, state, window, language),
        EntrySchema,
        query,
        lambda entry: inbox.place(state, entry),
    )


@inbox_of.get("/inbox/unread")
@rights("*")
@returns(200, UnreadSchema)
def count_unread() -> Answer:
    """Count your unread entries.

    Up to 99. Cheap enough to be polled every few seconds.
    """
    return respond(counted(inbox.unread(dependencies(), _reader())), UnreadSchema)


@inbox_of.post("/inbox/<notification_id>/read")
@rights("*")
@returns(200, EntrySchema)
def mark_read(notification_id: str) -> Any:
    """Mark an entry as read.

    Only for you: colleagues with the same role keep it as unread.
    """
    return respond(inbox.mark_read(dependencies(), _reader(), notification_id), EntrySchema)


@inbox_of.post("/inbox/<notification_id>/archive")
@rights("*")
@returns(200, EntrySchema)
def archive(notification_id: str) -> Any:
    """Archive an entry.

    It is marked as read and leaves your list. Colleagues with the same role keep it.
    """
    return respond(inbox.archive(dependencies(), _reader(), notification_id), EntrySchema)


@inbox_of.post("/inbox/<notification_id>/unarchive")
@rights("*")
@returns(200, EntrySchema)
def unarchive(notification_id: str) -> Any:
    """Restore an archived entry."""
    return respond(inbox.unarchive(dependencies(), _reader(), notification_id), EntrySchema)


@inbox_of.post("/inbox/read-all")
@rights("*")
@returns(200, UnreadSchema)
def read_all() -> Response:
    """Mark all entries as read.

    Applies to every entry in your inbox at the time of the call.
    """
    reader = _reader()
    return command(
        lambda context: inbox.read_all(dependencies(), reader, context),
        lambda _: respond(counted(0), UnreadSchema, version=None),
    )


@inbox_of.get("/me/preferences")
@rights("*")
@returns(200, PreferencesSchema)
def read_preferences() -> Any:
    """Read your notification preferences.

    Kinds, channels and quiet hours.
    """
    return _chosen(preferences.preferences_of(dependencies(), caller().id))


@inbox_of.put("/me/preferences")
@rights("*")
@takes(NewPreferencesSchema)
@returns(200, PreferencesSchema)
def change_preferences(body: Body) -> Response:
    """Replace your notification preferences.

    The whole set is replaced; what is not given returns to its default.
    """
    id_ = caller().id
    return command(lambda context: preferences.change_preferences(dependencies(), id_, body, context), _chosen)


def _reader() -> inbox.Reader:
    who = caller()
    return inbox.reader(dependencies(), who.id, who.roles, who.departments)


def _chosen(chosen: Body) -> Any:
    fixed = [{"kind": kind, "channel": channel} for kind, channel in FIXED]
    return respond(chosen | {"fixed": fixed}, PreferencesSchema)


def _shown(notice: Body) -> Any:
    return respond(notice, NoticeSchema)
