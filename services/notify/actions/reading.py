"""What people read: notices with their state, and their own inbox in words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.notify.actions.parts import Parts
from services.notify.rules.notices import INBOX, NoSuchNotice, Notice
from services.notify.rules.texts import department_codes
from shared.clock import parse_rfc3339
from shared.paging import Window

Document = dict[str, Any]


def notice(parts: Parts, notice_id: str) -> Notice:
    """One notice; raises NoSuchNotice."""
    found = parts.store.notifications.get(notice_id)
    if found is None:
        raise NoSuchNotice()
    return found


def notices(parts: Parts, filters: Document, window: Window) -> list[Notice]:
    """A page of notices, in the order of their causes."""
    return parts.store.find_notices(filters, _in_time(window))


def own_recipients(parts: Parts, account_id: str, roles: Iterable[str]) -> list[str]:
    """Under which names a person gets notices: their roles, their account, and the interpreter they are."""
    interpreter = parts.store.interpreter_of(account_id)
    own = [f"account:{account_id}", *(f"role:{role}" for role in sorted(roles))]
    return [*own, f"interpreter:{interpreter['_id']}"] if interpreter else own


def inbox(
    parts: Parts, recipients: list[str], unread: bool, window: Window, account_id: str, language: str | None
) -> list[Document]:
    """The latest entries first, each with `title` and `text` in the reader's language."""
    filters: Document = {"channel": INBOX, "recipient": {"$in": recipients}}
    if unread:
        filters["read_at"] = {"$exists": False}
    found = parts.store.find_notices(filters, _in_time(window), latest_first=True)
    return in_words(parts, found, language or _language(parts, account_id))


def mark_read(parts: Parts, notice_id: str, recipients: list[str], actor: str, account_id: str) -> Document:
    """The entry, read; raises NoSuchNotice also where it is not the reader's."""
    found = notice(parts, notice_id)
    if found["channel"] != INBOX or found["recipient"] not in recipients:
        raise NoSuchNotice()
    read = parts.store.mark_read(notice_id, actor, parts.clock())
    return in_words(parts, [read or found], _language(parts, account_id))[0]


def in_words(parts: Parts, entries: list[Notice], language: str) -> list[Document]:
    """Entries as they are shown; departments' names are looked up once for all."""
    departments = parts.store.department_names(department_codes(entries))
    return [_shown(parts, entry, language, departments) for entry in entries]


def _shown(parts: Parts, entry: Notice, language: str, departments: dict[str, dict[str, str]]) -> Document:
    fields = entry["fields"] | {"reference": entry["reference"]}
    written = parts.texts.write(entry["text"], language, fields, departments)
    return entry | {"title": written.title, "words": written.text}


def _language(parts: Parts, account_id: str) -> str:
    return str((parts.store.account(account_id) or {}).get("language") or "ja")


def _in_time(window: Window) -> Window:
    """A cursor carries its time as text."""
    if window.after is None:
        return window
    at, id_ = window.after
    moment: datetime = parse_rfc3339(at)
    return Window((moment, id_), window.limit)
