"""A person's inbox: the entries of all their roles and of their own, and what of it they have read and archived."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notify.actions.notifications import language_of, rendered_entries, with_time
from services.notify.dependencies import Dependencies
from services.notify.rules.audience import role_recipients
from services.notify.rules.inbox import (
    ARCHIVED,
    MAX_COUNTED,
    SLACK,
    UNREAD,
    Entry,
    Inbox,
    ReadReceipt,
    RenderedEntry,
    entry_for,
    read_before_of,
)
from services.notify.rules.notifications import Notification, NotificationNotFound
from services.notify.store.inboxes import ReceiptChange
from services.notify.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.paging import Window

BATCH = 200
MAX_AT_ONCE = 5000


@dataclass(frozen=True)
class Reader:
    """The person who reads. `recipients` are their roles (in their departments, too), their account, and the interpreter they are."""

    account_id: str
    recipients: tuple[str, ...]
    read_before: datetime

    @property
    def actor(self) -> str:
        return f"account:{self.account_id}"


def reader_of(deps: Dependencies, account_id: str, roles: Iterable[str], departments: Iterable[str] = ()) -> Reader:
    """Returns the reader with this account, these roles and departments."""
    interpreter = deps.store.interpreter_of(account_id)
    recipients = [f"account:{account_id}", *role_recipients(roles, departments)]
    if interpreter:
        recipients.append(f"interpreter:{interpreter['_id']}")
    inbox = deps.store.inboxes.records.get(account_id)
    account = None if inbox else deps.store.account(account_id)
    since = account.get("since") if account else None
    return Reader(account_id, tuple(recipients), read_before_of(inbox, since, deps.clock()))


def unread(deps: Dependencies, reader: Reader) -> int:
    """Returns how many entries are unread; counted to one more than is shown."""
    return deps.store.inboxes.unread(reader.account_id, reader.recipients, reader.read_before, MAX_COUNTED + 1)


def entries(
    deps: Dependencies, reader: Reader, state: str, window: Window, language: str | None
) -> list[RenderedEntry]:
    """Returns a page in the reader's language: unread ones, all but archived ones, or archived ones; the latest first."""
    find = _archived if state == ARCHIVED else _not_archived
    found = find(deps, reader, state, with_time(window))
    return rendered_entries(deps, found, language or language_of(deps, reader.account_id))


def mark_read(deps: Dependencies, reader: Reader, notification_id: str) -> RenderedEntry:
    """Marks an entry as read and returns it; raises NotificationNotFound also where it is not the reader's."""
    return _mark(deps, reader, notification_id, None)


def archive(deps: Dependencies, reader: Reader, notification_id: str) -> RenderedEntry:
    """Marks an entry as read and archives it. Raises NotificationNotFound."""
    return _mark(deps, reader, notification_id, {"$set": {"archived_at": deps.clock()}})


def unarchive(deps: Dependencies, reader: Reader, notification_id: str) -> RenderedEntry:
    """Restores an archived entry, which stays read. Raises NotificationNotFound."""
    return _mark(deps, reader, notification_id, {"$unset": {"archived_at": ""}})


def read_all(deps: Dependencies, reader: Reader, context: CommandContext) -> Inbox:
    """Marks all present entries as read and returns the saved inbox; what is created later, or not committed yet, stays unread."""
    read_before = max(reader.read_before, context.now - SLACK)
    deps.store.inboxes.advance_read_before(reader.account_id, reader.read_before)

    def read(store: Store) -> Inbox:
        inbox = store.inboxes.load(reader.account_id, context)
        changed = inbox | {"read_before": max(read_before, inbox["read_before"])}
        saved = store.inboxes.records.save(changed, [], context)
        recent = store.inboxes.entries(reader.recipients, Window(None, MAX_AT_ONCE), read_before)
        receipts = _receipts(store, reader, recent)
        newly_read = [entry for entry in recent if entry["_id"] not in receipts]
        store.inboxes.mark_read(reader.account_id, newly_read, context.now)
        store.record_first_reading([entry["_id"] for entry in newly_read], reader.actor, context.now)
        return saved

    return deps.store.together(read)


def _receipts(store: Store, reader: Reader, found: Iterable[Notification]) -> dict[str, ReadReceipt]:
    return store.inboxes.receipts(reader.account_id, [entry["_id"] for entry in found])


def _not_archived(deps: Dependencies, reader: Reader, state: str, window: Window) -> list[Entry]:
    """Returns unread entries, or all that are not archived. It reads on until the page is full: entries that are left out were marked by
    the reader one by one."""
    page: list[Entry] = []
    wanted: Callable[[Entry], bool] = _is_unread if state == UNREAD else _is_not_archived
    since = reader.read_before if state == UNREAD else None
    while len(page) < window.rows:
        found = deps.store.inboxes.entries(reader.recipients, Window(window.after, BATCH), since)
        receipts = _receipts(deps.store, reader, found)
        seen = (entry_for(entry, receipts.get(entry["_id"]), reader.read_before) for entry in found)
        page += [entry for entry in seen if wanted(entry)]
        if len(found) <= BATCH:
            break
        window = Window((found[-1]["created_at"], found[-1]["_id"]), window.limit)
    return page[: window.rows]


def _is_unread(entry: Entry) -> bool:
    return entry["unread"]


def _is_not_archived(entry: Entry) -> bool:
    return entry["archived_at"] is None


def _archived(deps: Dependencies, reader: Reader, state: str, window: Window) -> list[Entry]:
    """Returns archived entries. Those of a role that the reader no longer has are left out."""
    page: list[Entry] = []
    while len(page) < window.rows:
        receipts = deps.store.inboxes.archived(reader.account_id, Window(window.after, BATCH))
        found = deps.store.inboxes.by_ids([each["notification_id"] for each in receipts], reader.recipients)
        page += [
            entry_for(found[receipt["notification_id"]], receipt, reader.read_before)
            for receipt in receipts
            if receipt["notification_id"] in found
        ]
        if len(receipts) <= BATCH:
            break
        window = Window((receipts[-1].get("archived_at"), receipts[-1]["_id"]), window.limit)
    return page[: window.rows]


def sort_values(state: str, entry: Entry) -> tuple[str, str]:
    """Returns the values by which an entry is sorted in the list of this state, as a cursor has them."""
    if state == ARCHIVED and (archived_at := entry["archived_at"]):
        return rfc3339(archived_at), str(entry["receipt_id"])
    return rfc3339(entry["created_at"]), entry["_id"]


def _mark(deps: Dependencies, reader: Reader, notification_id: str, change: ReceiptChange | None) -> RenderedEntry:
    store, now = deps.store, deps.clock()
    entry = store.inboxes.entry(notification_id, reader.recipients)
    if entry is None:
        raise NotificationNotFound()
    store.inboxes.mark_read(reader.account_id, [entry], now, change)
    store.record_first_reading([notification_id], reader.actor, now)
    _advance_read_before(deps, reader, now)
    current = store.inboxes.entry(notification_id, reader.recipients) or entry
    seen = entry_for(current, _receipts(store, reader, [entry])[notification_id], reader.read_before)
    return rendered_entries(deps, [seen], language_of(deps, reader.account_id))[0]


def _advance_read_before(deps: Dependencies, reader: Reader, now: datetime) -> None:
    """Moves `read_before` to the oldest unread entry, since counting starts there; never into the time in which entries may still appear."""
    until = now - SLACK
    oldest = deps.store.inboxes.creation_times(reader.recipients, reader.read_before, until, BATCH)
    receipts = deps.store.inboxes.receipts(reader.account_id, [id_ for id_, _ in oldest])
    first_unread: Sequence[datetime] = [created for id_, created in oldest if id_ not in receipts][:1]
    reached = until if len(oldest) < BATCH else oldest[-1][1]
    deps.store.inboxes.advance_read_before(reader.account_id, max(reader.read_before, min([*first_unread, reached])))
