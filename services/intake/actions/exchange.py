"""What agency and hospital exchange about a case: information, messages, cancellation requests, documents."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypedDict, TypeVar

from services.intake.actions.access import case_to_change, case_to_read
from services.intake.actions.messages import new_message
from services.intake.dependencies import Dependencies
from services.intake.rules import cases
from services.intake.rules.errors import CaseIsFull, NoSuchDocument
from services.intake.rules.records import AttachedDocument, Case, DocumentBody, Message, Side
from shared.command_context import CommandContext
from shared.documents.inspection import IncomingDocument
from shared.events import Event
from shared.ids import new_id
from shared.sealing import DataKey
from shared.stored_files import Put

MAX_MESSAGES = 500
MAX_MESSAGE_BYTES = 3 * 1024 * 1024
MAX_DOCUMENTS = 200
"""Limits for each side, so that one side cannot use up the other's quota."""


Sent = TypeVar("Sent", Message, AttachedDocument)


class _Upload(TypedDict):
    """The fields that all files of an upload have."""

    kind: str
    at: datetime
    by: str
    sent_by: Side
    visible_to: list[str]


class _StoredFile(TypedDict):
    """The fields of one file."""

    id: str
    media_type: str
    size: int
    file: str
    sealed: bytes


def give_information(
    deps: Dependencies, case_id: str, organization_id: str, message: str, context: CommandContext
) -> Case:
    """Adds the requested information that an agency sends."""
    case, events = cases.give_information(case_to_change(deps, case_id, context, organization_id), context.now)
    _check_messages(case, "agency", message)
    entry = new_message(deps.store.keyring.open(case_id), context, "information", "agency", message)
    return deps.store.save(case | {"messages": [*case["messages"], entry]}, events, context)


def ask_to_cancel(deps: Dependencies, case_id: str, organization_id: str, reason: str, context: CommandContext) -> Case:
    """Cancels a case for its agency: at once before a visit is booked, later as a request to the front desk."""
    case, events = cases.ask_to_cancel(case_to_change(deps, case_id, context, organization_id), context.now, reason)
    return deps.store.save(case, events, context) if events else case


def post_message(
    deps: Dependencies, case_id: str, organization_id: str | None, text: str, context: CommandContext
) -> Case:
    """Adds a message of the agency (`organization_id`) or of the hospital; it is the last message of the returned case."""
    case = case_to_change(deps, case_id, context, organization_id)
    _check_messages(case, _side(organization_id), text)
    entry = new_message(deps.store.keyring.open(case_id), context, "message", _side(organization_id), text)
    case, events = cases.post_message(case, context.now, entry)
    return deps.store.save(case, events, context)


def write_note(deps: Dependencies, case_id: str, text: str, context: CommandContext) -> Case:
    """Adds an internal note."""
    case = case_to_change(deps, case_id, context)
    _check_messages(case, "hospital", text)
    note = new_message(deps.store.keyring.open(case_id), context, "note", "hospital", text)
    case, events = cases.note(case, context.now, note)
    return deps.store.save(case, events, context)


def attach_documents(
    deps: Dependencies,
    case_id: str,
    organization_id: str | None,
    body: DocumentBody,
    files: Sequence[IncomingDocument],
    context: CommandContext,
) -> Case:
    """Attaches files of one `kind` in one write, with content and name encrypted; the last one is the last document of the returned case. Raises CaseIsFull."""
    case = case_to_change(deps, case_id, context, organization_id)
    if len(_sent_by(_side(organization_id), case["documents"])) + len(files) > MAX_DOCUMENTS:
        raise CaseIsFull("documents of each side", MAX_DOCUMENTS)
    about: _Upload = {
        "kind": body["kind"],
        "at": context.now,
        "by": context.actor,
        "sent_by": _side(organization_id),
        "visible_to": sorted({"us", *(["agency"] if organization_id else []), *(body.get("visible_to") or [])}),
    }
    key, events = deps.store.keyring.open(case_id), list[Event]()
    with deps.store.files.until_named() as put:
        for document in files:
            attached: AttachedDocument = {**about, **_stored(put, key, document)}
            case, published = cases.attach(case, context.now, attached)
            events += published
        return deps.store.save(case, events, context)


def _stored(put: Put, key: DataKey, document: IncomingDocument) -> _StoredFile:
    document_id = new_id()
    return {
        "id": document_id,
        "media_type": document.media_type,
        "size": document.size,
        "file": put(key.seal_stream(f"document/{document_id}", document.stream)),
        "sealed": key.seal(f"name/{document_id}", document.name),
    }


def read_document(
    deps: Dependencies, case_id: str, organization_id: str | None, document_id: str
) -> tuple[str, str, Iterator[bytes], int]:
    """Returns (name, media type, content as a stream, size) of a document that the caller may see. Raises NoSuchCase, NoSuchDocument."""
    case = case_to_read(deps, case_id, organization_id)
    for document in case["documents"]:
        if document["id"] == document_id and (organization_id is None or "agency" in document["visible_to"]):
            sealed = deps.store.files.get(document["file"])
            if sealed is None:
                break
            key = deps.store.keyring.open(case_id)
            name = key.open(f"name/{document_id}", document["sealed"])
            content = key.open_stream(f"document/{document_id}", sealed)
            return name, document["media_type"], content, document["size"]
    raise NoSuchDocument()


def _side(organization_id: str | None) -> Side:
    return "agency" if organization_id else "hospital"


def _sent_by(side: Side, sent: Sequence[Sent]) -> list[Sent]:
    return [one for one in sent if one["sent_by"] == side]


def _check_messages(case: Case, side: Side, text: str) -> None:
    """Raises CaseIsFull where this side's quota of messages is used up, by number or by size in the record."""
    sent = _sent_by(side, case["messages"])
    if len(sent) >= MAX_MESSAGES:
        raise CaseIsFull("messages of each side", MAX_MESSAGES)
    if sum(len(one.get("sealed", b"")) for one in sent) + len(text.encode()) > MAX_MESSAGE_BYTES:
        raise CaseIsFull("MiB of messages of each side", MAX_MESSAGE_BYTES // 1024 // 1024)
