"""Reads notifications with their state, and renders inbox entries in words. Not here: whose inbox they are in (inbox.py)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from services.notify.dependencies import Dependencies
from services.notify.rules.audience import kind_of
from services.notify.rules.inbox import Entry, RenderedEntry
from services.notify.rules.notifications import Notification, NotificationNotFound
from services.notify.rules.texts import Departments, department_codes
from shared.clock import parse_rfc3339
from shared.paging import Window

MAX_OF_A_CASE = 500


class NotificationSummary(TypedDict):
    """A notification as operators see it: a contact is not named."""

    id: str
    event_id: str
    recipient: str
    channel: str
    status: str


def notification(deps: Dependencies, notification_id: str) -> Notification:
    """Returns one notification; raises NotificationNotFound."""
    found = deps.store.notifications.get(notification_id)
    if found is None:
        raise NotificationNotFound()
    return found


def sort_field(filters: Mapping[str, str]) -> str:
    """Returns the time by which a list with these filters is sorted: one recipient's by creation, others by their causes."""
    return "created_at" if "recipient" in filters and "case_id" not in filters else "at"


def notifications(deps: Dependencies, filters: Mapping[str, str], window: Window) -> list[Notification]:
    """Returns a page of notifications, in the order of `sort_field`."""
    return deps.store.find_notifications(filters, sort_field(filters), with_time(window))


def summaries(deps: Dependencies, case_id: str | None, event_id: str | None) -> list[NotificationSummary]:
    """Returns the notifications of a case's events, or of one of them, for operators."""
    if case_id is None:
        return []
    filters = {"case_id": case_id} | ({"event_id": event_id} if event_id else {})
    found = deps.store.find_notifications(filters, "at", Window(None, MAX_OF_A_CASE))
    return [
        {
            "id": each["_id"],
            "event_id": each["event_id"],
            "recipient": "contact" if each["recipient"].startswith("contact:") else each["recipient"],
            "channel": each["channel"],
            "status": each["status"],
        }
        for each in found
    ]


def rendered_entries(deps: Dependencies, entries: Sequence[Entry], language: str) -> list[RenderedEntry]:
    """Returns entries as they are shown; departments' names are looked up once for all."""
    departments = deps.store.department_names(department_codes(entries))
    return [_rendered(deps, entry, language, departments) for entry in entries]


def _rendered(deps: Dependencies, entry: Entry, language: str, departments: Departments) -> RenderedEntry:
    fields = entry["fields"] | {"reference": entry["reference"]}
    text = deps.texts.render(entry["text"], language, fields, departments)
    rendered: RenderedEntry = {**entry, "title": text.title, "words": text.text, "kind": kind_of(entry["text"])}
    if entry.get("before_acceptance"):
        rendered["case_id"] = None
    return rendered


def language_of(deps: Dependencies, account_id: str) -> str:
    """Returns the language of a person; Japanese where their account is not known."""
    account = deps.store.account(account_id)
    return (account["language"] if account else None) or "ja"


def with_time(window: Window) -> Window:
    """Returns the window with its time parsed: a cursor has it as text."""
    if window.after is None:
        return window
    at, id_ = window.after
    time: datetime = parse_rfc3339(at)
    return Window((time, id_), window.limit)
