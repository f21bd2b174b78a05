"""A person's inbox: what they were told under all their names, what of it they have read and put away."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.notify.actions.reading import in_time, in_words, language_of
from services.notify.dependencies import Dependencies, Document
from services.notify.rules.audience import role_readers
from services.notify.rules.inbox import ARCHIVED, MOST_COUNTED, SLACK, UNREAD, as_seen, floor_of
from services.notify.rules.notices import NoSuchNotice
from services.notify.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.paging import Window

BATCH = 200
MOST_AT_ONCE = 5000


@dataclass(frozen=True)
class Reader:
    """Who reads: `recipients` are their roles (in their departments, too), their account, and the interpreter they are."""

    account_id: str
    recipients: tuple[str, ...]
    floor: datetime

    @property
    def actor(self) -> str:
        return f"account:{self.account_id}"


def reader(deps: Dependencies, account_id: str, roles: Iterable[str], departments: Iterable[str] = ()) -> Reader:
    """Their names, and the time before which all is read."""
    interpreter = deps.store.interpreter_of(account_id)
    own = [f"account:{account_id}", *role_readers(roles, departments)]
    names = [*own, f"interpreter:{interpreter['_id']}"] if interpreter else own
    inbox = deps.store.inboxes.records.get(account_id)
    since = None if inbox else (deps.store.account(account_id) or {}).get("since")
    return Reader(account_id, tuple(names), floor_of(inbox, since, deps.clock()))


def unread(deps: Dependencies, who: Reader) -> int:
    """How many entries are unread; counted to one more than is shown."""
    return deps.store.inboxes.unread(who.account_id, who.recipients, who.floor, MOST_COUNTED + 1)


def entries(deps: Dependencies, who: Reader, state: str, window: Window, language: str | None) -> list[Document]:
    """A page in the reader's language: unread or all (but what is archived) by when it was told, or archived."""
    find = _archived if state == ARCHIVED else _told
    found = find(deps, who, state, in_time(window))
    return in_words(deps, found, language or language_of(deps, who.account_id))


def mark_read(deps: Dependencies, who: Reader, notice_id: str) -> Document:
    """The entry, read; raises NoSuchNotice also where it is not the reader's."""
    return _marked(deps, who, notice_id, None)


def archive(deps: Dependencies, who: Reader, notice_id: str) -> Document:
    """Read, and put away. Raises NoSuchNotice."""
    return _marked(deps, who, notice_id, {"$set": {"archived_at": deps.clock()}})


def unarchive(deps: Dependencies, who: Reader, notice_id: str) -> Document:
    """Among all again, read as before. Raises NoSuchNotice."""
    return _marked(deps, who, notice_id, {"$unset": {"archived_at": ""}})


def read_all(deps: Dependencies, who: Reader, context: CommandContext) -> Document:
    """Everything there is now; what is told later, or still being written, stays unread. The inbox as saved."""
    floor = max(who.floor, context.now - SLACK)
    deps.store.inboxes.raise_floor(who.account_id, who.floor)

    def read(store: Store) -> Document:
        inbox = store.inboxes.own(who.account_id, context)
        saved = store.inboxes.records.save(inbox | {"floor": max(floor, inbox["floor"])}, [], context)
        recent = store.inboxes.entries(who.recipients, Window(None, MOST_AT_ONCE), floor)
        known = _read(store, who, recent)
        fresh = [entry for entry in recent if entry["_id"] not in known]
        store.inboxes.mark(who.account_id, fresh, context.now)
        store.note_seen([entry["_id"] for entry in fresh], who.actor, context.now)
        return saved

    return deps.store.together(read)


def _read(store: Store, who: Reader, found: list[Document]) -> dict[str, Document]:
    return store.inboxes.readings(who.account_id, [entry["_id"] for entry in found])


def _told(deps: Dependencies, who: Reader, state: str, window: Window) -> list[Document]:
    """Walks on until the page is full: what is not shown was marked by the reader themselves, one by one."""
    shown: list[Document] = []
    wanted: Callable[[Document], bool] = _is_unread if state == UNREAD else _is_not_archived
    floor = who.floor if state == UNREAD else None
    while len(shown) < window.rows:
        found = deps.store.inboxes.entries(who.recipients, Window(window.after, BATCH), floor)
        marks = _read(deps.store, who, found)
        seen = (as_seen(entry, marks.get(entry["_id"]), who.floor) for entry in found)
        shown += [entry for entry in seen if wanted(entry)]
        if len(found) <= BATCH:
            break
        window = Window((found[-1]["told_at"], found[-1]["_id"]), window.limit)
    return shown[: window.rows]


def _is_unread(entry: Document) -> bool:
    return bool(entry["unread"])


def _is_not_archived(entry: Document) -> bool:
    return entry["archived_at"] is None


def _archived(deps: Dependencies, who: Reader, state: str, window: Window) -> list[Document]:
    """What was told to a role the reader no longer has is left out."""
    shown: list[Document] = []
    while len(shown) < window.rows:
        marks = deps.store.inboxes.archived(who.account_id, Window(window.after, BATCH))
        found = deps.store.inboxes.by_ids([mark["notice_id"] for mark in marks], who.recipients)
        shown += [
            as_seen(found[mark["notice_id"]], mark, who.floor) | {"reading_id": mark["_id"]}
            for mark in marks
            if mark["notice_id"] in found
        ]
        if len(marks) <= BATCH:
            break
        window = Window((marks[-1]["archived_at"], marks[-1]["_id"]), window.limit)
    return shown[: window.rows]


def place(state: str, entry: Document) -> tuple[str, str]:
    """Where an entry stands in the list of this state."""
    if state == ARCHIVED:
        return rfc3339(entry["archived_at"]), entry["reading_id"]
    return rfc3339(entry["told_at"]), entry["_id"]


def _marked(deps: Dependencies, who: Reader, notice_id: str, change: Document | None) -> Document:
    store, now = deps.store, deps.clock()
    entry = store.inboxes.entry(notice_id, who.recipients)
    if entry is None:
        raise NoSuchNotice()
    store.inboxes.mark(who.account_id, [entry], now, change)
    store.note_seen([notice_id], who.actor, now)
    _settle_floor(deps, who, now)
    fresh = store.inboxes.entry(notice_id, who.recipients) or entry
    seen = as_seen(fresh, _read(store, who, [entry])[notice_id], who.floor)
    return in_words(deps, [seen], language_of(deps, who.account_id))[0]


def _settle_floor(deps: Dependencies, who: Reader, now: datetime) -> None:
    """Counting walks from the floor: it rises to the oldest entry that is unread, but never into what may still appear."""
    until = now - SLACK
    oldest = deps.store.inboxes.first_told(who.recipients, who.floor, until, BATCH)
    marks = _read(deps.store, who, oldest)
    unread_since = [entry["told_at"] for entry in oldest if entry["_id"] not in marks]
    passed = until if len(oldest) < BATCH else oldest[-1]["told_at"]
    deps.store.inboxes.raise_floor(who.account_id, max(who.floor, min([*unread_since[:1], passed])))
