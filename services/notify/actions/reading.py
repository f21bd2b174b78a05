"""What people read: notices with their state, and entries put into words. Not here: whose inbox they stand in (inbox.py)."""

from datetime import datetime
from typing import Any

from services.notify.dependencies import Dependencies
from services.notify.rules.audience import kind_of
from services.notify.rules.notices import NoSuchNotice, Notice
from services.notify.rules.texts import department_codes
from shared.clock import parse_rfc3339
from shared.paging import Window

Document = dict[str, Any]
MOST_OF_A_CASE = 500


def notice(deps: Dependencies, notice_id: str) -> Notice:
    """One notice; raises NoSuchNotice."""
    found = deps.store.notifications.get(notice_id)
    if found is None:
        raise NoSuchNotice()
    return found


def order_of(filters: Document) -> str:
    """By which time a list so narrowed is ordered: one recipient's by when they were told, others by their causes."""
    return "told_at" if "recipient" in filters and "case_id" not in filters else "at"


def notices(deps: Dependencies, filters: Document, window: Window) -> list[Notice]:
    """A page of notices, in the order of `order_of`."""
    return deps.store.find_notices(filters, order_of(filters), in_time(window))


def made_of(deps: Dependencies, case_id: str | None, event_id: str | None) -> list[Document]:
    """The notices made of a case's events, or of one of them, for operators: a contact is not named."""
    if case_id is None:
        return []
    filters = {"case_id": case_id} | ({"event_id": event_id} if event_id else {})
    found = deps.store.find_notices(filters, "at", Window(None, MOST_OF_A_CASE))
    return [
        {
            "id": notice["_id"],
            "event_id": notice["event_id"],
            "recipient": "contact" if notice["recipient"].startswith("contact:") else notice["recipient"],
            "channel": notice["channel"],
            "status": notice["status"],
        }
        for notice in found
    ]


def in_words(deps: Dependencies, entries: list[Notice], language: str) -> list[Document]:
    """Entries as they are shown; departments' names are looked up once for all."""
    departments = deps.store.department_names(department_codes(entries))
    return [_shown(deps, entry, language, departments) for entry in entries]


def _shown(deps: Dependencies, entry: Notice, language: str, departments: dict[str, dict[str, str]]) -> Document:
    fields = entry["fields"] | {"reference": entry["reference"]}
    written = deps.texts.write(entry["text"], language, fields, departments)
    hidden = {"case_id": None} if entry.get("before_acceptance") else {}
    return entry | hidden | {"title": written.title, "words": written.text, "kind": kind_of(entry["text"])}


def language_of(deps: Dependencies, account_id: str) -> str:
    """What a person reads; Japanese where we have not heard."""
    return str((deps.store.account(account_id) or {}).get("language") or "ja")


def in_time(window: Window) -> Window:
    """A cursor carries its time as text."""
    if window.after is None:
        return window
    at, id_ = window.after
    moment: datetime = parse_rfc3339(at)
    return Window((moment, id_), window.limit)
