"""The JSON API: notices with their fate for the staff, and everybody's own inbox."""

from typing import Any

from flask import Response

from services.notify.actions import Parts, ending, reading
from services.notify.schemas import (
    EntrySchema,
    InboxQuery,
    NoticeListQuery,
    NoticeSchema,
    SettleSchema,
    filters_of,
)
from shared.clock import rfc3339
from shared.web import api_blueprint, caller, command, page, page_of, parts, query, respond, returns, rights, takes

Body = dict[str, Any]
notices = api_blueprint("notices", "notify")
WATCHERS = ("front_desk", "coordinator", "operator")
MENDERS = ("front_desk", "operator")


def _place(row: Body) -> tuple[str, str]:
    return (rfc3339(row["at"]), row["_id"])


@notices.get("/notifications")
@rights(*WATCHERS)
@query(NoticeListQuery)
@returns(200, page(NoticeSchema))
def list_notifications(query: Body) -> Any:
    """Who was told of what, and whether it arrived; in the order of the causes."""
    found = filters_of(query)
    return page_of(lambda window: reading.notices(parts(), found, window), NoticeSchema, query, _place)


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


@notices.get("/inbox")
@rights("*")
@query(InboxQuery)
@returns(200, page(EntrySchema))
def list_inbox(query: Body) -> Any:
    """What the caller was told, the latest first: for their roles, their account, and the interpreter they are."""
    who, unread = caller(), query["unread"] == "true"
    own = _own(parts())
    return page_of(
        lambda window: reading.inbox(parts(), own, unread, window, who.id, query.get("language")),
        EntrySchema,
        query,
        _place,
    )


@notices.post("/inbox/<notification_id>/read")
@rights("*")
@returns(200, EntrySchema)
def mark_read(notification_id: str) -> Any:
    """Marks an entry as read; one of a role is read for all who have it."""
    who = caller()
    return respond(reading.mark_read(parts(), notification_id, _own(parts()), who.actor, who.id), EntrySchema)


def _own(parts: Parts) -> list[str]:
    who = caller()
    return reading.own_recipients(parts, who.id, who.roles)


def _shown(notice: Body) -> Any:
    return respond(notice, NoticeSchema)
