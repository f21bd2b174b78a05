"""The JSON API: notifications and their delivery for staff, each person's own inbox and preferences."""

from typing import Any

from flask import Response

from services.notify.actions import inbox, notifications, outcomes, preferences
from services.notify.current import dependencies
from services.notify.rules.inbox import ALL, UNREAD, unread_count
from services.notify.rules.notifications import Notification
from services.notify.rules.preferences import ALWAYS_ON, Preferences, RequestedChoice
from services.notify.schemas.requests import (
    InboxQuery,
    NewPreferencesSchema,
    NotificationListQuery,
    SettleSchema,
    filters_of,
)
from services.notify.schemas.responses import EntrySchema, NotificationSchema, PreferencesSchema, UnreadSchema
from shared.clock import rfc3339
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.lists import page, page_of
from shared.web.state import caller

Body = dict[str, Any]
notifications_blueprint = api_blueprint("notifications", "notify")
inbox_blueprint = api_blueprint("inbox", "notify")
READERS = ("front_desk", "coordinator", "operator")
EDITORS = ("front_desk", "operator")


@notifications_blueprint.get("/notifications")
@rights(*READERS)
@query(NotificationListQuery)
@returns(200, page(NotificationSchema))
def list_notifications(query: Body) -> Any:
    """List notifications.

    With recipient, channel and delivery status. In the order of their causes; those of one recipient in the order in which they were created.
    """
    filters = filters_of(query)
    by_creation = notifications.sort_field(filters) == "created_at"
    return page_of(
        lambda window: notifications.notifications(dependencies(), filters, window),
        NotificationSchema,
        query,
        lambda row: (rfc3339(row["created_at"] if by_creation else row["at"]), row["_id"]),
    )


@notifications_blueprint.get("/notifications/<notification_id>")
@rights(*READERS)
@returns(200, NotificationSchema)
def read_notification(notification_id: str) -> Any:
    """Read a notification.

    With its latest attempts.
    """
    return respond(notifications.notification(dependencies(), notification_id), NotificationSchema)


@notifications_blueprint.post("/notifications/<notification_id>/retry")
@rights(*EDITORS)
@returns(200, NotificationSchema)
def retry(notification_id: str) -> Response:
    """Resend a notification.

    A dead or suppressed notification is sent again under the same id.
    """
    return command(lambda context: outcomes.resend(dependencies(), notification_id, context), _to_answer)


@notifications_blueprint.post("/notifications/<notification_id>/settle")
@rights(*EDITORS)
@takes(SettleSchema)
@returns(200, NotificationSchema)
def settle(notification_id: str, body: Body) -> Response:
    """Settle an uncertain e-mail.

    Records whether it arrived.
    """
    return command(
        lambda context: outcomes.settle(dependencies(), notification_id, body["delivered"], context), _to_answer
    )


@inbox_blueprint.get("/inbox")
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
        lambda entry: inbox.sort_values(state, entry),
    )


@inbox_blueprint.get("/inbox/unread")
@rights("*")
@returns(200, UnreadSchema)
def count_unread() -> Answer:
    """Count your unread entries.

    Up to 99. Cheap enough to be polled every few seconds.
    """
    return respond(unread_count(inbox.unread(dependencies(), _reader())), UnreadSchema)


@inbox_blueprint.post("/inbox/<notification_id>/read")
@rights("*")
@returns(200, EntrySchema)
def mark_read(notification_id: str) -> Any:
    """Mark an entry as read.

    Only for you: colleagues with the same role keep it as unread.
    """
    return respond(inbox.mark_read(dependencies(), _reader(), notification_id), EntrySchema)


@inbox_blueprint.post("/inbox/<notification_id>/archive")
@rights("*")
@returns(200, EntrySchema)
def archive(notification_id: str) -> Any:
    """Archive an entry.

    It is marked as read and leaves your list. Colleagues with the same role keep it.
    """
    return respond(inbox.archive(dependencies(), _reader(), notification_id), EntrySchema)


@inbox_blueprint.post("/inbox/<notification_id>/unarchive")
@rights("*")
@returns(200, EntrySchema)
def unarchive(notification_id: str) -> Any:
    """Restore an archived entry."""
    return respond(inbox.unarchive(dependencies(), _reader(), notification_id), EntrySchema)


@inbox_blueprint.post("/inbox/read-all")
@rights("*")
@returns(200, UnreadSchema)
def read_all() -> Response:
    """Mark all entries as read.

    Applies to every entry in your inbox at the time of the call.
    """
    reader = _reader()
    return command(
        lambda context: inbox.read_all(dependencies(), reader, context),
        lambda _: respond(unread_count(0), UnreadSchema, version=None),
    )


@inbox_blueprint.get("/me/preferences")
@rights("*")
@returns(200, PreferencesSchema)
def read_preferences() -> Any:
    """Read your notification preferences.

    Kinds, channels and quiet hours.
    """
    return _to_preferences_answer(preferences.preferences_of(dependencies(), caller().id))


@inbox_blueprint.put("/me/preferences")
@rights("*")
@takes(NewPreferencesSchema)
@returns(200, PreferencesSchema)
def change_preferences(body: RequestedChoice) -> Response:
    """Replace your notification preferences.

    The whole set is replaced; what is not given returns to its default.
    """
    id_ = caller().id
    return command(
        lambda context: preferences.change_preferences(dependencies(), id_, body, context), _to_preferences_answer
    )


def _reader() -> inbox.Reader:
    current = caller()
    return inbox.reader_of(dependencies(), current.id, current.roles, current.departments)


def _to_preferences_answer(chosen: Preferences) -> Answer:
    fixed = [{"kind": kind, "channel": channel} for kind, channel in ALWAYS_ON]
    return respond({**chosen, "fixed": fixed}, PreferencesSchema)


def _to_answer(notification: Notification) -> Answer:
    return respond(notification, NotificationSchema)
